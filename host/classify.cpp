#include "quantal/classify.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "host/certificate.hpp"

namespace quantal {
namespace {

/// What `terms` payoffs of size `largest` may differ by from exact ones.
double rounding(int terms, double largest) {
  return 4 * terms * (largest * std::numeric_limits<double>::epsilon());
}

/// An edge's payoffs: both matrices [action of first][action of second].
struct EdgePayoffs {
  std::size_t rows;
  std::size_t columns;
  const double* first;   // nullptr: zeros
  const double* second;  // nullptr: zeros

  std::size_t size() const { return rows * columns; }
  double sum(std::size_t k) const { return (first ? first[k] : 0) + (second ? second[k] : 0); }
  double difference(std::size_t k) const { return (first ? first[k] : 0) - (second ? second[k] : 0); }

  double largest(const double* matrix) const {
    double largest = 0;
    for (std::size_t k = 0; matrix != nullptr && k < size(); ++k) largest = std::max(largest, std::fabs(matrix[k]));
    return largest;
  }
  double largest() const { return std::max(largest(first), largest(second)); }

  /// The second difference of a matrix in its entry (row, column) and the first ones.
  double second_difference(const double* matrix, std::size_t row, std::size_t column) const {
    if (matrix == nullptr) return 0;
    return matrix[row * columns + column] - matrix[column] - (matrix[row * columns] - matrix[0]);
  }
};

/// Calls body(edge, its payoffs) for every edge.
template <class Body>
void for_edges(const PolymatrixGame& game, const Body& body) {
  const double* next = game.payoffs.data();
  for (const PolymatrixEdge& edge : game.edges) {
    EdgePayoffs payoffs{static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.first)]),
                        static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.second)]), nullptr,
                        nullptr};
    if (edge.pays_first) payoffs.first = next;
    if (edge.pays_first) next += payoffs.size();
    if (edge.pays_second) payoffs.second = next;
    if (edge.pays_second) next += payoffs.size();
    body(edge, payoffs);
  }
}

/// Whether f(k) for k = row * columns + column is a row term plus a column term.
template <class Entries>
bool is_additive(const EdgePayoffs& edge, double tolerance, const Entries& f) {
  for (std::size_t a = 1; a < edge.rows; ++a) {
    const double row = f(a * edge.columns) - f(0);
    for (std::size_t b = 1; b < edge.columns; ++b) {
      // Written so that what is not a number is not additive.
      if (!(std::fabs(f(a * edge.columns + b) - f(b) - row) <= tolerance)) return false;
    }
  }
  return true;
}

template <class Entries>
bool all_within(const EdgePayoffs& edge, double tolerance, const Entries& f) {
  for (std::size_t k = 0; k < edge.size(); ++k) {
    if (!(std::fabs(f(k)) <= tolerance)) return false;
  }
  return true;
}

/// What agents change the sum of all payoffs by with each action against their first, over the edges seen so far, where
/// all of these are additive.
class UnaryTerms {
 public:
  explicit UnaryTerms(const std::vector<int>& actions) : begin_(actions.size() + 1, 0), scale_(actions.size(), 0.0) {
    for (std::size_t i = 0; i < actions.size(); ++i) begin_[i + 1] = begin_[i] + static_cast<std::size_t>(actions[i]);
    term_.assign(begin_.back(), 0.0);
  }

  void add(const PolymatrixEdge& edge, const EdgePayoffs& payoffs, double largest) {
    const auto first = static_cast<std::size_t>(edge.first);
    const auto second = static_cast<std::size_t>(edge.second);
    const double corner = payoffs.sum(0);
    double* const rows = term_.data() + begin_[first];
    double* const columns = term_.data() + begin_[second];
    for (std::size_t a = 1; a < payoffs.rows; ++a) rows[a] += payoffs.sum(a * payoffs.columns) - corner;
    for (std::size_t b = 1; b < payoffs.columns; ++b) columns[b] += payoffs.sum(b) - corner;
    scale_[first] += largest;
    scale_[second] += largest;
  }

