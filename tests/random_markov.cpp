#include "random_markov.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "random_games.hpp"

namespace quantal {

namespace {

/// Uniform on the simplex.
std::vector<double> random_distribution(std::mt19937_64& bits, std::size_t size) {
  std::vector<double> p(size);
  double sum = 0;
  for (double& x : p) sum += x = 1e-3 - std::log(uniform(bits) + 1e-300);
  for (double& x : p) x /= sum;
  return p;
}

/// `number` of the states 0 .. S - 1, ascending.
std::vector<std::size_t> some_states(std::mt19937_64& bits, std::size_t S, std::size_t number) {
  std::vector<std::size_t> all(S);
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (std::size_t k = 0; k < number; ++k) std::swap(all[k], all[k + bits() % (S - k)]);
  all.resize(number);
  std::sort(all.begin(), all.end());
  return all;
}

/// Actions of a joint action of equally many for each agent.
std::vector<int> joint_action(std::size_t index, int agents, int actions) {
  std::vector<int> joint(static_cast<std::size_t>(agents));
  for (std::size_t j = joint.size(); j-- > 0;) {
    joint[j] = static_cast<int>(index % static_cast<std::size_t>(actions));
    index /= static_cast<std::size_t>(actions);
  }
  return joint;
}

}  // namespace

MarkovGame random_markov_game(const MarkovShape& shape, std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  const auto S = static_cast<std::size_t>(shape.states);
  MarkovGame game;
  game.name = "Markov " + std::to_string(shape.agents) + " agents, " + std::to_string(shape.states) + " states, seed " +
              std::to_string(seed);
  game.states = shape.states;
  game.discount = shape.discount;
  const auto is_absorbing = [&](std::size_t s) { return s + static_cast<std::size_t>(shape.absorbing) >= S; };
  for (int i = 0; i < shape.agents; ++i) {
    for (std::size_t s = 0; s < S; ++s) {
      game.actions.push_back(is_absorbing(s) ? 1 : integer(bits, shape.least_actions, shape.most_actions));
    }
  }
  const std::vector<std::size_t> before = rows_before_states(game);
  const std::size_t M = before.back();
  for (std::size_t k = 0; k < static_cast<std::size_t>(shape.agents) * M; ++k) {
    game.rewards.push_back(uniform(bits, -1, 1));
  }
  game.initial = random_distribution(bits, S);
  game.transitions.assign(M * S, 0.0);
  for (std::size_t s = 0; s < S; ++s) {
    for (std::size_t k = before[s]; k < before[s + 1]; ++k) {
      std::vector<std::size_t> next = {s};
      if (!is_absorbing(s))
        next = some_states(bits, S, shape.next_states > 0 ? static_cast<std::size_t>(shape.next_states) : S);
      const std::vector<double> p = random_distribution(bits, next.size());
      for (std::size_t e = 0; e < next.size(); ++e) game.transitions[k * S + next[e]] = p[e];
    }
  }
  return shape.next_states > 0 ? sparse_form(game) : game;
}

MarkovGame sparse_form(const MarkovGame& game) {
  if (game.is_sparse()) return game;
  MarkovGame other = game;
  const auto S = static_cast<std::size_t>(game.states);
  other.transitions.clear();
  other.row_begin = {0};
  for (std::size_t k = 0; k < game.transitions.size(); ++k) {
    if (game.transitions[k] > 0) {
      other.transitions.push_back(game.transitions[k]);
      other.next_state.push_back(static_cast<std::int32_t>(k % S));
    }
    if (k % S == S - 1) other.row_begin.push_back(other.transitions.size());
  }
  return other;
}

MarkovGame dense_form(const MarkovGame& game) {
  if (!game.is_sparse()) return game;
  MarkovGame other = game;
  const auto S = static_cast<std::size_t>(game.states);
  const std::size_t rows = game.row_begin.size() - 1;
  other.row_begin.clear();
  other.next_state.clear();
  other.transitions.assign(rows * S, 0.0);
  for (std::size_t k = 0; k < rows; ++k) {
    for (std::size_t e = game.row_begin[k]; e < game.row_begin[k + 1]; ++e) {
      other.transitions[k * S + static_cast<std::size_t>(game.next_state[e])] = game.transitions[e];
    }
  }
  return other;
}

NormalFormGame stage_game(const MarkovGame& game, std::size_t state) {
  const std::vector<std::size_t> before = rows_before_states(game);
  const auto S = static_cast<std::size_t>(game.states);
  NormalFormGame stage;
  stage.name = game.name + ", state " + std::to_string(state);
  for (std::size_t i = 0; i < static_cast<std::size_t>(game.agents()); ++i) {
    stage.actions.push_back(game.actions[i * S + state]);
    const auto rewards = game.rewards.begin() + static_cast<std::ptrdiff_t>(i * before.back());
    stage.payoffs.insert(stage.payoffs.end(), rewards + static_cast<std::ptrdiff_t>(before[state]),
                         rewards + static_cast<std::ptrdiff_t>(before[state + 1]));
  }
  return stage;
}

MarkovGame repeated(const NormalFormGame& game, double discount) {
  MarkovGame result;
  result.name = game.name + ", repeated";
  result.states = 1;
  result.actions = game.actions;
  result.discount = discount;
  result.rewards = game.payoffs;
  result.transitions.assign(joint_actions(game.actions), 1.0);
  return result;
}

MarkovGame symmetric_markov_game(int agents, int states, int actions, double discount, std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  const auto S = static_cast<std::size_t>(states);
  MarkovGame game;
  game.name = "symmetric Markov " + std::to_string(agents) + " agents, " + std::to_string(states) + " states, " +
              std::to_string(actions) + " actions, seed " + std::to_string(seed);
  game.states = states;
  game.discount = discount;
  game.actions.assign(static_cast<std::size_t>(agents) * S, actions);
  const std::vector<std::size_t> before = rows_before_states(game);
  game.rewards.resize(static_cast<std::size_t>(agents) * before.back());
  for (std::size_t s = 0; s < S; ++s) {
    // One reward for each (own action, sorted actions of the others), one row for each sorted joint action.
    std::map<std::vector<int>, double> reward;
    std::map<std::vector<int>, std::vector<double>> row;
    for (std::size_t k = before[s]; k < before[s + 1]; ++k) {
      std::vector<int> joint = joint_action(k - before[s], agents, actions);
      for (int i = 0; i < agents; ++i) {
        std::vector<int> key = joint;
        std::rotate(key.begin(), key.begin() + i, key.begin() + i + 1);
        std::sort(key.begin() + 1, key.end());
        const auto [entry, is_new] = reward.try_emplace(key, 0.0);
        if (is_new) entry->second = uniform(bits, -1, 1);
        game.rewards[static_cast<std::size_t>(i) * before.back() + k] = entry->second;
      }
      std::sort(joint.begin(), joint.end());
      const auto [entry, is_new] = row.try_emplace(joint);
      if (is_new) entry->second = random_distribution(bits, S);
      game.transitions.insert(game.transitions.end(), entry->second.begin(), entry->second.end());
    }
  }
  return game;
}

}  // namespace quantal
