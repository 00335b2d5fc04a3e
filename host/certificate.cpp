#include "host/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace quantal {

namespace {

constexpr double most_operations = 1 << 20;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// A matrix in memory, either way up.
struct MatrixView {
  const double* entries;
  std::size_t rows;
  std::size_t columns;
  std::size_t row_stride;
  std::size_t column_stride;

  double operator()(std::size_t row, std::size_t column) const {
    return entries[row * row_stride + column * column_stride];
  }
  MatrixView transposed() const { return {entries, columns, rows, column_stride, row_stride}; }
};

/// The largest second difference: over all pairs of rows, how much their difference varies along the columns.
double largest_second_difference(const MatrixView& matrix) {
  double largest = 0;
  for (std::size_t a = 0; a < matrix.rows; ++a) {
    for (std::size_t b = a + 1; b < matrix.rows; ++b) {
      double low = infinity;
      double high = -infinity;
      for (std::size_t c = 0; c < matrix.columns; ++c) {
        const double difference = matrix(a, c) - matrix(b, c);
        low = std::min(low, difference);
        high = std::max(high, difference);
      }
      largest = std::max(largest, high - low);
    }
  }
  return largest;
}

/// An upper bound of it, at most twice too large, in one pass. With the mean of all rows taken off each, the difference
/// of two rows varies by no more than both do together; and one less the mean, a mean of differences of rows, varies by
/// no more than one of these.
double second_difference_bound(const MatrixView& matrix) {
  std::vector<double> mean(matrix.columns, 0.0);
  for (std::size_t a = 0; a < matrix.rows; ++a) {
    for (std::size_t c = 0; c < matrix.columns; ++c) {
      mean[c] += matrix(a, c) / static_cast<double>(matrix.rows);
    }
  }
  double widest = 0;
  double second_widest = 0;
  for (std::size_t a = 0; a < matrix.rows; ++a) {
    double low = infinity;
    double high = -infinity;
    for (std::size_t c = 0; c < matrix.columns; ++c) {
      low = std::min(low, matrix(a, c) - mean[c]);
      high = std::max(high, matrix(a, c) - mean[c]);
    }
    if (high - low > widest)
      second_widest = std::exchange(widest, high - low);
    else
      second_widest = std::max(second_widest, high - low);
  }
  return widest + second_widest;
}

/// D_ij of an edge's matrix, whose role of rows and columns does not matter, or a bound where it would take too long.
double interaction(const double* payoffs, std::size_t rows, std::size_t columns) {
  constexpr std::size_t few = 64;
  const MatrixView plain{payoffs, rows, columns, columns, 1};
  const MatrixView matrix = rows <= columns ? plain : plain.transposed();
  if (matrix.rows <= few) return largest_second_difference(matrix);
  return std::min(second_difference_bound(matrix), second_difference_bound(matrix.transposed()));
}

/// An upper bound of the spectral radius of a matrix without negative entries, whose product with a vector v is
/// multiply(v, product). Collatz-Wielandt: min_i (M v)_i / v_i <= rho <= max_i (M v)_i / v_i for every positive v.
/// Steps of power iteration make v a good one; the multiple of v that is added keeps it positive, and from swinging
/// where the graph is bipartite. Stops when rho is known to the relative accuracy.
template <class Multiply>
double spectral_radius_bound(std::size_t size, int most_steps, double accuracy, const Multiply& multiply) {
  std::vector<double> v(size, 1.0);
  std::vector<double> product(size);
  double bound = infinity;
  for (int step = 0; step < most_steps; ++step) {
    multiply(v, product);
    double high = 0;
    double low = infinity;
    for (std::size_t i = 0; i < size; ++i) {
      const double ratio = product[i] / v[i];
      if (!std::isfinite(ratio)) return infinity;
      high = std::max(high, ratio);
      low = std::min(low, ratio);
    }
    bound = std::min(bound, high);
    if (bound <= low * (1 + accuracy)) break;
    double largest = 0;
    for (std::size_t i = 0; i < size; ++i) {
      v[i] = product[i] + 0.5 * bound * v[i];
      largest = std::max(largest, v[i]);
    }
    double smallest = 1;
    for (double& x : v) {
      x /= largest;
      smallest = std::min(smallest, x);
    }
    if (smallest < 1e-100) break;  // the bounds need a positive v
  }
  return bound;
}

}  // namespace

