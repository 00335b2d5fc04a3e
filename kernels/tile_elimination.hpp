#pragma once

/// Linear equations in SIMD lanes, of at most `most_direct_states` unknowns: elimination without pivoting, a tile of at
/// most 4 rows and columns in registers at a time, so that a number is stored once and not at every pivot.
///
///     [A | b]   (n, n + columns), rows `stride` apart  ->  the columns of b hold A^-1 b
///
/// On the way L, negated, takes the place of what is below the diagonal, U of what is above it, and 1 / U(k, k) is on
/// it. Each number goes through the operations of plain elimination in their order.

#include "kernels/real.hpp"
#include "kernels/team.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

constexpr int tile_size = 4;

/// f(Const<H>, i): the tiles of H <= tile_size numbers that n of them make, from i on.
template <class F>
QUANTAL_HD void for_tiles(int n, F&& f) {
  const int whole = n / tile_size * tile_size;
  for (int i = 0; i < whole; i += tile_size) f(Const<tile_size>{}, i);
  if (n - whole == 1) f(Const<1>{}, whole);
  if (n - whole == 2) f(Const<2>{}, whole);
  if (n - whole == 3) f(Const<3>{}, whole);
}

/// H x W numbers of a matrix with rows `stride` apart, and what elimination does to them.
template <int H, int W, class Real>
class Tile {
 public:
  QUANTAL_HD Tile(Real* corner, int stride) : corner_(corner), stride_(stride) {
    for_all([&](auto h, auto w) { at_[h * W + w] = corner_[h * stride_ + w]; });
  }
  QUANTAL_HD void store() const {
    for_all([&](auto h, auto w) { corner_[h * stride_ + w] = at_[h * W + w]; });
  }

  /// Adds what the pivots [0, depth) do to it: their columns of L beside it, their rows of U above it.
  QUANTAL_HD void eliminate(const Real* L, const Real* U, int depth) {
    for (int k = 0; k < depth; ++k) {
      for_all([&](auto h, auto w) { add(h, w, L[h * stride_ + k], U[k * stride_ + w]); });
    }
  }
  /// Below the diagonal, where `U` is the tile on the diagonal above: makes it L.
  QUANTAL_HD void factor_below(const Real* U) {
    for_each(Const<W>{}, [&](auto k) {
      for_each(Const<H>{}, [&](auto h) {
        at_[h * W + k] = -(at_[h * W + k] * U[k * stride_ + k]);
        for_each(Const<W - 1 - k>{}, [&](auto later) {
          constexpr int w = k + 1 + later;
          add(h, Const<w>{}, at_[h * W + k], U[k * stride_ + w]);
        });
      });
    });
  }
  /// On the diagonal.
  QUANTAL_HD void factor() {
    for_each(Const<W>{}, [&](auto k) {
      at_[k * W + k] = constant<Real>(1) / at_[k * W + k];
      for_each(Const<H - 1 - k>{}, [&](auto below) {
        constexpr int h = k + 1 + below;
        at_[h * W + k] = -(at_[h * W + k] * at_[k * W + k]);
        for_each(Const<W - 1 - k>{}, [&](auto later) {
          constexpr int w = k + 1 + later;
          add(Const<h>{}, Const<w>{}, at_[h * W + k], at_[k * W + w]);
        });
      });
    });
  }
  /// Right of the diagonal, where `L` is the tile on it: makes it U, or what elimination leaves of b.
  QUANTAL_HD void eliminate_within(const Real* L) {
    for_each(Const<H>{}, [&](auto k) {
      for_each(Const<H - 1 - k>{}, [&](auto below) {
        constexpr int h = k + 1 + below;
        for_each(Const<W>{}, [&](auto w) { add(Const<h>{}, w, L[h * stride_ + k], at_[k * W + w]); });
      });
    });
  }

  /// Of b: takes off what the unknowns [begin, end) contribute, whose columns of U are beside it.
  QUANTAL_HD void substitute(const Real* U, const Real* x, int begin, int end) {
    for (int k = end - 1; k >= begin; --k) {
      for_all([&](auto h, auto w) { add(h, w, -U[h * stride_ + k], x[k * stride_ + w]); });
    }
  }
  /// Of b, where `U` is the tile on the diagonal: makes it the solution.
  QUANTAL_HD void solve(const Real* U) {
    for_each(Const<H>{}, [&](auto from_below) {
      constexpr int k = H - 1 - from_below;
      for_each(Const<W>{}, [&](auto w) { at_[k * W + w] = at_[k * W + w] * U[k * stride_ + k]; });
      for_each(Const<k>{},
               [&](auto h) { for_each(Const<W>{}, [&](auto w) { add(h, w, -U[h * stride_ + k], at_[k * W + w]); }); });
    });
  }

 private:
  template <class F>
  QUANTAL_HD static void for_all(F&& f) {
    for_each(Const<H>{}, [&](auto h) { for_each(Const<W>{}, [&](auto w) { f(h, w); }); });
  }
  template <class Row, class Column>
  QUANTAL_HD void add(Row h, Column w, const Real& x, const Real& y) {
    at_[h * W + w] = math::multiply_add(x, y, at_[h * W + w]);
  }

  Real* corner_;
  int stride_;
  Real at_[H * W];
};

/// Solves the augmented system (n, n + columns) in place.
template <class Real>
QUANTAL_HD_CALLED void eliminate_in_tiles(Real* system, int n, int columns, int stride) {
  const auto at = [&](int row, int column) { return system + row * stride + column; };
  for_tiles(n, [&](auto height, int i) {
    constexpr int H = decltype(height)::value;
    for (int k = 0; k < i; k += tile_size) {
      Tile<H, tile_size, Real> tile(at(i, k), stride);
      tile.eliminate(at(i, 0), at(0, k), k);
      tile.factor_below(at(k, k));
      tile.store();
    }
    Tile<H, H, Real> diagonal(at(i, i), stride);
    diagonal.eliminate(at(i, 0), at(0, i), i);
    diagonal.factor();
    diagonal.store();
    const auto right = [&](auto width, int k) {
      Tile<H, decltype(width)::value, Real> tile(at(i, k), stride);
      tile.eliminate(at(i, 0), at(0, k), i);
      tile.eliminate_within(at(i, i));
      tile.store();
    };
    for_tiles(n - i - H, [&](auto width, int from) { right(width, i + H + from); });
    for_tiles(columns, [&](auto width, int from) { right(width, n + from); });
  });
  const auto solve = [&](auto height, int i) {
    constexpr int H = decltype(height)::value;
    for_tiles(columns, [&](auto width, int from) {
      Tile<H, decltype(width)::value, Real> tile(at(i, n + from), stride);
      tile.substitute(at(i, 0), at(0, n + from), i + H, n);
      tile.solve(at(i, i));
      tile.store();
    });
  };
  for_tiles(n % tile_size, [&](auto height, int) { solve(height, n / tile_size * tile_size); });
  for (int i = n / tile_size * tile_size - tile_size; i >= 0; i -= tile_size) solve(Const<tile_size>{}, i);
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
