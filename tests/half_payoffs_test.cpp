// Payoffs in half precision: the equilibrium found is that of the game whose payoffs are rounded so.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "machines.hpp"
#include "quantal/quantal.hpp"
#include "random_games.hpp"
#include "random_networks.hpp"

namespace quantal {
namespace {

/// x to 11 significant bits, ties to even, for an |x| from 2^-14 on.
double rounded(double x) {
  if (x == 0) return 0;
  int exponent = 0;
  const double mantissa = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(mantissa, 11)), exponent - 11);
}

/// A game whose payoffs are whole 4096ths, so that all that is done with them here is exact.
NormalFormGame coarse_game(const std::vector<int>& actions, std::uint64_t seed) {
  NormalFormGame game = random_game(actions, seed);
  for (double& payoff : game.payoffs) payoff = std::nearbyint(payoff * 4096) / 4096;
  return game;
}

/// The same with what each action pays less than the best one, to the same actions of the others, rounded.
NormalFormGame with_halves(NormalFormGame game) {
  const std::size_t joint = joint_actions(game.actions);
  std::size_t stride = joint;
  for (std::size_t i = 0; i < game.actions.size(); ++i) {
    const auto m = static_cast<std::size_t>(game.actions[i]);
    const std::size_t block = stride;
    stride /= m;
    double* const payoffs = game.payoffs.data() + i * joint;
    for (std::size_t at = 0; at < joint; ++at) {
      if (at % block >= stride) continue;  // not the first action
      double best = payoffs[at];
      for (std::size_t a = 1; a < m; ++a) best = std::max(best, payoffs[at + a * stride]);
      for (std::size_t a = 0; a < m; ++a) {
        double& payoff = payoffs[at + a * stride];
        payoff = best + rounded(payoff - best);
      }
    }
  }
  return game;
}

class HalfPayoffs : public OnEveryMachine {};

TEST_P(HalfPayoffs, AreThoseOfTheRoundedGameBitForBit) {
  if (!machine().single()) GTEST_SKIP() << "beside float alone";
  // Rows that 16 bytes divide and that they do not; as many parts as a grid has room for; three agents.
  for (const auto& actions : std::vector<std::vector<int>>{{2, 2}, {5, 7}, {16, 24}, {40, 33}, {4, 3, 5}}) {
    const NormalFormGame game = coarse_game(actions, 7);
    if (!holds(game)) continue;
    SCOPED_TRACE(game.name);
    const std::vector<Game> games = {game, with_halves(game)};
    ASSERT_NE(std::get<NormalFormGame>(games[0]).payoffs, std::get<NormalFormGame>(games[1]).payoffs);
    // One run of a game by itself, and several that share it.
    for (const std::size_t count : {1U, 9U}) {
      std::vector<Run> runs(count);
      for (std::size_t r = 0; r < count; ++r) {
        runs[r].tau = 0.3 + 0.2 * static_cast<double>(r);
        if (r % 2 == 1) runs[r].random_start = r;
      }
      Settings settings = machine().settings();
      settings.gap_tolerance = 1e-7;
      settings.max_iterations = 20;
      settings.gap_every = 1;
      const Results plain = solve(std::span(games).subspan(1), runs, settings);
      settings.half_payoffs = true;
      const Results halves = solve(std::span(games).first(1), runs, settings);
      ASSERT_EQ(plain.failure, "");
      ASSERT_EQ(halves.failure, "");
      // The same order of sums: the stream tier cuts rows into parts by what it reads at once.
      const bool same_order = machine().tier != Tier::stream;
      for (std::size_t r = 0; r < count; ++r) {
        SCOPED_TRACE(r);
        if (same_order) {
          expect_same_bits(plain, r, halves, r);
        } else {
          EXPECT_NEAR(plain.qre_gap[r], halves.qre_gap[r], 1e-6);
          EXPECT_LE(oracle::distance(policies_of(plain, r, games[1]), policies_of(halves, r, games[0])), 2e-6L);
        }
      }
    }
  }
}
QUANTAL_ON_EVERY_MACHINE(HalfPayoffs);

TEST(HalfPayoffsOfOtherGames, SaysWhatItDoesNotTake) {
  const auto refused = [](const Game& game, Precision precision) -> std::string {
    Settings settings;
    settings.backend = Backend::cpu;
    settings.precision = precision;
    settings.half_payoffs = true;
    settings.max_iterations = 3;
    try {
      const std::vector<Game> games = {random_game({3, 2}, 1), game};
      return solve(games, runs_of(2, Sweep{}), settings).failure;
    } catch (const InputError& error) {
      return error.what();
    }
  };
  NormalFormGame wide{"wide", {2, 2}, {0, 0, 0, 0, 0, 65519, 0, 0}};
  EXPECT_EQ(refused(wide, Precision::float32), "");
  EXPECT_NE(refused(wide, Precision::float64).find("float32"), std::string::npos);
  wide.payoffs[5] = 65520;
  EXPECT_EQ(refused(wide, Precision::float32),
            "game 1 (wide): expected actions of agent 1 to differ by less than 65520 in payoff, for half precision, "
            "found 65520");
  // What other agents' actions add to a payoff is no difference.
  const NormalFormGame shifted{"", {2, 2}, {1e9, 0, 1e9, 0, 0, 0, 0, 0}};
  EXPECT_EQ(refused(shifted, Precision::float32), "");
  const std::string network = refused(random_network({2, 3, 2}, 1, 1), Precision::float32);
  EXPECT_NE(network.find("game 1"), std::string::npos);
  EXPECT_NE(network.find("normal form"), std::string::npos);
}

}  // namespace
}  // namespace quantal
