// Work that is interrupted, killed or runs out of disk, and is gone on with.

#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "files/stored_arrays.hpp"
#include "host/files/hdf5_handle.hpp"
#include "host/files/results_file.hpp"
#include "process.hpp"
#include "quantal/quantal.hpp"
#include "sanitized.hpp"
#include "small_games.hpp"

namespace quantal::cli_test {
namespace {

using Arrays = std::map<std::string, std::vector<unsigned char>>;

Arrays results_in(const std::string& file) {
  Arrays arrays = files::stored_arrays(file);
  arrays.erase("solve_seconds");
  return arrays;
}

/// Some seconds of work at most, in runs of a fraction of a millisecond, written as often as that is possible.
std::vector<std::string> work(const Folder& folder, const std::string& output) {
  return {"solve",
          folder.file("ragged.json", ragged),
          folder.file("pennies.json", pennies),
          "--tau",
          "0.2:2:log5",
          "--eta",
          "0.01",
          "--starts",
          "400",
          "--max-iterations",
          sanitized ? "500" : "20000",
          "--gap-tolerance",
          "0",
          "--gap-every",
          sanitized ? "100" : "5000",
          "--save-every",
          "0",
          "-o",
          folder.path(output)};
}

class LongRuns : public testing::Test {
 protected:
  static Arrays uninterrupted(const Folder& folder) {
    EXPECT_EQ(run(work(folder, "whole.h5")).exit_code, 0);
    return results_in(folder.path("whole.h5"));
  }
};

/// As a process leaves it that is killed before it has closed the file.
void leave_open(const std::string& file) {
  const files::Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_LATEST);
  const std::string copy = file + ".open";
  {
    const files::Hdf5Handle open(H5Fopen(file.c_str(), H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE, access.get()));
    ASSERT_TRUE(open);
    std::filesystem::copy_file(file, copy);
  }
  std::filesystem::rename(copy, file);
}

TEST_F(LongRuns, KilledAgainAndAgainEndAsIfNothingHadHappened) {
  const Folder folder;
  const Arrays expected = uninterrupted(folder);
  ASSERT_GE(expected.size(), 24U);
  const std::string file = folder.path("killed.h5");

  Invocation invocation;
  invocation.arguments = work(folder, "killed.h5");
  int kills = 0;
  int least = 20;  // milliseconds that it lives
  std::uint64_t before = 1;
  for (;; ++kills) {
    ASSERT_LT(kills, 1000);
    invocation.kill_after = least + 7 * (kills % 9);
    const Outcome outcome = run(invocation);
    if (outcome.exit_code == 0) break;
    ASSERT_EQ(outcome.exit_code, -SIGKILL) << outcome.errors;
    if (!std::filesystem::exists(file)) {
      least += 10;  // a busy machine: not even the first runs were done
      continue;
    }
    // Some are killed while they begin, most while they write; on a busy machine everything takes longer.
    const std::uint64_t finished = files::state_of_results(file).finished;
    EXPECT_GE(finished, before);
    if (finished == before) least += 10;
    before = finished;
    invocation.arguments = {"solve", "--resume", file};
  }
  EXPECT_GE(kills, 2) << "the work is too short to be killed";
  EXPECT_TRUE(results_in(file) == expected);
}

TEST_F(LongRuns, InterruptedLeaveAValidFileThatIsGoneOnWith) {
  const Folder folder;
  const Arrays expected = uninterrupted(folder);
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string file = folder.path("stopped.h5");
    Invocation invocation;
    invocation.arguments = work(folder, "stopped.h5");
    invocation.terminal_errors = true;
    invocation.signal = signal;
    invocation.signal_at = " runs";
    const Outcome outcome = run(invocation);
    EXPECT_EQ(outcome.exit_code, 128 + signal);
    EXPECT_NE(outcome.errors.find("quantal solve --resume " + file), std::string::npos) << outcome.errors;
    const Arrays so_far = results_in(file);
    EXPECT_LT(so_far.at("policies").size(), expected.at("policies").size());
    EXPECT_EQ(so_far.at("complete").front(), 0);

    // Beginning again would throw away what is there.
    const Outcome again = run(work(folder, "stopped.h5"));
    EXPECT_EQ(again.exit_code, 2);
    EXPECT_NE(again.errors.find("--resume"), std::string::npos) << again.errors;

    const Outcome rest = run({"solve", "--resume", file, "--threads", "1"});
    EXPECT_EQ(rest.exit_code, 0) << rest.errors;
    EXPECT_TRUE(results_in(file) == expected);
    const Outcome nothing = run({"solve", "--resume", file});
    EXPECT_EQ(nothing.exit_code, 0);
    EXPECT_NE(nothing.errors.find("is complete: 4000 runs"), std::string::npos) << nothing.errors;
    leave_open(file);
    EXPECT_TRUE(files::state_of_results(file).left_open);
    EXPECT_EQ(run({"solve", "--resume", file, "--quiet"}).errors, "");
    EXPECT_FALSE(files::state_of_results(file).left_open);
    EXPECT_TRUE(results_in(file) == expected);
    // A complete file may be replaced.
    if (signal == SIGINT) {
      EXPECT_EQ(run(work(folder, "stopped.h5")).exit_code, 0);
      std::filesystem::remove(file);
    }
  }
}

