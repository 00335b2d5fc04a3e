#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quantal/game.hpp"

namespace quantal::files {

/// The most payoffs, rewards or probabilities of one game that a file is believed to hold.
constexpr std::uint64_t most_numbers_of_a_game = std::uint64_t{1} << 32;

/// The product of extents, or InputError at `place` where it is more than `most_numbers_of_a_game`.
std::size_t numbers_of_a_game(std::span<const std::uint64_t> extents, std::string_view place);

/// What a table of payoffs [G, N, m_1, .., m_N] says by its extents.
struct NormalFormTable {
  std::uint64_t games = 0;   ///< G
  std::vector<int> actions;  ///< (N)
  std::size_t payoffs = 0;   ///< N m_1 .. m_N, of one game
};

/// Throws InputError at `place` unless games can have such extents.
NormalFormTable normal_form_table(std::span<const std::uint64_t> extents, std::string_view place);

/// "(1000, 2, 3, 3)"
std::string extents_text(std::span<const std::uint64_t> extents);

/// Bytes that the game's numbers take.
std::size_t bytes_of(const Game& game);

}  // namespace quantal::files
