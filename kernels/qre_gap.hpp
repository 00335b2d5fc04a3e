#pragma once

/// How far one agent is from its best reply.
///
/// QRE gap, what the agent could gain in expected payoff plus tau times entropy:
///
///     gap = tau KL(pi || softmax(rbar / tau)) = tau log sum_a pi(a) exp(x(a)),   x(a) = d(a) - sum_b pi(b) d(b)
///         = tau log1p( sum_a pi(a) phi(x(a)) ),   phi(x) = exp(x) - 1 - x,   d = rbar / tau - theta
///
/// Since sum_a pi(a) x(a) = 0, the sum over phi has only non-negative terms of second order: nothing cancels, and float
/// resolves its own gap down to 1e-14 where the difference of two log-sum-exps stops at 1e-7. For |x| <= 1/2 phi
/// and log1p are polynomials, of the least relative error on that range (by Remez' algorithm, for Quantal). Where
/// exp(x) would overflow (x > 40 at an action with a tiny policy), pi exp(x) is taken as exp(log pi + x).
///
/// With two actions x(0) = pi(1) D and x(1) = -pi(0) D, D = d(0) - d(1), and so, with phi(x) = x^2 s(x) and, far from
/// the equilibrium, the smaller policy p and what its action leads the other one by, E = D or -D,
///
///     sum_a pi(a) phi(x(a)) = pi(0) pi(1) D^2 (pi(1) s(pi(1) D) + pi(0) s(-pi(0) D))
///     gap / tau             = log1p(p (exp(E) - 1)) - p E
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

/// c[0] + c[1] x + .. + c[degree] x^degree.
template <class Real, int Terms>
QUANTAL_HD Real polynomial(const double (&c)[Terms], const Real& x) {
  Real sum = constant<Real>(c[Terms - 1]);
  for_each(Const<Terms - 1>{}, [&](auto k) { sum = math::multiply_add(sum, x, constant<Real>(c[Terms - 2 - k])); });
  return sum;
}