TEST_F(LongRuns, OfWarmStartsGoOnAtAGame) {
  const Folder folder;
  const std::string games = folder.path("games.npy");
  ASSERT_EQ(run({"generate", "uniform", "--count", "2000", "--actions", "3", "-o", games}).exit_code, 0);
  const auto words = [&](const char* output) -> std::vector<std::string> {
    return {"solve",
            games,
            "--tau",
            "0.4:0.2:lin3",
            "--eta",
            "0.02,0.03",
            "--warm-starts",
            "--gap-tolerance",
            "0",
            "--max-iterations",
            sanitized ? "100" : "4000",
            "--save-every",
            "0",
            "-o",
            folder.path(output)};
  };
  EXPECT_EQ(run(words("whole.h5")).exit_code, 0);
  const Arrays expected = results_in(folder.path("whole.h5"));
  Invocation invocation;
  invocation.arguments = words("stopped.h5");
  invocation.terminal_errors = true;
  invocation.signal = SIGINT;
  invocation.signal_at = " runs";
  EXPECT_EQ(run(invocation).exit_code, 128 + SIGINT);
  const std::string file = folder.path("stopped.h5");
  const files::ResultsFileState state = files::state_of_results(file);
  EXPECT_EQ(state.finished % 6, 0U);
  EXPECT_LT(state.finished, 12000U);
  EXPECT_EQ(run({"solve", "--resume", file}).exit_code, 0);
  EXPECT_TRUE(results_in(file) == expected);
}

TEST_F(LongRuns, AFullDiskCostsOnlyWhatWasNotWritten) {
  const Folder folder;
  const Arrays expected = uninterrupted(folder);
  const auto size = static_cast<long>(std::filesystem::file_size(folder.path("whole.h5")));
  int kept = 0;
  for (const long percent : {1L, 90L, 93L, 97L}) {
    const std::string file = folder.path("full.h5");
    std::filesystem::remove(file);
    Invocation invocation;
    invocation.arguments = work(folder, "full.h5");
    invocation.largest_file = size / 100 * percent;
    const Outcome outcome = run(invocation);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(lines_of(outcome.errors).size(), 1U) << outcome.errors;
    EXPECT_NE(outcome.errors.find("File too large"), std::string::npos) << outcome.errors;
    if (!std::filesystem::exists(file)) continue;
    ++kept;
    EXPECT_NE(outcome.errors.find("quantal solve --resume " + file), std::string::npos) << outcome.errors;
    EXPECT_EQ(run({"solve", "--resume", file}).exit_code, 0);
    EXPECT_TRUE(results_in(file) == expected) << percent;
  }
  EXPECT_GE(kept, 2);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"full.h5", "pennies.json", "ragged.json", "whole.h5"}));
}

TEST(Resume, NeedsTheSameGames) {
  const Folder folder;
  Invocation invocation;
  invocation.arguments = {"solve",
                          folder.file("a.json", pennies),
                          "--tau",
                          "0.2",
                          "--eta",
                          "0.01",
                          "--starts",
                          "1000000",
                          "--max-iterations",
                          "1000",
                          "--gap-tolerance",
                          "0",
                          "--save-every",
                          "0",
                          "-o",
                          folder.path("r.h5")};
  invocation.terminal_errors = true;
  invocation.signal_at = " runs";
  ASSERT_EQ(run(invocation).exit_code, 130);

  const auto expect_refusal = [&](const std::vector<std::string>& more, const std::string& part) {
    std::vector<std::string> arguments = {"solve", "--resume", folder.path("r.h5")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(lines_of(outcome.errors).size(), 1U) << outcome.errors;
    EXPECT_NE(outcome.errors.find(part), std::string::npos) << outcome.errors;
  };
  expect_refusal({"--tau", "1"}, "--tau: expected none with --resume");
  expect_refusal({"-o", "x"}, "--output: expected none with --resume");
  expect_refusal({folder.file("b.json", ragged)}, "game 0 is not the one");
  std::filesystem::rename(folder.path("a.json"), folder.path("c.json"));
  expect_refusal({}, "No such file");
  std::filesystem::copy_file(folder.path("r.h5"), folder.path("again.h5"));
  invocation.arguments = {"solve", "--resume", folder.path("r.h5"), folder.path("c.json")};
  EXPECT_EQ(run(invocation).exit_code, 130);  // it goes on, and there is much to do

  EXPECT_EQ(run({"solve", "--resume", folder.path("missing.h5")}).exit_code, 2);
  EXPECT_EQ(run({"solve", "--resume", folder.path("c.json")}).exit_code, 2);
}

TEST(Resume, KeepsToTheFileThatItWasGiven) {
  const Folder folder;
  const std::vector<std::string> begin = {
      "solve", folder.file("a.json", pennies), "--tau", "1", "-o", folder.path("r.h5")};
  ASSERT_EQ(run(begin).exit_code, 0);
  std::filesystem::rename(folder.path("r.h5"), folder.path("moved.h5"));
  const Outcome outcome = run({"solve", "--resume", folder.path("moved.h5")});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(folder.path("r.h5")));
}

