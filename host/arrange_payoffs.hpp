#pragma once

#include <cstdint>
#include <span>

#include "host/chunk.hpp"
#include "quantal/game.hpp"

namespace quantal {

/// Brings the payoffs of games of one shape into the kernels' layout and precision, game after game. They become
/// regrets: from what agent i earns against opponents' actions (in a network: against a neighbour's action) its largest
/// value over i's own actions is subtracted, in double. That changes no policy and no gap, and leaves a float's digits
/// to the actions that are nearly best, whatever offset the payoffs have and however ruinous other actions are.
///
/// span   (games, N)  receives the largest difference that an agent's own action makes to its payoff; in a network the
///                    sum over its neighbours of these, which is an upper bound
template <class Scalar>
void arrange_payoffs(std::span<const Game* const> games, const Shape& shape, int threads, Scalar* out,
                     std::span<double> span);

}  // namespace quantal
