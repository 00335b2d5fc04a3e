#pragma once

/// The linear equations of a Markov game's values, x = b + gamma P x, for policies whose rows weigh w:
///
///     P(s, s') = sum_a w(s, a) P(s' | s, a)          x, b   (S, N)  a column an agent
///
/// Few states: elimination without pivoting, which is stable since I - gamma P is diagonally dominant by rows (Higham,
/// Accuracy and Stability of Numerical Algorithms, 2nd ed., section 9.5). Many: BiCGSTAB (van der Vorst, SIAM J. Sci.
/// Stat. Comput. 13, 1992) from the x that is there, the values of the policies before, up to a residual near rounding;
/// where a cycle of it does not get there, sweeps x = b + gamma P x follow, which always come nearer. Each column stops
/// for itself and then stays as it is. SIMD batches hold games of few states only.

#include "kernels/markov.hpp"
#include "kernels/tile_elimination.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Solves the augmented system (n, n + columns) in place, rows `stride` apart; columns n, n + 1, .. then hold the
/// solutions.
template <class Team, class Real>
QUANTAL_HD void eliminate(const Team& team, Real* system, int n, int columns, int stride) {
  if constexpr (Team::serial && RealTraits<Real>::lanes > 1) return eliminate_in_tiles(system, n, columns, stride);
  const auto row = [&](int s) { return system + static_cast<std::int64_t>(s) * stride; };
  for (int k = 0; k < n; ++k) {
    // Rows below lose their k-th column; the pivot's right-hand sides are divided by it once they are final.
    const Real* pivot = row(k);
    const Real inverse = constant<Real>(1) / pivot[k];
    const int below = n - (k + 1);
    if constexpr (Team::serial) {
      for (int s = k + 1; s < n; ++s) {
        Real* const mine = row(s);
        const Real factor = -(mine[k] * inverse);
        for (int c = k + 1; c < n + columns; ++c) mine[c] = math::multiply_add(factor, pivot[c], mine[c]);
      }
    } else {
      for_each_of_two(team, below, below + columns, [&](int s, int c) {
        Real* const mine = row(k + 1 + s);
        mine[k + 1 + c] = math::multiply_add(-(mine[k] * inverse), pivot[k + 1 + c], mine[k + 1 + c]);
      });
    }
    team.sync();
    if (team.rank() == 0) row(k)[k] = inverse;
  }
  team.sync();
  for (int k = n - 1; k >= 0; --k) {
    Real* const solved = row(k);
    for_each(team, columns, [&](int c) { solved[n + c] = solved[n + c] * solved[k]; });
    team.sync();
    for_each_of_two(team, k, columns, [&](int s, int c) {
      Real* const mine = row(s);
      mine[n + c] = math::multiply_add(-mine[k], solved[n + c], mine[n + c]);
    });
    team.sync();
  }
}

/// The sparse matrix P of the states for the iteration, without gamma.
template <class Team, class Real, class Payoff, class Shape>
QUANTAL_HD void mix_unions(const Team& team, const Markov<Payoff, Shape>& game, const Real* weights, Real* matrix) {
  const MarkovView& markov = game.view();
  const Payoff* transitions = game.transitions();
  if (markov.row_begin == nullptr) {
    for_mixed_transitions(team, markov, transitions, weights, [&](int s, int next, const Real& mixed) {
      matrix[static_cast<std::int64_t>(s) * markov.states + next] = mixed;
    });
    return;
  }
  for_each(team, markov.states, [&](int s) {
    Real* const own = matrix + markov.union_begin[s];
    for (int k = 0; k < markov.union_begin[s + 1] - markov.union_begin[s]; ++k) own[k] = constant<Real>(0);
    for (int row = markov.row[s]; row < markov.row[s + 1]; ++row) {
      const Real weight = weights[row];
      for (int e = markov.row_begin[row]; e < markov.row_begin[row + 1]; ++e) {
        Real& entry = own[markov.position[e]];
        entry = math::multiply_add(weight, transitions[e], entry);
      }
    }
  });
}

