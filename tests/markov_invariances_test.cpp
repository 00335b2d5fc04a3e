// Markov games: what changes nothing but roundings, or not even these, and when runs stop, on every machine.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "markov_machines.hpp"
#include "oracle_markov.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"

namespace quantal {
namespace {

using oracle::Number;

class MarkovInvariances : public OnEveryMarkovMachine {};

TEST_P(MarkovInvariances, RowsAreDividedByTheirSum) {
  if (machine().single()) GTEST_SKIP() << "float does not tell";
  const MarkovGame exact = random_markov_game({2, 4, 2, 3, 0.99}, 3);
  MarkovGame off = exact;
  for (double& p : off.transitions) p *= 1 + 9e-10;
  Run run;
  run.tau = 0.7;
  run.eta = 0.005;
  std::vector<Run> runs(2, run);
  runs[1].game = 1;
  const std::vector<Game> games = {exact, off};
  const Results results = solve(games, runs, updates(5));
  for (std::size_t k = 0; k < results.values_of(0).size(); ++k) {
    EXPECT_NEAR(results.values_of(0)[k], results.values_of(1)[k], 1e-10);
  }
  EXPECT_LE(oracle::distance(policies_of(results, 0, exact), policies_of(results, 1, off)), 1e-11L);
}

TEST_P(MarkovInvariances, SparseTransitionsChangeNoBit) {
  std::vector<Game> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < fewer(20, 6, 2); ++seed) {
    const MarkovShape shape{
        1 + static_cast<int>(seed % 3), 2 + static_cast<int>(seed % 8), 1, 3, seed % 2 == 0 ? 0.9 : 0.5,
        seed % 4 == 3 ? 0 : 2,          static_cast<int>(seed % 2)};
    const MarkovGame game = random_markov_game(shape, seed);
    Run run;
    run.tau = 0.5;
    run.eta = (1 - shape.discount) / run.tau;
    run.initial_policies = random_policies(game.actions, seed);
    for (const MarkovGame& form : {sparse_form(game), dense_form(game)}) {
      run.game = games.size();
      games.emplace_back(form);
      runs.push_back(run);
    }
  }
  const Results results = solve(games, runs, updates(machine().cuda() ? 5 : 100));
  ASSERT_EQ(results.failure, "");
  for (std::size_t r = 0; r < runs.size(); r += 2) {
    SCOPED_TRACE(name_of(games[r]));
    expect_same_bits(results, r, results, r + 1);
  }
}

TEST_P(MarkovInvariances, AlikeAgentsStayAlike) {
  struct Kind {
    int agents;
    int states;
    int actions;
  };
  std::vector<Game> games;
  std::vector<Run> runs;
  for (const Kind kind : {Kind{2, 1, 2}, Kind{2, 3, 2}, Kind{2, 5, 3}, Kind{2, 8, 4}, Kind{3, 2, 2}, Kind{3, 4, 3},
                          Kind{3, 40, 2}, Kind{2, 150, 2}}) {
    if (machine().cuda() && kind.states > 10) continue;
    if (machine().many_threads_a_run() && kind.states != 3 && kind.states != 2) continue;
    const MarkovGame game = symmetric_markov_game(kind.agents, kind.states, kind.actions, 0.9, 3);
    const std::vector<int> own(game.actions.begin(), game.actions.begin() + kind.states);
    const std::vector<double> start = random_policies(own, 5);
    Run run;
    run.game = games.size();
    games.emplace_back(game);
    for (const double tau : {1.0, 0.1, 0.0}) {
      run.tau = tau;
      run.eta = tau > 0 ? 0.07 / tau : 0.02;
      run.initial_policies.clear();
      if (tau > 0.5) runs.push_back(run);
      for (int i = 0; i < kind.agents; ++i) {
        run.initial_policies.insert(run.initial_policies.end(), start.begin(), start.end());
      }
      runs.push_back(run);
    }
  }
  for (const std::int64_t t :
       machine().cuda() ? std::vector<std::int64_t>{1, 4} : std::vector<std::int64_t>{1, 2, 60}) {
    Settings settings = updates(t);
    settings.gap_every = 0;
    const Results results = solve(games, runs, settings);
    ASSERT_EQ(results.failure, "");
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const auto& game = std::get<MarkovGame>(games[runs[r].game]);
      SCOPED_TRACE(game.name + ", tau " + std::to_string(runs[r].tau) + ", iteration " + std::to_string(t));
      const auto same = [&](std::span<const double> numbers, const char* what) {
        const std::size_t each = numbers.size() / static_cast<std::size_t>(game.agents());
        for (std::size_t k = each; k < numbers.size(); ++k) ASSERT_EQ(numbers[k], numbers[k % each]) << what;
      };
      same(results.policies_of(r), "policies");
      same(results.values_of(r), "values");
      same(results.action_values_of(r), "action values");
      // Best replies mix the transitions in one order for all agents.
      const std::span<const double> gaps = results.qre_gap_per_agent_of(r);
      for (const double gap : gaps) EXPECT_NEAR(gap, gaps[0], (machine().single() ? 1e-4 : 1e-10) * gaps[0]);
    }
  }
}

