#pragma once

/// Values and expected payoffs of the policies of a Markov game.
///
///     w(s, a)    = prod_i pi_i(a_i | s)                                            a row's probability
///     V_i        = (I - gamma P_pi)^-1 b_i
///     P_pi(s,s') = sum_a w(s, a) P(s' | s, a)
///     b_i(s)     = sum_a pi_i(a | s) R_i(s, a) + tau_i H(pi_i(. | s))              entropy counted only if asked for
///     R_i(s,a_i) = sum over a_-i of prod_{j != i} pi_j(a_j | s) r_i(s, a)          expected rewards
///     Q_i(s,a_i) = R_i(s,a_i) + gamma sum over a_-i of prod_{j != i} pi_j(a_j | s) sum_s' P(s' | s, a) V_i(s')
///
/// Q takes the place of a static game's expected payoffs rbar: NPG adds eta / (1 - gamma) Q to the logits. One LU or
/// one matrix serves all agents, and one pass over the transitions all agents' continuation values.
///
/// pi, Q          (A)      pair by pair (markov_shape.hpp)
/// values         (S, N)   state by state: what one transition leads to lies together
/// weights        (M)
/// others         (N, M)   prod_{j != i} pi_j of each row
/// continuation   (N, M)   gamma sum_s' P(s' | s, a) V_i(s')

#include <type_traits>
#include <utility>

#include "kernels/markov_shape.hpp"
#include "kernels/polymatrix.hpp"
#include "kernels/real.hpp"
#include "kernels/run_state.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// One game as the kernels see it.
template <class Payoff, class ShapeType>
struct Markov {
  using Shape = ShapeType;
  Shape shape;
  const Payoff* payoffs;

  QUANTAL_HD const MarkovView& view() const { return shape.view; }
  QUANTAL_HD const Payoff& discount() const { return payoffs[0]; }
  /// (N, M)
  QUANTAL_HD const Payoff* rewards() const { return payoffs + 1; }
  QUANTAL_HD const Payoff* transitions() const {
    return payoffs + 1 + std::int64_t{shape.view.agents} * shape.view.rows;
  }
};

/// A run's scratch; see markov_scratch_reals.
template <class Real>
struct MarkovScratch {
  Real* values;
  Real* weights;
  Real* others;
  Real* continuation;
  Real* system;
  Real* reply_theta;   // (A)
  Real* reply_pi;      // (A)
  Real* plain_q;       // (A)
  Real* reply_loss;    // (pairs)
  Real* gain;          // (pairs) one-time gains
  Real* reply_values;  // (S, N)
  Real* other_values;  // (S, N)
};

template <class Real>
QUANTAL_HD MarkovScratch<Real> place_scratch(const MarkovView& markov, Real* memory) {
  const std::int64_t pairs = std::int64_t{markov.agents} * markov.states;
  const auto take = [&](std::int64_t count) {
    Real* const begin = memory;
    memory += count;
    return begin;
  };
  MarkovScratch<Real> scratch{};
  scratch.values = take(pairs);
  scratch.weights = take(markov.rows);
  scratch.others = take(std::int64_t{markov.agents} * markov.rows);
  scratch.continuation = take(std::int64_t{markov.agents} * markov.rows);
  scratch.system = take(markov_system_reals(markov));
  scratch.reply_theta = take(markov.actions);
  scratch.reply_pi = take(markov.actions);
  scratch.plain_q = take(markov.actions);
  scratch.reply_loss = take(pairs);
  scratch.gain = take(pairs);
  scratch.reply_values = take(pairs);
  scratch.other_values = take(pairs);
  return scratch;
}

/// Whether a member works on a whole state, as the cores of a CPU do, rather than on one number.
template <class Team>
QUANTAL_HD constexpr bool works_by_states() {
  if constexpr (Team::serial) {
    return true;
  } else if constexpr (Team::has_units) {
    return std::decay_t<decltype(std::declval<Team>().unit())>::serial;
  } else {
    return false;
  }
}

/// f(s, k) for s < n and k < m, dealt out to the members.
template <class Team, class F>
QUANTAL_HD void for_each_of_two(const Team& team, int n, int m, F&& f) {
  if constexpr (works_by_states<Team>()) {
    for_each(team, n, [&](int s) {
      for (int k = 0; k < m; ++k) f(s, k);
    });
  } else {
    for_each(team, n * m, [&](int at) { f(at / m, at % m); });
  }
}

