// Why runs did not converge, and what is said of all runs together.

#include "quantal/analysis.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "machines.hpp"
#include "naive_analysis.hpp"
#include "oracle.hpp"
#include "quantal/quantal.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

const NormalFormGame coordination = bimatrix(2, 2, {1, 0, 0, 1}, {1, 0, 0, 1});

RunAnalysis diagnosed(const Game& game, const Run& run, const Settings& settings) {
  const std::vector<Game> games = {game};
  const std::vector<quantal::Run> runs = {run};
  return analyse(games, runs, solve(games, runs, settings), settings).front();
}

const NormalFormGame pennies = bimatrix(2, 2, {2, -1, -1, 1}, {-2, 1, 1, -1});

TEST(Diagnosis, SlowRunsWereStillFalling) {
  Settings settings = cpu_settings();
  settings.max_iterations = 2000;
  quantal::Run run;
  run.tau = 0.1;
  run.eta = 0.002;
  const RunAnalysis found = diagnosed(pennies, run, settings);
  EXPECT_EQ(found.diagnosis, Diagnosis::slow);
  // The number of iterations that it advises is enough, and not by far too many.
  const std::size_t at = found.advice.find("about ");
  ASSERT_NE(at, std::string::npos) << found.advice;
  const double more = std::stod(found.advice.substr(at + 6));
  settings.max_iterations = 2000 + static_cast<std::int64_t>(1.5 * more);
  EXPECT_EQ(diagnosed(pennies, run, settings).diagnosis, Diagnosis::none);
  settings.max_iterations = 2000 + static_cast<std::int64_t>(0.5 * more);
  EXPECT_EQ(diagnosed(pennies, run, settings).diagnosis, Diagnosis::slow);
}

TEST(Diagnosis, StepsTooLargeHaveASmallerOneThatConverges) {
  Settings settings = cpu_settings();
  settings.max_iterations = 3000;
  quantal::Run run;
  run.tau = 0.1;
  for (const double eta : {0.3, 1.0, 10.0}) {
    run.eta = eta;
    const RunAnalysis found = diagnosed(pennies, run, settings);
    EXPECT_EQ(found.diagnosis, Diagnosis::step_too_large) << eta << found.advice;
    ASSERT_TRUE(found.local.has_value());
    EXPECT_GT(found.local_distance, 0);
    run.eta = found.local->stable_eta / 2;
    Settings patient = settings;
    patient.max_iterations = 100000;
    EXPECT_EQ(diagnosed(pennies, run, patient).diagnosis, Diagnosis::none) << eta;
  }
}

TEST(Diagnosis, UnstableEquilibriaAreSoAtEveryStep) {
  Settings settings = cpu_settings();
  settings.max_iterations = 3000;
  quantal::Run run;
  run.tau = 0.1;
  run.initial_policies = {0.6, 0.4, 0.5, 0.5, 0.5, 0.5};
  for (const double eta : {0.1, 1.0, 10.0}) {
    run.eta = eta;
    const RunAnalysis found = diagnosed(jordan, run, settings);
    EXPECT_EQ(found.diagnosis, Diagnosis::unstable_equilibrium) << eta << found.advice;
    ASSERT_TRUE(found.local.has_value());
    EXPECT_EQ(found.local->stable_eta, 0);
  }
  run.eta.reset();
  settings.max_iterations = 1'000'000;
  settings.gap_every = 100;
  EXPECT_EQ(diagnosed(jordan, run, settings).diagnosis, Diagnosis::unstable_equilibrium);
}

