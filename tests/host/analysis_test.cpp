// Contractions, distances, rates and local stability against definitions written out and against the oracle's updates.

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

/// Spectral radius of any matrix: the limit of ||A^(2^k)||^(1 / 2^k), by squaring.
long double spectral_radius(Matrix a) {
  const std::size_t n = a.size();
  long double log_radius = 0;
  long double power = 1;
  for (int k = 0; k < 30; ++k) {
    long double norm = 0;
    for (const auto& row : a) {
      long double sum = 0;
      for (const long double x : row) sum += std::fabs(x);
      norm = std::max(norm, sum);
    }
    if (norm == 0) return 0;
    log_radius += std::log(norm) / power;
    power *= 2;
    Matrix square(n, std::vector<long double>(n, 0));
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t l = 0; l < n; ++l) square[i][j] += a[i][l] / norm * (a[l][j] / norm);
      }
    }
    a = square;
  }
  return std::exp(log_radius);
}

long double variation(const std::vector<long double>& p, const std::vector<long double>& q) {
  long double sum = 0;
  for (std::size_t a = 0; a < p.size(); ++a) sum += std::fabs(p[a] - q[a]);
  return sum / 2;
}

std::vector<double> flat(const oracle::Profile& profile) {
  std::vector<double> numbers;
  for (const auto& of_agent : profile) {
    for (const long double x : of_agent) numbers.push_back(static_cast<double>(x));
  }
  return numbers;
}

TEST(Contraction, IsThatOfItsDefinition) {
  std::mt19937_64 bits(1);
  for (const std::vector<int>& actions :
       std::vector<std::vector<int>>{{2, 2}, {3, 4}, {2, 3, 2}, {1, 3, 2}, {2, 2, 2, 2}, {2, 1, 3, 2, 2}}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const NormalFormGame game = random_game(actions, 100 + seed);
      SCOPED_TRACE(game.name);
      const Matrix d = naive_interactions(game);
      std::vector<double> tau;
      for (std::size_t i = 0; i < actions.size(); ++i) tau.push_back(uniform(bits, 0.2, 3));
      const Contraction found = contraction_of(game, tau);
      EXPECT_TRUE(found.exact_interactions);
      const auto check = [](double bound, long double exact) {
        EXPECT_GE(bound, exact * (1 - 1e-12L));
        EXPECT_LE(bound, exact * (1 + 1e-4L));
      };
      check(found.contraction, perron(d, tau).radius);
      check(found.certified_temperature, perron(d, std::vector<double>(tau.size(), 1.0)).radius);
    }
  }
}

TEST(Contraction, OfWhatItSaysNothing) {
  const Contraction found = contraction_of(generate(MarkovFamily{}, 0), {1.0, 1.0});
  EXPECT_EQ(found.contraction, infinity);
  EXPECT_EQ(found.certified_temperature, infinity);
  EXPECT_FALSE(found.exact_interactions);
}

const NormalFormGame coordination = bimatrix(2, 2, {1, 0, 0, 1}, {1, 0, 0, 1});

TEST(Contraction, CoordinationBifurcatesExactlyWhereItStopsCertifying) {
  EXPECT_EQ(contraction_of(coordination, {0.5, 0.5}).certified_temperature, 0.5);
  EXPECT_EQ(contraction_of(coordination, {0.5, 0.5}).contraction, 1.0);
  const std::vector<double> uniform_policies = {0.5, 0.5, 0.5, 0.5};

  // At one half the uniform QRE is neither stable nor isolated; to one side it is both, to the other not stable.
  const LocalStability at = local_stability(coordination, {0.5, 0.5}, 2, uniform_policies);
  EXPECT_NEAR(at.spectral_radius, 1, 1e-12);
  EXPECT_FALSE(at.isolated);
  const LocalStability above = local_stability(coordination, {0.51, 0.51}, 1, uniform_policies);
  EXPECT_NEAR(above.spectral_radius, 1 - 1 * (0.51 - 0.5), 1e-12);
  EXPECT_TRUE(above.stable);
  EXPECT_TRUE(above.isolated);
  const LocalStability below = local_stability(coordination, {0.49, 0.49}, 1, uniform_policies);
  EXPECT_FALSE(below.stable);
  EXPECT_TRUE(below.isolated);
  EXPECT_EQ(below.stable_eta, 0);

  // And so says NPG: from one side it comes back to uniform, on the other side it leaves.
  quantal::Run run;
  run.initial_policies = {0.6, 0.4, 0.6, 0.4};
  for (const double tau : {0.49, 0.51}) {
    run.tau = tau;
    const Results results = solve(std::vector<Game>{coordination}, std::vector<quantal::Run>{run}, cpu_settings());
    ASSERT_EQ(results.status[0], Status::converged);
    if (tau > 0.5) {
      EXPECT_NEAR(results.policies_of(0)[0], 0.5, 1e-8);
    } else {
      EXPECT_GT(results.policies_of(0)[0], 0.6);
    }
  }
}

