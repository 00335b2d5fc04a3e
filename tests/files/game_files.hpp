#pragma once

/// Games to put into files, and how to get them out again.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

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

/// All its doubles, as bits: -0.0 is not 0.0 here.
inline std::vector<std::uint64_t> bits_of(const Game& game) {
  struct {
    std::vector<double> operator()(const NormalFormGame& g) const { return g.payoffs; }
    std::vector<double> operator()(const PolymatrixGame& g) const { return g.payoffs; }
    std::vector<double> operator()(const MarkovGame& g) const {
      std::vector<double> all = g.rewards;
      all.insert(all.end(), g.transitions.begin(), g.transitions.end());
      all.insert(all.end(), g.initial.begin(), g.initial.end());
      all.push_back(g.discount);
      return all;
    }
  } numbers;
  std::vector<std::uint64_t> bits;
  for (const double number : std::visit(numbers, game)) bits.push_back(std::bit_cast<std::uint64_t>(number));
  return bits;
}

}  // namespace quantal::files_test
