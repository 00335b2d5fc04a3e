// The stream tier of payoffs in half precision: of runs alone, and of runs that share their games.

#include "kernels/run_lanes.cuh"

#include "kernels/game_tables.cuh"

namespace quantal {
namespace kernels {

cudaError_t solve_halves_round(const ChunkView<float>& chunk, const RoundView<float>& round, const LaunchPolicy& policy,
                               cudaStream_t stream) {
  using Games = NormalForms<float, Half>;
  return policy.shares_games ? launch_stream<Runs<float>, Games, NaturalPolicyGradient>(chunk, round, policy, stream)
                             : launch_stream<float, Games, NaturalPolicyGradient>(chunk, round, policy, stream);
}

}  // namespace kernels
}  // namespace quantal
