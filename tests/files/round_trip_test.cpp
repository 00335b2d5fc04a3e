// What goes into a file comes out of it, bit for bit, whatever the class of the games.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <sstream>

#include "game_files.hpp"
#include "io/input_error.hpp"
#include "quantal/io.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"

namespace quantal::files_test {
namespace {

using testing::input_error;

constexpr double denormal = 0x1p-1074;

/// Games in normal form of one shape, some with numbers that are easily lost.
std::vector<Game> normal_forms(std::size_t count, const std::vector<int>& actions) {
  std::vector<Game> games;
  for (std::size_t k = 0; k < count; ++k) {
    NormalFormGame game = random_game(actions, k);
    game.payoffs[k % game.payoffs.size()] = std::vector<double>{-0.0, denormal, 0.1, 1.7976931348623157e308}[k % 4];
    game.name = "game " + std::string(k % 7, 'x') + std::to_string(k);
    games.emplace_back(std::move(game));
  }
  return games;
}

std::vector<Game> nameless(std::vector<Game> games, const std::string& stem) {
  for (std::size_t k = 0; k < games.size(); ++k) {
    games[k] = renamed(std::move(games[k]), games.size() == 1 ? stem : stem + "#" + std::to_string(k + 1));
  }
  return games;
}

void expect_same(const std::vector<Game>& games, const std::vector<Game>& expected) {
  ASSERT_EQ(games.size(), expected.size());
  for (std::size_t k = 0; k < games.size(); ++k) {
    EXPECT_EQ(games[k], expected[k]) << k;
    EXPECT_EQ(bits_of(games[k]), bits_of(expected[k])) << k;
  }
}

TEST(RoundTrip, NormalFormsThroughHdf5) {
  const Folder folder;
  for (const std::vector<int>& actions : {std::vector<int>{2, 2}, {1}, {3, 1, 2}, std::vector<int>(10, 2)}) {
    for (const std::size_t count : {1, 2, 1000}) {
      const std::vector<Game> games = normal_forms(count, actions);
      expect_same(games_in(write_games(folder.path("a.h5"), games)), games);
      expect_same(games_in(write_games(folder.path("b.hdf5"), games, 6)), games);
    }
  }
  // Of so many agents there is an axis for each, and no room for another.
  expect_same(games_in(write_games(folder.path("many.h5"), normal_forms(3, std::vector<int>(29, 1)))),
              normal_forms(3, std::vector<int>(29, 1)));
  EXPECT_NE(input_error([&] {
              write_games(folder.path("more.h5"), normal_forms(1, std::vector<int>(30, 1)));
            }).find("expected at most 29 agents for an .h5 file, found 30"),
            std::string::npos);
}

TEST(RoundTrip, NetworksThroughHdf5) {
  const Folder folder;
  std::vector<Game> games;
  PolymatrixGame network = random_network({2, 3, 1, 4}, 0.7, 1);
  for (int k = 0; k < 5; ++k) {
    network.name = "network " + std::to_string(k);
    for (double& payoff : network.payoffs) payoff = -payoff / 3;
    games.emplace_back(network);
  }
  PolymatrixGame other = random_network({2, 2, 2, 2, 2}, 0.9, 2);
  other.name = "other";
  games.emplace_back(other);
  games.emplace_back(PolymatrixGame{"edgeless", {2, 2, 2, 2, 2, 2}, {}, {}});
  expect_same(games_in(write_games(folder.path("a.h5"), games)), games);
  expect_same(games_in(write_games(folder.path("b.h5"), games, 1)), games);
}

TEST(RoundTrip, MarkovGamesThroughHdf5) {
  const Folder folder;
  for (const bool is_ragged : {false, true}) {
    for (const bool is_sparse : {false, true}) {
      for (const bool has_initial : {false, true}) {
        std::vector<Game> games;
        for (std::uint64_t seed = 0; seed < 4; ++seed) {
          MarkovShape shape;
          shape.least_actions = is_ragged ? 1 : 2;
          shape.most_actions = is_ragged ? 3 : 2;
          shape.next_states = is_sparse ? 2 : 0;
          MarkovGame game = random_markov_game(shape, is_ragged ? 7 : seed);
          game = is_sparse ? sparse_form(game) : dense_form(game);
          game.name = "markov " + std::to_string(seed);
          game.discount = 0.1 * static_cast<double>(seed);
          if (has_initial) game.initial = {0.25, 0, 0.75};
          games.emplace_back(game);
        }
        expect_same(games_in(write_games(folder.path("a.h5"), games)), games);
      }
    }
  }
}

TEST(RoundTrip, GamesOfDifferentShapesStandInGroupsByName) {
  const Folder folder;
  std::vector<Game> games;
  for (int k = 0; k < 300; ++k) {
    games.push_back(renamed(random_game({1 + k % 3, 2}, static_cast<std::uint64_t>(k)), std::to_string(k)));
  }
  std::vector<Game> sorted = games;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Game& a, const Game& b) { return actions_of(a) < actions_of(b); });
  expect_same(games_in(write_games(folder.path("a.h5"), games)), sorted);
  // An archive keeps the order, with an array for each run of one shape.
  expect_same(games_in(write_games(folder.path("a.npz"), games)), nameless(games, "a"));
}

