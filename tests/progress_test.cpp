// Progress reports and cancellation.

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "machines.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

class ProgressReports : public OnEveryMachine {
 protected:
  std::vector<Game> games(std::size_t number) const {
    std::vector<Game> made;
    for (std::uint64_t g = 0; g < number; ++g) made.emplace_back(random_game({2, 2}, g));
    return made;
  }
  std::size_t small_number() const { return machine().many_threads_a_run() ? 4 : machine().cuda() ? 60 : 400; }
};

TEST_P(ProgressReports, CountMonotonicallyToTheEnd) {
  const std::vector<Game> all = games(small_number());
  Sweep sweep;
  sweep.tau = {{1.1}, {0.02}};
  Settings settings = machine().settings();
  settings.max_iterations = machine().many_threads_a_run() ? 60 : 700;
  std::vector<Progress> reports;
  std::atomic<int> inside{0};
  const Results results = solve(all, sweep, settings, [&](const Progress& progress) {
    EXPECT_EQ(inside.fetch_add(1), 0) << "called from two threads at once";
    reports.push_back(progress);
    inside.fetch_sub(1);
    return true;
  });
  ASSERT_FALSE(reports.empty());
  Progress before;
  for (const Progress& report : reports) {
    EXPECT_EQ(report.runs, results.size());
    EXPECT_LE(report.finished, report.runs);
    EXPECT_LE(report.converged, report.finished);
    EXPECT_GE(report.finished, before.finished);
    EXPECT_GE(report.converged, before.converged);
    EXPECT_GE(report.iterations, before.iterations);
    EXPECT_GE(report.seconds, before.seconds);
    before = report;
  }
  std::size_t converged = 0;
  std::int64_t iterations = 0;
  for (std::size_t r = 0; r < results.size(); ++r) {
    converged += results.status[r] == Status::converged;
    iterations += results.iterations[r];
  }
  EXPECT_EQ(reports.back().finished, results.size());
  EXPECT_EQ(reports.back().converged, converged);
  EXPECT_EQ(reports.back().iterations, iterations);
  EXPECT_GT(converged, 0U);
  EXPECT_GT(results.solve_seconds, 0);
}

TEST_P(ProgressReports, CancellingKeepsWhatIsFinished) {
  const std::vector<Game> all = games(small_number());
  // Every other run ends quickly, the others not for hours.
  std::vector<Run> runs;
  for (std::size_t g = 0; g < all.size(); ++g) {
    Run run;
    run.game = g;
    run.tau = 3;
    if (g % 2 == 1) {
      run.tau = 0;
      run.eta = 1e-12;
    }
    runs.push_back(run);
  }
  Settings settings = machine().settings();
  settings.max_iterations = 1'000'000'000;
  settings.gap_tolerance = 1e-7;
  settings.gap_every = 10;
  // Not before some have finished.
  const Results results = solve(all, runs, settings, [](const Progress& progress) { return progress.finished == 0; });
  Settings shorter = settings;
  shorter.max_iterations = 200;
  const Results full = solve(all, runs, shorter);
  std::size_t finished = 0;
  std::size_t cancelled = 0;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    SCOPED_TRACE(r);
    if (results.status[r] == Status::cancelled) {
      ++cancelled;
      EXPECT_TRUE(results.policies_of(r).empty());
      EXPECT_TRUE(results.qre_gap_per_agent_of(r).empty());
      for (std::size_t k = 0; k < results.history_of(r).size(); ++k) {
        EXPECT_EQ(results.history_iteration(r, k), static_cast<std::int64_t>(k) * 10);
        EXPECT_TRUE(std::isfinite(results.history_of(r)[k]));
      }
    } else {
      ++finished;
      EXPECT_EQ(results.status[r], Status::converged);
      expect_same_bits(results, r, full, r);
    }
  }
  EXPECT_GT(finished, 0U);
  EXPECT_GT(cancelled, 0U);
  EXPECT_EQ(results.failure, "");
}

TEST_P(ProgressReports, CancellingAtOnceFinishesNothingMore) {
  const std::vector<Game> all = games(small_number());
  Sweep sweep;
  sweep.tau = {{0.0}};
  sweep.eta = {1e-12};
  Settings settings = machine().settings();
  settings.max_iterations = 1'000'000'000;
  std::size_t calls = 0;
  const Results results = solve(all, sweep, settings, [&](const Progress&) {
    ++calls;
    return false;
  });
  EXPECT_GE(calls, 1U);
  for (std::size_t r = 0; r < results.size(); ++r) EXPECT_EQ(results.status[r], Status::cancelled);
}

TEST_P(ProgressReports, LaterBucketsAreNotBegunAfterACancellation) {
  std::vector<Game> all = {random_game({2, 2}, 1), random_game({3, 3}, 1)};
  std::vector<Run> runs(2);
  runs[0].tau = 0;
  runs[0].eta = 1e-12;
  runs[1].game = 1;
  runs[1].tau = 5;
  Settings settings = machine().settings();
  settings.max_iterations = 1'000'000'000;
  const Results results = solve(all, runs, settings, [](const Progress&) { return false; });
  EXPECT_EQ(results.status[0], Status::cancelled);
  EXPECT_EQ(results.status[1], Status::cancelled);
}

QUANTAL_ON_EVERY_MACHINE(ProgressReports);

TEST(ProgressReportsOfLargeGames, ComeWhileOneIsUnderWay) {
  // One game of 2 x 300 x 300 payoffs on one thread: a round is some tens of milliseconds of work, here in iterations.
  const std::vector<Game> games = {random_game({300, 300}, 1)};
  constexpr std::int64_t most_of_a_round = 250;
  quantal::Run run;
  run.tau = 0;
  run.eta = 1e-9;
  Settings settings;
  settings.backend = Backend::cpu;
  settings.threads = 1;
  settings.gap_tolerance = 0;
  settings.max_iterations = 1'000'000'000;
  std::vector<std::int64_t> iterations;
  const Results results = solve(games, std::vector<quantal::Run>{run}, settings, [&](const Progress& progress) {
    iterations.push_back(progress.iterations);
    return iterations.size() < 3;
  });
  EXPECT_EQ(results.status[0], Status::cancelled);
  ASSERT_GE(iterations.size(), 3U);
  EXPECT_GT(iterations.front(), 0);
  EXPECT_LE(iterations.front(), most_of_a_round);
  // A stop is heard at the end of a round, and it was asked for at one.
  EXPECT_LE(results.iterations[0] - iterations[2], most_of_a_round);
}

}  // namespace
}  // namespace quantal
