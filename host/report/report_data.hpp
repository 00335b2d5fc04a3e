#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/files/results_source.hpp"
#include "quantal/results.hpp"

namespace quantal::report {

/// What bounds the page and the memory it takes to make it, whatever the number of runs.
struct Limits {
  std::size_t temperatures = 1024;  ///< that have statistics of their own; runs at further ones count in the totals
  std::size_t curves = 12;          ///< temperatures, chosen evenly, that have convergence curves
  std::size_t curve_points = 200;   ///< iterations at which a curve is known
  std::size_t all_runs = 200;       ///< so many runs or fewer are all kept, with their histories
  std::size_t slowest_runs = 50;    ///< of more: those with most iterations,
  std::size_t worst_runs = 50;      ///< those with the largest gaps,
  std::size_t sampled_runs = 100;   ///< and some at random
  std::size_t all_games = 24;       ///< so many games or fewer all have their policies kept
  std::size_t worst_games = 8;      ///< of more: those of the largest gaps,
  std::size_t first_games = 4;      ///< the first ones,
  std::size_t sampled_games = 12;   ///< and some at random
  std::size_t policy_numbers = 300'000;  ///< probabilities of all games, and what else is said of their runs
  std::size_t run_numbers = 20'000;      ///< probabilities of a run; of larger games the first agents and states
};

using StatusCounts = std::array<std::uint64_t, number_of_statuses>;

/// Shares of the runs that `Quantiles` tells of.
constexpr std::array<double, 5> quantile_shares = {0.1, 0.25, 0.5, 0.75, 0.9};
using Quantiles = std::array<double, quantile_shares.size()>;

/// All runs at one temperature, or one for each agent.
struct TemperatureSummary {
  std::vector<double> tau;
  std::uint64_t runs = 0;
  StatusCounts statuses{};
  std::int64_t median_iterations = 0;
  std::int64_t most_iterations = 0;
  double worst_gap = 0;
  Quantiles qre_gap{};
  Quantiles nash_gap{};
};

/// Gaps of the runs at one temperature while they were solved; a run that has ended holds its last gap.
struct GapCurve {
  std::size_t temperature = 0;  ///< index into ReportData::temperatures
  std::uint64_t runs = 0;       ///< that have a history
  std::vector<Quantiles> gaps;  ///< at each of ReportData::iterations
};

/// Runs by their iterations: 0 in the first bin, then from one bound up to the next.
struct IterationHistogram {
  std::vector<std::int64_t> bounds;  ///< bin k + 1 begins at bounds[k] and the last one ends at the last bound
  std::array<std::vector<std::uint64_t>, number_of_statuses> counts;
};

/// A run with its own row. Of large games its record holds the first policies, of long histories some of the gaps.
struct ShownRun {
  files::RunRecord record;
  std::size_t game = 0;    ///< index into ReportData::games, or their number: its policies stand alone
  std::size_t agents = 0;  ///< of the game
  std::size_t agents_kept = 0;
  int states_kept = 1;
  bool is_slow = false;    ///< among those with most iterations
  bool is_worst = false;   ///< among those with the largest gaps
  bool is_sample = false;  ///< chosen at random, or all are
};

struct ShownGame {
  std::uint64_t number = 0;
  std::string name;
  std::string game_class;
  std::uint64_t runs = 0;  ///< in the file
};

/// What the page says of a results file.
struct ReportData {
  files::ResultsHead head;
  std::uint64_t runs = 0;  ///< in the file
  std::uint64_t games = 0;
  StatusCounts statuses{};
  std::int64_t median_iterations = 0;
  std::int64_t most_iterations = 0;
  double worst_gap = 0;                          ///< infinity or NaN where a gap is
  std::uint64_t further_temperatures_runs = 0;   ///< at temperatures beyond Limits::temperatures
  std::vector<TemperatureSummary> temperatures;  ///< from the highest to the lowest
  std::vector<std::int64_t> iterations;          ///< of the curves
  std::vector<GapCurve> curves;                  ///< none where the file has no histories
  IterationHistogram histogram;
  std::vector<ShownGame> shown_games;  ///< by their number
  std::vector<ShownRun> shown_runs;    ///< in the order of the file
};

/// Goes through the file twice: once to know what there is, once more for the curves and the runs that are shown.
/// `open` opens it at its beginning. The same file gives the same report.
ReportData gather_report(const std::function<std::unique_ptr<files::ResultsSource>()>& open, const Limits& limits = {});

}  // namespace quantal::report
