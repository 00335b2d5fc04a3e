// Terminals, signals, full disks and readers that leave.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "process.hpp"
#include "small_games.hpp"

namespace quantal::cli_test {
namespace {

using nlohmann::json;

/// A game that one step solves and one that goes on for days.
std::vector<std::string> long_work(const Folder& folder) {
  return {"solve",
          folder.file("pd.nfg", prisoners),
          folder.file("pennies.json", pennies),
          "--tau",
          "0.1",
          "--eta",
          "10",
          "--max-iterations",
          "1000000000000000"};
}

class InterruptTest : public testing::TestWithParam<int> {};

TEST_P(InterruptTest, WritesWhatIsFinished) {
  const Folder folder;
  for (const std::string format : {"json", "csv", "table"}) {
    Invocation invocation;
    invocation.arguments = long_work(folder);
    invocation.arguments.insert(invocation.arguments.end(), {"--format", format});
    invocation.terminal_errors = true;
    invocation.signal = GetParam();
    invocation.signal_at = "1/2 runs";  // the progress line
    const Outcome outcome = run(invocation);
    EXPECT_EQ(outcome.exit_code, 128 + GetParam());
    EXPECT_NE(outcome.errors.find("quantal: interrupted: 1 of 2 runs finished\n"), std::string::npos) << outcome.errors;
    EXPECT_NE(outcome.output.find("Prisoner's"), std::string::npos) << outcome.output;
    EXPECT_EQ(outcome.output.find("pennies"), std::string::npos) << outcome.output;
    if (format == "json") {
      const json document = json::parse(outcome.output);
      ASSERT_EQ(document.at("runs").size(), 1u);
      EXPECT_EQ(document.at("runs").front().at("status"), "converged");
      EXPECT_EQ(document.at("quantal").at("runs"), 2);
      EXPECT_EQ(document.at("summary").at("finished"), 1);
    }
    if (format == "csv") {
      EXPECT_EQ(lines_of(outcome.output).size(), 2u);
    }
  }
}

TEST_P(InterruptTest, LeavesACompleteFile) {
  const Folder folder;
  Invocation invocation;
  invocation.arguments = long_work(folder);
  invocation.arguments.insert(invocation.arguments.end(), {"-o", folder.path("out.json")});
  invocation.terminal_errors = true;
  invocation.signal = GetParam();
  invocation.signal_at = "1/2 runs";
  EXPECT_EQ(run(invocation).exit_code, 128 + GetParam());
  EXPECT_EQ(json::parse(content_of(folder.path("out.json"))).at("runs").size(), 1u);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"out.json", "pd.nfg", "pennies.json"}));
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptTest, testing::Values(SIGINT, SIGTERM));

TEST(Interrupt, KilledProcessLeavesNoFile) {
  const Folder folder;
  Invocation invocation;
  invocation.arguments = long_work(folder);
  invocation.arguments.insert(invocation.arguments.end(), {"-o", folder.path("out.json")});
  invocation.terminal_errors = true;
  invocation.signal = SIGKILL;
  invocation.signal_at = "1/2 runs";
  EXPECT_EQ(run(invocation).exit_code, -SIGKILL);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"pd.nfg", "pennies.json"}));
}

TEST(Progress, RewritesOneLineAndErasesIt) {
  const Folder folder;
  Invocation invocation;
  invocation.arguments = long_work(folder);
  invocation.terminal_errors = true;
  invocation.signal_at = " iterations/s";
  const std::string errors = run(invocation).errors;
  EXPECT_NE(errors.find(" % "), std::string::npos) << errors;
  const std::size_t erased = errors.rfind("\r\x1b[K");
  ASSERT_NE(erased, std::string::npos) << errors;
  EXPECT_EQ(lines_of(errors.substr(0, erased)).size(), 1u) << errors;
  EXPECT_TRUE(errors.substr(erased + 4).starts_with("quantal: interrupted")) << errors;
}

