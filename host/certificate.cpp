#include "host/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace quantal {

namespace {

constexpr double most_operations = 1 << 20;

}  // namespace

Certificate::Certificate(const NormalFormGame& game) : agents_(static_cast<int>(game.actions.size())) {
  const auto N = static_cast<std::size_t>(agents_);
  const std::size_t M = joint_actions(game.actions);
  double operations = 0;
  for (const int m : game.actions) operations += 0.5 * m * static_cast<double>(M) * static_cast<double>(N);
  if (operations > most_operations) return;

  std::vector<std::size_t> stride(N, 1);
  for (std::size_t i = N - 1; i > 0; --i) stride[i - 1] = stride[i] * static_cast<std::size_t>(game.actions[i]);
  interaction_.assign(N * N, 0.0);
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
            double low = std::numeric_limits<double>::infinity();
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
      interaction_[i * N + j] = largest;
    }
  }
}

double Certificate::contraction(const std::vector<double>& tau) const {
  if (interaction_.empty()) return std::numeric_limits<double>::infinity();
  const auto N = static_cast<std::size_t>(agents_);
  std::vector<double> lipschitz(N * N);
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = 0; j < N; ++j) {
      // An infinite temperature leaves no interaction; temperature 0 with none is none as well.
      const double d = interaction_[i * N + j];
      lipschitz[i * N + j] = d > 0 ? d / (4 * tau[i]) : 0.0;
    }
  }
  // Collatz-Wielandt: for any positive v, rho <= max_i (L v)_i / v_i. A few steps of (L + I) v make v a good one.
  std::vector<double> v(N, 1.0);
  std::vector<double> next(N);
  double bound = std::numeric_limits<double>::infinity();
  for (int step = 0; step < 32; ++step) {
    double ratio = 0;
    double largest = 0;
    for (std::size_t i = 0; i < N; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < N; ++j) sum += lipschitz[i * N + j] * v[j];
      ratio = std::max(ratio, sum / v[i]);
      next[i] = sum + v[i];
      largest = std::max(largest, next[i]);
    }
    if (!std::isfinite(ratio)) return std::numeric_limits<double>::infinity();
    bound = std::min(bound, ratio);
    double smallest = largest;
    for (std::size_t i = 0; i < N; ++i) {
      v[i] = next[i] / largest;
      smallest = std::min(smallest, v[i]);
    }
    if (smallest < 1e-100) break;  // the bound needs a positive v
  }
  return bound;
}

}  // namespace quantal
