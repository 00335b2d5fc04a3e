// Markov games that are static games, decision processes or nothing at all in disguise behave like it, on every
// machine.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "markov_machines.hpp"
#include "oracle_markov.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"

namespace quantal {
namespace {

using oracle::Number;

constexpr double infinity = std::numeric_limits<double>::infinity();

class SpecialMarkovGames : public OnEveryMarkovMachine {};

TEST_P(SpecialMarkovGames, OfOneStateAreStaticGames) {
  std::vector<Game> games;
  std::vector<Run> runs;
  std::vector<double> discounts;
  std::size_t index = 0;
  for (const auto& shape : std::vector<std::vector<int>>{
           {2, 2}, {2, 3}, {3, 3}, {4, 4}, {2, 2, 2}, {5}, {1, 3}, {1}, {2, 3, 4}, {2, 2, 2, 2}}) {
    const NormalFormGame game = random_game(shape, 31 + index);
    for (const double discount : {0.0, 0.5, 0.9, 0.99}) {
      if (machine().many_threads_a_run() && ++index % 5 != 0) continue;
      for (const double tau : {1.0, 0.4, 0.0}) {
        Run run;
        run.tau = tau;
        if (tau < 1) run.initial_policies = random_policies(shape, index);
        const double step = tau > 0 ? 0.7 / tau : 0.1;
        run.game = games.size();
        run.eta = step * (1 - discount);
        runs.push_back(run);
        run.game = games.size() + 1;
        run.eta = step;
        runs.push_back(run);
        discounts.push_back(discount);
      }
      games.emplace_back(repeated(game, discount));
      games.emplace_back(game);
    }
  }
  const std::int64_t last = machine().many_threads_a_run() ? 4 : machine().cuda() ? 20 : 200;
  Settings settings = updates(last);
  settings.keep_action_values = false;
  std::vector<Run> markov;
  std::vector<Run> statics;
  for (std::size_t r = 0; r < runs.size(); r += 2) {
    markov.push_back(runs[r]);
    statics.push_back(runs[r + 1]);
  }
  const Results results = solve(games, markov, settings);
  ASSERT_EQ(results.failure, "");
  // Any tier will do for the static games.
  settings.tier = Tier::automatic;
  const Results expected = solve(games, statics, settings);
  ASSERT_EQ(expected.failure, "");
  const Number u = unit_of(machine());
  for (std::size_t r = 0; r < markov.size(); ++r) {
    const auto& game = std::get<NormalFormGame>(games[statics[r].game]);
    const Number left = 1 - static_cast<Number>(discounts[r]);
    SCOPED_TRACE(game.name + ", discount " + std::to_string(discounts[r]) + ", tau " + std::to_string(markov[r].tau));
    const oracle::Profile policies = policies_of(results, r, games[markov[r].game]);
    EXPECT_LE(oracle::distance(policies, policies_of(expected, r, game)), policy_bar());
    const Number tau = markov[r].tau;
    const Number delta = 256 * u / left / (tau > 0 ? tau : 1) + policy_bar() / (machine().single() ? 1 : 10);
    const auto history = results.history_of(r);
    ASSERT_EQ(history.size(), expected.history_of(r).size());
    for (std::size_t t = 0; t < history.size() && !HasFailure(); ++t) {
      SCOPED_TRACE("iteration " + std::to_string(t));
      expect_gap(history[t] * left, expected.history_of(r)[t], relative_bar(), tau, 0, delta, "gap");
    }
    EXPECT_LE(std::fabs(results.nash_gap[r] * left - expected.nash_gap[r]), 10 * policy_bar());
    // A period's payoff, again and again.
    const oracle::Profile rbar = oracle::expected_payoffs(to_oracle(Game(game)), policies);
    for (std::size_t i = 0; i < policies.size(); ++i) {
      Number payoff = tau * oracle::entropy(policies[i]);
      for (std::size_t a = 0; a < policies[i].size(); ++a) payoff += policies[i][a] * rbar[i][a];
      EXPECT_LE(std::fabs(results.values_of(r)[i] * left - payoff), policy_bar());
    }
  }
}

TEST_P(SpecialMarkovGames, WithoutAFutureAreStaticGames) {
  std::vector<Game> games;
  std::vector<Run> runs;
  std::vector<Game> stages;
  std::vector<Run> stage_runs;
  for (std::uint64_t seed = 0; seed < fewer(20, 6, 2); ++seed) {
    MarkovShape shape;
    shape.agents = 1 + static_cast<int>(seed % 3);
    shape.states = 1 + static_cast<int>(seed % 7);
    shape.least_actions = 1;
    shape.most_actions = 3;
    shape.discount = 0;
    const MarkovGame game = random_markov_game(shape, seed);
    Run run;
    run.tau = seed % 4 == 3 ? 0.0 : 0.5;
    run.eta = seed % 4 == 3 ? 0.2 : 1.2;
    run.initial_policies = random_policies(game.actions, seed);
    run.game = games.size();
    games.emplace_back(game);
    runs.push_back(run);
    const oracle::Profile start = oracle::policies_from(game.actions, run.initial_policies.data());
    for (std::size_t s = 0; s < static_cast<std::size_t>(game.states); ++s) {
      run.initial_policies.clear();
      for (std::size_t i = 0; i < static_cast<std::size_t>(shape.agents); ++i) {
        for (const Number p : start[i * static_cast<std::size_t>(game.states) + s]) {
          run.initial_policies.push_back(static_cast<double>(p));
        }
      }
      run.game = stages.size();
      stages.emplace_back(stage_game(game, s));
      stage_runs.push_back(run);
    }
  }
  Settings settings = updates(machine().many_threads_a_run() ? 5 : machine().cuda() ? 20 : 300);
  const Results results = solve(games, runs, settings);
  ASSERT_EQ(results.failure, "");
  settings.tier = Tier::automatic;
  settings.keep_action_values = false;
  const Results expected = solve(stages, stage_runs, settings);
  ASSERT_EQ(expected.failure, "");
  std::size_t stage = 0;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& game = std::get<MarkovGame>(games[r]);
    SCOPED_TRACE(game.name);
    const auto S = static_cast<std::size_t>(game.states);
    const auto N = static_cast<std::size_t>(game.agents());
    const oracle::Profile policies = policies_of(results, r, game);
    std::vector<Number> gap(N, 0);
    Number nash_gap = 0;
    for (std::size_t s = 0; s < S; ++s, ++stage) {
      const oracle::Profile alone = policies_of(expected, stage, stages[stage]);
      nash_gap = std::max<Number>(nash_gap, expected.nash_gap[stage]);
      for (std::size_t i = 0; i < N; ++i) {
        EXPECT_LE(oracle::distance({policies[i * S + s]}, {alone[i]}), policy_bar()) << "state " << s;
        gap[i] = std::max<Number>(gap[i], expected.qre_gap_per_agent_of(stage)[i]);
      }
    }
    for (std::size_t i = 0; i < N; ++i) {
      expect_gap(results.qre_gap_per_agent_of(r)[i], gap[i], relative_bar(), runs[r].tau, 0, policy_bar(), "gap");
    }
    EXPECT_LE(std::fabs(results.nash_gap[r] - nash_gap), 10 * policy_bar());
  }
}

TEST_P(SpecialMarkovGames, OfOneAgentAreSoftPolicyIteration) {
  std::vector<Game> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < fewer(24, 8, 2); ++seed) {
    const double discount = std::vector<double>{0.5, 0.9, 0.99}[seed % 3];
    MarkovShape shape{1, 2 + static_cast<int>(seed % 9), 2, 4, discount, seed % 4 == 0 ? 2 : 0, 0};
    Run run;
    run.game = games.size();
    run.tau = std::vector<double>{0.3, 1.0, 2.0, 0.6}[seed % 4];
    run.eta = (1 - discount) / run.tau;
    games.emplace_back(random_markov_game(shape, seed));
    runs.push_back(run);
  }
  const Number u = unit_of(machine());
  std::size_t quadratic = 0;
  for (std::int64_t t = 0; t <= 8; t += machine().many_threads_a_run() ? 4 : 1) {
    const Results results = solve(games, runs, updates(t));
    ASSERT_EQ(results.failure, "");
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const auto& made = std::get<MarkovGame>(games[r]);
      SCOPED_TRACE(made.name + ", iteration " + std::to_string(t));
      const oracle::MarkovGame game = to_oracle(made);
      const std::vector<double> tau = {runs[r].tau};
      // Evaluate, respond, and so on.
      oracle::Profile policies = oracle::uniform_policies(made.actions);
      oracle::Values values = oracle::values(game, policies, tau, oracle::Entropy::own);
      for (std::int64_t k = 0; k < t; ++k) {
        const oracle::Profile q = oracle::action_values(game, policies, values);
        for (std::size_t s = 0; s < policies.size(); ++s) {
          policies[s] = oracle::softmax(oracle::response_logits(q[s], tau[0]));
        }
        values = oracle::values(game, policies, tau, oracle::Entropy::own);
      }
      const Number scale = std::max<Number>(1, largest_of(values));
      EXPECT_LE(oracle::distance(policies_of(results, r, made), policies), policy_bar() * 10);
      EXPECT_LE(oracle::distance(by_agent(results.values_of(r), 1), values), policy_bar() * scale);
      if (t < 8) continue;
      const oracle::Process process = oracle::induced_process(game, policies, 0);
      EXPECT_LE(oracle::distance(by_agent(results.values_of(r), 1), {oracle::optimal_values(process, tau[0])}),
                policy_bar() * scale);
      EXPECT_LE(oracle::distance(policies_of(results, r, made), oracle::optimal_policies(process, tau[0])),
                policy_bar() * 10);
      // Newton's method: V* - V is multiplied by at most itself times
      //     1 / (1 - discount) * discount^2 / (2 tau) * (variance of numbers between 0 and 1),
      // down to what rounding leaves of the logits' error.
      const auto history = results.history_of(r);
      const Number left = 1 - game.discount;
      const Number factor = game.discount * game.discount / (8 * runs[r].tau * left);
      const Number rounding = 256 * u * scale / runs[r].tau / left;
      for (std::size_t k = 0; k + 1 < history.size(); ++k) {
        const Number bound = factor * static_cast<Number>(history[k]) * static_cast<Number>(history[k]);
        EXPECT_LE(history[k + 1], 1.001L * bound + runs[r].tau / 2 / left * rounding * rounding);
        quadratic += bound < history[k] && history[k + 1] > runs[r].tau / left * rounding * rounding;
      }
    }
  }
  EXPECT_GT(quadratic, 0U);
}