/// f(Const<B>, i) for all i < n in blocks of B <= 3 from i on.
template <class F>
QUANTAL_HD void in_blocks(int n, F&& f) {
  int i = 0;
  for (; i + 3 <= n; i += 3) f(Const<3>{}, i);
  if (n - i == 2) f(Const<2>{}, i);
  if (n - i == 1) f(Const<1>{}, i);
}

/// f(members, numbers) for the pairs [begin, end), a member alone on each, or all members where there are many actions.
template <Uses uses, class Team, class Real, class Payoff, int Uniform, class F>
QUANTAL_HD void for_pairs(const Team& team, const Markov<Payoff, MarkovShapeOf<Uniform>>& game, int begin, int end,
                          RunState<Real>& run, F&& f, Real* largest = nullptr) {
  if constexpr (Team::serial || !Team::has_units) {
    for_agents_of<uses>(team, game.shape, begin, end, run, f, largest);
  } else {
    // Always the same pairs for a unit.
    const std::int64_t pairs = end - begin;
    const auto at = [&](int u) { return begin + static_cast<int>(pairs * u / team.units()); };
    for_agents_of<uses>(team.unit(), game.shape, at(team.unit_index()), at(team.unit_index() + 1), run, f, largest);
  }
}

template <Uses uses, class Team, class Real, class Payoff, int Uniform, class F>
QUANTAL_HD void for_agents(const Team& team, const Markov<Payoff, MarkovShapeOf<Uniform>>& game, RunState<Real>& run,
                           F&& f, Real* largest = nullptr) {
  for_pairs<uses>(team, game, 0, game.shape.agents(), run, f, largest);
}

template <class Team, class Payoff, class Shape, class Real>
QUANTAL_HD Real largest_of_agents(const Team& team, const Markov<Payoff, Shape>&, const Real& mine) {
  return team.max(mine);
}

/// The probabilities of each row: w, and each agent's others', prod_{j != i} pi_j. These are multiplied in ascending
/// order, so that agents that are alike see the same roundings.
template <class Team, class Real>
QUANTAL_HD void weigh_rows(const Team& team, const MarkovView& markov, const Real* pi, Real* others, Real* weights) {
  const int N = markov.agents;
  for_each(team, markov.rows, [&](int row) {
    const std::int32_t* slot = markov.slot + static_cast<std::int64_t>(row) * N;
    Real own = pi[slot[0]];
    Real rest = constant<Real>(1);
    if (N > 1) {
      for (int i = N - 1; i >= 0; --i) {
        int j = i == 0 ? 1 : 0;
        rest = pi[slot[j]];
        for (++j; j < N; ++j) {
          if (j != i) rest = rest * pi[slot[j]];
        }
        others[static_cast<std::int64_t>(i) * markov.rows + row] = rest;
      }
    } else {
      others[row] = rest;
    }
    weights[row] = own * rest;
  });
}

/// The rows' probabilities where agent i plays `own` instead of its policies.
template <class Team, class Real>
QUANTAL_HD void weigh_reply(const Team& team, const MarkovView& markov, int i, const Real* own, const Real* others,
                            Real* weights) {
  const int N = markov.agents;
  for_each(team, markov.rows, [&](int row) {
    weights[row] = own[markov.slot[static_cast<std::int64_t>(row) * N + i]] *
                   others[static_cast<std::int64_t>(i) * markov.rows + row];
  });
}

/// sum_a w(s, a) P(s' | s, a) for the `Width` next states from `next` on, dense.
template <int Width, class Real>
QUANTAL_HD void mix_transitions(const MarkovView& markov, const Real* transitions, const Real* weights, int s, int next,
                                Real* mixed) {
  Real total[Width];
  for_each(Const<Width>{}, [&](auto b) { total[b] = constant<Real>(0); });
  const int end = markov.row[s + 1];
  const Real* p = transitions + static_cast<std::int64_t>(markov.row[s]) * markov.stride + next;
  for (int row = markov.row[s]; row < end; ++row, p += markov.stride) {
    for_each(Const<Width>{}, [&](auto b) { total[b] = math::multiply_add(weights[row], p[b], total[b]); });
  }
  for_each(Const<Width>{}, [&](auto b) { mixed[b] = total[b]; });
}

