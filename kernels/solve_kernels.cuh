#pragma once

/// The kernels of the tiers that serve any shape of a class, for the .cu files that instantiate them class by class. A
/// `Games` says how the teams of a block see the games of a chunk:
///
///   table_bytes(chunk)            dynamic shared memory that its tables take, before the runs
///   Games::load(chunk)            brings them there, by all threads of the block
///   game(chunk, payoffs)          a game in shared memory
///   Games::stream_game(team, ..)  a game in device memory, without its payoffs
///   Games::payoffs(chunk)         in device memory, of all games
///   narrow                        whether tiles of 8 threads are of use
///
/// and a `Rule` how policies are updated.

#include "kernels/solve_chunk.cuh"
#include "kernels/solve_run.hpp"
#include "kernels/team.cuh"
#include "kernels/workspace.hpp"

namespace quantal {
namespace kernels {
namespace {

namespace cg = cooperative_groups;

/// The runs in the lanes of a Real.
template <class Real>
struct LaneRuns {
  std::int64_t run[RealTraits<Real>::lanes];  // of the chunk
  int count = 1;                              // lanes from here on hold copies of the last run
};

/// Records the gaps of runs at the history's stride; called by one member of the team.
template <class Real>
class Recorder {
  using Scalar = ScalarOf<Real>;

 public:
  __device__ Recorder(const RoundView<Scalar>& round, std::int64_t runs, const LaneRuns<Real>& of)
      : runs_(runs), every_(round.gap_every), next_(every_ > 0 ? round.first_record : -1) {
    for_each(lanes, [&](auto lane) { at_[lane] = round.history + of.run[lane]; });
  }

  __device__ void operator()(int k, Real gap) {
    if (k != next_) return;
    for_each(lanes, [&](auto lane) {
      *at_[lane] = lane_of(gap, lane);
      at_[lane] += runs_;
    });
    next_ += every_;
  }

