// Slabs, passing over games, names, and texts that are read block by block.

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "game_files.hpp"
#include "host/files/text_games.hpp"
#include "io/input_error.hpp"
#include "quantal/io.hpp"
#include "random_games.hpp"

namespace quantal::files_test {
namespace {

using testing::expect_message;
using testing::input_error;

std::vector<Game> some_games(std::size_t count) {
  std::vector<Game> games;
  for (std::size_t k = 0; k < count; ++k) games.push_back(renamed(random_game({2, 3}, k), std::to_string(k)));
  return games;
}

std::string lines(const std::vector<Game>& games) {
  std::ostringstream text;
  for (const Game& game : games) {
    write_json(text, game);
    text << '\n';
  }
  return text.str();
}

/// The same games in files of several formats: all have names, or none.
std::vector<std::string> files_of(const Folder& folder, const std::vector<Game>& games) {
  return {write_games(folder.path("a.h5"), games), write_games(folder.path("b.npy"), games),
          write_games(folder.path("c.npz"), games), folder.file("d.jsonl", lines(games))};
}

TEST(GameSource, SlabsOfAnySizeGiveTheSameGames) {
  const Folder folder;
  for (const std::string& file : files_of(folder, some_games(5000))) {
    const std::vector<Game> all = games_in({file}, 1'000'000);
    ASSERT_EQ(all.size(), 5000u);
    for (const std::size_t count : {1, 7, 4999, 5000}) EXPECT_EQ(games_in({file}, count), all) << file << count;
    const auto source = files::open_games({file});
    const std::size_t game_bytes = 12 * sizeof(double);
    EXPECT_EQ(source->next(100, 1).size(), 1u);
    EXPECT_EQ(source->next(100, 3 * game_bytes).size(), 3u);
    EXPECT_EQ(source->next(100, 3 * game_bytes + 1).size(), 4u);
  }
}

TEST(GameSource, PassesOverGames) {
  const Folder folder;
  std::vector<std::string> files = files_of(folder, some_games(5000));
  files.push_back(write_games(folder.path("e.h5"), some_games(5000), 3));
  std::vector<Game> all = games_in(files);
  ASSERT_EQ(all.size(), 25000u);
  for (const std::uint64_t skipped : {0, 1, 4999, 5000, 5001, 12345, 24999, 25000}) {
    const auto source = files::open_games(files);
    EXPECT_EQ(source->size(), 25000u);
    EXPECT_EQ(source->skip(skipped), skipped);
    std::vector<Game> more = source->next(3, all_bytes);
    ASSERT_EQ(more.size(), std::min<std::size_t>(3, 25000 - skipped));
    for (std::size_t k = 0; k < more.size(); ++k) EXPECT_EQ(more[k], all[skipped + k]);
    const std::uint64_t left = 25000 - skipped - more.size();
    EXPECT_EQ(source->skip(1'000'000), left);
    EXPECT_EQ(source->skip(1), 0u);
    EXPECT_TRUE(source->next(1, all_bytes).empty());
  }
}

TEST(GameSource, NamesThatAreMissingAreThoseOfTheFile) {
  const Folder folder;
  const std::vector<Game> one = {renamed(random_game({2}, 1), "")};
  const std::vector<Game> two = {one[0], one[0]};
  for (const std::string extension : {".h5", ".npy", ".npz"}) {
    EXPECT_EQ(names_of(games_in(write_games(folder.path("one.x" + extension), one))),
              std::vector<std::string>{"one.x"});
    EXPECT_EQ(names_of(games_in(write_games(folder.path("two" + extension), two))),
              (std::vector<std::string>{"two#1", "two#2"}));
  }
  EXPECT_EQ(names_of(games_in(folder.file("one.gam", "1 2 3 4"))), std::vector<std::string>{"one"});
  const auto source = files::open_games({folder.path("two.h5"), folder.path("two.npy")});
  EXPECT_EQ(source->skip(1), 1u);
  EXPECT_EQ(names_of(games_of(*source)), (std::vector<std::string>{"two#2", "two#1", "two#2"}));
}

TEST(GameSource, ADirectoryHoldsAllFormats) {
  const Folder folder;
  const std::vector<Game> one = {renamed(random_game({2}, 1), "")};
  for (const std::string name : {"a.npz", "c.hdf5", "d.h5", "e.npy"}) write_games(folder.path(name), one);
  folder.file("b.gam", "1 2 3 4");
  folder.file("f.nfg", "NFG 1 R \"\" { \"a\" } { 1 } 5");
  folder.file("g.json", lines(one));
  folder.file("h.jsonl", lines(one));
  folder.file("i.txt", "no game");
  std::filesystem::create_directory(folder.path("j.h5"));
  EXPECT_EQ(names_of(games_in(folder.path(""))), (std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g", "h"}));
  const std::string empty = folder.path("j.h5");
  expect_message(input_error([&] { files::open_games({empty}); }), empty + ": ",
                 "expected a directory with .nfg, .gam, .json, .jsonl, .h5, .hdf5, .npy, .npz files, found none");
}

TEST(GameSource, ManyFilesNeedFewDescriptors) {
  const Folder folder;
  std::vector<std::string> files;
  const std::vector<Game> one = {renamed(random_game({2}, 1), "")};
  write_games(folder.path("0.npy"), one);
  write_games(folder.path("0.h5"), one);
  for (int k = 0; k < 3000; ++k) {
    const std::string name = std::to_string(k % 2) + std::to_string(k) + (k % 2 == 0 ? ".npy" : ".h5");
    std::filesystem::create_hard_link(folder.path(k % 2 == 0 ? "0.npy" : "0.h5"), folder.path(name));
    files.push_back(folder.path(name));
  }
  EXPECT_EQ(games_in(files).size(), 3000u);
}

TEST(GameSource, ErrorsBeginWithThePlace) {
  const Folder folder;
  const auto expect_refused = [&](const std::string& file, const std::string& words) {
    expect_message(input_error([&] { games_in(file); }), file + ":", words);
  };
  expect_refused(folder.path("missing.h5"), "No such file or directory");
  expect_refused(folder.file("empty.h5", ""), "the file is empty");
  expect_refused(folder.file("signature.h5", "\x89HDF\r\n\x1a\n"), "cannot be read as an HDF5 file");
  expect_refused(folder.file("text.h5", "1 2 3"), "expected 2 payoffs");
  expect_refused(folder.file("number.gam", "1 2 3 x"), "expected a number for payoff 2 of 2, found \"x\"");
  expect_refused(folder.file("line.jsonl", lines(some_games(2)) + "{\"class\": 1}\n"), "found \"1\"");
  expect_message(input_error([&] { games_in(folder.path("line.jsonl")); }), folder.path("line.jsonl") + ":3: ", "");
}

/// A file that `open_text_games` reads block by block however small it is.
std::unique_ptr<files::GameSource> in_blocks(const std::string& file) {
  return files::open_text_games(std::make_shared<files::InputFile>(file), "", "stem");
}

TEST(LargeText, IsReadInBlocksOfWholeGames) {
  const Folder folder;
  // 40 MB: several blocks. Games on one line and on several, brackets and quotes in names, blank lines between.
  std::ostringstream text;
  text << "\xEF\xBB\xBF";
  std::vector<Game> games;
  NormalFormGame game = random_game({2, 2}, 1);
  std::size_t line = 1;
  for (int k = 0; text.tellp() < 40'000'000; ++k) {
    game.name = "}]\\\"{[ " + std::to_string(k);
    game.payoffs[0] = k;
    games.emplace_back(game);
    std::ostringstream one;
    write_json(one, game);
    std::string written = one.str();
    if (k % 3 == 0) {
      written.insert(written.find("\"actions\""), "\n\n");
      line += 2;
    }
    text << written << '\n';
    ++line;
  }
  const std::string good = folder.file("good.jsonl", text.str() + "\n \n");
  const auto source = in_blocks(good);
  EXPECT_FALSE(source->size().has_value());
  EXPECT_EQ(games_of(*source, 777), games);
  EXPECT_EQ(source->size(), games.size());
  const auto skipping = in_blocks(good);
  EXPECT_EQ(skipping->skip(games.size() - 1), games.size() - 1);
  EXPECT_EQ(skipping->next(5, all_bytes), std::vector<Game>{games.back()});

  const std::string bad = folder.file("bad.jsonl", text.str() + "\n{\"class\": 1}\n" + text.str().substr(3));
  expect_message(input_error([&] { games_of(*in_blocks(bad)); }), bad + ":" + std::to_string(line + 1) + ": ",
                 "found \"1\"");
  const std::string cut = folder.file("cut.jsonl", text.str() + "\n{\"class\": \"norm");
  expect_message(input_error([&] { games_of(*in_blocks(cut)); }), cut + ":" + std::to_string(line + 1) + ": ", "");
}

TEST(LargeText, SmallOnesToo) {
  const Folder folder;
  const std::vector<Game> games = some_games(2);
  EXPECT_EQ(games_of(*in_blocks(folder.file("a.jsonl", lines(games)))), games);
  std::string no_line_end = lines(games);
  no_line_end.pop_back();
  EXPECT_EQ(games_of(*in_blocks(folder.file("b.jsonl", no_line_end))), games);
  EXPECT_EQ(games_of(*in_blocks(folder.file("c.json", "[" + lines({games[0]}) + "," + lines({games[1]}) + "]"))),
            games);
  const auto one = in_blocks(folder.file("d.jsonl", "\n" + lines({games[0]}) + "\n\n"));
  EXPECT_EQ(one->next(1, 1).size(), 1u);
  EXPECT_EQ(one->size(), 1u);
}

TEST(Pipe, HoldsTextAlone) {
  const Folder folder;
  cli_test::Invocation invocation;
  invocation.arguments = {"convert", "-"};
  const std::vector<Game> games = some_games(3);
  invocation.input = lines(games);
  EXPECT_EQ(cli_test::run(invocation).output, lines(games));
  invocation.input = "1 2 3 4";
  EXPECT_EQ(cli_test::run(invocation).output,
            "{\"class\": \"normal_form\", \"name\": \"stdin\", \"actions\": [2], \"payoffs\": [[3, 4]]}\n");
  for (const std::string name : {"a.h5", "a.npy", "a.npz"}) {
    invocation.input = content_of(write_games(folder.path(name), games));
    const cli_test::Outcome outcome = cli_test::run(invocation);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.errors,
              "quantal: <stdin>: expected a text from a pipe, found HDF5 or NumPy, which are read from files\n");
  }
}

}  // namespace
}  // namespace quantal::files_test