/// The Jacobian of the oracle's update by central differences, each agent's logits less its last.
Matrix naive_jacobian(const oracle::Game& game, const oracle::Profile& policies, const std::vector<double>& tau,
                      double eta) {
  const oracle::Profile logits = oracle::logits_of(policies);
  const auto updated = [&](std::size_t j, std::size_t b, long double shift) {
    oracle::Profile x = logits;
    x[j][b] += shift;
    const oracle::Profile y = oracle::update(x, oracle::expected_payoffs(game, oracle::policies_of(x)), tau, eta);
    std::vector<long double> reduced;
    for (const auto& of_agent : y) {
      for (std::size_t a = 0; a + 1 < of_agent.size(); ++a) reduced.push_back(of_agent[a] - of_agent.back());
    }
    return reduced;
  };
  constexpr long double h = 1e-5L;
  std::vector<std::vector<long double>> columns;
  for (std::size_t j = 0; j < logits.size(); ++j) {
    for (std::size_t b = 0; b + 1 < logits[j].size(); ++b) {
      std::vector<long double> column = updated(j, b, h);
      const std::vector<long double> back = updated(j, b, -h);
      for (std::size_t k = 0; k < column.size(); ++k) column[k] = (column[k] - back[k]) / (2 * h);
      columns.push_back(column);
    }
  }
  Matrix jacobian(columns.size(), std::vector<long double>(columns.size()));
  for (std::size_t k = 0; k < columns.size(); ++k) {
    for (std::size_t l = 0; l < columns.size(); ++l) jacobian[k][l] = columns[l][k];
  }
  return jacobian;
}

void expect_local_stability(const Game& game, const oracle::Game& plain, std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  const std::vector<int>& actions = plain.actions;
  const std::vector<double> policies = random_policies(actions, seed);
  const oracle::Profile profile = oracle::policies_from(actions, policies.data());
  std::vector<double> tau;
  for (std::size_t i = 0; i < actions.size(); ++i) tau.push_back(uniform(bits, 0.05, 0.5));
  const double largest_eta = 1 / *std::max_element(tau.begin(), tau.end());
  const double eta = uniform(bits, 0.1, 1) * largest_eta;
  const LocalStability found = local_stability(game, tau, eta, policies);
  const long double radius = spectral_radius(naive_jacobian(plain, profile, tau, eta));
  EXPECT_NEAR(found.spectral_radius, static_cast<double>(radius), 1e-6);
  EXPECT_EQ(found.stable, found.spectral_radius < 1);
  EXPECT_LE(found.stable_eta, largest_eta);
  const auto radius_at = [&](double step) { return spectral_radius(naive_jacobian(plain, profile, tau, step)); };
  if (found.stable_eta > 0) {
    EXPECT_LT(radius_at(0.99 * found.stable_eta), 1);
  }
  if (found.stable_eta + 0.01 * largest_eta <= largest_eta) {
    EXPECT_GT(radius_at(found.stable_eta + 0.01 * largest_eta), 1);
  }
}

TEST(LocalStability, IsThatOfTheOraclesUpdate) {
  for (const std::vector<int>& actions :
       std::vector<std::vector<int>>{{2, 2}, {3, 4}, {2, 3, 2}, {1, 3, 2}, {2, 2, 2, 2}, {5, 5}}) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      const NormalFormGame game = random_game(actions, seed);
      SCOPED_TRACE(game.name);
      expect_local_stability(game, to_oracle(game), seed);
    }
  }
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const PolymatrixGame network = random_network({2, 3, 2, 1, 3}, 0.7, seed);
    SCOPED_TRACE(network.name);
    expect_local_stability(network, to_oracle(network), seed);
  }
}

TEST(LocalStability, HasAClosedFormInJordansGame) {
  // At the uniform QRE the drift's derivative has the eigenvalues -tau - 1/2 and -tau + exp(+-i pi/3) / 2.
  for (const double tau : {0.1, 0.25, 0.3, 0.6}) {
    const double eta = 0.8 / tau;
    const LocalStability found = local_stability(jordan, {tau, tau, tau}, eta, std::vector<double>(6, 0.5));
    const double real = -tau + 0.25;
    const double imaginary = std::sqrt(3) / 4;
    const double radius = std::max(std::fabs(1 - eta * (tau + 0.5)), std::hypot(1 + eta * real, eta * imaginary));
    EXPECT_NEAR(found.spectral_radius, radius, 1e-12);
    const double largest =
        real < 0 ? std::min(-2 * real / (real * real + imaginary * imaginary), 2 / (tau + 0.5)) : 0.0;
    EXPECT_NEAR(found.stable_eta, std::min(largest, 1 / tau), 1e-12);
    EXPECT_TRUE(found.isolated);
  }
}