/// put(s, s', P_w(s, s')) for all states, dense.
template <class Team, class Real, class Put>
QUANTAL_HD void for_mixed_transitions(const Team& team, const MarkovView& markov, const Real* transitions,
                                      const Real* weights, Put&& put) {
  if constexpr (works_by_states<Team>()) {
    constexpr int wide = 8;
    for_each(team, markov.states, [&](int s) {
      int next = 0;
      Real mixed[wide];
      for (; next + wide <= markov.states; next += wide) {
        mix_transitions<wide>(markov, transitions, weights, s, next, mixed);
        for_each(Const<wide>{}, [&](auto b) { put(s, next + b, mixed[b]); });
      }
      for (; next < markov.states; ++next) {
        mix_transitions<1>(markov, transitions, weights, s, next, mixed);
        put(s, next, mixed[0]);
      }
    });
  } else {
    for_each_of_two(team, markov.states, markov.states, [&](int s, int next) {
      Real mixed;
      mix_transitions<1>(markov, transitions, weights, s, next, &mixed);
      put(s, next, mixed);
    });
  }
}

/// H(pi) of one pair: log of the normaliser, which is 1 / max pi, and sum_a pi(a) (max theta - theta(a)).
template <class Real>
QUANTAL_HD Real entropy(int actions, const Real* theta, const Real* pi) {
  Real largest = theta[0];
  Real likeliest = pi[0];
  for (int a = 1; a < actions; ++a) {
    largest = math::max(largest, theta[a]);
    likeliest = math::max(likeliest, pi[a]);
  }
  Real total = constant<Real>(0);
  for (int a = 0; a < actions; ++a) total = math::multiply_add(pi[a], largest - theta[a], total);
  return total - math::log(likeliest);
}

/// What a period is worth to agent i in state s: b_i(s), from its expected rewards by action. Entropy counts only where
/// `entropic`.
template <class Real, class Payoff, class Shape>
QUANTAL_HD Real period_value(const Markov<Payoff, Shape>& game, const RunState<Real>& run, const Real* rewards, int i,
                             int s, bool entropic) {
  const int p = i * game.view().states + s;
  const int first = game.shape.first(p);
  const auto actions = game.shape.actions(p);
  const Real zero = constant<Real>(0);
  Real total = zero;
  for_each(actions, [&](auto a) { total = math::multiply_add(run.pi[first + a], rewards[first + a], total); });
  if (!entropic) return total;
  // An infinite temperature makes uniform policies the equilibrium whatever the values; they stay finite without it.
  const AgentStep<Real>& step = run.steps[p];
  const Real tau = math::select(step.lambda > zero, step.tau, zero);
  return math::multiply_add(tau, entropy<Real>(actions, run.theta + first, run.pi + first), total);
}

/// sum_s' P(s' | row) x(s', i) for the B agents from i on, sparse or dense, by one member.
template <int B, class Real>
QUANTAL_HD void expected_next(const MarkovView& markov, const Real* transitions, int row, int s, const Real* x, int i,
                              Real* out) {
  const int N = markov.agents;
  Real total[B];
  for_each(Const<B>{}, [&](auto b) { total[b] = constant<Real>(0); });
  if (markov.row_begin == nullptr) {
    const Real* p = transitions + static_cast<std::int64_t>(row) * markov.stride;
    const Real* v = x + i;
    for (int next = 0; next < markov.states; ++next, v += N) {
      for_each(Const<B>{}, [&](auto b) { total[b] = math::multiply_add(p[next], v[b], total[b]); });
    }
  } else {
    const std::int32_t* successor = markov.successor + markov.union_begin[s];
    for (int e = markov.row_begin[row]; e < markov.row_begin[row + 1]; ++e) {
      const Real* v = x + static_cast<std::int64_t>(successor[markov.position[e]]) * N + i;
      const Real p = transitions[e];
      for_each(Const<B>{}, [&](auto b) { total[b] = math::multiply_add(p, v[b], total[b]); });
    }
  }
  for_each(Const<B>{}, [&](auto b) { out[b] = total[b]; });
}

