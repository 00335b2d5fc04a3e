#include "solve_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <string_view>

#include "display_text.hpp"

namespace quantal::cli {

namespace {

constexpr std::size_t most_courses = 1000;
constexpr std::size_t most_temperatures = 40;  // more than that are for a page, not for a terminal

/// The smallest number that is not below `share` of all.
std::int64_t quantile(const std::map<std::int64_t, std::size_t>& numbers, std::size_t count, std::size_t percent) {
  std::size_t left = (count - 1) * percent / 100;
  for (const auto& [number, times] : numbers) {
    if (left < times) return number;
    left -= times;
  }
  return numbers.rbegin()->first;
}

/// Runs that made updates, or were to.
std::size_t solved(const StatusCounts& counts) {
  return counts.finished() - counts[Status::target_reached];
}

/// The gap at an iteration, between those recorded at equal ratios; where the run has ended, its last.
double log_gap_at(std::span<const std::int64_t> iteration, std::span<const double> gap, double t) {
  const auto log_of = [](double value) {
    constexpr double least = 1e-300;
    return std::log10(std::max(value, least));
  };
  const auto after =
      std::find_if(iteration.begin(), iteration.end(), [t](std::int64_t at) { return static_cast<double>(at) >= t; });
  if (after == iteration.end()) return log_of(gap.back());
  const auto k = static_cast<std::size_t>(after - iteration.begin());
  if (k == 0 || gap[k] == 0) return log_of(gap[k]);
  const auto from = static_cast<double>(iteration[k - 1]);
  const double share = (t - from) / (static_cast<double>(iteration[k]) - from);
  return (1 - share) * log_of(gap[k - 1]) + share * log_of(gap[k]);
}

}  // namespace

SolveSummary::SolveSummary(const SolveOptions& options)
    : options_(options), temperatures_(options.temperatures.size()) {}

void SolveSummary::add(const Report& report) {
  const Results& results = report.results;
  runs_ += results.size();
  solve_seconds_ += results.solve_seconds;
  backend_ = results.backend;
  for (std::size_t run = 0; run < results.size(); ++run) {
    const auto status = static_cast<std::size_t>(results.status[run]);
    ++counts_.of[status];
    if (!has_result(results.status[run])) continue;
    ByTemperature& at = temperatures_[report.index_of(run).tau];
    ++at.counts.of[status];
    at.sum_of_nash_gaps += results.nash_gap[run];
    // What keeps the policies of another temperature has no iterations, and a gap that says nothing of the solver.
    if (results.status[run] == Status::target_reached) continue;

    const std::int64_t iterations = results.iterations[run];
    const double gap = results.qre_gap[run];
    ++iterations_[iterations];
    all_iterations_ += iterations;
    ++at.iterations[iterations];
    at.reached_target +=
        options_.settings.target_nash_gap && results.nash_gap[run] <= *options_.settings.target_nash_gap;
    at.largest_gap = std::max(at.largest_gap, badness(gap));

    if (!has_worst_ || badness(gap) > badness(worst_gap_)) {
      has_worst_ = true;
      worst_gap_ = gap;
      worst_run_ = report.first_run + run;
      worst_game_ = cut_to(one_line(name_of(report.game_of(run))), 40);
      worst_temperature_ = cut_to(report.temperature_of(run).text, longest_temperature);
    }
    if (courses_.size() < most_courses) add_course(results, run);
    if (report.analyses.empty()) {
      diagnose_course(results, run);
    } else {
      analysis_.add(report.analyses[run], report.first_run + run);
    }
  }
}

void SolveSummary::add_course(const Results& results, std::size_t run) {
  constexpr std::size_t most_entries = 128;
  const std::span<const double> gaps = results.history_of(run);
  if (gaps.empty()) return;
  Course course;
  const std::size_t stride = gaps.size() / most_entries + 1;
  for (std::size_t k = 0; k < gaps.size(); k += stride) {
    course.iteration.push_back(results.history_iteration(run, k));
    course.gap.push_back(gaps[k]);
  }
  if (course.iteration.back() != results.iterations[run]) {
    course.iteration.push_back(results.iterations[run]);
    course.gap.push_back(gaps.back());
  }
  courses_.push_back(std::move(course));
}

void SolveSummary::diagnose_course(const Results& results, std::size_t run) {
  const bool is_out_of_updates =
      results.status[run] == Status::max_iterations || results.status[run] == Status::cycling;
  if (!is_out_of_updates || results.gap_every == 0) return;
  const std::span<const double> gaps = results.history_of(run);
  std::vector<std::int64_t> iterations;
  for (std::size_t k = 0; k < gaps.size(); ++k) iterations.push_back(results.history_iteration(run, k));
  ++seen_[diagnose(iterations, gaps)];
}

/// Of runs that ran out of iterations. Empty if there are none, or nothing was seen.
std::string SolveSummary::seen_text() const {
  std::vector<std::string> words;
  const auto add = [&](Diagnosis diagnosis, std::string_view what) {
    if (const auto found = seen_.find(diagnosis); found != seen_.end()) {
      words.push_back(fmt::format("{} {}", found->second, what));
    }
  };
  add(Diagnosis::slow, "still falling");
  add(Diagnosis::cycle, "recurring");
  add(Diagnosis::irregular, "neither");
  if (words.empty()) return {};
  return fmt::format("gaps         {} after {} iterations\n", fmt::join(words, ", "), options_.settings.max_iterations);
}

/// Of warm starts towards a Nash gap: how many have reached it, and where. Empty without.
std::string SolveSummary::target_text() const {
  if (!options_.settings.target_nash_gap) return {};
  std::size_t reached = 0;
  for (const ByTemperature& at : temperatures_) reached += at.reached_target;
  std::size_t so_far = 0;
  std::size_t median = 0;
  while (median + 1 < temperatures_.size() && 2 * (so_far += temperatures_[median].reached_target) < reached) ++median;
  const std::string where =
      fmt::format(", half of them by temperature {} of {}, {} {}", median + 1, temperatures_.size(),
                  options_.by_lambda ? "lambda" : "tau", options_.temperatures[median].text);
  return fmt::format("target       {} of {} reached a Nash gap of {:g}{}\n", reached,
                     temperatures_.front().counts.finished(), *options_.settings.target_nash_gap,
                     reached > 0 ? where : "");
}

std::string SolveSummary::text() const {
  const std::size_t finished = solved(counts_);
  if (finished == 0) return {};
  std::string text;
  const auto line = std::back_inserter(text);
  const std::string others = list_short_of_tolerance(counts_);
  fmt::format_to(line, "{} {}, {} % converged{}{}\n", finished, finished == 1 ? "run" : "runs",
                 percent(counts_[Status::converged], finished), others.empty() ? "" : "; ", others);
  if (finished > 1) {
    fmt::format_to(line, "iterations   median {}, 90 % within {}, most {}\n", quantile(iterations_, finished, 50),
                   quantile(iterations_, finished, 90), iterations_.rbegin()->first);
    fmt::format_to(line, "largest gap  {} (run {}: {}, {} {})\n", gap_text(worst_gap_), worst_run_, worst_game_,
                   options_.by_lambda ? "lambda" : "tau", worst_temperature_);
  }
  text += target_text() + course_text() + seen_text() + analysis_.text();
  const double seconds = std::max(solve_seconds_, 1e-9);
  fmt::format_to(line, "time         {:.3g} s on {}, {} runs/s, {} iterations/s\n", solve_seconds_, backend_,
                 short_number(static_cast<double>(finished) / seconds),
                 short_number(static_cast<double>(all_iterations_) / seconds));
  return text + temperatures_text();
}

/// A line a temperature.
std::string SolveSummary::temperatures_text() const {
  if (temperatures_.size() < 2) return {};
  std::size_t width = 6;
  for (const Temperature& temperature : options_.temperatures) width = std::max(width, display_width(temperature.text));
  width = std::min(width, longest_temperature);
  std::string text =
      fmt::format("\n{:>{}}  {:>9}  {:>9}  {:>17}  {:>11}  {:>13}\n", options_.by_lambda ? "lambda" : "tau", width,
                  "runs", "converged", "median iterations", "largest gap", "mean Nash gap");
  for (std::size_t t = 0; t < temperatures_.size(); ++t) {
    if (t == most_temperatures) {
      return text + fmt::format("⋮ {} more; quantal report shows all\n", temperatures_.size() - t);
    }
    const ByTemperature& at = temperatures_[t];
    const std::size_t all = at.counts.finished();
    const std::size_t runs = solved(at.counts);
    if (all == 0) continue;
    const std::string nash_gap = gap_text(at.sum_of_nash_gaps / static_cast<double>(all));
    const std::string tau = cut_to(options_.temperatures[t].text, longest_temperature);
    text += runs == 0
                ? fmt::format("{:>{}}  {:>9}  {:>9}  {:>17}  {:>11}  {:>13}\n", tau, width, 0, "", "", "", nash_gap)
                : fmt::format("{:>{}}  {:>9}  {:>7} %  {:>17}  {:>11}  {:>13}\n", tau, width, runs,
                              percent(at.counts[Status::converged], runs), quantile(at.iterations, runs, 50),
                              gap_text(at.largest_gap), nash_gap);
  }
  return text;
}

/// The median gap of the recorded runs on a log scale, as blocks of eight heights.
std::string SolveSummary::course_text() const {
  constexpr int columns = 40;
  std::int64_t last = 0;
  for (const Course& course : courses_) last = std::max(last, course.iteration.back());
  last = std::min(last, quantile(iterations_, solved(counts_), 90));  // the last few would leave it flat
  if (last == 0) return {};
  std::vector<double> medians;
  std::vector<double> gaps(courses_.size());
  for (int column = 0; column < columns; ++column) {
    const double t = static_cast<double>(last) * column / (columns - 1);
    std::transform(courses_.begin(), courses_.end(), gaps.begin(),
                   [t](const Course& course) { return log_gap_at(course.iteration, course.gap, t); });
    const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>((gaps.size() - 1) / 2);
    std::nth_element(gaps.begin(), middle, gaps.end());
    medians.push_back(*middle);
  }
  if (!std::all_of(medians.begin(), medians.end(), [](double x) { return std::isfinite(x); })) return {};
  const auto [lowest, highest] = std::minmax_element(medians.begin(), medians.end());
  static constexpr std::string_view blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string line;
  for (const double median : medians) {
    const double height = *highest > *lowest ? (median - *lowest) / (*highest - *lowest) : 0;
    line += blocks[std::clamp(static_cast<int>(height * 8), 0, 7)];
  }
  const auto gap_of = [](double log_gap) { return log_gap <= -299 ? 0.0 : std::pow(10, log_gap); };
  const std::string whose = courses_.size() == 1 ? ""
                            : courses_.size() < counts_.finished()
                                ? fmt::format(", median of the first {}", courses_.size())
                                : ", median";
  return fmt::format("QRE gap      {} {} to {} in {} iterations{}\n", line, gap_text(gap_of(medians.front())),
                     gap_text(gap_of(medians.back())), last, whose);
}

}  // namespace quantal::cli
