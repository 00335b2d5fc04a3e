#include "options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <string_view>

#include "arguments.hpp"
#include "convert_options.hpp"
#include "generate_options.hpp"
#include "option_list.hpp"
#include "option_values.hpp"
#include "quantal/error.hpp"
#include "quantal/info.hpp"
#include "report_options.hpp"

// GCC 12 sees null pointers in CLI11's use of std::vector<std::string>.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnull-dereference"
#include <CLI/CLI.hpp>
#pragma GCC diagnostic pop

namespace quantal::cli {

namespace {

void check_step_sizes(const SolveOptions& options) {
  for (const Temperature& temperature : options.temperatures) {
    const double tau = *std::max_element(temperature.tau.begin(), temperature.tau.end());
    for (const std::optional<double>& eta : options.etas) {
      if (!eta || *eta * tau <= 1) continue;
      if (std::isinf(tau)) {
        throw InputError(fmt::format("--eta {}: expected auto with --lambda 0, whose temperature is infinite", *eta));
      }
      throw InputError(
          fmt::format("--eta {} is too large for --{} {}: eta tau is {:.6g}, and the update needs eta tau <= 1; "
                      "expected at most {}, or auto",
                      *eta, options.by_lambda ? "lambda" : "tau", temperature.text, *eta * tau, 1 / tau));
    }
  }
}

Format format_of(const Arguments& arguments, const std::string& output) {
  if (arguments.has("--format")) {
    constexpr std::string_view words = "table|json|csv";
    return static_cast<Format>(parse_word("--format", arguments.value("--format"), words));
  }
  if (output.ends_with(".json")) return Format::json;
  if (output.ends_with(".csv")) return Format::csv;
  return Format::table;
}

/// "solve, generate or info"
std::string list_commands() {
  std::string list;
  const std::span<const CommandText* const> all = command_list();
  for (std::size_t i = 0; i < all.size(); ++i) {
    list += fmt::format("{}{}", i == 0 ? "" : i + 1 < all.size() ? ", " : " or ", all[i]->name);
  }
  return list;
}

SolveOptions solve_options(const Arguments& arguments) {
  SolveOptions options;
  options.files = arguments.operands();
  if (options.files.empty()) {
    throw InputError(
        "no games: expected files, directories or - for standard input, as in quantal solve game.nfg --tau 1");
  }

  const bool by_tau = arguments.has("--tau");
  options.by_lambda = arguments.has("--lambda");
  if (by_tau == options.by_lambda) {
    throw InputError(fmt::format("{}: expected --tau T, say --tau 0.1, or --lambda L with L = 1/tau, say --lambda 10",
                                 by_tau ? "both --tau and --lambda are given" : "no temperature is given"));
  }
  options.temperatures = by_tau ? parse_temperatures(arguments.value("--tau"))  //
                                : parse_rationalities(arguments.value("--lambda"));
  options.etas = parse_step_sizes(arguments.value("--eta", "auto"));
  check_step_sizes(options);

  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  const auto whole = [&](const std::string& name, std::uint64_t otherwise, std::uint64_t first, std::uint64_t last) {
    return arguments.has(name) ? parse_whole(name, arguments.value(name), first, last) : otherwise;
  };
  const auto word = [&](const std::string& name, std::string_view words) -> std::size_t {
    return arguments.has(name) ? parse_word(name, arguments.value(name), words) : 0;
  };

  Settings& settings = options.settings;
  if (arguments.has("--gap-tolerance")) {
    settings.gap_tolerance = parse_not_negative("--gap-tolerance", arguments.value("--gap-tolerance"));
  }
  settings.max_iterations = static_cast<std::int64_t>(
      whole("--max-iterations", static_cast<std::uint64_t>(settings.max_iterations), 0, most));
  settings.gap_every = static_cast<std::int64_t>(whole("--gap-every", 0, 0, most));
  settings.seed = whole("--seed", 0, 0, std::numeric_limits<std::uint64_t>::max());
  settings.threads = static_cast<int>(whole("--threads", 0, 0, 4096));
  settings.precision = word("--precision", "double|float") == 0 ? Precision::float64 : Precision::float32;
  settings.backend = static_cast<Backend>(word("--backend", "auto|cpu|cuda"));
  settings.tier = static_cast<Tier>(word("--tier", "auto|lane|warp|block|stream"));

  settings.markov_entropy = static_cast<MarkovEntropy>(word("--markov-entropy", "own|none"));
  settings.keep_action_values = arguments.flag("--values");

  options.init = static_cast<Init>(word("--init", "uniform|random"));
  options.starts = whole("--starts", 1, 1, 1'000'000'000'000);
  options.output = arguments.value("--output", "-");
  options.format = format_of(arguments, options.output);
  options.quiet = arguments.flag("--quiet");
  return options;
}

}  // namespace

Sweep SolveOptions::sweep() const {
  Sweep sweep;
  sweep.tau.clear();
  for (const Temperature& temperature : temperatures) sweep.tau.push_back(temperature.tau);
  sweep.eta = etas;
  sweep.init = init;
  sweep.starts = starts;
  return sweep;
}

Command parse_arguments(int argc, const char* const* argv) {
  CLI::App quantal;
  quantal.require_subcommand(0, 1);
  quantal.allow_extras();
  bool version = false;
  quantal.add_flag("--version", version);
  std::deque<Arguments> commands;  // one of which is chosen, or none
  for (const CommandText* command : command_list()) {
    commands.emplace_back(*quantal.add_subcommand(std::string(command->name)), *command);
  }
  const auto chosen = [&] {
    return std::find_if(commands.begin(), commands.end(), [](const Arguments& each) { return each.is_chosen(); });
  };
  const auto help = [&] {
    return chosen() == commands.end() ? std::string("quantal --help")
                                      : fmt::format("quantal {} --help", chosen()->command().name);
  };

  const char* const* const end = std::find(argv, argv + argc, std::string_view("--"));
  const std::vector<std::string> more_operands(end == argv + argc ? end : end + 1, argv + argc);
  try {
    quantal.parse(static_cast<int>(end - argv), argv);
  } catch (const CLI::CallForHelp&) {
    return PrintText{chosen() == commands.end() ? quantal_help() : help_of(chosen()->command())};
  } catch (const CLI::ArgumentMismatch&) {
    // All options take one value and take whatever follows them, so this one came last.
    throw InputError(fmt::format("{} needs a value; see {}", *(end - 1), help()));
  } catch (const CLI::ParseError& error) {
    throw InputError(fmt::format("{}; see {}", error.what(), help()));
  }

  if (version) return PrintText{fmt::format("quantal {}\n", quantal::version())};
  if (const std::vector<std::string> unknown = quantal.remaining(); !unknown.empty()) {
    throw InputError(fmt::format("expected a command, {}, not '{}'; see quantal --help", list_commands(),  //
                                 unknown.front()));
  }
  if (chosen() == commands.end()) {
    throw InputError(fmt::format("expected a command, {}; see quantal --help", list_commands()));
  }
  Arguments& arguments = *chosen();
  arguments.refuse_unknown();
  arguments.add_operands(more_operands);
  if (&arguments.command() == &convert_command) return convert_options(arguments);
  if (&arguments.command() == &generate_command) return generate_options(arguments);
  if (&arguments.command() == &info_command) return InfoOptions{arguments.operands()};
  if (&arguments.command() == &report_command) return report_options(arguments);
  return solve_options(arguments);
}

}  // namespace quantal::cli
