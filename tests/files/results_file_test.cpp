// Results in HDF5: what is written is read back, in one go or slab by slab, also after an interruption.

#include "host/files/results_file.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/process.hpp"
#include "host/files/results_source.hpp"
#include "quantal/quantal.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"
#include "sanitized.hpp"
#include "stored_arrays.hpp"

namespace quantal::files {
namespace {

using cli_test::Folder;

/// Games of all classes with their results.
struct Solved {
  std::vector<Game> games;
  Sweep sweep;
  Settings settings;
  Results results;
};

Solved solved() {
  Solved all;
  all.games.emplace_back(random_game({2, 3}, 1));
  all.games.emplace_back(random_network({2, 2, 2, 3}, 0.7, 2));
  MarkovShape shape;
  shape.states = 4;
  all.games.emplace_back(random_markov_game(shape, 3));
  all.games.emplace_back(random_game({3, 3}, 4));
  std::visit([](auto& game) { game.name = "näme"; }, all.games.front());
  all.sweep.tau = {{0.5}, {2.0}};
  all.sweep.eta = {std::nullopt, 0.05};
  all.sweep.starts = 3;
  all.settings.gap_every = 2;
  all.settings.max_iterations = 50;
  all.settings.keep_action_values = true;
  all.settings.backend = Backend::cpu;
  all.results = solve(all.games, all.sweep, all.settings);
  return all;
}

/// Runs [begin, end) as a call of their own would have returned them.
Results part_of(const Solved& all, std::size_t begin, std::size_t end) {
  std::vector<quantal::Run> runs;
  for (std::size_t r = begin; r < end; ++r) runs.push_back(run_of(all.sweep, r));
  return solve(all.games, runs, all.settings);
}

ResultsFileHead head_of(const Solved& all) {
  ResultsFileHead head;
  head.arguments = R"(["solve", "x.json"])";
  head.backend = all.results.backend;
  head.lambda = {{2.0}, {0.5}};
  head.runs_asked = all.results.size();
  return head;
}

std::vector<RunRecord> read_all(const std::string& file, std::size_t at_once) {
  const auto source = open_hdf5_results(file);
  std::vector<RunRecord> all;
  for (auto some = source->next(at_once); !some.empty(); some = source->next(at_once)) {
    EXPECT_LE(some.size(), at_once);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

void expect_same(const std::vector<RunRecord>& records, const Solved& all) {
  ASSERT_EQ(records.size(), all.results.size());
  for (std::size_t r = 0; r < records.size(); ++r) {
    SCOPED_TRACE(r);
    const RunRecord& record = records[r];
    const SweepIndex index = index_of(all.sweep, r);
    const Game& game = all.games[index.game];
    EXPECT_EQ(record.run, r);
    EXPECT_EQ(record.game, index.game);
    EXPECT_EQ(record.game_name, name_of(game));
    EXPECT_EQ(record.game_class, class_of(game));
    EXPECT_EQ(static_cast<std::size_t>(record.states), states_of(game));
    EXPECT_EQ(record.actions, actions_of(game));
    EXPECT_EQ(record.tau, all.sweep.tau[index.tau]);
    EXPECT_EQ(record.start, index.start);
    EXPECT_EQ(record.eta, all.results.eta[r]);
    EXPECT_EQ(record.status, all.results.status[r]);
    EXPECT_EQ(record.iterations, all.results.iterations[r]);
    EXPECT_EQ(record.qre_gap, all.results.qre_gap[r]);
    EXPECT_EQ(record.nash_gap, all.results.nash_gap[r]);
    const auto policies = all.results.policies_of(r);
    EXPECT_EQ(record.policies, std::vector<double>(policies.begin(), policies.end()));
    const auto history = all.results.history_of(r);
    EXPECT_EQ(record.history_gap, std::vector<double>(history.begin(), history.end()));
    ASSERT_EQ(record.history_iteration.size(), history.size());
    for (std::size_t k = 0; k < history.size(); ++k) {
      EXPECT_EQ(record.history_iteration[k], all.results.history_iteration(r, k));
    }
  }
}

TEST(ResultsFile, ReadsBackWhatWasWritten) {
  const Folder folder;
  const Solved all = solved();
  const std::string path = folder.path("r.h5");
  for (const int compression : {0, 4}) {
    ResultsFileHead head = head_of(all);
    head.compression = compression;
    ResultsFile file(path, head, all.sweep, all.settings, {0, all.games, 0, all.results, all.results.size()});
    file.finish(true);
    expect_same(read_all(path, 1000), all);
    expect_same(read_all(path, 5), all);
  }
  const auto source = open_hdf5_results(path);
  EXPECT_EQ(source->head().backend, all.results.backend);
  EXPECT_EQ(source->head().precision, "double");
  EXPECT_EQ(source->head().gap_every, 2);
  EXPECT_EQ(source->head().runs, all.results.size());
  EXPECT_EQ(source->head().finished, all.results.size());
  EXPECT_FALSE(source->head().gap_tolerance.has_value());

  // What the records leave out.
  const auto arrays = stored_arrays(path);
  const auto numbers = [&](const std::string& name) {
    const std::vector<unsigned char>& bytes = arrays.at(name);
    std::vector<double> values((bytes.size() - sizeof(std::uint64_t)) / sizeof(double));  // the shape is at the end
    std::copy_n(bytes.begin(), values.size() * sizeof(double), reinterpret_cast<unsigned char*>(values.data()));
    return values;
  };
  EXPECT_EQ(numbers("values"), all.results.values);
  EXPECT_EQ(numbers("action_values"), all.results.action_values);
  EXPECT_EQ(numbers("qre_gap_per_agent"), all.results.qre_gap_per_agent);
  EXPECT_EQ(numbers("runs/evaluation_residual"), all.results.evaluation_residual);
}

/// Writes it in three slabs, closing and reopening the file in between if asked to.
void write_in_slabs(const std::string& path, const Solved& all, bool reopen, std::size_t extra) {
  const std::size_t ends[] = {0, 5, 20, all.results.size()};
  std::unique_ptr<ResultsFile> file;
  for (std::size_t k = 0; k + 1 < std::size(ends); ++k) {
    const Results results = part_of(all, ends[k], ends[k + 1]);
    const ResultsSlab slab{0, all.games, ends[k], results, results.size()};
    if (k == 0) {
      file = std::make_unique<ResultsFile>(path, head_of(all), all.sweep, all.settings, slab);
    } else {
      file->append(slab);
    }
    if (!reopen || k + 2 == std::size(ends)) continue;
    EXPECT_TRUE(is_unfinished_results(path));
    if (extra > 0) {
      // Abandoned as by a process that is killed, here after a slab that the file does not count.
      file.reset();
    } else {
      file->finish(false);
      file.reset();
    }
    EXPECT_EQ(state_of_results(path).finished, ends[k + 1]);
    EXPECT_FALSE(state_of_results(path).complete);
    file = std::make_unique<ResultsFile>(path, all.sweep);
  }
  file->finish(true);
}

TEST(ResultsFile, SlabsAndInterruptionsLeaveNoTrace) {
  const Folder folder;
  const Solved all = solved();
  ResultsFile whole(folder.path("whole.h5"), head_of(all), all.sweep, all.settings,
                    {0, all.games, 0, all.results, all.results.size()});
  whole.finish(true);
  auto expected = stored_arrays(folder.path("whole.h5"));
  expected.erase("solve_seconds");
  EXPECT_GE(expected.size(), 25U);
  for (const auto& [reopen, extra] : {std::pair(false, 0U), std::pair(true, 0U), std::pair(true, 1U)}) {
    write_in_slabs(folder.path("slabs.h5"), all, reopen, extra);
    auto arrays = stored_arrays(folder.path("slabs.h5"));
    arrays.erase("solve_seconds");
    EXPECT_TRUE(arrays == expected);
    EXPECT_TRUE(state_of_results(folder.path("slabs.h5")).complete);
    EXPECT_FALSE(is_unfinished_results(folder.path("slabs.h5")));
  }
}

TEST(ResultsFile, IsReadableWhileItIsWritten) {
  const Folder folder;
  const Solved all = solved();
  const std::string path = folder.path("r.h5");
  const Results some = part_of(all, 0, 7);
  ResultsFile file(path, head_of(all), all.sweep, all.settings, {0, all.games, 0, some, 7});
  EXPECT_EQ(read_all(path, 100).size(), 7U);
  const Results more = part_of(all, 7, 30);
  file.append({0, all.games, 7, more, 20});  // not all of them are to be written
  EXPECT_EQ(read_all(path, 100).size(), 27U);
  // Nobody else may write it.
  EXPECT_THROW(ResultsFile(path, all.sweep), InputError);
  file.finish(false);
  EXPECT_EQ(read_all(path, 100).size(), 27U);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"r.h5"});
}

TEST(ResultsFile, LongNamesAreCutBetweenLetters) {
  const Folder folder;
  Solved all = solved();
  std::string name = "x";
  for (int k = 0; k < 300; ++k) name += "ä";
  std::visit([&](auto& game) { game.name = name; }, all.games.front());
  ResultsFile file(folder.path("r.h5"), head_of(all), all.sweep, all.settings,
                   {0, all.games, 0, all.results, all.results.size()});
  file.finish(true);
  const std::string cut = read_all(folder.path("r.h5"), 1).front().game_name;
  EXPECT_GT(cut.size(), 200U);
  EXPECT_EQ(cut, name.substr(0, cut.size()));
  EXPECT_EQ(cut.size() % 2, 1U);
}

TEST(ResultsFile, ChecksumsTellGamesApart) {
  const Solved all = solved();
  std::vector<std::uint64_t> sums;
  for (const Game& game : all.games) sums.push_back(checksum_of(game));
  for (std::size_t k = 0; k < sums.size(); ++k) {
    for (std::size_t other = 0; other < k; ++other) EXPECT_NE(sums[k], sums[other]);
  }
  Game renamed = all.games.front();
  std::get<NormalFormGame>(renamed).name = "other";
  EXPECT_EQ(checksum_of(renamed), sums.front());
  for (double& payoff : std::get<NormalFormGame>(renamed).payoffs) {
    const double before = payoff;
    payoff = std::nextafter(before, 10);
    EXPECT_NE(checksum_of(renamed), sums.front());
    payoff = before;
  }
}

TEST(ResultsFile, OtherFilesAreRefused) {
  const Folder folder;
  const auto expect_refusal = [](const std::string& file, const std::string& part) {
    try {
      open_hdf5_results(file);
      ADD_FAILURE() << file;
    } catch (const InputError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(file + ": ")) << error.what();
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
    EXPECT_FALSE(is_unfinished_results(file));
  };
  expect_refusal(folder.path("missing.h5"), "No such file");
  expect_refusal(folder.file("text.h5", "not HDF5"), "expected an HDF5 file");
  expect_refusal(folder.file("empty.h5", ""), "expected an HDF5 file");
}

TEST(ResultsFile, ReadsAndWritesNoOtherFile) {
  const Folder folder;
  const Solved all = solved();
  const auto write = [&](const std::string& name) {
    const Results some = part_of(all, 0, 7);
    ResultsFile(folder.path(name), head_of(all), all.sweep, all.settings, {0, all.games, 0, some, 7}).finish(false);
    return folder.path(name);
  };
  const std::string other = write("other.h5");
  const std::string untouched = cli_test::content_of(other);
  const std::string file = write("r.h5");
  for (const char* dataset : {"/policies", "/runs/status", "/runs/tau", "/games/name", "/finished"}) {
    SCOPED_TRACE(dataset);
    const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    ASSERT_GE(id, 0);
    ASSERT_GE(H5Lmove(id, dataset, id, "/kept", H5P_DEFAULT, H5P_DEFAULT), 0);
    ASSERT_GE(H5Lcreate_external(other.c_str(), dataset, id, dataset, H5P_DEFAULT, H5P_DEFAULT), 0);
    H5Fclose(id);
    EXPECT_THROW(read_all(file, 100), InputError);
    EXPECT_THROW(ResultsFile(file, all.sweep), InputError);
    const hid_t again = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    if (again >= 0) {
      H5Ldelete(again, dataset, H5P_DEFAULT);
      H5Lmove(again, "/kept", again, dataset, H5P_DEFAULT, H5P_DEFAULT);
      H5Fclose(again);
    }
    EXPECT_EQ(read_all(file, 100).size(), 7U);
  }
  EXPECT_EQ(cli_test::content_of(other), untouched);
}

/// Reads it, and fails the test where that ends in any other way than it should.
void read_or_refuse(const std::string& file) {
  const auto expect_one_line = [&](const InputError& error) {
    const std::string message = error.what();
    EXPECT_TRUE(message.starts_with(file + ": ") && message.find('\n') == std::string::npos) << message;
  };
  try {
    read_all(file, 100);
  } catch (const InputError& error) {
    expect_one_line(error);
  }
  try {
    state_of_results(file);
  } catch (const InputError& error) {
    expect_one_line(error);
  }
}

TEST(ResultsFile, DamageIsReadOrRefused) {
  const Folder folder;
  Solved all = solved();
  const Results some = part_of(all, 0, 30);
  ResultsFileHead head = head_of(all);
  head.compression = 1;
  const std::string path = folder.path("r.h5");
  ResultsFile file(path, head, all.sweep, all.settings, {0, all.games, 0, some, 30});
  file.finish(true);
  const std::string content = cli_test::content_of(path);
  ASSERT_LT(content.size(), 200'000U);
  for (std::size_t length = 0; length < content.size(); length += 1 + content.size() / 50) {
    SCOPED_TRACE(length);
    read_or_refuse(folder.file("cut.h5", content.substr(0, length)));
  }
  std::string changed = content;
  for (std::size_t at = 0; at < content.size(); at += (content[at] == '\0' ? 127 : 17) * (sanitized ? 7 : 1)) {
    SCOPED_TRACE(at);
    changed[at] = static_cast<char>(content[at] ^ (at % 3 == 0 ? 0xff : 1 << (at % 8)));
    read_or_refuse(folder.file("changed.h5", changed));
    changed[at] = content[at];
  }
}

}  // namespace
}  // namespace quantal::files
