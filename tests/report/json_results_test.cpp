// Results of `quantal solve --format json`, read back: all that is in them, and what is said of files that are not.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/process.hpp"
#include "host/files/results_source.hpp"
#include "io/input_error.hpp"

namespace quantal::files {
namespace {

using cli_test::Folder;
using quantal::testing::expect_message;
using quantal::testing::input_error;

const std::string head =
    R"head("quantal": {"version": "0.1.0", "backend": "cpu (avx2, 8 threads)", "precision": "double", "seed": 0, )head"
    R"("gap_tolerance": null, "max_iterations": 1000, "news": [{"a": [1, "]}"]}], "runs": 2})";
const std::string summary = R"("summary": {"finished": 2, "converged": 1, "solve_seconds": 0.5})";
const std::string first_run =
    R"({"game": "a \"b\" \u00e9\ud83c\udfb2", "game_index": 0, "class": "normal_form", "run": 0, "tau": 0.5, "lambda": 2, "eta": 0.1, "start": 0, )"
    R"("status": "converged", "iterations": 7, "qre_gap": 1e-9, "qre_gap_per_agent": [1e-9, 0], "nash_gap": 0.25, )"
    R"("policies": [[0.25, 0.75], [1]], "gap_history": {"iteration": [0, 5, 7], "qre_gap": [1, 0.5, 1e-9]}})";
const std::string second_run =
    R"({"game": "m", "game_index": 1, "class": "markov", "run": 1, "tau": [null, 2], "lambda": [0, 0.5], "eta": null, "start": 3, )"
    R"("status": "not_finite", "iterations": 1000, "qre_gap": null, "qre_gap_per_agent": [null], "nash_gap": 1e-400, )"
    R"("policies": [[[0.5, 0.5], [1]], [[1], [0, null, 1]]], "initial_values": [1], "evaluation": "direct"})";
const std::string whole_file =
    "{" + head + ",\n \"runs\": [\n" + first_run + ",\n" + second_run + "\n],\n " + summary + "}\n";

std::vector<RunRecord> read_all(const std::string& file, std::size_t slab = 1) {
  const std::unique_ptr<ResultsSource> source = open_results(file);
  std::vector<RunRecord> runs;
  while (true) {
    std::vector<RunRecord> more = source->next(slab);
    if (more.empty()) return runs;
    EXPECT_LE(more.size(), slab);
    runs.insert(runs.end(), more.begin(), more.end());
  }
}

void expect_the_two_runs(const std::vector<RunRecord>& runs) {
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].game_name, "a \"b\" \xc3\xa9\xf0\x9f\x8e\xb2");
  EXPECT_EQ(runs[0].game_class, "normal_form");
  EXPECT_EQ(runs[0].tau, std::vector<double>{0.5});
  EXPECT_EQ(runs[0].eta, 0.1);
  EXPECT_EQ(runs[0].status, Status::converged);
  EXPECT_EQ(runs[0].iterations, 7);
  EXPECT_EQ(runs[0].qre_gap, 1e-9);
  EXPECT_EQ(runs[0].nash_gap, 0.25);
  EXPECT_EQ(runs[0].states, 1);
  EXPECT_EQ(runs[0].actions, (std::vector<int>{2, 1}));
  EXPECT_EQ(runs[0].policies, (std::vector<double>{0.25, 0.75, 1}));
  EXPECT_EQ(runs[0].history_iteration, (std::vector<std::int64_t>{0, 5, 7}));
  EXPECT_EQ(runs[0].history_gap, (std::vector<double>{1, 0.5, 1e-9}));
  EXPECT_EQ(runs[1].run, 1u);
  EXPECT_EQ(runs[1].game, 1u);
  EXPECT_EQ(runs[1].start, 3u);
  EXPECT_EQ(runs[1].tau, (std::vector<double>{std::numeric_limits<double>::infinity(), 2}));
  EXPECT_EQ(runs[1].status, Status::not_finite);
  EXPECT_TRUE(std::isnan(runs[1].eta) && std::isnan(runs[1].qre_gap));
  EXPECT_EQ(runs[1].nash_gap, 0);
  EXPECT_EQ(runs[1].states, 2);
  EXPECT_EQ(runs[1].actions, (std::vector<int>{2, 1, 1, 3}));
  EXPECT_TRUE(runs[1].history_gap.empty());
}

