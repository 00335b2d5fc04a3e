#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/files/input_file.hpp"

namespace quantal::files {

/// A file in a zip archive.
struct ZipMember {
  std::string name;
  bool is_deflated = false;      ///< else stored as it is
  std::uint64_t offset = 0;      ///< of its bytes in the archive
  std::uint64_t held_bytes = 0;  ///< that it takes in the archive
  std::uint64_t bytes = 0;       ///< that it is
  std::uint32_t checksum = 0;    ///< CRC-32
};

/// What the archive's directory lists, in its order, zip64 included. Throws InputError beginning with the file's name
/// where the archive is damaged, encrypted, in several parts or compressed by other means.
std::vector<ZipMember> zip_directory(const InputFile& file);

}  // namespace quantal::files
