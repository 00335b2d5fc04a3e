#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "quantal/game.hpp"

namespace quantal {

/// Expected payoffs in double, for what is said of a run after it ended. A is the sum of all agents' actions; policies
/// are agent by agent.
struct ExpectedPayoffs {
  std::vector<double> rbar;      // (A)
  std::vector<double> rounding;  // (N) bound of the error of rbar_i
};

/// Of a game that is no Markov game.
ExpectedPayoffs expected_payoffs(const Game& game, std::span<const double> policies);

/// (A, A) the derivative of rbar_i(a) in pi_j(b): what i earns in expectation where it plays a and j plays b; zeros for
/// j = i.
std::vector<double> payoff_derivatives(const Game& game, std::span<const double> policies);

/// (N + 1) where each agent's actions begin in a list of all.
std::vector<std::size_t> action_begins(const std::vector<int>& actions);

}  // namespace quantal