TEST_P(SpecialMarkovGames, WithoutEntropyEndWherePoliciesRespondToTheirValues) {
  std::vector<Game> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < fewer(20, 8, 2); ++seed) {
    MarkovShape shape;
    shape.agents = 1 + static_cast<int>(seed % 3);
    shape.states = 1 + static_cast<int>(seed % 6);
    shape.least_actions = 1;
    shape.most_actions = 3;
    shape.discount = seed % 2 == 0 ? 0.5 : 0.8;
    Run run;
    run.game = games.size();
    run.tau = 6;
    run.eta = 0.9 * (1 - shape.discount) / run.tau;
    games.emplace_back(random_markov_game(shape, seed));
    runs.push_back(run);
  }
  Settings settings = machine().settings();
  settings.markov_entropy = MarkovEntropy::none;
  settings.keep_action_values = true;
  settings.max_iterations = machine().many_threads_a_run() ? 60 : 2000;
  const Results results = solve(games, runs, settings);
  ASSERT_EQ(results.failure, "");
  Settings counted = settings;
  counted.markov_entropy = MarkovEntropy::own;
  const Results with_entropy = solve(games, runs, counted);
  bool differs = false;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& game = std::get<MarkovGame>(games[r]);
    SCOPED_TRACE(game.name);
    ASSERT_EQ(to_string(results.status[r]), "converged");
    EXPECT_EQ(to_string(with_entropy.status[r]), "converged");
    const oracle::Profile policies = policies_of(results, r, game);
    const oracle::MarkovGame exact = to_oracle(game);
    const oracle::Profile exact_q = oracle::action_values(
        exact, policies,
        oracle::values(exact, policies, temperatures_of(runs[r], exact.agents()), oracle::Entropy::none));
    const oracle::Profile q = by_state(results.action_values_of(r), game.actions);
    for (std::size_t k = 0; k < policies.size(); ++k) {
      for (const auto& numbers : {q[k], exact_q[k]}) {
        const auto response = oracle::softmax(oracle::response_logits(numbers, runs[r].tau));
        EXPECT_LE(oracle::distance({policies[k]}, {response}), response_bar(game));
      }
    }
    expect_sound(results, r, game, runs[r], MarkovEntropy::none);
    expect_sound(with_entropy, r, game, runs[r], MarkovEntropy::own);
    differs = differs || oracle::distance(policies, policies_of(with_entropy, r, game)) > 1e-3L;
  }
  EXPECT_TRUE(differs);
}

