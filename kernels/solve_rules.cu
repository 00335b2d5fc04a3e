// The kernels of the update rules other than NPG, in a file of their own because they take long to compile. They choose
// the rule when they run, and use whole warps only: those who compare rules count iterations.

#include "kernels/game_tables.cuh"
#include "kernels/update_rules.hpp"

namespace quantal {
namespace kernels {
namespace {

template <class Games>
struct OfWholeWarps : Games {
  static constexpr bool narrow = false;
  __device__ explicit OfWholeWarps(const Games& games) : Games(games) {}

  template <class Chunk>
  __device__ static OfWholeWarps load(const Chunk& chunk) {
    return OfWholeWarps(Games::load(chunk));
  }
};

/// f.template operator()<Games>() for the games of a class.
template <class Scalar, class F>
cudaError_t with_games(GameClass game_class, const F& f) {
  switch (game_class) {
    case GameClass::normal_form:
      return f.template operator()<OfWholeWarps<NormalForms<Scalar>>>();
    case GameClass::network:
      return f.template operator()<OfWholeWarps<Networks<Scalar>>>();
    case GameClass::markov:
      break;  // in solve_markov_rules.cu
  }
  return cudaErrorInvalidValue;
}

}  // namespace

template <class Scalar>
cudaError_t solve_rules_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                              const LaunchPolicy& policy, unsigned blocks, cudaStream_t stream) {
  if (chunk.markov.agents > 0) return solve_markov_rules_round(chunk, round, policy, blocks, stream);
  const GameClass game_class = chunk.network.agents > 0 ? GameClass::network : GameClass::normal_form;
  return with_games<Scalar>(game_class, [&]<class Games>() {
    return launch_teams<Scalar, Games, ChosenRule>(chunk, round, policy, blocks, stream);
  });
}

template <class Scalar>
cudaError_t resident_rules_blocks(GameClass game_class, int* blocks) {
  return with_games<Scalar>(game_class,
                            [&]<class Games>() { return resident_stream_blocks<Scalar, Games, ChosenRule>(blocks); });
}

#define QUANTAL_INSTANTIATE(Scalar)                                                                               \
  template cudaError_t solve_rules_round(const ChunkView<Scalar>&, const RoundView<Scalar>&, const LaunchPolicy&, \
                                         unsigned, cudaStream_t);                                                 \
  template cudaError_t resident_rules_blocks<Scalar>(GameClass, int*);
QUANTAL_INSTANTIATE(float)
QUANTAL_INSTANTIATE(double)

}  // namespace kernels
}  // namespace quantal
