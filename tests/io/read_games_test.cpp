#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "input_error.hpp"
#include "places.hpp"
#include "quantal/io.hpp"

namespace quantal {
namespace {

namespace fs = std::filesystem;
using testing::expect_message;
using testing::input_error;

const fs::path games_in_tests = tests_folder() / "data" / "games";

/// An empty directory for one test.
class ReadGames : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "quantal-io-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path write(const std::string& name, const std::string& text) const {
    const fs::path path = directory_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  void expect_refused(const fs::path& path, const std::string& place, const std::string& words) const {
    expect_message(input_error([&] { read_games(path); }), path.string() + place, words);
  }

  fs::path directory_;
};

std::vector<std::string> names(const std::vector<Game>& games) {
  std::vector<std::string> all;
  for (const Game& game : games) all.push_back(name_of(game));
  return all;
}

TEST_F(ReadGames, ADirectoryIsReadInTheOrderOfItsFilesNames) {
  const std::vector<Game> games = read_games(games_in_tests);
  EXPECT_EQ(names(games), (std::vector<std::string>{"Prisoner's dilemma", "Ragged, \"by outcomes\"", "pennies",
                                                    "c_several#2", "d_array", "path", "dense", "f_markov#2"}));
  EXPECT_EQ(games[0], Game(NormalFormGame{"Prisoner's dilemma", {2, 2}, {-1, -3, 0, -2, -1, 0, -3, -2}}));
  EXPECT_EQ(games[4], Game(NormalFormGame{"d_array", {3}, {7, 8, 9}}));
  EXPECT_EQ(games[5], Game(PolymatrixGame{
                          "path", {2, 2, 1}, {{0, 1, true, false}, {1, 2, true, true}}, {1, -0.5, 0, 2, 1, 2, 3, 40}}));
  MarkovGame sparse;
  sparse.name = "f_markov#2";
  sparse.states = 2;
  sparse.actions = {1, 1, 2, 1};
  sparse.rewards = {1, 2, 0, 0, 0, 0};
  sparse.transitions = {0.5, 0.5, 1, 1};
  sparse.row_begin = {0, 2, 3, 4};
  sparse.next_state = {0, 1, 1, 1};
  EXPECT_EQ(games[7], Game(sparse));
}

TEST_F(ReadGames, ADirectoryLeavesOutWhatIsNotAGame) {
  const std::string text = "NFG 1 R \"\" { \"a\" } { 1 } 5\n";
  write("b.nfg", text);
  write("B.nfg", text);
  write("a.v2.nfg", text);
  write("notes.txt", "not a game");
  write("old.nfg~", "not a game");
  fs::create_directory(directory_ / "more.nfg");
  EXPECT_EQ(names(read_games(directory_)), (std::vector<std::string>{"B", "a.v2", "b"}));
}

TEST_F(ReadGames, ContentNotExtensionTellsTheFormat) {
  EXPECT_EQ(names(read_games(write("game.txt", " \n{\"class\":\"normal_form\",\"actions\":[1],\"payoffs\":[[1]]}"))),
            std::vector<std::string>{"game"});
  EXPECT_EQ(names(read_games(write("game.json", "\r\n NFG 1 R \"\" { \"a\" } { 1 } 5"))),
            std::vector<std::string>{"game"});
}

TEST_F(ReadGames, ALargeFileIsReadWhole) {
  std::string text;
  for (int k = 0; k < 50000; ++k) {
    text += "{\"class\":\"normal_form\",\"actions\":[2],\"payoffs\":[[" + std::to_string(k) + ",0.125]]}\n";
  }
  const std::vector<Game> games = read_games(write("large.jsonl", text));
  ASSERT_EQ(games.size(), 50000u);
  EXPECT_EQ(games.back(), Game(NormalFormGame{"large#50000", {2}, {49999, 0.125}}));
}

TEST_F(ReadGames, StandardInput) {
  std::istringstream in("NFG 1 R \"\" { \"a\" } { 1 }\n5");
  std::streambuf* const usual = std::cin.rdbuf(in.rdbuf());
  std::vector<Game> games;
  EXPECT_NO_THROW(games = read_games("-"));
  in.str("");
  std::cin.clear();
  const std::string message = input_error([] { read_games("-"); });
  std::cin.rdbuf(usual);
  std::cin.clear();
  ASSERT_EQ(games.size(), 1u);
  EXPECT_EQ(games[0], Game(NormalFormGame{"stdin", {1}, {5}}));
  expect_message(message, "<stdin>:1: ", "expected a game, the file is empty");
}

TEST_F(ReadGames, FilesThatCannotBeRead) {
  expect_refused(directory_ / "missing.nfg", ": ", "No such file or directory");
  expect_refused(directory_ / "missing" / "x.nfg", ": ", "No such file or directory");
  expect_refused(write("file.nfg", "") / "x.nfg", ": ", "directory");
  expect_refused("", ": ", "No such file or directory");
  expect_refused(directory_ / std::string(5000, 'x'), ": ", "too long");
  fs::create_directory(directory_ / "empty");
  expect_refused(directory_ / "empty", ": ", "expected a directory with .nfg, .gam, .json or .jsonl files, found none");
  const fs::path locked = write("locked.nfg", "NFG");
  fs::permissions(locked, fs::perms::none);
  if (geteuid() != 0) expect_refused(locked, ": ", "Permission denied");
}

TEST_F(ReadGames, FilesThatHoldNoGame) {
  expect_refused(write("empty.nfg", ""), ":1: ", "expected a game, the file is empty");
  expect_refused(write("blank.json", " \n\n \r\n"), ":1: ", "expected a game, the file is empty");
  expect_refused(write("mark.json", "\xEF\xBB\xBF"), ":1: ", "expected a game, the file is empty");
  expect_refused(write("text.nfg", "\n\nhello world\n"), ":3: ", "found \"hello\"");
  expect_refused(write("tree.nfg", "EFG 2 R \"\" { }"), ":1: ", "found \"EFG\"");
  expect_refused(write("noise.nfg", std::string("\x89HDF\r\n\x1a\n\0\0\xff", 11)), ":1: ", "found \"\\x89HDF\"");
  expect_refused(write("zeros.json", std::string(100000, '\0')), ":1: ", "found \"\\x00\\x00");
  expect_refused(write("number.json", "42"), ":1: ", "expected the number of actions of player 1 of 42");
}

TEST_F(ReadGames, AFileInADirectoryIsNamedInMessages) {
  write("a.nfg", "NFG 1 R \"\" { \"a\" } { 1 } 5\n");
  const fs::path bad = write("b.nfg", "NFG 1 R \"\" { \"a\" } { 1 }\nx\n");
  expect_message(input_error([&] { read_games(directory_); }),
                 bad.string() + ":2: ", "expected a number for payoff 1 of 1");
}

// Every game of a directory of Gambit's, against sums of k times payoff k (from 1, joint actions row-major, an agent at
// a time) that pygambit 16.7 gave with exact fractions.
TEST(GambitsGames, HaveThePayoffsThatGambitReads) {
  const fs::path directory = games_folder();
  if (!fs::is_directory(directory)) GTEST_SKIP() << "no directory of games at " << directory << " (QUANTAL_GAMES_DIR)";
  std::ifstream table(tests_folder() / "data" / "gambit_checksums.csv");
  std::string line;
  int compared = 0;
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string file;
    std::string shape;
    std::string sums;
    std::getline(fields, file, ',');
    std::getline(fields, shape, ',');
    std::getline(fields, sums);
    SCOPED_TRACE(file);
    if (!fs::exists(directory / file)) continue;
    ++compared;
    const std::vector<Game> games = read_games(directory / file);
    ASSERT_EQ(games.size(), 1u);
    const auto& game = std::get<NormalFormGame>(games[0]);
    std::string actions;
    for (const int m : game.actions) actions += (actions.empty() ? "" : " ") + std::to_string(m);
    EXPECT_EQ(actions, shape);
    const std::size_t joint = joint_actions(game.actions);
    std::istringstream expected(sums);
    for (std::size_t i = 0; i < game.actions.size(); ++i) {
      double sum = 0.0;
      double size = 0.0;
      for (std::size_t a = 0; a < joint; ++a) {
        const double term = static_cast<double>(a + 1) * game.payoffs[i * joint + a];
        sum += term;
        size += std::abs(term);
      }
      double wanted = 0.0;
      ASSERT_TRUE(expected >> wanted);
      EXPECT_NEAR(sum, wanted, 1e-13 * size) << "agent " << i;
    }
  }
  if (compared == 0) GTEST_SKIP() << "none of the games that the table knows is in " << directory;
}

}  // namespace
}  // namespace quantal
