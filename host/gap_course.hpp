#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace quantal {

/// What the later half of a gap history looks like.
struct GapCourse {
  bool is_known = false;  // there were enough entries to tell
  /// From each third to the next, both the smallest and the largest gap fall by more than 0.1 %.
  bool falls = false;
  /// After so many iterations gaps come back, throughout, to within a tenth of their range on a log scale.
  std::optional<std::int64_t> period;
};

GapCourse gap_course(std::span<const std::int64_t> iteration, std::span<const double> gap);

}  // namespace quantal