TEST(RoundTrip, ManyShapesInTurnsLoseNothing) {
  const Folder folder;
  std::vector<Game> games;
  for (int k = 0; k < 400; ++k) games.push_back(renamed(random_game({1 + k % 100}, 1), std::to_string(k)));
  std::vector<Game> read = games_in(write_games(folder.path("a.h5"), games));
  const auto by_name = [](const Game& a, const Game& b) { return std::stoi(name_of(a)) < std::stoi(name_of(b)); };
  std::sort(read.begin(), read.end(), by_name);
  expect_same(read, games);
}

TEST(RoundTrip, NamesMayGrowAndMayBeMissing) {
  const Folder folder;
  std::vector<Game> games = normal_forms(40000, {2});
  for (std::size_t k = 0; k < games.size(); ++k) {
    const std::string name = k < 20000 ? "" : std::string(k / 1000, 'n') + std::to_string(k) + "\xc3\xbc";
    games[k] = renamed(games[k], name);
  }
  games.back() = renamed(games.back(), std::string(3000, 'z'));
  const std::string file = write_games(folder.path("a.h5"), games);
  for (std::size_t k = 0; k < 20000; ++k) games[k] = renamed(games[k], "a#" + std::to_string(k + 1));
  expect_same(games_in(file), games);

  const std::vector<Game> three = normal_forms(3, {2});
  std::vector<Game> unnamed;
  for (const Game& game : three) unnamed.push_back(renamed(game, ""));
  expect_same(games_in(write_games(folder.path("b.h5"), unnamed)), nameless(three, "b"));
  EXPECT_NE(input_error([&] {
              write_games(folder.path("c.h5"), {renamed(three[0], std::string(70000, 'x'))});
            }).find("expected a name of at most 65536 bytes"),
            std::string::npos);
}

TEST(RoundTrip, NumPy) {
  const Folder folder;
  for (const std::vector<int>& actions : {std::vector<int>{2, 2}, {1}, {3, 1, 2}, std::vector<int>(28, 1)}) {
    for (const std::size_t count : {1, 2, 1000}) {
      const std::vector<Game> games = normal_forms(count, actions);
      expect_same(games_in(write_games(folder.path("a.npy"), games)), nameless(games, "a"));
      expect_same(games_in(write_games(folder.path("b.npz"), games)), nameless(games, "b"));
    }
  }
}

TEST(RoundTrip, Texts) {
  const Folder folder;
  const std::vector<Game> one = normal_forms(1, {2, 1, 3});
  const std::vector<Game> two = normal_forms(2, {2, 1, 3});
  for (const std::string name : {"one.jsonl", "one.json", "one.nfg", "one.gam", "two.jsonl", "two.json"}) {
    std::ostringstream text;
    const std::vector<Game>& games = name.starts_with("one") ? one : two;
    const auto sink = files::games_as_text(text, *files::format_of_name(name), name);
    for (const Game& game : games) sink->write({&game, 1});
    sink->finish();
    expect_same(games_in(folder.file(name, text.str())), name.ends_with(".gam") ? nameless(games, "one") : games);
  }
}

