#pragma once

#include <string>
#include <vector>

#include "quantal/game.hpp"

namespace quantal::cli {

/// The games of all files, directories and "-", in their order. Throws InputError beginning with `file:line: `.
std::vector<Game> read_files(const std::vector<std::string>& files);

/// Throws InputError if the output, if it is a file, is one of the files to read.
void refuse_to_overwrite(const std::vector<std::string>& files, const std::string& output);

}  // namespace quantal::cli
