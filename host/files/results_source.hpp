#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantal/error.hpp"
#include "quantal/results.hpp"

namespace quantal::files {

/// What a results file says of all its runs.
struct ResultsHead {
  std::string version;                  ///< of quantal, "0.1.0"
  std::string backend;                  ///< "cpu (avx2, 8 threads)"
  std::string precision;                ///< "double" or "float"
  std::string rule;                     ///< "npg", ..; empty: the file does not say
  bool by_lambda = false;               ///< whether temperatures were given as lambda = 1/tau
  std::optional<double> gap_tolerance;  ///< not set: the default, by temperature
  std::int64_t max_iterations = 0;
  std::int64_t gap_every = 0;  ///< 0: no histories
  std::uint64_t runs = 0;      ///< that were asked for; 0: not known (a file that was interrupted)
  std::uint64_t finished = 0;  ///< that are in the file
  double solve_seconds = 0;
};

/// One run of a results file.
struct RunRecord {
  std::uint64_t run = 0;   ///< its number among all that were asked for
  std::uint64_t game = 0;  ///< its game's number
  std::string game_name;
  std::string game_class;    ///< "normal_form", "polymatrix", "markov"
  int states = 1;            ///< S of a Markov game
  std::vector<int> actions;  ///< (N), of a Markov game (N, S): agent by agent, state by state
  std::vector<double> tau;   ///< one for all agents, or one an agent
  double eta = 0;            ///< at the end
  std::uint64_t start = 0;   ///< which of the starts
  Status status = Status::converged;
  std::int64_t iterations = 0;
  double qre_gap = 0;
  double nash_gap = 0;
  std::vector<double> policies;                 ///< agent by agent, of a Markov game state by state
  std::vector<std::int64_t> history_iteration;  ///< empty without history
  std::vector<double> history_gap;
};

/// The runs of a results file of `quantal solve` (.h5 or .json), in its order, a slab at a time.
class ResultsSource {
 public:
  virtual ~ResultsSource() = default;

  /// In JSON, `finished` and `solve_seconds` are 0 until all runs have been read.
  virtual const ResultsHead& head() const = 0;

  /// The next runs, at most `count` (> 0) of them; none where there are no more.
  virtual std::vector<RunRecord> next(std::size_t count) = 0;
};

/// Throws InputError beginning with the file's name where it is no such file. The format is known from the content.
std::unique_ptr<ResultsSource> open_results(const std::string& file);

/// The same for one format each.
std::unique_ptr<ResultsSource> open_json_results(const std::string& file);
std::unique_ptr<ResultsSource> open_hdf5_results(const std::string& file);

}  // namespace quantal::files