/// The same for four rows of one state at a time, dense: each value read serves them all.
template <int B, class Real>
QUANTAL_HD void expected_next_of_four(const MarkovView& markov, const Real* transitions, int row, const Real* x, int i,
                                      Real* out) {
  Real total[4 * B];
  for_each(Const<4 * B>{}, [&](auto k) { total[k] = constant<Real>(0); });
  const Real* p = transitions + static_cast<std::int64_t>(row) * markov.stride;
  const Real* v = x + i;
  for (int next = 0; next < markov.states; ++next, ++p, v += markov.agents) {
    for_each(Const<4>{}, [&](auto k) {
      const Real probability = p[k * markov.stride];
      for_each(Const<B>{}, [&](auto b) { total[k * B + b] = math::multiply_add(probability, v[b], total[k * B + b]); });
    });
  }
  for_each(Const<4 * B>{}, [&](auto k) { out[k] = total[k]; });
}

/// continuation(i, row) = gamma sum_s' P(s' | row) x(s', i) for the agents [begin, end).
template <class Team, class Real, class Payoff, class Shape>
QUANTAL_HD void continue_rows(const Team& team, const Markov<Payoff, Shape>& game, const Real* x, int begin, int end,
                              Real* continuation) {
  const MarkovView& markov = game.view();
  const Real gamma = game.discount();
  const Payoff* transitions = game.transitions();
  const auto put = [&](int row, int i, const Real& next) {
    continuation[static_cast<std::int64_t>(i) * markov.rows + row] = gamma * next;
  };
  in_blocks(end - begin, [&](auto block, int from) {
    constexpr int B = decltype(block)::value;
    const int i = begin + from;
    const auto one = [&](int s, int row) {
      Real next[B];
      expected_next<B>(markov, transitions, row, s, x, i, next);
      for_each(block, [&](auto b) { put(row, i + b, next[b]); });
    };
    if constexpr (works_by_states<Team>()) {
      for_each(team, markov.states, [&](int s) {
        int row = markov.row[s];
        if (markov.row_begin == nullptr) {
          for (; row + 4 <= markov.row[s + 1]; row += 4) {
            Real next[4 * B];
            expected_next_of_four<B>(markov, transitions, row, x, i, next);
            for_each(Const<4 * B>{}, [&](auto k) { put(row + k / B, i + k % B, next[k]); });
          }
        }
        for (; row < markov.row[s + 1]; ++row) one(s, row);
      });
    } else {
      for_each(team, markov.rows, [&](int row) { one(markov.state_of_row[row], row); });
    }
  });
}

/// sum over the rows in which agent i takes action a of others(i, row) worth(i, row), for the agents [begin, end), into
/// Q; `more`: that is added to what is there.
template <bool more, class Team, class Real, class Shape>
QUANTAL_HD void expect_rows(const Team& team, const Shape& shape, int begin, int end, const Real* others,
                            const Real* worth, Real* Q) {
  const MarkovView& markov = shape.view;
  const auto expect = [&](int p, int i, int s, int action, int actions, Real& out) {
    const Real* weight = others + static_cast<std::int64_t>(i) * markov.rows;
    const Real* rows = worth + static_cast<std::int64_t>(i) * markov.rows;
    const int low = markov.low[p];
    Real total = more ? out : constant<Real>(0);
    for (int high = markov.row[s] + action * low; high < markov.row[s + 1]; high += actions * low) {
      for (int row = high; row < high + low; ++row) total = math::multiply_add(weight[row], rows[row], total);
    }
    out = total;
  };
  if constexpr (works_by_states<Team>()) {
    for_each(team, markov.states, [&](int s) {
      for (int i = begin; i < end; ++i) {
        const int p = i * markov.states + s;
        const auto actions = shape.actions(p);
        Real* const out = Q + shape.first(p);
        for_each(actions, [&](auto a) { expect(p, i, s, a, actions, out[a]); });
      }
    });
  } else {
    const int first = shape.first(begin * markov.states);
    const int last = end == markov.agents ? markov.actions : shape.first(end * markov.states);
    for_each(team, last - first, [&](int k) {
      const int p = markov.pair_of_action[first + k];
      const int i = p / markov.states;
      expect(p, i, p - i * markov.states, first + k - shape.first(p), shape.actions(p), Q[first + k]);
    });
  }
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