 private:
  static constexpr Const<RealTraits<Real>::lanes> lanes{};
  Scalar* at_[lanes];
  std::int64_t runs_;
  int every_;
  int next_;
};

/// One round of runs, all of which have made as many iterations, by a team that has workspace and payoffs at hand.
template <class Rule, class Team, class Real, class Game>
__device__ __forceinline__ void advance_runs(const Team& team, const ChunkView<ScalarOf<Real>>& chunk,
                                             const RoundView<ScalarOf<Real>>& round, const Game& game,
                                             const LaneRuns<Real>& runs, RunState<Real>& run) {
  using Scalar = ScalarOf<Real>;
  constexpr Const<RealTraits<Real>::lanes> lanes{};
  for_each(lanes, [&](auto lane) { load_run(team, chunk, game.shape, runs.run[lane], lane, run); });
  const std::int64_t before = chunk.iterations[runs.run[0]];
  run.evaluations = Real(evaluations_left<Scalar>(chunk.most_updates, before));
  run.to_record = Real(evaluations_to_record<Scalar>(chunk.gap_every, before));
  run.record_every = Real(evaluations_between_records<Scalar>(chunk.gap_every));
  team.sync();
  Recorder<Real> recorder(round, chunk.runs, runs);
  const int made =
      solve_round(team, game, Rule{chunk.rule}, round.phase, round.iterations, run, [&](int k, const Real& gap) {
        if (team.rank() == 0) recorder(k, gap);
      });
  if (any_team(team, run.memory.outcome != constant<Real>(running))) complete(team, game, run);
  for_each(lanes, [&](auto lane) {
    if (lane >= runs.count) return;
    const std::int64_t r = runs.run[lane];
    const Scalar outcome = lane_of(run.memory.outcome, lane);
    const bool finished = outcome != Scalar(running);
    store_run(team, chunk, game.shape, r, lane,
              before + (finished ? static_cast<std::int64_t>(lane_of(run.finished_at, lane)) : made), run);
    if (!finished) return;
    store_results(team, chunk, game.shape, r, lane, run);
    if (team.rank() == 0 && outcome == Scalar(converged)) atomicAdd(round.converged, 1);
  });
}

/// One round of run r.
template <class Rule, class Team, class Real, class Game>
__device__ __forceinline__ void advance_run(const Team& team, const ChunkView<Real>& chunk,
                                            const RoundView<Real>& round, const Game& game, std::int64_t r,
                                            RunState<Real>& run) {
  advance_runs<Rule>(team, chunk, round, game, LaneRuns<Real>{{r}}, run);
}

extern __shared__ __align__(16) unsigned char shared_memory[];

/// Copies a table into shared memory, by all threads of the block; returns what follows it there.
template <class T>
__device__ T* copy_table(T* to, const T* from, int count) {
  for (int k = static_cast<int>(threadIdx.x); k < count; k += static_cast<int>(blockDim.x)) to[k] = from[k];
  return to + count;
}

/// A round of a run in shared memory.
template <class Rule, class Team, class Real, class Games>
__device__ void advance_in_shared(const Team& team, const ChunkView<Real>& chunk, const RoundView<Real>& round,
                                  const Games& games, std::int64_t r, Real* shared) {
  const Real* from = chunk.payoffs + chunk.game[r] * chunk.game_payoffs;
  for (std::int64_t p = team.rank(); p < chunk.game_payoffs; p += team.size()) shared[p] = from[p];
  RunState<Real> run = place_workspace(shared + chunk.game_payoffs, chunk.agents, chunk.actions, chunk.rule_reals);
  advance_run<Rule>(team, chunk, round, games.game(chunk, shared), r, run);
}

/// Threads that a multiprocessor is to hold at least, which leaves each 128 registers. Where nothing is said ptxas goes
/// for more threads, and spills.
constexpr int least_resident_threads = 512;

/// Warp tier: a run a tile of a warp.
template <class Real, int Width, class Games, class Rule>
__global__ void __launch_bounds__(warp_block, least_resident_threads / warp_block)
    warp_kernel(ChunkView<Real> chunk, RoundView<Real> round, std::int32_t run_bytes) {
  const TileTeam<Width> team;
  const Games games = Games::load(chunk);
  const int slot = static_cast<int>(threadIdx.x) / Width;
  const std::int64_t index = std::int64_t{blockIdx.x} * (blockDim.x / Width) + slot;
  if (index >= round.active_count) return;
  advance_in_shared<Rule>(team, chunk, round, games, round.active[index],
                          reinterpret_cast<Real*>(shared_memory + Games::table_bytes(chunk) + slot * run_bytes));
}

/// Block tier: a run a block.
template <class Real, class Games, class Rule>
__global__ void __launch_bounds__(block_threads, least_resident_threads / block_threads)
    block_kernel(ChunkView<Real> chunk, RoundView<Real> round) {
  __shared__ typename BlockTeam<Real, block_threads>::Memory memory;
  static_assert(sizeof(memory) <= block_team_bytes);
  const BlockTeam<Real, block_threads> team(memory);
  const Games games = Games::load(chunk);
  advance_in_shared<Rule>(team, chunk, round, games, round.active[blockIdx.x],
                          reinterpret_cast<Real*>(shared_memory + Games::table_bytes(chunk)));
}

/// Stream tier: all blocks on one run after the other, or on as many as a Real has lanes where these are of one game,
/// payoffs and workspace in device memory.
template <class Real, class Games, class Rule>
__global__ void __launch_bounds__(stream_threads, stream_blocks_a_multiprocessor)
    stream_kernel(ChunkView<ScalarOf<Real>> chunk, RoundView<ScalarOf<Real>> round) {
  __shared__ typename BlockTeam<Real, stream_threads>::Memory memory;
  Real* const slots = reinterpret_cast<Real*>(round.workspace);
  const GridTeam<Real, stream_threads> team(cg::this_grid(), memory, slots);
  Real* const workspace = slots + 2 * gridDim.x;
  auto game = Games::stream_game(team, chunk);
  LaneRuns<Real> runs;
  for (std::int32_t index = 0; index < round.active_count; index += runs.count) {
    const std::int32_t of_game = chunk.game[round.active[index]];
    runs.count = 0;
    for_each(Const<RealTraits<Real>::lanes>{}, [&](auto lane) {
      const bool follows =
          runs.count == lane && index + lane < round.active_count && chunk.game[round.active[index + lane]] == of_game;
      runs.count += follows ? 1 : 0;
      runs.run[lane] = round.active[index + runs.count - 1];
    });
    RunState<Real> run = place_workspace(workspace, chunk.agents, chunk.actions, chunk.rule_reals);
    game.payoffs = Games::payoffs(chunk) + of_game * chunk.game_payoffs;
    advance_runs<Rule>(team, chunk, round, game, runs, run);
    team.sync();
  }
}

template <class Real, class Games, class Rule>
cudaError_t launch_stream(const ChunkView<ScalarOf<Real>>& chunk, const RoundView<ScalarOf<Real>>& round,
                          const LaunchPolicy& policy, cudaStream_t stream) {
  ChunkView<ScalarOf<Real>> chunk_argument = chunk;
  RoundView<ScalarOf<Real>> round_argument = round;
  void* arguments[] = {&chunk_argument, &round_argument};
  return cudaLaunchCooperativeKernel(stream_kernel<Real, Games, Rule>, dim3(static_cast<unsigned>(policy.blocks)),
                                     dim3(stream_threads), arguments, 0, stream);
}

/// Lets a kernel have as much dynamic shared memory as the device gives a block. Always all of it: the limit belongs to
/// the kernel, and a solve on another thread may be about to launch the same one with more.
template <class Kernel>
cudaError_t allow_shared(Kernel kernel) {
  int device = 0;
  int most = 0;
  cudaFuncAttributes attributes{};
  if (const cudaError_t error = cudaGetDevice(&device)) return error;
  if (const cudaError_t error = cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device)) {
    return error;
  }
  if (const cudaError_t error = cudaFuncGetAttributes(&attributes, kernel)) return error;
  return cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                              most - static_cast<int>(attributes.sharedSizeBytes));
}

template <class Scalar, int Width, class Games, class Rule>
cudaError_t launch_warp(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round, const LaunchPolicy& policy,
                        unsigned blocks, cudaStream_t stream) {
  if (const cudaError_t error = allow_shared(warp_kernel<Scalar, Width, Games, Rule>)) return error;
  const auto table_bytes = static_cast<std::size_t>(Games::table_bytes(chunk));
  const auto run_bytes =
      static_cast<std::int32_t>((policy.shared_bytes - table_bytes) / static_cast<unsigned>(policy.runs_per_block));
  warp_kernel<Scalar, Width, Games, Rule>
      <<<blocks, static_cast<unsigned>(policy.block_threads), policy.shared_bytes, stream>>>(chunk, round, run_bytes);
  return cudaGetLastError();
}

template <class Scalar, class Games, class Rule>
cudaError_t launch_blocks(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round, const LaunchPolicy& policy,
                          unsigned blocks, cudaStream_t stream) {
  if (const cudaError_t error = allow_shared(block_kernel<Scalar, Games, Rule>)) return error;
  block_kernel<Scalar, Games, Rule><<<blocks, block_threads, policy.shared_bytes, stream>>>(chunk, round);
  return cudaGetLastError();
}

/// The tiers that serve any shape of a class.
template <class Scalar, class Games, class Rule>
cudaError_t launch_teams(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round, const LaunchPolicy& policy,
                         unsigned blocks, cudaStream_t stream) {
  switch (policy.tier) {
    case GpuTier::warp:
      if constexpr (Games::narrow) {
        if (policy.team == 8) return launch_warp<Scalar, 8, Games, Rule>(chunk, round, policy, blocks, stream);
      }
      return launch_warp<Scalar, 32, Games, Rule>(chunk, round, policy, blocks, stream);
    case GpuTier::block:
      return launch_blocks<Scalar, Games, Rule>(chunk, round, policy, blocks, stream);
    case GpuTier::stream:
      return launch_stream<Scalar, Games, Rule>(chunk, round, policy, stream);
    case GpuTier::lane:
    case GpuTier::none:
      break;
  }
  return cudaErrorInvalidValue;
}

/// Blocks of the stream kernel that one multiprocessor can hold.
template <class Scalar, class Games, class Rule>
cudaError_t resident_stream_blocks(int* blocks) {
  return cudaOccupancyMaxActiveBlocksPerMultiprocessor(blocks, stream_kernel<Scalar, Games, Rule>, stream_threads, 0);
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
