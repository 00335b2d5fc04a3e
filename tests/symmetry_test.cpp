// Agents that are alike and start alike stay alike to the last bit.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "machines.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

class Symmetry : public OnEveryMachine {};

TEST_P(Symmetry, AlikeAgentsStayAlike) {
  struct Kind {
    int agents;
    int actions;
  };
  std::vector<NormalFormGame> games;
  std::vector<Run> runs;
  for (const Kind kind : {Kind{2, 2}, Kind{2, 3}, Kind{2, 4}, Kind{2, 9}, Kind{3, 2}, Kind{3, 4}, Kind{4, 2},
                          Kind{4, 3}, Kind{5, 2}, Kind{2, 40}, Kind{3, 11}}) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const NormalFormGame game = symmetric_game(kind.agents, kind.actions, seed);
      if (!holds(game)) continue;
      const std::vector<double> one = random_policies({kind.actions}, seed + 5);
      Run run;
      run.game = games.size();
      games.push_back(game);
      for (const double tau : {1.0, 0.1, 0.0}) {
        run.tau = tau;
        run.eta = tau > 0 ? 0.7 / tau : 0.3;
        run.initial_policies.clear();
        runs.push_back(run);
        for (int i = 0; i < kind.agents; ++i) {
          run.initial_policies.insert(run.initial_policies.end(), one.begin(), one.end());
        }
        runs.push_back(run);
      }
      if (machine().many_threads_a_run()) break;
    }
  }
  const std::vector<std::int64_t> checkpoints = machine().many_threads_a_run() ? std::vector<std::int64_t>{1, 8}
                                                : machine().cuda()
                                                    ? std::vector<std::int64_t>{0, 1, 2, 40}
                                                    : std::vector<std::int64_t>{0, 1, 2, 3, 10, 100, 600};
  for (const std::int64_t t : checkpoints) {
    Settings settings = machine().settings();
    settings.gap_tolerance = 0;
    settings.max_iterations = t;
    const Results results = solve(games_of(games), runs, settings);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const NormalFormGame& game = games[runs[r].game];
      SCOPED_TRACE(game.name + ", tau " + std::to_string(runs[r].tau) + ", iteration " + std::to_string(t) +
                   (runs[r].initial_policies.empty() ? ", uniform start" : ", equal random starts"));
      const auto policies = results.policies_of(r);
      const auto gaps = results.qre_gap_per_agent_of(r);
      const auto m = static_cast<std::size_t>(game.actions[0]);
      for (std::size_t i = 1; i < game.actions.size(); ++i) {
        EXPECT_EQ(gaps[i], gaps[0]) << "agent " << i;
        for (std::size_t a = 0; a < m; ++a)
          EXPECT_EQ(policies[i * m + a], policies[a]) << "agent " << i << " action " << a;
      }
    }
  }
}

QUANTAL_ON_EVERY_MACHINE(Symmetry);
INSTANTIATE_TEST_SUITE_P(InstructionSets, Symmetry, testing::ValuesIn(machines_by_instruction_set()),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace quantal
