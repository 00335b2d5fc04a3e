#pragma once

/// Update rules beside entropy-regularised NPG (policy.hpp), for comparison and for games where they do better. All
/// share the loop of solve_run.hpp, its gap, its tolerance and its automatic step; with d = rbar / tau - theta and
/// kappa = eta tau as there, tau > 0 unless said otherwise:
///
///   optimistic       base' = base + kappa (rbar / tau - base),   theta' = base' + kappa (rbar / tau - base')
///                    The optimistic multiplicative weights update with entropy (Cen, Wei, Chi, arXiv 2105.15186,
///                    Algorithm 2): rbar is that of theta, the extrapolated point, whose gap is reported. tau >= 0.
///   predictive       theta' = theta + kappa (rbar(half) / tau - theta),   half = theta + kappa d
///                    The predictive update, an extragradient step (the same, Algorithm 1): two evaluations. tau >= 0.
///   magnetic         theta' = theta + kappa d,   kappa = eta tau / (1 + eta tau),   pi ∝ mu exp(theta)
///                    Magnetic mirror descent with the magnet mu (Sokota et al., arXiv 2206.05825): pi' ∝ (pi mu^(eta
///                    tau) exp(eta rbar))^(1 / (1 + eta tau)), in theta = log pi - log mu. It keeps log mu; the gap
///                    is of payoffs less tau KL(pi || mu). With the uniform magnet it is NPG whose step may be any
///                    number: the host makes that kappa, and the kernels' rule is NPG. tau >= 0.
///   logit_response   pi' = (1 - kappa) pi + kappa softmax(rbar / tau)
///                    Damped logit response, which is smooth fictitious play with a constant weight (Fudenberg and
///                    Levine, The Theory of Learning in Games, 1998, chapter 4).
///   policy_gradient  theta' = theta + kappa pi x,   x(a) = d(a) - sum_b pi(b) d(b)
///                    The gradient of <pi, rbar> + tau H(pi) in the logits, times eta (Mei et al., arXiv 2005.06392).
///                    tau >= 0.
///   replicator       pi' ∝ pi (1 + kappa x)
///                    The replicator equation with entropy, which is Q-learning's (Sato and Crutchfield, Physical
///                    Review E 67, 2003), in steps of Euler; a factor below 1/2 is taken as 1/2. tau >= 0.
///   alternating      NPG agent by agent, each from the payoffs of those before it as they have become (Gauss-Seidel):
///                    N evaluations. tau >= 0.
///   anderson         theta' = theta + kappa d - sum_j gamma_j (dtheta_j + kappa dd_j)
///                    NPG accelerated by Anderson's method of type II over the last 4 differences of iterates and of
///                    their directions d, gamma minimising |d - sum_j gamma_j dd_j|^2 (Walker and Ni, SIAM Journal on
///                    Numerical Analysis 49, 2011), where each agent's d is taken less its mean, which moves no
///                    policy; with a safeguard: AndersonSafeguard.
///
/// Frozen agents (kappa = 0) keep their theta. Rules that keep something from update to update have rule_reals numbers
/// for it in RunState::rule_memory: arrays like theta, one after another, then numbers of the whole run. At the start
/// the first array is log pi, as theta but for a magnet's is, all else zero.
///
/// All members call; what for_agents deals to one, it always deals to the same.

#include "kernels/policy.hpp"
#include "kernels/solve_run.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Kernels' agents that are one agent of the game: its states, in a Markov game.
template <class Real, class Shape>
QUANTAL_HD int states_per_agent(const NormalForm<Real, Shape>&) {
  return 1;
}
template <class Payoff, class Shape>
QUANTAL_HD int states_per_agent(const Polymatrix<Payoff, Shape>&) {
  return 1;
}
template <class Payoff, class Shape>
QUANTAL_HD int states_per_agent(const Markov<Payoff, Shape>& game) {
  return game.shape.view.states;
}

/// Array k of what the rule keeps, for one agent.
template <class Real, class Actions, class Game>
QUANTAL_HD Real* kept(const AgentNumbers<Real, Actions>& agent, const Game& game, int k) {
  return agent.kept + static_cast<std::int64_t>(k) * game.shape.all_actions();
}

/// `next`, or `now` where the agent is frozen.
template <class Real>
QUANTAL_HD Real unless_frozen(const AgentStep<Real>& step, const Real& next, const Real& now) {
  return math::select(step.kappa > constant<Real>(0), next, now);
}

