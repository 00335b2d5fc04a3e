#include "host/format.hpp"

#include <fmt/format.h>

namespace quantal {

std::string format_arguments(fmt::string_view text, fmt::format_args arguments) {
  return fmt::vformat(text, arguments);
}

}  // namespace quantal
