#pragma once

/// Brings payoffs of normal forms, as games hold them, into the kernels' layout on the GPU.
///
///     P(g, h, l, a) = r(g, h, a, l) - payoff_reference over a of r(g, h, a, l)
///
/// r   given     (G; H, m, L)   one agent's: H joint actions of the agents before it, L of those after it
/// P   arranged  (G; H L, m)    as shape.hpp lays them out
///
/// Differences are taken in double, as the host's arrange_payoffs takes them: P is the same.

#include <cstdint>

#include <cuda_runtime_api.h>

namespace quantal {
namespace kernels {

/// Payoffs of one agent in `games` games, in device memory.
template <class Scalar>
struct GivenPayoffs {
  const double* given;
  std::int64_t given_stride;  // from one game to the next
  Scalar* arranged;
  std::int64_t arranged_stride;
  std::int64_t games;    // G
  std::int64_t columns;  // H L
  std::int64_t after;    // L
  int actions;           // m
};

template <class Scalar>
cudaError_t arrange_payoffs(const GivenPayoffs<Scalar>& payoffs, cudaStream_t stream);

}  // namespace kernels
}  // namespace quantal
