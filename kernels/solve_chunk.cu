#include "kernels/solve_chunk.cuh"

#include <cub/device/device_select.cuh>

#include "kernels/real.hpp"
#include "kernels/static_shapes.hpp"
#include "kernels/team.cuh"
#include "kernels/workspace.hpp"

namespace quantal {
namespace kernels {
namespace {

namespace cg = cooperative_groups;

/// Records the gaps of a run at the history's stride; called by one member of the team.
template <class Scalar>
class Recorder {
 public:
  __device__ Recorder(const RoundView<Scalar>& round, std::int64_t runs, std::int64_t r)
      : at_(round.history + r), runs_(runs), every_(round.gap_every), next_(every_ > 0 ? round.first_record : -1) {}

  __device__ void operator()(int k, Scalar gap) {
    if (k != next_) return;
    *at_ = gap;
    at_ += runs_;
    next_ += every_;
  }

 private:
  Scalar* at_;
  std::int64_t runs_;
  int every_;
  int next_;
};

/// One round of run r by a team that has its workspace and payoffs at hand.
template <class Team, class Real, class Game>
__device__ void advance_run(const Team& team, const ChunkView<Real>& chunk, const RoundView<Real>& round,
                            const Game& game, std::int64_t r, RunState<Real>& run) {
  load_run(team, chunk, game.shape, r, 0, run);
  const std::int64_t before = chunk.iterations[r];
  run.evaluations = evaluations_left<Real>(chunk.most_updates, before);
  team.sync();
  Recorder<Real> recorder(round, chunk.runs, r);
  const int made =
      solve_round(team, game, NaturalPolicyGradient{}, round.phase, round.iterations, run, [&](int k, Real gap) {
        if (team.rank() == 0) recorder(k, gap);
      });
  const bool finished = run.memory.outcome != Real(running);
  store_run(team, chunk, game.shape, r, 0, before + (finished ? static_cast<std::int64_t>(run.finished_at) : made),
            run);
  if (!finished) return;
  store_results(team, chunk, game.shape, r, 0, run, nash_gap(team, game, run));
  if (team.rank() == 0 && run.memory.outcome == Real(converged)) atomicAdd(round.converged, 1);
}

/// How the lane tier sees a game.
template <class Real, int... M>
__device__ NormalForm<Real, StaticShape<M...>> lane_game(StaticShape<M...> shape, const Real* payoffs) {
  return {shape, payoffs};
}
template <class Real, int N, int M>
__device__ Polymatrix<Real, StaticNetwork<N, M>> lane_game(StaticNetwork<N, M> shape, const Real* payoffs) {
  return {shape, payoffs, {}};
}

/// Lane tier: a run a thread, all in registers.
template <class Real, class Shape>
__global__ void __launch_bounds__(lane_block) lane_kernel(ChunkView<Real> chunk, RoundView<Real> round) {
  const std::int64_t index = std::int64_t{blockIdx.x} * lane_block + threadIdx.x;
  if (index >= round.active_count) return;
  const std::int64_t r = round.active[index];
  Real payoffs[Shape::payoff_count];
  const Real* from = chunk.payoffs + chunk.game[r] * chunk.game_payoffs;
  for_each(Const<Shape::payoff_count>{}, [&](auto p) { payoffs[p] = from[p]; });
  StaticWorkspace<Real, Shape> workspace;
  RunState<Real> run = workspace.place();
  advance_run(SerialTeam{}, chunk, round, lane_game(Shape{}, payoffs), r, run);
}

extern __shared__ __align__(16) unsigned char shared_memory[];

/// The games of a chunk for the teams of a block, which share the dynamic shared memory: tables first, then run by run
/// payoffs and workspace.
template <class Real>
struct NormalForms {
  QUANTAL_HD static std::int64_t table_bytes(const ChunkView<Real>&) { return 0; }

  __device__ static NormalForms load(const ChunkView<Real>&) { return {}; }
  __device__ NormalForm<Real, DynamicShape> game(const ChunkView<Real>& chunk, const Real* payoffs) const {
    return {{chunk.table, chunk.agents, chunk.actions}, payoffs};
  }
};

template <class Real>
struct Networks {
  NetworkView network;

  QUANTAL_HD static std::int64_t table_bytes(const ChunkView<Real>& chunk) {
    return block_table_bytes(chunk.network.agents, chunk.network.arcs, chunk.network.actions);
  }

