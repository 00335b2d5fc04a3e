#pragma once

#include <span>
#include <string>
#include <string_view>

#include "output.hpp"
#include "quantal/game.hpp"

namespace quantal::cli {

/// By RFC 4180. Like JSON, valid UTF-8 whatever the name was; a record is always one line.
std::string csv_field(std::string_view text);

/// | between agents; in a Markov game ; between the states of one.
void write_csv_policies(Output& output, const Game& game, std::span<const double> policies);

}  // namespace quantal::cli
