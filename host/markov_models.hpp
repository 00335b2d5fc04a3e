#pragma once

#include "quantal/game.hpp"

namespace quantal {

// The Markov games of the literature that `generate` knows, without names. Their parameters are valid.

/// Littman's soccer. State 2 (19 a + b') + p: agents 0 and 1 stand on squares a and b, counted row by row from the
/// upper left of 4 rows of 5, b' = b - 1 if b > a, else b, and agent p has the ball. Actions: north, south, east, west,
/// stand.
MarkovGame soccer();

/// Hu and Wellman's grid game 1, of any size. State by state the squares of agent 0 and, faster, of agent 1, counted
/// row by row from the upper left, neither on its goal nor both on one; last the end. Actions: north, south, east,
/// west.
MarkovGame navigation(int rows, int columns, double slip, double penalty);

/// A stag hunt whose stags get scarce. State 0: few, 1: many. Action 0: hare, 1: stag.
MarkovGame stag_hunt(int agents);

/// The congestion game of Leonardos et al. State 0: safe, 1: distancing. Action: facility 0 to 3.
MarkovGame congestion(int agents, double penalty);

}  // namespace quantal
