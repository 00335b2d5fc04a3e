#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "bits_of.hpp"
#include "input_error.hpp"
#include "places.hpp"
#include "quantal/io.hpp"
#include "random_games.hpp"
#include "random_networks.hpp"

namespace quantal {
namespace {

namespace fs = std::filesystem;

std::string json_of(const Game& game) {
  std::ostringstream text;
  write_json(text, game);
  return text.str();
}

std::string nfg_of(const NormalFormGame& game) {
  std::ostringstream text;
  write_nfg(text, game);
  return text.str();
}

/// Of up to 3 agents and 6 states, actions that differ by state or do not, dense or sparse, with an initial
/// distribution or without.
MarkovGame any_markov_game(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<std::uint64_t>(n)); };
  const auto real = [&] { return 0x1p-53 * static_cast<double>(random() >> 11); };
  MarkovGame game;
  game.name = "markov " + std::to_string(seed);
  game.states = 1 + below(6);
  game.discount = real();
  const bool ragged = below(2) == 0;
  const bool sparse = below(2) == 0;
  const auto states = static_cast<std::size_t>(game.states);
  for (int agents = 1 + below(3); agents > 0; --agents) {
    const int same = 1 + below(4);
    for (std::size_t s = 0; s < states; ++s) game.actions.push_back(ragged ? 1 + below(4) : same);
  }
  const std::size_t rows = rows_before_states(game).back();
  game.rewards.resize(static_cast<std::size_t>(game.agents()) * rows);
  for (double& reward : game.rewards) reward = 200 * real() - 100;
  const auto distribution = [&](double left_out) {
    std::vector<double> p(states);
    for (double& x : p) x = real() < left_out ? 0 : 0.01 + real();
    p[static_cast<std::size_t>(below(game.states))] += 1;
    double sum = 0;
    for (const double x : p) sum += x;
    for (double& x : p) x /= sum;
    return p;
  };
  if (below(2) == 0) game.initial = distribution(0.2);
  if (sparse) game.row_begin = {0};
  for (std::size_t k = 0; k < rows; ++k) {
    const std::vector<double> row = distribution(0.5);
    for (std::size_t s = 0; s < states; ++s) {
      if (sparse && row[s] == 0 && below(4) > 0) continue;  // a few zeros are listed
      game.transitions.push_back(row[s]);
      if (sparse) game.next_state.push_back(static_cast<std::int32_t>(s));
    }
    if (sparse) game.row_begin.push_back(game.transitions.size());
  }
  return game;
}

/// Expects one game in `text`, and it to be `game` to the last bit.
void expect_reads_back(const std::string& text, const Game& game) {
  const std::vector<Game> games = parse_games(text, "written", "");
  ASSERT_EQ(games.size(), 1u) << text.substr(0, 1000);
  EXPECT_EQ(games[0], game) << text.substr(0, 1000);
  EXPECT_EQ(bits_of(games[0]), bits_of(game)) << text.substr(0, 1000);
}

void expect_round_trips(const Game& game) {
  SCOPED_TRACE(name_of(game));
  const std::string json = json_of(game);
  EXPECT_EQ(json.find('\n'), std::string::npos);
  expect_reads_back(json, game);
  if (const auto* const normal_form = std::get_if<NormalFormGame>(&game)) expect_reads_back(nfg_of(*normal_form), game);
}

/// Doubles of all signs and sizes.
std::vector<double> odd_numbers() {
  using Limits = std::numeric_limits<double>;
  return {0.0,
          -0.0,
          0.1,
          -0.1,
          1.0 / 3,
          1e16,
          1e17,
          123456789012345680.0,
          1e21,
          -1e22,
          1e-5,
          1e-7,
          5e-324,
          Limits::min(),
          Limits::max(),
          Limits::lowest(),
          9007199254740993.0,
          18446744073709551616.0,
          -9223372036854775808.0,
          0.30000000000000004};
}

TEST(WriteJson, NormalForm) {
  EXPECT_EQ(json_of(NormalFormGame{"g", {2, 1}, {1, -0.5, 1e30, -0.0}}),
            R"({"class": "normal_form", "name": "g", "actions": [2, 1], "payoffs": [[1, -0.5], [1e+30, -0.0]]})");
  EXPECT_EQ(json_of(NormalFormGame{"", {1}, {0}}), R"({"class": "normal_form", "actions": [1], "payoffs": [[0]]})");
}

TEST(WriteJson, Polymatrix) {
  EXPECT_EQ(
      json_of(PolymatrixGame{"p", {2, 1, 1}, {{0, 1, true, true}, {2, 0, false, true}}, {1, 2, 3, 4, 5, 6}}),
      R"({"class": "polymatrix", "name": "p", "actions": [2, 1, 1], "edges": [)"
      R"({"agents": [0, 1], "payoffs": [[[1], [2]], [[3], [4]]]}, {"agents": [2, 0], "payoffs": [null, [[5, 6]]]}]})");
  EXPECT_EQ(json_of(PolymatrixGame{"", {3}, {}, {}}), R"({"class": "polymatrix", "actions": [3], "edges": []})");
}

