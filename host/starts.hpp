#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quantal/run.hpp"

namespace quantal {

/// Throws InputError unless the run's own initial policies, if it has any, are as many as the actions, positive and
/// each agent's sum to 1 within 1e-6.
void validate_start(const Run& run, const std::vector<int>& actions);

/// Logits that a run starts from: log of its initial policies, into `theta` (sum of m_i). Random policies are uniform
/// on each agent's simplex and depend on (seed, run.game, *run.random_start) only, through the counter-based generator
/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011).
void initial_logits(const Run& run, const std::vector<int>& actions, std::uint64_t seed, std::span<double> theta);

}  // namespace quantal
