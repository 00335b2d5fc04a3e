#pragma once

/// How the row kernels (normal_form_rows.cuh) deal out a normal form to threads: every agent has `lanes` threads, each
/// of which owns `actions` of its actions and keeps their payoffs, (high, low) each, in registers. Smaller games are
/// padded with zeros. Host and device; a list, since each layout is compiled with all loops unrolled.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <iterator>

#include "kernels/shape.hpp"

namespace quantal {
namespace kernels {

struct RowLayout {
  int lanes;      // threads an agent, a power of two
  int actions;    // that a thread owns
  int high;       // H_i of any agent at most
  int low;        // L_i of any agent at most
  int agents;     // at most; 2: no more, no less
  bool block;     // a run a block; else a run some neighbouring lanes of a warp
  int split = 1;  // neighbours, a power of two, that share their actions' rows, 16 bytes in turn; of one action each

  constexpr int payoffs() const { return actions * high * low; }  // of a thread
};

constexpr RowLayout row_layouts[] = {
    // Two agents.
    {1, 4, 1, 4, 2, false},
    {1, 8, 1, 8, 2, false},
    {4, 2, 1, 8, 2, false},
    {2, 8, 1, 16, 2, false},
    {4, 4, 1, 16, 2, false},
    {8, 4, 1, 32, 2, false},
    {16, 2, 1, 32, 2, false},
    {32, 2, 1, 64, 2, true},
    {64, 1, 1, 64, 2, true},
    {128, 1, 1, 128, 2, true, 4},
    // More.
    {1, 4, 4, 4, 4, false},
    {1, 5, 5, 5, 4, false},
    {2, 1, 4, 8, 7, false},
    {2, 3, 6, 6, 7, false},
    {2, 2, 4, 4, 7, false},
    {4, 1, 12, 12, 7, false},
    {4, 2, 8, 8, 7, false},
    {8, 1, 8, 8, 4, false},
    {16, 1, 12, 12, 4, true},
};
constexpr int row_layout_count = static_cast<int>(std::size(row_layouts));

/// Bytes of payoffs that a thread may keep: half its registers, and a little more. In double half of that where it has
/// all of an agent's actions, whose other numbers take as many registers again.
constexpr std::size_t most_row_bytes = 576;
constexpr bool fits_registers(const RowLayout& layout, std::size_t scalar_bytes) {
  const bool many_others = layout.lanes == 1 && scalar_bytes > sizeof(float);
  return static_cast<std::size_t>(layout.payoffs()) * scalar_bytes <= most_row_bytes / (many_others ? 2 : 1);
}

/// Opponents in one group at most: their actions are packed into one number.
constexpr int most_group = 3;
constexpr int row_block = 128;

/// Numbers between the policies of neighbouring agents in shared memory: a multiple of 16 bytes; an odd one where
/// threads write one number each or are few for an agent, so that those of different agents meet in different banks.
constexpr int row_stride(const RowLayout& layout, std::size_t scalar_bytes) {
  const int of16 = static_cast<int>(16 / scalar_bytes);
  const int most = std::max({layout.low, layout.high, layout.lanes * layout.actions});
  const int vectors = (most + of16 - 1) / of16;
  return (layout.actions > 1 && layout.lanes > 2 ? vectors : vectors | 1) * of16;
}

/// Arrays of `row_stride` numbers that hold the policies of a run, and a number 1 where there may be products.
QUANTAL_HD constexpr int row_policies(int agents) {
  return agents > 2 ? agents + 1 : agents;
}

/// Those of a run in shared memory: policies twice, and the weights of each agent's two groups of opponents.
QUANTAL_HD constexpr int row_arrays(int agents) {
  return 2 * row_policies(agents) + (agents > 2 ? 2 * agents : 0);
}

constexpr std::size_t row_shared_bytes(const RowLayout& layout, int agents, int runs, std::size_t scalar_bytes) {
  return static_cast<std::size_t>(runs * row_arrays(agents) * row_stride(layout, scalar_bytes)) * scalar_bytes;
}

/// Threads that a run takes: in a block whole warps.
template <class Layout>
constexpr int row_threads(const Layout& layout, int agents) {
  return layout.block ? (agents * layout.lanes + 31) / 32 * 32 : agents * layout.lanes;
}

/// Runs of so many threads in a block of `block` threads. A warp has as many as it holds, and what is left of it idles.
QUANTAL_HD constexpr int runs_of_block(int threads, int block) {
  return threads > 32 ? 1 : block / 32 * (32 / threads);
}

/// Threads that runs of so many take of a warp each, those that are left over shared out among them.
constexpr int threads_taken(int threads) {
  return threads > 32 ? threads : 32 / (32 / threads);
}

constexpr bool row_layout_holds(const RowLayout& layout, const AgentShape* table, int agents,
                                std::size_t scalar_bytes) {
  if (agents < 2 || agents > layout.agents || (agents == 2) != (layout.agents == 2)) return false;
  if (!fits_registers(layout, scalar_bytes)) return false;
  if (!layout.block && row_threads(layout, agents) > 32) return false;
  for (int i = 0; i < agents; ++i) {
    if (table[i].actions > layout.lanes * layout.actions || table[i].high > layout.high || table[i].low > layout.low) {
      return false;
    }
    if (table[i].split > most_group || agents - 1 - table[i].split > most_group) return false;
  }
  return true;
}

/// How the split kernels (normal_form_split.cuh) deal out a normal form: an agent's threads form groups of `split`
/// neighbours, each of which contracts its share of the payoffs, in shared memory, of all `actions` actions of the
/// group. For games that are too large for registers, and for agents with few actions of many payoffs.
struct SplitLayout {
  int lanes;    // threads an agent, a power of two
  int split;    // of a group, a power of two, at least `actions`
  int actions;  // of a group, a power of two
  int agents;   // at most
  bool block;   // a run a block; else a run some neighbouring lanes of a warp

