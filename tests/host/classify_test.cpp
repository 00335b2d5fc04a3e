// Classes of network games, against their definitions over all joint actions, and of Markov games.

#include "quantal/classify.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "quantal/quantal.hpp"
#include "random_games.hpp"
#include "random_networks.hpp"

namespace quantal {
namespace {

/// The classes by their definitions, with differences below 1e-9 taken for none.
NetworkClass by_definition(const PolymatrixGame& game) {
  constexpr double none = 1e-9;
  const NormalFormGame flat = normal_form(game);
  const std::size_t agents = game.actions.size();
  const std::size_t joint = joint_actions(game.actions);
  std::vector<double> sum(joint, 0.0);
  for (std::size_t i = 0; i < agents; ++i) {
    for (std::size_t k = 0; k < joint; ++k) sum[k] += flat.payoffs[i * joint + k];
  }
  const auto [low, high] = std::minmax_element(sum.begin(), sum.end());
  NetworkClass found{*high - *low < none, 0, true, true, true, true};
  if (found.constant_sum && std::fabs(sum[0]) >= none) found.sum = sum[0];

  for (std::size_t e = 0; e < game.edges.size(); ++e) {
    PolymatrixGame pair{"", game.actions, {game.edges[e]}, {}};
    const std::size_t begin = matrix_begin(game, e, 0);
    const std::size_t end = e + 1 < game.edges.size() ? matrix_begin(game, e + 1, 0) : game.payoffs.size();
    pair.payoffs.assign(game.payoffs.begin() + static_cast<std::ptrdiff_t>(begin),
                        game.payoffs.begin() + static_cast<std::ptrdiff_t>(end));
    const auto first = static_cast<std::size_t>(pair.edges[0].first);
    const auto second = static_cast<std::size_t>(pair.edges[0].second);
    std::vector<int> profile(agents, 0);
    const auto of_both = [&](int a, int b) {
      profile[first] = a;
      profile[second] = b;
      return std::pair(payoff_at(pair, first, profile), payoff_at(pair, second, profile));
    };
    const auto [p, q] = of_both(0, 0);
    for (int a = 0; a < game.actions[first]; ++a) {
      for (int b = 0; b < game.actions[second]; ++b) {
        const auto [x, y] = of_both(a, b);
        if (std::fabs(x + y - p - q) >= none) found.edgewise_constant_sum = false;
        if (std::fabs(x - y) >= none) found.coordination = false;
      }
    }
  }

  // The sum of payoffs along every square of two agents' actions (zero-sum up to terms of one's own action or of the
  // others'), and what the two gain on the way round it (Monderer and Shapley, Corollary 2.9).
  std::vector<std::size_t> stride(agents, 1);
  for (std::size_t i = agents - 1; i > 0; --i) stride[i - 1] = stride[i] * static_cast<std::size_t>(game.actions[i]);
  for (std::size_t i = 0; i < agents; ++i) {
    for (std::size_t j = 0; j < agents; ++j) {
      if (i == j) continue;
      const double* r_i = flat.payoffs.data() + i * joint;
      const double* r_j = flat.payoffs.data() + j * joint;
      for (std::size_t k = 0; k < joint; ++k) {
        const auto a = static_cast<int>(k / stride[i] % static_cast<std::size_t>(game.actions[i]));
        const auto b = static_cast<int>(k / stride[j] % static_cast<std::size_t>(game.actions[j]));
        if (a + 1 == game.actions[i] || b + 1 == game.actions[j]) continue;
        const std::size_t k_i = k + stride[i];
        const std::size_t k_j = k + stride[j];
        const std::size_t k_ij = k_i + stride[j];
        const double round = r_i[k_i] - r_i[k] + r_j[k_ij] - r_j[k_i] + r_i[k_j] - r_i[k_ij] + r_j[k] - r_j[k_j];
        if (std::fabs(round) >= none) found.exact_potential = false;
        const double second = r_i[k] - r_i[k_i] - r_i[k_j] + r_i[k_ij] + r_j[k] - r_j[k_i] - r_j[k_j] + r_j[k_ij];
        if (std::fabs(second) >= none) found.zero_sum_equivalent = false;
      }
    }
  }
  return found;
}

void expect_same(const NetworkClass& found, const NetworkClass& expected) {
  EXPECT_EQ(found.constant_sum, expected.constant_sum);
  EXPECT_NEAR(found.sum, expected.sum, 1e-12);
  EXPECT_EQ(found.sum == 0, expected.sum == 0);
  EXPECT_EQ(found.edgewise_constant_sum, expected.edgewise_constant_sum);
  EXPECT_EQ(found.zero_sum_equivalent, expected.zero_sum_equivalent);
  EXPECT_EQ(found.coordination, expected.coordination);
  EXPECT_EQ(found.exact_potential, expected.exact_potential);
}

/// A decimal with one digit behind the point, which double cannot hold.
double decimal(std::mt19937_64& bits) {
  return integer(bits, -30, 30) / 10.0;
}

using Pair = std::pair<double&, double&>;  // what an edge pays its first agent and its second

/// Calls body(edge, its two payoffs, a, b) for every edge and pair of actions.
template <class Body>
void for_payoffs(PolymatrixGame& game, const Body& body) {
  for (std::size_t e = 0; e < game.edges.size(); ++e) {
    const int rows = game.actions[static_cast<std::size_t>(game.edges[e].first)];
    const int columns = game.actions[static_cast<std::size_t>(game.edges[e].second)];
    for (int a = 0; a < rows; ++a) {
      for (int b = 0; b < columns; ++b) {
        const auto at = static_cast<std::size_t>(a * columns + b);
        body(e, Pair(game.payoffs[matrix_begin(game, e, 0) + at], game.payoffs[matrix_begin(game, e, 1) + at]), a, b);
      }
    }
  }
}

struct Kind {
  std::string name;
  std::function<void(PolymatrixGame&, std::mt19937_64&)> fill;
  NetworkClass expected;  // in networks with three agents or more of two actions or more
};

void fill_zero_sum(PolymatrixGame& game, std::mt19937_64& bits) {
  for_payoffs(game, [&](std::size_t, Pair payoff, int, int) { payoff.second = -(payoff.first = decimal(bits)); });
}

void fill_coordination(PolymatrixGame& game, std::mt19937_64& bits) {
  for_payoffs(game, [&](std::size_t, Pair payoff, int, int) { payoff.second = payoff.first = decimal(bits); });
}

/// Decimals for the actions of each agent.
std::vector<std::vector<double>> action_terms(const PolymatrixGame& game, std::mt19937_64& bits) {
  std::vector<std::vector<double>> terms;
  for (const int m : game.actions) {
    terms.emplace_back();
    for (int a = 0; a < m; ++a) terms.back().push_back(decimal(bits) + (a == 0 ? 7 : 0));
  }
  return terms;
}

/// Every agent earns a term of its action on its first edge, and its neighbour on its last edge pays for it.
void fill_global(PolymatrixGame& game, std::mt19937_64& bits) {
  fill_zero_sum(game, bits);
  const auto terms = action_terms(game, bits);
  for (std::size_t i = 0; i < game.actions.size(); ++i) {
    const auto is_own = [&](const PolymatrixEdge& edge) {
      return edge.first == static_cast<int>(i) || edge.second == static_cast<int>(i);
    };
    const auto earn = std::find_if(game.edges.begin(), game.edges.end(), is_own) - game.edges.begin();
    const auto pay = game.edges.rend() - std::find_if(game.edges.rbegin(), game.edges.rend(), is_own) - 1;
    for_payoffs(game, [&](std::size_t e, Pair payoff, int a, int b) {
      const bool is_first = game.edges[e].first == static_cast<int>(i);
      const double term = terms[i][static_cast<std::size_t>(is_first ? a : b) % terms[i].size()];
      if (static_cast<std::ptrdiff_t>(e) == earn) (is_first ? payoff.first : payoff.second) += term;
      if (static_cast<std::ptrdiff_t>(e) == pay) (is_first ? payoff.second : payoff.first) -= term;
    });
  }
}

void fill_constant(PolymatrixGame& game, std::mt19937_64& bits) {
  fill_zero_sum(game, bits);
  for_payoffs(game, [&](std::size_t e, Pair payoff, int, int) { payoff.second += e == 0 ? 2.1 : 0.3; });
}

/// Zero-sum or coordination, with a term of the other's action added to each payoff.
void add_terms_of_the_other(PolymatrixGame& game, std::mt19937_64& bits) {
  const auto terms = action_terms(game, bits);
  for_payoffs(game, [&](std::size_t e, Pair payoff, int a, int b) {
    payoff.first += 0.1 * terms[static_cast<std::size_t>(game.edges[e].second)][static_cast<std::size_t>(b)];
    payoff.second += 0.7 * terms[static_cast<std::size_t>(game.edges[e].first)][static_cast<std::size_t>(a)];
  });
}

const std::vector<Kind> kinds = {
    {"zero-sum", fill_zero_sum, {true, 0, true, true, false, false}},
    {"zero-sum globally", fill_global, {true, 0, false, true, false, false}},
    {"constant-sum", fill_constant, {true, -1, true, true, false, false}},  // -1: not 0
    {"zero-sum equivalent",
     [](PolymatrixGame& game, std::mt19937_64& bits) {
       fill_zero_sum(game, bits);
       add_terms_of_the_other(game, bits);
     },
     {false, 0, false, true, false, false}},
    {"coordination", fill_coordination, {false, 0, false, false, true, true}},
    {"potential",
     [](PolymatrixGame& game, std::mt19937_64& bits) {
       fill_coordination(game, bits);
       add_terms_of_the_other(game, bits);
     },
     {false, 0, false, false, false, true}},
    {"general",
     [](PolymatrixGame& game, std::mt19937_64& bits) {
       for (double& payoff : game.payoffs) payoff = decimal(bits);
     },
     {}},
};

TEST(Classify, FindsEveryKindWithDecimals) {
  std::mt19937_64 bits(1);
  for (const Kind& kind : kinds) {
    for (int trial = 0; trial < 60; ++trial) {
      std::vector<int> actions(static_cast<std::size_t>(integer(bits, 3, 5)));
      for (int& m : actions) m = integer(bits, 2, 4);
      PolymatrixGame game = random_network(actions, bits);
      kind.fill(game, bits);
      SCOPED_TRACE(kind.name + " " + shape_name(actions) + " #" + std::to_string(trial));
      const NetworkClass exact = by_definition(game);
      const NetworkClass found = classify(game);
      expect_same(found, exact);
      EXPECT_EQ(found.constant_sum, kind.expected.constant_sum);
      EXPECT_EQ(found.sum == 0, kind.expected.sum == 0);
      EXPECT_EQ(found.zero_sum_equivalent, kind.expected.zero_sum_equivalent);
      EXPECT_EQ(found.coordination, kind.expected.coordination);
      EXPECT_EQ(found.exact_potential, kind.expected.exact_potential);
      EXPECT_EQ(found.edgewise_constant_sum, kind.expected.edgewise_constant_sum);
    }
  }
}

TEST(Classify, SmallChangesCount) {
  std::mt19937_64 bits(2);
  for (const Kind& kind : kinds) {
    for (int trial = 0; trial < 40; ++trial) {
      std::vector<int> actions(static_cast<std::size_t>(integer(bits, 3, 5)));
      for (int& m : actions) m = integer(bits, 2, 3);
      PolymatrixGame game = random_network(actions, bits);
      kind.fill(game, bits);
      SCOPED_TRACE(kind.name + " " + shape_name(actions) + " #" + std::to_string(trial));
      game.payoffs[bits() % game.payoffs.size()] += 1e-6;
      expect_same(classify(game), NetworkClass{});
      expect_same(by_definition(game), NetworkClass{});
    }
  }
}

TEST(Classify, HoldsAtEveryScale) {
  std::mt19937_64 bits(3);
  for (const Kind& kind : kinds) {
    for (const double scale : {1e-200, 1e-9, 1.0 / 3, 1e9, 1e200}) {
      PolymatrixGame game = random_network({2, 3, 2, 3}, bits);
      kind.fill(game, bits);
      SCOPED_TRACE(kind.name);
      const NetworkClass before = classify(game);
      for (double& payoff : game.payoffs) payoff *= scale;
      NetworkClass after = classify(game);
      EXPECT_NEAR(after.sum, before.sum * scale, 1e-12 * std::fabs(before.sum * scale));
      after.sum = before.sum;
      EXPECT_EQ(after, before);
    }
  }
}

TEST(Classify, RoundedSumsAreEqual) {
  // 0.1 + 0.2 is not 0.3 in double.
  PolymatrixGame game{"", {2, 2}, {{0, 1, true, true}}, {0.1 + 0.2, 0.1, 0.2, 0.7, 0.7, 0.9, 0.8, 1 - 0.7}};
  const NetworkClass found = classify(game);
  EXPECT_TRUE(found.edgewise_constant_sum);
  EXPECT_DOUBLE_EQ(found.sum, 1.0);
  game.payoffs = {0.1 + 0.2, 0, 0, 0.7, 0.3, 0, 0, 1 - 0.3};
  EXPECT_TRUE(classify(game).coordination);
  game.payoffs = {0.1 + 0.2, 0, 0, 0.7, -0.3, 0, 0, 0.3 - 1};
  EXPECT_EQ(classify(game), (NetworkClass{true, 0, true, true, false, false}));
}

TEST(Classify, OneDirectionalEdgesCountAsZeros) {
  std::mt19937_64 bits(4);
  for (int trial = 0; trial < 100; ++trial) {
    SCOPED_TRACE(trial);
    PolymatrixGame game = random_network({2, 3, 2, 2}, bits);
    std::vector<double> payoffs;
    for (PolymatrixEdge& edge : game.edges) {
      const int which = integer(bits, 0, 2);
      edge.pays_first = which != 0;
      edge.pays_second = which != 1;
    }
    // A term of the other's action alone, of one's own alone, or anything.
    for (const PolymatrixEdge& edge : game.edges) {
      const int rows = game.actions[static_cast<std::size_t>(edge.first)];
      const int columns = game.actions[static_cast<std::size_t>(edge.second)];
      for (const bool pays : {edge.pays_first, edge.pays_second}) {
        const int kind = integer(bits, 0, trial % 4);
        for (int k = 0; pays && k < rows * columns; ++k) {
          payoffs.push_back(kind == 0   ? 0.1 * (k / columns)
                            : kind == 1 ? 0.7
                            : kind == 2 ? 0.1 * (k % columns)
                                        : decimal(bits));
        }
      }
    }
    game.payoffs = payoffs;
    validate(game);
    expect_same(classify(game), by_definition(game));
  }
}

TEST(Classify, AgentsWithoutEdgesOrChoices) {
  const NetworkClass all{true, 0, true, true, true, true};
  EXPECT_EQ(classify(PolymatrixGame{"", {3}, {}, {}}), all);
  EXPECT_EQ(classify(PolymatrixGame{"", {1, 2, 3}, {}, {}}), all);
  // Opponents without a choice: a term of its own action.
  const NetworkClass found = classify(PolymatrixGame{"", {1, 3}, {{0, 1, false, true}}, {1, 2, 3}});
  EXPECT_EQ(found, (NetworkClass{false, 0, false, true, false, true}));
  EXPECT_EQ(classify(PolymatrixGame{"", {1, 1}, {{0, 1, true, true}}, {1, 2}}),
            (NetworkClass{true, 3, true, true, false, true}));
}

TEST(Classify, OverflowIsNoEquality) {
  const double most = 1.7e308;
  EXPECT_EQ(
      classify(PolymatrixGame{"", {2, 2}, {{0, 1, true, true}}, {most, most, most, most, most, most, most, -most}}),
      NetworkClass{});
}

TEST(ZeroSumWeights, AreFoundWhereTheyExist) {
  std::mt19937_64 bits(6);
  for (const Kind& kind : kinds) {
    for (int trial = 0; trial < 40; ++trial) {
      std::vector<int> actions(static_cast<std::size_t>(integer(bits, 2, 5)));
      for (int& m : actions) m = integer(bits, 3, 4);  // games of 2x2 actions have weights by chance
      PolymatrixGame game = random_network(actions, bits);
      kind.fill(game, bits);
      SCOPED_TRACE(kind.name + " " + shape_name(actions) + " #" + std::to_string(trial));
      const bool expected = classify(game).zero_sum_equivalent;
      const auto plain = zero_sum_weights(game);
      ASSERT_EQ(plain.has_value(), expected);
      if (expected) {
        for (const double weight : *plain) EXPECT_NEAR(weight, 1, 1e-12);
      }

      // Agents that count in other units.
      std::vector<double> unit;
      for (std::size_t i = 0; i < actions.size(); ++i) unit.push_back(std::pow(10, uniform(bits, -3, 3)));
      for_payoffs(game, [&](std::size_t e, Pair payoff, int, int) {
        payoff.first /= unit[static_cast<std::size_t>(game.edges[e].first)];
        payoff.second /= unit[static_cast<std::size_t>(game.edges[e].second)];
      });
      const auto weights = zero_sum_weights(game);
      ASSERT_EQ(weights.has_value(), expected);
      if (!expected) continue;
      for (std::size_t i = 0; i < actions.size(); ++i) EXPECT_NEAR((*weights)[i] * unit[0] / unit[i], 1, 1e-11);
      // They make the game what they promise.
      for_payoffs(game, [&](std::size_t e, Pair payoff, int, int) {
        payoff.first *= (*weights)[static_cast<std::size_t>(game.edges[e].first)] * unit[0];
        payoff.second *= (*weights)[static_cast<std::size_t>(game.edges[e].second)] * unit[0];
      });
      EXPECT_TRUE(by_definition(game).zero_sum_equivalent);
    }
  }
}

TEST(ZeroSumWeights, RatiosMustAgreeAlongCycles) {
  // Matching pennies on a triangle: stakes in the units of the second agent of each edge.
  const auto triangle = [](double x, double y, double z) {
    PolymatrixGame game{"", {2, 2, 2}, {{0, 1, true, true}, {1, 2, true, true}, {2, 0, true, true}}, {}};
    for (const double stake : {x, y, z}) {
      game.payoffs.insert(game.payoffs.end(), {1, -1, -1, 1, -stake, stake, stake, -stake});
    }
    return game;
  };
  EXPECT_TRUE(zero_sum_weights(triangle(1, 1, 1)));
  EXPECT_TRUE(zero_sum_weights(triangle(0.1, 0.7, 1 / 0.07)));
  EXPECT_FALSE(zero_sum_weights(triangle(0.1, 0.7, 1 / 0.07 + 1e-6)));
  EXPECT_FALSE(zero_sum_weights(triangle(2, 1, 1)));
  EXPECT_FALSE(zero_sum_weights(triangle(-1, -1, 1)));  // coordination on two edges
}

TEST(ZeroSumWeights, SpecialGames) {
  // Goeree and Holt's asymmetric matching pennies: the second agent's stakes are a quarter of the first's.
  const auto pennies = zero_sum_weights({"", {2, 2}, {{0, 1, true, true}}, {3.2, 0.4, 0.4, 0.8, 0.4, 0.8, 0.8, 0.4}});
  ASSERT_TRUE(pennies);
  EXPECT_DOUBLE_EQ((*pennies)[1], 4);
  // No edge, no choice, no interaction: any weights.
  EXPECT_EQ(zero_sum_weights({"", {2, 3}, {}, {}}), (std::vector<double>{1, 1}));
  EXPECT_EQ(zero_sum_weights({"", {1, 3}, {{0, 1, false, true}}, {1, 2, 3}}), (std::vector<double>{1, 1}));
  EXPECT_EQ(zero_sum_weights({"", {2, 2}, {{0, 1, true, false}}, {1, 2, 3, 4}}), (std::vector<double>{1, 1}));
  // One side alone interacts.
  EXPECT_FALSE(zero_sum_weights({"", {2, 2}, {{0, 1, true, false}}, {1, 0, 0, 1}}));
  const double most = 1.7e308;
  EXPECT_FALSE(zero_sum_weights({"", {2, 2}, {{0, 1, true, true}}, {most, -most, 0, 0, most, 0, 0, most}}));
}

TEST(Classify, AMillionEdgesTakeNoTime) {
  std::mt19937_64 bits(5);
  PolymatrixGame game;
  constexpr int agents = 100'000;
  game.actions.assign(agents, 3);
  for (int i = 0; i < agents; ++i) {
    for (int k = 1; k <= 10; ++k) game.edges.push_back({i, (i + 7 * k) % agents, true, true});
  }
  game.payoffs.resize(game.edges.size() * 18);
  for (std::size_t e = 0; e < game.edges.size(); ++e) {
    for (std::size_t k = 0; k < 9; ++k) {
      game.payoffs[e * 18 + k] = uniform(bits, -1, 1);
      game.payoffs[e * 18 + 9 + k] = -game.payoffs[e * 18 + k];
    }
  }
  const auto begin = std::chrono::steady_clock::now();
  const NetworkClass found = classify(game);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(found, (NetworkClass{true, 0, true, true, false, false}));
  const std::chrono::steady_clock::time_point between = std::chrono::steady_clock::now();
  EXPECT_TRUE(zero_sum_weights(game));
  const std::chrono::duration<double> seconds_weights = std::chrono::steady_clock::now() - between;
  RecordProperty("seconds_weights", std::to_string(seconds_weights.count()));
  EXPECT_LT(seconds_weights.count(), 10);
  RecordProperty("seconds", std::to_string(seconds.count()));
  EXPECT_LT(seconds.count(), 10);  // a tenth of a second where nothing else runs, instrumented ten times that
}

MarkovClass class_of_rewards(int agents, const std::vector<double>& rewards) {
  MarkovGame game;  // one agent chooses, in one state
  game.states = 1;
  game.actions.assign(static_cast<std::size_t>(agents), 1);
  game.actions.front() = static_cast<int>(rewards.size()) / agents;
  game.rewards = rewards;
  game.transitions.assign(rewards.size() / static_cast<std::size_t>(agents), 1.0);
  validate(Game(game));
  return classify(game);
}

TEST(Classify, MarkovGamesByTheirRewards) {
  EXPECT_EQ(class_of_rewards(2, {1, -2, 0, -1, 2, 0}), (MarkovClass{true, 0, false}));
  EXPECT_EQ(class_of_rewards(2, {0.3, 0, 0.9, 0.7, 1, 0.1}), (MarkovClass{true, 1, false}));
  EXPECT_EQ(class_of_rewards(3, {0.1, 0.7, 0.2, 0.2, -0.3, -0.9}), (MarkovClass{true, 0, false}));
  EXPECT_EQ(class_of_rewards(2, {0.1 + 0.2, 5, 0.3, 5}), (MarkovClass{false, 0, true}));
  EXPECT_EQ(class_of_rewards(2, {3, 3, 3, 3}), (MarkovClass{true, 6, true}));
  EXPECT_EQ(class_of_rewards(2, {1, 2, -1, -2.0001}), (MarkovClass{false, 0, false}));
  EXPECT_EQ(class_of_rewards(2, {1, 2, 1, 2.0001}), (MarkovClass{false, 0, false}));
  EXPECT_EQ(class_of_rewards(1, {1, 2}), (MarkovClass{false, 0, true}));
  const double most = 1.7e308;
  EXPECT_EQ(class_of_rewards(2, {most, most, most, -most}), (MarkovClass{false, 0, false}));
}

}  // namespace
}  // namespace quantal
