#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quantal/analysis.hpp"
#include "quantal/error.hpp"
#include "quantal/game.hpp"
#include "quantal/results.hpp"
#include "quantal/run.hpp"
#include "quantal/settings.hpp"

namespace quantal::files {

// Results of `quantal solve` as HDF5: structure of arrays with offsets, as quantal::Results, which grow while runs
// finish. R runs, G games so far; a run's entries of a ragged array begin at its offset.
//
//   attributes of /             format "quantal results", format_version 1, quantal_version, backend, precision, rule,
//                               arguments (JSON, the words of the command), runs_asked (0: not known), gap_tolerance
//                               (NaN: the default), max_iterations, gap_every, seed, starts, by_lambda
//   /finished                   (1) R: what lies beyond in any array is of a slab that was not finished
//   /complete                   (1) whether these are all that were asked for
//   /solve_seconds              (1)
//   /sweep/tau, lambda          (T, K) K = 1, or a temperature an agent;  /sweep/eta (E) NaN: auto
//   /games/name                 (G) text, cut to a length that the first games decide
//   /games/class, states        (G) enumeration; 1 unless a Markov game
//   /games/checksum             (G) of class, actions and payoffs
//   /games/actions_begin        (G + 1);  /games/actions (actions_begin[G]) agent by agent, state by state
//   /runs/game, start           (R)
//   /runs/tau                   (R, K)
//   /runs/eta, iterations, qre_gap, nash_gap    (R)
//   /runs/status, evaluation    (R) enumerations;  /runs/evaluation_residual (R)
//   /runs/policy_begin          (R + 1);  /policies (policy_begin[R]) agent by agent, state by state
//   /runs/agent_begin           (R + 1);  /qre_gap_per_agent
//   /runs/value_begin           (R + 1);  /values;  /action_values as /policies; the latter if they were asked for
//   /runs/history_begin         (R + 1);  /gap_history: entry k is of iteration k gap_every, the last of `iterations`
//   /analysis/..                (R) if that was asked for: RunAnalysis and its parts, NaN where there is none
//
// A file is written in the library's single-writer mode, in which the order of writes keeps it readable at every
// moment; /finished is written after what it counts. A process that is killed loses the slab that it was writing.

/// What is said of all runs when a file is begun.
struct ResultsFileHead {
  std::string arguments;  ///< JSON array of strings: what --resume repeats
  std::string backend;
  bool by_lambda = false;
  std::vector<std::vector<double>> lambda;  ///< as Sweep::tau
  std::uint64_t runs_asked = 0;             ///< 0: not known
  int compression = 0;                      ///< 0 (none) to 9, of deflate
};

/// Consecutive runs with their games.
struct ResultsSlab {
  std::uint64_t first_game = 0;
  std::span<const Game> games;  ///< game k has the number first_game + k
  std::uint64_t first_run = 0;  ///< of `results`
  const Results& results;
  std::size_t count = 0;  ///< that many of the results, from the first, are written
  bool with_history = true;
  std::span<const RunAnalysis> analyses = {};  ///< a result's each, in every slab of a file or in none
};

/// How many results come before the first run without one, which is where --resume goes on.
std::size_t results_in_front(const Results& results);

/// A results file that is being written. Errors of the file system are thrown as Error; what /finished counted before
/// stays readable.
class ResultsFile {
 public:
  /// Begins a file with its first runs. It takes the place of one of that name when these are in it.
  ResultsFile(const std::string& path, const ResultsFileHead& head, const Sweep& sweep, const Settings& settings,
              const ResultsSlab& first);

  /// Goes on with a file that was interrupted. Throws InputError if it is none, or one that another process writes.
  ResultsFile(const std::string& path, const Sweep& sweep);

  ~ResultsFile();
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;

  /// The runs that follow those in the file. Returns when they are counted there.
  void append(const ResultsSlab& slab);

  /// Closes the file. `complete`: no more runs were asked for.
  void finish(bool complete);

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

/// What `--resume` needs to know of a file.
struct ResultsFileState {
  std::vector<std::string> arguments;
  std::string backend;
  std::uint64_t finished = 0;
  std::uint64_t runs_asked = 0;
  bool complete = false;
  bool left_open = false;  ///< by a process that was killed, or that still writes: other programs cannot open it
  std::vector<std::uint64_t> first_and_last_checksum;  ///< of the games in the file; none: it has no games
  std::uint64_t games = 0;
};

/// Throws InputError beginning with the file's name where it is no results file.
ResultsFileState state_of_results(const std::string& path);

/// Closes a complete file that was left open.
void close_results(const std::string& path);

/// Whether the file is there and holds results that are not complete.
bool is_unfinished_results(const std::string& path);

/// Of class, actions and payoffs (rewards, transitions), not of the name: a 64-bit number that differs where games do,
/// but for chance.
std::uint64_t checksum_of(const Game& game);

}  // namespace quantal::files
