#include "options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <limits>
#include <string_view>

#include "arguments.hpp"
#include "bench_options.hpp"
#include "convert_options.hpp"
#include "experiment_options.hpp"
#include "fit_options.hpp"
#include "generate_options.hpp"
#include "initial_policies.hpp"
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
      if (!eta || *eta * tau <= 1 || takes_any_step(options.settings.rule)) continue;
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
    constexpr std::string_view words = "table|json|csv|h5";
    return static_cast<Format>(parse_word("--format", arguments.value("--format"), words));
  }
  if (output.ends_with(".json")) return Format::json;
  if (output.ends_with(".csv")) return Format::csv;
  if (output.ends_with(".h5") || output.ends_with(".hdf5")) return Format::hdf5;
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

/// --init uniform, --init random or --init FILE
void take_init(const Arguments& arguments, SolveOptions& options) {
  const std::string init = arguments.value("--init", "uniform");
  if (!init.ends_with(".json")) {
    constexpr std::string_view words = "uniform|random|FILE.json";
    options.init = static_cast<Init>(parse_word("--init", init, words));
    return;
  }
  if (arguments.has("--starts")) {
    throw InputError(fmt::format("--starts: expected none with --init {}, which says how many there are", init));
  }
  options.initial_file = init;
  options.initials = read_initial_policies(init);
  options.starts = options.initials.size();
}

SolveOptions solve_options(const Arguments& arguments);

/// What an interrupted file was to hold, by the words that began it.
SolveOptions resumed_options(const Arguments& arguments) {
  const std::string file = arguments.value("--resume");
  static constexpr auto also = std::to_array<std::string_view>({"--resume", "--threads", "--devices", "--quiet"});
  for (const OptionText& option : arguments.command().options) {
    const std::string name(option.names.substr(option.names.find("--")));
    if (name == "--help" || !arguments.has(name) || std::find(also.begin(), also.end(), name) != also.end()) continue;
    throw InputError(fmt::format(
        "{}: expected none with --resume, which goes on as the file was begun; --threads, --devices and --quiet may "
        "change",
        name));
  }
  const files::ResultsFileState state = files::state_of_results(file);
  std::vector<const char*> begun = {"quantal"};
  for (const std::string& word : state.arguments) begun.push_back(word.c_str());
  const auto is_resume = [](const std::string& word) { return word.starts_with("--resume"); };
  const bool resumes = std::any_of(state.arguments.begin(), state.arguments.end(), is_resume);
  const Command command = resumes ? Command{} : parse_arguments(static_cast<int>(begun.size()), begun.data());
  const auto* solve = std::get_if<SolveOptions>(&command);
  if (solve == nullptr || resumes) throw InputError(fmt::format("{}: arguments: expected those of solve", file));

  SolveOptions options = *solve;
  if (!arguments.operands().empty()) options.files = arguments.operands();
  if (arguments.has("--threads")) {
    options.settings.threads = static_cast<int>(parse_whole("--threads", arguments.value("--threads"), 0, 4096));
  }
  if (arguments.has("--devices")) options.settings.devices = parse_devices(arguments.value("--devices"));
  options.quiet = options.quiet || arguments.flag("--quiet");
  options.output = file;
  options.format = Format::hdf5;
  options.resumed = state;
  return options;
}