TEST(Diagnosis, CyclesRecur) {
  // Both answer what the other did: from different actions they miss each other for ever, though both pure QRE are
  // stable.
  Settings settings = cpu_settings();
  settings.max_iterations = 500;
  quantal::Run run;
  run.tau = 0.1;
  run.eta = 10;
  run.initial_policies = {0.9, 0.1, 0.1, 0.9};
  const RunAnalysis found = diagnosed(coordination, run, settings);
  EXPECT_TRUE(found.diagnosis == Diagnosis::cycle || found.diagnosis == Diagnosis::unstable_equilibrium)
      << found.advice;
  EXPECT_NE(found.advice.find("the gap stays the same"), std::string::npos) << found.advice;
  // Large games are not tested locally: then all that is known is that gaps recur.
  NormalFormGame large = coordination;
  large.actions = {258, 258};
  large.payoffs.assign(2 * 258 * 258, -5.0);
  for (std::size_t k = 0; k < 2; ++k) {
    large.payoffs[k * 259] = large.payoffs[258 * 258 + k * 259] = 1;
    large.payoffs[1 - k + k * 258] = large.payoffs[258 * 258 + 1 - k + k * 258] = 0;
  }
  run.initial_policies.assign(2 * 258, 1e-4);
  const double rest = 1 - 256e-4;
  run.initial_policies[0] = run.initial_policies[258 + 1] = 0.9 * rest;
  run.initial_policies[1] = run.initial_policies[258] = 0.1 * rest;
  const RunAnalysis of_large = diagnosed(large, run, settings);
  EXPECT_EQ(of_large.diagnosis, Diagnosis::cycle) << of_large.advice;
  EXPECT_FALSE(of_large.local.has_value());
  EXPECT_NE(of_large.local_missing.find("512"), std::string::npos);
}

TEST(Diagnosis, OfPrecisionTemperatureOverflowAndTooShortRuns) {
  Settings settings = cpu_settings();
  settings.max_iterations = 3000;
  quantal::Run run;
  run.tau = 0.5;
  settings.gap_tolerance = 1e-300;
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    settings.precision = precision;
    const RunAnalysis found = diagnosed(random_game({4, 4}, 3), run, settings);
    EXPECT_EQ(found.diagnosis, Diagnosis::precision_floor);
    EXPECT_EQ(found.advice.find("double") != std::string::npos, true);
  }
  settings = cpu_settings();
  settings.max_iterations = 100;
  run.tau = 0;
  run.eta = 0.1;
  EXPECT_EQ(diagnosed(pennies, run, settings).diagnosis, Diagnosis::no_temperature);
  run.tau = 0.1;
  settings.max_iterations = 5;
  EXPECT_EQ(diagnosed(pennies, run, settings).diagnosis, Diagnosis::unknown);
  settings.gap_every = 0;
  settings.max_iterations = 1000;
  const RunAnalysis without_history = diagnosed(pennies, run, settings);
  EXPECT_EQ(without_history.diagnosis, Diagnosis::unknown);
  EXPECT_FALSE(without_history.measured_rate.has_value());

  settings = cpu_settings();
  settings.precision = Precision::float32;
  NormalFormGame huge = pennies;
  for (double& payoff : huge.payoffs) payoff *= 1e300;
  EXPECT_EQ(diagnosed(huge, run, settings).diagnosis, Diagnosis::overflow);
  // Of runs that have converged nothing is to be said, also where no run was to stop.
  settings = cpu_settings();
  settings.gap_tolerance = 0;
  settings.max_iterations = 2000;
  run = quantal::Run{};
  const RunAnalysis well = diagnosed(coordination, run, settings);
  EXPECT_EQ(well.diagnosis, Diagnosis::none);
  EXPECT_EQ(well.advice, "");
}

TEST(Analyse, CoversMarkovGamesAndNetworks) {
  const Game markov = generate(MarkovFamily{}, 0);
  quantal::Run run;
  run.tau = 0.5;
  const RunAnalysis of_markov = diagnosed(markov, run, cpu_settings());
  EXPECT_EQ(of_markov.contraction.contraction, infinity);
  EXPECT_EQ(of_markov.guarantee, Guarantee::none);
  EXPECT_FALSE(of_markov.local.has_value());
  EXPECT_NE(of_markov.local_missing.find("Markov"), std::string::npos);
  EXPECT_EQ(of_markov.distance_bound, 1);
  const PolymatrixGame network = random_network({2, 3, 2, 2}, 0.8, 4);
  run.tau = 1.01 * certified_temperature(network);
  const RunAnalysis of_network = diagnosed(network, run, cpu_settings());
  EXPECT_EQ(of_network.guarantee, Guarantee::contraction);
  EXPECT_TRUE(of_network.local.value().stable);
  EXPECT_LE(of_network.distance_bound, 1e-8);
  EXPECT_THROW(analyse(std::vector<Game>{network}, std::vector<quantal::Run>(2), Results{}, Settings{}), InputError);
}

}  // namespace
}  // namespace quantal
