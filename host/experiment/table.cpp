#include "host/experiment/table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <string_view>

namespace quantal::experiment {

namespace {

std::string field(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted += '"';
}

std::string field(const Cell& cell) {
  if (const auto* number = std::get_if<double>(&cell)) {
    return std::isnan(*number) ? std::string() : fmt::format("{}", *number);
  }
  return field(std::string_view(std::get<std::string>(cell)));
}

}  // namespace

std::string to_csv(const Table& table) {
  std::string text;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    text += (c == 0 ? "" : ",") + field(std::string_view(table.columns[c]));
  }
  text += "\r\n";
  for (const std::vector<Cell>& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) text += (c == 0 ? "" : ",") + field(row[c]);
    text += "\r\n";
  }
  return text;
}

std::string to_text(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const double number = std::get<double>(cell);
  if (std::isnan(number)) return "-";
  const bool is_count = number == std::floor(number) && std::abs(number) < 1e7;
  return is_count ? fmt::format("{:.0f}", number) : fmt::format("{:.4g}", number);
}

}  // namespace quantal::experiment
