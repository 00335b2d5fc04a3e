#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "quantal/game.hpp"

namespace quantal::cli {

/// The starts of a JSON file: an array of them, each at [agent][action], of Markov games at [agent][state][action]; or
/// the policies of the runs that `quantal solve --format json` wrote. Throws InputError that names the file and the
/// place unless each policy has positive probabilities that sum to 1 within 1e-6.
std::vector<InitialPolicies> read_initial_policies(const std::string& file);

/// Throws InputError unless every start fits the game.
void check_initial_policies(const SolveOptions& options, const Game& game);

}  // namespace quantal::cli
