#pragma once

#include <vector>

#include "io_text.hpp"
#include "quantal/game.hpp"

namespace quantal {

/// Games from JSON text: one game, an array of games, or one game a line. Names are as the text gives them, empty
/// where it gives none.
std::vector<Game> parse_json(const SourceText& source);

}  // namespace quantal
