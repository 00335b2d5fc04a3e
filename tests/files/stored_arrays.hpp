#pragma once

#include <map>
#include <string>
#include <vector>

namespace quantal::files {

/// Every dataset of an HDF5 file by its path: its shape and bytes as they come back in the machine's own types.
std::map<std::string, std::vector<unsigned char>> stored_arrays(const std::string& file);

}  // namespace quantal::files
