#include "experiment_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string_view>

#include "host/experiment/experiment.hpp"
#include "option_values.hpp"
#include "quantal/error.hpp"

namespace quantal::cli {

namespace {

constexpr auto options = std::to_array<OptionText>({
    {"Size", "--games", "K", "Games drawn for each kind and size, 1 .. 100000.\n[default: by experiment]"},
    {"", "--starts", "K", "Initial policies of each game, 1 .. 100000.\n[default: by experiment]"},
    {"", "--seed", "N", "Seed of the games and starts, N >= 0. [default: 0]"},
    {"", "--quick", "", "Few and small games: a trial of seconds."},
    {"", "--threads", "N", "CPU threads, 0 .. 4096; 0 is all cores. [default: 0]"},

    {"Output", "-o,--output", "FOLDER",
     "Write to FOLDER, which is made if need be; all experiments go into\n"
     "folders of their names in it. [default: experiments/NAME, of all\n"
     "experiments]"},
    {"", "--list", "", "Describe all experiments: what they show, and which options they take."},
    {"", "--quiet", "", "No progress on standard error."},
    {"", "-h,--help", "", "This text."},
});

constexpr std::string_view introduction =
    R"(Repeats the experiments of "Linear Convergence of Independent Natural Policy Gradient in
Games with Entropy Regularization" (Sun, Liu, Kumar, Shahrampour, arXiv 2405.02769), and
some that go beyond them, on games drawn here.

Usage: quantal experiment NAME [OPTION...]
       quantal experiment all [OPTION...]
       quantal experiment --list
)";

constexpr std::string_view ending =
    R"(
An experiment prints a summary, what was expected and whether it holds, by the numbers
that were found, and what was measured. It writes into the folder
  results.h5      all runs, as quantal solve -o results.h5 does
  report.html     the page of quantal report
  *.svg           figures
  summary.csv     the summary, all digits
  findings.csv    what was expected and measured
Results are written as they come, and stay where Ctrl-C ends the rest.

Examples
  quantal experiment all
      all of them, in some minutes
  quantal experiment bifurcation -o fork
      policies along the temperature
  quantal experiment starts --starts 10000 --games 5 --seed 7
      ten thousand initial policies a game

Exit codes
  0    the experiment ran; a line on standard error counts expectations that do not hold
  1    the backend failed or the files could not be written
  2    bad usage: one line on standard error, nothing is written
  130  interrupted by Ctrl-C; what had finished is written (SIGTERM: 143)
)";

/// "general-sum, markov or all"
std::string alternatives() {
  std::string text;
  for (const experiment::Experiment* each : experiment::experiments()) text += fmt::format("{}, ", each->name);
  return text.substr(0, text.size() - 2) + " or all";
}

std::string list_text() {
  std::string text;
  for (const experiment::Experiment* each : experiment::experiments()) {
    text += fmt::format("{}\n  ", each->name);
    for (const char letter : each->shows) {
      text += letter;
      if (letter == '\n') text += "  ";
    }
    text += fmt::format("\n  takes {}{}--seed, --quick\n\n", each->takes_games ? "--games, " : "",
                        each->takes_starts ? "--starts, " : "");
  }
  return text + "all\n  All of them, one after another.\n";
}

std::vector<const experiment::Experiment*> chosen_by(const std::vector<std::string>& operands) {
  const std::span<const experiment::Experiment* const> all = experiment::experiments();
  if (operands.size() == 1) {
    if (operands.front() == "all") return {all.begin(), all.end()};
    const auto is_named = [&](const experiment::Experiment* each) { return each->name == operands.front(); };
    const auto found = std::find_if(all.begin(), all.end(), is_named);
    if (found != all.end()) return {*found};
  }
  throw InputError(fmt::format("expected one experiment, {}, found {}; see quantal experiment --list", alternatives(),
                               operands.empty() ? "none" : fmt::format("'{}'", fmt::join(operands, " "))));
}

/// An option with which the one experiment would do nothing.
void refuse_unused(const Arguments& arguments, const experiment::Experiment& chosen) {
  const auto refuse = [&](const std::string& option, bool is_taken) {
    if (is_taken || !arguments.has(option)) return;
    throw InputError(fmt::format("{}: {} does not take it; see quantal experiment --list", option, chosen.name));
  };
  refuse("--games", chosen.takes_games);
  refuse("--starts", chosen.takes_starts);
}

}  // namespace

const CommandText experiment_command = {"experiment", options, introduction, ending};

Command experiment_options(const Arguments& arguments) {
  if (arguments.flag("--list")) return PrintText{list_text()};
  ExperimentOptions options;
  options.chosen = chosen_by(arguments.operands());
  if (options.chosen.size() == 1) refuse_unused(arguments, *options.chosen.front());
  const auto whole = [&](const std::string& name, std::uint64_t first, std::uint64_t last) {
    return parse_whole(name, arguments.value(name), first, last);
  };
  constexpr std::uint64_t most = 100'000;
  if (arguments.has("--games")) options.study.games = whole("--games", 1, most);
  if (arguments.has("--starts")) options.study.starts = whole("--starts", 1, most);
  if (arguments.has("--seed")) options.study.seed = whole("--seed", 0, std::numeric_limits<std::uint64_t>::max());
  if (arguments.has("--threads")) options.study.threads = static_cast<int>(whole("--threads", 0, 4096));
  options.study.quick = arguments.flag("--quick");
  options.quiet = arguments.flag("--quiet");
  const bool all = options.chosen.size() > 1;
  const std::filesystem::path usual("experiments");
  options.output = arguments.value("--output", all ? usual.string() : (usual / options.chosen.front()->name).string());
  if (options.output.empty() || options.output == "-") {
    throw InputError(fmt::format("--output {}: expected a folder", options.output));
  }
  return options;
}

}  // namespace quantal::cli
