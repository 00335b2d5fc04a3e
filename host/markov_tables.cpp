#include "host/markov_tables.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "host/format.hpp"
#include "quantal/error.hpp"

namespace quantal {

namespace {

/// From one dense row of transitions to the next: odd where they are worked on in shared memory, whose banks are then
/// used evenly.
std::int32_t dense_stride(int states) {
  return states <= kernels::most_direct_states ? states | 1 : states;
}

}  // namespace

MarkovPattern pattern_of(const MarkovGame& game) {
  MarkovPattern pattern;
  pattern.states = game.states;
  const auto S = static_cast<std::size_t>(game.states);
  const std::size_t rows = rows_before_states(game).back();
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  const bool small = game.states <= kernels::most_direct_states;
  if (game.is_sparse() && !small && game.transitions.size() < rows * S / 2) {
    if (game.transitions.size() > most) throw InputError("expected fewer than 2^31 transitions, found more");
    pattern.row_begin.assign(game.row_begin.begin(), game.row_begin.end());
    pattern.next_state = game.next_state;
  } else if (rows * static_cast<std::size_t>(dense_stride(game.states)) > most) {
    throw InputError(
        formatted("expected fewer than 2^31 transitions, found {} joint actions of all states x {} states", rows, S));
  }
  return pattern;
}

MarkovTables::MarkovTables(const std::vector<int>& actions, const MarkovPattern& pattern, MarkovEntropy entropy)
    : states(pattern.states), counts_entropy(entropy == MarkovEntropy::own), row_begin(pattern.row_begin) {
  const auto S = static_cast<std::size_t>(states);
  const std::size_t N = actions.size() / S;
  agents = static_cast<int>(N);
  first.push_back(0);
  for (const int m : actions) first.push_back(first.back() + m);
  largest = *std::max_element(actions.begin(), actions.end());
  uniform = largest == *std::min_element(actions.begin(), actions.end()) ? largest : 0;
  pair_of_action.reserve(static_cast<std::size_t>(first.back()));
  for (std::size_t p = 0; p < actions.size(); ++p) {
    pair_of_action.insert(pair_of_action.end(), static_cast<std::size_t>(actions[p]), static_cast<std::int32_t>(p));
  }
  low.resize(N * S);
  row.push_back(0);
  std::vector<int> joint(N);
  for (std::size_t s = 0; s < S; ++s) {
    std::int32_t count = 1;
    for (std::size_t i = N; i-- > 0;) {
      low[i * S + s] = count;
      count *= actions[i * S + s];
    }
    row.push_back(row.back() + count);
    state_of_row.insert(state_of_row.end(), static_cast<std::size_t>(count), static_cast<std::int32_t>(s));
    std::fill(joint.begin(), joint.end(), 0);
    for (std::int32_t k = 0; k < count; ++k) {
      for (std::size_t i = 0; i < N; ++i) slot.push_back(first[i * S + s] + joint[i]);
      for (std::size_t i = N; i-- > 0;) {
        if (++joint[i] < actions[i * S + s]) break;
        joint[i] = 0;
      }
    }
  }
  if (pattern.row_begin.empty()) {
    stride = dense_stride(states);
    entries = rows() * stride;
    unions = states * states;
    return;
  }
  entries = pattern.row_begin.back();
  union_begin.push_back(0);
  position.resize(pattern.next_state.size());
  std::vector<std::int32_t> next;
  for (std::size_t s = 0; s < S; ++s) {
    const auto begin = pattern.next_state.begin() + pattern.row_begin[static_cast<std::size_t>(row[s])];
    const auto end = pattern.next_state.begin() + pattern.row_begin[static_cast<std::size_t>(row[s + 1])];
    next.assign(begin, end);
    std::sort(next.begin(), next.end());
    next.erase(std::unique(next.begin(), next.end()), next.end());
    std::transform(begin, end, position.begin() + (begin - pattern.next_state.begin()), [&](std::int32_t state) {
      return static_cast<std::int32_t>(std::lower_bound(next.begin(), next.end(), state) - next.begin());
    });
    successor.insert(successor.end(), next.begin(), next.end());
    union_begin.push_back(static_cast<std::int32_t>(successor.size()));
  }
  unions = union_begin.back();
}

kernels::MarkovView MarkovTables::view() const {
  if (empty()) return {};
  return {first.data(),
          row.data(),
          state_of_row.data(),
          slot.data(),
          pair_of_action.data(),
          low.data(),
          is_sparse() ? row_begin.data() : nullptr,
          is_sparse() ? position.data() : nullptr,
          is_sparse() ? union_begin.data() : nullptr,
          is_sparse() ? successor.data() : nullptr,
          agents,
          states,
          first.back(),
          rows(),
          uniform,
          largest,
          stride,
          entries,
          unions,
          is_direct() ? 1 : 0,
          counts_entropy ? 1 : 0};
}

}  // namespace quantal
