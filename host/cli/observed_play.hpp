#pragma once

#include <span>
#include <string>
#include <vector>

#include "quantal/game.hpp"

namespace quantal::cli {

/// Reads observed play from a table of text, as quantal fit --help describes it: how often each action of each game was
/// observed, in the order of policies. Agents, states and actions are counted from `count_from`. Throws InputError
/// beginning with `file:line: `.
std::vector<std::vector<double>> read_observed_play(const std::string& file, std::span<const Game> games,
                                                    int count_from);

}  // namespace quantal::cli
