#include "options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "option_list.hpp"
#include "option_values.hpp"
#include "quantal/error.hpp"
#include "quantal/info.hpp"

// GCC 12 sees null pointers in CLI11's use of std::vector<std::string>.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnull-dereference"
#include <CLI/CLI.hpp>
#pragma GCC diagnostic pop

namespace quantal::cli {

namespace {

/// The options of `quantal solve` as given: words, not yet values.
class SolveArguments {
 public:
  explicit SolveArguments(CLI::App& solve) : solve_(solve) {
    solve.add_option("FILE", files_);
    for (const OptionText& option : solve_option_list()) {
      const std::string names(option.names);
      if (names == "-h,--help") continue;  // CLI11 has it already
      if (option.value.empty()) {
        solve.add_flag(names);
      } else {
        solve.add_option(names)->take_all();  // so that it is ours to complain about two
      }
    }
  }

  const std::vector<std::string>& files() const { return files_; }

  bool has(const std::string& name) const { return solve_[name]->count() > 0; }

  bool flag(const std::string& name) const { return has(name) && solve_[name]->as<bool>(); }

  /// The option's value, or the default.
  std::string value(const std::string& name, std::string_view otherwise = "") const {
    const std::vector<std::string>& given = solve_[name]->results();
    if (given.size() > 1) {
      throw InputError(fmt::format("{} is given {} times ({})", name, given.size(), fmt::join(given, " and ")));
    }
    return given.empty() ? std::string(otherwise) : given.front();
  }

 private:
  const CLI::App& solve_;
  std::vector<std::string> files_;
};

/// The option that has the most letters in common with the unknown word's beginning, in case of a slip: --lamda.
std::string suggestion(std::string_view unknown) {
  constexpr std::size_t least = 5;  // the dashes and three letters
  std::string best;
  std::size_t best_common = least - 1;
  for (const OptionText& option : solve_option_list()) {
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

Format format_of(const SolveArguments& arguments, const std::string& output) {
  if (arguments.has("--format")) {
    constexpr std::string_view words = "table|json|csv";
    return static_cast<Format>(parse_word("--format", arguments.value("--format"), words));
  }
  if (output.ends_with(".json")) return Format::json;
  if (output.ends_with(".csv")) return Format::csv;
  return Format::table;
}

SolveOptions solve_options(const SolveArguments& arguments, const std::vector<std::string>& more_files) {
  SolveOptions options;
  options.files = arguments.files();
  options.files.insert(options.files.end(), more_files.begin(), more_files.end());
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

  CLI::App* const info = quantal.add_subcommand("info");
  info->allow_extras();
  CLI::App* const solve = quantal.add_subcommand("solve");
  solve->allow_extras();
  const SolveArguments arguments(*solve);

  const char* const* const end = std::find(argv, argv + argc, std::string_view("--"));
  const std::vector<std::string> more_files(end == argv + argc ? end : end + 1, argv + argc);
  try {
    quantal.parse(static_cast<int>(end - argv), argv);
  } catch (const CLI::CallForHelp&) {
    return PrintText{solve->parsed() ? solve_help() : quantal_help()};
  } catch (const CLI::ArgumentMismatch&) {
    // All options take one value and take whatever follows them, so this one came last.
    throw InputError(fmt::format("{} needs a value; see quantal solve --help", *(end - 1)));
  } catch (const CLI::ParseError& error) {
    throw InputError(fmt::format("{}; see quantal solve --help", error.what()));
  }

  if (version) return PrintText{fmt::format("quantal {}\n", quantal::version())};
  if (const std::vector<std::string> unknown = quantal.remaining(); !unknown.empty()) {
    throw InputError(fmt::format("expected a command, solve or info, not '{}'; see quantal --help", unknown.front()));
  }
  if (solve->parsed()) {
    if (const std::vector<std::string> unknown = solve->remaining(); !unknown.empty()) {
      throw InputError(
          fmt::format("unknown option {}{}; see quantal solve --help", unknown.front(), suggestion(unknown.front())));
    }
    return solve_options(arguments, more_files);
  }
  if (info->parsed()) {
    if (const std::vector<std::string> unknown = info->remaining(); !unknown.empty()) {
      throw InputError(fmt::format("quantal info takes no arguments, not '{}'", unknown.front()));
    }
    return InfoOptions{};
  }
  throw InputError("expected a command, solve or info; see quantal --help");
}

}  // namespace quantal::cli
