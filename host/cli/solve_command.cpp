#include "quantal/solve.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "commands.hpp"
#include "host/files/game_source.hpp"
#include "host/files/results_file.hpp"
#include "initial_policies.hpp"
#include "interrupt.hpp"
#include "message.hpp"
#include "output.hpp"
#include "progress_line.hpp"
#include "refuse_to_overwrite.hpp"
#include "report.hpp"
#include "slabs.hpp"
#include "solve_summary.hpp"
#include "terminal.hpp"

namespace quantal::cli {

namespace {

/// A list of temperatures for the agents, and policies to start from, must fit every game.
void check_games(const SolveOptions& options, std::span<const Game> games) {
  for (const Temperature& temperature : options.temperatures) {
    const std::size_t count = temperature.tau.size();
    if (count == 1) continue;
    for (const Game& game : games) {
      const std::size_t agents = agents_of(game);
      if (agents == count) continue;
      throw InputError(fmt::format("--{} {}: expected {} numbers, one per agent of game '{}', not {}",
                                   options.by_lambda ? "lambda" : "tau", temperature.text, agents, name_of(game),
                                   count));
    }
  }
  if (options.initials.empty()) return;
  for (const Game& game : games) check_initial_policies(options, game);
}

void check_number_of_runs(const SolveOptions& options, std::uint64_t games) {
  constexpr double most = 1e12;
  const double runs = static_cast<double>(games) * static_cast<double>(options.temperatures.size()) *
                      static_cast<double>(options.etas.size()) * static_cast<double>(options.starts);
  if (runs > most) {
    throw InputError(fmt::format(
        "{:.3g} runs (games x temperatures x etas x starts) are asked for; expected at most {:g}", runs, most));
  }
}

/// Whether probabilities of Markov games were changed by more than rounding. Empty if not.
std::string note_on_probabilities(std::span<const Game> games) {
  constexpr double rounding = 1e-14;
  std::size_t count = 0;
  double largest = 0;
  for (const Game& game : games) {
    const auto* const markov = std::get_if<MarkovGame>(&game);
    const double error = markov == nullptr ? 0 : largest_probability_error(*markov);
    count += error > rounding ? 1 : 0;
    largest = std::max(largest, error);
  }
  if (count == 0) return {};
  return fmt::format("probabilities of {} Markov game{} miss a sum of 1 by up to {:.1g}; they are normalised", count,
                     count == 1 ? "" : "s", largest);
}

/// What was seen, why it matters, and which options may help. Empty if all is well.
std::string advice_on_unconverged(const StatusCounts& counts, const SolveOptions& options) {
  const std::size_t short_of_it = counts.finished() - counts[Status::converged] - counts[Status::target_reached];
  const bool asked_for = options.settings.gap_tolerance == 0 && short_of_it == counts[Status::max_iterations];
  if (short_of_it == 0 || asked_for) return {};

  std::vector<std::string> help;
  if (counts[Status::max_iterations] > 0) {
    help.push_back(fmt::format("more --max-iterations (now {})", options.settings.max_iterations));
  }
  if (counts[Status::max_iterations] + counts[Status::cycling] > 0) {
    const auto is_fixed = [](const std::optional<double>& eta) { return eta.has_value(); };
    if (std::any_of(options.etas.begin(), options.etas.end(), is_fixed)) help.emplace_back("a smaller --eta or auto");
    const auto is_plain = [](const Temperature& temperature) {
      return std::find(temperature.tau.begin(), temperature.tau.end(), 0.0) != temperature.tau.end();
    };
    if (std::any_of(options.temperatures.begin(), options.temperatures.end(), is_plain)) {
      help.emplace_back("a temperature above 0, without which NPG need not converge");
    }
  }
  if (counts[Status::stalled] > 0) help.emplace_back("a larger temperature or --gap-tolerance");
  if (counts[Status::not_finite] > 0) help.emplace_back("payoffs of a smaller scale");
  if (counts[Status::stalled] + counts[Status::not_finite] > 0 && options.settings.precision == Precision::float32) {
    help.emplace_back("--precision double");
  }
  const std::string_view more = options.analyse ? "" : "; --analyse says more";
  return fmt::format(
      "{} of {} runs stopped short of the gap tolerance ({}), so their policies are not equilibria yet; {} may help{}",
      short_of_it, counts.finished(), list_short_of_tolerance(counts), fmt::join(help, " or "), more);
}

/// Where a solve begins: at the first run or, with --resume, after those that are in the file.
struct Beginning {
  std::size_t first_run = 0;
  std::vector<Game> held;  // the game whose runs were interrupted
};

/// Passes over the games of finished runs. The first and the last of them must be those that the file was begun with.
Beginning pass_over(files::GameSource& source, const SolveOptions& options, const Sweep& sweep) {
  if (!options.resumed || options.resumed->games == 0) return {};
  const files::ResultsFileState& state = *options.resumed;
  const auto take_checked = [&](std::uint64_t number, std::uint64_t checksum) {
    std::vector<Game> game = source.next(1, 1);
    if (!game.empty() && files::checksum_of(game.front()) == checksum) return game;
    throw InputError(
        fmt::format("{}: game {} is not the one that the file was begun with; expected the same games in {}",
                    options.output, number, fmt::join(options.files, " ")));
  };
  Beginning beginning;
  beginning.first_run = static_cast<std::size_t>(state.finished);
  beginning.held = take_checked(0, state.first_and_last_checksum.front());
  if (state.games > 1) {
    source.skip(state.games - 2);
    beginning.held = take_checked(state.games - 1, state.first_and_last_checksum.back());
  }
  if (state.finished == state.games * sweep.runs_per_game()) beginning.held.clear();
  return beginning;
}

std::unique_ptr<ResultsSink> make_sink(const SolveOptions& options, const Sweep& sweep, Output& output) {
  switch (options.format) {
    case Format::json:
      return json_sink(output);
    case Format::csv:
      return csv_sink(output);
    case Format::hdf5:
      return hdf5_sink(options, sweep);
    case Format::table:
      break;
  }
  return table_sink(options, output);
}

/// An unfinished file of results is not overwritten by mistake.
void refuse_to_lose_results(const SolveOptions& options) {
  if (options.format != Format::hdf5) return;
  std::error_code ignored;
  if (std::filesystem::exists(options.output, ignored) && !std::filesystem::is_regular_file(options.output, ignored)) {
    throw InputError(fmt::format("--output {}: expected a regular file for results in HDF5", options.output));
  }
  if (!files::is_unfinished_results(options.output)) return;
  throw InputError(fmt::format(
      "--output {}: holds results that are not complete; quantal solve --resume {} goes on with them, or remove it",
      options.output, options.output));
}

/// A table ends with a picture of the gap's course, for which some of each run's gaps are kept; rates and diagnoses
/// come from all of them, or from some of very many.
Settings settings_for(const SolveOptions& options) {
  Settings settings = options.settings;
  if (options.analyse && settings.gap_every == 0) {
    constexpr std::int64_t most_entries = 1 << 17;
    settings.gap_every = 1 + settings.max_iterations / most_entries;
  } else if (options.format == Format::table && settings.gap_every == 0) {
    constexpr std::int64_t least = 8;
    constexpr std::int64_t most_entries = 4096;
    settings.gap_every = std::max(least, settings.max_iterations / most_entries);
  }
  return settings;
}

/// One call of `run`.
class SolveCommand {
 public:
  explicit SolveCommand(const SolveOptions& options)
      : options_(options),
        sweep_(options.sweep()),
        settings_(settings_for(options)),
        summary_(options),
        progress_line_(!options.quiet, options.settings.max_iterations) {}

