// The runs of a sweep, step sizes and tolerances.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "host/certificate.hpp"
#include "host/steps.hpp"
#include "quantal/quantal.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(RunGrid, StartsAreFastestGamesSlowest) {
  Sweep sweep;
  sweep.tau = {{1.0}, {2.0, 3.0}};
  sweep.eta = {std::nullopt, 0.1};
  sweep.starts = 3;
  const std::vector<quantal::Run> runs = runs_of(2, sweep);
  ASSERT_EQ(runs.size(), 24U);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    SCOPED_TRACE(r);
    const std::size_t start = r % 3;
    const std::size_t eta = r / 3 % 2;
    const std::size_t tau = r / 6 % 2;
    EXPECT_EQ(runs[r].game, r / 12);
    EXPECT_EQ(runs[r].eta, sweep.eta[eta]);
    if (tau == 0) {
      EXPECT_EQ(runs[r].tau, 1.0);
      EXPECT_TRUE(runs[r].tau_per_agent.empty());
    } else {
      EXPECT_EQ(runs[r].tau_per_agent, (std::vector<double>{2.0, 3.0}));
    }
    // The first start is uniform, the others random and all different.
    if (start == 0) {
      EXPECT_FALSE(runs[r].random_start.has_value());
    } else {
      EXPECT_EQ(runs[r].random_start, start);
    }
    EXPECT_TRUE(runs[r].initial_policies.empty());
  }
}

TEST(RunGrid, RandomStartsAreAllRandom) {
  Sweep sweep;
  sweep.init = Init::random;
  sweep.starts = 2;
  const std::vector<quantal::Run> runs = runs_of(1, sweep);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].random_start, 0U);
  EXPECT_EQ(runs[1].random_start, 1U);
}

TEST(RunGrid, MayBeEmpty) {
  Sweep sweep;
  EXPECT_TRUE(runs_of(0, sweep).empty());
  sweep.starts = 0;
  EXPECT_TRUE(runs_of(3, sweep).empty());
  sweep.starts = 1;
  sweep.tau.clear();
  EXPECT_TRUE(runs_of(3, sweep).empty());
}

TEST(Tolerance, IsWhatTheSettingsSayOrBoundsTheDistanceToTheResponse) {
  Settings settings;
  settings.gap_tolerance = 1e-3;
  EXPECT_EQ(tolerance(settings, std::vector<double>{1.0}), 1e-3);
  settings.gap_tolerance = 0;
  EXPECT_LT(tolerance(settings, std::vector<double>{1.0}), 0);  // no gap is that small
  settings.gap_tolerance.reset();
  EXPECT_DOUBLE_EQ(tolerance(settings, std::vector<double>{2.0, 3.0}), 4e-22);
  EXPECT_DOUBLE_EQ(tolerance(settings, std::vector<double>{0.0, 3.0}), 6e-22);
  EXPECT_EQ(tolerance(settings, std::vector<double>{0.0, 0.0}), 1e-6);
  EXPECT_GT(tolerance(settings, std::vector<double>{infinity}), 0);
  settings.precision = Precision::float32;
  EXPECT_DOUBLE_EQ(tolerance(settings, std::vector<double>{2.0, 3.0}), 1e-10);
}

TEST(Steps, AutomaticOnesSuitTheCertificate) {
  const Certificate certificate(bimatrix(2, 2, {1, 0, 0, 1}, {1, 0, 0, 1}));
  quantal::Run run;
  EXPECT_EQ(first_step(run, {0.8, 0.8}, {&certificate, false, false, 1}).eta, 1 / 0.8);
  EXPECT_EQ(first_step(run, {0.4, 0.4}, {&certificate, false, false, 1}).eta, 0.5 / 0.4);
  EXPECT_EQ(first_step(run, {0.8, 2.0}, {&certificate, false, false, 1}).eta, 0.5);  // eta tau <= 1 for the hottest
  run.eta = 0.125;
  EXPECT_EQ(first_step(run, {0.8, 0.8}, {nullptr, false, false, 1}).eta, 0.125);
  run.eta.reset();
  // Finite and positive for temperature 0, whatever the payoffs.
  for (const double span : {0.0, 1e-300, 1.0, 1e300}) {
    const double eta = first_step(run, {0.0, 0.0}, {nullptr, false, false, span}).eta;
    EXPECT_GT(eta, 0);
    EXPECT_TRUE(std::isfinite(eta));
  }
}

TEST(Steps, AnAgentsNumbersForTheKernels) {
  const auto warm = agent_step<double>(0.5, 0.5);
  EXPECT_EQ(warm.tau, 0.5);
  EXPECT_EQ(warm.lambda, 2);
  EXPECT_EQ(warm.leak, 1);
  EXPECT_EQ(warm.kappa, 0.25);
  const auto cold = agent_step<float>(0, 0.25);
  EXPECT_EQ(cold.lambda, 1);
  EXPECT_EQ(cold.leak, 0);
  EXPECT_EQ(cold.kappa, 0.25F);
  const auto hot = agent_step<double>(infinity, 0);
  EXPECT_EQ(hot.lambda, 0);
  EXPECT_EQ(hot.kappa, 1);
  // Rounding never makes a step longer than a whole one.
  for (int k = 1; k < 1000; ++k) {
    const double tau = 0.001 * k;
    EXPECT_LE(agent_step<double>(tau, 1 / tau).kappa, 1);
    EXPECT_LE(agent_step<float>(tau, 1 / tau).kappa, 1);
  }
}

}  // namespace
}  // namespace quantal
