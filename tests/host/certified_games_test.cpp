// Games that are certain to converge do, and as fast as is certain.

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

/// How many games to draw; QUANTAL_CERTIFIED_GAMES=100000 asks for so many.
int certified_games() {
  const char* asked = std::getenv("QUANTAL_CERTIFIED_GAMES");
  return asked == nullptr ? 2000 : std::atoi(asked);
}

NormalFormGame small_game(std::mt19937_64& bits) {
  const int agents = integer(bits, 2, 5);
  const int most = agents == 2 ? 5 : agents == 3 ? 4 : agents == 4 ? 3 : 2;
  std::vector<int> actions;
  for (int i = 0; i < agents; ++i) actions.push_back(integer(bits, 2, most));
  return random_game(actions, bits());
}

TEST(CertifiedGames, AllConvergeAsFastAsPromised) {
  std::mt19937_64 bits(2026);
  const int count = certified_games();
  double closest = -1;  // of an iteration's contraction to the certified rate
  std::size_t iterations = 0;
  constexpr int in_a_batch = 500;
  for (int done = 0; done < count; done += in_a_batch) {
    std::vector<Game> games;
    std::vector<quantal::Run> runs;
    std::vector<Perron> perrons;
    for (int k = done; k < std::min(done + in_a_batch, count); ++k) {
      const NormalFormGame game = small_game(bits);
      const Matrix d = naive_interactions(game);
      Perron found = perron(d, std::vector<double>(game.actions.size(), 1.0));
      quantal::Run run;
      run.game = games.size();
      run.tau = static_cast<double>(found.radius) * uniform(bits, 1.001, 1.05);
      run.eta = uniform(bits, 0.3, 1) / run.tau;
      run.random_start = 1;
      perrons.push_back(std::move(found));
      games.emplace_back(game);
      runs.push_back(run);
    }
    const Settings settings = cpu_settings();
    const Results results = solve(games, runs, settings);
    const std::vector<RunAnalysis> analyses = analyse(games, runs, results, settings);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const auto& game = std::get<NormalFormGame>(games[r]);
      SCOPED_TRACE(game.name);
      ASSERT_EQ(results.status[r], Status::converged);
      ASSERT_EQ(analyses[r].guarantee, Guarantee::contraction);
      const double certified = analyses[r].certified_rate.value();
      const std::vector<long double>& w = perrons[r].w;

      const std::vector<double> tau(w.size(), runs[r].tau);
      const std::vector<oracle::Profile> iterates =
          trajectory(to_oracle(game), random_logits(game.actions, bits), tau, *runs[r].eta, 5000);
      const oracle::Profile& end = iterates.back();
      ASSERT_LE(oracle::distance(policies_of(results, r, game), oracle::policies_of(end)), 1e-9L);
      const auto distance = [&](const oracle::Profile& logits) {
        long double largest = 0;
        for (std::size_t i = 0; i < w.size(); ++i) largest = std::max(largest, span_between(logits[i], end[i]) / w[i]);
        return largest;
      };
      for (std::size_t t = 1; t < iterates.size(); ++t) {
        const long double before = distance(iterates[t - 1]);
        if (before < 1e-8L) break;
        const double contraction = static_cast<double>(distance(iterates[t]) / before);
        ASSERT_LE(contraction, certified + 1e-8) << t;
        closest = std::max(closest, contraction - certified);
        ++iterations;
      }
      // What the gaps show is no contraction of that distance, but goes the same way in the end.
      ASSERT_LE(analyses[r].measured_rate.value_or(0), certified + 0.01);
    }
  }
  std::printf("%d certified games, %zu iterations: all within the certified rate, the closest by %.2g\n", count,
              iterations, -closest);
}