/// Policies and expected payoffs of the logits as they are, in the middle of an update.
template <class Team, class Real, class Game>
QUANTAL_HD_CALLED void evaluate_again(const Team& team, const Game& game, RunState<Real>& run) {
  find_policies(team, game, run);
  expected_payoffs(team, game, run);
}

/// (1/m) sum_b d(b).
template <class Team, class Agent>
QUANTAL_HD auto mean_direction(const Team& members, const Agent& agent) {
  using Real = std::decay_t<decltype(*agent.rbar)>;
  const Real sum = sum_over<Real>(members, agent.actions,
                                  [&](auto a) { return direction(*agent.step, agent.rbar[a], agent.theta[a]); });
  return sum * constant<Real>(1.0 / static_cast<double>(agent.actions));
}

template <class Team, class Real, class Game>
QUANTAL_HD_CALLED void optimistic_update(const Team& team, const Game& game, RunState<Real>& run) {
  for_agents<Uses{.rbar = true, .writes_theta = true, .kept = true}>(
      team, game, run, [&](const auto& members, const auto& agent) {
        const auto& step = *agent.step;
        Real* const base = kept(agent, game, 0);
        for_each(members, agent.actions, [&](auto a) {
          base[a] = math::multiply_add(step.kappa, direction(step, agent.rbar[a], base[a]), base[a]);
        });
        // For tau = 0 logits grow, as in softmax.
        const Real shift =
            (constant<Real>(1) - step.leak) * max_over<Real>(members, agent.actions, [&](auto a) { return base[a]; });
        for_each(members, agent.actions, [&](auto a) {
          base[a] = base[a] - shift;
          const Real next = math::multiply_add(step.kappa, direction(step, agent.rbar[a], base[a]), base[a]);
          agent.theta[a] = unless_frozen(step, next, agent.theta[a]);
        });
      });
}

template <class Team, class Real, class Game>
QUANTAL_HD_CALLED void predictive_update(const Team& team, const Game& game, RunState<Real>& run) {
  for_agents<Uses{.rbar = true, .writes_theta = true, .kept = true}>(
      team, game, run, [&](const auto& members, const auto& agent) {
        Real* const before = kept(agent, game, 0);
        for_each(members, agent.actions, [&](auto a) { before[a] = agent.theta[a]; });
        natural_policy_gradient(members, agent.actions, *agent.step, agent.rbar, agent.theta);
      });
  evaluate_again(team, game, run);
  for_agents<Uses{.rbar = true, .writes_theta = true, .kept = true}>(
      team, game, run, [&](const auto& members, const auto& agent) {
        const auto& step = *agent.step;
        const Real* const before = kept(agent, game, 0);
        for_each(members, agent.actions, [&](auto a) {
          agent.theta[a] = math::multiply_add(step.kappa, direction(step, agent.rbar[a], before[a]), before[a]);
        });
      });
}

/// pi ∝ mu exp(theta).
template <class Team, class Real, class Game>
QUANTAL_HD_CALLED void find_magnetic_policies(const Team& team, const Game& game, RunState<Real>& run) {
  for_agents<Uses{.writes_theta = true, .writes_pi = true, .kept = true}>(
      team, game, run, [&](const auto& members, const auto& agent) {
        const Real* const magnet = kept(agent, game, 0);
        softmax(
            members, agent.actions, *agent.step, [&](auto a) { return agent.theta[a] + magnet[a]; }, agent.theta,
            agent.pi);
      });
}

/// find_gaps for these.
template <class Team, class Real, class Game>
QUANTAL_HD_CALLED Real find_magnetic_gaps(const Team& team, const Game& game, RunState<Real>& run) {
  Real largest = constant<Real>(0);
  for_agents<Uses{.pi = true, .rbar = true, .writes_gap = true, .kept = true}>(
      team, game, run,
      [&](const auto& members, const auto& agent) {
        const Real* const magnet = kept(agent, game, 0);
        *agent.gap = qre_gap(
            members, agent.actions, *agent.step, [&](auto a) { return agent.theta[a] + magnet[a]; }, agent.theta,
            agent.pi, agent.rbar);
      },
      &largest);
  return largest_of_agents(team, game, largest);
}

