// `quantal experiment`: each experiment leaves its files, and what it says of them is so.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "figure/xml_check.hpp"
#include "host/experiment/experiment.hpp"
#include "host/files/results_source.hpp"
#include "process.hpp"

namespace quantal::cli_test {
namespace {

namespace fs = std::filesystem;
using files::RunRecord;

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const experiment::Experiment* each : experiment::experiments()) all.emplace_back(each->name);
  return all;
}

/// Fields of a record without quotes in it.
std::vector<std::string> fields_of(std::string line) {
  if (line.ends_with('\r')) line.pop_back();
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char letter : line) {
    if (letter == '"') {
      quoted = !quoted;
    } else if (letter == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += letter;
    }
  }
  return fields;
}

/// Rows of a file, as a map from the titles of the columns.
std::vector<std::map<std::string, std::string>> rows_of(const std::string& file) {
  const std::vector<std::string> lines = lines_of(content_of(file));
  const std::vector<std::string> titles = fields_of(lines.front());
  std::vector<std::map<std::string, std::string>> rows;
  for (std::size_t k = 1; k < lines.size(); ++k) {
    const std::vector<std::string> fields = fields_of(lines[k]);
    EXPECT_EQ(fields.size(), titles.size()) << lines[k];
    for (std::size_t c = 0; c < std::min(fields.size(), titles.size()); ++c) {
      if (c == 0) rows.emplace_back();
      rows.back()[titles[c]] = fields[c];
    }
  }
  return rows;
}

/// "2 agents, 3 actions", as summaries name games.
std::string shape_of(const std::vector<int>& actions) {
  return std::to_string(actions.size()) + " agents, " + std::to_string(actions.front()) + " actions";
}

std::vector<RunRecord> runs_of(const std::string& file) {
  return files::open_results(file)->next(10'000'000);
}

/// Runs a small version, which must end well.
Outcome quick(const std::string& name, const std::string& folder, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"experiment", name, "--quick", "-o", folder};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  return outcome;
}

class ExperimentTest : public testing::TestWithParam<std::string> {};

TEST_P(ExperimentTest, LeavesItsFilesAndItsExpectationsHold) {
  const Folder folder;
  const std::string there = folder.path("results/of/it");
  const Outcome outcome = quick(GetParam(), there);
  EXPECT_EQ(outcome.errors, "") << "a line counts expectations that do not hold";

  std::size_t figures = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(there)) {
    EXPECT_NE(outcome.output.find(entry.path().filename().string()), std::string::npos) << entry;
    if (entry.path().extension() != ".svg") continue;
    ++figures;
    const std::string svg = content_of(entry.path());
    EXPECT_EQ(figure_test::xml_error(svg), "") << entry;
    EXPECT_NE(svg.find("<path d=\"M"), std::string::npos) << entry;
    EXPECT_EQ(svg.find("nan"), std::string::npos) << entry;
  }
  EXPECT_GE(figures, 1u);
  EXPECT_TRUE(content_of(there + "/report.html").ends_with("</html>\n"));

  std::size_t expected = 0;
  for (const auto& finding : rows_of(there + "/findings.csv")) {
    EXPECT_NE(finding.at("holds"), "no") << finding.at("finding");
    expected += finding.at("holds") == "yes" ? 1 : 0;
  }
  EXPECT_GE(expected, 1u);
  EXPECT_GE(rows_of(there + "/summary.csv").size(), 2u);

  // All runs are in the file, which is a whole one.
  const auto source = files::open_results(there + "/results.h5");
  EXPECT_EQ(source->head().finished, source->head().runs);
  EXPECT_EQ(run({"report", there + "/results.h5", "-o", folder.path("again.html")}).exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(All, ExperimentTest, testing::ValuesIn(names()), [](const auto& instance) {
  std::string name = instance.param;
  std::erase(name, '-');
  return name;
});

TEST(Experiment, GeneralSumTellsWhatIsInItsResults) {
  const Folder folder;
  quick("general-sum", folder.path(""), {"--games", "5", "--seed", "3"});
  const std::vector<RunRecord> runs = runs_of(folder.path("results.h5"));
  for (const auto& row : rows_of(folder.path("summary.csv"))) {
    std::vector<std::int64_t> iterations;
    for (const RunRecord& each : runs) {
      const bool is_meant = shape_of(each.actions) == row.at("games") && each.tau.front() == std::stod(row.at("tau"));
      if (is_meant) iterations.push_back(each.iterations);
    }
    ASSERT_EQ(iterations.size(), 5u) << row.at("games") << " " << row.at("tau");
    std::sort(iterations.begin(), iterations.end());
    EXPECT_EQ(std::stod(row.at("iterations")), static_cast<double>(iterations[2]));
  }
}

TEST(Experiment, BifurcationForksAtTheCertifiedTemperature) {
  const Folder folder;
  quick("bifurcation", folder.path(""));
  std::map<double, std::set<long>> limits;  // of the game of coordination, by temperature, in thousandths
  for (const RunRecord& each : runs_of(folder.path("results.h5"))) {
    if (each.game_name != "coordination" || each.status != Status::converged) continue;
    limits[each.tau.front()].insert(std::lround(1000 * each.policies.front()));
  }
  ASSERT_GE(limits.size(), 10u);
  for (const auto& [tau, policies] : limits) {
    if (tau > 0.51) {
      EXPECT_EQ(policies.size(), 1u) << tau;
    } else if (tau < 0.49) {
      EXPECT_GE(policies.size(), 2u) << tau;
    }
  }
  EXPECT_EQ(rows_of(folder.path("summary.csv")).front().at("certified tau"), "0.5");
}

TEST(Experiment, WithoutEntropyThePitfallIsLeftAsAPower) {
  const Folder folder;
  quick("entropy", folder.path(""));
  std::size_t seen = 0;
  for (const RunRecord& each : runs_of(folder.path("results.h5"))) {
    if (each.game_name != "common pitfall" || each.start != 0) continue;
    ++seen;
    if (each.tau.front() > 0) {
      EXPECT_EQ(each.status, Status::converged);
    } else {
      ASSERT_GT(each.history_gap.size(), 20'000u);
      EXPECT_NEAR(each.history_gap[10'000] / each.history_gap[20'000], 4, 0.1);  // 1 / k^2
    }
  }
  EXPECT_EQ(seen, 5u);
}

TEST(Experiment, DependsOnItsSeedAlone) {
  const Folder folder;
  const auto summary = [&](const std::string& name, const std::vector<std::string>& more) {
    quick("starts", folder.path(name), more);
    return content_of(folder.path(name + "/summary.csv")) + content_of(folder.path(name + "/starts.svg"));
  };
  const std::string once = summary("a", {"--seed", "1"});
  EXPECT_EQ(summary("b", {"--seed", "1", "--threads", "1"}), once);
  EXPECT_NE(summary("c", {"--seed", "2"}), once);
  // In the place of what was there.
  EXPECT_EQ(summary("c", {"--seed", "1"}), once);
}

TEST(Experiment, AllGoIntoOneFolder) {
  const Folder folder;
  const Outcome outcome = quick("all", folder.path("all"));
  std::set<std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder.path("all"))) {
    found.insert(entry.path().filename().string());
    EXPECT_TRUE(fs::exists(entry.path() / "results.h5")) << entry;
  }
  const std::vector<std::string> all = names();
  EXPECT_EQ(found, std::set<std::string>(all.begin(), all.end()));
  for (const std::string& line : lines_of(outcome.output)) EXPECT_EQ(line.find("DOES NOT"), line.npos) << line;
}

