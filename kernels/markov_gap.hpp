#pragma once

/// Policy evaluation in the loop of a run, and how far the agents of a Markov game are from their best replies.
///
/// Let g(s) = tau KL(pi(. | s) || softmax(Q(s, .) / tau)) >= 0, what agent i could gain by deviating once, in state s
/// (qre_gap.hpp; tau = 0: max Q - <pi, Q>). The QRE gap is what it gains by deviating whenever it pays,
///
///     gap_i = max_s W(s),   W = V* - V,   V* the soft optimal values in the MDP that the others' policies induce,
///
/// and lies between max_s g(s) and that over 1 - gamma. Subtracting V from the soft Bellman equation of V* leaves an
/// equation of W alone in which nothing cancels:
///
///     W(s) = g(s) + tau log sum_a softmax(Q(s, .) / tau)(a) exp(x(s, a) / tau),    x = gamma P_i W,
///
/// where P_i are agent i's transitions against the others' policies. Soft policy iteration solves it from W = 0
/// upwards; it is Newton's method, and converges quadratically:
///
///     sigma = softmax((Q + x) / tau),  W = (I - gamma P_sigma)^-1 [ g - tau KL(sigma || softmax(Q / tau)) ],  x = ..
///
/// For tau = 0, and for the Nash gap, which asks the same of the values without entropy, sigma is uniform on the best
/// actions, and the divergence is what sigma loses against max Q. Where values do not count entropy, agents with a
/// temperature compare with softmax(Q / tau) state by state: their gap is max_s g(s).
///
/// All members of the team call; all get the result.

#include "kernels/markov_two_agents.hpp"
#include "kernels/qre_gap.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Rows' probabilities and expected rewards R of pi.
template <class Team, class Real, class Payoff, class Shape>
QUANTAL_HD void expect_rewards(const Team& team, const Markov<Payoff, Shape>& game, const RunState<Real>& run,
                               const MarkovScratch<Real>& scratch, Real* R) {
  weigh_rows(team, game.view(), run.pi, scratch.others, scratch.weights);
  team.sync();
  expect_rows<false>(team, game.shape, 0, game.view().agents, scratch.others, game.rewards(), R);
  team.sync();
}

/// Values and Q-values of pi. The members' Q is complete after the next sync.
template <class Team, class Real, class Payoff, class Shape>
QUANTAL_HD void evaluate_policies(const Team& team, const Markov<Payoff, Shape>& game, const RunState<Real>& run,
                                  const MarkovScratch<Real>& scratch, bool entropic, Real* values, Real* Q) {
  const MarkovView& markov = game.view();
  const int N = markov.agents;
  if constexpr (may_be_two_in_lanes<Team, Real, Shape>()) {
    if (N == 2) return evaluate_two(game, run, entropic, scratch.system, values, Q);
  }
  team.sync();  // all policies are there
  expect_rewards(team, game, run, scratch, Q);
  solve_values(
      team, game, scratch.weights, 0, N, [&](int i, int s) { return period_value(game, run, Q, i, s, entropic); },
      scratch.system, values);
  team.sync();
  continue_rows(team, game, values, 0, N, scratch.continuation);
  team.sync();
  expect_rows<true>(team, game.shape, 0, N, scratch.others, scratch.continuation, Q);
  team.sync();
}

template <class Team, class Real, class Payoff, class Shape>
QUANTAL_HD void expected_payoffs(const Team& team, const Markov<Payoff, Shape>& game, RunState<Real>& run) {
  const MarkovScratch<Real> scratch = place_scratch(game.view(), run.scratch);
  evaluate_policies(team, game, run, scratch, game.view().entropy != 0, scratch.values, run.rbar);
}

/// The answer sigma to Q + x, which `theta` holds x of, and g less what sigma loses against softmax(Q / tau).
template <class Team, class Actions, class Real>
QUANTAL_HD Real reply(const Team& team, Actions actions, const AgentStep<Real>& step, Real* theta, Real* sigma,
                      const Real* Q) {
  const Real zero = constant<Real>(0);
  const Real one = constant<Real>(1);
  for_each(team, actions, [&](auto a) { theta[a] = step.lambda * (Q[a] + theta[a]); });
  const auto plain = step.leak == zero;
  if (math::any(plain)) {
    const Real best = max_over<Real>(team, actions, [&](auto a) { return theta[a]; });
    const Real count = sum_over<Real>(team, actions, [&](auto a) { return math::select(theta[a] < best, zero, one); });
    AgentStep<Real> keeping = step;  // a leak of 1 leaves theta alone
    keeping.leak = one;
    softmax(team, actions, keeping, theta, sigma);
    for_each(team, actions, [&](auto a) {
      sigma[a] = math::select(plain, math::select(theta[a] < best, zero, one / count), sigma[a]);
    });
  } else {
    softmax(team, actions, step, theta, sigma);
  }
  return qre_gap(team, actions, step, theta, sigma, Q);
}