TEST(JsonResults, HaveAllThatWasWritten) {
  const Folder folder;
  const std::string file = folder.file("results.json", whole_file);
  for (const std::size_t slab : {1, 2, 100}) expect_the_two_runs(read_all(file, slab));
  const std::unique_ptr<ResultsSource> source = open_results(file);
  EXPECT_EQ(source->head().version, "0.1.0");
  EXPECT_EQ(source->head().backend, "cpu (avx2, 8 threads)");
  EXPECT_EQ(source->head().max_iterations, 1000);
  EXPECT_EQ(source->head().runs, 2u);
  while (!source->next(1).empty()) {
  }
  EXPECT_EQ(source->head().solve_seconds, 0.5);
  EXPECT_EQ(source->head().finished, 2u);
  EXPECT_FALSE(source->head().gap_tolerance);
  EXPECT_FALSE(source->head().by_lambda);
}

TEST(JsonResults, MayBeFormattedAnyWay) {
  const Folder folder;
  const nlohmann::json parsed = nlohmann::json::parse(whole_file.substr(0, whole_file.find("1e-400")) + "0" +
                                                      whole_file.substr(whole_file.find("1e-400") + 6));
  expect_the_two_runs(read_all(folder.file("dense.json", parsed.dump())));
  expect_the_two_runs(read_all(folder.file("wide.json", "\xEF\xBB\xBF\r\n" + parsed.dump(7) + "\n\n")));
  expect_the_two_runs(read_all(folder.file(
      "backwards.json", "{\"runs\": [" + first_run + ", " + second_run + "], \"more\": {}, " + head + "}")));
}

/// The message for a file with this content, all of which is read.
std::string complaint(const std::string& content) {
  const Folder folder;
  const std::string file = folder.file("r.json", content);
  const std::string message = input_error([&] { read_all(file); });
  return message.substr(0, file.size()) == file ? "r.json" + message.substr(file.size()) : message;
}

std::string replaced(const std::string& what, const std::string& with) {
  const std::size_t at = whole_file.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return whole_file.substr(0, at) + with + whole_file.substr(at + what.size());
}

