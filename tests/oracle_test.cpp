// The oracle against numbers worked out by hand.

#include "oracle.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "random_games.hpp"

namespace {

using oracle::Number;
using oracle::Profile;

constexpr double infinity = std::numeric_limits<double>::infinity();

// Rows: own action 0, 1; columns: the other's. The second agent's payoffs are listed the same way, (a_0, a_1).
const oracle::Game dilemma{{2, 2}, {3, 0, 5, 1, 3, 5, 0, 1}};

TEST(Oracle, ExpectedPayoffsOfTwoAgents) {
  const Profile expected = oracle::expected_payoffs(dilemma, {{0.25L, 0.75L}, {0.5L, 0.5L}});
  // rbar_0 = (3 + 0, 5 + 1) / 2
  EXPECT_EQ(expected[0][0], 1.5L);
  EXPECT_EQ(expected[0][1], 3.0L);
  // rbar_1 = (3/4 + 0, 5/4 + 3/4)
  EXPECT_EQ(expected[1][0], 0.75L);
  EXPECT_EQ(expected[1][1], 2.0L);
}

TEST(Oracle, ExpectedPayoffsOfThreeAgentsWithRaggedActions) {
  // r_i(a) = 100 a_0 + 10 a_1 + a_2 for agent 0, its negative for agent 1, its square for agent 2; shape 2x1x3.
  oracle::Game game{{2, 1, 3}, {0, 1, 2, 100, 101, 102}};
  for (int k = 0; k < 6; ++k) game.payoffs.push_back(-game.payoffs[static_cast<std::size_t>(k)]);
  for (int k = 0; k < 6; ++k) {
    const double x = game.payoffs[static_cast<std::size_t>(k)];
    game.payoffs.push_back(x * x);
  }
  const Profile expected = oracle::expected_payoffs(game, {{0.25L, 0.75L}, {1}, {0.5L, 0.25L, 0.25L}});
  // E[a_2] = 3/4
  EXPECT_EQ(expected[0][0], 0.75L);
  EXPECT_EQ(expected[0][1], 100.75L);
  // E[100 a_0 + a_2] = 75.75
  EXPECT_EQ(expected[1][0], -75.75L);
  // (100 a_0 + k)^2 averaged over a_0: 1/4 k^2 + 3/4 (100 + k)^2
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(expected[2][static_cast<std::size_t>(k)],
              0.25L * static_cast<Number>(k * k) + 0.75L * static_cast<Number>((100 + k) * (100 + k)));
  }
}

TEST(Oracle, UpdateOfTheLogits) {
  const Profile logits = {{1, -1}, {0, 2}};
  const Profile expected = {{1.5L, 3}, {0.75L, 2}};
  const Profile next = oracle::update(logits, expected, {0.5, 1.0}, 0.5);
  // Agent 0 keeps 3/4 of its logits, agent 1 half.
  EXPECT_EQ(next[0][0], 0.75L + 0.75L);
  EXPECT_EQ(next[0][1], -0.75L + 1.5L);
  EXPECT_EQ(next[1][0], 0.375L);
  EXPECT_EQ(next[1][1], 1 + 1.0L);
  const Profile uniform = oracle::update(logits, expected, {infinity, infinity}, 0.0);
  EXPECT_EQ(uniform[0][0], 0);
  EXPECT_EQ(uniform[1][1], 0);
}

TEST(Oracle, PowersAndExponentialsAreTheSameUpdate) {
  // pi' proportional to pi^(1 - eta tau) exp(eta rbar), the form in the paper.
  const std::vector<Number> policy = {0.2L, 0.3L, 0.5L};
  const std::vector<Number> rbar = {1, -2, 0.5L};
  const double eta = 0.25;
  const double tau = 1.5;
  std::vector<Number> weights;
  Number sum = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    weights.push_back(std::pow(policy[a], 1 - 0.375L) * std::exp(0.25L * rbar[a]));
    sum += weights.back();
  }
  const Profile next = oracle::policies_of(oracle::update(oracle::logits_of({policy}), {rbar}, {tau}, eta));
  for (std::size_t a = 0; a < 3; ++a) EXPECT_NEAR(static_cast<double>(next[0][a] - weights[a] / sum), 0, 1e-18);
}