TEST(Progress, IsQuietWhenAskedShortOrNotWatched) {
  const Folder folder;
  Invocation brief;
  brief.arguments = {"solve", folder.file("pd.nfg", prisoners), "--tau", "1"};
  brief.terminal_errors = true;
  EXPECT_EQ(run(brief).errors, "");

  // Some seconds of work.
  std::vector<std::string> arguments = long_work(folder);
  arguments.back() = "2000000";
  Invocation quiet;
  quiet.arguments = arguments;
  quiet.arguments.push_back("--quiet");
  quiet.terminal_errors = true;
  EXPECT_EQ(run(quiet).errors, "");
  EXPECT_EQ(run(arguments).errors.find('\r'), std::string::npos);
}

TEST(Terminal, ShowsColoursUnlessAskedNotTo) {
  const Folder folder;
  Invocation invocation;
  invocation.arguments = {"solve", folder.file("pd.nfg", prisoners), "--tau", "1"};
  invocation.terminal_output = true;
  EXPECT_NE(run(invocation).output.find("\x1b[32mconverged"), std::string::npos);
  invocation.environment = {"NO_COLOR=1"};
  EXPECT_EQ(run(invocation).output.find('\x1b'), std::string::npos);
}

TEST(Terminal, ShowsTheFirstOfManyRuns) {
  const Folder folder;
  Invocation invocation;
  invocation.arguments = {"solve", folder.file("pennies.json", pennies), "--tau", "4", "--starts", "500", "--init",
                          "random"};
  invocation.terminal_output = true;
  const Outcome outcome = run(invocation);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_LT(lines_of(outcome.output).size(), 50u) << outcome.output;
  EXPECT_NE(outcome.output.find("460 more runs"), std::string::npos) << outcome.output;
  invocation.terminal_output = false;
  EXPECT_GT(lines_of(run(invocation).output).size(), 500u);
}

TEST(Terminal, ShowsTheWorstFurtherDown) {
  const Folder folder;
  Invocation invocation;
  invocation.arguments = long_work(folder);
  invocation.arguments.back() = "100";
  invocation.arguments.insert(invocation.arguments.end(), {"--starts", "60"});
  invocation.terminal_output = true;
  const std::vector<std::string> lines = lines_of(run(invocation).output);
  ASSERT_GT(lines.size(), 52u);
  EXPECT_NE(lines[40].find("Prisoner's"), std::string::npos) << lines[40];
  EXPECT_TRUE(lines[41].starts_with("⋮ further down")) << lines[41];
  EXPECT_NE(lines[42].find("max_iterations"), std::string::npos) << lines[42];
  EXPECT_TRUE(lines[52].starts_with("⋮ 70 more runs")) << lines[52];
}

TEST(FullDisk, IsExitCodeOneAndOneLine) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const Folder folder;
  const std::string game = folder.file("pd.nfg", prisoners);
  for (const std::string format : {"json", "csv", "table"}) {
    Invocation invocation;
    invocation.arguments = {"solve", game, "--tau", "1", "--starts", "2000", "--format", format};
    invocation.output_file = "/dev/full";
    Outcome outcome = run(invocation);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.errors, "quantal: writing to standard output failed: No space left on device\n");

    invocation.arguments.insert(invocation.arguments.end(), {"-o", "/dev/full"});
    invocation.output_file.clear();
    outcome = run(invocation);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.errors, "quantal: writing to /dev/full failed: No space left on device\n");
  }
  Invocation help;
  help.arguments = {"solve", "--help"};
  help.output_file = "/dev/full";
  EXPECT_EQ(run(help).exit_code, 1);
}

TEST(BrokenPipe, IsNoError) {
  const Folder folder;
  const std::string game = folder.file("pd.nfg", prisoners);
  for (const std::string format : {"json", "csv", "table"}) {
    Invocation invocation;
    invocation.arguments = {"solve", game, "--tau", "1", "--starts", "20000", "--format", format};
    invocation.stop_reading = true;
    const Outcome outcome = run(invocation);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.errors, "");
  }
}

}  // namespace
}  // namespace quantal::cli_test
