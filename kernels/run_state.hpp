#pragma once

/// A run in progress, and how its agents are handed to the functions that work on one agent.

#include <type_traits>

#include "kernels/chunk.hpp"
#include "kernels/real.hpp"
#include "kernels/team.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// What a team works on: arrays shared by its members, numbers that every member has alike.
template <class Real>
struct RunState {
  Real* theta;             // (A) logits
  Real* pi;                // (A) policies of the last evaluation
  Real* rbar;              // (A) expected payoffs of the last evaluation
  Real* agent_gap;         // (N) gaps of the last evaluation
  AgentStep<Real>* steps;  // (N) temperatures and steps
  Real* rule_memory;       // (rule_reals) what the update rule keeps
  Real* scratch;           // (scratch_reals)

  RunMemory<Real> memory;
  Real evaluations;   // evaluations left to the run, this round's included (any larger number if more than a round's)
  Real to_record;     // evaluations until one whose gap is kept; Markov games only
  Real record_every;  // evaluations between two of these
  Real finished_at;   // out: evaluation of this round at which the run finished
  Real nash_gap;      // out, of finished runs
  Real residual;      // out, of finished runs: largest error of the values in their own equation
};

/// One agent's numbers; where Real is a SIMD batch, those of several agents or of one agent in several runs.
template <class Real, class Actions>
struct AgentNumbers {
  Actions actions;              // m
  const AgentStep<Real>* step;  //
  Real* theta;                  // (m)
  Real* pi;                     // (m)
  Real* rbar;                   // (m)
  Real* gap;                    // out, where a function finds one
  Real* kept = nullptr;         // (m) of the first array that the update rule keeps
  int index = 0;                // of the agent
};

/// What a function of one agent reads beside its step and logits, and what it writes.
struct Uses {
  bool pi = false;
  bool rbar = false;
  bool writes_theta = false;
  bool writes_pi = false;
  bool writes_gap = false;  // to RunState::agent_gap
  bool kept = false;        // RunState::rule_memory, which it may write as well; not in lanes
};

/// The larger one, or not-a-number if either is.
template <class Real>
QUANTAL_HD Real largest_or_nan(const Real& largest, const Real& x) {
  return math::select(math::is_nan(x) | (x > largest), x, largest);
}

/// Part k of an agent's numbers to f, in arrays that need not be in memory; gives back what f writes.
template <Uses uses, int M, class Team, class Real, class F>
QUANTAL_HD void for_part(const Team& members, RunState<Real>& run, int first, int i, int k, F&& f, Real& gap) {
  using Parts = PartsOf<Real>;
  using Part = typename Parts::Part;
  Part theta[M];
  Part pi[M];
  Part rbar[M];
  for_each(Const<M>{}, [&](auto a) {
    theta[a] = Parts::at(run.theta[first + a], k);
    if constexpr (uses.pi) pi[a] = Parts::at(run.pi[first + a], k);
    if constexpr (uses.rbar) rbar[a] = Parts::at(run.rbar[first + a], k);
  });
  AgentStep<Real>& all = run.steps[i];
  const AgentStep<Part> step{Parts::at(all.tau, k), Parts::at(all.lambda, k), Parts::at(all.leak, k),
                             Parts::at(all.kappa, k)};
  f(members, AgentNumbers<Part, Const<M>>{Const<M>{}, &step, theta, pi, rbar, &Parts::at(gap, k), nullptr, i});
  for_each(Const<M>{}, [&](auto a) {
    if constexpr (uses.writes_theta) Parts::at(run.theta[first + a], k) = theta[a];
    if constexpr (uses.writes_pi) Parts::at(run.pi[first + a], k) = pi[a];
  });
}

/// f for agent i of the run, by `members`; the gap that it finds goes into *largest, if there is one.
template <Uses uses, class Team, class Real, class Shape, class Agent, class F>
QUANTAL_HD void for_agent(const Team& members, const Shape& shape, RunState<Real>& run, Agent i, F&& f, Real* largest) {
  const auto first = shape.first(i);
  const auto actions = shape.actions(i);
  using Actions = std::decay_t<decltype(actions)>;
  Real gap{};
  if constexpr (Team::serial && RealTraits<Real>::lanes > 1 && !uses.kept && requires { Actions::value; }) {
    for_each(Const<PartsOf<Real>::count>{},
             [&](auto k) { for_part<uses, Actions::value>(members, run, first, i, k, f, gap); });
  } else {
    AgentNumbers<Real, Actions> agent{actions,        run.steps + i,    run.theta + first,
                                      run.pi + first, run.rbar + first, &gap};
    if constexpr (uses.kept) agent.kept = run.rule_memory + first;
    agent.index = i;
    f(members, agent);
  }
  if (largest == nullptr) return;
  if (uses.writes_gap && members.rank() == 0) run.agent_gap[i] = gap;
  *largest = largest_or_nan(*largest, gap);
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