TEST(Experiment, InterruptedLeavesWhatWasWritten) {
  const Folder folder;
  Invocation invocation;
  invocation.arguments = {"experiment", "starts", "--starts", "100000", "--games", "50", "-o", folder.path("it")};
  invocation.terminal_errors = true;
  invocation.signal_at = " iterations/s";
  const Outcome outcome = run(invocation);
  EXPECT_EQ(outcome.exit_code, 128 + SIGINT);
  EXPECT_NE(outcome.errors.find("quantal: starts: interrupted; "), std::string::npos) << outcome.errors;
  EXPECT_EQ(outcome.output, "");
  for (const fs::directory_entry& entry : fs::directory_iterator(folder.path("it"))) {
    EXPECT_EQ(entry.path().filename(), "results.h5");
    EXPECT_EQ(run({"report", entry.path().string(), "-o", folder.path("page.html")}).exit_code, 0);
  }
}

TEST(Experiment, SaysInOneLineThatTheDiskIsFull) {
  const Folder folder;
  Invocation invocation;
  invocation.arguments = {"experiment", "starts", "--quick", "-o", folder.path("it")};
  invocation.largest_file = 4096;
  const Outcome outcome = run(invocation);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(lines_of(outcome.errors).size(), 1u) << outcome.errors;
  EXPECT_NE(outcome.errors.find(folder.path("it/results.h5")), std::string::npos) << outcome.errors;
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(fs::is_empty(folder.path("it"))) << "no part of a file";
}

TEST(Experiment, RefusesBadUsageAndWritesNothing) {
  const Folder folder;
  const std::string file = folder.file("file", "not a folder");
  const std::string out = folder.path("out");
  expect_refusal(run({"experiment", "-o", out}), {"expected one experiment", "general-sum", "all", "--list"});
  expect_refusal(run({"experiment", "nope", "-o", out}), {"'nope'", "expected one experiment"});
  expect_refusal(run({"experiment", "starts", "markov", "-o", out}), {"'starts markov'"});
  expect_refusal(run({"experiment", "starts", "--starts", "0", "-o", out}), {"--starts: '0'", "from 1"});
  expect_refusal(run({"experiment", "starts", "--games", "many", "-o", out}), {"--games: 'many'"});
  expect_refusal(run({"experiment", "starts", "--seed", "-1", "-o", out}), {"--seed"});
  expect_refusal(run({"experiment", "scaling", "--starts", "5", "-o", out}), {"--starts", "scaling does not take it"});
  expect_refusal(run({"experiment", "bifurcation", "--games", "5", "-o", out}), {"--games", "bifurcation"});
  expect_refusal(run({"experiment", "starts", "--quik", "-o", out}), {"unknown option --quik"});
  expect_refusal(run({"experiment", "starts", "-o", file}), {"--output", "expected a folder"});
  expect_refusal(run({"experiment", "starts", "-o", file + "/below"}), {"--output", "expected a folder"});
  expect_refusal(run({"experiment", "starts", "-o", "-"}), {"--output -", "expected a folder"});
  EXPECT_EQ(folder.names(), std::vector<std::string>{"file"});
  EXPECT_EQ(content_of(file), "not a folder");
}

TEST(Experiment, TellsWhatThereIs) {
  const Outcome list = run({"experiment", "--list"});
  EXPECT_EQ(list.exit_code, 0);
  const Outcome help = run({"experiment", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const std::string& name : names()) EXPECT_NE(list.output.find(name + "\n"), std::string::npos) << name;
  for (const std::string word : {"2405.02769", "--quick", "results.h5", "findings.csv", "Examples", "Exit codes"}) {
    EXPECT_NE(help.output.find(word), std::string::npos) << word;
  }
  for (const std::string& line : lines_of(list.output + help.output)) EXPECT_LE(line.size(), 100u) << line;
}

}  // namespace
}  // namespace quantal::cli_test