TEST(Oracle, GapsByHand) {
  // Uniform against rbar = (0, 2 log 3) at tau = 2: the response is (1/4, 3/4).
  const Number three = std::log(3.0L);
  const Number gap = oracle::qre_gap({0, 0}, {0, 2 * three}, 2.0);
  // 2 KL((1/2, 1/2) || (1/4, 3/4)) = log 2 + log(2/3) = log(4/3)
  EXPECT_NEAR(static_cast<double>(gap - std::log(4.0L / 3)), 0, 1e-18);
  EXPECT_NEAR(static_cast<double>(oracle::qre_gap_by_difference({0.5L, 0.5L}, {0, 2 * three}, 2.0) - gap), 0, 1e-18);
  EXPECT_EQ(oracle::nash_gap({0.5L, 0.5L}, {0, 2}), 1);
  EXPECT_EQ(oracle::qre_gap({0, 0}, {0, 2}, 0.0), 1);
  EXPECT_EQ(oracle::qre_gap({3, 3}, {0, 2}, infinity), 0);
  EXPECT_TRUE(std::isinf(oracle::qre_gap({3, 2}, {0, 2}, infinity)));
  EXPECT_EQ(oracle::qre_gap({3}, {17}, 0.1), 0);
}

TEST(Oracle, BothFormsOfTheGapAgree) {
  std::mt19937_64 bits(3);
  for (int k = 0; k < 1000; ++k) {
    const int m = quantal::integer(bits, 1, 6);
    const double tau = std::exp(quantal::uniform(bits, -3, 3));
    std::vector<Number> logits;
    std::vector<Number> rbar;
    for (int a = 0; a < m; ++a) {
      logits.push_back(quantal::uniform(bits, -10, 10));
      rbar.push_back(quantal::uniform(bits, -1, 1));
    }
    const Number gap = oracle::qre_gap(logits, rbar, tau);
    EXPECT_GE(gap, 0);
    EXPECT_NEAR(static_cast<double>(oracle::qre_gap_by_difference(oracle::softmax(logits), rbar, tau) - gap), 0,
                1e-17 * (1 + tau * 20));
  }
}

TEST(Oracle, SmallGapsKeepTheirDigits) {
  // pi = (1/2, 1/2) (1 + s, 1 - s) against a uniform response: KL = s^2 / 2 + s^4 / 12 + ..
  for (const Number s : {1e-3L, 1e-6L, 1e-9L, 1e-12L}) {
    const std::vector<Number> logits = {std::log1p(s), std::log1p(-s)};
    const Number exact = s * s / 2 + s * s * s * s / 12;
    EXPECT_NEAR(static_cast<double>(oracle::qre_gap(logits, {5, 5}, 1.0) / exact), 1, 1e-6);
  }
}

TEST(Oracle, VanishingPoliciesCost) {
  // A policy of 0 adds its response's weight to the KL's terms: KL((1, 0) || (q, 1 - q)) = -log q.
  const Number gap = oracle::qre_gap({0, -std::numeric_limits<Number>::infinity()}, {0, 0}, 1.0);
  EXPECT_NEAR(static_cast<double>(gap - std::log(2.0L)), 0, 1e-18);
}

TEST(Oracle, ExpLessLinear) {
  EXPECT_EQ(oracle::exp_less_linear(0), 0);
  EXPECT_NEAR(static_cast<double>(oracle::exp_less_linear(2) - (std::exp(2.0L) - 3)), 0, 1e-17);
  EXPECT_NEAR(static_cast<double>(oracle::exp_less_linear(-2) - (std::exp(-2.0L) + 1)), 0, 1e-17);
  // Both branches meet.
  EXPECT_NEAR(static_cast<double>(oracle::exp_less_linear(0.999999999L) - (std::exp(0.999999999L) - 1.999999999L)), 0,
              1e-17);
  EXPECT_NEAR(static_cast<double>(oracle::exp_less_linear(1e-8L) / 5e-17L), 1 + 1e-8 / 3, 1e-15);
}

TEST(Oracle, FixedPointsAndDistances) {
  // Matching pennies: uniform is the QRE at every temperature.
  const oracle::Game pennies{{2, 2}, {1, -1, -1, 1, -1, 1, 1, -1}};
  EXPECT_EQ(oracle::distance_to_response(pennies, oracle::uniform_policies({2, 2}), {0.1, 3}), 0);
  EXPECT_EQ(oracle::distance({{0.5L, 0.5L}}, {{0.25L, 0.75L}}), 0.25L);
  EXPECT_TRUE(std::isinf(oracle::distance({{std::nanl(""), 0.5L}}, {{0.25L, 0.75L}})));
  EXPECT_TRUE(std::isinf(oracle::distance({{0.5L, std::nanl("")}, {0.5L, 0.5L}}, {{0.25L, 0.75L}, {0.5L, 0.5L}})));
}

TEST(Oracle, PoliciesAreNormalised) {
  const double flat[] = {0.25, 0.75, 1.0 / 3, 1.0 / 3, 1.0 / 3};
  const Profile policies = oracle::policies_from({2, 3}, flat);
  EXPECT_EQ(policies[0][1], 0.75L);
  EXPECT_EQ(policies[1][0], 1 / 3.0L);
  EXPECT_EQ(oracle::uniform_policies({2, 3})[1][2], 1 / 3.0L);
}

}  // namespace
