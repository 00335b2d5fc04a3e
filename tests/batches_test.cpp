// Batches of mixed shapes: order, chunks, threads and neighbours change no bit of any run's results.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "machines.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

/// A batch that has everything: shapes, temperatures, steps and starts in no order.
struct Batch {
  std::vector<Game> games;
  std::vector<Run> runs;
};

class Batches : public OnEveryMachine {
 protected:
  Batch mixed_batch() const {
    Batch batch;
    std::mt19937_64 bits(5);
    const std::vector<std::vector<int>> shapes =
        machine().cuda() && machine().tier == Tier::lane
            ? std::vector<std::vector<int>>{{2, 2}, {2, 3}, {3, 3}, {4, 4}, {2, 2, 2}}
            : std::vector<std::vector<int>>{{2, 2}, {3, 3}, {2, 2, 2}, {1, 4}, {5}, {2, 3, 4}, {9, 7}, {3, 3, 3, 3}};
    const std::size_t number = machine().many_threads_a_run() ? 5 : machine().cuda() ? 24 : 90;
    for (std::size_t g = 0; g < number; ++g) {
      batch.games.emplace_back(random_game(shapes[bits() % shapes.size()], g));
    }
    for (std::size_t r = 0; r < 2 * number; ++r) {
      Run run;
      run.game = bits() % number;
      const auto& actions = std::get<NormalFormGame>(batch.games[run.game]).actions;
      run.tau = std::vector<double>{0.0, 0.2, 0.7, 1.5, 4.0}[bits() % 5];
      if (bits() % 4 == 0) {
        for (std::size_t i = 0; i < actions.size(); ++i) run.tau_per_agent.push_back(uniform(bits, 0.5, 2.0));
      }
      if (bits() % 2 == 0) run.eta = uniform(bits, 0.02, 0.25);
      if (bits() % 3 == 0) run.random_start = bits() % 5;
      if (bits() % 5 == 0) run.initial_policies = random_policies(actions, r);
      batch.runs.push_back(run);
    }
    return batch;
  }

  Settings settings() const {
    Settings made = machine().settings();
    // Past the end of a window, and of a round of the lanes.
    made.max_iterations = machine().many_threads_a_run() ? 70 : machine().cuda() ? 300 : 1300;
    made.gap_tolerance = machine().single() ? 1e-8 : 1e-14;
    made.gap_every = 16;
    made.seed = 99;
    return made;
  }
};

TEST_P(Batches, ARunIsTheSameAloneAndInCompany) {
  const Batch batch = mixed_batch();
  const Results together = solve(batch.games, batch.runs, settings());
  ASSERT_EQ(together.failure, "");
  std::size_t converged = 0;
  for (std::size_t r = 0; r < batch.runs.size(); r += machine().many_threads_a_run() ? 3 : 1) {
    SCOPED_TRACE("run " + std::to_string(r) + " of " + name_of(batch.games[batch.runs[r].game]));
    const Results alone = solve(batch.games, std::vector<Run>{batch.runs[r]}, settings());
    expect_same_bits(alone, 0, together, r);
    converged += alone.status[0] == Status::converged;
  }
  EXPECT_GT(converged, 0U);
}