TEST(Sink, RefusesWhatAFormatHasNoRoomForAndLeavesNothing) {
  const Folder folder;
  const auto refusal = [&](const std::string& name, const std::vector<Game>& games) {
    return input_error([&] { write_games(folder.path(name), games); });
  };
  const auto expect_words = [](const std::string& message, const std::string& words) {
    EXPECT_NE(message.find(words), std::string::npos) << message;
  };
  const Game game = random_game({2, 2}, 1);
  const Game larger = random_game({2, 3}, 1);
  const Game network = random_network({2, 2}, 1, 1);
  Game bad = game;
  std::get<NormalFormGame>(bad).payoffs[0] = std::nan("");
  folder.file("a.npy", "what was here before");
  for (const std::string name : {"a.npy", "a.npz"}) {
    expect_words(refusal(name, {network}), "expected a game in normal form for " + name.substr(1));
  }
  expect_words(refusal("a.npy", {game, larger}), "expected games of one shape for an .npy file, found 2x2 and 2x3");
  for (const std::string name : {"a.npy", "a.npz", "a.h5"}) {
    expect_words(refusal(name, {}), "expected at least one game");
    expect_words(refusal(name, {game, bad}), "expected a finite payoff");
    expect_words(refusal("missing/" + name, {game}), "No such file or directory");
    const auto in_place_of_the_folder = [&] {
      files::create_game_file(folder.path(""), *files::format_of_name(name), 0, "there");
    };
    expect_words(input_error(in_place_of_the_folder), "there: cannot be written: Is a directory");
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a.npy"});
  EXPECT_EQ(content_of(folder.path("a.npy")), "what was here before");

  std::ostringstream text;
  const std::vector<Game> both = {game, game};
  const auto sink = files::games_as_text(text, files::GameFormat::gam, "x.gam");
  expect_words(input_error([&] { sink->write(both); }), "x.gam: expected exactly one game for .gam, found 2");
}

TEST(Sink, AFileIsNotThereBeforeItIsComplete) {
  const Folder folder;
  const Game game = random_game({2, 2}, 1);
  for (const std::string name : {"a.npy", "a.npz", "a.h5"}) {
    {
      const auto sink = files::create_game_file(folder.path(name), *files::format_of_name(name), 0, name);
      sink->write({&game, 1});
      EXPECT_FALSE(std::filesystem::exists(folder.path(name)));
    }
    EXPECT_TRUE(folder.names().empty());
  }
}

/// Writes until a limit of the file's size is met, and exits with 0 if that is said in one line and leaves nothing.
void fill_the_disk(const Folder& folder, const std::string& name) {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1 << 20, 1 << 20};
  setrlimit(RLIMIT_FSIZE, &small);
  const std::vector<Game> games(4000, random_game({2, 2}, 1));
  int code = 1;
  try {
    const auto sink = files::create_game_file(folder.path(name), *files::format_of_name(name), 0, name);
    for (int k = 0; k < 100; ++k) sink->write(games);
    sink->finish();
  } catch (const InputError&) {
    code = 2;
  } catch (const Error& error) {
    const std::string message = error.what();
    code = message == "writing to " + folder.path(name) + " failed: File too large" ? 0 : 3;
    if (code == 3) std::fputs(error.what(), stderr);
  }
  if (!folder.names().empty()) code = 4;
  std::exit(code);  // as the command does, with whatever the library has to do then
}

TEST(SinkDeathTest, AFullDiskIsSaidInOneLineAndLeavesNothing) {
  const Folder folder;
  for (const std::string name : {"a.npy", "a.npz", "a.h5"}) {
    EXPECT_EXIT(fill_the_disk(folder, name), ::testing::ExitedWithCode(0), "^$") << name;
  }
}

}  // namespace
}  // namespace quantal::files_test