  /// Brings the tables into shared memory, by all threads of the block.
  __device__ static Networks load(const ChunkView<Real>& chunk) {
    Networks networks{chunk.network};
    NetworkView& network = networks.network;
    auto* const agent = reinterpret_cast<NetworkAgent*>(shared_memory);
    auto* const neighbour = reinterpret_cast<std::int32_t*>(agent + network.agents + 1);
    auto* const owner = neighbour + network.arcs;
    const auto copy = [](auto* to, const auto* from, int count) {
      for (int k = static_cast<int>(threadIdx.x); k < count; k += static_cast<int>(blockDim.x)) to[k] = from[k];
    };
    copy(agent, network.agent, network.agents + 1);
    copy(neighbour, network.neighbour, network.arcs);
    copy(owner, network.owner, network.actions);
    network.agent = agent;
    network.neighbour = neighbour;
    network.owner = owner;
    __syncthreads();
    return networks;
  }
  __device__ Polymatrix<Real, NetworkShape> game(const ChunkView<Real>&, const Real* payoffs) const {
    return {{network}, payoffs, {}};
  }
};

/// A round of a run in shared memory.
template <class Team, class Real, class Games>
__device__ void advance_in_shared(const Team& team, const ChunkView<Real>& chunk, const RoundView<Real>& round,
                                  const Games& games, std::int64_t r, Real* shared) {
  const Real* from = chunk.payoffs + chunk.game[r] * chunk.game_payoffs;
  for (std::int64_t p = team.rank(); p < chunk.game_payoffs; p += team.size()) shared[p] = from[p];
  RunState<Real> run = place_workspace(shared + chunk.game_payoffs, chunk.agents, chunk.actions);
  advance_run(team, chunk, round, games.game(chunk, shared), r, run);
}

/// Warp tier: a run a tile of a warp.
template <class Real, int Width, class Games>
__global__ void __launch_bounds__(warp_block)
    warp_kernel(ChunkView<Real> chunk, RoundView<Real> round, std::int32_t run_bytes) {
  const TileTeam<Width> team(cg::this_thread_block());
  const Games games = Games::load(chunk);
  const int slot = static_cast<int>(threadIdx.x) / Width;
  const std::int64_t index = std::int64_t{blockIdx.x} * (blockDim.x / Width) + slot;
  if (index >= round.active_count) return;
  advance_in_shared(team, chunk, round, games, round.active[index],
                    reinterpret_cast<Real*>(shared_memory + Games::table_bytes(chunk) + slot * run_bytes));
}

/// Block tier: a run a block.
template <class Real, class Games>
__global__ void __launch_bounds__(block_threads) block_kernel(ChunkView<Real> chunk, RoundView<Real> round) {
  __shared__ typename BlockTeam<Real, block_threads>::Memory memory;
  static_assert(sizeof(memory) <= block_team_bytes);
  const BlockTeam<Real, block_threads> team(memory);
  const Games games = Games::load(chunk);
  advance_in_shared(team, chunk, round, games, round.active[blockIdx.x],
                    reinterpret_cast<Real*>(shared_memory + Games::table_bytes(chunk)));
}

/// How the stream tier sees a game.
template <class Team, class Real>
__device__ NormalForm<Real, DynamicShape> stream_game(const NormalForms<Real>&, const Team&,
                                                      const ChunkView<Real>& chunk) {
  return {{chunk.table, chunk.agents, chunk.actions}, nullptr};
}
template <class Team, class Real>
__device__ Polymatrix<Real, NetworkShape> stream_game(const Networks<Real>&, const Team& team,
                                                      const ChunkView<Real>& chunk) {
  return {{chunk.network}, nullptr, pieces_of_unit(chunk.network, chunk.game_payoffs, team.unit_index(), team.units())};
}

/// Stream tier: all blocks on one run after the other, payoffs and workspace in device memory.
template <class Real, class Games>
__global__ void __launch_bounds__(stream_threads) stream_kernel(ChunkView<Real> chunk, RoundView<Real> round) {
  __shared__ typename BlockTeam<Real, stream_threads>::Memory memory;
  const GridTeam<Real, stream_threads> team(cg::this_grid(), memory, round.workspace);
  Real* workspace = round.workspace + 2 * gridDim.x;
  auto game = stream_game(Games{}, team, chunk);
  for (std::int32_t index = 0; index < round.active_count; ++index) {
    const std::int64_t r = round.active[index];
    RunState<Real> run = place_workspace(workspace, chunk.agents, chunk.actions);
    game.payoffs = chunk.payoffs + chunk.game[r] * chunk.game_payoffs;
    advance_run(team, chunk, round, game, r, run);
    team.sync();
  }
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

template <class Scalar, int Width, class Games>
cudaError_t launch_warp(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round, const LaunchPolicy& policy,
                        unsigned blocks, cudaStream_t stream) {
  if (const cudaError_t error = allow_shared(warp_kernel<Scalar, Width, Games>)) return error;
  const auto table_bytes = static_cast<std::size_t>(Games::table_bytes(chunk));
  const auto run_bytes =
      static_cast<std::int32_t>((policy.shared_bytes - table_bytes) / static_cast<unsigned>(policy.runs_per_block));
  warp_kernel<Scalar, Width, Games>
      <<<blocks, static_cast<unsigned>(policy.block_threads), policy.shared_bytes, stream>>>(chunk, round, run_bytes);
  return cudaGetLastError();
}

/// The tiers that serve any shape of a class.
template <class Scalar, class Games>
cudaError_t launch_teams(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round, const LaunchPolicy& policy,
                         unsigned blocks, cudaStream_t stream) {
  switch (policy.tier) {
    case GpuTier::warp:
      return policy.team == 8 ? launch_warp<Scalar, 8, Games>(chunk, round, policy, blocks, stream)
                              : launch_warp<Scalar, 32, Games>(chunk, round, policy, blocks, stream);
    case GpuTier::block: {
      if (const cudaError_t error = allow_shared(block_kernel<Scalar, Games>)) return error;
      block_kernel<Scalar, Games><<<blocks, block_threads, policy.shared_bytes, stream>>>(chunk, round);
      return cudaGetLastError();
    }
    case GpuTier::stream: {
      ChunkView<Scalar> chunk_argument = chunk;
      RoundView<Scalar> round_argument = round;
      void* arguments[] = {&chunk_argument, &round_argument};
      return cudaLaunchCooperativeKernel(stream_kernel<Scalar, Games>, dim3(static_cast<unsigned>(policy.blocks)),
                                         dim3(stream_threads), arguments, 0, stream);
    }
    case GpuTier::lane:
    case GpuTier::none:
      break;
  }
  return cudaErrorInvalidValue;
}

template <class Scalar>
cudaError_t launch_lanes(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round, const LaunchPolicy& policy,
                         unsigned blocks, cudaStream_t stream) {
  cudaError_t error = cudaErrorInvalidValue;
  const auto launch = [&](auto shape) {
    lane_kernel<Scalar, decltype(shape)><<<blocks, lane_block, 0, stream>>>(chunk, round);
    error = cudaGetLastError();
  };
  if (chunk.network.agents > 0) {
    with_static_network(policy.static_shape, launch);
  } else {
    with_static_shape(policy.static_shape, launch);
  }
  return error;
}

template <class Scalar>
struct IsRunning {
  const RunMemory<Scalar>* memory;
  __device__ bool operator()(std::int32_t r) const { return memory[r].outcome == Scalar(running); }
};

}  // namespace

template <class Scalar>
cudaError_t solve_chunk_round(const ChunkView<Scalar>& chunk, const RoundView<Scalar>& round,
                              const LaunchPolicy& policy, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>((round.active_count + policy.runs_per_block - 1) / policy.runs_per_block);
  if (policy.tier == GpuTier::lane) return launch_lanes(chunk, round, policy, blocks, stream);
  return chunk.network.agents > 0 ? launch_teams<Scalar, Networks<Scalar>>(chunk, round, policy, blocks, stream)
                                  : launch_teams<Scalar, NormalForms<Scalar>>(chunk, round, policy, blocks, stream);
}

template <class Scalar>
cudaError_t resident_blocks(bool network, int* blocks) {
  return network ? cudaOccupancyMaxActiveBlocksPerMultiprocessor(blocks, stream_kernel<Scalar, Networks<Scalar>>,
                                                                 stream_threads, 0)
                 : cudaOccupancyMaxActiveBlocksPerMultiprocessor(blocks, stream_kernel<Scalar, NormalForms<Scalar>>,
                                                                 stream_threads, 0);
}

template <class Scalar>
std::int64_t stream_workspace(const ChunkView<Scalar>& chunk, const LaunchPolicy& policy) {
  return 2 * std::int64_t{policy.blocks} +
         workspace_reals(chunk.agents, chunk.actions, chunk.scratch, policy.blocks * stream_threads);
}

template <class Scalar>
cudaError_t keep_active(void* temporary, std::size_t& temporary_bytes, const RunMemory<Scalar>* memory,
                        const std::int32_t* from, std::int32_t* active, std::int32_t* left, std::int32_t count,
                        cudaStream_t stream) {
  return cub::DeviceSelect::If(temporary, temporary_bytes, from, active, left, count, IsRunning<Scalar>{memory},
                               stream);
}

#define QUANTAL_INSTANTIATE(Scalar)                                                                                   \
  template cudaError_t solve_chunk_round(const ChunkView<Scalar>&, const RoundView<Scalar>&, const LaunchPolicy&,     \
                                         cudaStream_t);                                                               \
  template cudaError_t resident_blocks<Scalar>(bool, int*);                                                           \
  template std::int64_t stream_workspace(const ChunkView<Scalar>&, const LaunchPolicy&);                              \
  template cudaError_t keep_active(void*, std::size_t&, const RunMemory<Scalar>*, const std::int32_t*, std::int32_t*, \
                                   std::int32_t*, std::int32_t, cudaStream_t);
QUANTAL_INSTANTIATE(float)
QUANTAL_INSTANTIATE(double)

}  // namespace kernels
}  // namespace quantal