TEST_P(Batches, TheOrderOfRunsDoesNotMatter) {
  const Batch batch = mixed_batch();
  std::vector<std::size_t> order(batch.runs.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::mt19937_64 bits(8);
  std::shuffle(order.begin(), order.end(), bits);
  std::vector<Run> shuffled;
  for (const std::size_t k : order) shuffled.push_back(batch.runs[k]);
  const Results first = solve(batch.games, batch.runs, settings());
  const Results second = solve(batch.games, shuffled, settings());
  for (std::size_t k = 0; k < order.size(); ++k) {
    SCOPED_TRACE("run " + std::to_string(order[k]));
    expect_same_bits(first, order[k], second, k);
  }
}

TEST_P(Batches, ThreadsDoNotMatter) {
  if (machine().cuda()) GTEST_SKIP() << "threads are the CPU backend's";
  const Batch batch = mixed_batch();
  Settings some = settings();
  some.threads = 1;
  const Results one = solve(batch.games, batch.runs, some);
  for (const int threads : {2, 3, 7}) {
    some.threads = threads;
    const Results several = solve(batch.games, batch.runs, some);
    for (std::size_t r = 0; r < batch.runs.size(); ++r) {
      SCOPED_TRACE("run " + std::to_string(r) + ", threads " + std::to_string(threads));
      expect_same_bits(one, r, several, r);
    }
  }
}

TEST_P(Batches, ChunksDoNotMatter) {
  const Batch batch = mixed_batch();
  const Results whole = solve(batch.games, batch.runs, settings());
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{5000}, std::size_t{40000}}) {
    if (machine().many_threads_a_run() && bytes != 5000) continue;
    Settings cut = settings();
    cut.memory_bytes = bytes;
    const Results pieces = solve(batch.games, batch.runs, cut);
    for (std::size_t r = 0; r < batch.runs.size(); ++r) {
      SCOPED_TRACE("run " + std::to_string(r) + ", chunks of " + std::to_string(bytes) + " bytes");
      expect_same_bits(whole, r, pieces, r);
    }
  }
}

TEST_P(Batches, DevicesDoNotMatter) {
  if (!machine().cuda()) GTEST_SKIP() << "devices are the CUDA backend's";
  const int devices = static_cast<int>(capabilities().cuda_devices.size());
  if (devices < 2) GTEST_SKIP() << "needs two devices";
  const Batch batch = mixed_batch();
  Settings shared = settings();
  // Runs that may stop, and runs that may not, whose gaps have their places before they begin.
  for (const double tolerance : {*shared.gap_tolerance, 0.0}) {
    shared.gap_tolerance = tolerance;
    shared.devices = {};
    const Results one = solve(batch.games, batch.runs, shared);
    shared.devices = {devices - 1, 0};
    const Results two = solve(batch.games, batch.runs, shared);
    EXPECT_NE(two.backend.find("2 devices"), std::string::npos) << two.backend;
    EXPECT_EQ(one.gap_history.size(), two.gap_history.size());
    for (std::size_t r = 0; r < batch.runs.size(); ++r) {
      SCOPED_TRACE("run " + std::to_string(r) + ", tolerance " + std::to_string(tolerance));
      expect_same_bits(one, r, two, r);
    }
  }
}

TEST_P(Batches, RepeatedSolvesGiveTheSameBits) {
  const Batch batch = mixed_batch();
  const Results first = solve(batch.games, batch.runs, settings());
  const Results second = solve(batch.games, batch.runs, settings());
  for (std::size_t r = 0; r < batch.runs.size(); ++r) expect_same_bits(first, r, second, r);
}

TEST_P(Batches, ConcurrentSolvesGiveTheSameBits) {
  const Batch batch = mixed_batch();
  const Results expected = solve(batch.games, batch.runs, settings());
  std::vector<Results> found(machine().many_threads_a_run() ? 2 : 3);
  {
    std::vector<std::jthread> threads;
    for (Results& results : found) threads.emplace_back([&] { results = solve(batch.games, batch.runs, settings()); });
  }
  for (const Results& results : found) {
    ASSERT_EQ(results.failure, "");
    for (std::size_t r = 0; r < batch.runs.size(); ++r) expect_same_bits(expected, r, results, r);
  }
}

TEST_P(Batches, OneGameManyRuns) {
  // Runs of a sweep come in its order and are those of separate calls.
  const std::vector<Game> games = {random_game({2, 2}, 1), random_game({3, 3}, 2)};
  Sweep sweep;
  sweep.tau = {{0.8}, {1.0, 2.0}, {3.0}};
  sweep.eta = {std::nullopt, 0.1};
  sweep.starts = machine().many_threads_a_run() ? 1 : 3;
  const std::vector<Run> runs = runs_of(2, sweep);
  ASSERT_EQ(runs.size(), 12 * sweep.starts);
  const Results all = solve(games, sweep, settings());
  ASSERT_EQ(all.size(), runs.size());
  for (std::size_t r = 0; r < runs.size(); r += machine().many_threads_a_run() ? 5 : 1) {
    SCOPED_TRACE(r);
    const Results one = solve(games, std::vector<Run>{runs[r]}, settings());
    expect_same_bits(one, 0, all, r);
  }
}

