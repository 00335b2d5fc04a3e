#pragma once

#include <string>
#include <vector>

#include "quantal/game.hpp"

namespace quantal::cli {

/// The games of all files, directories and "-", in their order. Throws InputError beginning with `file:line: `.
std::vector<Game> read_files(const std::vector<std::string>& files);

}  // namespace quantal::cli
