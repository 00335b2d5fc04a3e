#include "read_files.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "quantal/error.hpp"
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

void refuse_to_overwrite(const std::vector<std::string>& files, const std::string& output) {
  if (output == "-") return;
  for (const std::string& file : files) {
    std::error_code not_there;
    if (std::filesystem::equivalent(file, output, not_there) && std::filesystem::is_regular_file(file)) {
      throw InputError(fmt::format("--output {}: is one of the games to read", output));
    }
  }
}

}  // namespace quantal::cli
