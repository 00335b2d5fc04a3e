// The contraction bound against its definition, and what it promises.

#include "host/certificate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "machines.hpp"
#include "oracle.hpp"
#include "quantal/quantal.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

using Matrix = std::vector<std::vector<double>>;

/// D_ij by its definition: the largest second difference over all pairs of actions of i and j and all actions of the
/// others.
Matrix interactions(const NormalFormGame& game) {
  const std::size_t agents = game.actions.size();
  const std::size_t joint = joint_actions(game.actions);
  const auto index = [&](const std::vector<int>& profile) {
    std::size_t k = 0;
    for (std::size_t j = 0; j < agents; ++j)
      k = k * static_cast<std::size_t>(game.actions[j]) + static_cast<std::size_t>(profile[j]);
    return k;
  };
  Matrix d(agents, std::vector<double>(agents, 0.0));
  for (std::size_t k = 0; k < joint; ++k) {
    std::vector<int> profile(agents);
    for (std::size_t j = agents, rest = k; j-- > 0; rest /= static_cast<std::size_t>(game.actions[j])) {
      profile[j] = static_cast<int>(rest % static_cast<std::size_t>(game.actions[j]));
    }
    for (std::size_t i = 0; i < agents; ++i) {
      for (std::size_t j = 0; j < agents; ++j) {
        if (i == j) continue;
        for (int a = 0; a < game.actions[i]; ++a) {
          for (int b = 0; b < game.actions[j]; ++b) {
            std::vector<int> own = profile;
            own[i] = a;
            std::vector<int> other = profile;
            other[j] = b;
            std::vector<int> both = own;
            both[j] = b;
            const double* r = game.payoffs.data() + i * joint;
            d[i][j] = std::max(d[i][j], r[index(profile)] - r[index(own)] - r[index(other)] + r[index(both)]);
          }
        }
      }
    }
  }
  return d;
}

/// Spectral radius of a matrix without negative entries: the limit of ||A^(2^k)||^(1/2^k), by squaring.
double spectral_radius(Matrix a) {
  const std::size_t n = a.size();
  double log_radius = 0;
  double power = 1;
  for (int k = 0; k < 40; ++k) {
    double norm = 0;
    for (const auto& row : a) {
      double sum = 0;
      for (const double x : row) sum += x;
      norm = std::max(norm, sum);
    }
    if (norm == 0) return 0;
    log_radius += std::log(norm) / power;
    power *= 2;
    for (auto& row : a) {
      for (double& x : row) x /= norm;
    }
    Matrix square(n, std::vector<double>(n, 0.0));
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t l = 0; l < n; ++l) square[i][j] += a[i][l] * a[l][j];
      }
    }
    a = square;
  }
  return std::exp(log_radius);
}

double exact_contraction(const NormalFormGame& game, const std::vector<double>& tau) {
  Matrix a = interactions(game);
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (double& x : a[i]) x /= 4 * tau[i];
  }
  return spectral_radius(a);
}

const std::vector<std::vector<int>> shapes = {{2, 2},    {3, 2},    {2, 2, 2}, {1, 4},
                                              {3, 1, 2}, {2, 3, 4}, {5},       {2, 2, 2, 2}};

TEST(Certificate, BoundsTheSpectralRadiusFromAbove) {
  std::mt19937_64 bits(2);
  for (const auto& shape : shapes) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const NormalFormGame game = random_game(shape, seed);
      SCOPED_TRACE(game.name);
      std::vector<double> tau;
      for (std::size_t i = 0; i < shape.size(); ++i) tau.push_back(uniform(bits, 0.2, 3));
      const double exact = exact_contraction(game, tau);
      EXPECT_GE(Certificate(game).contraction(tau), exact * (1 - 1e-10));
      // Where it decides, near 1, it is a good bound.
      if (exact == 0) continue;
      for (double& t : tau) t *= exact;
      EXPECT_GE(Certificate(game).contraction(tau), 1 - 1e-10);
      EXPECT_LE(Certificate(game).contraction(tau), 1.001);
    }
  }
}

TEST(Certificate, CoordinationBifurcatesWhereItSaysSo) {
  const Certificate certificate(bimatrix(2, 2, {1, 0, 0, 1}, {1, 0, 0, 1}));
  EXPECT_EQ(certificate.contraction({0.5, 0.5}), 1.0);
  EXPECT_LT(certificate.contraction({0.51, 0.51}), 1.0);
  EXPECT_GT(certificate.contraction({0.49, 0.49}), 1.0);
  EXPECT_EQ(certificate.contraction({0.25, 1.0}), 1.0);
}

TEST(Certificate, IsInvariantUnderStrategicEquivalence) {
  NormalFormGame game = random_game({3, 4}, 5);
  const double before = Certificate(game).contraction({1.0, 1.0});
  // Agent 0's payoffs plus a function of agent 1's action, and plus a function of its own.
  for (std::size_t k = 0; k < 12; ++k)
    game.payoffs[k] += static_cast<double>(k % 4) * 8 - static_cast<double>(k / 4) * 16;
  EXPECT_NEAR(Certificate(game).contraction({1.0, 1.0}), before, 1e-13);
}

