#pragma once

#include <span>
#include <string>
#include <string_view>

namespace quantal::cli {

/// One option of `quantal solve`. The list of them is what the command line is parsed by and what --help prints.
struct OptionText {
  std::string_view group;
  std::string_view names;  ///< "-o,--output"
  std::string_view value;  ///< "FILE"; empty: a flag
  std::string_view help;   ///< one or more lines
};

std::span<const OptionText> solve_option_list();

std::string quantal_help();
std::string solve_help();

}  // namespace quantal::cli