template <class Team, class Real, class Game>
QUANTAL_HD_CALLED void logit_response_update(const Team& team, const Game& game, RunState<Real>& run) {
  for_agents<Uses{.pi = true, .rbar = true, .writes_theta = true}>(
      team, game, run, [](const auto& members, const auto& agent) {
        const auto& step = *agent.step;
        const auto logit = [&](auto a) { return step.lambda * agent.rbar[a]; };
        const Real total = log_sum_exp<Real>(members, agent.actions, logit);
        // What underflows is small beyond notice, but must have a logarithm.
        const Real least = constant<Real>(sizeof(ScalarOf<Real>) == sizeof(float) ? 1e-37 : 1e-300);
        for_each(members, agent.actions, [&](auto a) {
          const Real response = math::exp(logit(a) - total);
          const Real next = math::multiply_add(step.kappa, response - agent.pi[a], agent.pi[a]);
          agent.theta[a] = unless_frozen(step, math::log(math::max(next, least)), agent.theta[a]);
        });
      });
}

/// theta(a) moves by by(step, pi(a), x(a)).
template <class Team, class Real, class Game, class Move>
QUANTAL_HD_CALLED void move_by_advantage(const Team& team, const Game& game, RunState<Real>& run, const Move& by) {
  for_agents<Uses{.pi = true, .rbar = true, .writes_theta = true}>(
      team, game, run, [&](const auto& members, const auto& agent) {
        const auto& step = *agent.step;
        const Real mean = sum_over<Real>(members, agent.actions, [&](auto a) {
          return agent.pi[a] * direction(step, agent.rbar[a], agent.theta[a]);
        });
        for_each(members, agent.actions, [&](auto a) {
          const Real x = direction(step, agent.rbar[a], agent.theta[a]) - mean;
          agent.theta[a] = agent.theta[a] + by(step, agent.pi[a], x);
        });
      });
}

template <class Team, class Real, class Game>
QUANTAL_HD void policy_gradient_update(const Team& team, const Game& game, RunState<Real>& run) {
  move_by_advantage(team, game, run,
                    [](const auto& step, const Real& pi, const Real& x) { return step.kappa * (pi * x); });
}

template <class Team, class Real, class Game>
QUANTAL_HD void replicator_update(const Team& team, const Game& game, RunState<Real>& run) {
  move_by_advantage(team, game, run, [](const auto& step, const Real&, const Real& x) {
    return math::log1p(math::max(step.kappa * x, constant<Real>(-0.5)));
  });
}

template <class Team, class Real, class Game>
QUANTAL_HD_CALLED void alternating_update(const Team& team, const Game& game, RunState<Real>& run) {
  const int states = states_per_agent(game);
  const int agents = game.shape.agents() / states;
  for (int turn = 0; turn < agents; ++turn) {
    if (turn > 0) evaluate_again(team, game, run);
    for_agents<Uses{.rbar = true, .writes_theta = true}>(team, game, run, [&](const auto& members, const auto& agent) {
      if (agent.index / states != turn) return;
      natural_policy_gradient(members, agent.actions, *agent.step, agent.rbar, agent.theta);
    });
  }
}

/// Coefficients gamma of the least squares problem with the normal matrix `gram` (lower half, row by row) and right
/// side b, by an LDL^T factorisation. Columns that depend on those before them, empty ones among them, get 0.
template <int M, class Real>
QUANTAL_HD void solve_normal_equations(const Real* gram, const Real* b, Real* gamma) {
  const Real zero = constant<Real>(0);
  const Real independent = constant<Real>(sizeof(ScalarOf<Real>) == sizeof(float) ? 1e-6 : 1e-13);
  Real L[M * M];
  Real inverse[M];  // of the diagonal
  Real diagonal[M];
  for (int j = 0; j < M; ++j) {
    for (int k = 0; k <= j; ++k) {
      Real sum = gram[j * (j + 1) / 2 + k];
      for (int p = 0; p < k; ++p) sum = sum - L[j * M + p] * L[k * M + p] * diagonal[p];
      if (k < j) {
        L[j * M + k] = sum * inverse[k];
      } else {
        const auto kept_column = sum > independent * gram[j * (j + 1) / 2 + j];
        diagonal[j] = math::select(kept_column, sum, zero);
        inverse[j] =
            math::select(kept_column, constant<Real>(1) / math::select(kept_column, sum, constant<Real>(1)), zero);
      }
    }
  }
  for (int j = 0; j < M; ++j) {
    gamma[j] = b[j];
    for (int k = 0; k < j; ++k) gamma[j] = gamma[j] - L[j * M + k] * gamma[k];
  }
  for (int j = M - 1; j >= 0; --j) {
    gamma[j] = gamma[j] * inverse[j];
    for (int k = j + 1; k < M; ++k) gamma[j] = gamma[j] - L[k * M + j] * gamma[k];
    gamma[j] = math::select(inverse[j] > zero, gamma[j], zero);
  }
}

