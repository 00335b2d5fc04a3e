// The kernel for small networks, layout by layout.

#include "kernels/network_rows.cuh"
#include "kernels/row_launch.cuh"

namespace quantal {
namespace kernels {

template <class Scalar>
cudaError_t solve_network_rows_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                                     const LaunchPolicy& policy, unsigned blocks, cudaStream_t stream) {
  return launch_layout<network_layout_count>(policy.row_layout - first_network_layout, [&](auto layout) {
    if constexpr (fits_registers(network_layouts[layout], sizeof(Scalar))) {
      network_row_kernel<Scalar, layout>
          <<<blocks, static_cast<unsigned>(policy.block_threads), 0, stream>>>(chunk, round, policy.team);
      return cudaGetLastError();
    }
    return cudaErrorInvalidValue;
  });
}

#define QUANTAL_INSTANTIATE(Scalar)                                                                 \
  template cudaError_t solve_network_rows_round(const ChunkView<Scalar>&, const RoundView<Scalar>&, \
                                                const LaunchPolicy&, unsigned, cudaStream_t);
QUANTAL_INSTANTIATE(float)
QUANTAL_INSTANTIATE(double)

}  // namespace kernels
}  // namespace quantal
