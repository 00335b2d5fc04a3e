#pragma once

#include <cstdint>
#include <vector>

#include "quantal/game.hpp"
#include "quantal/generate.hpp"

namespace quantal {

/// Throws InputError unless the family's graph can be drawn.
void validate_graph(const NetworkFamily& family);

/// The edges of game `index`, all of which pay both agents. The family is valid.
std::vector<PolymatrixEdge> draw_edges(const NetworkFamily& family, std::uint64_t index);

}  // namespace quantal
