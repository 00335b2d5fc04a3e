// The kernels of Markov games, in a file of their own because they take long to compile.

#include "kernels/solve_kernels.cuh"

namespace quantal {
namespace kernels {
namespace {

template <class Real>
struct MarkovGames {
  static constexpr bool narrow = false;

  MarkovView markov;

  QUANTAL_HD static std::int64_t table_bytes(const ChunkView<Real>& chunk) { return markov_table_bytes(chunk.markov); }

  __device__ static MarkovGames load(const ChunkView<Real>& chunk) {
    MarkovGames games{chunk.markov};
    MarkovView& markov = games.markov;
    const int pairs = markov.agents * markov.states;
    auto* at = reinterpret_cast<std::int32_t*>(shared_memory);
    const auto take = [&](const std::int32_t*& table, int count) {
      std::int32_t* const begin = at;
      at = copy_table(begin, table, count);
      table = begin;
    };
    take(markov.first, pairs + 1);
    take(markov.row, markov.states + 1);
    take(markov.state_of_row, markov.rows);
    take(markov.slot, markov.rows * markov.agents);
    take(markov.pair_of_action, markov.actions);
    take(markov.low, pairs);
    if (markov.row_begin != nullptr) {
      take(markov.row_begin, markov.rows + 1);
      take(markov.position, markov.entries);
      take(markov.union_begin, markov.states + 1);
      take(markov.successor, markov.unions);
    }
    __syncthreads();
    return games;
  }
  __device__ Markov<Real, MarkovShape> game(const ChunkView<Real>&, const Real* payoffs) const {
    return {{markov}, payoffs};
  }
  template <class Team>
  __device__ static Markov<Real, MarkovShape> stream_game(const Team&, const ChunkView<Real>& chunk) {
    return {{chunk.markov}, nullptr};
  }
};

}  // namespace

template <class Scalar>
cudaError_t solve_markov_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                               const LaunchPolicy& policy, unsigned blocks, cudaStream_t stream) {
  return launch_teams<Scalar, MarkovGames<Scalar>>(chunk, round, policy, blocks, stream);
}

template <class Scalar>
cudaError_t resident_markov_blocks(int* blocks) {
  return resident_stream_blocks<Scalar, MarkovGames<Scalar>>(blocks);
}

#define QUANTAL_INSTANTIATE(Scalar)                                                                                \
  template cudaError_t solve_markov_round(const ChunkView<Scalar>&, const RoundView<Scalar>&, const LaunchPolicy&, \
                                          unsigned, cudaStream_t);                                                 \
  template cudaError_t resident_markov_blocks<Scalar>(int*);
QUANTAL_INSTANTIATE(float)
QUANTAL_INSTANTIATE(double)

}  // namespace kernels
}  // namespace quantal
