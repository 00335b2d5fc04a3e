// How games are launched on a GPU: a pure function of shape and device.

#include "kernels/tuning.hpp"

#include <gtest/gtest.h>

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

TEST(LaunchPolicy, IsAValue) {
  constexpr RunSize run{72, 60, 4, -1};
  constexpr LaunchPolicy policy = launch_policy(run, 4, DeviceLimits{132, 227 * 1024});
  static_assert(policy.tier == GpuTier::warp && policy.team == 8);
  EXPECT_EQ(policy, launch_policy(run, 4, h100));
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
