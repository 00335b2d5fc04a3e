#include "host/experiment/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "host/experiment/table.hpp"

namespace quantal::experiment {

namespace {
constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr int points = 64;  // of a curve
}  // namespace

double quantile(std::vector<double> numbers, double share) {
  if (numbers.empty()) return none;
  const double place = std::ceil(share * static_cast<double>(numbers.size())) - 1;
  const auto nth = numbers.begin() + static_cast<std::ptrdiff_t>(std::max(place, 0.0));
  std::nth_element(numbers.begin(), nth, numbers.end());
  return *nth;
}

Line fit_line(std::span<const double> x, std::span<const double> y) {
  const auto n = static_cast<double>(x.size());
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    mean_x += x[k] / n;
    mean_y += y[k] / n;
  }
  double xx = 0;
  double xy = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    xx += (x[k] - mean_x) * (x[k] - mean_x);
    xy += (x[k] - mean_x) * (y[k] - mean_y);
  }
  if (!(xx > 0)) return {none, none};
  return {xy / xx, mean_y - xy / xx * mean_x};
}

double gap_after(const Results& results, std::size_t run, std::int64_t iteration) {
  const std::span<const double> history = results.history_of(run);
  if (iteration >= results.iterations[run] || history.empty()) return results.qre_gap[run];
  return history[static_cast<std::size_t>(iteration / results.gap_every)];
}

double decay(const Results& results, std::size_t run, double below, double above) {
  std::vector<double> iterations;
  std::vector<double> logarithms;
  const std::span<const double> history = results.history_of(run);
  for (std::size_t entry = 0; entry < history.size(); ++entry) {
    if (!(history[entry] < below && history[entry] > above)) continue;
    iterations.push_back(static_cast<double>(results.history_iteration(run, entry)));
    logarithms.push_back(std::log(history[entry]));
  }
  return iterations.size() < 3 ? none : fit_line(iterations, logarithms).slope;
}

std::vector<std::int64_t> evenly_to(std::int64_t last) {
  const std::int64_t step = std::max<std::int64_t>(1, (last + points - 1) / points);
  std::vector<std::int64_t> iterations;
  for (std::int64_t k = 0; k < last + step; k += step) iterations.push_back(k);
  return iterations;
}

std::vector<std::int64_t> by_ratio_to(std::int64_t last) {
  const double ratio = std::pow(static_cast<double>(last), 1.0 / points);
  std::vector<std::int64_t> iterations;
  for (int k = 0; k <= points; ++k) {
    const std::int64_t iteration = std::llround(std::pow(ratio, k));
    if (iterations.empty() || iteration > iterations.back()) iterations.push_back(iteration);
  }
  return iterations;
}

figure::Series gap_course(std::string name, const Results& results, std::span<const std::size_t> runs,
                          std::span<const std::int64_t> iterations) {
  figure::Series series{std::move(name)};
  std::int64_t longest = 0;
  for (const std::size_t run : runs) longest = std::max(longest, results.iterations[run]);
  std::int64_t before = -1;
  for (const std::int64_t iteration : iterations) {
    if (runs.empty() || std::exchange(before, iteration) >= longest) break;
    std::vector<double> gaps;
    for (const std::size_t run : runs) gaps.push_back(gap_after(results, run, iteration));
    series.x.push_back(static_cast<double>(iteration));
    series.y.push_back(quantile(gaps, 0.5));
    series.low.push_back(quantile(gaps, 0.25));
    series.high.push_back(quantile(gaps, 0.75));
  }
  return series;
}

std::vector<std::size_t> distinct_limits(const Results& results, std::span<const std::size_t> runs, double tolerance) {
  std::vector<std::size_t> limits;
  for (const std::size_t run : converged(results, runs)) {
    const std::span<const double> policies = results.policies_of(run);
    const auto is_alike = [&](std::size_t limit) {
      const std::span<const double> others = results.policies_of(limit);
      return std::equal(policies.begin(), policies.end(), others.begin(),
                        [&](double a, double b) { return std::abs(a - b) <= tolerance; });
    };
    if (std::none_of(limits.begin(), limits.end(), is_alike)) limits.push_back(run);
  }
  return limits;
}

std::vector<std::size_t> converged(const Results& results, std::span<const std::size_t> runs) {
  std::vector<std::size_t> chosen;
  for (const std::size_t run : runs) {
    if (results.status[run] == Status::converged) chosen.push_back(run);
  }
  return chosen;
}

std::string list(std::span<const double> numbers) {
  std::string text;
  for (const double number : numbers) text += fmt::format("{}{}", text.empty() ? "" : ", ", to_text(number));
  return text;
}

}  // namespace quantal::experiment
