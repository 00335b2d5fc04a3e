#pragma once

#include <span>
#include <string>
#include <string_view>

namespace quantal::cli {

/// One option of a command. The list of them is what the command line is parsed by and what --help prints.
struct OptionText {
  std::string_view group;
  std::string_view names;  ///< "-o,--output"
  std::string_view value;  ///< "FILE"; empty: a flag
  std::string_view help;   ///< one or more lines
};

/// A command of `quantal`: `quantal solve`.
struct CommandText {
  std::string_view name;
  std::span<const OptionText> options;
  std::string_view introduction;  ///< of its --help; the options follow
  std::string_view ending;
};

/// In the order in which they are told.
std::span<const CommandText* const> command_list();

extern const CommandText solve_command;
extern const CommandText fit_command;
extern const CommandText convert_command;
extern const CommandText generate_command;
extern const CommandText info_command;
extern const CommandText report_command;
extern const CommandText experiment_command;
extern const CommandText bench_command;

/// What --help prints.
std::string quantal_help();
std::string help_of(const CommandText& command);

}  // namespace quantal::cli
