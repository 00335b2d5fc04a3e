#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "host/files/game_source.hpp"
#include "host/files/input_file.hpp"

namespace quantal::files {

/// Games that are in memory.
std::unique_ptr<GameSource> held_games(std::vector<Game> games);

/// Reads what is left of a file, at most `bytes` of it (or all, if it may end there) and appends it to `text`. Returns
/// whether it has come to its end.
bool read_text(InputFile& file, std::size_t bytes, std::string& text);

/// Games of a text that is too large to be held. `text` is its beginning, and the rest comes from the file: JSON is
/// read in blocks of whole games, which end at the end of a line; a text in another format is read to its end and gives
/// its games the file's name, `stem`.
std::unique_ptr<GameSource> open_text_games(std::shared_ptr<InputFile> file, std::string text, std::string stem);

}  // namespace quantal::files