/// When Anderson's step is taken, and when it was a mistake. It has failed if |d|^2, the `size` of an iterate, is more
/// than 4 times the smallest since the last failure, in which case the step is taken back, or has not become smaller
/// for 16 steps. After a failure come plain steps, twice as many as after the last one, but half as many for each step
/// in between that halved the smallest size of the whole run: where acceleration does not help, the run becomes one of
/// NPG, whose step is halved as any other's. Accelerated steps say nothing of the step size.
template <class Real>
struct AndersonSafeguard {
  using Mask = decltype(std::declval<Real>() > std::declval<Real>());
  /// Where `store` leaves what.
  enum Number { best_at, since_best_at, patience_at, plain_left_at, has_before_at, accelerated_at, record_at, count };
  static_assert(count == anderson_numbers);

  Real best;        // smallest size since the last plain step
  Real since_best;  // steps
  Real patience;    // plain steps after the last failure, halved by each step that did well
  Real plain_left;  // plain steps to come
  Real record;      // smallest size of the run
  Mask has_before;
  Mask failed;
  Mask taken_back;
  Mask accelerates;

  /// `numbers` are what `store` has left; all 0 at the start.
  QUANTAL_HD AndersonSafeguard(const Real* numbers, const Real& size) {
    const Real zero = constant<Real>(0);
    const Real one = constant<Real>(1);
    const Mask was_accelerated = numbers[accelerated_at] > zero;
    has_before = numbers[has_before_at] > zero;
    best = math::select(has_before, numbers[best_at], constant<Real>(HUGE_VAL));
    since_best = math::select(size < best, zero, numbers[since_best_at] + one);
    taken_back = was_accelerated & (size > constant<Real>(4) * best);
    failed = taken_back | (was_accelerated & (since_best >= constant<Real>(16)));
    const Real longer = math::min(numbers[patience_at] + numbers[patience_at], constant<Real>(1 << 20));
    const Mask did_well = was_accelerated & (size < constant<Real>(0.5) * numbers[record_at]);
    const Real shorter = math::select(did_well, constant<Real>(0.5) * numbers[patience_at], numbers[patience_at]);
    record = math::select(has_before & !(size < numbers[record_at]), numbers[record_at], size);
    patience = math::max(math::select(failed, longer, shorter), one);
    plain_left = math::select(failed, patience, math::max(numbers[plain_left_at] - one, zero));
    const Mask is_plain = plain_left > zero;
    accelerates = has_before & !is_plain;
    best = math::select(is_plain, size, math::min(best, size));
    since_best = math::select(is_plain, zero, since_best);
  }

  QUANTAL_HD void store(Real* numbers) const {
    const Real one = constant<Real>(1);
    numbers[best_at] = best;
    numbers[since_best_at] = since_best;
    numbers[patience_at] = patience;
    numbers[plain_left_at] = plain_left;
    numbers[has_before_at] = one;
    numbers[accelerated_at] = math::select(accelerates, one, constant<Real>(0));
    numbers[record_at] = record;
  }
};