TEST(WriteJson, Markov) {
  MarkovGame game;
  game.name = "m";
  game.states = 2;
  game.actions = {2, 2, 1, 1};
  game.discount = 0.5;
  game.initial = {1, 0};
  game.rewards = {1, 2, 3, 4, 5, 6, 7, -0.0};
  game.transitions = {0.5, 0.5, 0, 1, 1, 0, 0.25, 0.75};
  EXPECT_EQ(json_of(game),
            R"({"class": "markov", "name": "m", "actions": [2, 1], "states": 2, "discount": 0.5, "initial": [1, 0], )"
            R"("rewards": [[[1, 2], [3, 4]], [[5, 6], [7, -0.0]]], )"
            R"("transitions": [[[0.5, 0.5], [0, 1]], [[1, 0], [0.25, 0.75]]]})");

  MarkovGame sparse;
  sparse.states = 2;
  sparse.actions = {2, 1, 1, 1};
  sparse.rewards = {1, 2, 3, 4, 5, 6};
  sparse.transitions = {1, 0.25, 0.75, 1};
  sparse.row_begin = {0, 1, 3, 4};
  sparse.next_state = {1, 0, 1, 1};
  EXPECT_EQ(json_of(sparse), R"({"class": "markov", "actions": [[2, 1], [1, 1]], "states": 2, "discount": 0, )"
                             R"("rewards": [[[1, 2], [3]], [[4, 5], [6]]], )"
                             R"("transitions": [[[[1, 1]], [[0, 0.25], [1, 0.75]]], [[[1, 1]]]]})");
}

TEST(WriteJson, NamesOfAnyKind) {
  for (const std::string name :
       {"a \"b\" \\ \\\\ / \b\f\n\r\t \x01\x7f", "caf\xC3\xA9 \xF0\x9F\x98\x80", "\\u0041", "{[:,"}) {
    expect_reads_back(json_of(NormalFormGame{name, {1}, {1}}), NormalFormGame{name, {1}, {1}});
  }
  expect_reads_back(json_of(NormalFormGame{"caf\xE9", {1}, {1}}), NormalFormGame{"caf\xEF\xBF\xBD", {1}, {1}});
}

TEST(WriteNfg, IsGambitsFormat) {
  // The first player's action fastest, all players' payoffs at each joint action.
  EXPECT_EQ(nfg_of({"a \"b\"", {2, 3}, {1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6}}),
            "NFG 1 R \"a \\\"b\\\"\" { \"1\" \"2\" } { 2 3 }\n\n1 -1\n4 -4\n2 -2\n5 -5\n3 -3\n6 -6\n");
}

TEST(WriteNfg, NamesOfAnyKind) {
  for (const std::string name : {"", "\"", "\"\"", "a\\b", "\"\\x", "new\nline", "caf\xE9", "{ 2 2 }", "\\x\\y"}) {
    SCOPED_TRACE(name);
    const NormalFormGame game{name, {1}, {1}};
    expect_reads_back(nfg_of(game), game);
  }
  // Backslashes that the format cannot hold.
  const auto becomes = [](const std::string& name, const std::string& read) {
    SCOPED_TRACE(name);
    expect_reads_back(nfg_of({name, {1}, {1}}), NormalFormGame{read, {1}, {1}});
  };
  becomes("a\\", "a/");
  becomes("a\\\\b", "a/\\b");
  becomes("a\\\"b", "a/\"b");
  becomes("\\\\\\", "///");
}

TEST(Writers, KeepOddNumbers) {
  const std::vector<double> numbers = odd_numbers();
  const int count = static_cast<int>(numbers.size());
  expect_round_trips(NormalFormGame{"odd", {count}, numbers});
  expect_round_trips(PolymatrixGame{"odd", {count, 1}, {{0, 1, true, false}}, numbers});
  MarkovGame markov;
  markov.name = "odd";
  markov.states = 1;
  markov.actions = {count};
  markov.rewards = numbers;
  markov.discount = std::nextafter(1.0, 0.0);
  markov.initial = {std::nextafter(1.0, 2.0)};
  markov.transitions.assign(numbers.size(), std::nextafter(1.0, 0.0));
  expect_round_trips(markov);
}

TEST(Writers, KeepRandomGames) {
  for (const std::vector<int>& actions :
       {std::vector<int>{1}, {5}, {2, 2}, {3, 1, 4}, {2, 3, 2, 3, 2}, {40, 50}, {1, 1, 1}}) {
    expect_round_trips(random_game(actions, 7));
  }
  for (std::uint64_t seed = 0; seed < 50; ++seed) expect_round_trips(random_mixed_network(seed));
  for (std::uint64_t seed = 0; seed < 200; ++seed) expect_round_trips(any_markov_game(seed));
}

TEST(Writers, KeepTheGamesOfTheTests) {
  for (const fs::path& directory :
       {tests_folder() / "data" / "classics", tests_folder() / "data" / "games", games_folder()}) {
    if (!fs::is_directory(directory)) continue;  // the last one need not be there
    for (const Game& game : read_games(directory)) expect_round_trips(game);
  }
}

TEST(Writers, RefuseWhatIsNoGame) {
  std::ostringstream out;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  testing::expect_message(testing::input_error([&] {
                            write_json(out, NormalFormGame{"", {1}, {nan}});
                          }),
                          "expected", "finite");
  testing::expect_message(testing::input_error([&] {
                            write_json(out, PolymatrixGame{"", {1, 1}, {{0, 0, true, true}}, {1, 1}});
                          }),
                          "edge 0", "different agents");
  testing::expect_message(testing::input_error([&] { write_nfg(out, {"", {2}, {1}}); }), "expected", "2 payoffs");
  MarkovGame markov;
  markov.states = 1;
  markov.actions = {1};
  markov.rewards = {0};
  markov.transitions = {0.5};
  testing::expect_message(testing::input_error([&] { write_json(out, markov); }), "row 0", "sum to 1, found 0.5");
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace quantal
