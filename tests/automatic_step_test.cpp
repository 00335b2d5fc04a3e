// With `--eta auto` nearly all games converge at a low temperature, and of the others it is known why.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "quantal/quantal.hpp"

namespace quantal {
namespace {

/// How many games to draw; QUANTAL_RANDOM_GAMES=10000 asks for so many.
std::size_t random_games() {
  const char* asked = std::getenv("QUANTAL_RANDOM_GAMES");
  return asked == nullptr ? 450 : static_cast<std::size_t>(std::atoi(asked));
}

/// 2 to 4 agents with 2 to 6 actions each, payoffs uniform on [0, 1].
std::vector<Game> draw(std::size_t count) {
  NormalFormFamily family = normal_form_family(NormalFormKind::uniform);
  family.low = 0;
  family.high = 1;
  std::vector<Game> games;
  for (std::size_t k = 0; k < count; ++k) {
    family.actions.assign(2 + k % 3, static_cast<int>(2 + k / 3 % 5));
    family.seed = k / 15;
    games.emplace_back(generate(family, k));
  }
  return games;
}

TEST(AutomaticStep, ConvergesInNearlyAllRandomGames) {
  const std::vector<Game> games = draw(random_games());
  Sweep sweep;
  sweep.tau = {{0.1}};
  Settings settings;
  settings.gap_tolerance = 1e-8;
  settings.max_iterations = 50'000;
  const Results results = solve(games, sweep, settings);
  std::vector<Game> left;
  for (std::size_t r = 0; r < results.size(); ++r) {
    if (results.status[r] != Status::converged) left.push_back(games[r]);
  }
  std::printf("%zu of %zu converged\n", games.size() - left.size(), games.size());
  EXPECT_GE(100 * (games.size() - left.size()), 99 * games.size());

  // What the others do has a name.
  settings.gap_every = 1;
  const Results again = solve(left, sweep, settings);
  std::map<std::string, std::size_t> seen;
  for (const RunAnalysis& analysis : analyse(left, runs_of(left.size(), sweep), again, settings)) {
    ++seen[std::string(to_string(analysis.diagnosis))];
    EXPECT_NE(analysis.diagnosis, Diagnosis::none);
    EXPECT_NE(analysis.diagnosis, Diagnosis::unknown);
  }
  for (const auto& [diagnosis, count] : seen) std::printf("  %zu %s\n", count, diagnosis.c_str());
}

}  // namespace
}  // namespace quantal
