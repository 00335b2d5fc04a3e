#pragma once

/// The linear equations of a Markov game's values, x = b + gamma P x, for policies whose rows weigh w:
///
///     P(s, s') = sum_a w(s, a) P(s' | s, a)          x, b   (S, N)  a column an agent
///
/// Few states: elimination without pivoting, which is stable since I - gamma P is diagonally dominant by rows (Higham,
/// Accuracy and Stability of Numerical Algorithms, 2nd ed., section 9.5). Many: BiCGSTAB (van der Vorst, SIAM J. Sci.
/// Stat. Comput. 13, 1992) from the x that is there, the values of the policies before, up to a residual near rounding;
/// where a cycle of it does not get there, sweeps x = b + gamma P x follow, which always come nearer. Each column, and
/// each lane of a SIMD batch, stops for itself and then stays as it is.

#include "kernels/markov.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Solves the augmented system (n, n + columns) in place, rows `stride` apart; column n + c then holds solution c times
/// the pivots, which are on the diagonal.
template <class Team, class Real>
QUANTAL_HD void eliminate(const Team& team, Real* system, int n, int columns, int stride) {
  const auto row = [&](int s) { return system + static_cast<std::int64_t>(s) * stride; };
  const Real one = constant<Real>(1);
  for (int k = 0; k < n; ++k) {
    const Real* pivot = row(k);
    const Real inverse = one / pivot[k];
    const int width = n + columns - (k + 1);
    if constexpr (Team::serial) {
      for (int s = k + 1; s < n; ++s) {
        Real* const mine = row(s);
        const Real factor = -(mine[k] * inverse);
        for (int c = k + 1; c < n + columns; ++c) mine[c] = math::multiply_add(factor, pivot[c], mine[c]);
      }
    } else {
      for_each_of_two(team, n - (k + 1), width, [&](int s, int c) {
        Real* const mine = row(k + 1 + s);
        mine[k + 1 + c] = math::multiply_add(-(mine[k] * inverse), pivot[k + 1 + c], mine[k + 1 + c]);
      });
    }
    team.sync();
  }
  for (int k = n - 1; k > 0; --k) {
    const Real* solved = row(k);
    const Real inverse = one / solved[k];
    for_each_of_two(team, k, columns, [&](int s, int c) {
      Real* const mine = row(s);
      mine[n + c] = math::multiply_add(-mine[k], solved[n + c] * inverse, mine[n + c]);
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

/// out = sum_s' P(s, s') x(s', b), b < B, of state s; x's columns are `apart` numbers apart.
template <int B, class Real>
QUANTAL_HD void mixed_next(const MarkovView& markov, const Real* matrix, int s, const Real* x, int apart, Real* out) {
  for_each(Const<B>{}, [&](auto b) { out[b] = constant<Real>(0); });
  const bool dense = markov.row_begin == nullptr;
  const std::int64_t begin = dense ? static_cast<std::int64_t>(s) * markov.states : markov.union_begin[s];
  const std::int64_t end = dense ? begin + markov.states : markov.union_begin[s + 1];
  for (std::int64_t k = begin; k < end; ++k) {
    const Real* v = x + (dense ? k - begin : std::int64_t{markov.successor[k]}) * apart;
    for_each(Const<B>{}, [&](auto b) { out[b] = math::multiply_add(matrix[k], v[b], out[b]); });
  }
}

/// total[q] = sum over states of term(s, q), q < Q; all members get it. Cores add up block by block, so that the result
/// does not depend on their number.
template <int Q, class Team, class Real, class Term>
QUANTAL_HD void sum_over_states(const Team& team, int states, Real* partials, Term&& term, Real* total) {
  for_each(Const<Q>{}, [&](auto q) { total[q] = constant<Real>(0); });
  if constexpr (works_by_states<Team>()) {
    const int blocks = (states + states_of_partial - 1) / states_of_partial;
    const auto add = [&](int block, Real* sum) {
      const int end = (block + 1) * states_of_partial < states ? (block + 1) * states_of_partial : states;
      for_each(Const<Q>{}, [&](auto q) { sum[q] = constant<Real>(0); });
      for (int s = block * states_of_partial; s < end; ++s) {
        for_each(Const<Q>{}, [&](auto q) { sum[q] = sum[q] + term(s, q); });
      }
    };
    team.sync();  // the partial sums before have been read
    for_each(team, blocks, [&](int block) { add(block, partials + std::int64_t{Q} * block); });
    team.sync();
    for (int block = 0; block < blocks; ++block) {
      for_each(Const<Q>{}, [&](auto q) { total[q] = total[q] + partials[block * Q + q]; });
    }
  } else {
    for_each(team, states, [&](int s) { for_each(Const<Q>{}, [&](auto q) { total[q] = total[q] + term(s, q); }); });
    for_each(Const<Q>{}, [&](auto q) { total[q] = team.sum(total[q]); });
  }
}

template <class Real>
QUANTAL_HD Real magnitude(const Real& x) {
  return math::max(x, -x);
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

  /// f(place in a vector, state, column) for all, each by the member that owns the state.
  template <class F>
  QUANTAL_HD void for_all(F&& f) const {
    for_each(team_, markov_.states,
             [&](int s) { for_each(Const<B>{}, [&](auto b) { f(static_cast<std::int64_t>(s) * B + b, s, b); }); });
  }

  QUANTAL_HD bool any_open() const {
    bool any = false;
    for_each(Const<B>{}, [&](auto b) { any = any || math::any(open_[b] > constant<Real>(0)); });
    return any;
  }

  /// r = b + gamma P x - x, its largest entries, and what their rounding is measured by.
  QUANTAL_HD_CALLED void find_residual() {
    const Real zero = constant<Real>(0);
    for_each(Const<B>{}, [&](auto b) { worst_[b] = scale_[b] = zero; });
    team_.sync();
    for_each(team_, markov_.states, [&](int s) {
      Real next[B];
      mixed_next<B>(markov_, matrix_, s, x_, apart_, next);
      for_each(Const<B>{}, [&](auto b) {
        const Real right = right_[static_cast<std::int64_t>(s) * apart_ + b];
        const Real residual = math::multiply_add(gamma_, next[b], right - x(s, b));
        r_[static_cast<std::int64_t>(s) * B + b] = residual;
        worst_[b] = largest_or_nan(worst_[b], magnitude(residual));
        scale_[b] = math::max(scale_[b], math::max(magnitude(right), magnitude(x(s, b))));
      });
    });
    for_each(Const<B>{}, [&](auto b) {
      worst_[b] = team_.max(worst_[b]);
      scale_[b] = team_.max(scale_[b]);
    });
    team_.sync();
  }

  /// to = y - gamma P y.
  QUANTAL_HD_CALLED void apply(const Real* y, Real* to) const {
    team_.sync();
    for_each(team_, markov_.states, [&](int s) {
      Real next[B];
      mixed_next<B>(markov_, matrix_, s, y, B, next);
      const std::int64_t at = static_cast<std::int64_t>(s) * B;
      for_each(Const<B>{}, [&](auto b) { to[at + b] = math::multiply_add(-gamma_, next[b], y[at + b]); });
    });
  }

  /// q[b] = <y, z>.
  QUANTAL_HD_CALLED void inner(const Real* y, const Real* z, Real* q) const {
    sum_over_states<B>(
        team_, markov_.states, partials_,
        [&](int s, int b) {
          const std::int64_t at = static_cast<std::int64_t>(s) * B + b;
          return y[at] * z[at];
        },
        q);
  }

  /// over / under of an open column; 0 of others, and where there is nothing to divide by.
  QUANTAL_HD Real ratio(int b, const Real& over, const Real& under) const {
    const Real zero = constant<Real>(0);
    const auto fine = (open_[b] > zero) & ((under > zero) | (under < zero));
    return math::select(fine, over / math::select(fine, under, constant<Real>(1)), zero);
  }

  /// A cycle of BiCGSTAB on the columns that are open.
  QUANTAL_HD_CALLED void iterate() {
    const Real zero = constant<Real>(0);
    Real rho[B];
    Real alpha[B];
    Real omega[B];
    for_all([&](std::int64_t at, int, auto) {
      shadow_[at] = r_[at];
      p_[at] = r_[at];
    });
    inner(r_, r_, rho);
    for (int step = 0; step < most_steps; ++step) {
      Real q[B];
      apply(p_, v_);
      inner(shadow_, v_, q);
      for_each(Const<B>{}, [&](auto b) { alpha[b] = ratio(b, rho[b], q[b]); });
      for_all([&](std::int64_t at, int, auto b) { s_[at] = math::multiply_add(-alpha[b], v_[at], r_[at]); });
      apply(s_, t_);
      Real tt[B];
      inner(t_, s_, q);
      inner(t_, t_, tt);
      for_each(Const<B>{}, [&](auto b) {
        omega[b] = ratio(b, q[b], tt[b]);
        worst_[b] = zero;
      });
      for_all([&](std::int64_t at, int s, auto b) {
        x(s, b) = math::multiply_add(omega[b], s_[at], math::multiply_add(alpha[b], p_[at], x(s, b)));
        r_[at] = math::multiply_add(-omega[b], t_[at], s_[at]);
        worst_[b] = largest_or_nan(worst_[b], magnitude(r_[at]));
      });
      for_each(Const<B>{}, [&](auto b) {
        worst_[b] = team_.max(worst_[b]);
        // Half the target: what the recurrence believes is a little less than true.
        open_[b] = math::select(worst_[b] > constant<Real>(0.5) * target_[b], open_[b], zero);
      });
      if (!any_open()) break;
      inner(shadow_, r_, q);
      for_each(Const<B>{}, [&](auto b) {
        const Real beta = ratio(b, q[b], rho[b]) * ratio(b, alpha[b], omega[b]);
        rho[b] = q[b];
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
      const Real* row = system + static_cast<std::int64_t>(s) * stride;
      x[static_cast<std::int64_t>(s) * N + begin + k] = row[S + k] / row[s];
    });
    return;
  }
  iterate_values(team, game, weights, begin, end, right, system, x);
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
