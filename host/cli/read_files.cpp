#include "read_files.hpp"

#include <iterator>
#include <utility>

#include "quantal/io.hpp"

namespace quantal::cli {

std::vector<Game> read_files(const std::vector<std::string>& files) {
  std::vector<Game> games;
  for (const std::string& file : files) {
    std::vector<Game> more = read_games(file);
    if (games.empty()) {
      games = std::move(more);
    } else {
      games.insert(games.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
  }
  return games;
}

}  // namespace quantal::cli
