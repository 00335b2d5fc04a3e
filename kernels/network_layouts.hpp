#pragma once

/// How the kernel for small networks (network_rows.cuh) deals out a network to threads: every agent has one, which
/// keeps its payoffs on account of all its neighbours in registers. Smaller networks are padded with zeros. Host and
/// device; a list, since each layout is compiled with all loops unrolled.

#include <cstddef>
#include <iterator>

#include "kernels/network_shape.hpp"
#include "kernels/row_layouts.hpp"

namespace quantal {
namespace kernels {

struct NetworkLayout {
  int actions;     // of an agent at most
  int neighbours;  // of an agent at most

  constexpr int payoffs() const { return neighbours * actions * actions; }  // of a thread
};

constexpr NetworkLayout network_layouts[] = {{2, 4}, {2, 16}, {3, 4}, {3, 10}, {4, 4}, {4, 9}};
constexpr int network_layout_count = static_cast<int>(std::size(network_layouts));

/// Where these layouts begin in RowChoice::layout.
constexpr int first_network_layout = normal_form_layout_count;

/// Agents at most, a warp's threads, and numbers that a policy takes in shared memory.
constexpr int most_row_agents = 32;
constexpr int network_stride = 4;

constexpr bool fits_registers(const NetworkLayout& layout, std::size_t scalar_bytes) {
  return static_cast<std::size_t>(layout.payoffs()) * scalar_bytes <= most_row_bytes;
}

/// The smallest layout for networks of so many agents of `actions` and `neighbours` at most.
constexpr RowChoice network_row_choice(int agents, int actions, int neighbours, std::size_t scalar_bytes) {
  RowChoice best;
  if (agents > most_row_agents) return best;
  for (int k = 0; k < network_layout_count; ++k) {
    const NetworkLayout& layout = network_layouts[k];
    if (actions > layout.actions || neighbours > layout.neighbours || !fits_registers(layout, scalar_bytes)) continue;
    const long cost = threads_taken(agents) * static_cast<long>(layout.payoffs());
    if (best.layout < 0 || cost < best.cost) {
      best = {first_network_layout + k, agents, runs_of_block(agents, row_block), 0, cost};
    }
  }
  return best;
}

}  // namespace kernels
}  // namespace quantal
