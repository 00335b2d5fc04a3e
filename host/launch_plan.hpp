#pragma once

/// How the shapes of games meet the planner of kernels/tuning.hpp. Host only: it plans for any device.

#include <cstddef>

#include "host/plan.hpp"
#include "kernels/tuning.hpp"

namespace quantal {

/// Whether the kernels for a shape and rule exist in the tier block alone: see solve_markov_rules.cu.
bool in_blocks_alone(const Shape& shape, kernels::UpdateRule rule);

/// How runs of a shape are launched; its tier is `none` if the tier asked for cannot hold them.
kernels::LaunchPolicy launch_policy_for(const Shape& shape, kernels::UpdateRule rule, Tier tier,
                                        std::size_t scalar_bytes, const kernels::DeviceLimits& device);

}  // namespace quantal
