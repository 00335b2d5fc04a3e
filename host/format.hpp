#pragma once

#include <string>
#include <string_view>

#include <fmt/core.h>

namespace quantal {

/// Text with replacement fields, as fmt::format makes it, for the library: the rest of fmt, which takes longer to
/// compile than most files that need it, is compiled into one of them, and so is not a library that users must link.
std::string format_arguments(fmt::string_view text, fmt::format_args arguments);
template <class... Arguments>
std::string formatted(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  return format_arguments(text, fmt::make_format_args(arguments...));
}

/// The values one after another with `separator` between them.
template <class Range>
std::string joined(const Range& values, std::string_view separator) {
  std::string text;
  std::string_view before;
  for (const auto& value : values) {
    text += formatted("{}{}", before, value);
    before = separator;
  }
  return text;
}

}  // namespace quantal
