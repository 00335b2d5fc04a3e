#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quantal/run.hpp"
#include "quantal/settings.hpp"

namespace quantal {

/// Throws InputError unless the run's own initial policies, if it has any, are as many as the actions, positive and
/// each agent's sum to 1 within 1e-6, and the numbers that random ones depend on are in their range.
void validate_start(const Run& run, const std::vector<int>& actions, std::uint64_t first_game);

/// Logits that a run starts from: log of its initial policies, into `theta` (sum of m_i). Random policies are uniform
/// on each agent's simplex and depend on (seed, first_game + run.game, *run.random_start) only, through the
/// counter-based generator Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011).
void initial_logits(const Run& run, const std::vector<int>& actions, const Settings& settings, std::span<double> theta);

}  // namespace quantal
