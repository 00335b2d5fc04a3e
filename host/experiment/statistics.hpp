#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/figure/figure.hpp"
#include "quantal/results.hpp"

namespace quantal::experiment {

/// The smallest of the numbers with at least that share of them at or below it; NaN of none. 0.5 is the (lower) median.
double quantile(std::vector<double> numbers, double share);

/// A straight line by least squares. NaN unless there are two different x.
struct Line {
  double slope;
  double intercept;
};
Line fit_line(std::span<const double> x, std::span<const double> y);

/// The run's gap after so many updates, from its history; of one that has ended, its last.
double gap_after(const Results& results, std::size_t run, std::int64_t iteration);

/// ln of the factor by which a run's gap shrinks with every update at its end: the slope of ln gap where it has fallen
/// below `below` and is above `above`. NaN where fewer than three gaps are.
double decay(const Results& results, std::size_t run, double below = 1e-2, double above = 1e-20);

/// Some iterations from 0 to `last` and a step beyond, at equal distances, or from 1 on at equal ratios.
std::vector<std::int64_t> evenly_to(std::int64_t last);
std::vector<std::int64_t> by_ratio_to(std::int64_t last);

/// Gaps of some runs at those iterations, as far as one of them goes: the median, and a band that holds the middle
/// half.
figure::Series gap_course(std::string name, const Results& results, std::span<const std::size_t> runs,
                          std::span<const std::int64_t> iterations);

/// Runs that ended in different policies: one of each, the first, of those that converged. Policies are alike where no
/// probability differs by more than `tolerance`.
std::vector<std::size_t> distinct_limits(const Results& results, std::span<const std::size_t> runs, double tolerance);

/// Numbers of some runs, one each.
template <class T>
std::vector<double> take(const std::vector<T>& of_all, std::span<const std::size_t> runs) {
  std::vector<double> numbers;
  for (const std::size_t run : runs) numbers.push_back(static_cast<double>(of_all[run]));
  return numbers;
}

/// Those of the runs that converged.
std::vector<std::size_t> converged(const Results& results, std::span<const std::size_t> runs);

/// "0.5, 0.25, 0.1"
std::string list(std::span<const double> numbers);

}  // namespace quantal::experiment