  constexpr int most_actions() const { return lanes / split * actions; }  // of an agent
};

constexpr SplitLayout split_layouts[] = {
    {8, 8, 8, 4, false},    // up to 8 actions, four agents a warp
    {8, 8, 8, 16, true},    // 8
    {16, 16, 4, 16, true},  // 4
    {16, 8, 8, 16, true},   // 16
    {32, 8, 8, 8, true},    // 32
    {64, 8, 8, 4, true},    // 64
    {128, 8, 8, 4, true},   // 128
    {256, 8, 8, 2, true},   // 256
};
constexpr int split_layout_count = static_cast<int>(std::size(split_layouts));

/// Joint actions of a group of opponents have at most so many factors, whose places fit one number.
constexpr int most_factors = 6;
constexpr int factor_bits = 10;

/// Where a run's numbers are in shared memory, in Scalars.
struct SplitPlaces {
  int policy_stride;      // between the policies of neighbouring agents
  int group_stride;       // between the weights of groups of opponents; 0: they are policies
  std::int64_t policies;  // two places for policies, behind the payoffs
  std::int64_t groups;    // (agents, 2, group_stride)
  std::int64_t factors;   // (H_i + L_i), agent by agent, of 8 bytes
  std::int64_t scalars;   // of a run: a multiple of 16 bytes
};

QUANTAL_HD constexpr int whole_vectors(int n, int scalar_bytes) {
  const int of16 = 16 / scalar_bytes;
  return (n + of16 - 1) / of16 * of16;
}

/// Numbers of one action's row: (H_i, L_i padded to 16 bytes).
QUANTAL_HD constexpr std::int64_t split_row(const AgentShape& agent, int scalar_bytes) {
  return std::int64_t{agent.high} * whole_vectors(agent.low, scalar_bytes);
}

QUANTAL_HD constexpr SplitPlaces split_places(const AgentShape* table, int agents, int scalar_bytes) {
  SplitPlaces places{};
  std::int64_t payoffs = 0;
  int most_actions = 0;
  int most_weights = 0;
  int weights = 0;
  for (int i = 0; i < agents; ++i) {
    const AgentShape& agent = table[i];
    payoffs += agent.actions * split_row(agent, scalar_bytes);
    weights += agent.high + agent.low;
    if (agent.actions > most_actions) most_actions = agent.actions;
    if (agent.high > most_weights) most_weights = agent.high;
    if (agent.low > most_weights) most_weights = agent.low;
  }
  places.policy_stride = whole_vectors(most_actions, scalar_bytes);
  places.policies = payoffs;
  places.groups = places.policies + std::int64_t{2} * agents * places.policy_stride;
  places.scalars = places.groups;
  if (!has_products(table, agents)) return places;
  places.group_stride = whole_vectors(most_weights, scalar_bytes);
  places.factors = places.groups + std::int64_t{2} * agents * places.group_stride;
  places.scalars = places.factors + whole_vectors(weights * (8 / scalar_bytes), scalar_bytes);
  return places;
}

/// Whether the place of every policy, and one more, has factor_bits in each layout that may need products.
constexpr bool factors_fit() {
  for (const SplitLayout& layout : split_layouts) {
    if (layout.agents > 2 && layout.agents * whole_vectors(layout.most_actions(), 4) >= 1 << factor_bits) return false;
  }
  return true;
}
static_assert(factors_fit());

constexpr bool split_layout_holds(const SplitLayout& layout, const AgentShape* table, int agents) {
  if (agents < 2 || agents > layout.agents) return false;
  for (int i = 0; i < agents; ++i) {
    if (table[i].actions > layout.most_actions()) return false;
    if (table[i].split > most_factors || agents - 1 - table[i].split > most_factors) return false;
  }
  return true;
}

/// How the action kernels (normal_form_actions.cuh) deal out a normal form of several agents: each action has a thread,
/// which keeps its payoffs, (high, low), in registers. Agents follow each other without gaps in a warp, and so do runs.
struct ActionLayout {
  int high;     // H_i of any agent at most
  int low;      // L_i of any agent at most
  int actions;  // of an agent at most, a power of two

