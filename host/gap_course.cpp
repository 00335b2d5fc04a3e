#include "host/gap_course.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "quantal/analysis.hpp"
#include "quantal/error.hpp"

namespace quantal {

namespace {

struct Extremes {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
};

Extremes extremes(std::span<const double> values) {
  Extremes found;
  for (const double value : values) {
    found.low = std::min(found.low, value);
    found.high = std::max(found.high, value);
  }
  return found;
}

bool falls_by_thirds(std::span<const double> log_gap) {
  constexpr double least_fall = 1e-3;
  const std::size_t third = log_gap.size() / 3;
  std::array<Extremes, 3> thirds;
  for (std::size_t k = 0; k < 3; ++k) thirds[k] = extremes(log_gap.last((3 - k) * third).first(third));
  for (std::size_t k = 1; k < 3; ++k) {
    if (!(thirds[k].low < thirds[k - 1].low - least_fall)) return false;
    if (!(thirds[k].high < thirds[k - 1].high - least_fall)) return false;
  }
  return true;
}

/// The least number of entries after which values come back.
std::optional<std::size_t> recurrence(std::span<const double> log_gap) {
  constexpr double share_of_range = 0.1;
  constexpr double constant = 1e-9;  // a range that is none
  const Extremes all = extremes(log_gap);
  const double tolerance = std::max(share_of_range * (all.high - all.low), constant);
  for (std::size_t lag = 1; lag <= log_gap.size() / 3; ++lag) {
    bool recurs = true;
    for (std::size_t k = lag; k < log_gap.size() && recurs; ++k) {
      recurs = std::fabs(log_gap[k] - log_gap[k - lag]) <= tolerance;
    }
    if (!recurs) continue;
    // A slow drift stays near itself for some entries: the lag must be one after which gaps have been elsewhere.
    const Extremes period = extremes(log_gap.last(lag + 1));
    if (period.high - period.low >= 0.5 * (all.high - all.low)) return lag;
  }
  return {};
}

}  // namespace

GapCourse gap_course(std::span<const std::int64_t> iteration, std::span<const double> gap) {
  constexpr std::size_t least_entries = 12;
  constexpr std::size_t most_entries = 1024;
  GapCourse course;
  std::size_t size = gap.size();
  // The last entry may come sooner after the one before than all others do.
  if (size >= 3 && iteration[size - 1] - iteration[size - 2] != iteration[1] - iteration[0]) --size;
  if (size < 2 * least_entries) return course;
  const std::size_t count = std::min(size / 2, most_entries);
  std::vector<double> later;
  for (std::size_t k = size - size / 2; k < size; ++k) {
    if (!(gap[k] > 0) || !std::isfinite(gap[k])) return course;
    later.push_back(std::log(gap[k]));
  }
  course.is_known = true;
  course.falls = falls_by_thirds(later);
  if (const auto lag = recurrence(std::span(later).last(count))) {
    course.period = static_cast<std::int64_t>(*lag) * (iteration[1] - iteration[0]);
  }
  return course;
}

std::optional<double> measured_rate(std::span<const std::int64_t> iteration, std::span<const double> gap,
                                    double floor) {
  constexpr std::size_t least_entries = 6;
  constexpr std::size_t most_entries = 512;
  if (iteration.size() != gap.size()) throw InputError("measured_rate: expected as many iterations as gaps");
  std::vector<double> at;
  std::vector<double> log_gap;
  for (std::size_t k = 0; k < gap.size(); ++k) {
    if (!(gap[k] > floor) || !(gap[k] > 0) || !std::isfinite(gap[k])) continue;
    at.push_back(static_cast<double>(iteration[k]));
    log_gap.push_back(std::log(gap[k]));
  }
  const std::size_t count = std::max(at.size() / 2, least_entries);
  if (at.size() < count) return {};
  const std::size_t first = at.size() - count;
  const std::size_t stride = (count + most_entries - 1) / most_entries;
  std::vector<double> slopes;
  for (std::size_t k = first; k < at.size(); k += stride) {
    for (std::size_t l = first; l < k; l += stride) {
      if (at[k] > at[l]) slopes.push_back((log_gap[k] - log_gap[l]) / (at[k] - at[l]));
    }
  }
  if (slopes.empty()) return {};
  const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
  std::nth_element(slopes.begin(), middle, slopes.end());
  return std::exp(*middle / 2);
}

}  // namespace quantal