TEST(Resume, OfAForgedFileGoesNoFurther) {
  const Folder folder;
  const std::string file = folder.path("r.h5");
  const auto forged = [&](const std::string& words) {
    const std::vector<Game> games = {NormalFormGame{"g", {2, 2}, std::vector<double>(8, 0.0)}};
    const Sweep sweep;
    const Results results = solve(games, sweep, {});
    files::ResultsFileHead head;
    head.arguments = words;
    head.lambda = {{1.0}};
    files::ResultsFile(file, head, sweep, {}, {0, games, 0, results, 1}).finish(false);
  };
  const auto expect_refusal = [&](const std::string& part) {
    const Outcome outcome = run({"solve", "--resume", file});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(lines_of(outcome.errors).size(), 1U) << outcome.errors;
    EXPECT_NE(outcome.errors.find(part), std::string::npos) << outcome.errors;
  };
  forged(R"(["solve", "--resume", ")" + file + "\"]");  // for ever
  expect_refusal("arguments: expected those of solve");
  forged(R"(["info"])");
  expect_refusal("arguments: expected those of solve");
  forged(R"({"solve": 1})");
  expect_refusal("arguments: expected the words of a command");
  const std::string game = folder.file("g.json", pennies);
  forged(R"(["solve", ")" + game + R"(", "--tau", "1"])");
  expect_refusal("game 0 is not the one");
  const std::string same = folder.file("s.json", R"({"class": "normal_form", "actions": [2, 2],
      "payoffs": [[0, 0, 0, 0], [0, 0, 0, 0]]})");
  forged(R"(["solve", ")" + same + R"(", "--tau", "1/2"])");  // two numbers a run where the file has one
  expect_refusal("/runs/tau: expected 2 numbers a row, found 1");
}

TEST(LateBadGame, LosesNothingOfWhatCameBefore) {
  const Folder folder;
  const std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3000, 2, 2, 2), }";
  std::string bytes = std::string("\x93NUMPY\x01\x00", 8) + std::string("\x76\x00", 2) + header;
  bytes.append(128 - 1 - bytes.size(), ' ').append("\n");
  for (int k = 0; k < 3000 * 8; ++k) {
    const double payoff = k == 2500 * 8 + 3 ? std::nan("") : std::sin(k);
    bytes.append(reinterpret_cast<const char*>(&payoff), sizeof payoff);
  }
  const std::string games = folder.file("g.npy", bytes);
  const std::string file = folder.path("r.h5");
  const Outcome outcome = run({"solve", games, "--tau", "1", "--save-every", "0", "-o", file});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(lines_of(outcome.errors).size(), 1U) << outcome.errors;
  EXPECT_NE(outcome.errors.find("g.npy: game 2500: expected a finite payoff"), std::string::npos) << outcome.errors;
  const files::ResultsFileState state = files::state_of_results(file);
  EXPECT_FALSE(state.complete);
  EXPECT_GT(state.finished, 1000U);
  EXPECT_LE(state.finished, 2500U);

  // Mended, it is gone on with.
  const double mended = 0;
  bytes.replace(128 + (2500 * 8 + 3) * sizeof mended, sizeof mended, reinterpret_cast<const char*>(&mended),
                sizeof mended);
  folder.file("g.npy", bytes);
  EXPECT_EQ(run({"solve", "--resume", file}).exit_code, 0);
  EXPECT_EQ(files::state_of_results(file).finished, 3000U);
}

TEST(Hdf5Output, GoesToFilesOnly) {
  const Folder folder;
  const std::string game = folder.file("pd.nfg", prisoners);
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--format", "h5"},
                                               {"-o", "/dev/null", "--format", "h5"},
                                               {"-o", folder.path("x.json"), "--compress", "3"},
                                               {"-o", folder.path("x.h5"), "--compress", "10"},
                                               {"-o", folder.path("none/x.h5")}}) {
    std::vector<std::string> arguments = {"solve", game, "--tau", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << more.back();
    EXPECT_EQ(lines_of(outcome.errors).size(), 1U) << outcome.errors;
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"pd.nfg"});
}

}  // namespace
}  // namespace quantal::cli_test
