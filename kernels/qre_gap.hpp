#pragma once

/// How far one agent is from its best reply.
///
/// QRE gap, what the agent could gain in expected payoff plus tau times entropy:
///
///     gap = tau KL(pi || softmax(rbar / tau)) = tau log sum_a pi(a) exp(x(a)),   x(a) = d(a) - sum_b pi(b) d(b)
///         = tau log1p( sum_a pi(a) phi(x(a)) ),   phi(x) = exp(x) - 1 - x,   d = rbar / tau - theta
///
/// Since sum_a pi(a) x(a) = 0, the sum over phi has only non-negative terms of second order: nothing cancels, and float
/// resolves its own gap down to 1e-14 where the difference of two log-sum-exps stops at 1e-7. Near the equilibrium phi
/// and log1p are polynomials. Where exp(x) would overflow (x > 40 at an action with a tiny policy), pi exp(x) is
/// taken as exp(log pi + x).
///
/// Nash gap, for tau = 0 and for reports: max_b rbar(b) - sum_a pi(a) rbar(a) = sum_a pi(a) (max_b rbar(b) - rbar(a)).
///
/// theta, pi, rbar   (m_i)   one agent's. All members of the team call; all get the result.
/// A SIMD lane's result never depends on its neighbours: a branch that any lane needs is computed and then selected.

#include "kernels/policy.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// exp(x) - 1 - x for |x| < 1/2, by its series, to 5e-15 (double) or 4e-8 (float) of itself.
template <class Real>
QUANTAL_HD Real phi_series(const Real& x) {
  constexpr bool single = sizeof(ScalarOf<Real>) == sizeof(float);
  Real s = constant<Real>(single ? 1.0 / 362880 : 1.0 / 6227020800);
  if constexpr (!single) {
    s = math::multiply_add(s, x, constant<Real>(1.0 / 479001600));
    s = math::multiply_add(s, x, constant<Real>(1.0 / 39916800));
    s = math::multiply_add(s, x, constant<Real>(1.0 / 3628800));
    s = math::multiply_add(s, x, constant<Real>(1.0 / 362880));
  }
  s = math::multiply_add(s, x, constant<Real>(1.0 / 40320));
  s = math::multiply_add(s, x, constant<Real>(1.0 / 5040));
  s = math::multiply_add(s, x, constant<Real>(1.0 / 720));
  s = math::multiply_add(s, x, constant<Real>(1.0 / 120));
  s = math::multiply_add(s, x, constant<Real>(1.0 / 24));
  s = math::multiply_add(s, x, constant<Real>(1.0 / 6));
  s = math::multiply_add(s, x, constant<Real>(0.5));
  return x * x * s;
}

/// log(1 + s), s >= 0; three terms of the series where they are exact to rounding.
template <class Real>
QUANTAL_HD Real log1p_of_sum(const Real& s) {
  const Real series = s * math::multiply_add(s, math::multiply_add(s, constant<Real>(1.0 / 3), constant<Real>(-0.5)),
                                             constant<Real>(1));
  const auto large = s > constant<Real>(1e-5);
  if (!math::any(large)) return series;
  return math::select(large, math::log1p(s), series);
}

/// sum_a pi(a) (max_b value(b) - value(a)): what a best response would add to the expected value.
template <class Team, class Actions, class Real>
QUANTAL_HD Real best_response_gain(const Team& team, Actions actions, const Real* pi, const Real* rbar) {
  const Real best = max_over<Real>(team, actions, [&](auto a) { return rbar[a]; });
  return sum_over<Real>(team, actions, [&](auto a) { return pi[a] * (best - rbar[a]); });
}

/// KL(pi || softmax(rbar / tau)) where some x > 40. `mean` is sum_a pi(a) d(a), and pi = softmax(logit).
template <class Team, class Actions, class Real, class Logit>
QUANTAL_HD Real wide_divergence(const Team& team, Actions actions, const AgentStep<Real>& step, Logit&& logit,
                                const Real* theta, const Real* pi, const Real* rbar, const Real& mean) {
  const Real one = constant<Real>(1);
  const Real half = constant<Real>(0.5);
  const Real forty = constant<Real>(40);
  const auto x = [&](auto a) { return direction(step, rbar[a], theta[a]) - mean; };
  const Real normaliser = log_sum_exp<Real>(team, actions, logit);
  // log(pi(a) exp(x(a))), which is finite where pi(a) has underflowed
  const auto log_term = [&](auto a) { return logit(a) - normaliser + x(a); };
  const Real largest = max_over<Real>(team, actions, log_term);
  const Real excess = sum_over<Real>(team, actions, [&](auto a) {
    const Real xa = x(a);
    return math::select((xa < half) & (xa > -half), pi[a] * phi_series(xa),
                        math::exp(math::min(log_term(a), forty)) - pi[a] * (one + xa));
  });
  const Real scaled = sum_over<Real>(team, actions, [&](auto a) { return math::exp(log_term(a) - largest); });
  return math::select(largest > forty, largest + math::log(scaled), math::log1p(math::max(excess, constant<Real>(0))));
}

/// The QRE gap of one agent; for tau = 0 the Nash gap. pi = softmax(logit), as there is in policy.hpp.
template <class Team, class Actions, class Real, class Logit>
QUANTAL_HD Real qre_gap(const Team& team, Actions actions, const AgentStep<Real>& step, Logit&& logit,
                        const Real* theta, const Real* pi, const Real* rbar) {
  const Real zero = constant<Real>(0);
  const Real half = constant<Real>(0.5);
  // mean = sum_a pi(a) d(a)
  const Real mean = sum_over<Real>(team, actions, [&](auto a) { return pi[a] * direction(step, rbar[a], theta[a]); });
  const auto x = [&](auto a) { return direction(step, rbar[a], theta[a]) - mean; };
  // excess = sum_a pi(a) phi(x(a)), first as if all x were near
  Real reach = zero;
  Real excess = sum_over<Real>(team, actions, [&](auto a) {
    const Real xa = x(a);
    reach = math::max(reach, math::abs(xa));
    return pi[a] * phi_series(xa);
  });
  const bool far = any_member<Real>(team, reach > half);
  if (far) {
    excess = sum_over<Real>(team, actions, [&](auto a) {
      const Real xa = x(a);
      const auto near = (xa <= half) & (xa >= -half);
      return pi[a] * math::select(near, phi_series(xa), math::exp(xa) - constant<Real>(1) - xa);
    });
  }
  Real divergence = log1p_of_sum(excess);
  if (far) {
    const auto wide = max_over<Real>(team, actions, x) > constant<Real>(40);
    if (any_team(team, wide)) {
      divergence = math::select(wide, wide_divergence(team, actions, step, logit, theta, pi, rbar, mean), divergence);
    }
  }
  // gap = tau KL, which is 0 at the equilibrium also where tau is infinite
  Real gap = math::select(divergence <= zero, divergence, step.tau * divergence);
  const auto plain = step.leak == zero;
  if (any_team(team, plain)) gap = math::select(plain, best_response_gain(team, actions, pi, rbar), gap);
  return gap;
}

/// The same with pi = softmax(theta).
template <class Team, class Actions, class Real>
QUANTAL_HD Real qre_gap(const Team& team, Actions actions, const AgentStep<Real>& step, const Real* theta,
                        const Real* pi, const Real* rbar) {
  return qre_gap(
      team, actions, step, [&](auto a) { return theta[a]; }, theta, pi, rbar);
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
