#include "kernels/solve_chunk.cuh"

#include <cub/device/device_select.cuh>

#include "kernels/game_tables.cuh"
#include "kernels/markov_layouts.hpp"
#include "kernels/run_lanes.cuh"
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
  advance_run<NaturalPolicyGradient>(SerialTeam{}, chunk, round, lane_game(Shape{}, payoffs), r, run);
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
    with_lane_shape(policy.static_shape, [&](auto shape) {
      if constexpr (fits_lane(decltype(shape)::payoff_count, sizeof(Scalar))) launch(shape);
    });
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
  if (chunk.half_payoffs != nullptr) return solve_halves_round(chunk, round, policy, stream);
  if (policy.shares_games) return solve_shared_round(chunk, round, policy, stream);
  if (policy.row_layout >= first_markov_layout) return solve_markov_rows_round(chunk, round, policy, blocks, stream);
  if (policy.row_layout >= first_network_layout) return solve_network_rows_round(chunk, round, policy, blocks, stream);
  if (policy.row_layout >= 0) return solve_rows_round(chunk, round, policy, blocks, stream);
  if (chunk.rule != UpdateRule::natural_policy_gradient) return solve_rules_round(chunk, round, policy, blocks, stream);
  if (chunk.markov.agents > 0) return solve_markov_round(chunk, round, policy, blocks, stream);
  return chunk.network.agents > 0
             ? launch_teams<Scalar, Networks<Scalar>, NaturalPolicyGradient>(chunk, round, policy, blocks, stream)
             : launch_teams<Scalar, NormalForms<Scalar>, NaturalPolicyGradient>(chunk, round, policy, blocks, stream);
}

template <class Scalar>
cudaError_t resident_blocks(GameClass game_class, UpdateRule rule, int* blocks) {
  if (rule != UpdateRule::natural_policy_gradient) return resident_rules_blocks<Scalar>(game_class, blocks);
  switch (game_class) {
    case GameClass::normal_form:
      return resident_stream_blocks<Scalar, NormalForms<Scalar>, NaturalPolicyGradient>(blocks);
    case GameClass::network:
      return resident_stream_blocks<Scalar, Networks<Scalar>, NaturalPolicyGradient>(blocks);
    case GameClass::markov:
      return resident_markov_blocks<Scalar>(blocks);
  }
  return cudaErrorInvalidValue;
}

template <class Scalar>
std::int64_t stream_workspace(const ChunkView<Scalar>& chunk, const LaunchPolicy& policy) {
  // Normal forms have all agents under way at once.
  const bool normal_form = chunk.table != nullptr;
  const std::int64_t sums = normal_form ? std::int64_t{read_payoffs} * policy.team : policy.team;
  const std::int64_t scratch = (normal_form ? chunk.agents : 1) * chunk.scratch;
  const std::int64_t reals = 2 * std::int64_t{policy.blocks} +
                             workspace_reals(chunk.agents, chunk.actions, chunk.rule_reals, scratch + sums, 1);
  return policy.shares_games ? run_lanes<Scalar> * reals : reals;
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
  template cudaError_t resident_blocks<Scalar>(GameClass, UpdateRule, int*);                                          \
  template std::int64_t stream_workspace(const ChunkView<Scalar>&, const LaunchPolicy&);                              \
  template cudaError_t keep_active(void*, std::size_t&, const RunMemory<Scalar>*, const std::int32_t*, std::int32_t*, \
                                   std::int32_t*, std::int32_t, cudaStream_t);
QUANTAL_INSTANTIATE(float)
QUANTAL_INSTANTIATE(double)

}  // namespace kernels
}  // namespace quantal