/// Agent i's values where it plays `scratch.reply_pi` and the others their policies, and a period is worth right(i, s)
/// to it. The members' values are complete after the next sync.
template <class Team, class Real, class Payoff, class Shape, class Right>
QUANTAL_HD void solve_reply(const Team& team, const Markov<Payoff, Shape>& game, const RunState<Real>& run,
                            const MarkovScratch<Real>& scratch, int i, Right&& right, Real* values) {
  if constexpr (may_be_two_in_lanes<Team, Real, Shape>()) {
    if (game.view().agents == 2) {
      const auto of_state = [&](int s) { return right(i, s); };
      return solve_reply_of_two(game, i, scratch.reply_pi, run.pi, of_state, scratch.system, values);
    }
  }
  weigh_reply(team, game.view(), i, scratch.reply_pi, scratch.others, scratch.weights);
  team.sync();
  solve_values(team, game, scratch.weights, i, i + 1, right, scratch.system, values);
}

/// What agent i expects of `values` by action, where the others play their policies: into scratch.reply_theta.
template <class Team, class Real, class Payoff, class Shape>
QUANTAL_HD void expect_values(const Team& team, const Markov<Payoff, Shape>& game, const RunState<Real>& run,
                              const MarkovScratch<Real>& scratch, int i, const Real* values) {
  if constexpr (may_be_two_in_lanes<Team, Real, Shape>()) {
    if (game.view().agents == 2) {
      return expect_values_of_two(game, i, run.pi, values, scratch.system, scratch.reply_theta);
    }
  }
  continue_rows(team, game, values, i, i + 1, scratch.continuation);
  team.sync();
  expect_rows<false>(team, game.shape, i, i + 1, scratch.others, scratch.continuation, scratch.reply_theta);
}

/// What the agents gain, W(s, i), by best replies to the policies run.pi, whose rows `scratch.others` weighs (not for
/// two agents in lanes), from their one-time gains g (pairs) and Q-values; `plain`: at temperature 0. `gains` (pairs)
/// receives W, or g where that is all there is to gain; it may be g itself. Returns the largest.
template <class Team, class Real, class Payoff, class Shape>
QUANTAL_HD_CALLED Real best_reply_gains(const Team& team, const Markov<Payoff, Shape>& game, const RunState<Real>& run,
                                        const MarkovScratch<Real>& scratch, Real* Q, const Real* g, bool plain,
                                        Real* gains) {
  const MarkovView& markov = game.view();
  const int S = markov.states;
  const int N = markov.agents;
  const Real zero = constant<Real>(0);
  const Real one = constant<Real>(1);
  const Real epsilon = constant<Real>(sizeof(ScalarOf<Real>) == sizeof(float) ? 0x1p-23 : 0x1p-52);
  constexpr int most_replies = 100;
  Real* const W = scratch.reply_values;
  Real* const next = scratch.other_values;
  RunState<Real> replies = run;
  replies.theta = scratch.reply_theta;
  replies.pi = scratch.reply_pi;
  replies.rbar = Q;
  replies.agent_gap = scratch.reply_loss;

  for_each(team, markov.actions, [&](int a) { scratch.reply_theta[a] = zero; });
  for_each(team, S * N, [&](int k) { W[k] = next[k] = zero; });
  team.sync();
  Real largest = zero;
  for (int i = 0; i < N; ++i) {
    // Where values count no entropy, only agents at temperature 0 look ahead; at an infinite one nothing is to gain.
    const AgentStep<Real>& step = run.steps[i * S];
    const auto looks_ahead = plain ? one > zero : step.lambda > (markov.entropy != 0 ? zero : step.leak * step.lambda);
    const Real curvature = plain ? zero : constant<Real>(2) * step.tau * (one - game.discount()) * epsilon;
    Real open = math::select(looks_ahead, one, zero);
    for (int k = 0; k < most_replies && math::any(open > zero); ++k) {
      // sigma, and what it loses against softmax(Q / tau)
      Real loss = zero;
      for_pairs<Uses{.rbar = true, .writes_theta = true, .writes_pi = true, .writes_gap = true}>(
          team, game, i * S, (i + 1) * S, replies,
          [plain](const auto& members, const auto& agent) {
            using Number = std::decay_t<decltype(*agent.gap)>;
            AgentStep<Number> own = *agent.step;
            if (plain) own = {constant<Number>(0), constant<Number>(1), constant<Number>(0), constant<Number>(0)};
            *agent.gap = reply(members, agent.actions, own, agent.theta, agent.pi, agent.rbar);
          },
          &loss);
      team.sync();
      // W = (I - gamma P_sigma)^-1 [g - loss]
      solve_reply(
          team, game, run, scratch, i,
          [&](int, int s) { return math::select(looks_ahead, g[i * S + s] - scratch.reply_loss[i * S + s], zero); },
          next);
      team.sync();
      Real change = zero;
      Real top = zero;
      for_each(team, S, [&](int s) {
        const int at = s * N + i;
        change = largest_or_nan(change, magnitude(next[at] - W[at]));
        top = math::max(top, magnitude(next[at]));
        W[at] = math::select(open > zero, next[at], W[at]);
        next[at] = W[at];
      });
      change = team.max(change);
      top = team.max(top);
      // Newton's error after this step is at most change^2 / (2 tau (1 - gamma)).
      const auto goes_on = (change > constant<Real>(8) * epsilon * top) & (change * change > curvature * top);
      open = math::select(goes_on, open, zero);
      if (!math::any(open > zero)) break;
      // x = gamma P_i W
      team.sync();
      expect_values(team, game, run, scratch, i, W);
      team.sync();
    }
    for_each(team, S, [&](int s) {
      const int p = i * S + s;
      // W >= g but for rounding.
      gains[p] = largest_or_nan(g[p], W[s * N + i]);
      largest = largest_or_nan(largest, gains[p]);
    });
  }
  team.sync();
  return team.max(largest);
}

