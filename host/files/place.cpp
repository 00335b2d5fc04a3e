#include "host/files/place.hpp"

#include <fmt/format.h>

#include <iterator>

namespace quantal::files {

std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

void fail_at(std::string_view place, std::string_view reason) {
  throw InputError(on_one_line(fmt::format("{}: {}", place, reason)));
}

}  // namespace quantal::files
