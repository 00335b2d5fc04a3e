#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quantal::files {

/// Types of numbers that NumPy's arrays hold and that become doubles.
enum class NumberType : std::uint8_t { float64, float32, int64, int32, int16, int8, uint64, uint32, uint16, uint8 };

/// What stands in front of the numbers of a .npy file.
struct NpyHeader {
  NumberType type = NumberType::float64;
  bool is_swapped = false;  ///< bytes of a number are in the order that is not this machine's
  bool is_fortran = false;  ///< the first axis is fastest, not the last
  std::vector<std::uint64_t> shape;

  std::size_t number_bytes() const;
};

/// The first bytes of every .npy file.
constexpr std::string_view npy_signature = "\x93NUMPY";

/// How many bytes of the file precede the numbers, from its first 12 (`beginning`, or as many as there are): versions
/// 1, 2 and 3 of the format. Throws InputError at `place` where that is not believable.
std::size_t npy_header_bytes(std::string_view beginning, std::string_view place);

/// Reads all of these bytes. Throws InputError at `place`.
NpyHeader parse_npy_header(std::string_view header, std::string_view place);

/// The header of doubles of this machine, in the order of C, with room for every number of games: always as long for as
/// many actions. A multiple of 64 bytes.
std::string npy_header(std::uint64_t games, std::span<const int> actions);

/// Turns `count` numbers into doubles.
void decode(const NpyHeader& header, const char* bytes, std::size_t count, double* numbers);

}  // namespace quantal::files
