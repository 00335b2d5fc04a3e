#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quantal::cli {

/// Takes the first code point off `rest`, which must not be empty. A byte that is not part of valid UTF-8 counts as
/// one U+FFFD.
char32_t take_code_point(std::string_view& rest);

/// Text of any origin made fit for one line of a terminal: control characters, line breaks, marks that reverse the
/// direction of writing and bytes that are not UTF-8 become U+FFFD.
std::string one_line(std::string_view text);

/// Columns that valid UTF-8 takes up on a terminal: combining marks none, East Asian wide characters and emoji two.
std::size_t display_width(std::string_view text);

/// `text` if it fits into `columns`, else as much of it as fits together with an ellipsis.
std::string cut_to(std::string_view text, std::size_t columns);

/// 1.23M for 1234567
std::string short_number(double number);

/// "99.99" of a hundred; "100" only for all.
std::string percent(std::size_t part, std::size_t whole);

}  // namespace quantal::cli
