#include "quantal/settings.hpp"

#include <algorithm>
#include <cmath>

#include "host/format.hpp"
#include "quantal/error.hpp"

namespace quantal {

std::string_view to_string(Tier tier) {
  switch (tier) {
    case Tier::automatic:
      return "auto";
    case Tier::lane:
      return "lane";
    case Tier::warp:
      return "warp";
    case Tier::block:
      return "block";
    case Tier::stream:
      return "stream";
  }
  return "unknown";
}

std::string_view to_string(UpdateRule rule) {
  switch (rule) {
    case UpdateRule::natural_policy_gradient:
      return "npg";
    case UpdateRule::optimistic:
      return "optimistic";
    case UpdateRule::predictive:
      return "predictive";
    case UpdateRule::magnetic:
      return "magnetic";
    case UpdateRule::logit_response:
      return "logit-response";
    case UpdateRule::policy_gradient:
      return "policy-gradient";
    case UpdateRule::replicator:
      return "replicator";
    case UpdateRule::alternating:
      return "alternating";
    case UpdateRule::anderson:
      return "anderson";
  }
  return "";
}

bool takes_any_step(UpdateRule rule) {
  return rule == UpdateRule::magnetic || rule == UpdateRule::policy_gradient || rule == UpdateRule::replicator;
}

void Settings::validate() const {
  const auto check_gap = [](std::string_view name, const std::optional<double>& gap) {
    if (gap && !(*gap >= 0 && std::isfinite(*gap))) {
      throw InputError(formatted("{} = {}: expected a finite number of at least 0", name, *gap));
    }
  };
  check_gap("gap_tolerance", gap_tolerance);
  check_gap("target_nash_gap", target_nash_gap);
  if (magnet != Magnet::uniform && rule != UpdateRule::magnetic) {
    throw InputError(formatted("a magnet for the rule {}: expected the rule magnetic", to_string(rule)));
  }
  if (max_iterations < 0) {
    throw InputError(formatted("max_iterations = {}: expected a number of at least 0", max_iterations));
  }
  if (gap_every < 0) throw InputError(formatted("gap_every = {}: expected a number of at least 0", gap_every));
  if (threads < 0 || threads > 4096) {
    throw InputError(formatted("threads = {}: expected 0 (all cores) to 4096", threads));
  }
  if (half_payoffs && precision != Precision::float32) {
    throw InputError("half_payoffs: expected float32, which payoffs in half precision are for");
  }
  for (auto device = devices.begin(); device != devices.end(); ++device) {
    if (*device < 0 || std::find(devices.begin(), device, *device) != device) {
      throw InputError(formatted("devices: {}: expected distinct numbers of at least 0", *device));
    }
  }
  if (!devices.empty() && backend == Backend::cpu) {
    throw InputError("devices: they are CUDA's, expected none with the CPU backend");
  }
}

}  // namespace quantal
