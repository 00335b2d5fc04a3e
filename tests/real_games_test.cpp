// A collection of games from the literature, at default settings.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "machines.hpp"
#include "oracle.hpp"
#include "places.hpp"

namespace quantal {
namespace {

class RealGames : public OnEveryMachine {};

TEST_P(RealGames, ConvergedRunsAreFixedPoints) {
  const std::filesystem::path directory = games_folder();
  if (!std::filesystem::is_directory(directory)) GTEST_SKIP() << "no games at " << directory;
  std::vector<Game> games;
  for (const Game& game : read_games(directory)) {
    // Emulated threads are slow; the few large games are left to the CPU.
    if (machine().cuda() && std::get<NormalFormGame>(game).payoffs.size() > 200) continue;
    games.push_back(game);
  }
  ASSERT_FALSE(games.empty());
  Sweep sweep;
  sweep.tau = {{1.0}, {0.5}};
  const std::vector<Run> runs = runs_of(games.size(), sweep);
  Settings settings = machine().settings();
  if (machine().cuda()) settings.max_iterations = 1000;
  const Results results = solve(games, runs, settings);
  ASSERT_EQ(results.failure, "");
  std::map<std::string, std::size_t> count;
  long double worst = 0;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& game = std::get<NormalFormGame>(games[runs[r].game]);
    SCOPED_TRACE(game.name + ", tau " + std::to_string(runs[r].tau));
    ++count[std::string(to_string(results.status[r]))];
    EXPECT_NE(results.status[r], Status::not_finite);
    EXPECT_NE(results.status[r], Status::cancelled);
    EXPECT_NE(results.status[r], Status::failed);
    const std::vector<double> tau(game.actions.size(), runs[r].tau);
    const oracle::Profile policies = policies_of(results, r, game);
    const long double off = oracle::distance_to_response(to_oracle(game), policies, tau);
    if (results.status[r] == Status::converged) {
      worst = std::max(worst, off);
      EXPECT_LE(off, machine().single() ? 1e-5L : 1e-10L);
    }
    // The Nash gap that is reported is that of the policies that are.
    const auto exact = oracle::evaluate(to_oracle(game), oracle::logits_of(policies), tau);
    double scale = 1;
    for (const double payoff : game.payoffs) scale = std::max(scale, std::abs(payoff));
    EXPECT_NEAR(results.nash_gap[r], static_cast<double>(exact.nash_gap), scale * (machine().single() ? 1e-5 : 1e-13));
  }
  std::printf("%zu games, %zu runs:", games.size(), runs.size());
  for (const auto& [status, number] : count) std::printf(" %zu %s,", number, status.c_str());
  std::printf(" converged ones within %.1Lg of their response\n", worst);
  EXPECT_GT(count["converged"], runs.size() * 3 / 4);
}

TEST_P(RealGames, EveryGameHasAPathOfEquilibriaFromTheUniformPolicies) {
  // Hot enough, everything converges in few iterations.
  const std::filesystem::path directory = games_folder();
  if (!std::filesystem::is_directory(directory)) GTEST_SKIP() << "no games at " << directory;
  std::vector<Game> games;
  std::vector<Run> runs;
  for (const Game& game : read_games(directory)) {
    const auto& g = std::get<NormalFormGame>(game);
    if (machine().cuda() && g.payoffs.size() > 200) continue;
    const auto [low, high] = std::minmax_element(g.payoffs.begin(), g.payoffs.end());
    Run run;
    run.game = games.size();
    run.tau = std::max(1e-3, (*high - *low) * static_cast<double>(g.actions.size()));
    games.push_back(game);
    runs.push_back(run);
  }
  Settings settings = machine().settings();
  settings.max_iterations = 1000;
  const Results results = solve(games, runs, settings);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    SCOPED_TRACE(name_of(games[r]));
    EXPECT_EQ(results.status[r], Status::converged);
    EXPECT_LE(results.iterations[r], 200);
  }
}

std::vector<Machine> real_game_machines() {
  std::vector<Machine> all;
  for (const Backend backend : {Backend::cpu, Backend::cuda}) {
    for (const Precision precision : {Precision::float64, Precision::float32}) {
      all.push_back({backend, Tier::automatic, precision, ""});
    }
  }
  for (const Precision precision : {Precision::float64, Precision::float32}) {
    all.push_back({Backend::cpu, Tier::block, precision, ""});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Machines, RealGames, testing::ValuesIn(real_game_machines()),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace quantal
