// The folder that an experiment fills.

#include "host/experiment/study.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/process.hpp"
#include "host/files/results_source.hpp"

namespace quantal::experiment {
namespace {

using cli_test::Folder;

constexpr Experiment nothing = {"nothing", "Does nothing."};

NormalFormGame coordination(const std::string& name) {
  return {name, {2, 2}, {1, 0, 0, 1, 1, 0, 0, 1}};
}

Sweep two_starts() {
  Sweep sweep;
  sweep.tau = {{1.0}, {0.25}};
  sweep.starts = 2;
  return sweep;
}

std::vector<files::RunRecord> runs_of(const Folder& folder, const std::string& name) {
  return files::open_results(folder.path(name))->next(1000);
}

TEST(Study, KeepsAllBatchesInOneFile) {
  const Folder folder;
  Study study(nothing, folder.path("it"), {}, {"experiment", "nothing"}, {});
  study.begin(two_starts(), {}, 3);
  const Batch first = study.solve({coordination("a"), coordination("b")});
  const Batch second = study.solve({coordination("c")});
  study.set_summary({{"column"}, {{1.0}}});
  study.expect(true, "so");
  study.note("it is");
  study.finish();
  EXPECT_EQ(study.files(), (std::vector<std::string>{"results.h5", "summary.csv", "findings.csv", "report.html"}));
  const std::vector<files::RunRecord> runs = runs_of(folder, "it/results.h5");
  ASSERT_EQ(runs.size(), 12u);
  EXPECT_EQ(runs[first.run(1, 1, 0)].game_name, "b");
  EXPECT_EQ(runs[first.run(1, 1, 0)].tau, std::vector<double>{0.25});
  EXPECT_EQ(runs[8 + second.run(0, 0, 1)].game_name, "c");
  EXPECT_EQ(runs[8 + second.run(0, 0, 1)].start, 1u);
  EXPECT_EQ(first.runs_at(1), (std::vector<std::size_t>{2, 3, 6, 7}));
  EXPECT_EQ(cli_test::content_of(folder.path("it/findings.csv")), "finding,holds\r\nso,yes\r\nit is,\r\n");
}

TEST(Study, KeepsOtherSettingsInOtherFiles) {
  const Folder folder;
  Study study(nothing, folder.path("it"), {}, {}, {});
  Settings exact;
  exact.gap_tolerance = 0;
  exact.max_iterations = 7;
  study.begin(two_starts(), {}, 1);
  study.solve({coordination("a")});
  study.begin(two_starts(), exact, 1, "exact");
  study.solve({coordination("a")});
  study.finish();
  EXPECT_EQ(study.files(), (std::vector<std::string>{"results.h5", "exact.h5", "summary.csv", "findings.csv",
                                                     "report.html", "exact.html"}));
  ASSERT_EQ(runs_of(folder, "it/results.h5").size(), 4u);
  for (const files::RunRecord& run : runs_of(folder, "it/exact.h5")) EXPECT_EQ(run.iterations, 7);
}

TEST(Study, InterruptedKeepsWhatWasSolvedBefore) {
  const Folder folder;
  bool go_on = true;
  Study study(nothing, folder.path("it"), {}, {}, [&](const Progress&) { return go_on; });
  Sweep sweep;  // solves the dilemma in a step or two, and goes round and round in matching pennies
  sweep.tau = {{0.1}};
  sweep.eta = {10.0};
  sweep.init = Init::random;
  Settings forever;
  forever.max_iterations = 1'000'000'000'000'000;
  study.begin(sweep, forever, 2);
  study.solve({NormalFormGame{"dilemma", {2, 2}, {2, 0, 3, 1, 2, 3, 0, 1}}});
  go_on = false;
  EXPECT_THROW(study.solve({NormalFormGame{"pennies", {2, 2}, {1, -1, -1, 1, -1, 1, 1, -1}}}), Interrupted);
  EXPECT_EQ(runs_of(folder, "it/results.h5").size(), 1u);
  EXPECT_EQ(files::open_results(folder.path("it/results.h5"))->head().runs, 2u);
}

TEST(Study, SizesAreThoseAskedForOrByHowQuick) {
  const Folder folder;
  EXPECT_EQ(Study(nothing, folder.path("it"), {}, {}, {}).games(10, 2), 10u);
  StudyOptions options;
  options.quick = true;
  EXPECT_EQ(Study(nothing, folder.path("it"), options, {}, {}).games(10, 2), 2u);
  options.games = 5;
  options.starts = 6;
  EXPECT_EQ(Study(nothing, folder.path("it"), options, {}, {}).games(10, 2), 5u);
  EXPECT_EQ(Study(nothing, folder.path("it"), options, {}, {}).starts(10, 2), 6u);
}

}  // namespace
}  // namespace quantal::experiment
