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
/// taken as exp(log pi + x). With two actions x(0) = pi(1) D and x(1) = -pi(0) D, D = d(0) - d(1), and so
///
///     sum_a pi(a) phi(x(a)) = pi(0) pi(1) D^2 (pi(1) s(pi(1) D) + pi(0) s(-pi(0) D)),   phi(x) = x^2 s(x)
///
/// and where D is small the logarithm of the sum is itself a series: `lead_series`.
///
/// Nash gap, for tau = 0 and for reports: max_b rbar(b) - sum_a pi(a) rbar(a) = sum_a pi(a) (max_b rbar(b) - rbar(a)).
///
/// theta, pi, rbar   (m_i)   one agent's. All members of the team call; all get the result.
/// A SIMD lane's result never depends on its neighbours: a branch that any lane needs is computed and then selected.

#include "kernels/policy.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// s(x) = (exp(x) - 1 - x) / x^2 for |x| <= 1/2, by its series, to 5e-15 (double) or 4e-8 (float) of itself.
template <class Real>
QUANTAL_HD Real curvature_series(const Real& x) {
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
  return math::multiply_add(s, x, constant<Real>(0.5));
}

/// How far a lead may be off for `lead_series`.
template <class Real>
constexpr double small_lead = sizeof(ScalarOf<Real>) == sizeof(float) ? 1.0 / 32 : 1.0 / 64;

/// log(p exp(q D) + q exp(-p D)), p + q = 1 and |D| <= small_lead, by the cumulants of two points, to 3e-9 (float) or
/// 4e-15 (double) of itself: with w = p q and v = q - p
///
///     w D^2 (1/2 + v D/6 + (1 - 6 w) D^2/24 + v (1 - 12 w) D^3/120 + (1 - 30 w + 120 w^2) D^4/720
///            + v (1 - 60 w + 360 w^2) D^5/5040)
template <class Real>
QUANTAL_HD Real lead_series(const Real& p, const Real& q, const Real& D) {
  constexpr bool single = sizeof(ScalarOf<Real>) == sizeof(float);
  const Real w = p * q;
  const Real square = D * D;
  Real even = math::multiply_add(w, constant<Real>(-6.0 / 24), constant<Real>(1.0 / 24));
  Real odd = math::multiply_add(w, constant<Real>(-12.0 / 120), constant<Real>(1.0 / 120));
  if constexpr (!single) {
    const Real fourth = math::multiply_add(w, constant<Real>(120.0 / 720), constant<Real>(-30.0 / 720));
    const Real fifth = math::multiply_add(w, constant<Real>(360.0 / 5040), constant<Real>(-60.0 / 5040));
    even = math::multiply_add(math::multiply_add(w, fourth, constant<Real>(1.0 / 720)), square, even);
    odd = math::multiply_add(math::multiply_add(w, fifth, constant<Real>(1.0 / 5040)), square, odd);
  }
  even = math::multiply_add(even, square, constant<Real>(0.5));
  odd = math::multiply_add(odd, square, constant<Real>(1.0 / 6));
  return w * square * math::multiply_add((q - p) * D, odd, even);
}

/// phi(x) for |x| <= 1/2.
template <class Real>
QUANTAL_HD Real phi_series(const Real& x) {
  return x * x * curvature_series(x);
}

/// log(1 + s) where that is asked for, `otherwise` elsewhere.
template <class Real>
QUANTAL_HD_ASIDE Real log1p_where(const MaskOf<Real>& asked, const Real& s, const Real& otherwise) {
  return math::select(asked, math::log1p(s), otherwise);
}

