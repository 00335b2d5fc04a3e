#include "report.hpp"

#include <fmt/format.h>

namespace quantal::cli {

RunIndex index_of(const SolveOptions& options, std::size_t run) {
  RunIndex index{};
  index.start = run % options.starts;
  run /= options.starts;
  index.eta = run % options.etas.size();
  run /= options.etas.size();
  index.temperature = run % options.temperatures.size();
  index.game = run / options.temperatures.size();
  return index;
}

bool has_result(Status status) {
  return status != Status::cancelled && status != Status::failed;
}

std::size_t StatusCounts::finished() const {
  std::size_t finished = 0;
  for (std::size_t status = 0; status < of.size(); ++status) {
    if (has_result(static_cast<Status>(status))) finished += of[status];
  }
  return finished;
}

StatusCounts count_statuses(const Results& results) {
  StatusCounts counts;
  for (const Status status : results.status) ++counts.of[static_cast<std::size_t>(status)];
  return counts;
}

std::string list_statuses(const StatusCounts& counts, std::initializer_list<Status> statuses) {
  std::string list;
  for (const Status status : statuses) {
    if (counts[status] == 0) continue;
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", counts[status], to_string(status));
  }
  return list;
}

}  // namespace quantal::cli
