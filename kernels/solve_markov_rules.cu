// The kernels of the update rules other than NPG for Markov games, in a file of their own because they take long to
// compile, and for the same reason in one tier only: a run a block.

#include "kernels/game_tables.cuh"
#include "kernels/update_rules.hpp"

namespace quantal {
namespace kernels {

template <class Scalar>
cudaError_t solve_markov_rules_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                                     const LaunchPolicy& policy, unsigned blocks, cudaStream_t stream) {
  return launch_blocks<Scalar, MarkovGames<Scalar>, ChosenRule>(chunk, round, policy, blocks, stream);
}

#define QUANTAL_INSTANTIATE(Scalar)                                                                 \
  template cudaError_t solve_markov_rules_round(const ChunkView<Scalar>&, const RoundView<Scalar>&, \
                                                const LaunchPolicy&, unsigned, cudaStream_t);
QUANTAL_INSTANTIATE(float)
QUANTAL_INSTANTIATE(double)

}  // namespace kernels
}  // namespace quantal
