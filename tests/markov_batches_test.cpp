// Batches of Markov games: a run's results do not depend on what else is computed, or on what of it is kept.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "markov_machines.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"

namespace quantal {
namespace {

struct Batch {
  std::vector<Game> games;
  std::vector<Run> runs;
};

/// Markov games of all kinds among static games, in no order; runs share games.
Batch mixed_batch(std::size_t number, bool statics) {
  Batch batch;
  std::mt19937_64 bits(5);
  for (std::size_t g = 0; g < number; ++g) {
    if (statics && g % 6 == 5) {
      batch.games.emplace_back(random_game({2, 3}, g));
      continue;
    }
    // Few shapes, so that games share layouts.
    MarkovShape shape;
    shape.agents = 1 + static_cast<int>(bits() % 3);
    shape.states = std::vector<int>{1, 3, 6}[bits() % 3];
    shape.least_actions = g % 4 == 0 ? 1 : 2;
    shape.most_actions = g % 4 == 0 ? 3 : 2;
    shape.discount = std::vector<double>{0.0, 0.5, 0.9}[bits() % 3];
    shape.next_states = g % 3 == 0 ? 1 : 0;
    batch.games.emplace_back(random_markov_game(shape, g));
  }
  for (std::size_t r = 0; r < 2 * number; ++r) {
    Run run;
    run.game = r < number ? r : bits() % number;
    run.tau = std::vector<double>{0.0, 0.2, 0.7, 1.5, 4.0}[bits() % 5];
    if (bits() % 4 == 0) {
      for (std::size_t i = 0; i < agents_of(batch.games[run.game]); ++i) {
        run.tau_per_agent.push_back(uniform(bits, 0.5, 2.0));
      }
    }
    if (bits() % 2 == 0) run.eta = uniform(bits, 0.002, 0.025);
    if (bits() % 3 == 0) run.random_start = bits() % 5;
    if (bits() % 5 == 0) run.initial_policies = random_policies(actions_of(batch.games[run.game]), r);
    batch.runs.push_back(run);
  }
  return batch;
}

class MarkovBatches : public OnEveryMarkovMachine {
 protected:
  Batch batch() const { return mixed_batch(fewer(60, 16, 4), !machine().cuda()); }

