// Classes of games in normal form, both ways: what has them, and what a small change takes them from.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "normal_form_families.hpp"
#include "quantal/quantal.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

const std::vector<std::vector<int>> shapes = {{2, 2}, {3, 4}, {2, 3, 2}, {2, 2, 2, 2}, {3, 1, 2, 2, 2}};

/// A change of one payoff that every class must notice, and one that is only rounding.
constexpr double change = 1e-6;

NormalFormGame changed(NormalFormGame game, std::size_t which, double by) {
  game.payoffs[which % game.payoffs.size()] += by;
  return game;
}

/// The last agent's payoffs are what brings the sum of all to `sum`.
NormalFormGame constant_sum_game(const std::vector<int>& actions, double sum, std::uint64_t seed) {
  NormalFormGame game = random_game(actions, seed);
  const std::size_t joint = joint_actions(actions);
  for (std::size_t k = 0; k < joint; ++k) {
    double rest = sum;
    for (std::size_t i = 0; i + 1 < actions.size(); ++i) rest -= game.payoffs[i * joint + k];
    game.payoffs[(actions.size() - 1) * joint + k] = rest;
  }
  return game;
}

NormalFormGame identical_interest_game(const std::vector<int>& actions, std::uint64_t seed) {
  NormalFormGame game = random_game(actions, seed);
  const std::size_t joint = joint_actions(actions);
  for (std::size_t k = joint; k < game.payoffs.size(); ++k) game.payoffs[k] = game.payoffs[k % joint];
  return game;
}

/// A common potential, and for each agent a term of the others' actions.
NormalFormGame potential_game(const std::vector<int>& actions, std::uint64_t seed) {
  NormalFormGame game = identical_interest_game(actions, seed);
  const std::size_t joint = joint_actions(actions);
  std::mt19937_64 bits(seed);
  for (std::size_t i = 0; i < actions.size(); ++i) {
    std::size_t stride = 1;
    for (std::size_t j = i + 1; j < actions.size(); ++j) stride *= static_cast<std::size_t>(actions[j]);
    const std::size_t block = stride * static_cast<std::size_t>(actions[i]);
    std::vector<double> term(joint);
    for (double& x : term) x = uniform(bits, -1, 1);
    for (std::size_t k = 0; k < joint; ++k) {
      game.payoffs[i * joint + k] += term[k / block * block + k % stride];  // where i plays its first action
    }
  }
  return game;
}

TEST(ClassifyNormalForm, ConstantSum) {
  for (const auto& actions : shapes) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      for (const double sum : {0.0, 3.25}) {
        const NormalFormGame game = constant_sum_game(actions, sum, seed);
        SCOPED_TRACE(game.name);
        EXPECT_TRUE(classify(game).constant_sum);
        EXPECT_TRUE(classify(game).zero_sum_equivalent);
        EXPECT_NEAR(classify(game).sum, sum, sum == 0 ? 0 : 1e-12);
        for (std::size_t which = 0; which < 5; ++which) {
          const NormalFormClass other = classify(changed(game, 7 * which + seed, change));
          EXPECT_FALSE(other.constant_sum);
          EXPECT_EQ(other.sum, 0);
        }
      }
    }
  }
}

TEST(ClassifyNormalForm, IdenticalInterest) {
  for (const auto& actions : shapes) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const NormalFormGame game = identical_interest_game(actions, seed);
      SCOPED_TRACE(game.name);
      EXPECT_TRUE(classify(game).identical_interest);
      EXPECT_TRUE(classify(game).exact_potential);
      EXPECT_FALSE(classify(game).constant_sum);
      EXPECT_FALSE(classify(changed(game, 3 * seed, change)).identical_interest);
    }
  }
}

TEST(ClassifyNormalForm, ExactPotential) {
  for (const auto& actions : shapes) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const NormalFormGame game = potential_game(actions, seed);
      SCOPED_TRACE(game.name);
      EXPECT_TRUE(classify(game).exact_potential);
      EXPECT_FALSE(classify(game).identical_interest);
      // By the definition of squares.
      EXPECT_LT(potential_defect(game), 1e-12);
      const NormalFormGame other = changed(game, 5 * seed, change);
      EXPECT_GT(potential_defect(other), change / 2);
      EXPECT_FALSE(classify(other).exact_potential);
      EXPECT_FALSE(classify(random_game(actions, seed)).exact_potential);
    }
  }
}

TEST(ClassifyNormalForm, AgreesWithFamilies) {
  for (const NormalFormKind kind : all_kinds()) {
    const NormalFormGame game = game_of(kind);
    SCOPED_TRACE(game.name);
    if (joint_of(game) > 20000) continue;
    EXPECT_EQ(classify(game).exact_potential, potential_defect(game) < 1e-9);
    if (game.actions.size() != 2) continue;
    const NetworkClass network = class_of_two(game);
    const NormalFormClass normal = classify(game);
    EXPECT_EQ(normal.constant_sum, network.constant_sum);
    EXPECT_EQ(normal.zero_sum_equivalent, network.zero_sum_equivalent);
    EXPECT_EQ(normal.identical_interest, network.coordination);
    EXPECT_EQ(normal.exact_potential, network.exact_potential);
  }
}

TEST(ClassifyNormalForm, ZeroSumWeights) {
  std::mt19937_64 bits(4);
  for (const std::vector<int>& actions : std::vector<std::vector<int>>{{2, 2}, {3, 4}, {5, 2}}) {
    for (int trial = 0; trial < 10; ++trial) {
      const double weight = uniform(bits, 0.1, 10);
      NormalFormGame game = random_game(actions, bits());
      const std::size_t joint = joint_actions(actions);
      const auto columns = static_cast<std::size_t>(actions[1]);
      for (std::size_t k = 0; k < joint; ++k) game.payoffs[joint + k] = -game.payoffs[k] / weight;
      for (std::size_t k = 0; k < joint; ++k) game.payoffs[k] += static_cast<double>(k % columns) - 0.3;
      const auto found = zero_sum_weights(game);
      ASSERT_TRUE(found.has_value());
      EXPECT_EQ((*found)[0], 1);
      EXPECT_NEAR((*found)[1], weight, 1e-9 * weight);
      EXPECT_FALSE(classify(game).zero_sum_equivalent && std::fabs(weight - 1) > 1e-3);
      // In a game of 2x2 any two second differences of opposite signs cancel.
      const auto other = zero_sum_weights(changed(game, static_cast<std::size_t>(trial), change));
      EXPECT_EQ(other.has_value(), joint == 4);
      const PolymatrixGame network{"", actions, {{0, 1, true, true}}, game.payoffs};
      EXPECT_EQ(zero_sum_weights(network), found);
    }
  }
  EXPECT_FALSE(zero_sum_weights(bimatrix(2, 2, {1, 0, 0, 1}, {1, 0, 0, 1})).has_value());
  EXPECT_FALSE(zero_sum_weights(constant_sum_game({2, 2, 2}, 0, 1)).has_value());
  EXPECT_EQ(zero_sum_weights(bimatrix(2, 2, {1, 1, 0, 0}, {1, 2, 1, 2})), (std::vector<double>{1, 1}));
}

}  // namespace
}  // namespace quantal
