#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quantal {

/// Text being read, with the name that it goes by in messages. Readers keep offsets into it; an offset becomes a
/// line number only when there is an error to report.
struct SourceText {
  std::string_view text;
  std::string_view name;
  std::size_t first_line = 1;  // of the text: that of the whole that it is a part of

  /// The line of the byte at `offset`, counted from `first_line`. Past the end of the text, that is the last line with
  /// anything on it.
  std::size_t line_of(std::size_t offset) const;

  /// Throws InputError `name:line: reason` for the line of the byte at `offset`.
  [[noreturn]] void fail(std::size_t offset, std::string_view reason) const;
};

/// The text without the byte order mark that some editors put in front of UTF-8.
std::string_view without_byte_order_mark(std::string_view text);

/// White space as C's isspace sees it, whatever the locale.
constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// `piece` in double quotes and fit for one line of a message: cut if it is long, with bytes other than printable
/// ASCII as \xNN.
std::string in_quotes(std::string_view piece);

/// `name` with its control characters as \xNN; UTF-8 stays.
std::string on_one_line(std::string_view name);

/// The double nearest to a decimal number: [+-] digits [. digits] [e [+-] digits], with a digit before or after the
/// point. What is too large becomes an infinity, what is too small a zero.
double nearest_double(std::string_view decimal);

/// The double nearest to p / q, given by the decimal digits of the two; q is not zero.
double nearest_double_of_ratio(std::string_view p, std::string_view q);

}  // namespace quantal