/// out = sum_s' P(s, s') x(s', b), b < B, of state s; x's columns are `apart` numbers apart. Four sums at a time, so
/// that no multiply-add waits for the one before it.
template <int B, class Real>
QUANTAL_HD void mixed_next(const MarkovView& markov, const Real* matrix, int s, const Real* x, int apart, Real* out) {
  constexpr int ways = 4;
  Real total[ways * B];
  for_each(Const<ways * B>{}, [&](auto k) { total[k] = constant<Real>(0); });
  const bool dense = markov.row_begin == nullptr;
  const std::int64_t begin = dense ? static_cast<std::int64_t>(s) * markov.states : markov.union_begin[s];
  const int count = dense ? markov.states : markov.union_begin[s + 1] - markov.union_begin[s];
  const Real* own = matrix + begin;
  const std::int32_t* successor = dense ? nullptr : markov.successor + begin;
  const auto add = [&](int k, auto way) {
    const Real* v = x + (dense ? std::int64_t{k} : std::int64_t{successor[k]}) * apart;
    for_each(Const<B>{}, [&](auto b) { total[way * B + b] = math::multiply_add(own[k], v[b], total[way * B + b]); });
  };
  int k = 0;
  for (; k + ways <= count; k += ways) for_each(Const<ways>{}, [&](auto way) { add(k + way, way); });
  for (; k < count; ++k) add(k, Const<0>{});
  for_each(Const<B>{}, [&](auto b) { out[b] = (total[b] + total[B + b]) + (total[2 * B + b] + total[3 * B + b]); });
}

template <class Real>
QUANTAL_HD Real magnitude(const Real& x) {
  return math::max(x, -x);
}

/// f(s) for the states that this member owns: cores own whole blocks of them, each as one sum of reduce_states.
template <class Team, class F>
QUANTAL_HD void for_own_states(const Team& team, int states, F&& f) {
  if constexpr (works_by_states<Team>()) {
    for_each(team, (states + states_of_partial - 1) / states_of_partial, [&](int block) {
      const int end = (block + 1) * states_of_partial < states ? (block + 1) * states_of_partial : states;
      for (int s = block * states_of_partial; s < end; ++s) f(s);
    });
  } else {
    for_each(team, states, f);
  }
}

/// total[q], q < Q: over all states the sum of term(s, q) for q < sums, else the largest; all members get it.
/// `visit(s)` is called before the terms of a state are taken. Cores add up block by block, so that the result does not
/// depend on their number; the halves of `partials` serve in turn, so that one meeting is enough.
template <int Q, int sums, class Team, class Real, class Visit, class Term>
QUANTAL_HD void reduce_states(const Team& team, int states, Real* partials, bool& odd, Visit&& visit, Term&& term,
                              Real* total) {
  const auto add = [&](Real* to, auto q, const Real& x) { to[q] = q < sums ? to[q] + x : largest_or_nan(to[q], x); };
  for_each(Const<Q>{}, [&](auto q) { total[q] = constant<Real>(0); });
  if constexpr (works_by_states<Team>()) {
    const int blocks = (states + states_of_partial - 1) / states_of_partial;
    Real* const mine = partials + (odd ? blocks * (2 * most_right_sides) : 0);
    static_assert(Q <= 2 * most_right_sides);
    odd = !odd;
    for_each(team, blocks, [&](int block) {
      const int end = (block + 1) * states_of_partial < states ? (block + 1) * states_of_partial : states;
      Real sum[Q];
      for_each(Const<Q>{}, [&](auto q) { sum[q] = constant<Real>(0); });
      for (int s = block * states_of_partial; s < end; ++s) {
        visit(s);
        for_each(Const<Q>{}, [&](auto q) { add(sum, q, term(s, q)); });
      }
      for_each(Const<Q>{}, [&](auto q) { mine[block * Q + q] = sum[q]; });
    });
    team.sync();
    for (int block = 0; block < blocks; ++block) {
      for_each(Const<Q>{}, [&](auto q) { add(total, q, mine[block * Q + q]); });
    }
  } else {
    for_each(team, states, [&](int s) {
      visit(s);
      for_each(Const<Q>{}, [&](auto q) { add(total, q, term(s, q)); });
    });
    for_each(Const<Q>{}, [&](auto q) { total[q] = q < sums ? team.sum(total[q]) : team.max(total[q]); });
    team.sync();  // reductions order no memory: what `visit` has read may be written from here on
  }
}

