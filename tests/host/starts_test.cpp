// Initial policies.

#include "host/starts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "quantal/quantal.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

std::vector<double> start(const std::vector<int>& actions, std::uint64_t seed, std::size_t game, std::uint64_t k) {
  quantal::Run run;
  run.game = game;
  run.random_start = k;
  std::size_t all = 0;
  for (const int m : actions) all += static_cast<std::size_t>(m);
  std::vector<double> theta(all);
  Settings settings;
  settings.seed = seed;
  initial_logits(run, actions, settings, theta);
  for (double& x : theta) x = std::exp(x);
  return theta;
}

TEST(Starts, RandomPoliciesDependOnSeedGameAndNumberOnly) {
  const std::vector<int> actions = {2, 3};
  const std::vector<double> policies = start(actions, 5, 7, 2);
  EXPECT_EQ(start(actions, 5, 7, 2), policies);
  EXPECT_NE(start(actions, 6, 7, 2), policies);
  EXPECT_NE(start(actions, 5, 8, 2), policies);
  EXPECT_NE(start(actions, 5, 7, 3), policies);
  // Seeds and numbers beyond 32 bits count.
  EXPECT_NE(start(actions, 5 + (std::uint64_t{1} << 32), 7, 2), policies);
  EXPECT_NE(start(actions, 5, 7, 2 + (std::uint64_t{1} << 32)), policies);
  EXPECT_NE(start(actions, 5, 7 + (std::size_t{1} << 32), 2), policies);
  // The other settings of a run do not.
  quantal::Run run;
  run.game = 7;
  run.random_start = 2;
  run.tau = 9;
  run.eta = 0.001;
  std::vector<double> theta(5);
  Settings settings;
  settings.seed = 5;
  initial_logits(run, actions, settings, theta);
  for (double& x : theta) x = std::exp(x);
  EXPECT_EQ(theta, policies);
}

TEST(Starts, RandomPoliciesAreTheSameInEveryBatch) {
  std::vector<Game> games;
  for (std::uint64_t g = 0; g < 4; ++g) games.emplace_back(random_game({2, 3}, g));
  Settings settings;
  settings.backend = Backend::cpu;
  settings.max_iterations = 0;
  settings.seed = 31;
  std::vector<quantal::Run> runs;
  for (const std::size_t game : {3U, 0U, 3U, 1U}) {
    quantal::Run run;
    run.game = game;
    run.random_start = runs.size() / 2;
    runs.push_back(run);
  }
  const Results results = solve(games, runs, settings);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto expected = start({2, 3}, 31, runs[r].game, *runs[r].random_start);
    const auto policies = results.policies_of(r);
    for (std::size_t a = 0; a < 5; ++a) EXPECT_NEAR(policies[a], expected[a], 1e-15);
  }
  EXPECT_NE(results.policies_of(0)[0], results.policies_of(2)[0]);
}

TEST(Starts, ABatchMayBeSolvedInSeveralCalls) {
  std::vector<Game> games;
  for (std::uint64_t g = 0; g < 5; ++g) games.emplace_back(random_game({2, 3}, g));
  Sweep sweep;
  sweep.starts = 3;
  Settings settings;
  settings.backend = Backend::cpu;
  settings.max_iterations = 4;
  settings.gap_tolerance = 0;
  settings.seed = 8;
  const Results whole = solve(games, sweep, settings);
  for (std::size_t g = 0; g < games.size(); ++g) {
    settings.first_game = g;
    const Results part = solve(std::span(games).subspan(g, 1), sweep, settings);
    for (std::size_t k = 0; k < 3; ++k) {
      const auto expected = whole.policies_of(3 * g + k);
      const auto policies = part.policies_of(k);
      EXPECT_TRUE(std::equal(policies.begin(), policies.end(), expected.begin(), expected.end())) << g << ' ' << k;
    }
  }
  settings.first_game = (std::uint64_t{1} << 48) - 4;
  EXPECT_THROW(solve(games, sweep, settings), InputError);
}

