#pragma once

/// The loop of a run: the only file that knows the algorithm.
///
///     repeat: pi   = softmax(theta)
///             rbar = expected payoffs of pi
///             gap  = max_i gap_i(pi_i, rbar_i)          (Markov games: pairs of agent and state; see markov_gap.hpp)
///             stop if gap <= tolerance, or if this was the last evaluation allowed
///             theta = theta + kappa (rbar / tau - theta)    (or by one of the rules in update_rules.hpp)
///
/// A run advances in *rounds*: calls of `solve_round` of a fixed number of iterations, between which only theta, the
/// steps and RunMemory are kept, so that the backends can report progress, bring histories home, stop, and retire what
/// has finished. Finished runs are frozen (step 0): in a SIMD pack they go on evaluating the same policies beside their
/// neighbours.
///
/// Automatic step: while the best gap of a stretch of iterations is not below the best gap before it, since the step
/// last changed, the step is halved. A limit cycle, a 2-cycle, chaos and the floor of the precision all look like this,
/// slow linear convergence does not.
///
/// Fixed step: RunMemory keeps the largest gap of the last quarter of a run and of the quarter before, from which the
/// host tells what goes round from what converges slowly.

#include "kernels/chunk.hpp"
#include "kernels/markov_gap.hpp"
#include "kernels/normal_form.hpp"
#include "kernels/policy.hpp"
#include "kernels/polymatrix.hpp"
#include "kernels/qre_gap.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

template <class Team, class Real, class Game>
QUANTAL_HD void expected_payoffs(const Team& team, const Game& game, RunState<Real>& run) {
  expected_payoffs(team, game, run.pi, run.rbar, run.scratch);
}

/// Whether the gaps that `evaluate` finds are those of deviating once, and a game's gap is more: see markov_gap.hpp.
template <class Game>
struct LooksAhead {
  static constexpr bool value = false;
};
template <class Payoff, class Shape>
struct LooksAhead<Markov<Payoff, Shape>> {
  static constexpr bool value = true;
};

/// Gaps of all agents for the last evaluation; returns the largest.
template <class Team, class Real, class Game>
QUANTAL_HD Real find_gaps(const Team& team, const Game& game, RunState<Real>& run) {
  Real largest = constant<Real>(0);
  for_agents<Uses{.pi = true, .rbar = true, .writes_gap = true}>(
      team, game, run,
      [](const auto& members, const auto& agent) QUANTAL_INLINED {
        *agent.gap = qre_gap(members, agent.actions, *agent.step, agent.theta, agent.pi, agent.rbar);
      },
      &largest);
  return largest_of_agents(team, game, largest);
}

/// Policies of all agents for the current logits.
template <class Team, class Real, class Game>
QUANTAL_HD void find_policies(const Team& team, const Game& game, RunState<Real>& run) {
  for_agents<Uses{.writes_theta = true, .writes_pi = true}>(
      team, game, run, [](const auto& members, const auto& agent) QUANTAL_INLINED {
        softmax(members, agent.actions, *agent.step, agent.theta, agent.pi);
      });
}

/// Entropy-regularised independent natural policy gradient, all agents at once.
struct NaturalPolicyGradient {
  NaturalPolicyGradient() = default;
  QUANTAL_HD explicit NaturalPolicyGradient(UpdateRule) {}

  template <class Team, class Real, class Game>
  QUANTAL_HD void operator()(const Team& team, const Game& game, RunState<Real>& run, int) const {
    for_agents<Uses{.rbar = true, .writes_theta = true}>(
        team, game, run, [](const auto& members, const auto& agent) QUANTAL_INLINED {
          natural_policy_gradient(members, agent.actions, *agent.step, agent.rbar, agent.theta);
        });
  }