TEST_P(Batches, NothingToDo) {
  const std::vector<Game> games = {random_game({2, 2}, 1)};
  const Results no_runs = solve(games, std::vector<Run>{}, machine().settings());
  EXPECT_EQ(no_runs.size(), 0U);
  EXPECT_EQ(no_runs.failure, "");
  EXPECT_EQ(no_runs.policy_begin.size(), 1U);
  EXPECT_EQ(no_runs.agent_begin.size(), 1U);
  EXPECT_FALSE(no_runs.backend.empty());
  const Results nothing = solve(std::vector<Game>{}, std::vector<Run>{}, machine().settings());
  EXPECT_EQ(nothing.size(), 0U);
  const Results no_games = solve(std::vector<Game>{}, Sweep{}, machine().settings());
  EXPECT_EQ(no_games.size(), 0U);
}

TEST_P(Batches, NoUpdatesAllowed) {
  const std::vector<Game> games = {random_game({2, 2}, 1)};
  std::vector<Run> runs(2);
  runs[1].initial_policies = {0.25, 0.75, 0.5, 0.5};
  Settings none = machine().settings();
  none.max_iterations = 0;
  none.gap_every = 3;
  const Results results = solve(games, runs, none);
  for (std::size_t r = 0; r < 2; ++r) {
    EXPECT_EQ(results.status[r], Status::max_iterations);
    EXPECT_EQ(results.iterations[r], 0);
    ASSERT_EQ(results.history_of(r).size(), 1U);
    EXPECT_EQ(results.history_of(r)[0], results.qre_gap[r]);
    EXPECT_EQ(results.history_iteration(r, 0), 0);
  }
  EXPECT_NEAR(results.policies_of(1)[0], 0.25, machine().single() ? 1e-7 : 1e-15);
  EXPECT_EQ(results.policies_of(0)[0], 0.5);
  // A start that is converged is said to be, at iteration 0.
  none.gap_tolerance = 100.0;
  EXPECT_EQ(solve(games, runs, none).status[1], Status::converged);
}

TEST_P(Batches, CertifiedGamesConvergeAndOthersAreNotCalledConverged) {
  // Whatever the automatic step does: a status that is true. 'converged' is a gap within the tolerance, an end before
  // the limit is converged or stalled, and a step that was changed is a halving of the first one.
  std::vector<Game> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < (machine().many_threads_a_run() ? 4 : 30); ++seed) {
    games.emplace_back(random_game({3, 3}, seed));
    for (const double tau : {2.1, 0.05}) {
      Run run;
      run.game = seed;
      run.tau = tau;
      runs.push_back(run);
    }
  }
  Settings automatic = machine().settings();
  automatic.max_iterations = machine().many_threads_a_run() ? 100 : 3000;
  const Results results = solve(games, runs, automatic);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    SCOPED_TRACE("run " + std::to_string(r) + ", tau " + std::to_string(runs[r].tau));
    const double delta = machine().single() ? 5e-6 : 1e-11;
    const double tolerance = 2 * runs[r].tau * delta * delta;
    if (runs[r].tau > 2) {
      EXPECT_EQ(results.status[r], Status::converged);  // payoffs in [-1, 1]: certified above 2/2 times two agents
    }
    if (results.status[r] == Status::converged) {
      EXPECT_LE(results.qre_gap[r], tolerance * (1 + 1e-6));
    } else {
      EXPECT_GT(results.qre_gap[r], tolerance * (1 - 1e-6));
    }
    EXPECT_LE(results.iterations[r], automatic.max_iterations);
    if (results.status[r] == Status::max_iterations) {
      EXPECT_EQ(results.iterations[r], automatic.max_iterations);
    }
    EXPECT_GT(results.eta[r], 0);
    EXPECT_LE(results.eta[r] * runs[r].tau, 1 + 1e-12);
    const double halvings = std::log2(1 / (results.eta[r] * runs[r].tau));
    EXPECT_NEAR(halvings, std::round(halvings), 1e-9);
  }
}