  bool all_zero() const {
    for (std::size_t i = 0; i < scale_.size(); ++i) {
      const double tolerance = rounding(4, scale_[i]);
      for (std::size_t k = begin_[i]; k < begin_[i + 1]; ++k) {
        if (!(std::fabs(term_[k]) <= tolerance)) return false;
      }
    }
    return true;
  }

 private:
  std::vector<std::size_t> begin_;  // (N + 1)
  std::vector<double> term_;        // agent by agent, action by action
  std::vector<double> scale_;       // (N) the largest payoffs of its edges, summed
};

/// A number up to a relative error.
struct Rounded {
  double value;
  double error;
};

/// The ratio w_second / w_first with which the second differences of an edge's two matrices cancel: 0 where there are
/// none to cancel, negative where no ratio does it.
Rounded cancelling_ratio(const EdgePayoffs& edge) {
  constexpr Rounded no_ratio{-1, 0};
  const double first_rounding = rounding(4, edge.largest(edge.first));
  const double second_rounding = rounding(4, edge.largest(edge.second));
  double largest = 0;  // second difference of the first's, and the second's at the same place
  double other = 0;
  double largest_other = 0;
  for (std::size_t a = 1; a < edge.rows; ++a) {
    for (std::size_t b = 1; b < edge.columns; ++b) {
      const double of_first = edge.second_difference(edge.first, a, b);
      const double of_second = edge.second_difference(edge.second, a, b);
      if (!std::isfinite(of_first) || !std::isfinite(of_second)) return no_ratio;
      largest_other = std::max(largest_other, std::fabs(of_second));
      if (std::fabs(of_first) <= std::fabs(largest)) continue;
      largest = of_first;
      other = of_second;
    }
  }
  const bool first_has_none = std::fabs(largest) <= first_rounding;
  const bool second_has_none = largest_other <= second_rounding;
  if (first_has_none && second_has_none) return {0, 0};
  if (first_has_none || second_has_none || std::fabs(other) <= second_rounding) return no_ratio;

  const double ratio = -largest / other;
  const double tolerance = 2 * (first_rounding + std::fabs(ratio) * second_rounding);
  for (std::size_t a = 1; a < edge.rows; ++a) {
    for (std::size_t b = 1; b < edge.columns; ++b) {
      const double rest = edge.second_difference(edge.first, a, b) + ratio * edge.second_difference(edge.second, a, b);
      if (!(std::fabs(rest) <= tolerance)) return no_ratio;
    }
  }
  return {ratio, tolerance / std::fabs(largest)};
}

/// Ratios of weights along the edges of a graph, each of which can be walked both ways.
class WeightRatios {
 public:
  explicit WeightRatios(const PolymatrixGame& game) : begin_(game.actions.size() + 1, 0) {
    for (const PolymatrixEdge& edge : game.edges) {
      ++begin_[static_cast<std::size_t>(edge.first) + 1];
      ++begin_[static_cast<std::size_t>(edge.second) + 1];
    }
    for (std::size_t i = 0; i + 1 < begin_.size(); ++i) begin_[i + 1] += begin_[i];
    step_.resize(begin_.back());
    std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
    for_edges(game, [&](const PolymatrixEdge& edge, const EdgePayoffs& payoffs) {
      const auto first = static_cast<std::size_t>(edge.first);
      const auto second = static_cast<std::size_t>(edge.second);
      const Rounded ratio = cancelling_ratio(payoffs);
      possible_ = possible_ && ratio.value >= 0;
      step_[next[first]++] = {second, ratio};
      step_[next[second]++] = {first, {ratio.value > 0 ? 1 / ratio.value : 0, ratio.error}};
    });
  }

