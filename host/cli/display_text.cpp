#include "display_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace quantal::cli {

namespace {

constexpr char32_t replacement = 0xFFFD;
constexpr std::string_view replacement_utf8 = "\xEF\xBF\xBD";

struct CodePoints {
  char32_t first;
  char32_t last;
};

template <std::size_t Count>
bool contains(const std::array<CodePoints, Count>& ranges, char32_t point) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const CodePoints& range) { return range.first <= point && point <= range.last; });
}

bool disturbs_a_line(char32_t point) {
  // C0, DEL and C1; line and paragraph separators and bidirectional overrides; bidirectional isolates; U+FEFF
  static constexpr std::array<CodePoints, 6> disturbing = {
      {{0, 0x1F}, {0x7F, 0x9F}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}}};
  return contains(disturbing, point);
}

std::size_t columns_of(char32_t point) {
  static constexpr std::array<CodePoints, 6> combining = {
      {{0x300, 0x36F}, {0x483, 0x489}, {0x1AB0, 0x1AFF}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};
  static constexpr std::array<CodePoints, 9> wide = {{{0x1100, 0x115F},
                                                      {0x2E80, 0xA4CF},
                                                      {0xAC00, 0xD7A3},
                                                      {0xF900, 0xFAFF},
                                                      {0xFE30, 0xFE6F},
                                                      {0xFF00, 0xFF60},
                                                      {0xFFE0, 0xFFE6},
                                                      {0x1F300, 0x1FAFF},
                                                      {0x20000, 0x3FFFD}}};
  if (point < 0x300) return 1;
  if (contains(combining, point)) return 0;
  return contains(wide, point) ? 2 : 1;
}

}  // namespace

char32_t take_code_point(std::string_view& rest) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const char32_t lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || length > rest.size()) {
    rest.remove_prefix(1);
    return replacement;
  }
  char32_t point = length == 1 ? lead : lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) {
      rest.remove_prefix(1);
      return replacement;
    }
    point = point << 6 | (byte(i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = 0xD800 <= point && point <= 0xDFFF;
  if (overlong || surrogate || point > 0x10FFFF) {
    rest.remove_prefix(1);
    return replacement;
  }
  rest.remove_prefix(length);
  return point;
}

std::string one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t point = take_code_point(text);
    if (point == replacement || disturbs_a_line(point)) {
      line += replacement_utf8;
    } else {
      line += before.substr(0, before.size() - text.size());
    }
  }
  return line;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) columns += columns_of(take_code_point(text));
  return columns;
}

std::string cut_to(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::string_view rest = text;
  std::size_t kept = 0;
  for (std::size_t used = 0; !rest.empty(); kept = text.size() - rest.size()) {
    used += columns_of(take_code_point(rest));
    if (used > columns - 1) break;
  }
  std::string cut(text.substr(0, kept));
  while (cut.ends_with(' ')) cut.pop_back();
  return cut + "…";
}

std::string short_number(double number) {
  if (number >= 1e9) return fmt::format("{:.3g}G", number / 1e9);
  if (number >= 1e6) return fmt::format("{:.3g}M", number / 1e6);
  if (number >= 1e3) return fmt::format("{:.3g}k", number / 1e3);
  return fmt::format("{:.3g}", number);
}

std::string percent(std::size_t part, std::size_t whole) {
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  return fmt::format("{:.4g}", std::floor(1e4 * share) / 1e2);
}

}  // namespace quantal::cli
