// Networks in batches: results do not depend, bit for bit, on what else is in the batch, though networks of the same
// actions may share one layout, the union of their graphs.

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "machines.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

struct Batch {
  std::vector<Game> games;
  std::vector<Run> runs;
};

class NetworkBatches : public OnEveryMachine {
 protected:
  /// Networks of few shapes and many graphs among normal forms of the same shapes.
  Batch mixed_batch() const {
    Batch batch;
    std::mt19937_64 bits(5);
    const std::vector<std::vector<int>> shapes =
        machine().cuda() && machine().tier == Tier::lane
            ? std::vector<std::vector<int>>{{2, 2}, {3, 3, 3}, {2, 2, 2, 2}, {2, 2, 2}}
            : std::vector<std::vector<int>>{{2, 2, 2}, {2, 3}, {2, 2, 2, 2, 2}, {3, 3, 3, 3, 3}, {2, 3, 4, 2}, {4}};
    const std::size_t number = machine().many_threads_a_run() ? 6 : machine().cuda() ? 20 : 150;
    for (std::size_t g = 0; g < number; ++g) {
      const auto& shape = shapes[machine().many_threads_a_run() ? 2 + g % 3 : bits() % shapes.size()];
      if (g % 5 == 4 && machine().holds(shape)) {
        batch.games.emplace_back(random_game(shape, g));
      } else {
        batch.games.emplace_back(random_network(shape, g % 3 == 0 ? 0.9 : 0.4, g));
      }
    }
    for (std::size_t r = 0; r < (machine().many_threads_a_run() ? number : 2 * number); ++r) {
      Run run;
      run.game = r < number ? r : bits() % number;
      const std::vector<int>& actions = actions_of(batch.games[run.game]);
      run.tau = std::vector<double>{0.0, 0.2, 0.7, 1.5, 4.0}[bits() % 5];
      if (bits() % 4 == 0) {
        for (std::size_t i = 0; i < actions.size(); ++i) run.tau_per_agent.push_back(uniform(bits, 0.5, 2.0));
      }
      if (bits() % 2 == 0) run.eta = uniform(bits, 0.02, 0.25);
      if (bits() % 3 != 0) run.random_start = bits() % 5;
      if (bits() % 5 == 0) run.initial_policies = random_policies(actions, r);
      batch.runs.push_back(run);
    }
    return batch;
  }

  Settings settings() const {
    Settings made = machine().settings();
    made.max_iterations = machine().many_threads_a_run() ? 6 : machine().cuda() ? 70 : 500;
    made.gap_tolerance = machine().single() ? 1e-8 : 1e-14;
    made.gap_every = 16;
    made.seed = 99;
    return made;
  }
};

TEST_P(NetworkBatches, ARunIsTheSameAloneAndInCompany) {
  const Batch batch = mixed_batch();
  const Results together = solve(batch.games, batch.runs, settings());
  ASSERT_EQ(together.failure, "");
  for (std::size_t r = 0; r < batch.runs.size(); ++r) {
    SCOPED_TRACE("run " + std::to_string(r) + " of " + name_of(batch.games[batch.runs[r].game]));
    expect_same_bits(solve(batch.games, std::vector<Run>{batch.runs[r]}, settings()), 0, together, r);
  }
}

TEST_P(NetworkBatches, AGraphIsTheSameAloneAndInAUnion) {
  // One game in the layouts of its own graph, of the union with sparser and denser ones, and with many of its own kind.
  const std::vector<int> actions = machine().cuda() && machine().tier == Tier::lane
                                       ? std::vector<int>{2, 2, 2, 2}
                                       : std::vector<int>{2, 2, 2, 2, 2, 2};
  std::vector<Game> games = {random_network(actions, 0.5, 1), random_network(actions, 0.3, 2),
                             random_network(actions, 1.0, 3), random_network(actions, 0.6, 4)};
  std::vector<Run> runs(games.size());
  for (std::size_t r = 0; r < runs.size(); ++r) {
    runs[r].game = r;
    runs[r].tau = 0.6;
    runs[r].eta = 0.4;
    runs[r].initial_policies = random_policies(actions, 3);
  }
  const Results alone = solve(games, std::vector<Run>{runs[0]}, settings());
  for (std::size_t others = 1; others < games.size(); ++others) {
    SCOPED_TRACE("with " + std::to_string(others) + " more");
    const Results several = solve(
        games, std::vector<Run>(runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(others) + 1), settings());
    expect_same_bits(alone, 0, several, 0);
  }
  if (machine().cuda()) return;
  // So many of the same graph that they no longer share a layout.
  const Game first = games[0];
  for (int copy = 0; copy < 200; ++copy) {
    games.push_back(first);
    runs.push_back(runs[0]);
    runs.back().game = games.size() - 1;
  }
  const Results many = solve(games, runs, settings());
  for (std::size_t r = 4; r < runs.size(); ++r) expect_same_bits(alone, 0, many, r);
  expect_same_bits(alone, 0, many, 0);
}

TEST_P(NetworkBatches, ThreadsChunksAndRepetitionsDoNotMatter) {
  const Batch batch = mixed_batch();
  if (machine().many_threads_a_run()) {
    expect_the_same_with_threads_and_chunks(batch.games, batch.runs, settings(), {20000});
  } else {
    expect_the_same_with_threads_and_chunks(batch.games, batch.runs, settings(), {1, 20000});
  }
}

TEST_P(NetworkBatches, ConcurrentSolvesGiveTheSameBits) {
  const Batch batch = mixed_batch();
  const Results expected = solve(batch.games, batch.runs, settings());
  std::vector<Results> found(2);
  {
    std::vector<std::jthread> threads;
    for (Results& results : found) threads.emplace_back([&] { results = solve(batch.games, batch.runs, settings()); });
  }
  for (const Results& results : found) {
    ASSERT_EQ(results.failure, "");
    for (std::size_t r = 0; r < batch.runs.size(); ++r) expect_same_bits(expected, r, results, r);
  }
}

QUANTAL_ON_EVERY_MACHINE(NetworkBatches);
INSTANTIATE_TEST_SUITE_P(InstructionSets, NetworkBatches, testing::ValuesIn(machines_by_instruction_set()),
                         [](const auto& instance) { return name_of(instance.param); });

TEST(NetworkBatchesOnCuda, ChooseTiersByTheGameAlone) {
  QUANTAL_SKIP_WITHOUT_CUDA();
  // Alone in a warp, with all arcs in a block, whose threads add up policies in another order.
  const std::vector<int> actions = {36, 12, 12};
  std::uint64_t seed = 0;
  while (random_network(actions, 1.0, seed).payoffs.size() < 2016) ++seed;  // all edges pay both
  std::vector<Game> games = {random_network(actions, 1.0, seed)};
  for (seed = 0; seed < 12; ++seed) games.emplace_back(random_network(actions, 0.4, seed));
  std::vector<quantal::Run> runs(games.size());
  for (std::size_t r = 0; r < runs.size(); ++r) {
    runs[r].game = r;
    runs[r].tau = 0.3;
    runs[r].eta = 1;
    runs[r].initial_policies = random_policies(actions, r);
  }
  Settings settings;
  settings.backend = Backend::cuda;
  settings.gap_tolerance = 0;
  settings.max_iterations = 3;
  const Results together = solve(games, runs, settings);
  ASSERT_EQ(together.failure, "");
  for (std::size_t r = 0; r < runs.size(); ++r) {
    SCOPED_TRACE(r);
    expect_same_bits(solve(games, std::vector<quantal::Run>{runs[r]}, settings), 0, together, r);
  }
}

}  // namespace
}  // namespace quantal