  int run() {
    refuse_to_overwrite(options_.files, options_.output);
    if (options_.resumed && options_.resumed->complete) return nothing_is_left();
    if (!options_.resumed) refuse_to_lose_results(options_);
    Output output(options_.resumed ? "-" : options_.output);
    const std::unique_ptr<files::GameSource> source = files::open_games(options_.files);
    check_number_of_runs(options_, source->size().value_or(0));
    Beginning beginning = pass_over(*source, options_, sweep_);

    note_interrupts();
    sink_ = make_sink(options_, sweep_, output);
    std::optional<double> seconds;
    // Histories of all gaps are long where runs do not converge, which the first short slab shows.
    if (options_.format == Format::hdf5 || options_.analyse) seconds = options_.save_seconds;
    Slabs slabs(*source, sweep_, settings_, seconds, beginning.first_run, std::move(beginning.held));
    first_run_ = beginning.first_run;
    const auto is_stopped = [&] { return noted_interrupt() != 0 || !failure_.empty(); };
    try {
      while (!is_stopped() && slabs.next()) solve_slab(slabs);
    } catch (const InputError&) {
      // Of a game further down a large file: what was solved before it stays.
      progress_line_.erase();
      if (summary_.runs() > 0) sink_->finish(summary_, false);
      throw;
    } catch (const OutputError&) {
      throw;
    } catch (const Error& error) {
      throw Error(error.what() + advice_on_resuming());
    }
    progress_line_.erase();
    sink_->finish(summary_, !is_stopped());
    return conclude();
  }

