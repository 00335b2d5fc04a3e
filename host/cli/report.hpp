#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "options.hpp"
#include "output.hpp"
#include "quantal/analysis.hpp"
#include "quantal/game.hpp"
#include "quantal/results.hpp"
#include "quantal/run.hpp"

namespace quantal::cli {

/// What there is to report of consecutive runs. It owns nothing: results of a million runs are not copied.
struct Report {
  const SolveOptions& options;
  const Sweep& sweep;
  std::span<const Game> games;  ///< those of the runs; the first has the number first_game
  std::size_t first_game = 0;
  const Results& results;  ///< the first is of run first_run
  std::size_t first_run = 0;
  std::optional<std::size_t> runs_asked;  ///< in all, where that is known
  std::span<const RunAnalysis> analyses;  ///< a run's each; empty without --analyse

  SweepIndex index_of(std::size_t result) const { return quantal::index_of(sweep, first_run + result); }
  bool has_history() const { return options.settings.gap_every > 0; }  ///< one that was asked for
  const Game& game_of(std::size_t result) const { return games[index_of(result).game - first_game]; }
  const Temperature& temperature_of(std::size_t result) const { return options.temperatures[index_of(result).tau]; }
};

struct StatusCounts {
  std::array<std::size_t, number_of_statuses> of{};  // by Status
  std::size_t operator[](Status status) const { return of[static_cast<std::size_t>(status)]; }
  std::size_t finished() const;
};

/// "3 max_iterations, 1 stalled": those of the statuses that occur, of runs with a result that have not converged.
std::string list_short_of_tolerance(const StatusCounts& counts);

/// 1.5e-05
std::string gap_text(double gap);

/// To sort by: nothing is worse than no number.
double badness(double gap);

class SolveSummary;

/// Where results go, slab by slab.
class ResultsSink {
 public:
  virtual ~ResultsSink() = default;
  virtual void write(const Report& report) = 0;
  /// After the last slab. `complete`: it was the last of all, and not only the last that was solved.
  virtual void finish(const SolveSummary& summary, bool complete) = 0;
  /// Whether what was written stays whatever happens, and --resume goes on with it.
  virtual bool is_kept() const { return false; }
};

std::unique_ptr<ResultsSink> table_sink(const SolveOptions& options, Output& output);
std::unique_ptr<ResultsSink> json_sink(Output& output);
std::unique_ptr<ResultsSink> csv_sink(Output& output);

/// To the options' output, which it begins with the first slab that has results, or goes on with.
std::unique_ptr<ResultsSink> hdf5_sink(const SolveOptions& options, const Sweep& sweep);

}  // namespace quantal::cli