TEST_P(Batches, ToleranceZeroMakesEveryUpdate) {
  // Also where the step is automatic and the gap can fall no further.
  const bool few = machine().many_threads_a_run();
  std::vector<Game> games;
  std::vector<Run> runs(few ? 1 : 4);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    games.emplace_back(random_game({2, 2}, r));
    runs[r].game = r;
    runs[r].tau = std::vector<double>{0.5, 5.0, 0.1, 0.0}[r];
  }
  Settings all = machine().settings();
  all.gap_tolerance = 0;
  all.max_iterations = few ? 100 : machine().cuda() ? 3000 : 80'000;
  const Results results = solve(games, runs, all);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    SCOPED_TRACE("tau " + std::to_string(runs[r].tau));
    EXPECT_EQ(to_string(results.status[r]), "max_iterations");
    EXPECT_EQ(results.iterations[r], all.max_iterations);
  }
}

QUANTAL_ON_EVERY_MACHINE(Batches);

TEST(CudaLaneTier, RefusesShapesThatAThreadCannotHold) {
  QUANTAL_SKIP_WITHOUT_CUDA();
  Settings settings;
  settings.backend = Backend::cuda;
  settings.tier = Tier::lane;
  for (const auto& shape : std::vector<std::vector<int>>{{3, 2}, {2}, {1, 5}, {2, 2, 2, 2}, {5, 5}}) {
    SCOPED_TRACE(shape_name(shape));
    const std::vector<Game> games = {random_game({2, 2}, 1), random_game(shape, 1)};
    EXPECT_THROW(solve(games, runs_of(2, Sweep{}), settings), InputError);
  }
}

TEST(CudaBlockTier, RefusesGamesLargerThanItsMemory) {
  QUANTAL_SKIP_WITHOUT_CUDA();
  const std::vector<Game> games = {random_game({200, 200}, 1)};
  for (const Tier tier : {Tier::warp, Tier::block}) {
    Settings settings;
    settings.backend = Backend::cuda;
    settings.tier = tier;
    EXPECT_THROW(solve(games, runs_of(1, Sweep{}), settings), InputError);
  }
}

TEST(CudaDevices, AreNamedByTheirNumbers) {
  QUANTAL_SKIP_WITHOUT_CUDA();
  const std::vector<Game> games = {random_game({2, 2}, 1)};
  Settings settings;
  settings.devices = {0};  // asks for CUDA
  const Results results = solve(games, runs_of(1, Sweep{}), settings);
  EXPECT_EQ(results.failure, "");
  EXPECT_TRUE(results.backend.starts_with("cuda (") && results.backend.ends_with(", 1 device)")) << results.backend;
  settings.devices = {static_cast<int>(capabilities().cuda_devices.size())};
  EXPECT_THROW(solve(games, runs_of(1, Sweep{}), settings), BackendError);
}

TEST(Devices, AreDistinctAndOfCudaAlone) {
  const auto refuses = [](std::vector<int> devices, Backend backend) {
    Settings settings;
    settings.devices = std::move(devices);
    settings.backend = backend;
    try {
      settings.validate();
    } catch (const InputError&) {
      return true;
    }
    return false;
  };
  EXPECT_FALSE(refuses({}, Backend::cpu));
  EXPECT_FALSE(refuses({3, 0}, Backend::automatic));
  EXPECT_FALSE(refuses({0}, Backend::cuda));
  EXPECT_TRUE(refuses({0}, Backend::cpu));
  EXPECT_TRUE(refuses({0, 1, 0}, Backend::cuda));
  EXPECT_TRUE(refuses({-1}, Backend::automatic));
}

