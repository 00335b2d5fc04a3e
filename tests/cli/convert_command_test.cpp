// `quantal convert`: what it writes reads back as the same games, and what it cannot write it says.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "places.hpp"
#include "process.hpp"
#include "quantal/quantal.hpp"
#include "small_games.hpp"

namespace quantal::cli_test {
namespace {

constexpr std::string_view network = R"({"class": "polymatrix", "name": "path", "actions": [2, 2, 1], "edges": [
    {"agents": [0, 1], "payoffs": [[[0.1, -0.0], [0, 2]], null]},
    {"agents": [1, 2], "payoffs": [[[1], [2]], [[3], [4e-300]]]}]})";

void expect_silent_success(const Outcome& outcome) {
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output + outcome.errors, "");
}

/// One line, exit code 2, and all of the words.
TEST(Convert, WritesOneGameALine) {
  const Folder folder;
  const std::string pd = folder.file("pd.nfg", prisoners);
  const std::string path = folder.file("path.json", network);
  const Outcome outcome = run({"convert", pd, path});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(lines_of(outcome.output).size(), 2u) << outcome.output;
  const std::vector<Game> games = parse_games(outcome.output, "output", "");
  ASSERT_EQ(games.size(), 2u);
  EXPECT_EQ(games[0], read_games(pd)[0]);
  EXPECT_EQ(games[1], read_games(path)[0]);
}

TEST(Convert, WritesEveryFormatByItsName) {
  const Folder folder;
  const std::string pd = folder.file("pd.nfg", prisoners);
  const std::string several =
      folder.file("several.jsonl", std::string(pennies) + "\n" + nlohmann::json::parse(network).dump());

  expect_silent_success(run({"convert", pd, "-o", folder.path("pd.json")}));
  EXPECT_EQ(nlohmann::json::parse(content_of(folder.path("pd.json"))).at("class"), "normal_form");
  EXPECT_EQ(read_games(folder.path("pd.json")), read_games(pd));

  expect_silent_success(run({"convert", several, "-o", folder.path("several.json")}));
  EXPECT_EQ(nlohmann::json::parse(content_of(folder.path("several.json"))).size(), 2u);
  EXPECT_EQ(read_games(folder.path("several.json")), read_games(several));

  expect_silent_success(run({"convert", folder.path("several.json"), "--output", folder.path("again.jsonl")}));
  EXPECT_EQ(lines_of(content_of(folder.path("again.jsonl"))).size(), 2u);
  EXPECT_EQ(read_games(folder.path("again.jsonl")), read_games(several));

  expect_silent_success(run({"convert", folder.path("pd.json"), "-o", folder.path("pd2.nfg")}));
  EXPECT_TRUE(
      content_of(folder.path("pd2.nfg")).starts_with("NFG 1 R \"Prisoner's dilemma\" { \"1\" \"2\" } { 2 2 }\n"));
  EXPECT_EQ(read_games(folder.path("pd2.nfg")), read_games(pd));
}

TEST(Convert, KeepsTheClassicsThroughEveryFormat) {
  const Folder folder;
  int number = 0;
  for (const auto& entry : std::filesystem::directory_iterator(tests_folder() / "data" / "classics")) {
    const std::string name = "classic" + std::to_string(number++);
    const std::string json = folder.path(name + ".json");
    const std::string nfg = folder.path(name + ".nfg");
    expect_silent_success(run({"convert", entry.path().string(), "-o", json}));
    expect_silent_success(run({"convert", json, "-o", nfg}));
    EXPECT_EQ(read_games(nfg), read_games(entry.path()));
  }
}

TEST(Convert, TurnsNetworksIntoNormalForm) {
  const Folder folder;
  const std::string path = folder.file("path.json", network);
  const std::string nfg = folder.path("path.nfg");
  expect_silent_success(run({"convert", path, "--to", "normal-form", "-o", nfg}));
  const NormalFormGame expected = to_normal_form(std::get<PolymatrixGame>(read_games(path)[0]));
  EXPECT_EQ(read_games(nfg)[0], Game(expected));

  // Games in normal form stay as they are.
  Invocation invocation;
  invocation.arguments = {"convert", "-", path, "--to=normal-form"};
  invocation.input = std::string(pennies);
  const std::vector<Game> games = parse_games(run(invocation).output, "output", "");
  ASSERT_EQ(games.size(), 2u);
  EXPECT_EQ(name_of(games[0]), "pennies");
  EXPECT_EQ(games[1], Game(expected));
}

