#pragma once

/// How the kernel for small Markov games (markov_rows.cuh) deals out a game of one or two agents to threads: every pair
/// of an agent and a state has one. Smaller games are padded. Host and device; a list, since each layout is compiled
/// with all loops unrolled.

#include <bit>
#include <cstddef>
#include <iterator>

#include "kernels/network_layouts.hpp"

namespace quantal {
namespace kernels {

struct MarkovLayout {
  int states;   // at most, a power of two: threads of an agent
  int actions;  // of an agent at most
};

constexpr MarkovLayout markov_layouts[] = {{4, 2}, {4, 4}, {8, 3}, {8, 4}};
constexpr int markov_layout_count = static_cast<int>(std::size(markov_layouts));

/// Where these layouts begin in RowChoice::layout.
constexpr int first_markov_layout = first_network_layout + network_layout_count;

/// Shared memory of a block for policies, beside transitions.
constexpr std::size_t markov_policy_bytes = 2 * row_block * network_stride * sizeof(double);

/// Scalars between the transitions of neighbouring states in shared memory: their rows, of as many numbers as the
/// layout has states, and 16 bytes, so that threads of different states read from different banks.
constexpr int markov_state_stride(const MarkovLayout& layout, int rows, std::size_t scalar_bytes) {
  return rows * layout.states + static_cast<int>(16 / scalar_bytes);
}

/// The smallest layout for games of so many agents and states, of `actions` and `rows` a state at most.
constexpr RowChoice markov_row_choice(int agents, int states, int actions, int rows, std::size_t scalar_bytes,
                                      std::size_t shared_bytes) {
  RowChoice best;
  if (agents > 2) return best;
  for (int k = 0; k < markov_layout_count; ++k) {
    const MarkovLayout& layout = markov_layouts[k];
    if (states > layout.states || actions > layout.actions) continue;
    const int threads = agents * layout.states;
    const int runs = row_block / threads;
    const std::size_t bytes =
        static_cast<std::size_t>(runs * states * markov_state_stride(layout, rows, scalar_bytes)) * scalar_bytes;
    const long cost = static_cast<long>(threads) * layout.actions;
    if (bytes <= shared_bytes && (best.layout < 0 || cost < best.cost)) {
      best = {first_markov_layout + k, threads, runs, bytes, cost};
    }
  }
  return best;
}

}  // namespace kernels
}  // namespace quantal