/// Of a device so small that tests can fill it, which an emulated one may be.
TEST(CudaDeviceMemory, ThatRunsOutCutsChunksAndThenFailsTheRun) {
  QUANTAL_SKIP_WITHOUT_CUDA();
  constexpr std::size_t device_bytes = std::size_t{16} << 20;
  const std::string device = capabilities().cuda_devices.at(0);
  if (!device.ends_with(" 16 MiB")) GTEST_SKIP() << "needs a device of 16 MiB";
  std::vector<Game> games;
  for (std::uint64_t g = 0; g < 40; ++g) games.emplace_back(random_game({250, 250}, g));
  std::vector<quantal::Run> runs(games.size());
  for (std::size_t g = 0; g < games.size(); ++g) runs[g].game = g;
  Settings settings;
  settings.backend = Backend::cuda;
  settings.max_iterations = 0;
  settings.precision = Precision::float32;
  settings.memory_bytes = 8 * device_bytes;  // more than there is
  const Results cut = solve(games, runs, settings);
  EXPECT_EQ(cut.failure, "");
  settings.memory_bytes = device_bytes / 8;
  const Results expected = solve(games, runs, settings);
  for (std::size_t r = 0; r < runs.size(); ++r) expect_same_bits(expected, r, cut, r);

  // What was done before a game that does not fit is kept.
  games = {random_game({2, 2}, 1), random_game({1600, 1600}, 1)};
  const Results failed = solve(games, runs_of(2, Sweep{}), settings);
  EXPECT_NE(failed.failure.find("out of memory"), std::string::npos) << failed.failure;
  EXPECT_EQ(to_string(failed.status[0]), "max_iterations");
  EXPECT_EQ(to_string(failed.status[1]), "failed");
}

/// On a device so small, payoffs go up 4,096 at a time: several games of the first shape together, the others agent by
/// agent, against all actions of the agents after it or some of them; of 5,000 actions, a column at a time.
TEST(CudaDeviceMemory, TakesPayoffsInPiecesCutAnyWay) {
  QUANTAL_SKIP_WITHOUT_CUDA();
  if (!capabilities().cuda_devices.at(0).ends_with(" 16 MiB")) GTEST_SKIP() << "needs a device of 16 MiB";
  for (const auto& shape : std::vector<std::vector<int>>{{3, 4, 5}, {3, 40, 70}, {2, 300, 25}, {90, 5000}}) {
    SCOPED_TRACE(shape_name(shape));
    std::vector<Game> games;
    for (std::uint64_t g = 0; g < (shape[1] == 4 ? 100 : 1); ++g) games.emplace_back(random_game(shape, g));
    Settings settings;
    settings.max_iterations = 3;
    settings.backend = Backend::cpu;
    const auto runs = runs_of(games.size(), Sweep{});
    const Results expected = solve(games, runs, settings);
    settings.backend = Backend::cuda;
    const Results results = solve(games, runs, settings);
    ASSERT_EQ(results.failure, "");
    for (std::size_t r = 0; r < runs.size(); ++r) {
      EXPECT_NEAR(results.qre_gap[r], expected.qre_gap[r], 1e-13) << "game " << r;
    }
    for (std::size_t a = 0; a < expected.policies.size(); ++a) {
      EXPECT_NEAR(results.policies[a], expected.policies[a], 1e-13) << "action " << a;
    }
  }
}

TEST(CudaSharedMemory, OfConcurrentSolvesOfDifferentSizes) {
  QUANTAL_SKIP_WITHOUT_CUDA();
  // Kernels are allowed their shared memory by the process, not by the call: a small game's solve must not take away
  // what a large game's is about to be launched with.
  for (const Tier tier : {Tier::warp, Tier::block}) {
    const std::vector<std::vector<int>> shapes = {{2, 2}, {3, 4}, {27, 27}};
    std::vector<std::string> failures(shapes.size());
    {
      std::vector<std::jthread> threads;
      for (std::size_t k = 0; k < shapes.size(); ++k) {
        threads.emplace_back([&, k] {
          const std::vector<Game> games = {random_game(shapes[k], k)};
          Settings settings;
          settings.backend = Backend::cuda;
          settings.tier = tier;
          settings.max_iterations = 1;
          for (int repeat = 0; repeat < 60 && failures[k].empty(); ++repeat) {
            failures[k] = solve(games, std::vector<quantal::Run>(1), settings).failure;
          }
        });
      }
    }
    for (const std::string& failure : failures) EXPECT_EQ(failure, "");
  }
}

