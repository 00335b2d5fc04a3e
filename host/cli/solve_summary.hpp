#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis_summary.hpp"
#include "report.hpp"

namespace quantal::cli {

/// Columns that the text of a temperature takes up at most.
constexpr std::size_t longest_temperature = 24;

/// What is said of all runs at the end, gathered while they finish, in memory that does not grow with their number.
class SolveSummary {
 public:
  explicit SolveSummary(const SolveOptions& options);

  void add(const Report& report);

  const StatusCounts& counts() const { return counts_; }
  std::size_t runs() const { return runs_; }  ///< that were to be solved so far, with a result or not
  double solve_seconds() const { return solve_seconds_; }
  std::int64_t iterations() const { return all_iterations_; }
  const std::string& backend() const { return backend_; }

  /// Lines: how many runs converged, their iterations, gaps and time; by temperature, if there are several; the gap's
  /// course, if it was recorded. Empty without results.
  std::string text() const;

 private:
  struct ByTemperature {
    StatusCounts counts;
    std::map<std::int64_t, std::size_t> iterations;  // how many runs made so many
    double largest_gap = 0;
    double sum_of_nash_gaps = 0;
    std::size_t reached_target = 0;  // runs that were the first to, of those after one another
  };

  /// Gaps of one run at some of its iterations.
  struct Course {
    std::vector<std::int64_t> iteration;
    std::vector<double> gap;
  };

  void add_course(const Results& results, std::size_t run);
  void diagnose_course(const Results& results, std::size_t run);
  std::string temperatures_text() const;
  std::string course_text() const;
  std::string seen_text() const;
  std::string target_text() const;

  const SolveOptions& options_;
  StatusCounts counts_;
  std::vector<ByTemperature> temperatures_;  // in the order of the options
  std::map<std::int64_t, std::size_t> iterations_;
  std::int64_t all_iterations_ = 0;
  std::size_t runs_ = 0;

  bool has_worst_ = false;
  double worst_gap_ = 0;
  std::size_t worst_run_ = 0;
  std::string worst_game_;
  std::string worst_temperature_;

  double solve_seconds_ = 0;
  std::string backend_;
  std::vector<Course> courses_;  // of the first runs
  AnalysisSummary analysis_;
  std::map<Diagnosis, std::size_t> seen_;  // without an analysis, in gap histories of runs that ran out of iterations
};

}  // namespace quantal::cli
