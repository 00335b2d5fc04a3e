#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quantal/analysis.hpp"
#include "quantal/game.hpp"

namespace quantal {

/// Why a game at these temperatures has no local test; empty if it has one.
std::string no_local_test(const Game& game, const std::vector<double>& tau);

/// The test at given policies, of a game that has one. Nothing where numbers overflow or eigenvalues are not found.
std::optional<LocalStability> local_stability_at(const Game& game, const std::vector<double>& tau, double eta,
                                                 std::span<const double> policies);

/// A QRE that Newton's method finds from these policies, of a game that has a local test: at these temperatures or, if
/// that fails, by way of those at higher ones. Every logit is within 1e-9 (relative to the largest) of its response.
/// Nothing where it finds none, or where the game has so many joint actions that it would take long.
std::optional<std::vector<double>> equilibrium_near(const Game& game, const std::vector<double>& tau,
                                                    std::span<const double> policies);

}  // namespace quantal