/// The iteration for B right-hand sides. Vectors are (S, B); x and right have columns `apart` numbers apart.
template <int B, class Team, class Real>
class ValueIteration {
 public:
  QUANTAL_HD ValueIteration(const Team& team, const MarkovView& markov, const Real& gamma, const Real* matrix,
                            const Real* right, Real* x, int apart, Real* memory)
      : team_(team), markov_(markov), gamma_(gamma), matrix_(matrix), right_(right), x_(x), apart_(apart) {
    const std::int64_t size = std::int64_t{markov.states} * B;
    r_ = memory;
    shadow_ = r_ + size;
    p_ = shadow_ + size;
    v_ = p_ + size;
    s_ = v_ + size;
    t_ = s_ + size;
    before_ = t_ + size;
    partials_ = before_ + size;
  }

  QUANTAL_HD_CALLED void solve() {
    const Real zero = constant<Real>(0);
    const Real one = constant<Real>(1);
    Real unsolved[B];
    for_each(Const<B>{}, [&](auto b) { unsolved[b] = one; });
    find_residual();
    for (int cycle = 0; cycle < most_cycles; ++cycle) {
      Real first[B];
      for_each(Const<B>{}, [&](auto b) {
        first[b] = worst_[b];
        target_[b] = constant<Real>(4 * epsilon()) * scale_[b];
        unsolved[b] = open_[b] = math::select(worst_[b] > target_[b], unsolved[b], zero);
      });
      if (!any_open()) break;
      for_all([&](std::int64_t at, int s, auto b) { before_[at] = x(s, b); });
      iterate();
      find_residual();
      // A cycle that has lost its way is taken back.
      for_each(Const<B>{}, [&](auto b) { open_[b] = math::select(worst_[b] <= first[b], zero, unsolved[b]); });
      if (any_open()) {
        for_all([&](std::int64_t at, int s, auto b) { x(s, b) = math::select(open_[b] > zero, before_[at], x(s, b)); });
        find_residual();
      }
      for (int sweep = 0; sweep < sweeps; ++sweep) {
        for_each(Const<B>{}, [&](auto b) { open_[b] = math::select(worst_[b] > target_[b], unsolved[b], zero); });
        if (!any_open()) break;
        for_all([&](std::int64_t at, int s, auto b) {
          x(s, b) = math::select(open_[b] > zero, x(s, b) + r_[at], x(s, b));
        });
        find_residual();
      }
      // Rounding may not let the residual come quite to the target.
      for_each(Const<B>{}, [&](auto b) {
        const auto stuck =
            (worst_[b] > constant<Real>(0.5) * first[b]) & (worst_[b] <= constant<Real>(64) * target_[b]);
        unsolved[b] = math::select(stuck, zero, unsolved[b]);
      });
    }
  }

 private:
  static constexpr int most_cycles = 40;
  static constexpr int most_steps = 200;
  static constexpr int sweeps = 16;

  QUANTAL_HD static constexpr double epsilon() { return sizeof(ScalarOf<Real>) == sizeof(float) ? 0x1p-23 : 0x1p-52; }
  QUANTAL_HD Real& x(int s, int b) const { return x_[static_cast<std::int64_t>(s) * apart_ + b]; }
  QUANTAL_HD static std::int64_t place(int s) { return static_cast<std::int64_t>(s) * B; }

  /// f(place in a vector, state, column) for all, each by the member that owns the state.
  template <class F>
  QUANTAL_HD void for_all(F&& f) const {
    for_own_states(team_, markov_.states, [&](int s) { for_each(Const<B>{}, [&](auto b) { f(place(s) + b, s, b); }); });
  }

  QUANTAL_HD bool any_open() const {
    bool any = false;
    for_each(Const<B>{}, [&](auto b) { any = any || math::any(open_[b] > constant<Real>(0)); });
    return any;
  }

  /// r = b + gamma P x - x, its largest entries, and what their rounding is measured by.
  QUANTAL_HD_CALLED void find_residual() {
    team_.sync();
    Real total[2 * B];
    reduce_states<2 * B, 0>(
        team_, markov_.states, partials_, odd_,
        [&](int s) {
          Real next[B];
          mixed_next<B>(markov_, matrix_, s, x_, apart_, next);
          for_each(Const<B>{},
                   [&](auto b) { r_[place(s) + b] = math::multiply_add(gamma_, next[b], right(s, b) - x(s, b)); });
        },
        [&](int s, auto q) {
          constexpr int k = decltype(q)::value;
          if constexpr (k < B) {
            return magnitude(r_[place(s) + q]);
          } else {
            return math::max(magnitude(right(s, q - B)), magnitude(x(s, q - B)));
          }
        },
        total);
    for_each(Const<B>{}, [&](auto b) {
      worst_[b] = total[b];
      scale_[b] = total[B + b];
    });
  }

