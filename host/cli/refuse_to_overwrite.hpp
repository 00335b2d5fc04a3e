#pragma once

#include <string>
#include <vector>

namespace quantal::cli {

/// Throws InputError if the output, if it is a file, is one of the files to read.
void refuse_to_overwrite(const std::vector<std::string>& files, const std::string& output);

}  // namespace quantal::cli
