// Elimination in tiles against plain Gaussian elimination in long double, in every lane another system.

#include "kernels/real_simd.hpp"  // before the templates that use it

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

#include "kernels/tile_elimination.hpp"

namespace quantal {
namespace kernels {
namespace {

/// An augmented system (n, n + columns), row by row.
struct System {
  int n;
  int columns;
  std::vector<long double> numbers;

  long double& at(int row, int column) { return numbers[static_cast<std::size_t>(row * (n + columns) + column)]; }
};

/// I - 0.95 P of a random transition matrix P, as policy evaluation has them, with right-hand sides in [-1, 1].
template <class Scalar>
System random_system(int n, int columns, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  System system{n, columns, std::vector<long double>(static_cast<std::size_t>(n * (n + columns)))};
  for (int row = 0; row < n; ++row) {
    std::vector<double> weights(static_cast<std::size_t>(n));
    double sum = 0;
    for (double& weight : weights) sum += weight = -std::log(1 - uniform(random));
    for (int c = 0; c < n; ++c) {
      system.at(row, c) = static_cast<Scalar>((row == c ? 1 : 0) - 0.95 * weights[static_cast<std::size_t>(c)] / sum);
    }
    for (int c = n; c < n + columns; ++c) system.at(row, c) = static_cast<Scalar>(2 * uniform(random) - 1);
  }
  return system;
}

void solve_plainly(System& system) {
  const int width = system.n + system.columns;
  for (int k = 0; k < system.n; ++k) {
    for (int row = 0; row < system.n; ++row) {
      if (row == k) continue;
      const long double factor = system.at(row, k) / system.at(k, k);
      for (int c = k; c < width; ++c) system.at(row, c) -= factor * system.at(k, c);
    }
  }
  for (int row = 0; row < system.n; ++row) {
    for (int c = system.n; c < width; ++c) system.at(row, c) /= system.at(row, row);
  }
}

template <class Scalar>
class TileElimination : public testing::Test {};
using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(TileElimination, Scalars);

TYPED_TEST(TileElimination, SolvesSystemsOfEverySizeAndNumberOfColumns) {
  using Pack = xsimd::batch<TypeParam>;
  constexpr int lanes = static_cast<int>(Pack::size);
  for (int n = 1; n <= 21; ++n) {
    for (int columns = 1; columns <= 6; ++columns) {
      std::vector<System> systems;
      for (int lane = 0; lane < lanes; ++lane) {
        systems.push_back(random_system<TypeParam>(n, columns, static_cast<unsigned>(lane + 100 * columns + 1000 * n)));
      }
      const int stride = n + columns + 2;  // with a gap, which stays as it is
      std::vector<Pack> numbers(static_cast<std::size_t>(n * stride), Pack(TypeParam(7)));
      for (int row = 0; row < n; ++row) {
        for (int c = 0; c < n + columns; ++c) {
          TypeParam values[lanes];
          for (int lane = 0; lane < lanes; ++lane) {
            values[lane] = static_cast<TypeParam>(systems[static_cast<std::size_t>(lane)].at(row, c));
          }
          numbers[static_cast<std::size_t>(row * stride + c)] = Pack::load_unaligned(values);
        }
      }
      eliminate_in_tiles(numbers.data(), n, columns, stride);
      const auto lane_of = [&](int row, int c, int lane) {
        TypeParam values[lanes];
        numbers[static_cast<std::size_t>(row * stride + c)].store_unaligned(values);
        return values[lane];
      };
      for (int lane = 0; lane < lanes; ++lane) {
        System& system = systems[static_cast<std::size_t>(lane)];
        solve_plainly(system);
        for (int row = 0; row < n; ++row) {
          for (int c = n; c < n + columns; ++c) {
            // The condition number is at most 1.95 / 0.05.
            ASSERT_NEAR(static_cast<double>(lane_of(row, c, lane)), static_cast<double>(system.at(row, c)),
                        800 * std::numeric_limits<TypeParam>::epsilon())
                << "n " << n << ", columns " << columns << ", row " << row << ", column " << c << ", lane " << lane;
          }
          for (int c = n + columns; c < stride; ++c) ASSERT_EQ(lane_of(row, c, lane), TypeParam(7));
        }
      }
    }
  }
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
