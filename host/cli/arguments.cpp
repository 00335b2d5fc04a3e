#include "arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "quantal/error.hpp"

// GCC 12 sees null pointers in CLI11's use of std::vector<std::string>.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnull-dereference"
#include <CLI/CLI.hpp>
#pragma GCC diagnostic pop

namespace quantal::cli {

namespace {

/// The option that has the most letters in common with the unknown word's beginning, in case of a slip: --lamda.
std::string suggestion(std::string_view unknown, std::span<const OptionText> options) {
  constexpr std::size_t least = 5;  // the dashes and three letters
  std::string best;
  std::size_t best_common = least - 1;
  for (const OptionText& option : options) {
    const std::string_view name = option.names.substr(option.names.find("--"));
    const std::size_t common = static_cast<std::size_t>(
        std::mismatch(name.begin(), name.end(), unknown.begin(), unknown.end()).first - name.begin());
    if (common > best_common) {
      best_common = common;
      best = fmt::format(" (did you mean {}?)", name);
    }
  }
  return best;
}

}  // namespace

Arguments::Arguments(CLI::App& app, const CommandText& command) : app_(app), command_(command) {
  app.allow_extras();
  app.add_option("operands", operands_);
  for (const OptionText& option : command.options) {
    const std::string names(option.names);
    if (names == "-h,--help") continue;  // CLI11 has it already
    if (option.value.empty()) {
      app.add_flag(names);
    } else {
      app.add_option(names)->take_all();  // so that it is ours to complain about two
    }
  }
}

bool Arguments::is_chosen() const {
  return app_.parsed();
}

void Arguments::add_operands(const std::vector<std::string>& more) {
  operands_.insert(operands_.end(), more.begin(), more.end());
}

bool Arguments::has(const std::string& name) const {
  return app_[name]->count() > 0;
}

bool Arguments::flag(const std::string& name) const {
  return has(name) && app_[name]->as<bool>();
}

std::string Arguments::value(const std::string& name, std::string_view otherwise) const {
  const std::vector<std::string>& given = app_[name]->results();
  if (given.size() > 1) {
    throw InputError(fmt::format("{} is given {} times ({})", name, given.size(), fmt::join(given, " and ")));
  }
  return given.empty() ? std::string(otherwise) : given.front();
}

void Arguments::refuse_unknown() const {
  const std::vector<std::string> unknown = app_.remaining();
  if (unknown.empty()) return;
  throw InputError(fmt::format("unknown option {}{}; see quantal {} --help", unknown.front(),
                               suggestion(unknown.front(), command_.options), command_.name));
}

}  // namespace quantal::cli
