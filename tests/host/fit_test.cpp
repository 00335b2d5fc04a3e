// Fits of lambda to observed play, against closed forms and against likelihoods of the oracle's equilibria.

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "host/chi_square.hpp"
#include "oracle.hpp"
#include "quantal/quantal.hpp"
#include "random_games.hpp"
#include "sanitized.hpp"

namespace quantal {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double quantile_95 = 3.841458820694124;  // of chi-square with one degree of freedom

/// One lambda of one game.
Fits fit_one(const Game& game, const std::vector<double>& counts, const FitSettings& settings = {}) {
  return fit(std::vector<Game>{game}, std::vector<std::vector<double>>{counts}, settings);
}

NormalFormGame decision(const std::vector<double>& payoffs) {
  return {"decision", {static_cast<int>(payoffs.size())}, payoffs};
}

/// The game's QRE by the oracle's damped iteration, agent by agent.
std::vector<double> equilibrium(const NormalFormGame& game, double lambda) {
  const oracle::Game plain{game.actions, game.payoffs};
  oracle::Profile logits = oracle::logits_of(oracle::uniform_policies(game.actions));
  for (int k = 0; k < 600; ++k) {
    const oracle::Profile expected = oracle::expected_payoffs(plain, oracle::policies_of(logits));
    for (std::size_t i = 0; i < logits.size(); ++i) {
      for (std::size_t a = 0; a < logits[i].size(); ++a) {
        logits[i][a] += 0.1L * (static_cast<oracle::Number>(lambda) * expected[i][a] - logits[i][a]);
      }
    }
  }
  std::vector<double> flat;
  for (const std::vector<oracle::Number>& policy : oracle::policies_of(logits)) {
    for (const oracle::Number p : policy) flat.push_back(static_cast<double>(p));
  }
  return flat;
}

double log_likelihood(const std::vector<double>& counts, const std::vector<double>& policies) {
  double sum = 0;
  for (std::size_t a = 0; a < counts.size(); ++a) {
    if (counts[a] > 0) sum += counts[a] * std::log(policies[a]);
  }
  return sum;
}

/// The zero of a function that is above 0 at `low` and below at `high`, or the other way round.
double zero_between(double low, double high, const std::function<double(double)>& f) {
  const bool falls = f(low) > 0;
  for (int k = 0; k < 200; ++k) {
    const double middle = (low + high) / 2;
    ((f(middle) > 0) == falls ? low : high) = middle;
  }
  return (low + high) / 2;
}

TEST(Fit, OfTwoActionsIsTheLogOfTheirOdds) {
  for (const double difference : {1e-3, 1.0, 250.0}) {
    for (const double better : {51.0, 70.0, 99.0}) {
      const Fits fits = fit_one(decision({3, 3 + difference}), {100 - better, better});
      const Fit& fit = fits.each[0];
      const double lambda = std::log(better / (100 - better)) / difference;
      EXPECT_NEAR(fit.lambda, lambda, 1e-6 * lambda);
      const auto likelihood = [&](double x) {
        return -better * std::log1p(std::exp(-x * difference)) - (100 - better) * std::log1p(std::exp(x * difference));
      };
      EXPECT_NEAR(fit.log_likelihood, likelihood(lambda), 1e-10);
      EXPECT_NEAR(fit.log_likelihood_of_frequencies, likelihood(lambda), 1e-10);  // two actions: lambda fits them
      EXPECT_NEAR(fit.log_likelihood_of_chance, -100 * std::log(2.0), 1e-10);
      EXPECT_EQ(fit.free_frequencies, 1u);
      EXPECT_EQ(fit.p_of_fit, 1);
      // A likelihood ratio of one degree of freedom is a squared normal variable; lambda < 0 is left out.
      const double ratio = 2 * (likelihood(lambda) - likelihood(0));
      EXPECT_NEAR(fit.p_of_chance, std::erfc(std::sqrt(ratio / 2)) / 2, 1e-10);
      const auto over = [&](double x) { return likelihood(x) - likelihood(lambda) + quantile_95 / 2; };
      const double lower = over(0) > 0 ? 0 : zero_between(0, lambda, over);
      const double upper = zero_between(lambda, 100 * lambda, over);
      EXPECT_NEAR(fit.lower, lower, 1e-6 * lambda);
      EXPECT_NEAR(fit.upper, upper, 1e-6 * upper);
      EXPECT_NEAR(fits.policies[0][1], better / 100, 1e-7);
      EXPECT_FALSE(fit.at_end);
      EXPECT_FALSE(fit.jump);
      EXPECT_FALSE(fits.together);
    }
  }
}

TEST(Fit, FindsTheLambdaThatPlayCameFrom) {
  struct Case {
    std::vector<int> actions;
    std::uint64_t seed;
    double lambda;
  };
  const std::vector<Case> cases = {
      {{2, 2}, 1, 0.3}, {{2, 2}, 2, 2}, {{3, 4}, 3, 1.1}, {{2, 2, 2}, 4, 0.7}, {{5}, 5, 4}};
  for (const Case& each : cases) {
    const NormalFormGame game = random_game(each.actions, each.seed);
    std::vector<double> counts = equilibrium(game, each.lambda);
    for (double& count : counts) count *= 300;
    const Fits fits = fit_one(game, counts);
    EXPECT_NEAR(fits.each[0].lambda, each.lambda, 2e-6 * each.lambda) << shape_name(each.actions);
    EXPECT_NEAR(fits.each[0].log_likelihood, fits.each[0].log_likelihood_of_frequencies, 1e-8);
    EXPECT_GT(fits.each[0].p_of_fit, 0.999);
    for (std::size_t a = 0; a < counts.size(); ++a) EXPECT_NEAR(fits.policies[0][a], counts[a] / 300, 2e-6);
  }
}

TEST(Fit, NoLambdaOfTheOracleIsMoreLikely) {
  for (std::uint64_t seed = 1; seed <= (sanitized ? 1U : 3U); ++seed) {
    const NormalFormGame game = random_game({2, 3}, seed);
    const std::vector<double> counts = {7.0 + static_cast<double>(seed % 3), 4, 2, 9, 1.0 + static_cast<double>(seed)};
    const Fit fit = fit_one(game, counts).each[0];
    const auto likelihood = [&](double lambda) { return log_likelihood(counts, equilibrium(game, lambda)); };
    EXPECT_NEAR(fit.log_likelihood, likelihood(fit.lambda), 1e-9);
    for (double lambda = 0; lambda <= 6; lambda += 0.5) {
      EXPECT_LE(likelihood(lambda), fit.log_likelihood + 1e-9) << "seed " << seed << ", lambda " << lambda;
      if (lambda > fit.lower - 1e-6 && lambda < fit.upper + 1e-6) continue;
      EXPECT_LE(likelihood(lambda), fit.log_likelihood - quantile_95 / 2 + 1e-6);
    }
    for (const double end : {fit.lower, fit.upper}) {
      if (end == 0 || end > 6) continue;
      EXPECT_NEAR(likelihood(end), fit.log_likelihood - quantile_95 / 2, 1e-5);
    }
  }
}

TEST(Fit, OfOneLambdaTakesAllGames) {
  // Odds of two actions again, at payoff differences of 1 and 2: the score is a sum that is zero once.
  const std::vector<Game> games = {decision({0, 1}), decision({2, 0})};
  const std::vector<std::vector<double>> counts = {{30, 50}, {45, 15}};
  const Fits fits = fit(games, counts);
  ASSERT_TRUE(fits.together);
  const auto chance = [](double x) { return 1 / (1 + std::exp(-x)); };
  const double lambda =
      zero_between(0, 10, [&](double x) { return 50 - 80 * chance(x) + 2 * (45 - 60 * chance(2 * x)); });
  EXPECT_NEAR(fits.together->lambda, lambda, 1e-7);
  EXPECT_NEAR(fits.each[0].lambda, std::log(5.0 / 3), 1e-7);
  EXPECT_NEAR(fits.each[1].lambda, std::log(3.0) / 2, 1e-7);
  EXPECT_EQ(fits.together->observations, 140);
  EXPECT_EQ(fits.together->free_frequencies, 2u);
  const double ratio = 2 * (fits.each[0].log_likelihood + fits.each[1].log_likelihood - fits.together->log_likelihood);
  EXPECT_NEAR(fits.p_of_one_lambda, std::erfc(std::sqrt(ratio / 2)), 1e-9);
  EXPECT_NEAR(fits.together->p_of_fit, fits.p_of_one_lambda, 1e-9);  // each game's own lambda fits its frequencies
  EXPECT_NEAR(fits.policies_together[0][1], chance(lambda), 1e-7);
  EXPECT_NEAR(fits.policies_together[1][0], chance(2 * lambda), 1e-7);
}

TEST(Fit, OfGamesOfVeryDifferentScalesIsEachGamesOwn) {
  const std::vector<Game> games = {decision({0, 1e-4}), decision({1e5, 0})};
  const std::vector<std::vector<double>> counts = {{30, 50}, {45, 15}};
  const Fits fits = fit(games, counts);
  EXPECT_NEAR(fits.each[0].lambda, std::log(5.0 / 3) * 1e4, 1e-3);
  EXPECT_NEAR(fits.each[1].lambda, std::log(3.0) * 1e-5, 1e-12);
  // At one lambda the first plays by chance.
  EXPECT_NEAR(fits.together->lambda, std::log(3.0) * 1e-5, 1e-8);
}

TEST(Fit, ScalesWithPayoffsAndIsUnmovedByTheirLevel) {
  const NormalFormGame game = random_game({3, 3}, 9);
  const std::vector<double> counts = {20, 8, 12, 9, 25, 6};
  const Fit fit = fit_one(game, counts).each[0];
  NormalFormGame scaled = game;
  for (double& payoff : scaled.payoffs) payoff = 8 * payoff + 3;
  const Fit of_scaled = fit_one(scaled, counts).each[0];
  EXPECT_NEAR(of_scaled.lambda, fit.lambda / 8, 1e-6 * fit.lambda);
  EXPECT_NEAR(of_scaled.log_likelihood, fit.log_likelihood, 1e-9);
  std::vector<double> more = counts;
  for (double& count : more) count *= 4;
  const Fit of_more = fit_one(game, more).each[0];
  EXPECT_NEAR(of_more.lambda, fit.lambda, 1e-5 * fit.lambda);
  EXPECT_LT(of_more.upper - of_more.lower, fit.upper - fit.lower);
}

TEST(Fit, IsUnmovedByWhatOthersAloneDecide) {
  // However much that is: it changes no QRE.
  const NormalFormGame game = bimatrix(2, 3, {1, 0, 2, 0, 1, 0.5}, {0, 1, 2, 1, 0, 0});
  const std::vector<double> counts = {20, 8, 12, 9, 25};
  NormalFormGame more = game;
  const double by_column[] = {0, 1e5, -3e4};
  for (std::size_t k = 0; k < 6; ++k) more.payoffs[k] += by_column[k % 3];
  for (std::size_t k = 0; k < 6; ++k) more.payoffs[6 + k] += k < 3 ? 7e4 : 0;
  PolymatrixGame network{"", {2, 3}, {{0, 1}}, more.payoffs};
  const Fit fit = fit_one(game, counts).each[0];
  ASSERT_GT(fit.lambda, 0.1);
  for (const Game& other : {Game(more), Game(network)}) {
    const Fit of_other = fit_one(other, counts).each[0];
    EXPECT_NEAR(of_other.lambda, fit.lambda, 1e-5 * fit.lambda);
    EXPECT_NEAR(of_other.upper, fit.upper, 1e-5 * fit.upper);
    EXPECT_NEAR(of_other.searched_to, fit.searched_to, 1e-9 * fit.searched_to);
  }
}

TEST(Fit, ByAnotherRuleIsTheSame) {
  const NormalFormGame game = random_game({2, 3}, 3);
  const std::vector<double> counts = {9, 4, 2, 9, 4};
  FitSettings settings;
  settings.solve.rule = UpdateRule::natural_policy_gradient;
  settings.solve.max_iterations = 100'000;
  const Fit fit = fit_one(game, counts).each[0];
  const Fit by_gradient = fit_one(game, counts, settings).each[0];
  EXPECT_NEAR(by_gradient.lambda, fit.lambda, 1e-6 * fit.lambda);
  EXPECT_NEAR(by_gradient.log_likelihood, fit.log_likelihood, 1e-9);
}

TEST(Fit, OfPlayByChanceIsZero) {
  for (const std::vector<double>& counts : {std::vector<double>{50, 50}, std::vector<double>{60, 40}}) {
    const Fit fit = fit_one(decision({0, 1}), counts).each[0];  // the second is worse than chance
    EXPECT_NEAR(fit.lambda, 0, 1e-9);
    EXPECT_EQ(fit.lower, 0);
    EXPECT_GT(fit.upper, 0);
    EXPECT_LT(fit.upper, 1);
    EXPECT_EQ(fit.p_of_chance, 1);
    EXPECT_NEAR(fit.log_likelihood, fit.log_likelihood_of_chance, 1e-12);
  }
}

TEST(Fit, OfNothingButBestRepliesHasNoEnd) {
  const Fit fit = fit_one(decision({0, 1}), {0, 10}).each[0];
  EXPECT_TRUE(fit.at_end);
  EXPECT_EQ(fit.upper, infinity);
  EXPECT_EQ(fit.lambda, fit.searched_to);
  EXPECT_GT(fit.lambda, 800);
  EXPECT_LE(fit.lambda, 1000);
  // (1 + e^-lambda)^-10 is within e^-q/2 of 1 from here on.
  EXPECT_NEAR(fit.lower, -std::log(std::expm1(quantile_95 / 20)), 1e-6);

  FitSettings near;
  near.reach = 3;
  EXPECT_LE(fit_one(decision({0, 1}), {0, 10}, near).each[0].lambda, 3);
}

TEST(Fit, WherePayoffsAreAllEqualKnowsNothing) {
  const Fit fit = fit_one(decision({2, 2, 2}), {5, 6, 7}).each[0];
  EXPECT_EQ(fit.lower, 0);
  EXPECT_EQ(fit.upper, infinity);
  EXPECT_EQ(fit.log_likelihood, fit.log_likelihood_of_chance);
}

TEST(Fit, LeavesOutAgentsWithoutObservations) {
  const NormalFormGame game = random_game({2, 3}, 12);
  std::vector<double> counts = equilibrium(game, 1.5);
  for (std::size_t a = 2; a < 5; ++a) counts[a] = 0;
  const Fit fit = fit_one(game, counts).each[0];
  EXPECT_NEAR(fit.lambda, 1.5, 1e-4);
  EXPECT_EQ(fit.free_frequencies, 1u);
  EXPECT_NEAR(fit.observations, 1, 1e-12);
}

TEST(Fit, OfNetworksAndMarkovGamesIsThatOfTheirNormalForms) {
  const PolymatrixGame network = random_network({2, 3, 2}, 1.0, 5);
  const std::vector<double> counts = {12, 5, 7, 3, 4, 9, 9};
  const Fit of_network = fit_one(network, counts).each[0];
  const Fit of_form = fit_one(to_normal_form(network), counts).each[0];
  EXPECT_NEAR(of_network.lambda, of_form.lambda, 1e-5 * of_form.lambda + 1e-9);
  EXPECT_NEAR(of_network.log_likelihood, of_form.log_likelihood, 1e-9);

  // A Markov game of one state is played period by period.
  const NormalFormGame form = random_game({2, 3}, 8);
  MarkovGame markov;
  markov.states = 1;
  markov.actions = form.actions;
  markov.discount = 0.8;
  markov.rewards = form.payoffs;
  markov.transitions.assign(6, 1.0);
  const std::vector<double> play = {15, 8, 5, 9, 4};
  const Fit of_markov = fit_one(markov, play).each[0];
  const Fit of_period = fit_one(form, play).each[0];
  EXPECT_NEAR(of_markov.lambda, of_period.lambda, 1e-5 * of_period.lambda + 1e-9);
  EXPECT_NEAR(of_markov.log_likelihood, of_period.log_likelihood, 1e-9);
}

TEST(Fit, TellsWhereTheBranchFolds) {
  // McKelvey's example, whose branch from uniform play bends back near lambda = 1.4.
  const NormalFormGame folding = bimatrix(2, 2, {6, 6, 7.32, 1}, {7, 7, 6, 4});
  const Fit fit = fit_one(folding, {5, 5, 5, 5}).each[0];
  ASSERT_TRUE(fit.jump);
  EXPECT_NEAR(*fit.jump, 1.4, 0.2);
  EXPECT_FALSE(fit_one(decision({0, 1, 0.5}), {1, 5, 2}).each[0].jump);
}

TEST(Fit, FollowsABranchWhereItBends) {
  // pygambit 17.0's logit_estimate gives 27.3412537, -113.346703.
  const NormalFormGame game{
      "", {2, 2, 2}, {-0.78, 0.68, 0.05,  0.68, 0,     -0.14, 0.3,  0.23,  -0.9, 0.78, -0.32, -0.86,
                      -0.39, -0.3, -0.78, 0.48, -0.25, -0.97, 0.64, -0.77, 0.78, 0.71, -0.23, 0.13}};
  const Fit fit = fit_one(game, {9, 51, 29, 31, 24, 36}).each[0];
  EXPECT_NEAR(fit.lambda, 27.3412537, 1e-5);
  EXPECT_NEAR(fit.log_likelihood, -113.346703, 1e-6);
  EXPECT_GT(fit.searched_to, 500);
  EXPECT_FALSE(fit.jump);
}

TEST(Fit, KeepsTheLikelihoodByLambda) {
  FitSettings settings;
  settings.keep_profile = true;
  const Fit fit = fit_one(decision({0, 1}), {40, 60}, settings).each[0];
  ASSERT_GT(fit.profile.size(), 100u);
  EXPECT_EQ(fit.profile.front().lambda, 0);
  for (std::size_t k = 0; k < fit.profile.size(); ++k) {
    const double lambda = fit.profile[k].lambda;
    EXPECT_TRUE(k == 0 || lambda > fit.profile[k - 1].lambda);
    const double expected = -60 * std::log1p(std::exp(-lambda)) - 40 * (lambda + std::log1p(std::exp(-lambda)));
    EXPECT_NEAR(fit.profile[k].log_likelihood, expected, 1e-8 * (1 + lambda)) << lambda;
    EXPECT_LE(fit.profile[k].log_likelihood, fit.log_likelihood);
  }
  EXPECT_TRUE(fit_one(decision({0, 1}), {40, 60}).each[0].profile.empty());
}

TEST(Fit, WithoutUpdatesKnowsUniformPlayAlone) {
  FitSettings settings;
  settings.solve.max_iterations = 0;
  const Fit fit = fit_one(decision({0, 1}), {40, 60}, settings).each[0];
  EXPECT_EQ(fit.searched_to, 0);
  EXPECT_EQ(fit.lambda, 0);
  EXPECT_EQ(fit.upper, infinity);
}

TEST(Fit, RefusesWhatItCannotFit) {
  const std::vector<Game> games = {decision({0, 1})};
  using Counts = std::vector<std::vector<double>>;
  const auto refusal = [&](const std::vector<Game>& of, const Counts& counts, const FitSettings& settings = {}) {
    try {
      fit(of, counts, settings);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("nothing refused");
  };
  EXPECT_EQ(refusal({}, {}), "expected at least one game to fit");
  EXPECT_EQ(refusal(games, {}), "expected observed play of 1 games, found 0");
  EXPECT_EQ(refusal(games, {{1, 2, 3}}), "expected 2 counts for game 0, one an action, found 3");
  EXPECT_EQ(refusal(games, {{1, -1}}), "expected counts of at least 0 for game 0, found -1");
  EXPECT_EQ(refusal(games, {{1, infinity}}), "expected counts of at least 0 for game 0, found inf");
  EXPECT_EQ(refusal(games, {{0, 0}}), "expected observations of game 0, found none");
  FitSettings settings;
  settings.level = 1;
  EXPECT_EQ(refusal(games, {{1, 1}}, settings), "level = 1: expected a number between 0 and 1");
  settings = {};
  settings.solve.gap_tolerance = 0;
  EXPECT_EQ(refusal(games, {{1, 1}}, settings), "gap_tolerance = 0: expected one above 0, for runs to converge");
  settings = {};
  settings.reach = 0.5;
  EXPECT_EQ(refusal(games, {{1, 1}}, settings), "reach = 0.5: expected 1 .. 1e6");
}

TEST(ChiSquare, AgreesWithClosedFormsAndTables) {
  for (const double x : {0.0, 0.5, 3.0, 40.0}) {
    EXPECT_NEAR(chi_square_tail(x, 1), std::erfc(std::sqrt(x / 2)), 1e-14);
    EXPECT_NEAR(chi_square_tail(x, 2), std::exp(-x / 2), 1e-14);
    EXPECT_NEAR(chi_square_tail(x, 4), std::exp(-x / 2) * (1 + x / 2), 1e-14);
  }
  EXPECT_NEAR(chi_square_quantile(0.95), quantile_95, 1e-12);
  EXPECT_NEAR(chi_square_quantile(0.99), 6.6348966010212145, 1e-12);
  EXPECT_NEAR(chi_square_tail(chi_square_quantile(0.3), 1), 0.7, 1e-12);
}

}  // namespace
}  // namespace quantal