/// The game with its states in another order: state s becomes place[s].
MarkovGame with_states_renamed(const MarkovGame& game, const std::vector<std::size_t>& place) {
  MarkovGame other = dense_form(game);
  const MarkovGame dense = other;
  const auto S = static_cast<std::size_t>(game.states);
  const auto N = static_cast<std::size_t>(game.agents());
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t s = 0; s < S; ++s) other.actions[i * S + place[s]] = dense.actions[i * S + s];
  }
  const std::vector<std::size_t> from = rows_before_states(dense);
  const std::vector<std::size_t> to = rows_before_states(other);
  for (std::size_t s = 0; s < S; ++s) {
    for (std::size_t k = 0; k < from[s + 1] - from[s]; ++k) {
      for (std::size_t i = 0; i < N; ++i) {
        other.rewards[i * to.back() + to[place[s]] + k] = dense.rewards[i * to.back() + from[s] + k];
      }
      for (std::size_t next = 0; next < S; ++next) {
        other.transitions[(to[place[s]] + k) * S + place[next]] = dense.transitions[(from[s] + k) * S + next];
      }
    }
    other.initial[place[s]] = dense.initial[s];
  }
  return other;
}

TEST_P(MarkovInvariances, ChangesThatChangeRoundingAtMost) {
  for (std::uint64_t seed = 0; seed < fewer(12, 4, 1); ++seed) {
    const MarkovGame game = random_markov_game({1 + static_cast<int>(seed % 3), 5, 1, 3, 0.9}, seed);
    SCOPED_TRACE(game.name);
    const std::size_t S = 5;
    const auto N = static_cast<std::size_t>(game.agents());
    // States in another order.
    const std::vector<std::size_t> place = {3, 0, 4, 1, 2};
    const MarkovGame renamed = with_states_renamed(game, place);
    // Everything paid and weighed in another currency.
    MarkovGame dearer = game;
    for (double& reward : dearer.rewards) reward *= 3;
    // So much more for each agent in every period.
    MarkovGame richer = game;
    const std::size_t rows = game.rewards.size() / N;
    for (std::size_t k = 0; k < game.rewards.size(); ++k) richer.rewards[k] += static_cast<double>(1 + k / rows);
    Run run;
    run.tau = 0.6;
    run.eta = 0.08 / run.tau;
    std::vector<Run> runs(4, run);
    for (std::size_t r = 0; r < 4; ++r) runs[r].game = r;
    runs[2].tau *= 3;
    *runs[2].eta /= 3;
    const std::vector<Game> games = {game, renamed, dearer, richer};
    const Results results = solve(games, runs, updates(machine().cuda() ? 5 : 60));
    const oracle::Profile policies = policies_of(results, 0, game);
    const oracle::Values values = by_agent(results.values_of(0), N);
    const oracle::Profile moved = policies_of(results, 1, renamed);
    const oracle::Values moved_values = by_agent(results.values_of(1), N);
    const Number bar = policy_bar() * 2;
    for (std::size_t i = 0; i < N; ++i) {
      for (std::size_t s = 0; s < S; ++s) {
        EXPECT_LE(oracle::distance({policies[i * S + s]}, {moved[i * S + place[s]]}), bar);
        EXPECT_LE(std::fabs(values[i][s] - moved_values[i][place[s]]), bar * 10);
        EXPECT_LE(std::fabs(3 * values[i][s] - by_agent(results.values_of(2), N)[i][s]), bar * 30);
        const Number more = static_cast<Number>(i + 1) / (1 - static_cast<Number>(game.discount));
        EXPECT_LE(std::fabs(values[i][s] + more - by_agent(results.values_of(3), N)[i][s]), bar * 50);
      }
    }
    EXPECT_LE(oracle::distance(policies, policies_of(results, 2, dearer)), bar);
    EXPECT_LE(oracle::distance(policies, policies_of(results, 3, richer)), bar);
    for (std::size_t r = 1; r < 4; ++r) {
      const Number unit = r == 2 ? 3 : 1;
      expect_gap(results.qre_gap[r] / unit, results.qre_gap[0], relative_bar(), run.tau, game.discount, bar * 10,
                 "gap");
      EXPECT_LE(std::fabs(results.nash_gap[r] / unit - results.nash_gap[0]), bar * 100);
    }
  }
}

