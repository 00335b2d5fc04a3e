#include "host/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace quantal {

namespace {

constexpr double most_operations = 1 << 20;  // for D of a normal form
constexpr int fewest_actions = 8;            // with which D costs no more than its bound
constexpr std::size_t few_actions = 64;      // for D of a network's edge
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

/// The second difference's largest value, in which rows and columns play the same part.
double exact_interaction(const MatrixView& matrix) {
  if (matrix.rows == 2 && matrix.columns == 2) {
    return std::fabs(matrix(0, 0) - matrix(1, 0) - (matrix(0, 1) - matrix(1, 1)));
  }
  return largest_second_difference(matrix.rows <= matrix.columns ? matrix : matrix.transposed());
}

double interaction_bound(const MatrixView& matrix) {
  return std::min(second_difference_bound(matrix), second_difference_bound(matrix.transposed()));
}

/// An upper bound of the spectral radius of a matrix without negative entries, whose product with a vector v is
/// multiply(v, product). Collatz-Wielandt: min_i (M v)_i / v_i <= rho <= max_i (M v)_i / v_i for every positive v.
/// Steps of power iteration make v a good one; the multiple of v that is added keeps it positive, and from swinging
/// where the graph is bipartite. Stops when rho is known to the relative accuracy.
template <class Multiply>
RadiusBound spectral_radius_bound(std::size_t size, int most_steps, double accuracy, const Multiply& multiply) {
  std::vector<double> v(size, 1.0);
  std::vector<double> product(size);
  RadiusBound best{infinity, v};
  for (int step = 0; step < most_steps; ++step) {
    multiply(v, product);
    double high = 0;
    double low = infinity;
    for (std::size_t i = 0; i < size; ++i) {
      const double ratio = product[i] / v[i];
      if (!std::isfinite(ratio)) return {infinity, v};
      high = std::max(high, ratio);
      low = std::min(low, ratio);
    }
    if (high < best.bound) {
      best.bound = high;
      best.weights = v;
    }
    if (best.bound <= low * (1 + accuracy)) break;
    double largest = 0;
    for (std::size_t i = 0; i < size; ++i) {
      v[i] = product[i] + 0.5 * best.bound * v[i];
      largest = std::max(largest, v[i]);
    }
    double smallest = 1;
    for (double& x : v) {
      x /= largest;
      smallest = std::min(smallest, x);
    }
    if (smallest < 1e-100) break;  // the bounds need a positive v
  }
  return best;
}

/// Calls body(matrix) for i's payoffs as a matrix of i's and j's actions, at all joint actions of the others.
template <class Body>
void for_matrices(const NormalFormGame& game, std::size_t i, std::size_t j, const Body& body) {
  const auto actions = [&](std::size_t agent) { return static_cast<std::size_t>(game.actions[agent]); };
  const std::size_t joint = joint_actions(game.actions);
  const auto stride_of = [&](std::size_t agent) {
    std::size_t stride = 1;
    for (std::size_t k = game.actions.size(); --k > agent;) stride *= actions(k);
    return stride;
  };
  const std::size_t row_stride = stride_of(i);
  const std::size_t column_stride = stride_of(j);
  const std::size_t wide = std::max(row_stride, column_stride);
  const std::size_t narrow = std::min(row_stride, column_stride);
  const std::size_t wide_block = wide * actions(i < j ? i : j);
  const std::size_t narrow_block = narrow * actions(i < j ? j : i);
  const double* payoffs = game.payoffs.data() + i * joint;
  for (std::size_t outer = 0; outer < joint; outer += wide_block) {
    for (std::size_t middle = outer; middle < outer + wide; middle += narrow_block) {
      for (std::size_t base = middle; base < middle + narrow; ++base) {
        body(MatrixView{payoffs + base, actions(i), actions(j), row_stride, column_stride});
      }
    }
  }
}

}  // namespace

Certificate::Certificate(const Game& game)
    : Certificate(std::visit([](const auto& of_a_class) { return Certificate(of_a_class); }, game)) {}

