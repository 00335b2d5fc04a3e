#pragma once

#include <span>
#include <vector>

#include "host/chunk.hpp"
#include "quantal/game.hpp"

namespace quantal {

/// Brings Markov games of one shape into the kernels' layout and precision, game after game; see
/// kernels/markov_shape.hpp. Probabilities are divided by their row's sum. The middle between an agent's smallest and
/// largest reward is subtracted from its rewards, which moves all its values by that over 1 - discount, and no policy
/// and no gap: a float's digits are left to what differs.
///
/// centre   (games, N)   receives what was subtracted
/// span     (games, N)   receives a bound of the difference that an agent's own action makes to its Q-value: the span
///                       of its rewards over 1 - discount
template <class Scalar>
void arrange_markov_games(std::span<const Game* const> games, const Shape& shape, int threads, Scalar* out,
                          std::span<double> centre, std::span<double> span);

}  // namespace quantal
