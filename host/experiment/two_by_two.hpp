#pragma once

#include "quantal/game.hpp"

namespace quantal::experiment {

// Games of two agents with two actions, as textbooks have them.

/// Both earn 1 if they do the same.
inline NormalFormGame coordination() {
  return {"coordination", {2, 2}, {1, 0, 0, 1, 1, 0, 0, 1}};
}

/// A stag takes two, a hare one.
inline NormalFormGame stag_hunt() {
  return {"stag hunt", {2, 2}, {4, 0, 3, 3, 4, 3, 0, 3}};
}

inline NormalFormGame chicken() {
  return {"chicken", {2, 2}, {3, 1, 4, 0, 3, 4, 1, 0}};
}

inline NormalFormGame battle_of_the_sexes() {
  return {"battle of the sexes", {2, 2}, {3, 0, 0, 2, 2, 0, 0, 3}};
}

inline NormalFormGame prisoners_dilemma() {
  return {"prisoner's dilemma", {2, 2}, {2, 0, 3, 1, 2, 3, 0, 1}};
}

inline NormalFormGame matching_pennies() {
  return {"matching pennies", {2, 2}, {1, -1, -1, 1, -1, 1, 1, -1}};
}

/// The first agent has more to win at one side: its equilibrium is the other's mixture.
inline NormalFormGame asymmetric_matching_pennies() {
  return {"asymmetric matching pennies", {2, 2}, {4, 0, 0, 1, 0, 1, 1, 0}};
}

/// Both earn 1 unless both play the first action: avoiding it pays less and less the rarer the other plays it.
inline NormalFormGame common_pitfall() {
  return {"common pitfall", {2, 2}, {0, 1, 1, 1, 0, 1, 1, 1}};
}

}  // namespace quantal::experiment
