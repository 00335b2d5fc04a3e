#pragma once

/// One round of a chunk's active runs on the GPU, in each tier. The mathematics is solve_round's; a kernel brings a
/// run's state and payoffs onto the chip, makes the round, and puts the state back.

#include <cstdint>

#include <cuda_runtime_api.h>

#include "kernels/chunk.hpp"
#include "kernels/tuning.hpp"

namespace quantal {
namespace kernels {

/// What one launch does.
template <class Scalar>
struct RoundView {
  const std::int32_t* active;  // (active_count) runs that have not finished
  std::int32_t active_count;
  std::int32_t iterations;    // evaluations at most
  std::int32_t phase;         // the first one's iteration modulo `window`
  std::int32_t gap_every;     // 0: no history
  std::int32_t first_record;  // the round's first evaluation whose gap is recorded
  Scalar* history;            // (records of the round, runs of the chunk)
  std::int32_t* converged;    // counts the runs that converge
  Scalar* workspace;          // stream: 2 numbers a block and one workspace, of runs that share a game run_lanes times
};

/// Launches a round; the stream tier needs all blocks of its policy resident (see `resident_blocks`).
template <class Scalar>
cudaError_t solve_chunk_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                              const LaunchPolicy& policy, cudaStream_t stream);

/// The part of solve_chunk_round that is for policies with a row layout: of normal forms,
template <class Scalar>
cudaError_t solve_rows_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round, const LaunchPolicy& policy,
                             unsigned blocks, cudaStream_t stream);

/// of networks,
template <class Scalar>
cudaError_t solve_network_rows_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                                     const LaunchPolicy& policy, unsigned blocks, cudaStream_t stream);

/// and of Markov games.
template <class Scalar>
cudaError_t solve_markov_rows_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                                    const LaunchPolicy& policy, unsigned blocks, cudaStream_t stream);

/// The part of solve_chunk_round that is for policies whose runs share their games.
template <class Scalar>
cudaError_t solve_shared_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                               const LaunchPolicy& policy, cudaStream_t stream);

/// The part of solve_chunk_round that is for payoffs in half precision, beside float.
cudaError_t solve_halves_round(const ChunkView<float>& chunk, const RoundView<float>& round, const LaunchPolicy& policy,
                               cudaStream_t stream);
inline cudaError_t solve_halves_round(const ChunkView<double>&, const RoundView<double>&, const LaunchPolicy&,
                                      cudaStream_t) {
  return cudaErrorInvalidValue;  // there are none
}

/// The part of solve_chunk_round that is for Markov games, in the tiers warp, block and stream.
template <class Scalar>
cudaError_t solve_markov_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                               const LaunchPolicy& policy, unsigned blocks, cudaStream_t stream);

/// The part of solve_chunk_round that is for update rules other than NPG, in the tiers warp, block and stream.
template <class Scalar>
cudaError_t solve_rules_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                              const LaunchPolicy& policy, unsigned blocks, cudaStream_t stream);

/// Of these, the part for Markov games, in the tier block.
template <class Scalar>
cudaError_t solve_markov_rules_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                                     const LaunchPolicy& policy, unsigned blocks, cudaStream_t stream);

enum class GameClass : int { normal_form, network, markov };

/// Blocks of the stream kernel of a class and rule that one multiprocessor can hold.
template <class Scalar>
cudaError_t resident_blocks(GameClass game_class, UpdateRule rule, int* blocks);
template <class Scalar>
cudaError_t resident_rules_blocks(GameClass game_class, int* blocks);
template <class Scalar>
cudaError_t resident_markov_blocks(int* blocks);

/// Scalars of RoundView::workspace.
template <class Scalar>
std::int64_t stream_workspace(const ChunkView<Scalar>& chunk, const LaunchPolicy& policy);

/// Keeps in `active` (in order) those of its `count` runs that have not finished; `left` receives how many. With
/// `temporary` null it only sets `temporary_bytes`.
template <class Scalar>
cudaError_t keep_active(void* temporary, std::size_t& temporary_bytes, const RunMemory<Scalar>* memory,
                        const std::int32_t* from, std::int32_t* active, std::int32_t* left, std::int32_t count,
                        cudaStream_t stream);

}  // namespace kernels
}  // namespace quantal