/// `iteration` is that of the update modulo `window`, alike for all lanes of a pack.
template <class Team, class Real, class Game>
QUANTAL_HD_CALLED void anderson_update(const Team& team, const Game& game, RunState<Real>& run, int iteration) {
  constexpr int M = anderson_depth;
  constexpr int pairs = M * (M + 1) / 2;
  // Arrays: the iterate before and its direction, the plain step, and M differences of iterates and of directions.
  constexpr int before = 0, direction_before = 1, plain = 2, differences = 3, direction_differences = 3 + M;
  static_assert(anderson_arrays == 3 + 2 * M && window % M == 0);
  const Real zero = constant<Real>(0);
  Real* const numbers = run.rule_memory + static_cast<std::int64_t>(anderson_arrays) * game.shape.all_actions();

  constexpr Uses uses{.rbar = true, .kept = true};
  Real mine = zero;
  for_agents<uses>(team, game, run, [&](const auto& members, const auto& agent) {
    const Real mean = mean_direction(members, agent);
    for_each(members, agent.actions, [&](auto a) {
      const Real d = direction(*agent.step, agent.rbar[a], agent.theta[a]) - mean;
      mine = math::multiply_add(d, d, mine);
    });
  });
  const AndersonSafeguard<Real> safeguard(numbers, team.sum(mine));
  const auto& taken_back = safeguard.taken_back;
  const auto& cleared = safeguard.failed;

  Real gram[pairs];
  Real b[M];
  for (Real& x : gram) x = zero;
  for (Real& x : b) x = zero;
  const int column = iteration % M;
  for_agents<uses>(team, game, run, [&](const auto& members, const auto& agent) {
    const Real mean = mean_direction(members, agent);
    for_each(members, agent.actions, [&](auto a) {
      const auto at = [&](int k) -> Real& { return kept(agent, game, k)[a]; };
      const Real d = direction(*agent.step, agent.rbar[a], agent.theta[a]) - mean;
      const auto counts = safeguard.has_before & !cleared;
      for (int j = 0; j < M; ++j) {
        at(differences + j) = math::select(cleared, zero, at(differences + j));
        at(direction_differences + j) = math::select(cleared, zero, at(direction_differences + j));
      }
      at(differences + column) = math::select(counts, agent.theta[a] - at(before), zero);
      at(direction_differences + column) = math::select(counts, d - at(direction_before), zero);
      at(before) = math::select(taken_back, at(before), agent.theta[a]);
      at(direction_before) = math::select(taken_back, at(direction_before), d);
      for (int j = 0; j < M; ++j) {
        const Real change = at(direction_differences + j);
        for (int k = 0; k <= j; ++k) {
          Real& sum = gram[j * (j + 1) / 2 + k];
          sum = math::multiply_add(change, at(direction_differences + k), sum);
        }
        b[j] = math::multiply_add(change, d, b[j]);
      }
    });
  });
  for (Real& x : gram) x = team.sum(x);
  for (Real& x : b) x = team.sum(x);
  Real gamma[M];
  solve_normal_equations<M>(gram, b, gamma);

  for_agents<Uses{.rbar = true, .writes_theta = true, .kept = true}>(
      team, game, run, [&](const auto& members, const auto& agent) {
        const Real kappa = agent.step->kappa;
        for_each(members, agent.actions, [&](auto a) {
          const auto at = [&](int k) -> Real& { return kept(agent, game, k)[a]; };
          const Real d = direction(*agent.step, agent.rbar[a], agent.theta[a]);
          const Real plain_step = math::multiply_add(kappa, d, agent.theta[a]);
          Real next = plain_step;
          for (int j = 0; j < M; ++j) {
            const Real change = math::multiply_add(kappa, at(direction_differences + j), at(differences + j));
            next = next - gamma[j] * change;
          }
          next = math::select(safeguard.accelerates, next, plain_step);
          next = math::select(taken_back, at(plain), next);
          at(plain) = math::select(taken_back, at(plain), plain_step);
          agent.theta[a] = unless_frozen(*agent.step, next, agent.theta[a]);
        });
      });
  // The next judgement of the step size begins anew.
  run.memory.best = math::select(safeguard.accelerates, constant<Real>(HUGE_VAL), run.memory.best);
  team.sync();  // all have read the numbers
  if (team.rank() == 0) safeguard.store(numbers);
}

/// The rule that the chunk asks for. Kernels of one rule each would take too long to compile, and those who compare
/// rules count iterations.
struct ChosenRule {
  UpdateRule rule;

  QUANTAL_HD explicit ChosenRule(UpdateRule chosen) : rule(chosen) {}

  template <class Team, class Real, class Game>
  QUANTAL_HD void find_policies(const Team& team, const Game& game, RunState<Real>& run) const {
    if (rule == UpdateRule::magnetic) return find_magnetic_policies(team, game, run);
    kernels::find_policies(team, game, run);
  }

  template <class Team, class Real, class Game>
  QUANTAL_HD Real find_gaps(const Team& team, const Game& game, RunState<Real>& run) const {
    if (rule == UpdateRule::magnetic) return find_magnetic_gaps(team, game, run);
    return kernels::find_gaps(team, game, run);
  }

  template <class Team, class Real, class Game>
  QUANTAL_HD void operator()(const Team& team, const Game& game, RunState<Real>& run, int iteration) const {
    switch (rule) {
      case UpdateRule::natural_policy_gradient:
      case UpdateRule::magnetic:
        return NaturalPolicyGradient{}(team, game, run, iteration);
      case UpdateRule::optimistic:
        return optimistic_update(team, game, run);
      case UpdateRule::predictive:
        return predictive_update(team, game, run);
      case UpdateRule::logit_response:
        return logit_response_update(team, game, run);
      case UpdateRule::policy_gradient:
        return policy_gradient_update(team, game, run);
      case UpdateRule::replicator:
        return replicator_update(team, game, run);
      case UpdateRule::alternating:
        return alternating_update(team, game, run);
      case UpdateRule::anderson:
        return anderson_update(team, game, run, iteration);
    }
  }
};

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