  /// Weights that have these ratios, if there are any.
  std::optional<std::vector<double>> weights() const {
    if (!possible_) return {};
    std::vector<Rounded> weight(begin_.size() - 1, {0, 0});
    std::vector<std::size_t> reached;
    for (std::size_t root = 0; root < weight.size(); ++root) {
      if (weight[root].value > 0) continue;
      weight[root] = {1, 0};
      reached.assign(1, root);
      for (std::size_t k = 0; k < reached.size(); ++k) {
        const std::size_t i = reached[k];
        for (std::size_t s = begin_[i]; s < begin_[i + 1]; ++s) {
          const auto& [j, ratio] = step_[s];
          if (ratio.value == 0) continue;
          constexpr double of_product = 4 * std::numeric_limits<double>::epsilon();
          const Rounded asked{weight[i].value * ratio.value, weight[i].error + ratio.error + of_product};
          if (!(asked.value > 0) || !std::isfinite(asked.value)) return {};
          if (weight[j].value == 0) {
            weight[j] = asked;
            reached.push_back(j);
          } else if (!(std::fabs(asked.value - weight[j].value) <= (asked.error + weight[j].error) * asked.value)) {
            return {};
          }
        }
      }
    }
    std::vector<double> values;
    for (const Rounded& each : weight) values.push_back(each.value);
    return values;
  }

 private:
  struct Step {
    std::size_t to;
    Rounded ratio;  // weight there / weight here; 0: any
  };
  std::vector<std::size_t> begin_;  // (N + 1)
  std::vector<Step> step_;          // agent by agent
  bool possible_ = true;
};

}  // namespace

NetworkClass classify(const PolymatrixGame& game) {
  NetworkClass found{true, 0, true, true, true, true};
  UnaryTerms unary(game.actions);
  double scale = 0;
  for_edges(game, [&](const PolymatrixEdge& edge, const EdgePayoffs& payoffs) {
    const double largest = payoffs.largest();
    const auto sum = [&](std::size_t k) { return payoffs.sum(k); };
    const auto difference = [&](std::size_t k) { return payoffs.difference(k); };
    if (found.zero_sum_equivalent || found.edgewise_constant_sum) {
      unary.add(edge, payoffs, largest);
      found.sum += payoffs.sum(0);
      scale += largest;
    }
    if (found.zero_sum_equivalent) found.zero_sum_equivalent = is_additive(payoffs, rounding(8, largest), sum);
    if (found.edgewise_constant_sum) {
      const auto change = [&](std::size_t k) { return payoffs.sum(k) - payoffs.sum(0); };
      found.edgewise_constant_sum = all_within(payoffs, rounding(4, largest), change);
    }
    if (found.exact_potential) found.exact_potential = is_additive(payoffs, rounding(8, largest), difference);
    if (found.coordination) found.coordination = all_within(payoffs, rounding(2, largest), difference);
  });
  // What implies what holds whatever the tolerances.
  found.constant_sum = found.edgewise_constant_sum || (found.zero_sum_equivalent && unary.all_zero());
  found.zero_sum_equivalent |= found.constant_sum;
  found.exact_potential |= found.coordination;
  if (!found.constant_sum || std::fabs(found.sum) <= rounding(2, scale)) found.sum = 0;
  return found;
}

namespace {

/// What holds in every row of numbers (N, rows), one an agent.
struct RowClass {
  bool constant_sum = true;
  double sum = 0;  // where it is constant; exactly 0 where it is 0 up to rounding
  bool identical = true;
};

RowClass class_of_rows(std::span<const double> numbers, std::size_t agents, double largest) {
  const std::size_t rows = numbers.size() / agents;
  const int N = static_cast<int>(agents);
  const auto sum_of = [&](std::size_t row) {
    double sum = 0;
    for (std::size_t i = 0; i < agents; ++i) sum += numbers[i * rows + row];
    return sum;
  };
  RowClass found{true, sum_of(0), true};
  for (std::size_t row = 0; row < rows && (found.constant_sum || found.identical); ++row) {
    if (!(std::fabs(sum_of(row) - found.sum) <= rounding(2 * N, largest))) found.constant_sum = false;
    for (std::size_t i = 1; i < agents && found.identical; ++i) {
      found.identical = std::fabs(numbers[i * rows + row] - numbers[row]) <= rounding(2, largest);
    }
  }
  if (!found.constant_sum || std::fabs(found.sum) <= rounding(N, largest)) found.sum = 0;
  return found;
}

double largest_of(std::span<const double> numbers) {
  double largest = 0;
  for (const double number : numbers) largest = std::max(largest, std::fabs(number));
  return largest;
}

}  // namespace

