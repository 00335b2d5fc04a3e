#pragma once

#include "quantal/game.hpp"

namespace quantal {

/// The most that an agent's action may change its payoff, whatever the others play: the scale of a game's lambda. What
/// an agent is paid by the others' actions alone, however much, is no part of it. In a network a bound of it, the sum
/// over an agent's edges. In a Markov game the largest difference of an agent's rewards over 1 - discount, since
/// actions decide on states as well and so on all rewards to come.
double own_difference(const Game& game);

}  // namespace quantal