TEST(Certificate, NoInteraction) {
  // A lone agent, opponents without a choice, additive payoffs: the contraction is 0 at every temperature.
  EXPECT_EQ(Certificate(random_game({5}, 1)).contraction({0.01}), 0);
  EXPECT_EQ(Certificate(random_game({5}, 1)).contraction({0.0}), 0);
  EXPECT_EQ(Certificate(random_game({1, 4}, 1)).contraction({0.01, 0.01}), 0);
  EXPECT_EQ(Certificate(bimatrix(2, 2, {1, 2, 3, 4}, {0, 5, 1, 6})).contraction({0.01, 0.01}), 0);
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Certificate(random_game({2, 2}, 1)).contraction({infinity, infinity}), 0);
  EXPECT_EQ(Certificate(random_game({2, 2}, 1)).contraction({0.0, 0.0}), infinity);
}

TEST(Certificate, OneSidedInteractionHasRadiusZero) {
  // Agent 1 does not care what agent 0 does: D is triangular, the equilibrium unique at every temperature. The bound
  // need not be 0, but must not fall below it nor claim what is not so.
  const NormalFormGame game = bimatrix(2, 2, {1, 0, 0, 1}, {1, 0, 1, 0});
  const double bound = Certificate(game).contraction({0.1, 0.1});
  EXPECT_GE(bound, 0);
  EXPECT_LT(bound, 1);
}

TEST(Certificate, GamesTooLargeToCertifyAreNot) {
  NormalFormGame game;
  game.actions = {700, 700};
  game.payoffs.assign(2 * 700 * 700, 0.0);
  EXPECT_EQ(Certificate(game).contraction({1.0, 1.0}), std::numeric_limits<double>::infinity());
}

TEST(Certificate, CertifiedRunsMeetAtOnePoint) {
  for (const auto& shape : shapes) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const NormalFormGame game = random_game(shape, 50 + seed);
      SCOPED_TRACE(game.name);
      // Just inside: the contraction is inversely proportional to a common temperature.
      const std::vector<double> ones(shape.size(), 1.0);
      const double tau = std::max(1e-3, Certificate(game).contraction(ones) * 1.1);
      EXPECT_LT(Certificate(game).contraction(std::vector<double>(shape.size(), tau)), 1);
      std::vector<quantal::Run> runs(5);
      for (std::size_t r = 0; r < runs.size(); ++r) {
        runs[r].tau = tau;
        runs[r].eta = (r % 2 == 0 ? 1.0 : 0.3) / tau;
        if (r > 0) runs[r].random_start = r;
      }
      Settings settings;
      settings.backend = Backend::cpu;
      settings.gap_every = 1;
      const Results results = solve(std::vector<Game>{game}, runs, settings);
      for (std::size_t r = 0; r < runs.size(); ++r) {
        ASSERT_EQ(results.status[r], Status::converged);
        EXPECT_LE(oracle::distance(policies_of(results, r, game), policies_of(results, 0, game)), 1e-9L);
      }
    }
  }
}

TEST(Certificate, TheLogitsContractAtThePromisedRate) {
  // One agent's logits against another trajectory's, in the seminorm max - min, weighted by the Perron vector of a 2x2
  // D.
  std::mt19937_64 bits(12);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const NormalFormGame game = random_game({3, 3}, seed);
    const Matrix d = interactions(game);
    const double radius = std::sqrt(d[0][1] * d[1][0]);
    const double weight[] = {std::sqrt(d[0][1]), std::sqrt(d[1][0])};
    const double tau = radius / 4 * 1.2;
    const double eta = uniform(bits, 0.1, 1.0) / tau;
    const oracle::Game plain = to_oracle(game);
    oracle::Profile x;
    oracle::Profile y;
    for (int i = 0; i < 2; ++i) {
      x.emplace_back();
      y.emplace_back();
      for (int a = 0; a < 3; ++a) {
        x.back().push_back(uniform(bits, -2, 2));
        y.back().push_back(uniform(bits, -2, 2));
      }
    }
    const auto apart = [&] {
      long double largest = 0;
      for (std::size_t i = 0; i < 2; ++i) {
        long double low = x[i][0] - y[i][0];
        long double high = low;
        for (std::size_t a = 1; a < 3; ++a) {
          low = std::min(low, x[i][a] - y[i][a]);
          high = std::max(high, x[i][a] - y[i][a]);
        }
        largest = std::max(largest, (high - low) / static_cast<long double>(weight[i]));
      }
      return largest;
    };
    for (int t = 0; t < 30; ++t) {
      const long double before = apart();
      x = oracle::update(x, oracle::expected_payoffs(plain, oracle::policies_of(x)), {tau, tau}, eta);
      y = oracle::update(y, oracle::expected_payoffs(plain, oracle::policies_of(y)), {tau, tau}, eta);
      EXPECT_LE(apart(), before * static_cast<long double>(1 - eta * (tau - radius / 4)) + 1e-15L);
    }
  }
}

}  // namespace
}  // namespace quantal