  QUANTAL_HD Real right(int s, int b) const { return right_[static_cast<std::int64_t>(s) * apart_ + b]; }

  /// to = y - gamma P y at state s.
  QUANTAL_HD void apply(int s, const Real* y, Real* to) const {
    Real next[B];
    mixed_next<B>(markov_, matrix_, s, y, B, next);
    for_each(Const<B>{}, [&](auto b) { to[place(s) + b] = math::multiply_add(-gamma_, next[b], y[place(s) + b]); });
  }

  /// over / under of an open column; 0 of others, and where there is nothing to divide by.
  QUANTAL_HD Real ratio(int b, const Real& over, const Real& under) const {
    const Real zero = constant<Real>(0);
    const auto fine = (open_[b] > zero) & ((under > zero) | (under < zero));
    return math::select(fine, over / math::select(fine, under, constant<Real>(1)), zero);
  }

  /// A cycle of BiCGSTAB on the columns that are open.
  QUANTAL_HD_CALLED void iterate() {
    const int S = markov_.states;
    const auto nothing = [](int) {};
    Real rho[B];
    Real alpha[B];
    Real omega[B];
    Real total[2 * B];
    for_all([&](std::int64_t at, int, auto) {
      shadow_[at] = r_[at];
      p_[at] = r_[at];
    });
    reduce_states<B, B>(
        team_, S, partials_, odd_, nothing, [&](int s, auto b) { return r_[place(s) + b] * r_[place(s) + b]; }, rho);
    for (int step = 0; step < most_steps; ++step) {
      // v = (I - gamma P) p, alpha = rho / <shadow, v>, s = r - alpha v
      team_.sync();
      reduce_states<B, B>(
          team_, S, partials_, odd_, [&](int s) { apply(s, p_, v_); },
          [&](int s, auto b) { return shadow_[place(s) + b] * v_[place(s) + b]; }, total);
      for_each(Const<B>{}, [&](auto b) { alpha[b] = ratio(b, rho[b], total[b]); });
      for_all([&](std::int64_t at, int, auto b) { s_[at] = math::multiply_add(-alpha[b], v_[at], r_[at]); });
      // t = (I - gamma P) s, omega = <t, s> / <t, t>
      team_.sync();
      reduce_states<2 * B, 2 * B>(
          team_, S, partials_, odd_, [&](int s) { apply(s, s_, t_); },
          [&](int s, auto q) {
            const std::int64_t at = place(s) + q % B;
            return t_[at] * (q < B ? s_[at] : t_[at]);
          },
          total);
      for_each(Const<B>{}, [&](auto b) { omega[b] = ratio(b, total[b], total[B + b]); });
      // x = x + alpha p + omega s, r = s - omega t
      reduce_states<2 * B, B>(
          team_, S, partials_, odd_,
          [&](int s) {
            for_each(Const<B>{}, [&](auto b) {
              const std::int64_t at = place(s) + b;
              x(s, b) = math::multiply_add(omega[b], s_[at], math::multiply_add(alpha[b], p_[at], x(s, b)));
              r_[at] = math::multiply_add(-omega[b], t_[at], s_[at]);
            });
          },
          [&](int s, auto q) {
            const std::int64_t at = place(s) + q % B;
            return q < B ? shadow_[at] * r_[at] : magnitude(r_[at]);
          },
          total);
      for_each(Const<B>{}, [&](auto b) {
        // Half the target: what the recurrence believes is a little less than true.
        open_[b] = math::select(total[B + b] > constant<Real>(0.5) * target_[b], open_[b], constant<Real>(0));
      });
      if (!any_open()) break;
      for_each(Const<B>{}, [&](auto b) {
        const Real beta = ratio(b, total[b], rho[b]) * ratio(b, alpha[b], omega[b]);
        rho[b] = total[b];
        alpha[b] = beta;
      });
      for_all([&](std::int64_t at, int, auto b) {
        p_[at] = math::multiply_add(alpha[b], math::multiply_add(-omega[b], v_[at], p_[at]), r_[at]);
      });
    }
  }

