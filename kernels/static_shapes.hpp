#pragma once

/// The shapes compiled with all loops unrolled: the ones that batches of small games are made of. A CUDA thread can
/// hold a run of these in its registers; other shapes take a tile of a warp or more. Each costs compile time in every
/// precision and instruction set, so the list is short.

#include <cstddef>
#include <cstdint>

#include "kernels/network_shape.hpp"
#include "kernels/shape.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

template <class... Shapes>
struct ShapeList {};

using StaticShapes = ShapeList<StaticShape<2, 2>, StaticShape<2, 3>, StaticShape<3, 3>, StaticShape<4, 4>,
                               StaticShape<2, 2, 2>, StaticShape<2, 2, 2, 2>, StaticShape<2, 2, 2, 2, 2>>;

/// Those that a GPU's thread can hold: these and one more, which SIMD lanes do as well by the text for any shape.
using LaneShapes =
    ShapeList<StaticShape<2, 2>, StaticShape<2, 3>, StaticShape<3, 3>, StaticShape<4, 4>, StaticShape<2, 2, 2>,
              StaticShape<3, 3, 3>, StaticShape<2, 2, 2, 2>, StaticShape<2, 2, 2, 2, 2>>;
/// Whether a thread's registers hold the payoffs, and in double twice as many registers of everything else.
constexpr bool fits_lane(std::int64_t payoffs, std::size_t scalar_bytes) {
  return payoffs <= (scalar_bytes == sizeof(float) ? 160 : 32);
}

/// Networks, with all arcs.
using StaticNetworks = ShapeList<StaticNetwork<3, 2>, StaticNetwork<3, 3>, StaticNetwork<4, 2>>;

template <int N, int M>
constexpr bool same_network(StaticNetwork<N, M>, const int* actions, int agents) {
  if (agents != N) return false;
  for (int i = 0; i < N; ++i) {
    if (actions[i] != M) return false;
  }
  return true;
}

template <class... Shapes>
constexpr int static_network_index(ShapeList<Shapes...>, const int* actions, int agents) {
  int index = 0;
  const bool found = ((same_network(Shapes{}, actions, agents) || (++index, false)) || ...);
  return found ? index : -1;
}

template <int... M>
constexpr bool same_shape(StaticShape<M...>, const AgentShape* table, int agents) {
  constexpr int actions[] = {M...};
  if (agents != static_cast<int>(sizeof...(M))) return false;
  for (int i = 0; i < agents; ++i) {
    if (table[i].actions != actions[i]) return false;
  }
  return true;
}

template <class... Shapes>
constexpr int static_shape_index(ShapeList<Shapes...>, const AgentShape* table, int agents) {
  int index = 0;
  const bool found = ((same_shape(Shapes{}, table, agents) || (++index, false)) || ...);
  return found ? index : -1;
}

template <class F, class... Shapes>
bool with_static_shape(ShapeList<Shapes...>, int index, F&& f) {
  int at = 0;
  return ((at++ == index && (f(Shapes{}), true)) || ...);
}

/// Where the shape with these agents is in the list; -1: it is not.
constexpr int static_shape_index(const AgentShape* table, int agents) {
  return static_shape_index(StaticShapes{}, table, agents);
}

/// Where the shape with these agents is among LaneShapes; -1: it is not, or too large in this precision.
constexpr int lane_shape_index(const AgentShape* table, int agents, std::int64_t payoffs, std::size_t scalar_bytes) {
  return fits_lane(payoffs, scalar_bytes) ? static_shape_index(LaneShapes{}, table, agents) : -1;
}

/// Where the network of agents with these actions is among the networks; -1: it is not.
constexpr int static_network_index(const int* actions, int agents) {
  return static_network_index(StaticNetworks{}, actions, agents);
}

/// Calls f with the list's entry `index` and returns true; false if there is none.
template <class F>
bool with_static_shape(int index, F&& f) {
  return with_static_shape(StaticShapes{}, index, f);
}

template <class F>
bool with_lane_shape(int index, F&& f) {
  return with_static_shape(LaneShapes{}, index, f);
}

template <class F>
bool with_static_network(int index, F&& f) {
  return with_static_shape(StaticNetworks{}, index, f);
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