  /// The update keeps logits within bounds, which so need not be written here.
  template <class Team, class Real, class Game>
  QUANTAL_HD void find_policies(const Team& team, const Game& game, RunState<Real>& run) const {
    for_agents<Uses{.writes_pi = true}>(team, game, run, [](const auto& members, const auto& agent) QUANTAL_INLINED {
      softmax(members, agent.actions, agent.theta, agent.pi);
    });
  }

  template <class Team, class Real, class Game>
  QUANTAL_HD Real find_gaps(const Team& team, const Game& game, RunState<Real>& run) const {
    return kernels::find_gaps(team, game, run);
  }
};

/// Multiplies the step of all agents. The syncs of the evaluation before it have ended the last update's reading.
template <class Team, class Real, class Game>
QUANTAL_HD void scale_steps(const Team& team, const Game& game, RunState<Real>& run, const Real& factor) {
  for_each(team, game.shape.agents(), [&](auto i) { run.steps[i].kappa = run.steps[i].kappa * factor; });
  team.sync();
}

/// At the end of a window of 64 iterations: whether the gap of an automatic run has stopped falling, so that the step
/// must be halved. A judgement takes 1 + halvings windows, since smaller steps take longer to show what they do. Where
/// the step is fixed, only remembers the quarter of the run that ends.
template <class Real>
QUANTAL_HD MaskOf<Real> close_window(RunMemory<Real>& memory) {
  const Real zero = constant<Real>(0);
  const Real one = constant<Real>(1);
  const Real infinity = constant<Real>(HUGE_VAL);
  memory.windows_left = memory.windows_left - one;
  const auto judged = (memory.windows_left <= zero) & (memory.outcome == zero);
  const auto fell = memory.window_best < memory.best * constant<Real>(1 - least_fall);
  const auto halve = judged & (memory.automatic > zero) & !fell;
  // After a halving the new step is compared with itself only: its gap may have to rise before it falls.
  const Real best = math::select(halve, infinity, math::min(memory.best, memory.window_best));
  memory.best = math::select(judged, best, memory.best);
  memory.window_best = math::select(judged, infinity, memory.window_best);
  memory.worst = math::select(judged, memory.window_worst, memory.worst);
  memory.window_worst = math::select(judged, zero, memory.window_worst);
  const Real patience = one + memory.halvings + math::select(halve, one, zero);
  const Real stretch = math::select(memory.automatic > zero, patience, memory.quarter);
  memory.windows_left = math::select(judged, stretch, memory.windows_left);
  return halve;
}

