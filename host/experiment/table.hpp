#pragma once

#include <string>
#include <variant>
#include <vector>

namespace quantal::experiment {

/// A number that is not there is NaN.
using Cell = std::variant<std::string, double>;

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
};

/// By RFC 4180, numbers with as many digits as it takes to read them back. NaN is an empty field.
std::string to_csv(const Table& table);

/// For a reader: four digits, and a dash for NaN.
std::string to_text(const Cell& cell);

}  // namespace quantal::experiment
