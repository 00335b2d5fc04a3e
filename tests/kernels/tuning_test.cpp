// How games are launched on a GPU: a pure function of shape and device.

#include "kernels/tuning.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "kernels/markov_layouts.hpp"

namespace quantal {
namespace kernels {
namespace {

const DeviceLimits h100{132, 227 * 1024};
const DeviceLimits turing{68, 64 * 1024};
const DeviceLimits least{1, 48 * 1024};

RunSize run_of(std::int64_t payoffs, std::int64_t workspace, int side_by_side, int static_shape = -1) {
  RunSize run;
  run.payoffs = payoffs;
  run.workspace = workspace;
  run.side_by_side = side_by_side;
  run.static_shape = static_shape;
  return run;
}

TEST(LaunchPolicy, ForcedTiersAreTakenOrRefused) {
  const RunSize tiny = run_of(8, 30, 2, 0);
  EXPECT_EQ(launch_policy(tiny, 4, h100, GpuTier::lane).tier, GpuTier::lane);
  EXPECT_EQ(launch_policy(tiny, 4, h100, GpuTier::warp).tier, GpuTier::warp);
  EXPECT_EQ(launch_policy(tiny, 4, h100, GpuTier::block).tier, GpuTier::block);
  EXPECT_EQ(launch_policy(tiny, 4, h100, GpuTier::stream).tier, GpuTier::stream);
  EXPECT_EQ(launch_policy(run_of(8, 30, 2), 4, h100, GpuTier::lane).tier, GpuTier::none);
  const RunSize huge = run_of(1'000'000, 1000, 500);
  EXPECT_EQ(launch_policy(huge, 8, h100, GpuTier::warp).tier, GpuTier::none);
  EXPECT_EQ(launch_policy(huge, 8, h100, GpuTier::block).tier, GpuTier::none);
  EXPECT_EQ(launch_policy(huge, 8, h100, GpuTier::stream).tier, GpuTier::stream);
}

TEST(LaunchPolicy, GamesGrowFromThreadsToGrids) {
  for (const DeviceLimits& device : {h100, turing, least}) {
    for (const std::size_t bytes : {sizeof(float), sizeof(double)}) {
      EXPECT_EQ(launch_policy(run_of(8, 30, 2, 0), bytes, device).tier, GpuTier::lane);
      int before = static_cast<int>(GpuTier::warp);
      for (std::int64_t payoffs = 10; payoffs < 100'000'000; payoffs = payoffs * 5 / 4 + 1) {
        const LaunchPolicy policy = launch_policy(run_of(payoffs, 200, 20), bytes, device);
        EXPECT_GE(static_cast<int>(policy.tier), before) << payoffs;
        before = static_cast<int>(policy.tier);
      }
      EXPECT_EQ(before, static_cast<int>(GpuTier::stream));
    }
  }
}

TEST(LaunchPolicy, IsAlwaysLaunchable) {
  for (const DeviceLimits& device : {h100, turing, least}) {
    for (const std::size_t bytes : {sizeof(float), sizeof(double)}) {
      for (const GpuTier forced : {GpuTier::none, GpuTier::lane, GpuTier::warp, GpuTier::block, GpuTier::stream}) {
        for (const int actions : {1, 2, 8, 9, 40, 1000}) {
          for (std::int64_t payoffs = 1; payoffs < 50'000'000; payoffs = payoffs * 3 / 2 + 1) {
            for (const std::int64_t workspace : {20, 500, 5000}) {
              const RunSize run = run_of(payoffs, workspace, actions, payoffs == 7 ? 0 : -1);
              const LaunchPolicy policy = launch_policy(run, bytes, device, forced);
              if (policy.tier == GpuTier::none) {
                EXPECT_NE(forced, GpuTier::none);
                EXPECT_NE(forced, GpuTier::stream);
                continue;
              }
              if (forced != GpuTier::none) {
                EXPECT_EQ(policy.tier, forced);
              }
              EXPECT_EQ(policy.block_threads % 32, 0);
              EXPECT_LE(policy.block_threads, 1024);
              EXPECT_LE(policy.shared_bytes, device.shared_bytes);
              EXPECT_EQ(policy.shared_bytes % 16, 0U);
              EXPECT_GE(policy.runs_per_block, 1);
              if (policy.tier == GpuTier::warp) {
                EXPECT_TRUE(policy.team == 8 || policy.team == 32);
                EXPECT_EQ(policy.team * policy.runs_per_block, policy.block_threads);
              }
              if (policy.tier == GpuTier::warp || policy.tier == GpuTier::block) {
                // Each run of a block has its payoffs, workspace and partial sums, aligned for the widest load.
                const std::size_t each = policy.shared_bytes / static_cast<std::size_t>(policy.runs_per_block);
                EXPECT_EQ(each % 16, 0U);
                EXPECT_GE(each, static_cast<std::size_t>(payoffs + workspace + policy.team) * bytes);
              }
              if (policy.tier == GpuTier::stream) {
                EXPECT_GE(policy.blocks, 1);
                EXPECT_LE(policy.blocks, stream_blocks_a_multiprocessor * device.multiprocessors);
                EXPECT_EQ(policy.team, policy.blocks * policy.block_threads);
              }
            }
          }
        }
      }
    }
  }
}

RowChoice choice_for(const std::vector<int>& actions, std::size_t scalar_bytes, bool block,
                     std::size_t shared_bytes = h100.shared_bytes) {
  std::vector<AgentShape> table(actions.size());
  fill_shape(actions, static_cast<int>(actions.size()), table);
  return row_choice(table.data(), static_cast<int>(actions.size()), scalar_bytes, block, shared_bytes);
}

/// Games of 2 to 10 agents, up to 200 actions and 200,000 payoffs.
std::vector<std::vector<int>> many_shapes() {
  std::mt19937 bits(1);
  std::vector<std::vector<int>> shapes = {{128, 128}, {150, 140}, {64, 64}, {32, 32}, {5, 5, 5, 5}};
  while (shapes.size() < 3000) {
    std::vector<int> actions(2 + bits() % 9);
    const int most = 1 << (1 + bits() % 7);
    double payoffs = static_cast<double>(actions.size());
    for (int& m : actions) {
      m = 1 + static_cast<int>(bits() % static_cast<unsigned>(most));
      payoffs *= m;
    }
    if (payoffs <= 200'000) shapes.push_back(actions);
  }
  return shapes;
}

TEST(RowChoice, HoldsWhatItIsChosenFor) {
  int chosen = 0;
  for (const std::vector<int>& actions : many_shapes()) {
    const auto agents = static_cast<int>(actions.size());
    std::vector<AgentShape> table(actions.size());
    fill_shape(actions, agents, table);
    for (const std::size_t bytes : {sizeof(float), sizeof(double)}) {
      for (const bool block : {false, true}) {
        for (const std::size_t shared : {std::size_t{48} << 10, h100.shared_bytes}) {
          const RowChoice choice = choice_for(actions, bytes, block, shared);
          if (choice.layout < 0) continue;
          ++chosen;
          EXPECT_LE(choice.shared_bytes, shared);
          EXPECT_EQ(choice.shared_bytes % 16, 0U);
          EXPECT_LE(choice.threads, block ? 1024 : 32);
          if (block) {
            EXPECT_EQ(choice.runs, 1);
            EXPECT_EQ(choice.threads % 32, 0);
          } else {
            EXPECT_EQ(choice.runs % (32 / choice.threads), 0);  // whole warps
          }
          const bool actions_apart = choice.layout >= first_action_layout;
          const bool split = !actions_apart && choice.layout >= first_split_layout;
          for (const AgentShape& agent : table) {
            if (split) {
              const SplitLayout& layout = split_layouts[choice.layout - first_split_layout];
              EXPECT_GE(layout.most_actions(), agent.actions);
              EXPECT_GE(choice.threads, agents * layout.lanes);
              EXPECT_GE(layout.agents, agents);
            } else if (actions_apart) {
              const ActionLayout& layout = action_layouts[choice.layout - first_action_layout];
              EXPECT_GE(layout.actions, agent.actions);
              EXPECT_GE(layout.high, agent.high);
              EXPECT_GE(layout.low, agent.low);
              EXPECT_GE(choice.threads, agent.first + agent.actions);
              EXPECT_LE(static_cast<std::size_t>(layout.payoffs()) * bytes, most_row_bytes);
              EXPECT_GE(action_stride(layout, bytes), std::max({layout.low, layout.high, layout.actions}));
            } else {
              const RowLayout& layout = row_layouts[choice.layout];
              EXPECT_GE(layout.lanes * layout.actions, agent.actions);
              EXPECT_GE(layout.high, agent.high);
              EXPECT_GE(layout.low, agent.low);
              EXPECT_GE(choice.threads, agents * layout.lanes);
              EXPECT_GE(layout.agents, agents);
              EXPECT_LE(static_cast<std::size_t>(layout.payoffs()) * bytes, most_row_bytes);
              // Rows of different agents do not meet, and end where memory does.
              EXPECT_GE(row_stride(layout, bytes), std::max({layout.low, layout.high, layout.lanes * layout.actions}));
            }
          }
          if (split) {
            // Payoffs, policies twice.
            std::size_t numbers = 0;
            for (const AgentShape& agent : table) {
              numbers += static_cast<std::size_t>(agent.actions * (std::int64_t{agent.high} * agent.low + 2));
            }
            EXPECT_GE(choice.shared_bytes, static_cast<std::size_t>(choice.runs) * numbers * bytes);
          }
        }
      }
    }
  }
  EXPECT_GE(chosen, 3000);
}

TEST(RowChoice, TakesEveryLayout) {
  std::set<int> taken;
  for (const std::vector<int>& actions : many_shapes()) {
    for (const std::size_t bytes : {sizeof(float), sizeof(double)}) {
      for (const bool block : {false, true}) taken.insert(choice_for(actions, bytes, block).layout);
    }
  }
  for (int layout = 0; layout < normal_form_layout_count; ++layout) {
    EXPECT_TRUE(taken.contains(layout)) << layout;
  }
}

TEST(RowChoice, RegistersWhileTheyLast) {
  const auto in_registers = [](const std::vector<int>& actions, std::size_t bytes) {
    const RowChoice warp = choice_for(actions, bytes, false);
    const RowChoice block = choice_for(actions, bytes, true);
    const RowChoice& best = warp.layout >= 0 && (block.layout < 0 || warp.cost <= block.cost) ? warp : block;
    return best.layout >= 0 && (best.layout < first_split_layout || best.layout >= first_action_layout);
  };
  for (const auto& actions : {std::vector<int>{8, 8},
                              {16, 16},
                              {32, 32},
                              {64, 64},
                              {128, 128},
                              {5, 4, 3},
                              {8, 8, 8},
                              {10, 10, 10},
                              {5, 5, 5, 5}}) {
    EXPECT_TRUE(in_registers(actions, sizeof(float))) << actions[0] << "x" << actions[1];
  }
  for (const auto& actions : {std::vector<int>{150, 150}, {6, 6, 6, 6}, {2, 2, 2, 2, 2, 2, 2, 2}}) {
    EXPECT_FALSE(in_registers(actions, sizeof(float))) << actions[0] << "x" << actions[1];
  }
  // Nothing holds these.
  EXPECT_LT(choice_for({300, 300}, sizeof(float), true).layout, 0);
  EXPECT_LT(choice_for({300, 2}, sizeof(float), true).layout, 0);
}

TEST(NetworkChoice, IsTheSmallestThatHoldsTheNetwork) {
  const RowChoice ten = network_row_choice(10, 3, 9, sizeof(float));
  EXPECT_EQ(network_layouts[ten.layout - first_network_layout].neighbours, 10);
  EXPECT_EQ(ten.threads, 10);
  EXPECT_EQ(ten.runs, 12);  // three a warp
  const RowChoice ring = network_row_choice(32, 3, 2, sizeof(float));
  EXPECT_EQ(network_layouts[ring.layout - first_network_layout].neighbours, 4);
  EXPECT_EQ(ring.threads, 32);
  EXPECT_LT(network_row_choice(33, 2, 2, sizeof(float)).layout, 0);   // agents
  EXPECT_LT(network_row_choice(12, 3, 11, sizeof(float)).layout, 0);  // neighbours
  EXPECT_LT(network_row_choice(4, 5, 3, sizeof(float)).layout, 0);    // actions
  EXPECT_LT(network_row_choice(10, 3, 9, sizeof(double)).layout, 0);  // registers
}

TEST(MarkovChoice, IsTheSmallestThatHoldsTheGame) {
  const auto choice = [](int agents, int states, int actions, std::size_t shared_bytes = h100.shared_bytes) {
    const int rows = agents == 2 ? actions * actions : actions;
    return markov_row_choice(agents, states, actions, rows, sizeof(float), shared_bytes);
  };
  const RowChoice eight = choice(2, 8, 3);
  EXPECT_EQ(markov_layouts[eight.layout - first_markov_layout].actions, 3);
  EXPECT_EQ(eight.threads, 16);
  EXPECT_EQ(eight.shared_bytes, 8U * 8 * (9 * 8 + 4) * 4);
  EXPECT_EQ(choice(1, 5, 2).threads, 8);
  EXPECT_EQ(choice(1, 4, 2).threads, 4);
  EXPECT_LT(choice(3, 2, 2).layout, 0);          // agents
  EXPECT_LT(choice(2, 9, 2).layout, 0);          // states
  EXPECT_LT(choice(2, 2, 5).layout, 0);          // actions
  EXPECT_LT(choice(2, 8, 3, 10'000).layout, 0);  // shared memory
}

TEST(LaunchPolicy, IsAValue) {
  constexpr RunSize run{.payoffs = 72, .workspace = 60, .side_by_side = 4, .static_shape = -1};
  constexpr LaunchPolicy policy = launch_policy(run, 4, DeviceLimits{132, 227 * 1024});
  static_assert(policy.tier == GpuTier::warp && policy.team == 8);
  EXPECT_EQ(policy, launch_policy(run, 4, h100));
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
