#include "quantal/results.hpp"

#include <algorithm>

namespace quantal {

std::string_view to_string(Status status) {
  switch (status) {
    case Status::converged:
      return "converged";
    case Status::max_iterations:
      return "max_iterations";
    case Status::cycling:
      return "cycling";
    case Status::stalled:
      return "stalled";
    case Status::target_reached:
      return "target_reached";
    case Status::not_finite:
      return "not_finite";
    case Status::cancelled:
      return "cancelled";
    case Status::failed:
      return "failed";
  }
  return "unknown";
}

bool has_result(Status status) {
  return status < Status::cancelled;
}

std::string_view to_string(PolicyEvaluation evaluation) {
  switch (evaluation) {
    case PolicyEvaluation::none:
      return "none";
    case PolicyEvaluation::direct:
      return "direct";
    case PolicyEvaluation::iterative:
      return "iterative";
  }
  return "unknown";
}

std::span<const double> Results::policies_of(std::size_t run) const {
  if (!has_result(status[run])) return {};
  return {policies.data() + policy_begin[run], policy_begin[run + 1] - policy_begin[run]};
}

std::span<const double> Results::qre_gap_per_agent_of(std::size_t run) const {
  if (!has_result(status[run])) return {};
  return {qre_gap_per_agent.data() + agent_begin[run], agent_begin[run + 1] - agent_begin[run]};
}

std::span<const double> Results::values_of(std::size_t run) const {
  if (policies_of(run).empty()) return {};
  return {values.data() + value_begin[run], value_begin[run + 1] - value_begin[run]};
}

std::span<const double> Results::action_values_of(std::size_t run) const {
  if (action_values.empty() || values_of(run).empty()) return {};
  return {action_values.data() + policy_begin[run], policy_begin[run + 1] - policy_begin[run]};
}

std::span<const double> Results::history_of(std::size_t run) const {
  return {gap_history.data() + history_begin[run], history_length[run]};
}

std::int64_t Results::history_iteration(std::size_t run, std::size_t entry) const {
  // All entries but the last of a finished run lie on the stride.
  const std::int64_t iteration = static_cast<std::int64_t>(entry) * gap_every;
  const bool last = entry + 1 == history_length[run] && !policies_of(run).empty();
  return last ? std::min(iteration, iterations[run]) : iteration;
}

}  // namespace quantal