Certificate::Certificate(const Game& game)
    : Certificate(std::visit([](const auto& of_a_class) { return Certificate(of_a_class); }, game)) {}

Certificate::Certificate(const NormalFormGame& game) {
  const std::size_t N = game.actions.size();
  const std::size_t M = joint_actions(game.actions);
  double operations = 0;
  for (const int m : game.actions) operations += 0.5 * m * static_cast<double>(M) * static_cast<double>(N);
  if (operations > most_operations) return;

  std::vector<std::size_t> stride(N, 1);
  for (std::size_t i = N - 1; i > 0; --i) stride[i - 1] = stride[i] * static_cast<std::size_t>(game.actions[i]);
  begin_.assign(N + 1, 0);
  for (std::size_t i = 0; i < N; ++i) {
    const double* payoffs = game.payoffs.data() + i * M;
    const auto m_i = static_cast<std::size_t>(game.actions[i]);
    for (std::size_t j = 0; j < N; ++j) {
      if (j == i) continue;
      const auto m_j = static_cast<std::size_t>(game.actions[j]);
      double largest = 0;
      for (std::size_t base = 0; base < M; ++base) {  // base: joint actions where i and j both play their first
        if (base / stride[i] % m_i != 0 || base / stride[j] % m_j != 0) continue;
        for (std::size_t a = 0; a < m_i; ++a) {
          for (std::size_t b = a + 1; b < m_i; ++b) {
            double low = infinity;
            double high = -low;
            for (std::size_t c = 0; c < m_j; ++c) {
              const std::size_t at = base + c * stride[j];
              const double difference = payoffs[at + a * stride[i]] - payoffs[at + b * stride[i]];
              low = std::min(low, difference);
              high = std::max(high, difference);
            }
            largest = std::max(largest, high - low);
          }
        }
      }
      if (largest > 0) {
        other_.push_back(static_cast<std::int32_t>(j));
        interaction_.push_back(largest);
      }
    }
    begin_[i + 1] = other_.size();
  }
}

Certificate::Certificate(const MarkovGame& game) {
  if (game.agents() == 1) begin_ = {0, 0};
}

Certificate::Certificate(const PolymatrixGame& game) : begin_(game.actions.size() + 1, 0) {
  // Counted first, so that each agent's entries lie together.
  for (const PolymatrixEdge& edge : game.edges) {
    if (edge.pays_first) ++begin_[static_cast<std::size_t>(edge.first) + 1];
    if (edge.pays_second) ++begin_[static_cast<std::size_t>(edge.second) + 1];
  }
  for (std::size_t i = 0; i < game.actions.size(); ++i) begin_[i + 1] += begin_[i];
  other_.resize(begin_.back());
  interaction_.resize(begin_.back());
  std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
  const double* payoffs = game.payoffs.data();
  for (const PolymatrixEdge& edge : game.edges) {
    const auto rows = static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.first)]);
    const auto columns = static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.second)]);
    const auto take_matrix = [&](int agent, int other) {
      const std::size_t at = next[static_cast<std::size_t>(agent)]++;
      other_[at] = other;
      interaction_[at] = interaction(payoffs, rows, columns);
      payoffs += rows * columns;
    };
    if (edge.pays_first) take_matrix(edge.first, edge.second);
    if (edge.pays_second) take_matrix(edge.second, edge.first);
  }
}

double Certificate::contraction(const std::vector<double>& tau) const {
  if (begin_.empty()) return infinity;
  if (interaction_.empty()) return 0;
  return spectral_radius_bound(begin_.size() - 1, 32, 1e-6,
                               [&](const std::vector<double>& v, std::vector<double>& product) {
                                 for (std::size_t i = 0; i < product.size(); ++i) {
                                   double sum = 0;
                                   for (std::size_t k = begin_[i]; k < begin_[i + 1]; ++k) {
                                     sum += interaction_[k] * v[static_cast<std::size_t>(other_[k])];
                                   }
                                   // An infinite temperature leaves no interaction; temperature 0 with none is none as
                                   // well.
                                   product[i] = sum > 0 ? sum / (4 * tau[i]) : 0.0;
                                 }
                               });
}

}  // namespace quantal
