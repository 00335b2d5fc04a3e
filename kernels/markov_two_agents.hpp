#pragma once

/// What markov.hpp and markov_system.hpp do, for two agents of m actions in every state, m known to the compiler, and
/// few states, in SIMD lanes: state by state, so that what its m^2 rows make is in registers and not in memory.
///
///     x, y (m)   the agents' policies in a state;  w(a, b) = x(a) y(b)
///
/// Since probabilities sum to 1, what a row leads to needs one number less than there are states, n being the last:
///
///     sum_s' P(s' | s, a, b) V(s') = V(n) + sum_{s' < n} P(s' | s, a, b) (V(s') - V(n))

#include "kernels/markov_system.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Whether a game is one of these, as far as the compiler knows.
template <class Team, class Real, class Shape>
QUANTAL_HD constexpr bool may_be_two_in_lanes() {
  return Team::serial && RealTraits<Real>::lanes > 1 && Shape::uniform > 0;
}

/// A state of a game of two agents.
template <class Real, class Shape>
struct StateOfTwo {
  static constexpr int m = Shape::uniform;
  static constexpr int rows = m * m;

  const Markov<Real, Shape>& game;
  int s;

  QUANTAL_HD int states() const { return game.view().states; }
  QUANTAL_HD int stride() const { return game.view().stride; }
  /// Where agent i's actions are in an array of all.
  QUANTAL_HD int first(int i) const { return (i * states() + s) * m; }
  QUANTAL_HD const Real* rewards(int i) const {
    return game.rewards() + static_cast<std::int64_t>(i) * game.view().rows + s * rows;
  }
  QUANTAL_HD const Real* transitions() const {
    return game.transitions() + static_cast<std::int64_t>(s) * rows * stride();
  }

  /// f(a, b, row)
  template <class F>
  QUANTAL_HD static void for_rows(F&& f) {
    for_each(Const<m>{}, [&](auto a) { for_each(Const<m>{}, [&](auto b) { f(a, b, Const<a * m + b>{}); }); });
  }

  /// The state's row of I - gamma P where the agents play x and y.
  QUANTAL_HD void mix(const Real* x, const Real* y, Real* system_row) const {
    Real w[rows];
    for_rows([&](auto a, auto b, auto row) { w[row] = x[a] * y[b]; });
    int next = 0;
    for (; next + 8 <= states(); next += 8) mix_columns<8>(w, next, system_row);
    for (; next + 4 <= states(); next += 4) mix_columns<4>(w, next, system_row);
    for (; next < states(); ++next) mix_columns<1>(w, next, system_row);
  }

  /// f(a, b, gamma sum_s' P(s' | s, a, b) V(s', i)), i < B, where `relative` (S, B) has gamma (V(s', i) - V(n, i)), but
  /// gamma V(n, i) of the last state.
  template <int B, class F>
  QUANTAL_HD void for_continuations(const Real* relative, F&& f) const {
    const int rest = states() - 1;
    const Real* p = transitions();
    for_each(Const<m>{}, [&](auto a) {
      Real total[m * B];
      for_each(Const<m * B>{}, [&](auto k) { total[k] = relative[rest * B + k % B]; });
      for (int next = 0; next < rest; ++next) {
        for_each(Const<m>{}, [&](auto b) {
          const Real probability = p[b * stride() + next];
          for_each(Const<B>{}, [&](auto i) {
            total[b * B + i] = math::multiply_add(probability, relative[next * B + i], total[b * B + i]);
          });
        });
      }
      p += m * stride();
      for_each(Const<m>{}, [&](auto b) { f(a, b, total + b * B); });
    });
  }

 private:
  template <int Width>
  QUANTAL_HD void mix_columns(const Real* w, int next, Real* system_row) const {
    Real total[Width];
    for_each(Const<Width>{}, [&](auto k) { total[k] = constant<Real>(0); });
    for_each(Const<rows>{}, [&](auto row) {
      const Real* const p = transitions() + row * stride() + next;
      for_each(Const<Width>{}, [&](auto k) { total[k] = math::multiply_add(w[row], p[k], total[k]); });
    });
    for_each(Const<Width>{}, [&](auto k) {
      const Real one = constant<Real>(s == next + k ? 1 : 0);
      system_row[next + k] = math::multiply_add(-game.discount(), total[k], one);
    });
  }
};

