#pragma once

/// Network games to test with, the same on every machine for the same seed.

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "quantal/game.hpp"

namespace quantal {

/// A connected graph on `agents` agents with about half of all edges beside a spanning tree, in random order and
/// direction; all edges pay both agents, and all payoffs are 0.
PolymatrixGame random_network(const std::vector<int>& actions, std::mt19937_64& bits);

/// Up to six agents with up to three actions, edges between some of them, some of which pay only one agent, in random
/// order and direction; payoffs uniform on [-1, 1).
PolymatrixGame random_mixed_network(std::uint64_t seed);

/// Where the matrix of edge e for its first (side 0) or second agent (side 1) begins among the payoffs.
std::size_t matrix_begin(const PolymatrixGame& game, std::size_t e, int side);

/// Payoff of agent i at a joint action, from the definition.
double payoff_at(const PolymatrixGame& game, std::size_t i, const std::vector<int>& joint);

/// The same game in normal form.
NormalFormGame normal_form(const PolymatrixGame& game);

}  // namespace quantal
