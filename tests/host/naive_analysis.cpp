#include "naive_analysis.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "random_games.hpp"

namespace quantal {

Matrix naive_interactions(const NormalFormGame& game) {
  const std::size_t N = game.actions.size();
  const std::size_t M = joint_actions(game.actions);
  const auto m = [&](std::size_t i) { return static_cast<std::size_t>(game.actions[i]); };
  std::vector<std::size_t> stride(N, 1);
  for (std::size_t i = N - 1; i-- > 0;) stride[i] = stride[i + 1] * m(i + 1);
  Matrix d(N, std::vector<long double>(N, 0));
  for (std::size_t i = 0; i < N; ++i) {
    const double* r = game.payoffs.data() + i * M;
    for (std::size_t j = 0; j < N; ++j) {
      for (std::size_t k = 0; k < M && j != i; ++k) {
        for (std::size_t a = 0; a < m(i); ++a) {
          for (std::size_t b = 0; b < m(j); ++b) {
            const std::size_t own = k - k / stride[i] % m(i) * stride[i] + a * stride[i];
            const std::size_t other = k - k / stride[j] % m(j) * stride[j] + b * stride[j];
            const std::size_t both = own - own / stride[j] % m(j) * stride[j] + b * stride[j];
            d[i][j] = std::max(d[i][j], static_cast<long double>(r[k]) - r[own] - r[other] + r[both]);
          }
        }
      }
    }
  }
  return d;
}

namespace {

/// max_i (M w)_i / w_i, at least the spectral radius and, for the w that this makes, nearly that.
long double improve(const Matrix& matrix, std::vector<long double>& w) {
  long double bound = 0;
  std::vector<long double> next(w.size());
  for (std::size_t i = 0; i < w.size(); ++i) {
    long double sum = 0;
    for (std::size_t j = 0; j < w.size(); ++j) sum += matrix[i][j] * w[j];
    bound = std::max(bound, sum / w[i]);
    next[i] = sum;
  }
  long double largest = 0;
  for (std::size_t i = 0; i < w.size(); ++i) largest = std::max(largest, next[i] += bound * w[i] / 2);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = next[i] / largest;
  return bound;
}

}  // namespace

Perron perron(Matrix d, const std::vector<double>& tau) {
  for (std::size_t i = 0; i < d.size(); ++i) {
    for (long double& x : d[i]) x /= 4 * static_cast<long double>(tau[i]);
  }
  Perron found{0, std::vector<long double>(d.size(), 1)};
  for (int step = 0; step < 400; ++step) found.radius = improve(d, found.w);
  return found;
}

long double span_between(const std::vector<long double>& x, const std::vector<long double>& y) {
  long double low = x[0] - y[0];
  long double high = low;
  for (std::size_t a = 1; a < x.size(); ++a) {
    low = std::min(low, x[a] - y[a]);
    high = std::max(high, x[a] - y[a]);
  }
  return high - low;
}

oracle::Profile random_logits(const std::vector<int>& actions, std::mt19937_64& bits) {
  oracle::Profile logits;
  for (const int m : actions) {
    logits.emplace_back();
    for (int a = 0; a < m; ++a) logits.back().push_back(uniform(bits, -2, 2));
  }
  return logits;
}

std::vector<oracle::Profile> trajectory(const oracle::Game& game, oracle::Profile logits,
                                        const std::vector<double>& tau, double eta, std::size_t most) {
  std::vector<oracle::Profile> iterates = {std::move(logits)};
  while (iterates.size() < most) {
    const oracle::Profile& x = iterates.back();
    oracle::Profile next = oracle::update(x, oracle::expected_payoffs(game, oracle::policies_of(x)), tau, eta);
    long double moved = 0;
    for (std::size_t i = 0; i < x.size(); ++i) moved = std::max(moved, span_between(next[i], x[i]));
    iterates.push_back(std::move(next));
    if (moved < 1e-17L) break;
  }
  return iterates;
}

Settings cpu_settings() {
  Settings settings;
  settings.backend = Backend::cpu;
  settings.gap_every = 1;
  return settings;
}

NormalFormGame weighted_zero_sum(const std::vector<int>& actions, double weight, std::mt19937_64& bits) {
  const auto rows = static_cast<std::size_t>(actions[0]);
  const auto columns = static_cast<std::size_t>(actions[1]);
  std::vector<double> of_row;
  std::vector<double> of_column;
  for (std::size_t a = 0; a < rows; ++a) of_row.push_back(uniform(bits, -1, 1));
  for (std::size_t b = 0; b < columns; ++b) of_column.push_back(uniform(bits, -1, 1));
  NormalFormGame game{"weighted zero-sum", actions, {}};
  for (std::size_t k = 0; k < rows * columns; ++k) game.payoffs.push_back(uniform(bits, -1, 1));
  for (std::size_t k = 0; k < rows * columns; ++k)
    game.payoffs.push_back(-game.payoffs[k] / weight + of_row[k / columns]);
  for (std::size_t k = 0; k < rows * columns; ++k) game.payoffs[k] += of_column[k % columns];
  return game;
}

}  // namespace quantal
