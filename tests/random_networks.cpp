#include "random_networks.hpp"

#include <string>
#include <utility>

#include "random_games.hpp"

namespace quantal {

PolymatrixGame random_network(const std::vector<int>& actions, std::mt19937_64& bits) {
  PolymatrixGame game;
  game.actions = actions;
  std::size_t payoffs = 0;
  const int agents = static_cast<int>(actions.size());
  for (int i = 1; i < agents; ++i) {
    const int parent = integer(bits, 0, i - 1);
    for (int j = 0; j < i; ++j) {
      if (j != parent && integer(bits, 0, 1) == 0) continue;
      PolymatrixEdge edge{i, j, true, true};
      if (integer(bits, 0, 1) == 0) std::swap(edge.first, edge.second);
      game.edges.push_back(edge);
      payoffs += 2 * edge_matrix_size(game, edge);
    }
  }
  for (std::size_t e = game.edges.size(); e > 1; --e) {
    std::swap(game.edges[e - 1], game.edges[static_cast<std::size_t>(integer(bits, 0, static_cast<int>(e) - 1))]);
  }
  game.payoffs.assign(payoffs, 0.0);
  return game;
}

PolymatrixGame random_mixed_network(std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  PolymatrixGame game{"network " + std::to_string(seed), {}, {}, {}};
  const int agents = integer(bits, 1, 6);
  for (int i = 0; i < agents; ++i) game.actions.push_back(integer(bits, 1, 3));
  for (int i = 0; i < agents; ++i) {
    for (int j = 0; j < i; ++j) {
      if (integer(bits, 0, 2) == 0) continue;
      const int paid = integer(bits, 1, 3);
      PolymatrixEdge edge{i, j, paid != 1, paid != 2};
      if (integer(bits, 0, 1) == 1) std::swap(edge.first, edge.second);
      game.edges.push_back(edge);
    }
  }
  for (std::size_t e = game.edges.size(); e > 1; --e) {
    std::swap(game.edges[e - 1], game.edges[static_cast<std::size_t>(integer(bits, 0, static_cast<int>(e) - 1))]);
  }
  for (const PolymatrixEdge& edge : game.edges) {
    const std::size_t matrices = (edge.pays_first ? 1u : 0u) + (edge.pays_second ? 1u : 0u);
    for (std::size_t k = 0; k < matrices * edge_matrix_size(game, edge); ++k) {
      game.payoffs.push_back(uniform(bits, -1, 1));
    }
  }
  return game;
}

std::size_t matrix_begin(const PolymatrixGame& game, std::size_t e, int side) {
  std::size_t begin = 0;
  for (std::size_t k = 0; k <= e; ++k) {
    const PolymatrixEdge& edge = game.edges[k];
    if (k == e && side == 0) break;
    if (edge.pays_first) begin += edge_matrix_size(game, edge);
    if (k == e) break;
    if (edge.pays_second) begin += edge_matrix_size(game, edge);
  }
  return begin;
}

double payoff_at(const PolymatrixGame& game, std::size_t i, const std::vector<int>& joint) {
  double sum = 0;
  for (std::size_t e = 0; e < game.edges.size(); ++e) {
    const PolymatrixEdge& edge = game.edges[e];
    const auto first = static_cast<std::size_t>(edge.first);
    const auto second = static_cast<std::size_t>(edge.second);
    const auto at = static_cast<std::size_t>(joint[first] * game.actions[second] + joint[second]);
    if (first == i && edge.pays_first) sum += game.payoffs[matrix_begin(game, e, 0) + at];
    if (second == i && edge.pays_second) sum += game.payoffs[matrix_begin(game, e, 1) + at];
  }
  return sum;
}

NormalFormGame normal_form(const PolymatrixGame& game) {
  NormalFormGame flat{game.name, game.actions, {}};
  const std::size_t joint = joint_actions(game.actions);
  for (std::size_t i = 0; i < game.actions.size(); ++i) {
    std::vector<int> profile(game.actions.size(), 0);
    for (std::size_t k = 0; k < joint; ++k) {
      flat.payoffs.push_back(payoff_at(game, i, profile));
      for (std::size_t j = profile.size(); j-- > 0;) {
        if (++profile[j] < game.actions[j]) break;
        profile[j] = 0;
      }
    }
  }
  return flat;
}

}  // namespace quantal