  constexpr int payoffs() const { return high * low; }  // of a thread
};

constexpr ActionLayout action_layouts[] = {{4, 16, 8}, {8, 8, 8}, {5, 25, 8}, {12, 12, 16}};
constexpr int action_layout_count = static_cast<int>(std::size(action_layouts));

constexpr bool fits_registers(const ActionLayout& layout, std::size_t scalar_bytes) {
  return static_cast<std::size_t>(layout.payoffs()) * scalar_bytes <= most_row_bytes;
}

/// Numbers between the policies of neighbouring agents in shared memory.
constexpr int action_stride(const ActionLayout& layout, std::size_t scalar_bytes) {
  const int of16 = static_cast<int>(16 / scalar_bytes);
  return (std::max({layout.high, layout.low, layout.actions}) + of16 - 1) / of16 * of16;
}

/// A product of policies: where it goes and which these are.
struct ProductEntry {
  int place;
  int factors;  // places among policies, factor_bits each
};

/// Of a run in shared memory, as row_arrays; and what products there may be.
constexpr std::size_t action_shared_bytes(const ActionLayout& layout, int agents, int runs, std::size_t scalar_bytes) {
  const auto numbers = static_cast<std::size_t>(row_arrays(agents) * action_stride(layout, scalar_bytes));
  const auto entries = static_cast<std::size_t>(agents * (layout.high + layout.low));
  return static_cast<std::size_t>(runs) * (numbers * scalar_bytes + (entries * sizeof(ProductEntry) + 15) / 16 * 16);
}

constexpr bool action_layout_holds(const ActionLayout& layout, const AgentShape* table, int agents,
                                   std::size_t scalar_bytes) {
  if (agents < 3 || !fits_registers(layout, scalar_bytes)) return false;
  for (int i = 0; i < agents; ++i) {
    if (table[i].actions > layout.actions || table[i].high > layout.high || table[i].low > layout.low) return false;
    if (table[i].split > most_group || agents - 1 - table[i].split > most_group) return false;
  }
  return table[agents - 1].first + table[agents - 1].actions <= 32;
}

/// Where layouts begin in RowChoice::layout; network_layouts and markov_layouts follow.
constexpr int first_split_layout = row_layout_count;
constexpr int first_action_layout = first_split_layout + split_layout_count;
constexpr int normal_form_layout_count = first_action_layout + action_layout_count;

/// How the runs of a shape are dealt out by the best layout of a tier.
struct RowChoice {
  int layout = -1;  // of row_layouts, split_layouts, action_layouts, and so on; -1: none
  int threads = 0;  // of a run
  int runs = 0;     // of a block
  std::size_t shared_bytes = 0;
  long cost = 0;  // instructions of an evaluation, as bench/cuda_counts.py counts them, times the threads that it takes
};

/// The best layout for a shape among those that take a block, or those that do not, and whose shared memory a block
/// can have.
constexpr RowChoice row_choice(const AgentShape* table, int agents, std::size_t scalar_bytes, bool block,
                               std::size_t shared_bytes) {
  RowChoice best;
  const auto consider = [&](const RowChoice& choice) {
    if (choice.shared_bytes > shared_bytes) return;
    if (best.layout < 0 || choice.cost < best.cost) best = choice;
  };
  int high = 1;
  std::int64_t row = 0;
  int weights = 0;
  for (int i = 0; i < agents; ++i) {
    high = std::max(high, table[i].high);
    row = std::max(row, split_row(table[i], static_cast<int>(scalar_bytes)));
    weights = std::max(weights, table[i].high + table[i].low);
  }
  for (int k = 0; k < row_layout_count; ++k) {
    const RowLayout& layout = row_layouts[k];
    if (layout.block != block || !row_layout_holds(layout, table, agents, scalar_bytes)) continue;
    const int threads = row_threads(layout, agents);
    const int runs = block ? 1 : runs_of_block(threads, row_block);
    const int exchanges = std::bit_width(static_cast<unsigned>(layout.lanes)) - 1;
    const long each =
        layout.actions * high * layout.low + 24 * layout.actions + 150 + 16 * exchanges + (block ? 50 : 0);
    consider({k, threads, runs, row_shared_bytes(layout, agents, runs, scalar_bytes), threads_taken(threads) * each});
  }
  for (int k = 0; k < split_layout_count; ++k) {
    const SplitLayout& layout = split_layouts[k];
    if (layout.block != block || !split_layout_holds(layout, table, agents)) continue;
    const int threads = threads_taken(row_threads(layout, agents));
    if (threads > (block ? 1024 : 32)) continue;
    const auto run_bytes =
        static_cast<std::size_t>(split_places(table, agents, static_cast<int>(scalar_bytes)).scalars) * scalar_bytes;
    int runs = block ? 1 : row_block / threads;
    while (!block && runs * threads > 32 && static_cast<std::size_t>(runs) * run_bytes > shared_bytes) runs /= 2;
    const int of16 = static_cast<int>(16 / scalar_bytes);
    const auto shares = static_cast<long>((row / of16 + layout.split - 1) / layout.split);
    const long each = shares * (layout.actions * (of16 + 1) + of16 + 8) + 8 * weights / layout.lanes + 500;
    consider({first_split_layout + k, threads, runs, static_cast<std::size_t>(runs) * run_bytes, threads * each});
  }
  for (int k = 0; k < action_layout_count && !block; ++k) {
    const ActionLayout& layout = action_layouts[k];
    if (!action_layout_holds(layout, table, agents, scalar_bytes)) continue;
    // Those to spare help with products.
    const int threads = threads_taken(table[agents - 1].first + table[agents - 1].actions);
    const int runs = runs_of_block(threads, row_block);
    const long products = has_products(table, agents) ? 40 + 12 * agents * weights / threads : 0;
    const long each = high * layout.low + products + 300;
    consider({first_action_layout + k, threads, runs, action_shared_bytes(layout, agents, runs, scalar_bytes),
              threads * each});
  }
  return best;
}

}  // namespace kernels
}  // namespace quantal