TEST(CertifiedGames, ZeroSumOnesConvergeWithTheAutomaticStep) {
  std::mt19937_64 bits(9);
  std::vector<Game> games;
  std::vector<quantal::Run> runs;
  for (int k = 0; k < 100; ++k) {
    games.emplace_back(weighted_zero_sum({integer(bits, 2, 5), integer(bits, 2, 5)}, uniform(bits, 0.2, 5), bits));
    quantal::Run run;
    run.game = games.size() - 1;
    run.tau = uniform(bits, 0.05, 0.3);
    runs.push_back(run);
  }
  const Results results = solve(games, runs, cpu_settings());
  const std::vector<RunAnalysis> analyses = analyse(games, runs, results, cpu_settings());
  int certified_as_zero_sum = 0;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    ASSERT_EQ(results.status[r], Status::converged);
    ASSERT_NE(analyses[r].guarantee, Guarantee::none);
    EXPECT_LE(analyses[r].distance_bound, 1e-8);
    certified_as_zero_sum += analyses[r].guarantee == Guarantee::zero_sum ? 1 : 0;
    // The local rate is that of the end, which is promised as well.
    EXPECT_LE(analyses[r].local.value().spectral_radius, analyses[r].certified_rate.value() + 1e-9);
  }
  EXPECT_GE(certified_as_zero_sum, 50);
  // One that needs more than two agents' zero-sum step: a larger step has no guarantee.
  runs.resize(1);
  runs[0].tau = 0.05;
  runs[0].eta = 1 / runs[0].tau;
  const Results large = solve(games, runs, cpu_settings());
  EXPECT_EQ(analyse(games, runs, large, cpu_settings()).front().guarantee, Guarantee::none);
}

TEST(CertifiedGames, ZeroSumOnesComeNearerInDivergence) {
  std::mt19937_64 bits(10);
  for (int trial = 0; trial < 30; ++trial) {
    const double weight = uniform(bits, 0.2, 5);
    const NormalFormGame game = weighted_zero_sum({integer(bits, 2, 4), integer(bits, 2, 4)}, weight, bits);
    const long double L = perron(naive_interactions(game), {1.0, 1.0}).radius;
    const double tau = static_cast<double>(L) * uniform(bits, 0.1, 0.9);
    quantal::Run run;
    run.tau = tau;
    Settings settings = cpu_settings();
    settings.gap_every = 0;
    const std::vector<Game> games = {game};
    const std::vector<quantal::Run> runs = {run};
    const Results results = solve(games, runs, settings);
    const RunAnalysis found = analyse(games, runs, results, settings).front();
    ASSERT_EQ(found.guarantee, Guarantee::zero_sum);
    EXPECT_NEAR(results.eta[0], tau / (static_cast<double>(L * L) + tau * tau), 1e-5 * results.eta[0]);
    const std::vector<oracle::Profile> iterates =
        trajectory(to_oracle(game), random_logits(game.actions, bits), {tau, tau}, results.eta[0], 100000);
    const oracle::Profile equilibrium = oracle::policies_of(iterates.back());
    const auto divergence = [&](const oracle::Profile& logits) {
      long double sum = 0;
      for (std::size_t i = 0; i < 2; ++i) {
        const long double log_sum = oracle::log_sum_exp(logits[i]);
        const long double end_log_sum = oracle::log_sum_exp(iterates.back()[i]);
        for (std::size_t a = 0; a < logits[i].size(); ++a) {
          const long double ratio = iterates.back()[i][a] - end_log_sum - (logits[i][a] - log_sum);
          sum += (i == 0 ? 1 : static_cast<long double>(weight)) * equilibrium[i][a] * oracle::exp_less_linear(-ratio);
        }
      }
      return sum;  // of pi*(exp(-ratio) - 1 + ratio), which is the divergence, term by term not negative
    };
    const long double rate = static_cast<long double>(found.certified_rate.value());
    for (std::size_t t = 1; t < iterates.size(); ++t) {
      const long double before = divergence(iterates[t - 1]);
      if (before < 1e-22L) break;
      ASSERT_LE(divergence(iterates[t]), before * rate * rate * (1 + 1e-6L)) << t;
    }
  }
}

}  // namespace
}  // namespace quantal
