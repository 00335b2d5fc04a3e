#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/markov_shape.hpp"
#include "quantal/game.hpp"
#include "quantal/settings.hpp"

namespace quantal {

/// Where a Markov game's transitions may be other than zero, as the kernels keep them.
struct MarkovPattern {
  int states = 0;
  std::vector<std::int32_t> row_begin;   // (M + 1) empty: dense
  std::vector<std::int32_t> next_state;  // (entries)

  auto operator<=>(const MarkovPattern&) const = default;
};

/// The pattern of a valid game. Games of few states, and those with more than half of all transitions, are dense: they
/// share buckets, and indices would cost more than zeros. Throws InputError if dense transitions are too many.
MarkovPattern pattern_of(const MarkovGame& game);

/// The tables behind a kernels::MarkovView.
struct MarkovTables {
  MarkovTables() = default;
  MarkovTables(const std::vector<int>& actions, const MarkovPattern& pattern, MarkovEntropy entropy);

  int agents = 0;  // N
  int states = 0;  // S
  bool counts_entropy = true;
  std::vector<std::int32_t> first;  // (N S + 1), empty: not a Markov game
  std::vector<std::int32_t> row;
  std::vector<std::int32_t> state_of_row;
  std::vector<std::int32_t> slot;
  std::vector<std::int32_t> pair_of_action;
  std::vector<std::int32_t> low;
  std::vector<std::int32_t> row_begin;
  std::vector<std::int32_t> position;
  std::vector<std::int32_t> union_begin;
  std::vector<std::int32_t> successor;
  std::int32_t uniform = 0;
  std::int32_t largest = 0;
  std::int32_t stride = 0;
  std::int32_t entries = 0;
  std::int32_t unions = 0;

  bool empty() const { return first.empty(); }
  bool is_sparse() const { return !row_begin.empty(); }
  bool is_direct() const { return states <= kernels::most_direct_states; }
  std::int32_t rows() const { return row.back(); }
  /// Of one state.
  std::int32_t most_rows() const {
    std::int32_t most = 0;
    for (std::size_t s = 1; s < row.size(); ++s) most = std::max(most, row[s] - row[s - 1]);
    return most;
  }
  /// Numbers of a game: discount, rewards and transitions.
  std::int64_t payoffs() const { return 1 + static_cast<std::int64_t>(agents) * rows() + entries; }
  kernels::MarkovView view() const;
};

}  // namespace quantal