MarkovClass classify(const MarkovGame& game) {
  const RowClass rows = class_of_rows(game.rewards, static_cast<std::size_t>(game.agents()), largest_of(game.rewards));
  return {rows.constant_sum, rows.sum, rows.identical};
}

namespace {

/// Two agents' payoffs as those of an edge.
EdgePayoffs as_edge(const NormalFormGame& game) {
  const auto rows = static_cast<std::size_t>(game.actions[0]);
  const auto columns = static_cast<std::size_t>(game.actions[1]);
  return {rows, columns, game.payoffs.data(), game.payoffs.data() + rows * columns};
}

/// Whether the second differences of r_i and r_j in a_i and a_j agree, whatever the others play.
bool second_differences_agree(const NormalFormGame& game, std::size_t i, std::size_t j, double tolerance) {
  const std::size_t joint = joint_actions(game.actions);
  std::size_t stride_i = 1;
  std::size_t stride_j = 1;
  for (std::size_t k = game.actions.size(); k-- > 0;) {
    if (k > i) stride_i *= static_cast<std::size_t>(game.actions[k]);
    if (k > j) stride_j *= static_cast<std::size_t>(game.actions[k]);
  }
  const double* r_i = game.payoffs.data() + i * joint;
  const double* r_j = game.payoffs.data() + j * joint;
  const auto difference = [&](std::size_t k) { return r_i[k] - r_j[k]; };
  for (std::size_t k = 0; k < joint; ++k) {
    const std::size_t a = k / stride_i % static_cast<std::size_t>(game.actions[i]);
    const std::size_t b = k / stride_j % static_cast<std::size_t>(game.actions[j]);
    if (a == 0 || b == 0) continue;
    const std::size_t first_a = k - a * stride_i;
    const std::size_t first_b = k - b * stride_j;
    const double second =
        difference(k) - difference(first_a) - (difference(first_b) - difference(first_a - b * stride_j));
    if (!(std::fabs(second) <= tolerance)) return false;
  }
  return true;
}

}  // namespace

NormalFormClass classify(const NormalFormGame& game) {
  const std::size_t N = game.actions.size();
  const double largest = largest_of(game.payoffs);
  const RowClass rows = class_of_rows(game.payoffs, N, largest);
  NormalFormClass found{rows.constant_sum, rows.sum, false, rows.identical, true};
  for (std::size_t i = 0; i < N && found.exact_potential && !found.identical_interest; ++i) {
    for (std::size_t j = 0; j < i && found.exact_potential; ++j) {
      found.exact_potential = second_differences_agree(game, i, j, rounding(8, largest));
    }
  }
  found.zero_sum_equivalent = found.constant_sum;
  if (N == 2 && !found.constant_sum) {
    const EdgePayoffs edge = as_edge(game);
    const auto sum = [&](std::size_t k) { return edge.sum(k); };
    found.zero_sum_equivalent = is_additive(edge, rounding(8, largest), sum);
  }
  return found;
}

std::optional<std::vector<double>> zero_sum_weights(const NormalFormGame& game) {
  if (game.actions.size() != 2) return {};
  const Rounded ratio = cancelling_ratio(as_edge(game));
  if (!(ratio.value >= 0) || !std::isfinite(ratio.value)) return {};
  return std::vector<double>{1, ratio.value > 0 ? ratio.value : 1};
}

std::optional<std::vector<double>> zero_sum_weights(const PolymatrixGame& game) {
  return WeightRatios(game).weights();
}

std::optional<std::vector<double>> zero_sum_weights(const Game& game) {
  if (const auto* network = std::get_if<PolymatrixGame>(&game)) return zero_sum_weights(*network);
  if (const auto* normal = std::get_if<NormalFormGame>(&game)) return zero_sum_weights(*normal);
  return {};
}

double certified_temperature(const Game& game) {
  return Certificate(game).contraction(std::vector<double>(agents_of(game), 1.0));
}

}  // namespace quantal