 private:
  int nothing_is_left() const {
    if (options_.resumed->left_open) files::close_results(options_.output);
    if (!options_.quiet) say(fmt::format("{} is complete: {} runs", options_.output, options_.resumed->finished));
    return 0;
  }

  void solve_slab(Slabs& slabs) {
    check_games(options_, slabs.games());
    if (!options_.quiet) {
      if (const std::string note = note_on_probabilities(slabs.games()); !note.empty() && !noted_probabilities_) {
        progress_line_.erase();
        say(note);
        noted_probabilities_ = true;
      }
    }
    settings_.first_game = slabs.first_game();
    const std::optional<std::size_t> asked = slabs.all_runs();
    const Results results = solve(slabs.games(), slabs.runs(), settings_, [&](const Progress& of_slab) {
      Progress progress = of_slab;
      progress.runs = asked.value_or(slabs.first_run() + of_slab.runs) - first_run_;
      progress.finished += summary_.counts().finished();
      progress.converged += summary_.counts()[Status::converged];
      progress.iterations += summary_.iterations();
      progress.seconds += summary_.solve_seconds();
      progress_line_.show(progress);
      return noted_interrupt() == 0;
    });
    const std::vector<RunAnalysis> analyses =
        options_.analyse ? analyse(slabs.games(), slabs.runs(), results, settings_) : std::vector<RunAnalysis>();
    const Report report{options_,          sweep_, slabs.games(), slabs.first_game(), results,
                        slabs.first_run(), asked,  analyses};
    summary_.add(report);
    runs_asked_ = asked.value_or(slabs.first_run() + results.size());
    failure_ = results.failure;
    note_other_backend(results);
    sink_->write(report);
    slabs.learn(results);
  }

  /// Sums in another order round otherwise.
  void note_other_backend(const Results& results) {
    if (!options_.resumed || options_.quiet || noted_backend_) return;
    noted_backend_ = true;
    const auto machine = [](const std::string& backend) { return backend.substr(0, backend.rfind(',')); };
    if (machine(results.backend) == machine(options_.resumed->backend)) return;
    progress_line_.erase();
    say(fmt::format("{} was begun on {} and goes on on {}: last digits may differ from those of one machine",
                    options_.output, options_.resumed->backend, results.backend));
  }

  std::string advice_on_resuming() const {
    if (!sink_->is_kept()) return {};
    return fmt::format("; quantal solve --resume {} goes on after the runs that are written", options_.output);
  }

  int conclude() {
    const StatusCounts& counts = summary_.counts();
    if (!options_.quiet) {
      const std::string advice = advice_on_unconverged(counts, options_);
      if (!advice.empty()) say(advice);
      if (options_.output != "-" && terminal_at(STDERR_FILENO).interactive) {
        if (options_.format != Format::table) std::fputs(summary_.text().c_str(), stderr);
        say(fmt::format("{} runs, {} converged, {:.3g} s: see {}", counts.finished(), counts[Status::converged],
                        summary_.solve_seconds(), options_.output));
      }
    }
    const std::size_t finished = first_run_ + counts.finished();
    if (!failure_.empty()) {
      say(fmt::format("{} ({} of {} runs finished){}", failure_, finished, runs_asked_, advice_on_resuming()));
      return 1;
    }
    if (const int signal = noted_interrupt(); signal != 0) {
      say(fmt::format("interrupted: {} of {} runs finished{}", finished, runs_asked_, advice_on_resuming()));
      return 128 + signal;
    }
    return 0;
  }

  const SolveOptions& options_;
  const Sweep sweep_;
  Settings settings_;
  SolveSummary summary_;  // of what is solved here
  ProgressLine progress_line_;
  std::unique_ptr<ResultsSink> sink_;
  std::size_t first_run_ = 0;
  std::size_t runs_asked_ = 0;
  std::string failure_;
  bool noted_probabilities_ = false;
  bool noted_backend_ = false;
};

}  // namespace

int run(const SolveOptions& options) {
  return SolveCommand(options).run();
}

}  // namespace quantal::cli
