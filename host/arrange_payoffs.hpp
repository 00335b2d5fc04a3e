#pragma once

#include <cstdint>
#include <span>

#include "host/chunk.hpp"
#include "quantal/game.hpp"

namespace quantal {

/// Brings the payoffs of games of one shape into the kernels' layout and precision, game after game. An amount that
/// does not depend on the agent's own action is subtracted, in double, which changes no policy and no gap. (Normal
/// forms also by a device for itself: kernels/arrange_payoffs.cuh.)
///
/// - in a normal form the agent's largest payoff against the same joint action of its opponents. Payoffs become
///   regrets, and a float's digits are left to the actions that are nearly best, whatever offset the payoffs have and
///   however ruinous other actions are. Of two actions it is the second one's payoff, which leaves one number;
/// - in a network, on each edge, the median of the agent's payoffs against the same action of its neighbour. What the
///   edges of a large agent pay then adds up to numbers of both signs rather than to a large one.
///
/// span   (games, N)  receives the largest difference that an agent's own action makes to its payoff; in a network the
///                    sum over its neighbours of these, which is an upper bound
template <class Scalar>
void arrange_payoffs(std::span<const Game* const> games, const Shape& shape, int threads, Scalar* out,
                     std::span<double> span);

}  // namespace quantal
