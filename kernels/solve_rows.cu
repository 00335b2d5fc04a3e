// The row kernels, layout by layout, in a file of their own since all their loops are unrolled.

#include "kernels/normal_form_actions.cuh"
#include "kernels/normal_form_rows.cuh"
#include "kernels/normal_form_split.cuh"
#include "kernels/row_launch.cuh"

namespace quantal {
namespace kernels {
namespace {

template <class Scalar, int Layout>
cudaError_t launch_rows(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round, const LaunchPolicy& policy,
                        unsigned blocks, cudaStream_t stream) {
  const auto threads = static_cast<unsigned>(policy.block_threads);
  if constexpr (Layout >= first_action_layout) {
    constexpr int action = Layout - first_action_layout;
    if constexpr (fits_registers(action_layouts[action], sizeof(Scalar))) {
      if (const cudaError_t error = allow_shared(action_kernel<Scalar, action>)) return error;
      const int run_bytes = static_cast<int>(policy.shared_bytes) / policy.runs_per_block;
      action_kernel<Scalar, action>
          <<<blocks, threads, policy.shared_bytes, stream>>>(chunk, round, policy.team, run_bytes);
      return cudaGetLastError();
    }
  } else if constexpr (Layout >= first_split_layout) {
    constexpr int split = Layout - first_split_layout;
    if (const cudaError_t error = allow_shared(split_kernel<Scalar, split>)) return error;
    const auto run_scalars =
        static_cast<std::int64_t>(policy.shared_bytes / sizeof(Scalar)) / std::int64_t{policy.runs_per_block};
    split_kernel<Scalar, split>
        <<<blocks, threads, policy.shared_bytes, stream>>>(chunk, round, policy.team, run_scalars);
    return cudaGetLastError();
  } else if constexpr (fits_registers(row_layouts[Layout], sizeof(Scalar))) {
    if (const cudaError_t error = allow_shared(row_kernel<Scalar, Layout>)) return error;
    row_kernel<Scalar, Layout><<<blocks, threads, policy.shared_bytes, stream>>>(chunk, round, policy.team);
    return cudaGetLastError();
  }
  return cudaErrorInvalidValue;
}

}  // namespace

template <class Scalar>
cudaError_t solve_rows_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round, const LaunchPolicy& policy,
                             unsigned blocks, cudaStream_t stream) {
  return launch_layout<normal_form_layout_count>(policy.row_layout, [&](auto layout) {
    return launch_rows<Scalar, layout>(chunk, round, policy, blocks, stream);
  });
}

#define QUANTAL_INSTANTIATE(Scalar)                                                                              \
  template cudaError_t solve_rows_round(const ChunkView<Scalar>&, const RoundView<Scalar>&, const LaunchPolicy&, \
                                        unsigned, cudaStream_t);
QUANTAL_INSTANTIATE(float)
QUANTAL_INSTANTIATE(double)

}  // namespace kernels
}  // namespace quantal
