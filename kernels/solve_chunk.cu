#include "kernels/solve_chunk.cuh"

#include <cub/device/device_select.cuh>

#include "kernels/solve_kernels.cuh"
#include "kernels/static_shapes.hpp"

namespace quantal {
namespace kernels {
namespace {

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

template <class Real>
struct NormalForms {
  static constexpr bool narrow = true;

  QUANTAL_HD static std::int64_t table_bytes(const ChunkView<Real>&) { return 0; }

  __device__ static NormalForms load(const ChunkView<Real>&) { return {}; }
  __device__ NormalForm<Real, DynamicShape> game(const ChunkView<Real>& chunk, const Real* payoffs) const {
    return {{chunk.table, chunk.agents, chunk.actions}, payoffs};
  }
  template <class Team>
  __device__ static NormalForm<Real, DynamicShape> stream_game(const Team&, const ChunkView<Real>& chunk) {
    return {{chunk.table, chunk.agents, chunk.actions}, nullptr};
  }
};

template <class Real>
struct Networks {
  static constexpr bool narrow = true;

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
    copy_table(agent, network.agent, network.agents + 1);
    copy_table(neighbour, network.neighbour, network.arcs);
    copy_table(owner, network.owner, network.actions);
    network.agent = agent;
    network.neighbour = neighbour;
    network.owner = owner;
    __syncthreads();
    return networks;
  }
  __device__ Polymatrix<Real, NetworkShape> game(const ChunkView<Real>&, const Real* payoffs) const {
    return {{network}, payoffs, {}};
  }
  template <class Team>
  __device__ static Polymatrix<Real, NetworkShape> stream_game(const Team& team, const ChunkView<Real>& chunk) {
    return {
        {chunk.network}, nullptr, pieces_of_unit(chunk.network, chunk.game_payoffs, team.unit_index(), team.units())};
  }
};

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
  if (chunk.markov.agents > 0) return solve_markov_round(chunk, round, policy, blocks, stream);
  return chunk.network.agents > 0 ? launch_teams<Scalar, Networks<Scalar>>(chunk, round, policy, blocks, stream)
                                  : launch_teams<Scalar, NormalForms<Scalar>>(chunk, round, policy, blocks, stream);
}

template <class Scalar>
cudaError_t resident_blocks(GameClass game_class, int* blocks) {
  switch (game_class) {
    case GameClass::normal_form:
      return resident_stream_blocks<Scalar, NormalForms<Scalar>>(blocks);
    case GameClass::network:
      return resident_stream_blocks<Scalar, Networks<Scalar>>(blocks);
    case GameClass::markov:
      return resident_markov_blocks<Scalar>(blocks);
  }
  return cudaErrorInvalidValue;
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
  template cudaError_t resident_blocks<Scalar>(GameClass, int*);                                                      \
  template std::int64_t stream_workspace(const ChunkView<Scalar>&, const LaunchPolicy&);                              \
  template cudaError_t keep_active(void*, std::size_t&, const RunMemory<Scalar>*, const std::int32_t*, std::int32_t*, \
                                   std::int32_t*, std::int32_t, cudaStream_t);
QUANTAL_INSTANTIATE(float)
QUANTAL_INSTANTIATE(double)

}  // namespace kernels
}  // namespace quantal
