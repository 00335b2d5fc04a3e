// What goes on without coming closer is told from what is slow, at a step that does not change.

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "machines.hpp"
#include "quantal/quantal.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

class Cycling : public OnEveryMachine {};
QUANTAL_ON_EVERY_MACHINE(Cycling);

const NormalFormGame coordination = bimatrix(2, 2, {1, 0, 0, 1}, {1, 0, 0, 1});
const NormalFormGame pennies = bimatrix(2, 2, {1, -1, -1, 1}, {-1, 1, 1, -1});

struct Case {
  std::string name;
  std::size_t game;  // coordination, pennies
  double tau;
  double eta;
  std::vector<double> start;
  Status status;
};

std::vector<Case> cases() {
  return {{"agents that miss each other for ever", 0, 0.1, 10, {0.9, 0.1, 0.1, 0.9}, Status::cycling},
          {"agents that chase each other", 1, 0.05, 20, {0.9, 0.1, 0.5, 0.5}, Status::cycling},
          {"agents that run away from the equilibrium", 1, 0.05, 5, {0.51, 0.49, 0.5, 0.5}, Status::cycling},
          {"a spiral that closes slowly", 1, 0.05, 0.01, {0.9, 0.1, 0.5, 0.5}, Status::max_iterations},
          {"steps that are much too small", 0, 0.1, 1e-3, {0.9, 0.1, 0.9, 0.1}, Status::max_iterations},
          {"steps that come nowhere at all", 1, 0.05, 1e-9, {0.9, 0.1, 0.5, 0.5}, Status::max_iterations},
          {"no temperature to come to rest by", 1, 0, 0.5, {0.9, 0.1, 0.5, 0.5}, Status::max_iterations},
          {"what converges", 0, 1.0, 1, {0.9, 0.1, 0.1, 0.9}, Status::converged}};
}

std::vector<Run> runs_of(const std::vector<Case>& cases) {
  std::vector<Run> runs;
  for (const Case& each : cases) {
    Run run;
    run.game = each.game;
    run.tau = each.tau;
    run.eta = each.eta;
    run.initial_policies = each.start;
    runs.push_back(run);
  }
  return runs;
}

TEST_P(Cycling, IsWhatGoesOnAndOnAndNotWhatIsSlow) {
  if (machine().cuda() && machine().tier == Tier::stream) GTEST_SKIP() << "takes minutes where grids are emulated";
  const std::vector<Game> games = {coordination, pennies};
  // A few of each, so that lanes hold different ones.
  std::vector<Case> all;
  for (int copy = 0; copy < (machine().many_threads_a_run() ? 1 : 3); ++copy) {
    for (const Case& each : cases()) all.push_back(each);
  }
  Settings settings = machine().settings();
  settings.max_iterations = machine().many_threads_a_run() ? 1000 : 1537;
  const Results results = solve(games, runs_of(all), settings);
  for (std::size_t r = 0; r < all.size(); ++r) {
    EXPECT_EQ(to_string(results.status[r]), to_string(all[r].status)) << all[r].name;
    if (all[r].status == Status::cycling) {
      EXPECT_EQ(results.iterations[r], settings.max_iterations);
    }
  }

  settings.gap_tolerance = 0;  // no run is judged
  const Results every = solve(games, runs_of(cases()), settings);
  for (std::size_t r = 0; r < every.size(); ++r) EXPECT_EQ(every.status[r], Status::max_iterations);
}

TEST_P(Cycling, IsNotSaidOfRoundingNorOfShortRuns) {
  if (machine().many_threads_a_run()) GTEST_SKIP() << "as on the others, and slow where threads are emulated";
  const std::vector<Game> games = {coordination, pennies, random_game({3, 3}, 5)};
  Settings settings = machine().settings();
  settings.max_iterations = 999;
  EXPECT_EQ(solve(games, runs_of(cases()), settings).status[0], Status::max_iterations);

  // Down to rounding, where the gap is what it is.
  settings.max_iterations = 5000;
  settings.gap_tolerance = 1e-37;
  std::vector<Run> runs(2);
  for (Run& run : runs) {
    run.game = 2;
    run.tau = 2.5;
    run.eta = &run == &runs[0] ? 0.4 : 0.2;
  }
  const Results results = solve(games, runs, settings);
  for (std::size_t r = 0; r < runs.size(); ++r) EXPECT_NE(results.status[r], Status::cycling);
}

}  // namespace
}  // namespace quantal
