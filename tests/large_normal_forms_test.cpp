// Games in normal form that are too large for a SIMD lane each: runs of one game share its payoffs, and cores share one
// game, without changing a bit of any run; and all of it agrees with the oracle.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "machines.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

/// Long rows and short ones, all opponents in the rows and some, agents alike and all different.
const std::vector<std::vector<int>> shapes = {
    {70, 90},      {17, 300},    {2, 1500}, {1500, 3},       {33, 64},        {10, 10, 10},   {60, 3, 40},
    {2, 100, 100}, {30, 25, 20}, {600, 1},  {5, 5, 5, 5, 5}, {2, 3, 4, 5, 6}, {7, 1, 13, 40}, std::vector<int>(11, 2)};

class LargeNormalForms : public testing::TestWithParam<Precision> {
 protected:
  using Run = quantal::Run;

  Settings settings() const {
    Settings made;
    made.backend = Backend::cpu;
    made.tier = Tier::block;
    made.precision = GetParam();
    made.gap_every = 8;
    made.max_iterations = 60;
    made.gap_tolerance = GetParam() == Precision::float32 ? 1e-8 : 1e-14;
    made.threads = 1;
    return made;
  }

  /// Runs that end at different times, at several temperatures of the agents, from several starts.
  static std::vector<Run> runs_of_games(std::size_t games, std::size_t runs_each, std::size_t agents) {
    std::vector<Run> runs;
    for (std::size_t g = 0; g < games; ++g) {
      for (std::size_t k = 0; k < runs_each; ++k) {
        Run run;
        run.game = g;
        run.tau = 0.3 + 0.4 * static_cast<double>(k % 5);
        if (k % 4 == 3) run.tau_per_agent.assign(agents, 0.5 + static_cast<double>(k));
        if (k % 2 == 1) run.random_start = k;
        if (k % 3 == 1) run.eta = 0.05;
        runs.push_back(run);
      }
    }
    return runs;
  }
};

TEST_P(LargeNormalForms, AreTheSameAloneAndWhereRunsShareAGame) {
  for (const auto& actions : shapes) {
    SCOPED_TRACE(shape_name(actions));
    const std::vector<Game> games = {random_game(actions, 1), random_game(actions, 2)};
    const std::vector<Run> runs = runs_of_games(games.size(), 18, actions.size());
    const Results together = solve(games, runs, settings());
    ASSERT_EQ(together.failure, "");
    for (std::size_t r = 0; r < runs.size(); r += 5) {
      SCOPED_TRACE("run " + std::to_string(r));
      expect_same_bits(solve(games, std::vector<Run>{runs[r]}, settings()), 0, together, r);
    }
  }
}

TEST_P(LargeNormalForms, AreTheSameForAnyNumberOfCores) {
  for (const auto& actions :
       std::vector<std::vector<int>>{{300, 257}, {50, 2000}, {60, 50, 48}, std::vector<int>(15, 2), {9, 9, 9, 9, 9}}) {
    SCOPED_TRACE(shape_name(actions));
    const std::vector<Game> games = {random_game(actions, 3)};
    // One run, and several that share the game, on as many cores as there are: 2 or more here, 1 anywhere.
    for (const std::size_t runs_each : {std::size_t{1}, std::size_t{5}}) {
      const std::vector<Run> runs = runs_of_games(1, runs_each, actions.size());
      Settings some = settings();
      some.max_iterations = 16;
      const Results one = solve(games, runs, some);
      for (const int threads : {2, 3, 0}) {
        some.threads = threads;
        const Results several = solve(games, runs, some);
        ASSERT_EQ(several.failure, "");
        for (std::size_t r = 0; r < runs.size(); ++r) expect_same_bits(one, r, several, r);
      }
    }
  }
}

TEST_P(LargeNormalForms, AgreeWithTheOracle) {
  const bool single = GetParam() == Precision::float32;
  for (const auto& actions : shapes) {
    SCOPED_TRACE(shape_name(actions));
    if (joint_actions(actions) > 20'000) continue;  // the oracle adds up every joint action
    const std::vector<Game> games = {random_game(actions, 4)};
    std::vector<Run> runs = runs_of_games(1, 9, actions.size());
    Settings exactly = settings();
    exactly.gap_tolerance = 0;
    exactly.max_iterations = 3;
    exactly.gap_every = 1;
    for (Run& run : runs) {
      run.eta = 0.05;
      run.tau = std::max(run.tau, 0.5);
      run.initial_policies = random_policies(actions, 7, 1e-5);
      run.random_start = 0;
    }
    const Results results = solve(games, runs, exactly);
    ASSERT_EQ(results.failure, "");
    const oracle::Game game = to_oracle(games[0]);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE("run " + std::to_string(r));
      const std::vector<double> tau = temperatures_of(runs[r], actions.size());
      oracle::Profile logits = oracle::logits_of(oracle::policies_from(actions, runs[r].initial_policies.data()));
      for (int k = 0; k <= 3; ++k) {
        const oracle::Evaluation seen = oracle::evaluate(game, logits, tau);
        const auto gap = static_cast<double>(seen.gap);
        EXPECT_NEAR(results.history_of(r)[static_cast<std::size_t>(k)], gap, (single ? 2e-5 : 1e-13) * (1 + gap));
        if (k == 3) {
          EXPECT_LE(oracle::distance(policies_of(results, r, std::get<NormalFormGame>(games[0])), seen.policies),
                    single ? 3e-6L : 1e-14L);
        }
        logits = oracle::update(logits, seen.expected, tau, 0.05);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, LargeNormalForms, testing::Values(Precision::float32, Precision::float64),
                         [](const auto& instance) {
                           return instance.param == Precision::float32 ? "Float32" : "Float64";
                         });

}  // namespace
}  // namespace quantal