/// log(1 + s), s >= 0; three terms of the series where they are exact to rounding.
template <class Real>
QUANTAL_HD Real log1p_of_sum(const Real& s) {
  const Real series = s * math::multiply_add(s, math::multiply_add(s, constant<Real>(1.0 / 3), constant<Real>(-0.5)),
                                             constant<Real>(1));
  const auto large = s > constant<Real>(1e-5);
  if (!math::any(large)) return series;
  return log1p_where<Real>(large, s, series);
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

/// sum_a pi(a) d(a)
template <class Team, class Actions, class Real>
QUANTAL_HD Real expected_direction(const Team& team, Actions actions, const AgentStep<Real>& step, const Real* theta,
                                   const Real* pi, const Real* rbar) {
  return sum_over<Real>(team, actions, [&](auto a) { return pi[a] * direction(step, rbar[a], theta[a]); });
}

/// KL(pi || softmax(rbar / tau)) for any x.
template <class Team, class Actions, class Real, class Logit>
QUANTAL_HD_ASIDE Real any_divergence(const Team& team, Actions actions, const AgentStep<Real>& step, Logit&& logit,
                                     const Real* theta, const Real* pi, const Real* rbar) {
  const Real half = constant<Real>(0.5);
  const Real mean = expected_direction(team, actions, step, theta, pi, rbar);
  const auto x = [&](auto a) { return direction(step, rbar[a], theta[a]) - mean; };
  const Real excess = sum_over<Real>(team, actions, [&](auto a) {
    const Real xa = x(a);
    const auto near = (xa <= half) & (xa >= -half);
    return pi[a] * math::select(near, phi_series(xa), math::exp(xa) - constant<Real>(1) - xa);
  });
  const Real divergence = log1p_of_sum(excess);
  const auto wide = max_over<Real>(team, actions, x) > constant<Real>(40);
  if (!any_team(team, wide)) return divergence;
  return math::select(wide, wide_divergence(team, actions, step, logit, theta, pi, rbar, mean), divergence);
}

/// The same; of few actions it gets copies, so that arrays that are in registers need not be in memory for its sake.
template <class Team, class Actions, class Real, class Logit>
QUANTAL_HD Real far_divergence(const Team& team, Actions actions, const AgentStep<Real>& step, Logit&& logit,
                               const Real* theta, const Real* pi, const Real* rbar) {
  if constexpr (Team::serial && requires { Actions::value; }) {
    constexpr int m = Actions::value;
    Real copied[4][m];
    const AgentStep<Real> step_copied = step;
    for_each(actions, [&](auto a) {
      copied[0][a] = logit(a);
      copied[1][a] = theta[a];
      copied[2][a] = pi[a];
      copied[3][a] = rbar[a];
    });
    const Real* const logits = copied[0];
    return any_divergence(
        team, actions, step_copied, [logits](auto a) { return logits[a]; }, copied[1], copied[2], copied[3]);
  } else {
    return any_divergence(team, actions, step, logit, theta, pi, rbar);
  }
}

/// The QRE gap of one agent; for tau = 0 the Nash gap. pi = softmax(logit), as there is in policy.hpp.
template <class Team, class Actions, class Real, class Logit>
QUANTAL_HD Real qre_gap(const Team& team, Actions actions, const AgentStep<Real>& step, Logit&& logit,
                        const Real* theta, const Real* pi, const Real* rbar) {
  const Real zero = constant<Real>(0);
  const Real half = constant<Real>(0.5);
  // sum_a pi(a) phi(x(a)) as if all x were near
  Real divergence;
  if constexpr (by_lead<Team, Actions>) {
    const Real D = direction_of_lead(step, rbar, theta);
    divergence = lead_series(pi[0], pi[1], D);
    const auto beyond = math::abs(D) > constant<Real>(small_lead<Real>);
    if (math::any(beyond)) {
      const Real excess =
          pi[0] * pi[1] * (D * D) *
          math::multiply_add(pi[1], curvature_series(pi[1] * D), pi[0] * curvature_series(-(pi[0] * D)));
      divergence = math::select(beyond, log1p_of_sum(excess), divergence);
      const auto far = math::max(pi[0], pi[1]) * math::abs(D) > half;
      if (math::any(far)) {
        divergence = math::select(far, far_divergence(team, actions, step, logit, theta, pi, rbar), divergence);
      }
    }
  } else {
    const Real mean = expected_direction(team, actions, step, theta, pi, rbar);
    Real reach = zero;
    const Real excess = sum_over<Real>(team, actions, [&](auto a) {
      const Real x = direction(step, rbar[a], theta[a]) - mean;
      reach = math::max(reach, math::abs(x));
      return pi[a] * phi_series(x);
    });
    if (any_member<Real>(team, reach > half)) {
      divergence = far_divergence(team, actions, step, logit, theta, pi, rbar);
    } else {
      divergence = log1p_of_sum(excess);
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
