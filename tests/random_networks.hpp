#pragma once

/// Network games to test with, the same on every machine for the same seed.

#include <cstdint>

#include "quantal/game.hpp"

namespace quantal {

/// Up to six agents with up to three actions, edges in either direction between some of them in random order, some
/// paying only one agent, payoffs uniform on [-1, 1).
PolymatrixGame random_network(std::uint64_t seed);

}  // namespace quantal
