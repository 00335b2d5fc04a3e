#pragma once

#include <bit>
#include <cstdint>
#include <variant>
#include <vector>

#include "quantal/game.hpp"

namespace quantal {

/// All doubles of a game, as bits: -0.0 is not 0.0 here.
inline std::vector<std::uint64_t> bits_of(const Game& game) {
  struct {
    std::vector<double> operator()(const NormalFormGame& g) const { return g.payoffs; }
    std::vector<double> operator()(const PolymatrixGame& g) const { return g.payoffs; }
    std::vector<double> operator()(const MarkovGame& g) const {
      std::vector<double> all = g.rewards;
      all.insert(all.end(), g.transitions.begin(), g.transitions.end());
      all.insert(all.end(), g.initial.begin(), g.initial.end());
      all.push_back(g.discount);
      return all;
    }
  } numbers;
  std::vector<std::uint64_t> bits;
  for (const double number : std::visit(numbers, game)) bits.push_back(std::bit_cast<std::uint64_t>(number));
  return bits;
}

}  // namespace quantal