TEST(LocalStability, OfWhatThereIsNone) {
  EXPECT_EQ(no_local_stability(coordination, {1.0, 1.0}), "");
  EXPECT_NE(no_local_stability(coordination, {0.0, 1.0}), "");
  EXPECT_NE(no_local_stability(coordination, {1.0, infinity}), "");
  EXPECT_EQ(no_local_stability(random_game({256, 256}, 1), {1.0, 1.0}), "");
  EXPECT_NE(no_local_stability(random_game({256, 257}, 1), {1.0, 1.0}), "");
  EXPECT_NE(no_local_stability(generate(MarkovFamily{}, 0), {1.0, 1.0}), "");
  const std::vector<double> policies(4, 0.5);
  EXPECT_THROW(local_stability(coordination, {0.0, 1.0}, 1, policies), InputError);
  EXPECT_THROW(local_stability(coordination, {1.0, 1.0}, 1.1, policies), InputError);
  EXPECT_THROW(local_stability(coordination, {1.0, 1.0}, 0, policies), InputError);
  EXPECT_THROW(local_stability(coordination, {1.0, 1.0}, 1, std::vector<double>(5, 0.5)), InputError);
  EXPECT_THROW(contraction_of(coordination, {1.0}), InputError);
  EXPECT_THROW(contraction_of(coordination, {1.0, -1.0}), InputError);
  EXPECT_THROW(distance_bound(coordination, {1.0, 1.0, 1.0}, policies), InputError);
  // Without a choice there is nothing to move.
  const LocalStability none = local_stability(random_game({1, 1}, 1), {1.0, 1.0}, 0.5, std::vector<double>(2, 1.0));
  EXPECT_EQ(none.spectral_radius, 0);
  EXPECT_TRUE(none.stable);
}

TEST(DistanceBound, HoldsAndTellsSomething) {
  std::mt19937_64 bits(5);
  for (const std::vector<int>& actions : std::vector<std::vector<int>>{{2, 2}, {3, 3}, {2, 3, 2}, {2, 2, 2, 2}}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const NormalFormGame game = random_game(actions, seed);
      SCOPED_TRACE(game.name);
      std::vector<double> tau;
      for (std::size_t i = 0; i < actions.size(); ++i) tau.push_back(uniform(bits, 0.3, 1));
      const Matrix d = naive_interactions(game);
      const double stretch = static_cast<double>(perron(d, tau).radius) * uniform(bits, 1.05, 1.5);
      for (double& t : tau) t *= stretch;
      const double eta = 1 / *std::max_element(tau.begin(), tau.end());
      const std::vector<oracle::Profile> iterates =
          trajectory(to_oracle(game), random_logits(actions, bits), tau, eta, 5000);
      const oracle::Profile equilibrium = oracle::policies_of(iterates.back());
      double last = 1;
      for (std::size_t t = 0; t < iterates.size(); t += 3) {
        const oracle::Profile policies = oracle::policies_of(iterates[t]);
        const std::vector<double> bound = distance_bound(game, tau, flat(policies));
        for (std::size_t i = 0; i < actions.size(); ++i) {
          EXPECT_GE(bound[i], variation(policies[i], equilibrium[i])) << t;
          EXPECT_LE(bound[i], 1);
          last = bound[i];
        }
      }
      EXPECT_LE(last, 1e-12);
    }
  }
}

TEST(DistanceBound, IsSharpWhereTheContractionIs) {
  // The logits of coordination at (x, x), x small, are (1 - q) x off their response, and x off the QRE.
  const double tau = 0.55;
  const double x = 1e-6;
  const double p = 1 / (1 + std::exp(-x));
  const std::vector<double> policies = {p, 1 - p, p, 1 - p};
  for (const double bound : distance_bound(coordination, {tau, tau}, policies)) {
    EXPECT_GE(bound, p - 0.5);
    EXPECT_LE(bound, 1.001 * (p - 0.5));
  }
}

