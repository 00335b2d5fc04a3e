// The kernel for small Markov games, layout by layout.

#include "kernels/markov_rows.cuh"
#include "kernels/row_launch.cuh"

namespace quantal {
namespace kernels {

template <class Scalar>
cudaError_t solve_markov_rows_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                                    const LaunchPolicy& policy, unsigned blocks, cudaStream_t stream) {
  const auto run_scalars = static_cast<int>(policy.shared_bytes / sizeof(Scalar)) / policy.runs_per_block;
  return launch_layout<markov_layout_count>(policy.row_layout - first_markov_layout, [&](auto layout) {
    if (const cudaError_t error = allow_shared(markov_row_kernel<Scalar, layout>)) return error;
    markov_row_kernel<Scalar, layout>
        <<<blocks, static_cast<unsigned>(policy.block_threads), policy.shared_bytes, stream>>>(
            chunk, round, policy.team, run_scalars);
    return cudaGetLastError();
  });
}

#define QUANTAL_INSTANTIATE(Scalar)                                                                \
  template cudaError_t solve_markov_rows_round(const ChunkView<Scalar>&, const RoundView<Scalar>&, \
                                               const LaunchPolicy&, unsigned, cudaStream_t);
QUANTAL_INSTANTIATE(float)
QUANTAL_INSTANTIATE(double)

}  // namespace kernels
}  // namespace quantal
