#include "quantal/classify.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
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

  double largest() const {
    double largest = 0;
    for (const double* matrix : {first, second}) {
      for (std::size_t k = 0; matrix != nullptr && k < size(); ++k) largest = std::max(largest, std::fabs(matrix[k]));
    }
    return largest;
  }
};

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

}  // namespace

NetworkClass classify(const PolymatrixGame& game) {
  NetworkClass found{true, 0, true, true, true, true};
  UnaryTerms unary(game.actions);
  double scale = 0;
  const double* next = game.payoffs.data();
  for (const PolymatrixEdge& edge : game.edges) {
    EdgePayoffs payoffs{static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.first)]),
                        static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.second)]), nullptr,
                        nullptr};
    if (edge.pays_first) payoffs.first = next;
    if (edge.pays_first) next += payoffs.size();
    if (edge.pays_second) payoffs.second = next;
    if (edge.pays_second) next += payoffs.size();

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
  }
  // What implies what holds whatever the tolerances.
  found.constant_sum = found.edgewise_constant_sum || (found.zero_sum_equivalent && unary.all_zero());
  found.zero_sum_equivalent |= found.constant_sum;
  found.exact_potential |= found.coordination;
  if (!found.constant_sum || std::fabs(found.sum) <= rounding(2, scale)) found.sum = 0;
  return found;
}

double certified_temperature(const Game& game) {
  const auto certificate = std::visit([](const auto& g) { return Certificate(g); }, game);
  return certificate.contraction(std::vector<double>(actions_of(game).size(), 1.0));
}

}  // namespace quantal
