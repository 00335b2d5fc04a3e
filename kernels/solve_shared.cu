// The stream tier of runs that share their games.

#include "kernels/run_lanes.cuh"

#include "kernels/game_tables.cuh"

namespace quantal {
namespace kernels {

template <class Scalar>
cudaError_t solve_shared_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                               const LaunchPolicy& policy, cudaStream_t stream) {
  return chunk.network.agents > 0
             ? launch_stream<Runs<Scalar>, Networks<Scalar>, NaturalPolicyGradient>(chunk, round, policy, stream)
             : launch_stream<Runs<Scalar>, NormalForms<Scalar>, NaturalPolicyGradient>(chunk, round, policy, stream);
}

#define QUANTAL_INSTANTIATE(Scalar)                                                                                \
  template cudaError_t solve_shared_round(const ChunkView<Scalar>&, const RoundView<Scalar>&, const LaunchPolicy&, \
                                          cudaStream_t);
QUANTAL_INSTANTIATE(float)
QUANTAL_INSTANTIATE(double)

}  // namespace kernels
}  // namespace quantal
