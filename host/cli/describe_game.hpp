#pragma once

#include "output.hpp"
#include "quantal/game.hpp"

namespace quantal::cli {

/// A block of lines about the game: its name, shape, kind and certificate.
void describe_game(const Game& game, Output& output);

}  // namespace quantal::cli