SolveOptions solve_options(const Arguments& arguments) {
  if (arguments.has("--resume")) return resumed_options(arguments);
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
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  const auto whole = [&](const std::string& name, std::uint64_t otherwise, std::uint64_t first, std::uint64_t last) {
    return arguments.has(name) ? parse_whole(name, arguments.value(name), first, last) : otherwise;
  };
  const auto word = [&](const std::string& name, std::string_view words) -> std::size_t {
    return arguments.has(name) ? parse_word(name, arguments.value(name), words) : 0;
  };

  Settings& settings = options.settings;
  settings.rule = static_cast<UpdateRule>(word("--rule", update_rule_words));
  settings.magnet = static_cast<Magnet>(word("--magnet", "uniform|start"));
  check_step_sizes(options);
  if (arguments.has("--gap-tolerance")) {
    settings.gap_tolerance = parse_not_negative("--gap-tolerance", arguments.value("--gap-tolerance"));
  }
  settings.max_iterations = static_cast<std::int64_t>(
      whole("--max-iterations", static_cast<std::uint64_t>(settings.max_iterations), 0, most));
  settings.gap_every = static_cast<std::int64_t>(whole("--gap-every", 0, 0, most));
  settings.seed = whole("--seed", 0, 0, std::numeric_limits<std::uint64_t>::max());
  settings.threads = static_cast<int>(whole("--threads", 0, 0, 4096));
  settings.precision = word("--precision", "double|float") == 0 ? Precision::float64 : Precision::float32;
  settings.half_payoffs = arguments.flag("--half-payoffs");
  if (settings.half_payoffs && settings.precision != Precision::float32) {
    throw InputError("--half-payoffs: expected --precision float with it");
  }
  settings.backend = static_cast<Backend>(word("--backend", "auto|cpu|cuda"));
  if (arguments.has("--devices")) settings.devices = parse_devices(arguments.value("--devices"));
  settings.tier = static_cast<Tier>(word("--tier", "auto|lane|warp|block|stream"));

  settings.markov_entropy = static_cast<MarkovEntropy>(word("--markov-entropy", "own|none"));
  settings.keep_action_values = arguments.flag("--values");

  options.starts = whole("--starts", 1, 1, 1'000'000'000'000);
  take_init(arguments, options);
  if (arguments.has("--target-nash-gap")) {
    settings.target_nash_gap = parse_not_negative("--target-nash-gap", arguments.value("--target-nash-gap"));
    if (options.temperatures.size() < 2) {
      throw InputError("--target-nash-gap: expected a list of temperatures, from large to small: --tau 1:0.001:log30");
    }
  }
  options.warm_starts = arguments.flag("--warm-starts") || settings.target_nash_gap;
  options.output = arguments.value("--output", "-");
  options.format = format_of(arguments, options.output);
  if (options.format == Format::hdf5 && options.output == "-") {
    throw InputError("--format h5: expected --output FILE, which can be gone on with; a pipe takes json or csv");
  }
  options.analyse = arguments.flag("--analyse");
  if (options.analyse && settings.rule != UpdateRule::natural_policy_gradient) {
    throw InputError(
        fmt::format("--analyse: expected --rule npg, whose rates it gives, not {}", to_string(settings.rule)));
  }
  if (arguments.has("--compress") && options.format != Format::hdf5) {
    throw InputError("--compress: expected an output in HDF5, --output FILE.h5");
  }
  options.compression = static_cast<int>(whole("--compress", 0, 0, 9));
  if (arguments.has("--save-every")) {
    options.save_seconds = parse_not_negative("--save-every", arguments.value("--save-every"));
  }
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
  sweep.warm_starts = warm_starts;
  for (const InitialPolicies& initial : initials) sweep.initial_policies.push_back(initial.policies);
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
  if (&arguments.command() == &fit_command) return fit_options(arguments);
  if (&arguments.command() == &convert_command) return convert_options(arguments);
  if (&arguments.command() == &generate_command) return generate_options(arguments);
  if (&arguments.command() == &info_command) return InfoOptions{arguments.operands()};
  if (&arguments.command() == &report_command) return report_options(arguments);
  if (&arguments.command() == &bench_command) return bench_options(arguments);
  if (&arguments.command() == &experiment_command) {
    Command command = experiment_options(arguments);
    if (auto* options = std::get_if<ExperimentOptions>(&command)) options->words.assign(argv + 1, argv + argc);
    return command;
  }
  SolveOptions options = solve_options(arguments);
  if (!options.resumed) options.words.assign(argv + 1, argv + argc);
  return options;
}

}  // namespace quantal::cli
