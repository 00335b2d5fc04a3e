#pragma once

/// Memory of a run in progress, and how a run gets in and out of it.
///
/// Arrays of a shape known at run time, in Reals, one after another (the only place that counts them):
///
///     steps (N, 4) | theta (A) | pi (A) | rbar (A) | agent_gap (N) | rule_memory (rule_reals) | scratch
///     (scratch_reals)
///
/// The values of a Markov game come first in its scratch.
///
/// A Real with several lanes holds a run in each; `lane` says which one is meant.

#include "kernels/solve_run.hpp"

namespace quantal {
namespace kernels {

/// Reals that the workspace of one run takes.
QUANTAL_HD constexpr std::int64_t workspace_reals(int agents, int actions, std::int64_t rule_reals,
                                                  std::int64_t scratch, int team_size) {
  return 5 * std::int64_t{agents} + 3 * std::int64_t{actions} + rule_reals + scratch_reals(scratch, team_size);
}

inline namespace QUANTAL_ISA {

/// Points a run's arrays into `memory`, workspace_reals(..) Reals that the team shares.
template <class Real>
QUANTAL_HD RunState<Real> place_workspace(Real* memory, int agents, int actions, std::int64_t rule_reals) {
  RunState<Real> run{};
  run.steps = reinterpret_cast<AgentStep<Real>*>(memory);
  memory += 4 * agents;
  run.theta = memory;
  memory += actions;
  run.pi = memory;
  memory += actions;
  run.rbar = memory;
  memory += actions;
  run.agent_gap = memory;
  memory += agents;
  run.rule_memory = memory;
  memory += rule_reals;
  run.scratch = memory;
  return run;
}

/// Workspace for a shape known to the compiler: in registers, as far as they last.
template <class Real, class Shape>
struct StaticWorkspace {
  static constexpr int A = Shape::all_actions();
  static constexpr int N = Shape::agents();
  static constexpr int largest_weights() {
    int largest = 0;
    for (const AgentShape& agent : Shape::table.entry) {
      if (agent.high + agent.low > largest) largest = agent.high + agent.low;
    }
    return largest;
  }
  AgentStep<Real> steps[N];
  Real theta[A];
  Real pi[A];
  Real rbar[A];
  Real agent_gap[N];
  Real scratch[largest_weights()];

  QUANTAL_HD RunState<Real> place() {
    RunState<Real> run{};
    run.steps = steps;
    run.theta = theta;
    run.pi = pi;
    run.rbar = rbar;
    run.agent_gap = agent_gap;
    run.scratch = scratch;
    return run;
  }
};

/// The same for a network known to the compiler, which needs no scratch.
template <class Real, int N, int M>
struct StaticWorkspace<Real, StaticNetwork<N, M>> {
  AgentStep<Real> steps[N];
  Real theta[N * M];
  Real pi[N * M];
  Real rbar[N * M];
  Real agent_gap[N];

  QUANTAL_HD RunState<Real> place() {
    RunState<Real> run{};
    run.steps = steps;
    run.theta = theta;
    run.pi = pi;
    run.rbar = rbar;
    run.agent_gap = agent_gap;
    return run;
  }
};

/// One lane of a Real in memory.
template <class Real>
QUANTAL_HD ScalarOf<Real>& lane_of(Real& x, int lane) {
  return reinterpret_cast<ScalarOf<Real>*>(&x)[lane];
}

/// Applies f(run's number, chunk's number) to each of RunMemory's and AgentStep's fields in one lane.
template <class Real, class F>
QUANTAL_HD void for_fields(AgentStep<Real>& mine, int lane, AgentStep<ScalarOf<Real>>& chunk, F&& f) {
  f(lane_of(mine.tau, lane), chunk.tau);
  f(lane_of(mine.lambda, lane), chunk.lambda);
  f(lane_of(mine.leak, lane), chunk.leak);
  f(lane_of(mine.kappa, lane), chunk.kappa);
}
template <class Real, class F>
QUANTAL_HD void for_fields(RunMemory<Real>& mine, int lane, RunMemory<ScalarOf<Real>>& chunk, F&& f) {
  f(lane_of(mine.tolerance, lane), chunk.tolerance);
  f(lane_of(mine.automatic, lane), chunk.automatic);
  f(lane_of(mine.best, lane), chunk.best);
  f(lane_of(mine.window_best, lane), chunk.window_best);
  f(lane_of(mine.worst, lane), chunk.worst);
  f(lane_of(mine.window_worst, lane), chunk.window_worst);
  f(lane_of(mine.windows_left, lane), chunk.windows_left);
  f(lane_of(mine.quarter, lane), chunk.quarter);
  f(lane_of(mine.halvings, lane), chunk.halvings);
  f(lane_of(mine.outcome, lane), chunk.outcome);
  f(lane_of(mine.gap, lane), chunk.gap);
}

/// Brings run `r` of the chunk into a lane of the workspace. All members call; complete after the next sync.
template <class Team, class Real, class Shape>
QUANTAL_HD void load_run(const Team& team, const ChunkView<ScalarOf<Real>>& chunk, const Shape& shape, std::int64_t r,
                         int lane, RunState<Real>& run) {
  const auto take = [](auto& mine, const auto& theirs) { mine = theirs; };
  for_each(team, shape.all_actions(),
           [&](auto a) { lane_of(run.theta[a], lane) = chunk.theta[r * chunk.actions + a]; });
  for_each(team, shape.agents(),
           [&](auto i) { for_fields(run.steps[i], lane, chunk.steps[r * chunk.agents + i], take); });
  for_fields(run.memory, lane, chunk.memory[r], take);
  if (chunk.values != nullptr) {
    for_each(team, shape.agents(), [&](auto p) { lane_of(run.scratch[p], lane) = chunk.values[r * chunk.agents + p]; });
  }
  if (chunk.rule_memory != nullptr) {
    for_each(team, static_cast<int>(chunk.rule_reals),
             [&](int k) { lane_of(run.rule_memory[k], lane) = chunk.rule_memory[r * chunk.rule_reals + k]; });
  }
}

/// Evaluations left to a run, as a Real that counts exactly: at most a million, which is more than any round has.
template <class Scalar>
QUANTAL_HD Scalar evaluations_left(std::int64_t most_updates, std::int64_t iterations) {
  const std::int64_t updates_left = most_updates - iterations;
  return static_cast<Scalar>(updates_left < 1'000'000 ? updates_left + 1 : 1'000'000);
}

/// Evaluations until one whose gap is kept, and between two of these, as Reals that count exactly: more than a round
/// has where none is near.
template <class Scalar>
QUANTAL_HD Scalar evaluations_to_record(std::int64_t every, std::int64_t iterations) {
  const std::int64_t left = every > 0 ? (every - iterations % every) % every : 1'000'000;
  return static_cast<Scalar>(left < 1'000'000 ? left : 1'000'000);
}
template <class Scalar>
QUANTAL_HD Scalar evaluations_between_records(std::int64_t every) {
  return static_cast<Scalar>(every > 0 && every < 1'000'000 ? every : 1'000'000);
}

/// Puts what the next round needs back into the chunk. All members call.
template <class Team, class Real, class Shape>
QUANTAL_HD void store_run(const Team& team, const ChunkView<ScalarOf<Real>>& chunk, const Shape& shape, std::int64_t r,
                          int lane, std::int64_t iterations, RunState<Real>& run) {
  const auto give = [](const auto& mine, auto& theirs) { theirs = mine; };
  team.sync();
  for_each(team, shape.all_actions(),
           [&](auto a) { chunk.theta[r * chunk.actions + a] = lane_of(run.theta[a], lane); });
  for_each(team, shape.agents(),
           [&](auto i) { for_fields(run.steps[i], lane, chunk.steps[r * chunk.agents + i], give); });
  if (chunk.values != nullptr) {
    for_each(team, shape.agents(), [&](auto p) { chunk.values[r * chunk.agents + p] = lane_of(run.scratch[p], lane); });
  }
  if (chunk.rule_memory != nullptr) {
    for_each(team, static_cast<int>(chunk.rule_reals),
             [&](int k) { chunk.rule_memory[r * chunk.rule_reals + k] = lane_of(run.rule_memory[k], lane); });
  }
  if (team.rank() == 0) {
    for_fields(run.memory, lane, chunk.memory[r], give);
    chunk.iterations[r] = iterations;
  }
}

/// Writes the results of a finished run. All members call.
template <class Team, class Real, class Shape>
QUANTAL_HD void store_results(const Team& team, const ChunkView<ScalarOf<Real>>& chunk, const Shape& shape,
                              std::int64_t r, int lane, RunState<Real>& run) {
  for_each(team, shape.all_actions(), [&](auto a) { chunk.pi[r * chunk.actions + a] = lane_of(run.pi[a], lane); });
  for_each(team, shape.agents(),
           [&](auto i) { chunk.agent_gap[r * chunk.agents + i] = lane_of(run.agent_gap[i], lane); });
  if (chunk.action_values != nullptr) {
    for_each(team, shape.all_actions(),
             [&](auto a) { chunk.action_values[r * chunk.actions + a] = lane_of(run.rbar[a], lane); });
  }
  if (team.rank() != 0) return;
  chunk.nash_gap[r] = lane_of(run.nash_gap, lane);
  if (chunk.residual != nullptr) chunk.residual[r] = lane_of(run.residual, lane);
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
