#pragma once

/// Markov games to test with, the same on every machine for the same seed.

#include <cstdint>
#include <span>

#include "quantal/game.hpp"

namespace quantal {

/// What a random Markov game is like.
struct MarkovShape {
  int agents = 2;
  int states = 3;
  int least_actions = 2;  // of an agent in a state
  int most_actions = 4;
  double discount = 0.9;
  int next_states = 0;  // of a row, the others having probability 0; 0: all
  int absorbing = 0;  // so many states, the last ones, that lead to themselves, give nobody a choice and pay a constant
};

/// Rewards uniform on [-1, 1), each row's probabilities uniform on the simplex of its next states.
MarkovGame random_markov_game(const MarkovShape& shape, std::uint64_t seed);

/// The same game with the transitions of probability 0 left out, or with all of them written down.
MarkovGame sparse_form(const MarkovGame& game);
MarkovGame dense_form(const MarkovGame& game);

/// The rewards of one state as a game of its own.
NormalFormGame stage_game(const MarkovGame& game, std::size_t state);

/// A game that is played again and again: a Markov game of one state.
MarkovGame repeated(const NormalFormGame& game, double discount);

/// What an agent is paid in every state and row, and where that leads, depends on its own action and on how often each
/// action is played, whoever the agents are.
MarkovGame symmetric_markov_game(int agents, int states, int actions, double discount, std::uint64_t seed);

}  // namespace quantal
