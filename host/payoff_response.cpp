#include "host/payoff_response.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <variant>

namespace quantal {

std::vector<std::size_t> action_begins(const std::vector<int>& actions) {
  std::vector<std::size_t> begin = {0};
  for (const int m : actions) begin.push_back(begin.back() + static_cast<std::size_t>(m));
  return begin;
}

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

/// Agent i's payoffs in expectation over all agents but those that are `kept`: an array over the actions of these, the
/// last agent's fastest. Each agent's actions are summed in turn, the last agent's first.
template <class Kept>
std::vector<double> expectation(const NormalFormGame& game, std::size_t i, std::span<const double> policies,
                                const Kept& kept) {
  const std::size_t joint = joint_actions(game.actions);
  const auto begin = game.payoffs.begin() + static_cast<std::ptrdiff_t>(i * joint);
  std::vector<double> values(begin, begin + static_cast<std::ptrdiff_t>(joint));
  std::size_t outer = joint;  // joint actions of the agents before j
  std::size_t inner = 1;      // of those after it that are kept
  for (std::size_t j = game.actions.size(); j-- > 0;) {
    const auto m = static_cast<std::size_t>(game.actions[j]);
    outer /= m;
    const std::span<const double> policy = policies.last(m);
    policies = policies.first(policies.size() - m);
    if (kept(j)) {
      inner *= m;
      continue;
    }
    for (std::size_t o = 0; o < outer; ++o) {
      for (std::size_t k = 0; k < inner; ++k) {
        double sum = 0;
        for (std::size_t b = 0; b < m; ++b) sum += policy[b] * values[(o * m + b) * inner + k];
        values[o * inner + k] = sum;  // at or before what was read last
      }
    }
  }
  values.resize(inner);
  return values;
}

/// Calls body(agent, other, matrix, row_stride, column_stride) for each matrix of a network: matrix[a row_stride +
/// b column_stride] goes to `agent` where it plays a and `other` plays b.
template <class Body>
void for_arcs(const PolymatrixGame& game, const Body& body) {
  const double* next = game.payoffs.data();
  for (const PolymatrixEdge& edge : game.edges) {
    const auto first = static_cast<std::size_t>(edge.first);
    const auto second = static_cast<std::size_t>(edge.second);
    const auto columns = static_cast<std::size_t>(game.actions[second]);
    const std::size_t size = edge_matrix_size(game, edge);
    if (edge.pays_first) body(first, second, std::span(next, size), columns, std::size_t{1});
    if (edge.pays_first) next += size;
    if (edge.pays_second) body(second, first, std::span(next, size), std::size_t{1}, columns);
    if (edge.pays_second) next += size;
  }
}

double largest_of(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::fabs(value));
  return largest;
}

ExpectedPayoffs expected_payoffs(const NormalFormGame& game, std::span<const double> policies) {
  const std::size_t N = game.actions.size();
  const std::size_t joint = joint_actions(game.actions);
  ExpectedPayoffs expected;
  for (std::size_t i = 0; i < N; ++i) {
    const std::vector<double> rbar = expectation(game, i, policies, [&](std::size_t j) { return j == i; });
    expected.rbar.insert(expected.rbar.end(), rbar.begin(), rbar.end());
    // A sum of m products of numbers up to x with probabilities is off by at most (m + 1) epsilon x.
    const auto terms = static_cast<double>(policies.size() + N);
    expected.rounding.push_back(terms * epsilon * largest_of(std::span(game.payoffs).subspan(i * joint, joint)));
  }
  return expected;
}

ExpectedPayoffs expected_payoffs(const PolymatrixGame& game, std::span<const double> policies) {
  const std::vector<std::size_t> begin = action_begins(game.actions);
  std::vector<double> largest(game.actions.size(), 0.0);  // of each agent's matrices, added up
  std::vector<double> terms(game.actions.size(), 0.0);
  ExpectedPayoffs expected;
  expected.rbar.assign(policies.size(), 0.0);
  for_arcs(game,
           [&](std::size_t i, std::size_t j, std::span<const double> matrix, std::size_t row, std::size_t column) {
             for (std::size_t a = begin[i]; a < begin[i + 1]; ++a) {
               double sum = 0;
               for (std::size_t b = begin[j]; b < begin[j + 1]; ++b) {
                 sum += policies[b] * matrix[(a - begin[i]) * row + (b - begin[j]) * column];
               }
               expected.rbar[a] += sum;
             }
             largest[i] += largest_of(matrix);
             terms[i] += 1 + static_cast<double>(game.actions[j]);
           });
  for (std::size_t i = 0; i < largest.size(); ++i) expected.rounding.push_back(terms[i] * epsilon * largest[i]);
  return expected;
}

std::vector<double> payoff_derivatives(const NormalFormGame& game, std::span<const double> policies) {
  const std::vector<std::size_t> begin = action_begins(game.actions);
  const std::size_t A = begin.back();
  const std::size_t N = game.actions.size();
  std::vector<double> derivative(A * A, 0.0);
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = 0; j < N; ++j) {
      if (j == i) continue;
      const std::vector<double> of_pair =
          expectation(game, i, policies, [&](std::size_t k) { return k == i || k == j; });
      const auto m_i = static_cast<std::size_t>(game.actions[i]);
      const auto m_j = static_cast<std::size_t>(game.actions[j]);
      for (std::size_t a = 0; a < m_i; ++a) {
        for (std::size_t b = 0; b < m_j; ++b) {
          derivative[(begin[i] + a) * A + begin[j] + b] = of_pair[i < j ? a * m_j + b : b * m_i + a];
        }
      }
    }
  }
  return derivative;
}

std::vector<double> payoff_derivatives(const PolymatrixGame& game) {
  const std::vector<std::size_t> begin = action_begins(game.actions);
  const std::size_t A = begin.back();
  std::vector<double> derivative(A * A, 0.0);
  for_arcs(game,
           [&](std::size_t i, std::size_t j, std::span<const double> matrix, std::size_t row, std::size_t column) {
             for (std::size_t a = begin[i]; a < begin[i + 1]; ++a) {
               for (std::size_t b = begin[j]; b < begin[j + 1]; ++b) {
                 derivative[a * A + b] = matrix[(a - begin[i]) * row + (b - begin[j]) * column];
               }
             }
           });
  return derivative;
}

}  // namespace

ExpectedPayoffs expected_payoffs(const Game& game, std::span<const double> policies) {
  if (const auto* normal = std::get_if<NormalFormGame>(&game)) return expected_payoffs(*normal, policies);
  return expected_payoffs(std::get<PolymatrixGame>(game), policies);
}

std::vector<double> payoff_derivatives(const Game& game, std::span<const double> policies) {
  if (const auto* normal = std::get_if<NormalFormGame>(&game)) return payoff_derivatives(*normal, policies);
  return payoff_derivatives(std::get<PolymatrixGame>(game));
}

}  // namespace quantal