TEST(DistanceBound, OfUncertifiedGamesHoldsForEveryEquilibrium) {
  for (const double tau : {0.2, 0.4, 0.49}) {
    std::vector<oracle::Profile> equilibria;
    for (const double start : {-1.0, 0.0, 1.0}) {
      equilibria.push_back(oracle::policies_of(
          trajectory(to_oracle(coordination), {{start, 0}, {start, 0}}, {tau, tau}, 1, 100000).back()));
    }
    for (const oracle::Profile& from : equilibria) {
      const std::vector<double> bound = distance_bound(coordination, {tau, tau}, flat(from));
      for (const oracle::Profile& to : equilibria) EXPECT_GE(bound[0], variation(from[0], to[0]));
      EXPECT_LT(bound[0], 1);
    }
  }
  EXPECT_EQ(distance_bound(coordination, {0.0, 0.0}, std::vector<double>(4, 0.5)), (std::vector<double>{1, 1}));
}

TEST(DistanceBound, OfZeroSumGamesHoldsAtEveryTemperature) {
  std::mt19937_64 bits(6);
  for (int trial = 0; trial < 20; ++trial) {
    const NormalFormGame game = weighted_zero_sum({3, 4}, uniform(bits, 0.2, 5), bits);
    std::vector<double> tau = {uniform(bits, 0.1, 0.2), uniform(bits, 0.1, 0.2)};
    const double radius = static_cast<double>(perron(naive_interactions(game), tau).radius);
    const double eta = 0.5 * tau[0] / std::pow(radius * std::max(tau[0], tau[1]), 2);
    const std::vector<oracle::Profile> iterates =
        trajectory(to_oracle(game), random_logits(game.actions, bits), tau, std::min(eta, 1.0), 60000);
    const oracle::Profile equilibrium = oracle::policies_of(iterates.back());
    ASSERT_LE(oracle::distance_to_response(to_oracle(game), equilibrium, tau), 1e-12L);
    double last = 1;
    for (std::size_t t = 0; t < iterates.size(); t += 1 + t / 4) {
      const oracle::Profile policies = oracle::policies_of(iterates[t]);
      const std::vector<double> bound = distance_bound(game, tau, flat(policies));
      for (std::size_t i = 0; i < 2; ++i) EXPECT_GE(bound[i], variation(policies[i], equilibrium[i])) << t;
    }
    for (const double bound : distance_bound(game, tau, flat(equilibrium))) last = std::min(last, bound);
    EXPECT_LE(last, 1e-10);
  }
}

TEST(MeasuredRate, IsOfTheDistanceAndRobust) {
  std::vector<std::int64_t> iteration;
  std::vector<double> gap;
  for (int k = 0; k <= 40; ++k) {
    iteration.push_back(7 * k);
    gap.push_back(3 * std::pow(0.9, 2 * 7 * k) * (k < 10 ? 50 : 1));  // another rate at first
  }
  EXPECT_NEAR(measured_rate(iteration, gap).value(), 0.9, 1e-12);
  std::vector<double> outliers = gap;
  outliers[25] *= 1e6;
  outliers[33] *= 1e-6;
  outliers[40] *= 10;
  EXPECT_NEAR(measured_rate(iteration, outliers).value(), 0.9, 5e-3);
  // Below the floor there is only noise.
  std::vector<double> floored = gap;
  for (std::size_t k = 30; k < floored.size(); ++k) floored[k] = k % 2 == 0 ? 1e-22 : 0;
  EXPECT_NEAR(measured_rate(iteration, floored, 1e-21).value(), 0.9, 1e-12);
  // Too few to tell.
  const std::span<const std::int64_t> few(iteration.data(), 5);
  EXPECT_FALSE(measured_rate(few, std::span<const double>(gap.data(), 5)).has_value());
  EXPECT_FALSE(measured_rate(iteration, std::vector<double>(41, 0.0)).has_value());
  EXPECT_EQ(measured_rate(iteration, std::vector<double>(41, 0.5)).value(), 1);
  EXPECT_THROW(measured_rate(iteration, std::vector<double>(40, 0.5)), InputError);
}

TEST(MeasuredRate, MeetsTheLocalOne) {
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const NormalFormGame game = random_game({3, 3}, seed);
    quantal::Run run;
    run.tau = 0.3;
    run.eta = 0.5;
    const std::vector<Game> games = {game};
    const Results results = solve(games, std::vector<quantal::Run>{run}, cpu_settings());
    if (results.status[0] != Status::converged) continue;
    const RunAnalysis found = analyse(games, std::vector<quantal::Run>{run}, results, cpu_settings()).front();
    ASSERT_TRUE(found.measured_rate && found.local);
    EXPECT_NEAR(*found.measured_rate, found.local->spectral_radius, 0.02) << seed;
    ++compared;
  }
  EXPECT_GE(compared, 20);
}

}  // namespace
}  // namespace quantal