/// What for_continuations takes, of B agents whose values (S, 2) begin at `values`.
template <int B, class Real, class Shape>
QUANTAL_HD void make_relative(const Markov<Real, Shape>& game, const Real* values, Real* relative) {
  const Real gamma = game.discount();
  const int rest = game.view().states - 1;
  const Real* const last = values + 2 * rest;
  for (int s = 0; s < rest; ++s) {
    for_each(Const<B>{}, [&](auto i) { relative[s * B + i] = gamma * (values[2 * s + i] - last[i]); });
  }
  for_each(Const<B>{}, [&](auto i) { relative[rest * B + i] = gamma * last[i]; });
}

/// evaluate_policies (markov_gap.hpp) for two agents.
template <class Real, class Shape>
QUANTAL_HD_CALLED void evaluate_two(const Markov<Real, Shape>& game, const RunState<Real>& run, bool entropic,
                                    Real* system, Real* values, Real* Q) {
  constexpr int m = Shape::uniform;
  const int S = game.view().states;
  const int stride = markov_system_stride(game.view());
  const Real zero = constant<Real>(0);
  for (int s = 0; s < S; ++s) {
    const StateOfTwo<Real, Shape> state{game, s};
    const Real* const x = run.pi + state.first(0);
    const Real* const y = run.pi + state.first(1);
    Real expected[2 * m];
    for_each(Const<2 * m>{}, [&](auto k) { expected[k] = zero; });
    state.for_rows([&](auto a, auto b, auto row) {
      expected[a] = math::multiply_add(y[b], state.rewards(0)[row], expected[a]);
      expected[m + b] = math::multiply_add(x[a], state.rewards(1)[row], expected[m + b]);
    });
    for_each(Const<m>{}, [&](auto a) {
      Q[state.first(0) + a] = expected[a];
      Q[state.first(1) + a] = expected[m + a];
    });
    Real* const row = system + s * stride;
    state.mix(x, y, row);
    for_each(Const<2>{}, [&](auto i) { row[S + i] = period_value(game, run, Q, i, s, entropic); });
  }
  eliminate_in_tiles(system, S, 2, stride);
  for (int s = 0; s < S; ++s) {
    for_each(Const<2>{}, [&](auto i) { values[2 * s + i] = system[s * stride + S + i]; });
  }
  make_relative<2>(game, values, system);
  // Backwards: the last states' transitions are still in the first-level cache, and the first ones' then for the next
  // policies.
  for (int s = S; s-- > 0;) {
    const StateOfTwo<Real, Shape> state{game, s};
    const Real* const x = run.pi + state.first(0);
    const Real* const y = run.pi + state.first(1);
    Real* const q = Q + state.first(0);
    Real* const other_q = Q + state.first(1);
    state.template for_continuations<2>(system, [&](auto a, auto b, const Real* continuation) {
      q[a] = math::multiply_add(y[b], continuation[0], q[a]);
      other_q[b] = math::multiply_add(x[a], continuation[1], other_q[b]);
    });
  }
}

/// Agent i's values where it plays `own` (A) and the other its policies, and a period is worth right(s) to it.
template <class Real, class Shape, class Right>
QUANTAL_HD void solve_reply_of_two(const Markov<Real, Shape>& game, int i, const Real* own, const Real* pi,
                                   Right&& right, Real* system, Real* values) {
  const int S = game.view().states;
  const int stride = markov_system_stride(game.view());
  for (int s = 0; s < S; ++s) {
    const StateOfTwo<Real, Shape> state{game, s};
    Real* const row = system + s * stride;
    state.mix((i == 0 ? own : pi) + state.first(0), (i == 1 ? own : pi) + state.first(1), row);
    row[S] = right(s);
  }
  eliminate_in_tiles(system, S, 1, stride);
  for (int s = 0; s < S; ++s) values[2 * s + i] = system[s * stride + S];
}

/// What agent i expects of `values` by action (A), where the other plays its policies. `relative` has S numbers.
template <class Real, class Shape>
QUANTAL_HD void expect_values_of_two(const Markov<Real, Shape>& game, int i, const Real* pi, const Real* values,
                                     Real* relative, Real* expected) {
  constexpr int m = Shape::uniform;
  make_relative<1>(game, values + i, relative);
  for (int s = 0; s < game.view().states; ++s) {
    const StateOfTwo<Real, Shape> state{game, s};
    const Real* const other = pi + state.first(1 - i);
    Real total[m];
    for_each(Const<m>{}, [&](auto a) { total[a] = constant<Real>(0); });
    state.template for_continuations<1>(relative, [&](auto a, auto b, const Real* continuation) {
      if (i == 0) {
        total[a] = math::multiply_add(other[b], continuation[0], total[a]);
      } else {
        total[b] = math::multiply_add(other[a], continuation[0], total[b]);
      }
    });
    for_each(Const<m>{}, [&](auto a) { expected[state.first(i) + a] = total[a]; });
  }
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