TEST_P(MarkovInvariances, StopAtTheFirstGapWithinTheTolerance) {
  std::vector<Game> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < fewer(12, 6, 2); ++seed) {
    const MarkovGame game = random_markov_game({1 + static_cast<int>(seed % 3), 4, 2, 3, 0.8}, seed);
    Run run;
    run.game = games.size();
    run.tau = 4;
    run.eta = 0.3 * (1 - game.discount) / run.tau;
    run.initial_policies = random_policies(game.actions, seed);
    games.emplace_back(game);
    runs.push_back(run);
  }
  const std::int64_t last = machine().many_threads_a_run() ? 12 : 40;
  const Results whole = solve(games, runs, updates(last));
  ASSERT_EQ(whole.failure, "");
  std::size_t stopped = 0;
  for (const double tolerance : {1e-1, 1e-3, 1e-6}) {
    for (const std::int64_t stride : {0, 1, 7}) {
      Settings settings = updates(last);
      settings.gap_tolerance = tolerance;
      settings.gap_every = stride;
      const Results results = solve(games, runs, settings);
      for (std::size_t r = 0; r < runs.size(); ++r) {
        SCOPED_TRACE("run " + std::to_string(r) + ", tolerance " + std::to_string(tolerance) + ", stride " +
                     std::to_string(stride));
        const auto history = whole.history_of(r);
        ASSERT_EQ(history.size(), static_cast<std::size_t>(last) + 1);
        const auto first = std::find_if(history.begin(), history.end(), [&](double gap) { return gap <= tolerance; });
        const bool converges = first != history.end();
        stopped += converges;
        const std::int64_t end = converges ? first - history.begin() : last;
        EXPECT_EQ(to_string(results.status[r]), converges ? "converged" : "max_iterations");
        EXPECT_EQ(results.iterations[r], end);
        EXPECT_EQ(results.qre_gap[r], history[static_cast<std::size_t>(end)]);
        const auto entries = results.history_of(r);
        if (stride == 0) {
          EXPECT_TRUE(entries.empty());
          continue;
        }
        ASSERT_EQ(entries.size(), static_cast<std::size_t>(end / stride + 1 + (end % stride != 0)));
        for (std::size_t k = 0; k < entries.size(); ++k) {
          const std::int64_t t = results.history_iteration(r, k);
          EXPECT_EQ(t, std::min(static_cast<std::int64_t>(k) * stride, end));
          EXPECT_EQ(entries[k], history[static_cast<std::size_t>(t)]);
        }
      }
    }
  }
  EXPECT_GT(stopped, runs.size());
}

TEST_P(MarkovInvariances, ConvergeWithTheAutomaticStep) {
  std::vector<Game> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < fewer(20, 6, 1); ++seed) {
    const double discount = std::vector<double>{0.0, 0.5, 0.9}[seed % 3];
    Run run;
    run.game = games.size();
    // Hot enough for the equilibrium to be the only one.
    run.tau = discount > 0.6 ? 30 : 6;
    if (seed % 2 == 1) run.random_start = seed;
    games.emplace_back(
        random_markov_game({1 + static_cast<int>(seed % 3), 1 + static_cast<int>(seed % 5), 1, 3, discount}, seed));
    runs.push_back(run);
  }
  Settings settings = machine().settings();
  settings.max_iterations = 5000;
  const Results results = solve(games, runs, settings);
  ASSERT_EQ(results.failure, "");
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& game = std::get<MarkovGame>(games[r]);
    SCOPED_TRACE(game.name);
    EXPECT_EQ(to_string(results.status[r]), "converged");
    EXPECT_GT(results.eta[r], 0);
    EXPECT_LE(results.eta[r] * runs[r].tau, (1 - game.discount) * (1 + 1e-12));
    expect_sound(results, r, game, runs[r], MarkovEntropy::own);
    const oracle::MarkovGame exact = to_oracle(game);
    const std::vector<double> tau = temperatures_of(runs[r], exact.agents());
    const oracle::MarkovEvaluation end =
        oracle::evaluate(exact, oracle::logits_of(policies_of(results, r, game)), tau, oracle::Entropy::own);
    for (std::size_t k = 0; k < end.policies.size(); ++k) {
      const auto response = oracle::softmax(oracle::response_logits(end.action_values[k], runs[r].tau));
      EXPECT_LE(oracle::distance({end.policies[k]}, {response}), response_bar(game));
    }
  }
}

QUANTAL_ON_EVERY_MACHINE(MarkovInvariances);

}  // namespace
}  // namespace quantal