TEST(Convert, RefusesWhatItCannotWriteAndLeavesNothing) {
  const Folder folder;
  const std::string pd = folder.file("pd.nfg", prisoners);
  const std::string path = folder.file("path.json", network);
  const std::string bad = folder.file("bad.json", "{\"class\": \"polymatrix\",\n\"edges\": [7]}");
  const std::string out = folder.file("out.nfg", "what was here before");
  std::string many_actions = "2";
  for (int i = 1; i < 40; ++i) many_actions += ",2";
  const std::string large = folder.file(
      "large.json", R"({"class": "polymatrix", "name": "large", "edges": [], "actions": [)" + many_actions + "]}");
  const std::vector<std::string> names = folder.names();

  expect_refusal(run({"convert", pd, pd, "-o", out}), {"--output", "expected exactly one game", "found 2", ".jsonl"});
  expect_refusal(run({"convert", path, "-o", out}),
                 {"expected a game in normal form", "the polymatrix game 'path'", "--to normal-form"});
  expect_refusal(run({"convert", large, "--to", "normal-form", "-o", out}),
                 {"game 'large'", "at most 268435456 payoffs", "found 4.398e+13 (40 agents)"});
  expect_refusal(run({"convert", pd, bad, "-o", out}), {bad + ":2: ", "edges[0]"});
  expect_refusal(run({"convert", pd, "-o", folder.path("new.txt")}),
                 {"new.txt", "expected a name that ends in .json, .jsonl, .nfg, .gam, .h5, .npy or .npz"});
  expect_refusal(run({"convert", pd, "-o", folder.path("missing/out.json")}), {"No such file or directory"});
  expect_refusal(run({"convert", pd, "-o", pd}), {"one of the games to read"});
  expect_refusal(run({"convert"}), {"no games", "quantal convert game.nfg"});
  expect_refusal(run({"convert", pd, "--to", "polymatrix"}), {"--to: 'polymatrix' is not known", "normal-form"});
  expect_refusal(run({"convert", pd, "--tau", "1"}), {"unknown option --tau", "quantal convert --help"});
  EXPECT_EQ(content_of(out), "what was here before");
  EXPECT_EQ(folder.names(), names);
}

TEST(Convert, WritesBatches) {
  const Folder folder;
  const std::string games = folder.path("games.jsonl");
  expect_silent_success(
      run({"generate", "polymatrix", "--graph", "ring", "--agents", "3", "--count", "500", "-o", games}));
  const std::string h5 = folder.path("games.h5");
  const std::string again = folder.path("again.jsonl");
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--compress", "9"}}) {
    std::vector<std::string> arguments = {"convert", games, "-o", h5};
    arguments.insert(arguments.end(), more.begin(), more.end());
    expect_silent_success(run(arguments));
    expect_silent_success(run({"convert", h5, "-o", again}));
    EXPECT_EQ(content_of(again), content_of(games));
  }
  expect_silent_success(run({"convert", h5, "--to", "normal-form", "-o", folder.path("games.npy")}));
  EXPECT_EQ(run({"info", folder.path("games.npy")}).output.substr(0, 8), "games#1\n");
  const std::vector<std::string> names = folder.names();
  expect_refusal(run({"convert", games, "-o", folder.path("new.npy")}), {"in normal form", "--to normal-form"});
  expect_refusal(run({"convert", games, "-o", again, "--compress", "1"}), {"--compress", "ends in .h5"});
  expect_refusal(run({"convert", games, "-o", h5, "--compress", "10"}), {"--compress: '10' is out of range"});
  expect_refusal(run({"convert", h5, "-o", h5}), {"one of the games to read"});
  expect_refusal(run({"convert", games, "-o", "/dev/null"}), {"expected a name that ends in"});
  EXPECT_EQ(folder.names(), names);
}

TEST(Convert, SaysWhenTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const Folder folder;
  Invocation invocation;
  invocation.arguments = {"convert", folder.file("pd.nfg", prisoners)};
  invocation.output_file = "/dev/full";
  const Outcome outcome = run(invocation);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.errors, "quantal: writing to standard output failed: No space left on device\n");
}

TEST(Convert, LetsReadersGo) {
  const Folder folder;
  std::string games;
  for (int k = 0; k < 20000; ++k) games += std::string(pennies) + "\n";
  Invocation invocation;
  invocation.arguments = {"convert", folder.file("many.jsonl", games)};
  invocation.stop_reading = true;
  const Outcome outcome = run(invocation);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.errors, "");
}

TEST(Convert, HelpTeaches) {
  const Outcome help = run({"convert", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const std::string word : {"--to", "normal-form", "--output", "--compress", ".nfg", ".gam", ".jsonl", ".h5",
                                 ".npy", ".npz", "/normal_form/NAME/payoffs", "Examples", "Exit codes", "2^28"}) {
    EXPECT_NE(help.output.find(word), std::string::npos) << word;
  }
  for (const std::string& line : lines_of(help.output)) EXPECT_LE(line.size(), 100u) << line;
  EXPECT_NE(run({"--help"}).output.find("quantal convert --help"), std::string::npos);
}

}  // namespace
}  // namespace quantal::cli_test
