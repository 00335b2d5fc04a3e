// Replays what the fuzzer (tests/fuzz) has collected, and damages good files in every single place.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "input_error.hpp"
#include "places.hpp"
#include "quantal/io.hpp"

namespace quantal {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<fs::path> files_in(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) files.push_back(entry.path());
  EXPECT_FALSE(files.empty()) << directory;
  return files;
}

/// The games in `text`, all valid; nothing if it is refused, in one plain line that names a line of the file.
std::optional<std::vector<Game>> games_or_refusal(const std::string& text) {
  try {
    std::vector<Game> games = parse_games(text, "input", "input");
    EXPECT_FALSE(games.empty());
    for (const Game& game : games) validate(game);
    return games;
  } catch (const InputError& error) {
    testing::expect_message(error.what(), "input:", ": ");
    return std::nullopt;
  }
}

TEST(Corpus, IsReadOrRefused) {
  for (const fs::path& path : files_in(tests_folder() / "fuzz" / "corpus")) {
    SCOPED_TRACE(path);
    games_or_refusal(contents(path));
  }
}

TEST(Damage, ACutFileIsRefusedUnlessOnlySpaceIsCut) {
  for (const fs::path& path : files_in(tests_folder() / "data" / "games")) {
    SCOPED_TRACE(path);
    const std::string text = contents(path);
    const auto whole = games_or_refusal(text);
    ASSERT_TRUE(whole);
    for (std::size_t length = 0; length < text.size(); ++length) {
      const auto games = games_or_refusal(text.substr(0, length));
      const bool only_space = text.find_first_not_of(" \n", length) == std::string::npos;
      if (only_space) {
        EXPECT_EQ(games, whole) << "cut to " << length;
      } else if (path.extension() == ".jsonl" && games) {
        // A line may be missing, but not a part of one.
        EXPECT_EQ(games->size(), 1u) << "cut to " << length;
      } else {
        EXPECT_FALSE(games) << "cut to " << length;
      }
    }
  }
}

TEST(Damage, AWrongByteIsReadOrRefused) {
  const std::string bytes = "\0\x01\n \"\\{}[],:-+./0129eENR\x7f\x80\xc3\xff"s;
  for (const fs::path& path : files_in(tests_folder() / "data" / "games")) {
    SCOPED_TRACE(path);
    const std::string text = contents(path);
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (const char byte : bytes) {
        std::string damaged = text;
        damaged[at] = byte;
        games_or_refusal(damaged);
        damaged = text;
        damaged.insert(at, 1, byte);
        games_or_refusal(damaged);
      }
      std::string shorter = text;
      shorter.erase(at, 1);
      games_or_refusal(shorter);
    }
  }
}

}  // namespace
}  // namespace quantal
