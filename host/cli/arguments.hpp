#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "option_list.hpp"

namespace CLI {
class App;
}

namespace quantal::cli {

/// What one command was given: words, not yet values.
class Arguments {
 public:
  /// Makes `app`, which is to outlive this, take the command's options and any number of operands.
  Arguments(CLI::App& app, const CommandText& command);
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  const CommandText& command() const { return command_; }

  /// Whether the command line is of this command.
  bool is_chosen() const;

  /// Files and other words without dashes, in their order.
  const std::vector<std::string>& operands() const { return operands_; }
  void add_operands(const std::vector<std::string>& more);

  bool has(const std::string& name) const;
  bool flag(const std::string& name) const;

  /// The option's value, or the default. Throws InputError if it was given twice.
  std::string value(const std::string& name, std::string_view otherwise = "") const;

  /// Throws InputError if there are options that the command does not have.
  void refuse_unknown() const;

 private:
  const CLI::App& app_;
  const CommandText& command_;
  std::vector<std::string> operands_;
};

}  // namespace quantal::cli