/// The QRE gap of the last evaluation, whose one-time gains RunState::agent_gap holds, and receives the gaps.
template <class Team, class Real, class Payoff, class Shape>
QUANTAL_HD_CALLED Real overall_gap(const Team& team, const Markov<Payoff, Shape>& game, RunState<Real>& run) {
  const MarkovScratch<Real> scratch = place_scratch(game.view(), run.scratch);
  team.sync();
  return best_reply_gains(team, game, run, scratch, run.rbar, run.agent_gap, false, run.agent_gap);
}

/// The Nash gap of the last evaluation.
template <class Team, class Real, class Payoff, class Shape>
QUANTAL_HD_CALLED Real nash_gap(const Team& team, const Markov<Payoff, Shape>& game, RunState<Real>& run) {
  const MarkovScratch<Real> scratch = place_scratch(game.view(), run.scratch);
  const int pairs = game.shape.agents();
  for_each(team, pairs, [&](int k) { scratch.other_values[k] = scratch.values[k]; });
  evaluate_policies(team, game, run, scratch, false, scratch.other_values, scratch.plain_q);
  RunState<Real> plain = run;
  plain.rbar = scratch.plain_q;
  plain.agent_gap = scratch.gain;
  Real one_time = constant<Real>(0);
  for_pairs<Uses{.pi = true, .rbar = true, .writes_gap = true}>(
      team, game, 0, pairs, plain,
      [](const auto& members, const auto& agent) {
        *agent.gap = best_response_gain(members, agent.actions, agent.pi, agent.rbar);
      },
      &one_time);
  team.sync();
  return best_reply_gains(team, game, run, scratch, scratch.plain_q, scratch.gain, true, scratch.gain);
}

/// The largest error of the values of the last evaluation in their own equation.
template <class Team, class Real, class Payoff, class Shape>
QUANTAL_HD_CALLED Real evaluation_residual(const Team& team, const Markov<Payoff, Shape>& game, RunState<Real>& run) {
  const MarkovScratch<Real> scratch = place_scratch(game.view(), run.scratch);
  const bool entropic = game.view().entropy != 0;
  team.sync();
  expect_rewards(team, game, run, scratch, scratch.plain_q);
  const Real residual = values_residual(
      team, game, scratch.weights,
      [&](int i, int s) { return period_value(game, run, scratch.plain_q, i, s, entropic); }, scratch.system,
      scratch.values);
  team.sync();
  return residual;
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