Certificate::Certificate(const NormalFormGame& game) {
  const std::size_t N = game.actions.size();
  const std::size_t M = joint_actions(game.actions);
  double operations = 0;
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = 0; j < N; ++j) {
      if (j != i) operations += 0.5 * std::min(game.actions[i], game.actions[j]) * static_cast<double>(M);
    }
  }
  const auto is_cheap = [&](std::size_t i, std::size_t j) {
    return operations <= most_operations || std::min(game.actions[i], game.actions[j]) <= fewest_actions;
  };
  begin_.assign(N + 1, 0);
  other_.reserve(N * (N - 1));
  interaction_.reserve(N * (N - 1));
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = 0; j < N; ++j) {
      if (j == i || game.actions[i] == 1 || game.actions[j] == 1) continue;
      double largest = 0;
      for_matrices(game, i, j, [&](const MatrixView& matrix) {
        largest = std::max(largest, is_cheap(i, j) ? exact_interaction(matrix) : interaction_bound(matrix));
      });
      is_exact_ = is_exact_ && is_cheap(i, j);
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
      const MatrixView matrix{payoffs, rows, columns, columns, 1};
      const bool is_small = std::min(rows, columns) <= few_actions;
      interaction_[at] = is_small ? exact_interaction(matrix) : interaction_bound(matrix);
      is_exact_ = is_exact_ && is_small;
      payoffs += rows * columns;
    };
    if (edge.pays_first) take_matrix(edge.first, edge.second);
    if (edge.pays_second) take_matrix(edge.second, edge.first);
  }
}

template <class Element>
void Certificate::multiply(const std::vector<double>& tau, const Element& v, std::vector<double>& product) const {
  for (std::size_t i = 0; i < product.size(); ++i) {
    double sum = 0;
    for (std::size_t k = begin_[i]; k < begin_[i + 1]; ++k) {
      sum += interaction_[k] * v(static_cast<std::size_t>(other_[k]));
    }
    // An infinite temperature leaves no interaction; temperature 0 with none is none as well.
    product[i] = sum > 0 ? sum / tau[i] : 0.0;
  }
}

RadiusBound Certificate::radius(const std::vector<double>& tau) const {
  const auto multiply_quarter = [&](const std::vector<double>& v, std::vector<double>& product) {
    multiply(
        tau, [&](std::size_t j) { return v[j] / 4; }, product);
  };
  return spectral_radius_bound(tau.size(), 32, 1e-6, multiply_quarter);
}

double Certificate::contraction(const std::vector<double>& tau) const {
  if (!is_known()) return infinity;
  if (tau.size() > 2) return interaction_.empty() ? 0 : radius(tau).bound;
  // Of two agents, the geometric mean of what each adds to the other.
  if (interaction_.size() < 2) return 0;
  const double first = interaction_[0] / (4 * tau[0]);
  const double second = interaction_[1] / (4 * tau[1]);
  const double square = first * second;
  if (square > 0 && std::isfinite(square)) return std::sqrt(square);
  return std::isfinite(first) && std::isfinite(second) ? std::sqrt(first) * std::sqrt(second) : infinity;
}

std::vector<double> Certificate::distance(const std::vector<double>& tau, const std::vector<double>& residual) const {
  const std::size_t N = residual.size();
  std::vector<double> u(N, infinity);
  if (!is_known()) return u;
  constexpr auto most_variation = [](std::size_t) { return 1.0; };
  std::vector<double> response(N);
  multiply(tau, most_variation, response);
  for (std::size_t i = 0; i < N; ++i) u[i] = residual[i] + response[i];
  if (const RadiusBound K = radius(tau); K.bound < 1) {
    double largest = 0;
    for (std::size_t i = 0; i < N; ++i) largest = std::max(largest, residual[i] / K.weights[i]);
    for (std::size_t i = 0; i < N; ++i) u[i] = std::min(u[i], K.weights[i] * (largest / (1 - K.bound)));
  }
  constexpr int most_steps = 100;
  std::vector<double> variation(N);
  for (int step = 0; step < most_steps; ++step) {
    std::transform(u.begin(), u.end(), variation.begin(), [](double span) { return std::tanh(span / 4); });
    multiply(
        tau, [&](std::size_t j) { return variation[j]; }, response);
    bool helps = false;
    for (std::size_t i = 0; i < N; ++i) {
      const double next = residual[i] + response[i];
      helps = helps || next < 0.999 * u[i];
      u[i] = std::min(u[i], next);
    }
    if (!helps) break;
  }
  return u;
}

}  // namespace quantal