TEST(CudaAgainstCpu, SameStatusesAndIterationCounts) {
  QUANTAL_SKIP_WITHOUT_CUDA();
  std::vector<Game> games;
  std::vector<quantal::Run> runs;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    games.emplace_back(random_game({2, 2}, seed));
    quantal::Run run;
    run.game = seed;
    run.tau = 0.3 + 0.005 * static_cast<double>(seed);
    run.eta = 0.5 / run.tau;
    run.random_start = seed % 3;
    runs.push_back(run);
  }
  for (const Precision precision : {Precision::float64, Precision::float32}) {
    Settings settings;
    settings.precision = precision;
    settings.gap_tolerance = 1e-6;
    settings.max_iterations = 1000;
    settings.gap_every = 1;
    settings.backend = Backend::cpu;
    const Results cpu = solve(games, runs, settings);
    settings.backend = Backend::cuda;
    const Results cuda = solve(games, runs, settings);
    ASSERT_EQ(cuda.failure, "");
    std::size_t converged = 0;
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE(r);
      EXPECT_EQ(cpu.status[r], cuda.status[r]);
      converged += cpu.status[r] == Status::converged;
      if (precision == Precision::float32 && cpu.iterations[r] != cuda.iterations[r]) {
        // Exponentials may differ in their last bit, which decides only where the tolerance is all but met.
        const auto& later = cpu.iterations[r] > cuda.iterations[r] ? cpu : cuda;
        const auto history = later.history_of(r);
        EXPECT_EQ(std::abs(cpu.iterations[r] - cuda.iterations[r]), 1);
        EXPECT_NEAR(history[history.size() - 2], 1e-6, 1e-9);
        continue;
      }
      EXPECT_EQ(cpu.iterations[r], cuda.iterations[r]);
      EXPECT_EQ(cpu.history_of(r).size(), cuda.history_of(r).size());
    }
    EXPECT_GT(converged, 390U);
  }
}

TEST(CudaAutomaticTier, MixesTiersInOneBatch) {
  QUANTAL_SKIP_WITHOUT_CUDA();
  // A thread, a tile of 8, a warp, a block, and a game that only device memory holds.
  std::vector<Game> games;
  for (const auto& shape : std::vector<std::vector<int>>{{2, 2}, {3, 5}, {12, 11}, {60, 60}, {150, 140}}) {
    games.emplace_back(random_game(shape, 3));
  }
  std::vector<quantal::Run> runs;
  for (const std::size_t game : {3U, 0U, 4U, 2U, 1U, 0U}) {
    quantal::Run run;
    run.game = game;
    run.tau = 2.5;
    run.eta = 0.3;
    run.random_start = 1;
    runs.push_back(run);
  }
  Settings settings;
  settings.gap_tolerance = 0;
  settings.max_iterations = 4;
  settings.backend = Backend::cpu;
  const Results cpu = solve(games, runs, settings);
  settings.backend = Backend::cuda;
  const Results cuda = solve(games, runs, settings);
  ASSERT_EQ(cuda.failure, "");
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& game = std::get<NormalFormGame>(games[runs[r].game]);
    SCOPED_TRACE(game.name);
    EXPECT_LE(oracle::distance(policies_of(cpu, r, game), policies_of(cuda, r, game)), 1e-14L);
    EXPECT_NEAR(cpu.qre_gap[r], cuda.qre_gap[r], 1e-13);
  }
}

