#include "quantal/solve.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "commands.hpp"
#include "interrupt.hpp"
#include "message.hpp"
#include "output.hpp"
#include "progress_line.hpp"
#include "read_files.hpp"
#include "report.hpp"
#include "terminal.hpp"

namespace quantal::cli {

namespace {

/// A list of temperatures for the agents must fit every game.
void check_temperatures(const SolveOptions& options, const std::vector<Game>& games) {
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
}

void check_number_of_runs(const SolveOptions& options, std::size_t games) {
  constexpr double most = 1e12;
  const double runs = static_cast<double>(games) * static_cast<double>(options.temperatures.size()) *
                      static_cast<double>(options.etas.size()) * static_cast<double>(options.starts);
  if (runs > most) {
    throw InputError(fmt::format(
        "{:.3g} runs (games x temperatures x etas x starts) are asked for; expected at most {:g}", runs, most));
  }
}

/// Whether probabilities of Markov games were changed by more than rounding. Empty if not.
std::string note_on_probabilities(const std::vector<Game>& games) {
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
  const std::size_t short_of_it = counts.finished() - counts[Status::converged];
  const bool asked_for = options.settings.gap_tolerance == 0 && short_of_it == counts[Status::max_iterations];
  if (short_of_it == 0 || asked_for) return {};

  std::vector<std::string> help;
  if (counts[Status::max_iterations] > 0) {
    help.push_back(fmt::format("more --max-iterations (now {})", options.settings.max_iterations));
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
  if (short_of_it > counts[Status::max_iterations] && options.settings.precision == Precision::float32) {
    help.emplace_back("--precision double");
  }
  return fmt::format(
      "{} of {} runs stopped short of the gap tolerance ({}), so their policies are not equilibria yet; {} may help",
      short_of_it, counts.finished(),
      list_statuses(counts, {Status::max_iterations, Status::stalled, Status::not_finite}), fmt::join(help, " or "));
}

}  // namespace

int run(const SolveOptions& options) {
  refuse_to_overwrite(options.files, options.output);
  Output output(options.output);
  const std::vector<Game> games = read_files(options.files);
  check_temperatures(options, games);
  check_number_of_runs(options, games.size());
  if (!options.quiet) {
    const std::string note = note_on_probabilities(games);
    if (!note.empty()) say(note);
  }

  note_interrupts();
  ProgressLine progress_line(!options.quiet, options.settings.max_iterations);
  const Results results = solve(games, options.sweep(), options.settings, [&](const Progress& progress) {
    progress_line.show(progress);
    return noted_interrupt() == 0;
  });
  progress_line.erase();

  const Report report{games, options, results};
  switch (options.format) {
    case Format::table:
      write_table(report, output);
      break;
    case Format::json:
      write_json(report, output);
      break;
    case Format::csv:
      write_csv(report, output);
      break;
  }
  output.finish();

  const StatusCounts counts = count_statuses(results);
  if (!options.quiet) {
    const std::string advice = advice_on_unconverged(counts, options);
    if (!advice.empty()) say(advice);
    if (options.output != "-" && terminal_at(STDERR_FILENO).interactive) {
      say(fmt::format("{} runs, {} converged, {:.3g} s: see {}", counts.finished(), counts[Status::converged],
                      results.solve_seconds, options.output));
    }
  }
  if (!results.failure.empty()) {
    say(fmt::format("{} ({} of {} runs finished)", results.failure, counts.finished(), results.size()));
    return 1;
  }
  if (const int signal = noted_interrupt(); signal != 0) {
    say(fmt::format("interrupted: {} of {} runs finished", counts.finished(), results.size()));
    return 128 + signal;
  }
  return 0;
}

}  // namespace quantal::cli