TEST_P(SpecialMarkovGames, AtInfiniteTemperatureEndAtUniformPolicies) {
  std::vector<Game> games;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    games.emplace_back(random_markov_game({1 + static_cast<int>(seed), 4, 1, 3, 0.9, 0, 1}, seed));
  }
  Sweep sweep;
  sweep.tau = {{infinity}};
  for (const Init init : {Init::uniform, Init::random}) {
    sweep.init = init;
    const Results results = solve(games, sweep, machine().settings());
    ASSERT_EQ(results.failure, "");
    for (std::size_t r = 0; r < games.size(); ++r) {
      EXPECT_EQ(to_string(results.status[r]), "converged");
      EXPECT_EQ(results.iterations[r], init == Init::uniform ? 0 : 1);
      EXPECT_EQ(results.qre_gap[r], 0);
      std::size_t at = 0;
      for (const int m : actions_of(games[r])) {
        for (int a = 0; a < m; ++a) {
          EXPECT_NEAR(results.policies_of(r)[at++], 1.0 / m, static_cast<double>(4 * unit_of(machine())));
        }
      }
    }
  }
}

TEST_P(SpecialMarkovGames, WithoutAChoiceEndWhereTheyStart) {
  // Nobody has a choice: states follow each other, and the last pays for ever.
  MarkovGame game;
  game.states = 3;
  game.actions.assign(6, 1);
  game.discount = 0.75;
  game.rewards = {1, 2, 3, 0, -1, -3};
  game.transitions = {0, 1, 0, 0, 0, 1, 0, 0, 1};
  const std::vector<Game> games = {game, sparse_form(game)};
  std::vector<Run> runs(4);
  for (std::size_t r = 0; r < 4; ++r) {
    runs[r].game = r / 2;
    runs[r].tau = r % 2 == 0 ? 1.0 : 0.0;
  }
  const Results results = solve(games, runs, machine().settings());
  for (std::size_t r = 0; r < 4; ++r) {
    EXPECT_EQ(to_string(results.status[r]), "converged");
    EXPECT_EQ(results.iterations[r], 0);
    EXPECT_EQ(results.qre_gap[r], 0);
    EXPECT_EQ(results.nash_gap[r], 0);
    for (const double p : results.policies_of(r)) EXPECT_EQ(p, 1);
    const std::vector<double> expected = {1 + 0.75 * (2 + 0.75 * 12), 2 + 0.75 * 12,  12,
                                          0.75 * (-1 - 0.75 * 12),    -1 - 0.75 * 12, -12};
    for (std::size_t k = 0; k < 6; ++k) {
      EXPECT_NEAR(results.values_of(r)[k], expected[k], machine().single() ? 1e-5 : 1e-13);
    }
  }
}

QUANTAL_ON_EVERY_MACHINE(SpecialMarkovGames);

}  // namespace
}  // namespace quantal
