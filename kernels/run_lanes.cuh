#pragma once

/// Runs of one game that a thread of the stream tier works on together, so that they share each reading of its payoffs.
/// Comes before all headers that compute with Reals.

#include "kernels/several.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Of numbers that take 32 bytes.
template <class Scalar>
constexpr int run_lanes = 32 / static_cast<int>(sizeof(Scalar));

template <class Scalar>
using Runs = Several<Scalar, run_lanes<Scalar>>;

/// A shuffle of a warp, part by part.
template <class Scalar, int Parts>
__device__ Several<Scalar, Parts> shuffle_xor(unsigned members, const Several<Scalar, Parts>& x, int apart, int width) {
  return of_parts([&](Scalar a) { return __shfl_xor_sync(members, a, apart, width); }, x);
}
template <class Scalar, int Parts>
__device__ Several<Scalar, Parts> shuffle_down(unsigned members, const Several<Scalar, Parts>& x, int apart,
                                               int width) {
  return of_parts([&](Scalar a) { return __shfl_down_sync(members, a, static_cast<unsigned>(apart), width); }, x);
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
