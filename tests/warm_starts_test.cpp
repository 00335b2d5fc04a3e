// Runs that start where others end.

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "machines.hpp"
#include "quantal/quantal.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"

namespace quantal {
namespace {

using SolveRun = quantal::Run;

std::vector<Game> some_games() {
  return {random_game({2, 3}, 1), random_network({2, 2, 3}, 1.0, 2), random_game({3, 2, 2}, 3),
          random_markov_game({2, 3, 2, 2, 0.6}, 4)};
}

Sweep warm_sweep() {
  Sweep sweep;
  sweep.tau = {{3.0}, {1.0}, {0.4}};
  sweep.eta = {0.05, 0.1};
  sweep.starts = 2;
  sweep.warm_starts = true;
  return sweep;
}

TEST(WarmStarts, AreTheLastPoliciesOfTheRunBefore) {
  const std::vector<Game> games = some_games();
  const Sweep sweep = warm_sweep();
  Settings settings;
  settings.gap_tolerance = 0;
  settings.max_iterations = 7;
  settings.gap_every = 2;
  const Results warm = solve(games, sweep, settings);
  ASSERT_EQ(warm.size(), games.size() * sweep.runs_per_game());
  for (std::size_t r = 0; r < warm.size(); ++r) {
    SCOPED_TRACE("run " + std::to_string(r));
    SolveRun run = run_of(sweep, r);
    EXPECT_EQ(run.after.has_value(), index_of(sweep, r).tau > 0);
    if (run.after) {
      const SweepIndex before = index_of(sweep, *run.after);
      EXPECT_EQ(before.tau + 1, index_of(sweep, r).tau);
      EXPECT_EQ(before.eta, index_of(sweep, r).eta);
      EXPECT_EQ(before.start, index_of(sweep, r).start);
      const auto policies = warm.policies_of(*run.after);
      run.initial_policies.assign(policies.begin(), policies.end());
      run.random_start.reset();
      run.after.reset();
    }
    const Results alone = solve(games, std::vector<SolveRun>{run}, settings);
    expect_same_bits(warm, r, alone, 0);
  }
}

TEST(WarmStarts, FollowABranchThatColdOnesMiss) {
  // Coordination: from the uniform policies runs stay on the symmetric branch, from others they follow one of the two.
  NormalFormGame game = bimatrix(2, 2, {1, 0, 0, 1}, {1, 0, 0, 1});
  Sweep sweep;
  sweep.tau = {{0.45}, {0.3}, {0.2}, {0.1}};
  sweep.initial_policies = {{0.7, 0.3, 0.7, 0.3}};
  sweep.warm_starts = true;
  const std::vector<Game> games = {game};
  const Results warm = solve(games, sweep);
  sweep.warm_starts = false;
  const Results cold = solve(games, sweep);
  std::int64_t warm_iterations = 0;
  std::int64_t cold_iterations = 0;
  double last = 0.5;
  for (std::size_t r = 0; r < warm.size(); ++r) {
    EXPECT_EQ(warm.status[r], Status::converged);
    EXPECT_GT(warm.policies_of(r)[0], last);
    last = warm.policies_of(r)[0];
    warm_iterations += warm.iterations[r];
    cold_iterations += cold.iterations[r];
  }
  EXPECT_LT(warm_iterations, cold_iterations);
}

TEST(WarmStarts, GoOnFromProbabilitiesThatHaveVanished) {
  NormalFormGame game = bimatrix(2, 2, {2000, 2000, 0, 0}, {1, 0, 0, 1});
  Sweep sweep;
  sweep.tau = {{1.0}, {2000.0}};
  sweep.warm_starts = true;
  const Results results = solve(std::vector<Game>{game}, sweep);
  EXPECT_LT(results.policies_of(0)[1], 1e-300);
  EXPECT_EQ(results.status[1], Status::converged);
  EXPECT_NEAR(results.policies_of(1)[1], 1 / (1 + std::exp(1.0)), 1e-6);
}

TEST(WarmStarts, EndWhereTheTargetIsReached) {
  const std::vector<Game> games = some_games();
  Sweep sweep = warm_sweep();
  sweep.tau = {{3.0}, {1.0}, {0.4}, {0.2}, {0.1}};
  sweep.eta = {std::nullopt};
  Settings settings;
  const Results all = solve(games, sweep, settings);
  settings.target_nash_gap = 0.2;
  settings.gap_every = 1;
  const Results some = solve(games, sweep, settings);
  ASSERT_EQ(some.size(), all.size());
  std::size_t reached = 0;
  for (std::size_t r = 0; r < some.size(); ++r) {
    SCOPED_TRACE("run " + std::to_string(r));
    const auto before = run_of(sweep, r).after;
    const bool is_kept = before && some.nash_gap[*before] <= 0.2;
    EXPECT_EQ(some.status[r] == Status::target_reached, is_kept);
    reached += is_kept ? 1 : 0;
    const auto expected = is_kept ? some.policies_of(*before) : all.policies_of(r);
    const auto found = some.policies_of(r);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t a = 0; a < found.size(); ++a) EXPECT_NEAR(found[a], expected[a], is_kept ? 1e-14 : 0);
    if (!is_kept) {
      EXPECT_EQ(some.iterations[r], all.iterations[r]);
      EXPECT_EQ(some.status[r], all.status[r]);
      continue;
    }
    EXPECT_EQ(some.iterations[r], 0);
    EXPECT_EQ(some.history_of(r).size(), 1U);
    EXPECT_NEAR(some.nash_gap[r], some.nash_gap[*before], 1e-12);
    EXPECT_GT(some.qre_gap[r], 0);
  }
  EXPECT_GT(reached, 5U);
  EXPECT_LT(reached, some.size() * 4 / 5) << "some must not have reached it";
  settings.target_nash_gap = -1;
  EXPECT_THROW(solve(games, sweep, settings), InputError);
}

TEST(WarmStarts, OfRunsThatAreStoppedAreNotBegun) {
  const std::vector<Game> games = {random_game({4, 4}, 8)};
  Sweep sweep;
  sweep.tau = {{0.02}, {0.01}};
  sweep.warm_starts = true;
  Settings settings;
  settings.gap_tolerance = 0;
  settings.max_iterations = 2'000'000'000;
  std::size_t most_runs = 0;
  const Results results = solve(games, sweep, settings, [&](const Progress& progress) {
    most_runs = progress.runs;
    return false;
  });
  EXPECT_EQ(most_runs, 2U);
  EXPECT_EQ(results.status[0], Status::cancelled);
  EXPECT_EQ(results.status[1], Status::cancelled);
  EXPECT_TRUE(results.policies_of(1).empty());
}

TEST(WarmStarts, AreRefusedFromLaterRunsAndOtherGames) {
  const std::vector<Game> games = {random_game({2, 2}, 1), random_game({2, 2}, 2)};
  std::vector<SolveRun> runs(2);
  runs[0].after = 1;
  EXPECT_THROW(solve(games, runs), InputError);
  runs[0].after.reset();
  runs[1].after = 0;
  runs[1].game = 1;
  EXPECT_THROW(solve(games, runs), InputError);
  runs[1].after = 1;
  runs[1].game = 0;
  EXPECT_THROW(solve(games, runs), InputError);
}

}  // namespace
}  // namespace quantal
