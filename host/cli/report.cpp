#include "report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace quantal::cli {

std::size_t StatusCounts::finished() const {
  std::size_t finished = 0;
  for (std::size_t status = 0; status < of.size(); ++status) {
    if (has_result(static_cast<Status>(status))) finished += of[status];
  }
  return finished;
}

std::string list_short_of_tolerance(const StatusCounts& counts) {
  std::string list;
  for (const Status status : {Status::max_iterations, Status::cycling, Status::stalled, Status::not_finite}) {
    if (counts[status] == 0) continue;
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", counts[status], to_string(status));
  }
  return list;
}

std::string gap_text(double gap) {
  if (gap == 0) return "0";
  return gap < 1e-3 ? fmt::format("{:.1e}", gap) : fmt::format("{:.2g}", gap);
}

double badness(double gap) {
  return std::isnan(gap) ? std::numeric_limits<double>::infinity() : gap;
}

}  // namespace quantal::cli