  const Team& team_;
  const MarkovView& markov_;
  const Real gamma_;
  const Real* matrix_;
  const Real* right_;
  Real* x_;
  const int apart_;
  Real* r_;
  Real* shadow_;
  Real* p_;
  Real* v_;
  Real* s_;
  Real* t_;
  Real* before_;
  Real* partials_;
  bool odd_ = false;
  Real worst_[B];
  Real scale_[B];
  Real target_[B];
  Real open_[B];  // 1: not solved yet
};

/// solve_values, below, for many states: by iteration.
template <class Team, class Real, class Payoff, class Shape, class Right>
QUANTAL_HD_CALLED void iterate_values(const Team& team, const Markov<Payoff, Shape>& game, const Real* weights,
                                      int begin, int end, Right&& right, Real* system, Real* x) {
  const MarkovView& markov = game.view();
  const int S = markov.states;
  const int N = markov.agents;
  const Real gamma = game.discount();
  Real* const rights = system + markov.unions;
  Real* const memory = rights + static_cast<std::int64_t>(S) * N;
  mix_unions(team, game, weights, system);
  for_each_of_two(team, S, end - begin,
                  [&](int s, int k) { rights[static_cast<std::int64_t>(s) * N + begin + k] = right(begin + k, s); });
  team.sync();
  in_blocks(end - begin, [&](auto block, int from) {
    constexpr int B = decltype(block)::value;
    const int i = begin + from;
    ValueIteration<B, Team, Real>(team, markov, gamma, system, rights + i, x + i, N, memory).solve();
  });
}

/// x(s, i) for the agents i in [begin, end), where right(i, s) gives b. The members' x is complete after the next sync.
template <class Team, class Real, class Payoff, class Shape, class Right>
QUANTAL_HD void solve_values(const Team& team, const Markov<Payoff, Shape>& game, const Real* weights, int begin,
                             int end, Right&& right, Real* system, Real* x) {
  const MarkovView& markov = game.view();
  const int S = markov.states;
  const int N = markov.agents;
  const Real gamma = game.discount();
  if (markov.direct != 0) {
    const int stride = markov_system_stride(markov);
    const Real one = constant<Real>(1);
    const Real zero = constant<Real>(0);
    for_mixed_transitions(team, markov, game.transitions(), weights, [&](int s, int next, const Real& mixed) {
      system[static_cast<std::int64_t>(s) * stride + next] = math::multiply_add(-gamma, mixed, s == next ? one : zero);
    });
    for_each_of_two(team, S, end - begin,
                    [&](int s, int k) { system[static_cast<std::int64_t>(s) * stride + S + k] = right(begin + k, s); });
    team.sync();
    eliminate(team, system, S, end - begin, stride);
    for_each_of_two(team, S, end - begin, [&](int s, int k) {
      x[static_cast<std::int64_t>(s) * N + begin + k] = system[static_cast<std::int64_t>(s) * stride + S + k];
    });
    return;
  }
  if constexpr (RealTraits<Real>::lanes == 1) iterate_values(team, game, weights, begin, end, right, system, x);
}

/// The largest error of the values x in their own equation.
template <class Team, class Real, class Payoff, class Shape, class Right>
QUANTAL_HD_CALLED Real values_residual(const Team& team, const Markov<Payoff, Shape>& game, const Real* weights,
                                       Right&& right, Real* system, const Real* x) {
  const MarkovView& markov = game.view();
  const int S = markov.states;
  const int N = markov.agents;
  const int stride = markov.direct != 0 ? markov_system_stride(markov) : 0;
  if (stride > 0) {
    for_mixed_transitions(team, markov, game.transitions(), weights, [&](int s, int next, const Real& mixed) {
      system[static_cast<std::int64_t>(s) * stride + next] = mixed;
    });
  } else {
    mix_unions(team, game, weights, system);
  }
  team.sync();
  Real largest = constant<Real>(0);
  for_each_of_two(team, S, N, [&](int s, int i) {
    Real next = constant<Real>(0);
    if (stride > 0) {
      for (int other = 0; other < S; ++other) {
        next = math::multiply_add(system[static_cast<std::int64_t>(s) * stride + other],
                                  x[static_cast<std::int64_t>(other) * N + i], next);
      }
    } else {
      mixed_next<1>(markov, system, s, x + i, N, &next);
    }
    const Real residual =
        math::multiply_add(Real(game.discount()), next, right(i, s) - x[static_cast<std::int64_t>(s) * N + i]);
    largest = largest_or_nan(largest, magnitude(residual));
  });
  return team.max(largest);
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
