// The kernels of Markov games, in a file of their own because they take long to compile.

#include "kernels/game_tables.cuh"

namespace quantal {
namespace kernels {
template <class Scalar>
cudaError_t solve_markov_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                               const LaunchPolicy& policy, unsigned blocks, cudaStream_t stream) {
  return launch_teams<Scalar, MarkovGames<Scalar>, NaturalPolicyGradient>(chunk, round, policy, blocks, stream);
}

template <class Scalar>
cudaError_t resident_markov_blocks(int* blocks) {
  return resident_stream_blocks<Scalar, MarkovGames<Scalar>, NaturalPolicyGradient>(blocks);
}

#define QUANTAL_INSTANTIATE(Scalar)                                                                                \
  template cudaError_t solve_markov_round(const ChunkView<Scalar>&, const RoundView<Scalar>&, const LaunchPolicy&, \
                                          unsigned, cudaStream_t);                                                 \
  template cudaError_t resident_markov_blocks<Scalar>(int*);
QUANTAL_INSTANTIATE(float)
QUANTAL_INSTANTIATE(double)

}  // namespace kernels
}  // namespace quantal
