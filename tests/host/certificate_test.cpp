// The contraction bound against its definition, and what it promises.

#include "host/certificate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "machines.hpp"
#include "oracle.hpp"
#include "quantal/quantal.hpp"
#include "random_games.hpp"
#include "random_networks.hpp"

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

/// The same faster: of all second differences of two rows the largest is how much their difference varies.
Matrix interactions_by_pairs(const NormalFormGame& game) {
  const std::size_t agents = game.actions.size();
  const std::size_t joint = joint_actions(game.actions);
  const auto count = [&](std::size_t j) { return static_cast<std::size_t>(game.actions[j]); };
  std::vector<std::size_t> stride(agents, 1);
  for (std::size_t j = agents - 1; j-- > 0;) stride[j] = stride[j + 1] * count(j + 1);
  Matrix d(agents, std::vector<double>(agents, 0.0));
  for (std::size_t i = 0; i < agents; ++i) {
    for (std::size_t j = 0; j < agents; ++j) {
      for (std::size_t k = 0; k < joint && i != j; ++k) {
        if (k / stride[j] % count(j) != 0) continue;
        for (std::size_t b = 0; b < count(i); ++b) {
          const std::size_t other = k - k / stride[i] % count(i) * stride[i] + b * stride[i];
          double low = 1e300;
          double high = -1e300;
          for (std::size_t c = 0; c < count(j); ++c) {
            const double* r = game.payoffs.data() + i * joint + c * stride[j];
            low = std::min(low, r[k] - r[other]);
            high = std::max(high, r[k] - r[other]);
          }
          d[i][j] = std::max(d[i][j], high - low);
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

TEST(Certificate, LargeGamesAreBoundedByAtMostTwice) {
  // Three agents of more than 8 actions each, and more than 2^20 operations.
  const NormalFormGame game = random_game({20, 40, 30}, 31);
  const Certificate bound(game);
  EXPECT_TRUE(bound.is_known());
  EXPECT_FALSE(bound.is_exact());
  const double exact = spectral_radius(interactions_by_pairs(game)) / 4;
  const double found = bound.contraction({1.0, 1.0, 1.0});
  EXPECT_GE(found, exact * (1 - 1e-10));
  EXPECT_LE(found, 2 * exact);
  // Where one of each two agents has few actions D itself is found, however large the game is.
  const NormalFormGame few = random_game({8, 8, 8, 8, 40}, 32);
  EXPECT_TRUE(Certificate(few).is_exact());
  EXPECT_NEAR(Certificate(few).contraction(std::vector<double>(5, 1.0)),
              spectral_radius(interactions_by_pairs(few)) / 4, 1e-5);
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

/// A network of random payoffs, some of its edges paying one side only.
PolymatrixGame random_payoffs(const std::vector<int>& actions, std::mt19937_64& bits) {
  PolymatrixGame game = random_network(actions, bits);
  std::size_t payoffs = 0;
  for (PolymatrixEdge& edge : game.edges) {
    const int which = integer(bits, 0, 4);
    edge.pays_first = which != 0;
    edge.pays_second = which != 1;
    payoffs += edge_matrix_size(game, edge) * (which < 2 ? 1 : 2);
  }
  game.payoffs.clear();
  for (std::size_t k = 0; k < payoffs; ++k) game.payoffs.push_back(uniform(bits, -1, 1));
  return game;
}

const std::vector<std::vector<int>> networks = {{2, 2},          {3, 2, 2},       {1, 3, 2, 2},       {2, 2, 2, 2, 2},
                                                {4, 1, 3, 2, 3}, {2, 3, 2, 3, 2}, {2, 2, 2, 2, 2, 2}, {5}};

TEST(NetworkCertificate, IsThatOfTheNormalForm) {
  std::mt19937_64 bits(21);
  for (const auto& actions : networks) {
    for (int trial = 0; trial < 10; ++trial) {
      const PolymatrixGame game = random_payoffs(actions, bits);
      SCOPED_TRACE(shape_name(actions) + " #" + std::to_string(trial));
      const NormalFormGame flat = normal_form(game);
      std::vector<double> tau;
      for (std::size_t i = 0; i < actions.size(); ++i) tau.push_back(uniform(bits, 0.2, 3));
      const double bound = Certificate(game).contraction(tau);
      EXPECT_GE(bound, exact_contraction(flat, tau) * (1 - 1e-10));
      EXPECT_NEAR(bound, Certificate(flat).contraction(tau), 1e-9 * (1 + bound));
    }
  }
}

/// D of two-action networks, whose entries are one second difference each.
Matrix interactions_of_two_actions(const PolymatrixGame& game) {
  Matrix d(game.actions.size(), std::vector<double>(game.actions.size(), 0.0));
  const double* p = game.payoffs.data();
  for (const PolymatrixEdge& edge : game.edges) {
    const auto first = static_cast<std::size_t>(edge.first);
    const auto second = static_cast<std::size_t>(edge.second);
    const auto take = [&] {
      const double difference = std::fabs(p[0] - p[1] - p[2] + p[3]);
      p += 4;
      return difference;
    };
    if (edge.pays_first) d[first][second] = take();
    if (edge.pays_second) d[second][first] = take();
  }
  return d;
}

TEST(NetworkCertificate, IsSharpInSparseNetworks) {
  // Rings, paths, stars and two parts that are apart, with edges of very different weights.
  std::mt19937_64 bits(23);
  constexpr int agents = 120;
  for (int kind = 0; kind < 4; ++kind) {
    SCOPED_TRACE(kind);
    PolymatrixGame game;
    game.actions.assign(agents, 2);
    for (int i = 0; i + 1 < agents; ++i) game.edges.push_back({kind == 2 ? 0 : i, i + 1, true, true});
    if (kind == 0) game.edges.push_back({agents - 1, 0, true, true});
    if (kind == 3) game.edges.erase(game.edges.begin() + 70);
    for (std::size_t k = 0; k < 8 * game.edges.size(); ++k) game.payoffs.push_back(uniform(bits, -1, 1));
    Matrix d = interactions_of_two_actions(game);
    for (auto& row : d) {
      for (double& x : row) x /= 4;
    }
    const Certificate certificate(game);
    const double radius = spectral_radius(d);
    const double bound = certificate.contraction(std::vector<double>(agents, 1.0));
    EXPECT_GE(bound, radius * (1 - 1e-10));
    EXPECT_LE(bound, radius * 1.05);
    // Temperatures only scale it.
    EXPECT_NEAR(certificate.contraction(std::vector<double>(agents, 1e-3)), 1e3 * bound, 1e-9 * bound);
  }
}

TEST(NetworkCertificate, ManyActionsAreBoundedByAtMostTwice) {
  std::mt19937_64 bits(24);
  for (const int rows : {65, 80, 120}) {
    PolymatrixGame game{"", {rows, 70}, {{0, 1, true, true}}, {}};
    for (int k = 0; k < 2 * rows * 70; ++k) game.payoffs.push_back(uniform(bits, -1, 1));
    // One number for both is the geometric mean of D_01 and D_10, which are their largest second differences.
    const auto largest_difference = [&](const double* matrix) {
      double largest = 0;
      for (int a = 0; a < rows; ++a) {
        for (int b = 0; b < a; ++b) {
          double low = 10;
          double high = -10;
          for (int c = 0; c < 70; ++c) {
            low = std::min(low, matrix[a * 70 + c] - matrix[b * 70 + c]);
            high = std::max(high, matrix[a * 70 + c] - matrix[b * 70 + c]);
          }
          largest = std::max(largest, high - low);
        }
      }
      return largest;
    };
    const double exact =
        std::sqrt(largest_difference(game.payoffs.data()) * largest_difference(game.payoffs.data() + rows * 70)) / 4;
    const double before = Certificate(game).contraction({1.0, 1.0});
    EXPECT_GE(before, exact * (1 - 1e-12));
    EXPECT_LE(before, 2 * exact);
    // Terms of one's own or the other's action change no equilibrium, and not the bound.
    for (std::size_t k = 0; k < game.payoffs.size(); ++k) {
      game.payoffs[k] += 8.0 * static_cast<double>(k % 70) - 4.0 * static_cast<double>(k / 70);
    }
    EXPECT_NEAR(Certificate(game).contraction({1.0, 1.0}), before, 1e-9);
  }
}

TEST(NetworkCertificate, NoInteraction) {
  EXPECT_EQ(Certificate(PolymatrixGame{"", {2, 3}, {}, {}}).contraction({0.0, 0.01}), 0);
  // Additive payoffs.
  const PolymatrixGame game{"", {2, 2}, {{0, 1, true, false}}, {1, 2, 3, 4}};
  EXPECT_EQ(Certificate(game).contraction({0.0, 0.0}), 0);
}

TEST(NetworkCertificate, CertifiesTemperaturesAboveOne) {
  EXPECT_EQ(certified_temperature(bimatrix(2, 2, {1, 0, 0, 1}, {1, 0, 0, 1})), 0.5);
  EXPECT_EQ(certified_temperature(PolymatrixGame{"", {2, 2}, {{0, 1, true, true}}, {1, 0, 0, 1, 1, 0, 0, 1}}), 0.5);
  NormalFormGame large;
  large.actions = {700, 700};
  large.payoffs.assign(2 * 700 * 700, 0.0);
  EXPECT_EQ(certified_temperature(large), 0);  // nobody's payoffs depend on the other
}

}  // namespace
}  // namespace quantal
