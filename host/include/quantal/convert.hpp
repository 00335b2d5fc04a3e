#pragma once

#include "quantal/game.hpp"

namespace quantal {

/// The normal form of a network game, with its name: the same agents and actions, and for each joint action what the
/// agents' edges pay them. Each payoff is a sum in double that starts from 0 and takes the edges in the order of
/// `game.edges`.
///
/// Throws InputError if the game is not valid, or if its normal form would have more than 2^28 payoffs (2 GiB), saying
/// how many: a network of 20 agents with 2 actions each has 20 million.
NormalFormGame to_normal_form(const PolymatrixGame& game);

}  // namespace quantal
