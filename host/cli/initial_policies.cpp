#include "initial_policies.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "quantal/error.hpp"

namespace quantal::cli {

namespace {

using nlohmann::json;

/// A start of a file, and where it is there: [3][0][1]
class StartReader {
 public:
  StartReader(const std::string& file, std::string place) : file_(file), place_(std::move(place)) {}

  InitialPolicies read(const json& start) {
    if (!start.is_array() || start.empty() || start.front().is_number()) fail(place_, "expected an array of policies");
    read_policies(start, place_);
    return std::move(found_);
  }

 private:
  [[noreturn]] void fail(const std::string& place, const std::string& what) const {
    throw InputError(fmt::format("--init {}: {}: {}", file_, place, what));
  }

  void read_policies(const json& value, const std::string& place) {
    if (!value.is_array() || value.empty()) fail(place, "expected an array of probabilities or of policies");
    if (value.front().is_number()) return read_policy(value, place);
    for (std::size_t k = 0; k < value.size(); ++k) read_policies(value[k], fmt::format("{}[{}]", place, k));
  }

  void read_policy(const json& policy, const std::string& place) {
    double sum = 0;
    for (const json& probability : policy) {
      if (!probability.is_number()) fail(place, "expected probabilities, found something else");
      const double p = probability.get<double>();
      if (!(p > 0) || !std::isfinite(p)) {
        fail(place, fmt::format("expected positive probabilities, which natural policy gradient needs, found {}", p));
      }
      found_.policies.push_back(p);
      sum += p;
    }
    if (!(std::fabs(sum - 1) <= 1e-6)) fail(place, fmt::format("expected probabilities that sum to 1, found {}", sum));
    found_.actions.push_back(static_cast<int>(policy.size()));
  }

  const std::string& file_;
  std::string place_;
  InitialPolicies found_;
};

json read_json(const std::string& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(fmt::format("--init {}: {}", file, std::generic_category().message(errno)));
  try {
    return json::parse(in);
  } catch (const json::exception& error) {
    throw InputError(fmt::format("--init {}: expected JSON: {}", file, error.what()));
  }
}

}  // namespace

std::vector<InitialPolicies> read_initial_policies(const std::string& file) {
  const json document = read_json(file);
  const bool is_result = document.is_object() && document.contains("runs") && document["runs"].is_array();
  const json& starts = is_result ? document["runs"] : document;
  if (!starts.is_array() || starts.empty()) {
    throw InputError(fmt::format("--init {}: expected an array of starts, or results of quantal solve", file));
  }
  std::vector<InitialPolicies> initials;
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const std::string place = is_result ? fmt::format("runs[{}].policies", k) : fmt::format("[{}]", k);
    if (is_result && !(starts[k].is_object() && starts[k].contains("policies"))) {
      throw InputError(fmt::format("--init {}: {}: expected policies, found none", file, place));
    }
    initials.push_back(StartReader(file, place).read(is_result ? starts[k]["policies"] : starts[k]));
  }
  return initials;
}

void check_initial_policies(const SolveOptions& options, const Game& game) {
  for (std::size_t k = 0; k < options.initials.size(); ++k) {
    if (options.initials[k].actions == actions_of(game)) continue;
    throw InputError(
        fmt::format("--init {}: start {}: expected policies of {} probabilities for game '{}', found policies of {}",
                    options.initial_file, k, fmt::join(actions_of(game), ", "), name_of(game),
                    fmt::join(options.initials[k].actions, ", ")));
  }
}

}  // namespace quantal::cli
