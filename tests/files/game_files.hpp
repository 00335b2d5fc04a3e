#pragma once

/// Games to put into files, and how to get them out again.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "bits_of.hpp"
#include "cli/process.hpp"
#include "host/files/game_sink.hpp"
#include "host/files/game_source.hpp"
#include "quantal/game.hpp"

namespace quantal::files_test {

using cli_test::content_of;
using cli_test::Folder;

constexpr std::size_t all_bytes = std::numeric_limits<std::size_t>::max();

/// All games of a source, asked for so many at a time.
inline std::vector<Game> games_of(files::GameSource& source, std::size_t count = 1000, std::size_t bytes = all_bytes) {
  std::vector<Game> games;
  for (;;) {
    std::vector<Game> more = source.next(count, bytes);
    if (more.empty()) return games;
    for (Game& game : more) games.push_back(std::move(game));
  }
}

inline std::vector<Game> games_in(const std::vector<std::string>& files, std::size_t count = 1000) {
  return games_of(*files::open_games(files), count);
}
inline std::vector<Game> games_in(const std::string& file) {
  return games_in(std::vector<std::string>{file});
}

inline std::vector<std::string> names_of(const std::vector<Game>& games) {
  std::vector<std::string> names;
  for (const Game& game : games) names.push_back(name_of(game));
  return names;
}

/// Writes a file of a binary format, in the format of its name.
inline std::string write_games(const std::string& file, const std::vector<Game>& games, int compression = 0) {
  const auto sink = files::create_game_file(file, *files::format_of_name(file), compression, file);
  sink->write(games);
  sink->finish();
  return file;
}

inline Game renamed(Game game, const std::string& name) {
  std::visit([&](auto& of_a_class) { of_a_class.name = name; }, game);
  return game;
}

}  // namespace quantal::files_test