  Settings settings() const {
    Settings made = machine().settings();
    made.max_iterations = machine().many_threads_a_run() ? 6 : machine().cuda() ? 20 : 200;
    made.gap_tolerance = machine().single() ? 1e-8 : 1e-14;
    made.gap_every = 16;
    made.seed = 99;
    made.keep_action_values = true;
    return made;
  }
};

TEST_P(MarkovBatches, ARunIsTheSameAloneAndInCompany) {
  const Batch all = batch();
  const Results together = solve(all.games, all.runs, settings());
  ASSERT_EQ(together.failure, "");
  for (std::size_t r = 0; r < all.runs.size(); ++r) {
    SCOPED_TRACE("run " + std::to_string(r) + " of " + name_of(all.games[all.runs[r].game]));
    expect_same_bits(solve(all.games, std::vector<Run>{all.runs[r]}, settings()), 0, together, r);
  }
}

TEST_P(MarkovBatches, TheOrderOfRunsDoesNotMatter) {
  const Batch all = batch();
  const Results expected = solve(all.games, all.runs, settings());
  const Results turned = solve(all.games, std::vector<Run>(all.runs.rbegin(), all.runs.rend()), settings());
  for (std::size_t r = 0; r < all.runs.size(); ++r) {
    SCOPED_TRACE(r);
    expect_same_bits(expected, r, turned, all.runs.size() - 1 - r);
  }
}

TEST_P(MarkovBatches, ThreadsChunksAndRepetitionsDoNotMatter) {
  const Batch all = batch();
  expect_the_same_with_threads_and_chunks(all.games, all.runs, settings(), {20000});
}

TEST_P(MarkovBatches, ThreadsDoNotMatterInALargeGame) {
  if (machine().cuda()) GTEST_SKIP() << "threads are the CPU backend's";
  const std::vector<Game> games = {random_markov_game({2, 300, 2, 2, 0.9, 4, 0}, 1),
                                   random_markov_game({1, 150, 2, 3, 0.9}, 2)};
  std::vector<Run> runs(2);
  for (std::size_t r = 0; r < 2; ++r) {
    runs[r].game = r;
    runs[r].eta = 0.08;
  }
  Settings some = settings();
  some.max_iterations = 10;
  some.gap_tolerance = 0;
  some.threads = 1;
  const Results one = solve(games, runs, some);
  for (const int threads : {2, 5}) {
    some.threads = threads;
    const Results other = solve(games, runs, some);
    for (std::size_t r = 0; r < 2; ++r) expect_same_bits(one, r, other, r);
  }
}

/// Gaps that nobody asks for are not found.
TEST_P(MarkovBatches, GapsThatAreKeptChangeNothingElse) {
  Batch all = batch();
  const std::size_t overflowing = all.runs.size();
  all.games.push_back(all.games[all.runs[0].game]);
  for (double& reward : std::get<MarkovGame>(all.games.back()).rewards) reward *= 1.5e308;
  all.runs.push_back(all.runs[0]);
  all.runs.back().game = all.games.size() - 1;
  Settings some = settings();
  some.gap_tolerance = 0;
  some.max_iterations = machine().cuda() ? some.max_iterations : 70;
  some.gap_every = 1;
  const Results whole = solve(all.games, all.runs, some);
  ASSERT_EQ(whole.failure, "");
  for (const std::int64_t every : {0, 9, 1000}) {
    some.gap_every = every;
    const Results other = solve(all.games, all.runs, some);
    for (std::size_t r = 0; r < all.runs.size(); ++r) {
      SCOPED_TRACE("run " + std::to_string(r) + ", gaps every " + std::to_string(every));
      EXPECT_EQ(other.status[r], whole.status[r]);
      if (r == overflowing) {
        EXPECT_EQ(other.status[r], Status::not_finite);
        continue;
      }
      EXPECT_EQ(other.iterations[r], whole.iterations[r]);
      EXPECT_EQ(other.eta[r], whole.eta[r]);
      EXPECT_EQ(other.qre_gap[r], whole.qre_gap[r]);
      EXPECT_EQ(other.nash_gap[r], whole.nash_gap[r]);
      EXPECT_TRUE(std::ranges::equal(other.policies_of(r), whole.policies_of(r)));
      EXPECT_TRUE(std::ranges::equal(other.values_of(r), whole.values_of(r)));
      const auto kept = other.history_of(r);
      for (std::size_t k = 0; k < kept.size(); ++k) {
        EXPECT_EQ(kept[k], whole.history_of(r)[static_cast<std::size_t>(other.history_iteration(r, k))]);
      }
      expect_same_bits(solve(all.games, std::vector<Run>{all.runs[r]}, some), 0, other, r);
    }
  }
}

TEST_P(MarkovBatches, RandomStartsDependOnSeedGameAndNumber) {
  const std::vector<Game> games = {random_markov_game({2, 3, 1, 3, 0.9}, 1), random_markov_game({2, 3, 2, 2, 0.9}, 2)};
  std::vector<Run> runs(4);
  for (std::size_t r = 0; r < 4; ++r) {
    runs[r].game = r / 2;
    runs[r].random_start = r % 2;
  }
  Settings some = settings();
  some.gap_tolerance = 0;
  some.max_iterations = 0;
  const Results results = solve(games, runs, some);
  for (std::size_t r = 0; r < 4; ++r) {
    const std::vector<int>& actions = actions_of(games[r / 2]);
    std::size_t at = 0;
    for (const int m : actions) {
      double sum = 0;
      for (int a = 0; a < m; ++a) {
        EXPECT_GT(results.policies_of(r)[at], 0);
        sum += results.policies_of(r)[at++];
      }
      EXPECT_NEAR(sum, 1, 1e-6);
    }
  }
  const auto same = [](std::span<const double> p, std::span<const double> q) {
    return std::equal(p.begin(), p.end(), q.begin(), q.end());
  };
  // Other numbers, other policies, also from state to state.
  EXPECT_FALSE(same(results.policies_of(0), results.policies_of(1)));
  const auto last = results.policies_of(3);
  EXPECT_FALSE(same(last.first(2), last.subspan(2, 2)));
  EXPECT_FALSE(same(last.first(6), last.subspan(6)));
  const Results again = solve(games, std::vector<Run>{runs[2], runs[1]}, some);
  EXPECT_TRUE(same(again.policies_of(0), results.policies_of(2)));
  EXPECT_TRUE(same(again.policies_of(1), results.policies_of(1)));
  some.seed = 100;
  EXPECT_FALSE(same(solve(games, runs, some).policies_of(0), results.policies_of(0)));
}

TEST_P(MarkovBatches, NothingIsKeptThatWasNotAskedFor) {
  const std::vector<Game> games = {random_markov_game({2, 3, 2, 2, 0.9}, 1), random_game({2, 2}, 2)};
  std::vector<Run> runs(machine().cuda() ? 1 : 2);
  runs.back().game = runs.size() - 1;
  Settings some = machine().settings();
  some.max_iterations = 3;
  const Results results = solve(games, runs, some);
  EXPECT_TRUE(results.action_values.empty());
  EXPECT_TRUE(results.action_values_of(0).empty());
  EXPECT_EQ(results.values_of(0).size(), 6U);
  EXPECT_EQ(results.qre_gap_per_agent_of(0).size(), 2U);
  EXPECT_EQ(results.policies_of(0).size(), 12U);
  EXPECT_TRUE(results.history_of(0).empty());
  if (machine().cuda()) return;
  EXPECT_TRUE(results.values_of(1).empty());
  EXPECT_EQ(to_string(results.evaluation[1]), "none");
  EXPECT_EQ(results.evaluation_residual[1], 0);
}

QUANTAL_ON_EVERY_MACHINE(MarkovBatches);
INSTANTIATE_TEST_SUITE_P(InstructionSets, MarkovBatches, testing::ValuesIn(machines_by_instruction_set()),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace quantal
