#include "random_networks.hpp"

#include <random>
#include <utility>

#include "random_games.hpp"

namespace quantal {

PolymatrixGame random_network(std::uint64_t seed) {
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

}  // namespace quantal
