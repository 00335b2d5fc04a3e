#include "host/own_difference.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace quantal {

namespace {

/// Of payoffs (outer, m, inner) to an agent with m actions.
double difference_of(std::span<const double> payoffs, std::size_t m, std::size_t inner) {
  double largest = 0;
  for (std::size_t block = 0; block < payoffs.size(); block += m * inner) {
    for (std::size_t k = block; k < block + inner; ++k) {
      double least = payoffs[k];
      double most = payoffs[k];
      for (std::size_t at = k; at < block + m * inner; at += inner) {
        least = std::min(least, payoffs[at]);
        most = std::max(most, payoffs[at]);
      }
      largest = std::max(largest, most - least);
    }
  }
  return largest;
}

double difference_of(const NormalFormGame& game) {
  const std::size_t joint = joint_actions(game.actions);
  std::size_t inner = joint;
  double largest = 0;
  for (std::size_t i = 0; i < game.actions.size(); ++i) {
    const auto m = static_cast<std::size_t>(game.actions[i]);
    inner /= m;
    largest = std::max(largest, difference_of(std::span(game.payoffs).subspan(i * joint, joint), m, inner));
  }
  return largest;
}

double difference_of(const PolymatrixGame& game) {
  std::vector<double> of_agent(game.actions.size(), 0.0);
  std::span<const double> payoffs = game.payoffs;
  for (const PolymatrixEdge& edge : game.edges) {
    const auto first = static_cast<std::size_t>(edge.first);
    const auto second = static_cast<std::size_t>(edge.second);
    const auto rows = static_cast<std::size_t>(game.actions[first]);
    const auto columns = static_cast<std::size_t>(game.actions[second]);
    const auto add = [&](std::size_t agent, std::size_t m, std::size_t inner) {
      of_agent[agent] += difference_of(payoffs.first(rows * columns), m, inner);
      payoffs = payoffs.subspan(rows * columns);
    };
    if (edge.pays_first) add(first, rows, columns);
    if (edge.pays_second) add(second, columns, 1);
  }
  return *std::max_element(of_agent.begin(), of_agent.end());
}

double difference_of(const MarkovGame& game) {
  const auto agents = static_cast<std::ptrdiff_t>(game.agents());
  const auto rows = static_cast<std::ptrdiff_t>(game.rewards.size()) / agents;
  double largest = 0;
  for (auto from = game.rewards.begin(); from != game.rewards.end(); from += rows) {
    const auto [least, most] = std::minmax_element(from, from + rows);
    largest = std::max(largest, *most - *least);
  }
  return largest / (1 - game.discount);
}

}  // namespace

double own_difference(const Game& game) {
  return std::visit([](const auto& each) { return difference_of(each); }, game);
}

}  // namespace quantal
