// The loop of a run by a team of threads: the same results as by one member, and under ThreadSanitizer no race.

#include "kernels/thread_team.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "host/fill_chunk.hpp"
#include "host/plan.hpp"
#include "kernels/update_rules.hpp"
#include "kernels/workspace.hpp"
#include "quantal/quantal.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"

namespace quantal {
namespace {

struct Solved {
  std::vector<double> policies;
  std::vector<double> agent_gap;
  std::vector<double> history;
  std::int64_t iterations = 0;
  int outcome = 0;
  double nash_gap = 0;
};

/// What a team's member does with a chunk of one run, in rounds, as the backends do it.
template <class Team, class Real, class GameView>
void advance(const Team& team, const kernels::ChunkView<Real>& chunk, const GameView& game, std::vector<Real>& memory,
             int round, std::vector<double>& history) {
  const auto& shape = game.shape;
  kernels::RunState<Real> run = kernels::place_workspace(memory.data(), chunk.agents, chunk.actions, chunk.rule_reals);
  for (std::int64_t first = 0;; first += round) {
    kernels::load_run(team, chunk, shape, 0, 0, run);
    const std::int64_t before = chunk.iterations[0];
    run.evaluations = kernels::evaluations_left<Real>(chunk.most_updates, before);
    run.to_record = kernels::evaluations_to_record<Real>(chunk.gap_every, before);
    run.record_every = kernels::evaluations_between_records<Real>(chunk.gap_every);
    team.sync();
    const int made = kernels::solve_round(team, game, kernels::ChosenRule(chunk.rule),
                                          static_cast<int>(first % kernels::window), round, run, [&](int, Real gap) {
                                            if (team.rank() == 0) history.push_back(static_cast<double>(gap));
                                          });
    const bool finished = run.memory.outcome != Real(kernels::running);
    if (finished) kernels::complete(team, game, run);
    kernels::store_run(team, chunk, shape, 0, 0,
                       before + (finished ? static_cast<std::int64_t>(run.finished_at) : made), run);
    if (finished) break;
    team.sync();  // a launch of a kernel ends here
  }
  kernels::store_results(team, chunk, shape, 0, 0, run);
}

template <class Team, class Real>
void advance(const Team& team, const kernels::ChunkView<Real>& chunk, std::vector<Real>& memory, int round,
             std::vector<double>& history) {
  if (chunk.markov.agents > 0) {
    advance(team, chunk, kernels::Markov<Real, kernels::MarkovShape>{{chunk.markov}, chunk.payoffs}, memory, round,
            history);
    return;
  }
  if (chunk.network.agents == 0) {
    const kernels::DynamicShape shape{chunk.table, chunk.agents, chunk.actions};
    advance(team, chunk, kernels::NormalForm<Real, kernels::DynamicShape>{shape, chunk.payoffs}, memory, round,
            history);
    return;
  }
  // Units matter to the serial team alone, which is one.
  const kernels::Polymatrix<Real, kernels::NetworkShape> game{
      {chunk.network}, chunk.payoffs, kernels::pieces_of_unit(chunk.network, chunk.game_payoffs, 0, 1)};
  advance(team, chunk, game, memory, round, history);
}

/// `threads` = 0: by a SerialTeam.
template <class Real>
Solved solve_with(int threads, const Game& game, const Run& run, const Settings& settings, int round) {
  const std::vector<Game> games = {game};
  const std::vector<Run> runs = {run};
  const std::vector<std::size_t> which = {0};
  const Shape shape = make_buckets(games, runs).front().shape;
  std::vector<double> eta(1);
  Chunk<Real> chunk = fill_chunk<Real>(shape, games, runs, which, settings, eta);
  const kernels::ChunkView<Real> view = chunk.view();
  std::vector<Real> memory(static_cast<std::size_t>(kernels::workspace_reals(
      shape.agents, shape.all_actions, view.rule_reals, shape.scratch, threads == 0 ? 1 : threads)));
  Solved solved;
  if (threads == 0) {
    advance(kernels::SerialTeam{}, view, memory, round, solved.history);
  } else {
    const auto evaluations = static_cast<std::size_t>(settings.max_iterations + 2);
    // A Markov game's gap, and its values where they are found by iteration, take many.
    const std::size_t reductions = std::holds_alternative<MarkovGame>(game) ? 2000 : 20 + 20 * actions_of(game).size();
    ThreadTeam::Shared shared(threads, reductions * evaluations);
    std::vector<std::jthread> members;
    for (int rank = 0; rank < threads; ++rank) {
      members.emplace_back([&, rank] { advance(ThreadTeam(shared, rank), view, memory, round, solved.history); });
    }
  }
  solved.policies.assign(chunk.pi.begin(), chunk.pi.end());
  solved.agent_gap.assign(chunk.agent_gap.begin(), chunk.agent_gap.end());
  solved.iterations = chunk.iterations[0];
  solved.outcome = static_cast<int>(chunk.memory[0].outcome);
  solved.nash_gap = static_cast<double>(chunk.nash_gap[0]);
  return solved;
}

struct TeamCase {
  Game game;
  Run run;
};

/// Members meet often where values are found by iteration: a few updates show as much there.
Settings settings_for(const TeamCase& c, Settings settings) {
  if (states_of(c.game) > 60) settings.max_iterations = std::min<std::int64_t>(settings.max_iterations, 2);
  return settings;
}

std::vector<TeamCase> team_cases() {
  std::vector<TeamCase> cases;
  for (const auto& shape : std::vector<std::vector<int>>{{2, 2}, {3, 1, 2}, {2, 3, 4}, {7, 9}, {5}, {2, 2, 2, 2}}) {
    TeamCase c;
    c.game = random_game(shape, cases.size() + 3);
    c.run.initial_policies = random_policies(shape, cases.size());
    c.run.tau = 0.7;
    c.run.eta = 0.5;
    cases.push_back(c);
    c.run.tau = 0.0;
    c.run.eta = 0.1;
    cases.push_back(c);
  }
  // An automatic step that is halved: matching pennies, cold.
  TeamCase pennies;
  pennies.game = bimatrix(2, 2, {1, -1, -1, 1}, {-1, 1, 1, -1});
  pennies.run.tau = 0.02;
  pennies.run.initial_policies = {0.6, 0.4, 0.5, 0.5};
  cases.push_back(pennies);
  // Policies that vanish: the wide branch of the gap.
  TeamCase wide;
  wide.game = bimatrix(2, 2, {0, 0, 100, 100}, {1, 0, 0, 1});
  wide.run.tau = 1.0;
  wide.run.eta = 0.1;
  wide.run.initial_policies = {1 - 1e-12, 1e-12, 0.5, 0.5};
  cases.push_back(wide);
  // Networks: agents that one member sees to, agents that all share, agents without edges.
  for (const auto& shape : std::vector<std::vector<int>>{{2, 2, 2, 2, 2}, {4, 1, 3, 2}, {3, 35, 2}}) {
    TeamCase c;
    c.game = random_network(shape, shape[0] == 2 ? 0.4 : 0.8, cases.size() + 3);
    c.run.initial_policies = random_policies(shape, cases.size());
    c.run.tau = 0.7;
    c.run.eta = 0.5;
    cases.push_back(c);
  }
  // And one whose automatic step is halved.
  TeamCase coordination;
  coordination.game = random_network({2, 3, 2}, 1.0, 8);
  coordination.run.tau = 0.02;
  coordination.run.initial_policies = random_policies({2, 3, 2}, 4);
  cases.push_back(coordination);
  // Markov games: values by elimination, ragged, in plain NPG, and by iteration, dense and sparse.
  for (const MarkovShape& shape :
       {MarkovShape{}, MarkovShape{3, 4, 1, 3, 0.8}, MarkovShape{2, 66, 1, 2, 0.5}, MarkovShape{1, 70, 2, 2, 0.6, 3}}) {
    TeamCase c;
    const MarkovGame game = random_markov_game(shape, cases.size());
    c.game = game;
    c.run.initial_policies = random_policies(game.actions, cases.size());
    c.run.tau = shape.states == 4 ? 0.0 : 0.7;
    c.run.eta = 0.1;
    cases.push_back(c);
  }
  return cases;
}

TEST(ThreadTeam, UpdatesByEveryRuleAsOneMemberDoes) {
  for (const UpdateRule rule :
       {UpdateRule::optimistic, UpdateRule::predictive, UpdateRule::logit_response, UpdateRule::policy_gradient,
        UpdateRule::replicator, UpdateRule::alternating, UpdateRule::anderson}) {
    Settings settings;
    settings.rule = rule;
    settings.gap_tolerance = 0;
    // Least squares of differences that have become roundings differ.
    settings.max_iterations = rule == UpdateRule::anderson ? 5 : 70;
    for (const TeamCase& c : team_cases()) {
      if (c.run.tau < 0.5 || states_of(c.game) > 10) continue;
      const Solved serial = solve_with<double>(0, c.game, c.run, settings, 40);
      for (const int threads : {2, 5}) {
        SCOPED_TRACE(std::string(to_string(rule)) + ", " + shape_name(actions_of(c.game)) + ", " +
                     std::to_string(threads) + " threads");
        const Solved team = solve_with<double>(threads, c.game, c.run, settings, 40);
        EXPECT_EQ(team.iterations, serial.iterations);
        for (std::size_t a = 0; a < team.policies.size(); ++a) {
          EXPECT_NEAR(team.policies[a], serial.policies[a], rule == UpdateRule::anderson ? 1e-8 : 1e-12);
        }
      }
    }
  }
}

TEST(ThreadTeam, SolvesAsOneMemberDoes) {
  Settings settings;
  settings.gap_tolerance = 1e-9;
  settings.max_iterations = 150;
  for (const TeamCase& c : team_cases()) {
    const Solved serial = solve_with<double>(0, c.game, c.run, settings_for(c, settings), 40);
    for (const int threads : {1, 2, 3, 4, 7}) {
      if (threads > 3 && states_of(c.game) > 60) continue;
      SCOPED_TRACE(shape_name(actions_of(c.game)) + ", tau " + std::to_string(c.run.tau) + ", " +
                   std::to_string(threads) + " threads");
      const Solved team = solve_with<double>(threads, c.game, c.run, settings_for(c, settings), 40);
      EXPECT_EQ(team.iterations, serial.iterations);
      EXPECT_EQ(team.outcome, serial.outcome);
      ASSERT_EQ(team.history.size(), serial.history.size());
      for (std::size_t k = 0; k < team.history.size(); ++k) {
        EXPECT_NEAR(team.history[k], serial.history[k], 1e-11 * (1 + serial.history[k]));
      }
      for (std::size_t a = 0; a < team.policies.size(); ++a) {
        EXPECT_NEAR(team.policies[a], serial.policies[a], 1e-12);
      }
      for (std::size_t i = 0; i < team.agent_gap.size(); ++i) {
        EXPECT_NEAR(team.agent_gap[i], serial.agent_gap[i], 1e-11 * (1 + serial.agent_gap[i]));
      }
      EXPECT_NEAR(team.nash_gap, serial.nash_gap, 1e-12);
    }
  }
}

TEST(ThreadTeam, TimingChangesNothing) {
  Settings settings;
  settings.gap_tolerance = 0;
  settings.max_iterations = 70;
  for (const TeamCase& c : team_cases()) {
    for (const int threads : {2, 4}) {
      SCOPED_TRACE(shape_name(actions_of(c.game)) + ", " + std::to_string(threads) + " threads");
      const Solved first = solve_with<float>(threads, c.game, c.run, settings_for(c, settings), 33);
      for (int repeat = 0; repeat < 3; ++repeat) {
        const Solved again = solve_with<float>(threads, c.game, c.run, settings_for(c, settings), 33);
        EXPECT_EQ(again.policies, first.policies);
        EXPECT_EQ(again.history, first.history);
        EXPECT_EQ(again.agent_gap, first.agent_gap);
        EXPECT_EQ(again.nash_gap, first.nash_gap);
      }
    }
  }
}

TEST(ThreadTeam, RoundsOfAnyLengthAreTheSame) {
  Settings settings;
  settings.gap_tolerance = 0;
  settings.max_iterations = 130;
  for (const TeamCase& c : team_cases()) {
    SCOPED_TRACE(shape_name(actions_of(c.game)) + ", tau " + std::to_string(c.run.tau));
    const Solved whole = solve_with<double>(0, c.game, c.run, settings_for(c, settings), 1000);
    for (const int round : {1, 7, 64, 131}) {
      const Solved cut = solve_with<double>(0, c.game, c.run, settings_for(c, settings), round);
      EXPECT_EQ(cut.policies, whole.policies);
      EXPECT_EQ(cut.history, whole.history);
      EXPECT_EQ(cut.iterations, whole.iterations);
    }
  }
}

}  // namespace
}  // namespace quantal