/// s(x) = (exp(x) - 1 - x) / x^2 for |x| <= 1/2, to 9e-15 (double) or 3e-8 (float) of itself.
template <class Real>
QUANTAL_HD Real curvature_series(const Real& x) {
  if constexpr (sizeof(ScalarOf<Real>) == sizeof(float)) {
    constexpr double c[] = {0.5,
                            0.16666665432173092,
                            0.04166599935079621,
                            0.008333480072378814,
                            0.001397533105189188,
                            0.00019863353065077422};
    return polynomial(c, x);
  } else {
    constexpr double c[] = {0.5,
                            0.16666666666665939,
                            0.04166666666610006,
                            0.008333333333739805,
                            0.0013888889109690155,
                            0.0001984126932354162,
                            2.480132009501181e-05,
                            2.7557492402875067e-06,
                            2.7684646142488916e-07,
                            2.5081330703738108e-08};
    return polynomial(c, x);
  }
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

/// The largest sum_a pi(a) phi(x(a)) where all |x| <= 1/2, and a little more.
constexpr double most_near = 0.149;

/// log(1 + s) for 0 <= s <= most_near, to 5e-16 (double) or 2e-8 (float) of itself.
template <class Real>
QUANTAL_HD Real log1p_series(const Real& s) {
  if constexpr (sizeof(ScalarOf<Real>) == sizeof(float)) {
    constexpr double c[] = {1, -0.49999579863172877, 0.33305418783903, -0.24415365365938344, 0.15007641554276976};
    return s * polynomial(c, s);
  } else {
    constexpr double c[] = {1,
                            -0.4999999999995647,
                            0.33333333321521147,
                            -0.24999998893784936,
                            0.19999949049488022,
                            -0.16665332897931615,
                            0.14264466979103615,
                            -0.12288686019413578,
                            0.09810585499686762,
                            -0.05281165425636793};
    return s * polynomial(c, s);
  }
}

/// log(1 + s), s >= 0.
template <class Real>
QUANTAL_HD Real log1p_of_sum(const Real& s) {
  const Real series = log1p_series(s);
  const auto large = s > constant<Real>(most_near);
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

/// KL(pi || softmax(rbar / tau)) for any x; `mean` as above.
template <class Team, class Actions, class Real, class Logit>
QUANTAL_HD_ASIDE Real any_divergence(const Team& team, Actions actions, const AgentStep<Real>& step, Logit&& logit,
                                     const Real* theta, const Real* pi, const Real* rbar, const Real& mean) {
  const Real zero = constant<Real>(0);
  const Real half = constant<Real>(0.5);
  const Real forty = constant<Real>(40);
  Real most = zero;
  const Real excess = expectation(team, actions, pi, [&](auto a) {
    const Real x = if_owned(team, a, Real(direction(step, rbar[a], theta[a]) - mean), zero);
    most = math::max(most, x);
    return math::select(math::abs(x) <= half, phi_series(x), math::exp(x) - constant<Real>(1) - x);
  });
  const Real divergence = log1p_of_sum(excess);
  if (!any_member<Real>(team, most > forty)) return divergence;
  return math::select(team.max(most) > forty, wide_divergence(team, actions, step, logit, theta, pi, rbar, mean),
                      divergence);
}

/// KL of two actions where max |x| > 1/2: `smaller` is the policy p of one, of which the formula above has E, and the
/// other one's logit is larger by `lead` >= 0. Where E > 40, p exp(E) is exp(t), t = E + log p.
template <class Real>
QUANTAL_HD_ASIDE Real far_divergence_of_lead(const Real& smaller, const Real& E, const Real& lead) {
  const Real zero = constant<Real>(0);
  const Real one = constant<Real>(1);
  const Real forty = constant<Real>(40);
  const Real divergence = math::log1p(smaller * (math::exp(math::min(E, forty)) - one)) - smaller * E;
  const auto wide = E > forty;
  if (!math::any(wide)) return divergence;
  // log(1 - p + exp(t)), where p has underflowed as well
  const Real larger = one - smaller;
  const Real t = E - lead + math::log(larger);
  const Real scaled = math::exp(-math::abs(t));
  const Real rest = math::select(t > zero, larger * scaled, scaled - smaller);
  return math::select(wide, math::max(t, zero) + math::log1p(rest) - smaller * E, divergence);
}

/// The QRE gap of one agent; for tau = 0 the Nash gap. pi = softmax(logit), as there is in policy.hpp.
template <class Team, class Actions, class Real, class Logit>
QUANTAL_HD Real qre_gap(const Team& team, Actions actions, const AgentStep<Real>& step, Logit&& logit,
                        const Real* theta, const Real* pi, const Real* rbar) {
  const Real zero = constant<Real>(0);
  const Real half = constant<Real>(0.5);
  Real divergence;
  if constexpr (by_lead<Team, Actions>) {
    const Real D = direction_of_lead(step, rbar, theta);
    divergence = lead_series(pi[0], pi[1], D);
    const auto beyond = math::abs(D) > constant<Real>(small_lead<Real>);
    if (math::any(beyond)) {
      const Real excess =
          pi[0] * pi[1] * (D * D) *
          math::multiply_add(pi[1], curvature_series(pi[1] * D), pi[0] * curvature_series(-(pi[0] * D)));
      divergence = math::select(beyond, log1p_series(excess), divergence);
      const auto far = math::max(pi[0], pi[1]) * math::abs(D) > half;
      if (math::any(far)) {
        const Real E = math::select(pi[0] < pi[1], D, -D);
        const Real lead = math::abs(logit(Const<0>{}) - logit(Const<1>{}));
        divergence = math::select(far, far_divergence_of_lead(math::min(pi[0], pi[1]), E, lead), divergence);
      }
    }
  } else {
    const Real mean = expectation(team, actions, pi, [&](auto a) { return direction(step, rbar[a], theta[a]); });
    Real reach = zero;
    // As if all x were near.
    const Real excess = expectation(team, actions, pi, [&](auto a) {
      const Real x = if_owned(team, a, Real(direction(step, rbar[a], theta[a]) - mean), zero);
      reach = math::max(reach, math::abs(x));
      return phi_series(x);
    });
    if (any_member<Real>(team, reach > half)) {
      divergence = any_divergence(team, actions, step, logit, theta, pi, rbar, mean);
    } else {
      divergence = log1p_series(excess);
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