TEST(Starts, OfASweepMayBeGiven) {
  const std::vector<Game> games = {random_game({2, 3}, 1), random_game({2, 3}, 2)};
  Sweep sweep;
  sweep.tau = {{1.0}, {0.5}};
  sweep.initial_policies = {{0.25, 0.75, 0.5, 0.25, 0.25}, {0.5, 0.5, 0.125, 0.125, 0.75}};
  EXPECT_EQ(sweep.runs_per_game(), 4U);
  Settings settings;
  settings.backend = Backend::cpu;
  settings.max_iterations = 0;
  const Results results = solve(games, sweep, settings);
  ASSERT_EQ(results.size(), 8U);
  for (std::size_t r = 0; r < 8; ++r) {
    const auto policies = results.policies_of(r);
    for (std::size_t a = 0; a < 5; ++a) EXPECT_NEAR(policies[a], sweep.initial_policies[r % 2][a], 1e-15);
  }
}

TEST(Starts, RandomPoliciesAreUniformOnTheSimplex) {
  // With m actions each probability has the distribution function 1 - (1 - x)^(m-1), mean 1/m, and two of an agent have
  // covariance -1 / (m^2 (m+1)). Compared at 20,000 starts.
  constexpr int number = 20'000;
  const std::vector<int> actions = {3, 4, 2};
  std::vector<std::vector<double>> samples(9);
  for (int k = 0; k < number; ++k) {
    const auto policies = start(actions, 1, 0, static_cast<std::uint64_t>(k));
    std::size_t at = 0;
    for (const int m : actions) {
      double sum = 0;
      for (int a = 0; a < m; ++a, ++at) {
        ASSERT_GT(policies[at], 0);
        samples[at].push_back(policies[at]);
        sum += policies[at];
      }
      ASSERT_NEAR(sum, 1, 1e-14);
    }
  }
  const auto covariance = [&](std::size_t a, std::size_t b, double mean_a, double mean_b) {
    double sum = 0;
    for (std::size_t k = 0; k < number; ++k) sum += (samples[a][k] - mean_a) * (samples[b][k] - mean_b);
    return sum / number;
  };
  EXPECT_NEAR(covariance(0, 1, 1 / 3.0, 1 / 3.0), -1 / 36.0, 0.001);
  // Agents are independent of each other, one start of the next.
  EXPECT_NEAR(covariance(0, 3, 1 / 3.0, 0.25), 0, 0.001);
  EXPECT_NEAR(covariance(3, 7, 0.25, 0.5), 0, 0.001);
  double lagged = 0;
  for (std::size_t k = 0; k + 1 < number; ++k) lagged += (samples[7][k] - 0.5) * (samples[7][k + 1] - 0.5);
  EXPECT_NEAR(lagged / number, 0, 0.002);
  std::size_t at = 0;
  for (const int m : actions) {
    for (int a = 0; a < m; ++a, ++at) {
      std::sort(samples[at].begin(), samples[at].end());
      double furthest = 0;  // Kolmogorov and Smirnov's statistic; 1.63 / sqrt(n) is exceeded once in a hundred times
      for (std::size_t k = 0; k < number; ++k) {
        const double exact = 1 - std::pow(1 - samples[at][k], m - 1);
        furthest = std::max(furthest, std::fabs(exact - (static_cast<double>(k) + 0.5) / number));
      }
      EXPECT_LT(furthest, 2.0 / std::sqrt(number)) << "action " << at;
    }
  }
}

TEST(Starts, OwnPoliciesAreNormalisedAndUniformOnesAreExact) {
  quantal::Run run;
  run.initial_policies = {0.25, 0.7500005, 1};
  std::vector<double> theta(3);
  initial_logits(run, {2, 1}, {}, theta);
  EXPECT_NEAR(std::exp(theta[0]), 0.25 / 1.0000005, 1e-15);
  EXPECT_NEAR(std::exp(theta[0]) + std::exp(theta[1]), 1, 1e-15);
  EXPECT_EQ(theta[2], 0);
  // They take the place of a random start.
  run.random_start = 3;
  std::vector<double> again(3);
  initial_logits(run, {2, 1}, {}, again);
  EXPECT_EQ(again, theta);
  initial_logits(quantal::Run{}, {2, 1}, {}, theta);
  EXPECT_EQ(theta, std::vector<double>(3, 0.0));
}

}  // namespace
}  // namespace quantal
