#include "quantal/settings.hpp"

#include <cmath>

#include "quantal/error.hpp"

#include <fmt/format.h>

namespace quantal {

void Settings::validate() const {
  if (gap_tolerance && !(*gap_tolerance >= 0 && std::isfinite(*gap_tolerance))) {
    throw InputError(fmt::format("gap_tolerance = {}: expected a finite number of at least 0", *gap_tolerance));
  }
  if (max_iterations < 0) {
    throw InputError(fmt::format("max_iterations = {}: expected a number of at least 0", max_iterations));
  }
  if (gap_every < 0) throw InputError(fmt::format("gap_every = {}: expected a number of at least 0", gap_every));
  if (threads < 0 || threads > 4096) {
    throw InputError(fmt::format("threads = {}: expected 0 (all cores) to 4096", threads));
  }
}

}  // namespace quantal