TEST(JsonResults, SayWhereTheyAreWrong) {
  const std::string shape = R"(expected results of quantal solve, {"quantal": {..}, "runs": [..]})";
  expect_message(complaint(""), "r.json:1: ", shape + ", found the end of the file");
  expect_message(complaint("NFG 1 R"), "r.json:1: ", shape + ", found 'N'");
  expect_message(complaint("\n[]"), "r.json:2: ", shape);
  expect_message(complaint("{}"), "r.json:1: ", shape);
  expect_message(complaint(R"({"class": "normal_form", "actions": [2, 2]})"), "r.json:1: ", "the key \"runs\"");
  expect_message(complaint("{\"runs\": []}"), "r.json:1: ", "the key \"quantal\"");
  expect_message(complaint("{" + head + ", \"runs\": {}}"), "r.json:1: ", "an array of runs");
  expect_message(complaint("{" + head + "}"), "r.json:1: ", "the key \"runs\"");
  expect_message(complaint("{" + head + ", \"runs\": []} x"), "r.json:1: ", "the end of the file, found 'x'");
  expect_message(complaint("{\"quantal\": 1, \"runs\": []}"), "r.json:1: ", "in braces");
  expect_message(complaint("\x89PNG\r\n\x1a\n binary"), "r.json:1: ", "found a byte of binary data");

  expect_message(complaint(replaced("\"run\": 1", "\"run\": -1")), "r.json:4: ", "a whole number");
  expect_message(complaint(replaced("\"run\": 1", "\"run\": 1.5")), "r.json:4: ", "a whole number");
  expect_message(complaint(replaced("\"tau\": 0.5", "\"tau\": -0.5")), "r.json:3: ", "a temperature >= 0");
  expect_message(complaint(replaced("\"tau\": 0.5", "\"tau\": \"0.5\"")), "r.json:3: ", "a temperature >= 0");
  expect_message(complaint(replaced("\"tau\": 0.5", "\"tau\": []")), "r.json:3: ", "at least one temperature");
  expect_message(complaint(replaced("\"tau\": 0.5", "\"tau\": [1, 1, 1]")), "r.json:3: ", "one an agent");
  expect_message(complaint(replaced("\"converged\"", "\"fine\"")), "r.json:3: ", "a status such as");
  expect_message(complaint(replaced("\"qre_gap\": 1e-9,", "\"qre_gap\": 1e999,")), "r.json:3: ", "fits into a double");
  expect_message(complaint(replaced("\"qre_gap\": 1e-9,", "\"qre_gap\": nan,")), "r.json:3: ", "found 'nan");
  expect_message(complaint(replaced("\"nash_gap\": 0.25, ", "")), "r.json:3: ", "the key \"nash_gap\"");
  expect_message(complaint(replaced("\"nash_gap\": 0.25", "\"qre_gap\": 1")), "r.json:3: ", "each key of a run once");
  expect_message(complaint(replaced("[[0.25, 0.75], [1]]", "[]")), "r.json:3: ", "at least one agent");
  expect_message(complaint(replaced("[[0.25, 0.75], [1]]", "[[]]")), "r.json:3: ", "at least one action");
  expect_message(complaint(replaced("[[0.25, 0.75], [1]]", "[[[1]]]")), "r.json:3: ", "without states");
  expect_message(complaint(replaced("[[0.25, 0.75], [1]]", "[[1], [[1]]]")), "r.json:3: ", "by state, or of none");
  expect_message(complaint(replaced("[[1], [0, null, 1]]", "[[1]]")), "r.json:4: ", "as many states");
  expect_message(complaint(replaced("\"markov\"", "\"chess\"")), "r.json:4: ", "the class");
  expect_message(complaint(replaced("[0, 5, 7]", "[0, 7, 5]")), "r.json:3: ", "rising order");
  expect_message(complaint(replaced("[0, 5, 7]", "[0, 5]")), "r.json:3: ", "as many gaps as iterations");
  expect_message(complaint(replaced("\\u00e9", "\\u00g9")), "r.json:3: ", "hexadecimal");
  expect_message(complaint(replaced("\\u00e9", "\\x")), "r.json:3: ", "an escape sequence");
  expect_message(complaint(replaced("\"eta\": 0.1", "\"eta\": 00.1")), "r.json:3: ", "\",\" or \"}\"");
  expect_message(complaint(replaced("},\n{", "}\n{")), "r.json:4: ", "\",\" or \"]\" after a run, found '{'");
}

TEST(JsonResults, AreRefusedWhereverTheyAreCutOff) {
  const Folder folder;
  const std::string file = folder.path("cut.json");
  const std::size_t end = whole_file.rfind('}');
  for (std::size_t size = 0; size <= end; size += size < 400 ? 1 : 3) {
    folder.file("cut.json", whole_file.substr(0, size));
    const std::string message = input_error([&] { read_all(file); });
    EXPECT_TRUE(message.starts_with(file + ":")) << size << ": " << message;
  }
}

TEST(JsonResults, OfAnyBytesAreReadOrRefused) {
  const Folder folder;
  std::uint64_t random = 7;
  const auto next = [&](std::size_t below) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(random >> 33) % below;
  };
  const std::string bytes = "{}[],:\"\\0-1e.tnu \n\xff";
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string content = whole_file;
    for (std::size_t changes = 1 + next(4); changes > 0; --changes)
      content[next(content.size())] = bytes[next(bytes.size())];
    try {
      read_all(folder.file("r.json", content));
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(JsonResults, MayNestDeeply) {
  const Folder folder;
  const std::string deep(2'000'000, '[');
  const std::string closed = deep + std::string(2'000'000, ']');
  expect_the_two_runs(read_all(folder.file("r.json", replaced("\"news\": [", "\"news\": [" + closed + ", "))));
  expect_message(complaint("{\"quantal\": " + deep), "r.json:1: ", "expected");
}

TEST(JsonResults, OfMissingFilesSayWhich) {
  const Folder folder;
  EXPECT_NE(
      input_error([&] { open_results(folder.path("none.json")); }).find("none.json: cannot be read: No such file"),
      std::string::npos);
  EXPECT_NE(input_error([&] { open_results(folder.path("")); }).find("found a directory"), std::string::npos);
}

}  // namespace
}  // namespace quantal::files