/// One round of at most `iterations` evaluations, each but the last of a finished run followed by an update; the first
/// one belongs to iteration `phase` modulo `window`. `rule(team, game, run, iteration)` makes an update, its number
/// modulo `window`, `rule.find_policies(team, game, run)` the policies of its logits and `rule.find_gaps` their gaps;
/// `trace(k, gap)` is called by all
/// members after evaluation k. All members call; returns the evaluations made.
template <class Team, class Real, class Game, class Rule, class Trace>
QUANTAL_HD int solve_round(const Team& team, const Game& game, const Rule& rule, int phase, int iterations,
                           RunState<Real>& run, Trace&& trace) {
  const Real zero = constant<Real>(0);
  const Real one = constant<Real>(1);
  RunMemory<Real>& memory = run.memory;
  Real made = zero;  // evaluations, the k before and this one
  int k = 0;
  while (k < iterations) {
    made = made + one;
    const bool window_ends = (phase + k + 1) % window == 0;
    rule.find_policies(team, game, run);
    expected_payoffs(team, game, run);
    if constexpr (LooksAhead<Game>::value) {
      // Where neither a tolerance nor the step goes by gaps, those that are kept will do, the last, and one a window,
      // which shows whether numbers are still finite.
      const auto asked = (run.to_record <= zero) | (memory.tolerance >= zero) | (memory.automatic > zero) |
                         (made >= run.evaluations) | (constant<Real>(window_ends ? 1 : 0) > zero);
      if (any_team(team, asked & (memory.outcome == zero))) {
        memory.gap = math::select(asked, rule.find_gaps(team, game, run), memory.gap);
      }
    } else {
      memory.gap = rule.find_gaps(team, game, run);
    }
    memory.window_best = math::min(memory.window_best, memory.gap);
    memory.window_worst = math::max(memory.window_worst, memory.gap);

    if constexpr (!LooksAhead<Game>::value) {
      // Nothing is decided at most evaluations.
      const auto decided = (memory.gap <= memory.tolerance) | math::is_nan(memory.gap) | (made >= run.evaluations);
      if (k > 0 && !window_ends && !any_team(team, decided & (memory.outcome == zero))) {
        trace(k, memory.gap);
        ++k;
        rule(team, game, run, (phase + k) % window);
        continue;
      }
    }

    // A later line overrides an earlier one.
    Real outcome = math::select(made >= run.evaluations, constant<Real>(max_iterations), zero);
    Real factor = one;
    if (window_ends) {
      const auto halve = close_window(memory);
      const auto exhausted = memory.halvings >= constant<Real>(most_halvings);
      factor = math::select(halve & !exhausted, constant<Real>(0.5), one);
      outcome = math::select(halve & exhausted & (memory.tolerance >= zero), constant<Real>(stalled), outcome);
    }
    const auto active = memory.outcome == zero;
    if constexpr (LooksAhead<Game>::value) {
      // The gap is never below the one of deviating once: it is asked for where that may decide, or is to be kept.
      const auto kept = run.to_record <= zero;
      run.to_record = math::select(kept, run.record_every, run.to_record) - one;
      const auto wanted = active & ((memory.gap <= memory.tolerance) | (outcome > zero) | kept);
      if (any_team(team, wanted)) memory.gap = math::select(wanted, overall_gap(team, game, run), memory.gap);
    }
    trace(k, memory.gap);
    outcome = math::select(memory.gap <= memory.tolerance, constant<Real>(converged), outcome);
    outcome = math::select(math::is_nan(memory.gap), constant<Real>(not_finite), outcome);

    const auto finished = active & (outcome > zero);
    memory.outcome = math::select(active, outcome, memory.outcome);
    run.finished_at = math::select(finished, constant<Real>(k), run.finished_at);
    ++k;
    if (!any_team(team, memory.outcome == zero)) break;

    factor = math::select(memory.outcome == zero, factor, zero);
    if (window_ends) memory.halvings = memory.halvings + math::select(factor == constant<Real>(0.5), one, zero);
    if (any_team(team, finished) || window_ends) scale_steps(team, game, run, factor);
    rule(team, game, run, (phase + k) % window);
  }
  return k;
}

/// The Nash gap of the last evaluation: max over agents of what a best response would gain.
template <class Team, class Real, class Game>
QUANTAL_HD Real nash_gap(const Team& team, const Game& game, RunState<Real>& run) {
  Real largest = constant<Real>(0);
  for_agents<Uses{.pi = true, .rbar = true}>(
      team, game, run,
      [](const auto& members, const auto& agent)
          QUANTAL_INLINED { *agent.gap = best_response_gain(members, agent.actions, agent.pi, agent.rbar); },
      &largest);
  return largest_of_agents(team, game, largest);
}

/// What the results of a finished run have beside its policies. Where gaps look ahead, the evaluations of a lane, or
/// of a run that stays together with others, that had finished before these did have left only its one-time gains.
template <class Team, class Real, class Game>
QUANTAL_HD void complete(const Team& team, const Game& game, RunState<Real>& run) {
  if constexpr (LooksAhead<Game>::value) {
    if constexpr (RealTraits<Real>::lanes > 1 || requires { team.together(true); }) {
      find_gaps(team, game, run);
      const auto finished = run.memory.outcome > constant<Real>(running);
      run.memory.gap = math::select(finished, overall_gap(team, game, run), run.memory.gap);
    }
    run.residual = evaluation_residual(team, game, run);
  }
  run.nash_gap = nash_gap(team, game, run);
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
