#pragma once

/// Policies from logits, and the update of the logits.
///
///     pi(a)     = exp(theta(a)) / sum_b exp(theta(b))
///     d(a)      = rbar(a) / tau - theta(a)              tau > 0
///               = rbar(a)                               tau = 0
///     theta'(a) = theta(a) + kappa d(a),  kappa = eta tau  (tau = 0: kappa = eta)
///
/// which is entropy-regularised independent natural policy gradient, theta' = (1 - eta tau) theta + eta rbar
/// (arXiv 2405.02769), written so that its fixed point theta = rbar / tau is met to the last bit of theta: with 1 - eta
/// tau rounded it would be off by an ulp over eta tau. For tau > 0 logits need no normalisation, since they follow rbar
/// / tau; for tau = 0 they grow, and the maximum is subtracted each time.
///
/// theta, pi, rbar   (m_i)   one agent's; member r of a team owns actions r, r + size, ..
/// All members call; each holds the entries that it owns.

#include <type_traits>

#include "kernels/chunk.hpp"
#include "kernels/real.hpp"
#include "kernels/team.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// d(a) as above.
template <class Real>
QUANTAL_HD Real direction(const AgentStep<Real>& step, const Real& rbar, const Real& theta) {
  return math::multiply_add(step.lambda, rbar, -step.leak * theta);
}

/// Whether an agent is worked on as one number: of two actions, by one member, policies and gaps go by how far the
/// first one leads.
template <class Team, class Actions>
constexpr bool by_lead = Team::serial&& std::is_same_v<Actions, Const<2>>;

/// How far the logits of two actions are from rbar / tau: d(0) - d(1).
template <class Real>
QUANTAL_HD Real direction_of_lead(const AgentStep<Real>& step, const Real* rbar, const Real* theta) {
  return direction(step, rbar[0] - rbar[1], theta[0] - theta[1]);
}

/// max_a x(a) over one agent's actions.
template <class Real, class Team, class Actions, class Value>
QUANTAL_HD Real max_over(const Team& team, Actions actions, Value&& value) {
  const Real lowest = constant<Real>(-HUGE_VAL);
  Accumulator<Team, Real> largest(lowest);
  for_each(team, actions, [&](auto a) {
    Real& mine = largest.at(a);
    mine = math::max(mine, if_owned(team, a, Real(value(a)), lowest));
  });
  return largest.max(team);
}

/// sum_a x(a) over one agent's actions.
template <class Real, class Team, class Actions, class Value>
QUANTAL_HD Real sum_over(const Team& team, Actions actions, Value&& value) {
  const Real zero = constant<Real>(0);
  Accumulator<Team, Real> total(zero);
  for_each(team, actions, [&](auto a) {
    Real& mine = total.at(a);
    mine = mine + if_owned(team, a, Real(value(a)), zero);
  });
  return total.sum(team);
}

/// sum_a pi(a) x(a). Where a member has no action at a place of its loop pi is 0, and x must be finite.
template <class Team, class Actions, class Real, class Value>
QUANTAL_HD Real expectation(const Team& team, Actions actions, const Real* pi, Value&& value) {
  Accumulator<Team, Real> total(constant<Real>(0));
  for_each(team, actions, [&](auto a) {
    Real& mine = total.at(a);
    mine = math::multiply_add(pi[a], value(a), mine);
  });
  return total.sum(team);
}

/// Whether some member needs a branch, in which all of them must be: in a pack, a lane.
template <class Real, class Team, class Mask>
QUANTAL_HD bool any_member(const Team& team, const Mask& mask) {
  if constexpr (Team::serial) {
    return math::any(mask);
  } else if constexpr (requires { team.any(mask); }) {
    return team.any(mask);
  } else {
    return math::any(team.max(math::select(mask, Real(1), Real(0))) > Real(0));
  }
}

/// The same where all members know whether the team needs it.
template <class Team, class Mask>
QUANTAL_HD bool any_team(const Team& team, const Mask& mask) {
  if constexpr (requires { team.together(mask); }) {
    return team.together(mask);
  } else {
    return math::any(mask);
  }
}