/// All runs together; those that `checked` accepts must be the same by themselves.
Results solve_and_check_alone(const std::vector<Game>& games, const std::vector<quantal::Run>& runs,
                              const Settings& settings, const std::function<bool(std::size_t)>& checked) {
  Results together = solve(games, runs, settings);
  EXPECT_EQ(together.failure, "");
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (!checked(r)) continue;
    SCOPED_TRACE(r);
    expect_same_bits(solve(games, std::vector<quantal::Run>{runs[r]}, settings), 0, together, r);
  }
  return together;
}

TEST(CudaStreamTier, RunsThatShareAGameAreThoseOfSeparateSolves) {
  QUANTAL_SKIP_WITHOUT_CUDA();
  // More runs of a game than share a reading, which end at different times; rows longer and shorter than a grid has
  // threads for, a network, and one run that has its game to itself.
  const std::vector<Game> games = {random_game({30, 23}, 1), random_game({4, 5, 3}, 2),
                                   random_network({3, 2, 4, 3, 3, 2, 5}, 0.6, 3), random_game({30, 23}, 4)};
  std::vector<quantal::Run> runs;
  for (std::size_t k = 0; k < 34; ++k) {
    quantal::Run run;
    run.game = k / 11;
    run.tau = 0.4 + 0.9 * static_cast<double>(k % 11);
    if (k % 4 == 3) run.eta = 0.1;
    if (k % 3 == 1) run.random_start = k;
    if (k % 11 == 5) run.tau = 0;
    runs.push_back(run);
  }
  for (const Precision precision : {Precision::float64, Precision::float32}) {
    Settings settings;
    settings.backend = Backend::cuda;
    settings.tier = Tier::stream;
    settings.precision = precision;
    settings.gap_tolerance = 1e-6;
    settings.max_iterations = 90;
    settings.gap_every = 7;
    const Results together =
        solve_and_check_alone(games, runs, settings, [](std::size_t r) { return r % 4 == 1 || r == 33; });
    const auto converged = std::count(together.status.begin(), together.status.end(), Status::converged);
    EXPECT_GT(converged, 5);
    EXPECT_LT(converged, static_cast<std::ptrdiff_t>(runs.size()));
  }
}

TEST(CpuLaneTier, ManySmallGamesAreThoseOfSeparateSolves) {
  // Enough for a core to advance two packs at a time, which end at different times, and the last ones with empty lanes.
  for (const Precision precision : {Precision::float64, Precision::float32}) {
    for (const auto& actions : std::vector<std::vector<int>>{{2, 2}, {2, 3}, {3, 3}, {4, 4}, {2, 2, 2}}) {
      SCOPED_TRACE(shape_name(actions));
      std::vector<Game> games;
      for (std::uint64_t g = 0; g < 100; ++g) games.emplace_back(random_game(actions, g));
      std::vector<quantal::Run> runs(1103);
      for (std::size_t r = 0; r < runs.size(); ++r) {
        runs[r].game = r % games.size();
        runs[r].tau = 0.3 * static_cast<double>(r % 7);
        if (r % 5 == 1) runs[r].eta = 0.2;
        if (r % 3 == 1) runs[r].random_start = r;
      }
      Settings settings;
      settings.backend = Backend::cpu;
      settings.tier = Tier::lane;
      settings.precision = precision;
      settings.gap_tolerance = 1e-6;
      settings.max_iterations = 200;
      settings.gap_every = 9;
      solve_and_check_alone(games, runs, settings, [](std::size_t r) { return r % 29 == 0; });
    }
  }
}

TEST(CpuAutomaticTier, IsOneOfTheForcedOnes) {
  for (const auto& shape : std::vector<std::vector<int>>{{2, 2}, {7, 9}, {64, 64}, {220, 210}}) {
    SCOPED_TRACE(shape_name(shape));
    const std::vector<Game> games = {random_game(shape, 1)};
    Settings settings;
    settings.backend = Backend::cpu;
    settings.max_iterations = 20;
    const Results automatic = solve(games, runs_of(1, Sweep{}), settings);
    settings.tier = shape[0] > 100 ? Tier::block : Tier::lane;
    expect_same_bits(automatic, 0, solve(games, runs_of(1, Sweep{}), settings), 0);
  }
}

}  // namespace
}  // namespace quantal
