#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "quantal/game.hpp"
#include "quantal/generate.hpp"

namespace quantal {

/// The kind's name on the command line.
std::string_view name_of(NormalFormKind kind);

/// Whether the kind's actions are numbers on an interval.
bool has_interval(NormalFormKind kind);

/// Calls body(k, action) for every joint action, in the order of their row-major indices k; action[i] is agent i's.
template <class Body>
void for_joint_actions(const std::vector<int>& actions, const Body& body) {
  const std::size_t joint = joint_actions(actions);
  std::vector<std::size_t> action(actions.size(), 0);
  for (std::size_t k = 0; k < joint; ++k) {
    body(k, std::span<const std::size_t>(action));
    for (std::size_t i = actions.size(); i-- > 0;) {
      if (++action[i] < static_cast<std::size_t>(actions[i])) break;
      action[i] = 0;
    }
  }
}

/// Fill game.payoffs, which have the size that game.actions ask for, with those of a valid family.

/// uniform to congestion
void draw_random_game(NormalFormGame& game, const NormalFormFamily& family, std::uint64_t index);

/// matching_pennies to blotto; index is that of a drawn game
void make_classic_game(NormalFormGame& game, const NormalFormFamily& family, std::uint64_t index);

/// minimum_effort to all_pay_auction
void make_game_of_numbers(NormalFormGame& game, const NormalFormFamily& family);

}  // namespace quantal