/// log sum_a exp(x(a)), without overflow.
template <class Real, class Team, class Actions, class Value>
QUANTAL_HD Real log_sum_exp(const Team& team, Actions actions, Value&& value) {
  const Real largest = max_over<Real>(team, actions, value);
  return largest + math::log(sum_over<Real>(team, actions, [&](auto a) { return math::exp(value(a) - largest); }));
}

/// pi = softmax(logit), and 0 where a member has no action; `largest` is the largest logit.
template <class Team, class Actions, class Real, class Logit>
QUANTAL_HD void normalise(const Team& team, Actions actions, Logit&& logit, const Real& largest, Real* pi) {
  if constexpr (by_lead<Team, Actions>) {
    // One of two exponentials is that of 0.
    const Real one = constant<Real>(1);
    const Real lead = logit(Const<0>{}) - logit(Const<1>{});
    const Real smaller = math::exp_of_logit(math::min(lead, -lead));
    const Real larger = math::reciprocal(one + smaller);
    const auto leads = lead >= constant<Real>(0);
    pi[0] = math::select(leads, larger, smaller * larger);
    pi[1] = math::select(leads, smaller * larger, larger);
  } else {
    const Real zero = constant<Real>(0);
    Accumulator<Team, Real> normaliser(zero);
    for_each(team, actions, [&](auto a) {
      pi[a] = if_owned(team, a, Real(math::exp_of_logit(logit(a) - largest)), zero);
      Real& mine = normaliser.at(a);
      mine = mine + pi[a];
    });
    const Real scale = math::reciprocal(normaliser.sum(team));
    for_each(team, actions, [&](auto a) { pi[a] = pi[a] * scale; });
  }
}

/// pi = softmax(logit), logit(a) being theta(a) or more. Where leak is 0 it also subtracts max logit from theta.
template <class Team, class Actions, class Real, class Logit>
QUANTAL_HD void softmax(const Team& team, Actions actions, const AgentStep<Real>& step, Logit&& logit, Real* theta,
                        Real* pi) {
  const Real largest = max_over<Real>(team, actions, logit);
  normalise(team, actions, logit, largest, pi);
  const Real shift = (constant<Real>(1) - step.leak) * largest;
  for_each(team, actions, [&](auto a) { theta[a] = theta[a] - shift; });
}

/// The same with logit = theta.
template <class Team, class Actions, class Real>
QUANTAL_HD void softmax(const Team& team, Actions actions, const AgentStep<Real>& step, Real* theta, Real* pi) {
  softmax(
      team, actions, step, [&](auto a) { return theta[a]; }, theta, pi);
}

/// pi = softmax(theta).
template <class Team, class Actions, class Real>
QUANTAL_HD void softmax(const Team& team, Actions actions, const Real* theta, Real* pi) {
  const auto logit = [&](auto a) { return theta[a]; };
  normalise(team, actions, logit, max_over<Real>(team, actions, logit), pi);
}

/// theta' = theta + kappa d; where leak is 0, less the largest of these, which changes no policy. Of two actions, by
/// one member, always less the second one.
template <class Team, class Actions, class Real>
QUANTAL_HD void natural_policy_gradient(const Team& team, Actions actions, const AgentStep<Real>& step,
                                        const Real* rbar, Real* theta) {
  if constexpr (by_lead<Team, Actions>) {
    theta[0] = math::multiply_add(step.kappa, direction_of_lead(step, rbar, theta), theta[0] - theta[1]);
    theta[1] = constant<Real>(0);
    return;
  }
  for_each(team, actions,
           [&](auto a) { theta[a] = math::multiply_add(step.kappa, direction(step, rbar[a], theta[a]), theta[a]); });
  const auto plain = step.leak == constant<Real>(0);
  if (!any_team(team, plain)) return;
  const Real largest = max_over<Real>(team, actions, [&](auto a) { return theta[a]; });
  const Real shift = math::select(plain, largest, constant<Real>(0));
  for_each(team, actions, [&](auto a) { theta[a] = theta[a] - shift; });
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
