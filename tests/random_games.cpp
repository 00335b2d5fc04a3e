#include "random_games.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace quantal {

double uniform(std::mt19937_64& bits) {
  return static_cast<double>(bits() >> 11) * 0x1p-53;
}

double uniform(std::mt19937_64& bits, double low, double high) {
  return low + (high - low) * uniform(bits);
}

int integer(std::mt19937_64& bits, int low, int high) {
  return low + static_cast<int>(bits() % static_cast<std::uint64_t>(high - low + 1));
}

NormalFormGame random_game(const std::vector<int>& actions, std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  NormalFormGame game;
  game.name = shape_name(actions) + " seed " + std::to_string(seed);
  game.actions = actions;
  game.payoffs.resize(actions.size() * joint_actions(actions));
  for (double& payoff : game.payoffs) payoff = uniform(bits, -1, 1);
  return game;
}

PolymatrixGame random_network(const std::vector<int>& actions, double edge_probability, std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  PolymatrixGame game;
  game.name = "network " + shape_name(actions) + " seed " + std::to_string(seed);
  game.actions = actions;
  const auto agents = static_cast<int>(actions.size());
  for (int i = 0; i < agents; ++i) {
    for (int j = i + 1; j < agents; ++j) {
      if (uniform(bits) >= edge_probability) continue;
      const bool turned = integer(bits, 0, 1) == 1;
      const int pays = integer(bits, 0, 7);
      game.edges.push_back({turned ? j : i, turned ? i : j, pays != 0, pays != 1});
    }
  }
  std::size_t payoffs = 0;
  for (const PolymatrixEdge& edge : game.edges) {
    payoffs += edge_matrix_size(game, edge) * (std::size_t{edge.pays_first} + std::size_t{edge.pays_second});
  }
  for (; payoffs > 0; --payoffs) game.payoffs.push_back(uniform(bits, -1, 1));
  return game;
}

std::vector<double> random_policies(const std::vector<int>& actions, std::uint64_t seed, double least) {
  std::mt19937_64 bits(seed);
  std::vector<double> policies;
  for (const int m : actions) {
    std::vector<double> policy;
    double sum = 0;
    for (int a = 0; a < m; ++a) {
      policy.push_back(-std::log(uniform(bits) + 1e-300));
      sum += policy.back();
    }
    for (double& p : policy) p = least + (1 - m * least) * p / sum;
    policies.insert(policies.end(), policy.begin(), policy.end());
  }
  return policies;
}

std::string shape_name(const std::vector<int>& actions) {
  std::string name;
  for (const int m : actions) name += (name.empty() ? "" : "x") + std::to_string(m);
  return name;
}

NormalFormGame bimatrix(int rows, int columns, const std::vector<double>& first, const std::vector<double>& second) {
  NormalFormGame game{"", {rows, columns}, first};
  game.payoffs.insert(game.payoffs.end(), second.begin(), second.end());
  return game;
}

NormalFormGame symmetric_game(int agents, int actions, std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  NormalFormGame game;
  game.name = "symmetric " + std::to_string(agents) + " agents, " + std::to_string(actions) + " actions";
  game.actions.assign(static_cast<std::size_t>(agents), actions);
  const std::size_t joint = joint_actions(game.actions);
  // One payoff for each (own action, sorted actions of the others).
  std::map<std::vector<int>, double> value;
  for (int i = 0; i < agents; ++i) {
    for (std::size_t k = 0; k < joint; ++k) {
      std::vector<int> profile(static_cast<std::size_t>(agents));
      std::size_t rest = k;
      for (std::size_t j = profile.size(); j-- > 0;) {
        profile[j] = static_cast<int>(rest % static_cast<std::size_t>(actions));
        rest /= static_cast<std::size_t>(actions);
      }
      std::vector<int> key = profile;
      std::rotate(key.begin(), key.begin() + i, key.begin() + i + 1);
      std::sort(key.begin() + 1, key.end());
      const auto [entry, is_new] = value.try_emplace(key, 0.0);
      if (is_new) entry->second = uniform(bits, -1, 1);
      game.payoffs.push_back(entry->second);
    }
  }
  return game;
}

}  // namespace quantal
