#include "fit_options.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "option_values.hpp"
#include "quantal/error.hpp"

namespace quantal::cli {

namespace {

constexpr auto options = std::to_array<OptionText>({
    {"Observed play (needed)", "--play", "FILE", "The table of what was observed; see below."},
    {"", "--count-from", "0|1", "The number of the first agent, state and action in it. [default: 0]"},

    {"Fit", "--level", "P", "Of the interval of lambda, 0 < P < 1. [default: 0.95]"},
    {"", "--reach", "R",
     "Search up to lambda = R / (the largest difference that an agent's\n"
     "action makes to its payoff), R from 1 to 1e6. [default: 1000]"},
    {"", "--markov-entropy", "own|none", "As for quantal solve. [default: own]"},

    {"Solver", "--rule", "RULE",
     "How policies are updated, as for quantal solve. On CUDA, Markov games\n"
     "larger than a block's shared memory want npg. [default: anderson]"},
    {"", "--max-iterations", "K", "Updates for one lambda at most. [default: 1000]"},
    {"", "--backend", "auto|cpu|cuda", "Where to compute. [default: auto]"},
    {"", "--devices", "N,N,..|all",
     "CUDA devices that share the runs, by their numbers in quantal info.\n"
     "[default: the first]"},
    {"", "--threads", "N", "CPU threads, 0 .. 4096; 0 is all cores. [default: 0]"},

    {"Output", "--format", "table|json|csv", "[default: by the name of FILE, else table]"},
    {"", "-o,--output", "FILE",
     "Write to FILE, which appears when it is complete; - is standard\n"
     "output. [default: -]"},
    {"", "--profile", "", "With json, the log likelihood by lambda as well, as pairs of the two."},
    {"", "-h,--help", "", "This text."},
});

constexpr std::string_view introduction =
    R"(Fits logit quantal response equilibria to observed play: the lambda = 1/tau under which
what was observed is most likely, of each game and one for all, with intervals and tests.

Usage: quantal fit FILE... --play FILE [OPTION...]

Games
  FILE...                   as for quantal solve: .nfg, .gam, .json, .jsonl, .h5, .npy, .npz, a
                            directory, or - for standard input
)";

constexpr std::string_view ending =
    R"(
The table of observed play is text: a line that names the columns, then a line for each
observation or for several alike, with commas, semicolons or tabs between fields. Columns are,
in any order and beside any others, which are passed over:
  agent, action    numbers, from 0 or as --count-from says
  count            how often it was observed; without this column each line is one observation
  game             its name, or its number from 0; needed with several games
  state            of a Markov game
Lines about the same action add up, so raw data of an experiment will do, one choice a line:
  game,agent,action,count
  pd,0,0,12
  pd,0,1,48
  pd,1,0,9
  pd,1,1,51

The log likelihood is the sum over agents and actions of the count times the log of the QRE's
probability. QREs are followed from uniform play at lambda = 0 upwards, as in McKelvey and
Palfrey (1995), 20 steps a decade and more where the branch bends, each expected from the two
before, until one is not found or --reach is; the highest value on the way is refined. Where the
branch of a symmetric game forks, its symmetric equilibrium is followed. A table shows
  lambda       the best one, in 1/payoff units; ">=" where the likelihood still rises at the end
  interval     all lambda whose likelihood is within the chi-square quantile of the best
  log L        log likelihood; of chance: of uniform play, lambda = 0
  p chance     likelihood ratio test of lambda = 0: small where play is not uniform
  p fit        of the QRE against the observed frequencies: small where play is no QRE
With several games, one lambda for all is fitted as well, and tested against one for each.
json and csv hold all of it, with all digits and the policies at the fitted lambda.

Examples
  quantal fit pd.nfg --play play.csv
  quantal fit games/ --play choices.csv --count-from 1 -o fits.json

Exit codes
  0  lambda was fitted
  1  something failed: no CUDA device, no room on the disk
  2  bad usage or bad input: one line on standard error, nothing is written
)";

}  // namespace

const CommandText fit_command = {"fit", options, introduction, ending};

FitOptions fit_options(const Arguments& arguments) {
  FitOptions options;
  options.files = arguments.operands();
  if (options.files.empty()) {
    throw InputError("no games: expected files, as in quantal fit game.nfg --play play.csv");
  }
  if (!arguments.has("--play")) {
    throw InputError("no observed play: expected --play FILE, as in quantal fit game.nfg --play play.csv");
  }
  options.play = arguments.value("--play");
  const auto word = [&](const std::string& name, std::string_view words) -> std::size_t {
    return arguments.has(name) ? parse_word(name, arguments.value(name), words) : 0;
  };
  options.count_from = static_cast<int>(word("--count-from", "0|1"));
  FitSettings& settings = options.settings;
  if (arguments.has("--level")) {
    settings.level = parse_number("--level", arguments.value("--level"));
    if (!(settings.level > 0 && settings.level < 1)) {
      throw InputError(fmt::format("--level {}: expected a number between 0 and 1", settings.level));
    }
  }
  if (arguments.has("--reach")) {
    settings.reach = parse_number("--reach", arguments.value("--reach"));
    if (!(settings.reach >= 1 && settings.reach <= 1e6)) {
      throw InputError(fmt::format("--reach {}: expected a number from 1 to 1e6", settings.reach));
    }
  }
  settings.solve.markov_entropy = static_cast<MarkovEntropy>(word("--markov-entropy", "own|none"));
  if (arguments.has("--rule")) settings.solve.rule = static_cast<UpdateRule>(word("--rule", update_rule_words));
  if (arguments.has("--max-iterations")) {
    settings.solve.max_iterations = static_cast<std::int64_t>(parse_whole(
        "--max-iterations", arguments.value("--max-iterations"), 1, std::numeric_limits<std::int64_t>::max()));
  }
  settings.solve.backend = static_cast<Backend>(word("--backend", "auto|cpu|cuda"));
  if (arguments.has("--devices")) settings.solve.devices = parse_devices(arguments.value("--devices"));
  if (arguments.has("--threads")) {
    settings.solve.threads = static_cast<int>(parse_whole("--threads", arguments.value("--threads"), 0, 4096));
  }
  options.output = arguments.value("--output", "-");
  if (arguments.has("--format")) {
    options.format = static_cast<Format>(parse_word("--format", arguments.value("--format"), "table|json|csv"));
  } else if (options.output.ends_with(".json")) {
    options.format = Format::json;
  } else if (options.output.ends_with(".csv")) {
    options.format = Format::csv;
  }
  settings.keep_profile = arguments.flag("--profile");
  if (settings.keep_profile && options.format != Format::json) {
    throw InputError("--profile: expected json, as with -o fits.json");
  }
  return options;
}

}  // namespace quantal::cli
