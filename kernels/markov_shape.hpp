#pragma once

/// Shape of a Markov game and the layout of its numbers in the kernels.
///
/// Each agent decides in each state: to the functions that work on one agent's policy, the agents of a Markov game are
/// its *pairs* p = i S + s of an agent i and a state s, N S of them. A *row* is a state with a joint action of it, the
/// last agent's action fastest; rows are numbered state by state, M in all.
///
///     payoffs of a game:   gamma | rewards (N, M) | transition probabilities
///
/// Few states (`direct`): transitions are dense, (M, stride), and values are found by elimination. More: dense, or
/// sparse with entries row_begin[k] .. of row k, and values are found by iteration on the sparse matrix of the states
/// alone, which has the entries union_begin[s] .. for the next states that some row of s leads to.

#include <cstdint>

#include "kernels/platform.hpp"

namespace quantal {
namespace kernels {

// Plain data: the same in every translation unit, so not in the inline namespace.

struct MarkovView {
  const std::int32_t* first;           // (N S + 1) where a pair's actions begin among all actions
  const std::int32_t* row;             // (S + 1) where a state's rows begin
  const std::int32_t* state_of_row;    // (M)
  const std::int32_t* slot;            // (M, N) each agent's action of a row, among all actions
  const std::int32_t* pair_of_action;  // (A)
  const std::int32_t* low;             // (N S) joint actions of the agents after i in state s
  const std::int32_t* row_begin;       // (M + 1) sparse; null: dense
  const std::int32_t* position;        // (entries) sparse: where in its state's union
  const std::int32_t* union_begin;     // (S + 1) sparse
  const std::int32_t* successor;       // (unions) sparse: next states, ascending
  std::int32_t agents;                 // N; 0: not a Markov game
  std::int32_t states;                 // S
  std::int32_t actions;                // A
  std::int32_t rows;                   // M
  std::int32_t uniform;                // m where every agent has m actions in every state, else 0
  std::int32_t largest;                // most actions of any pair
  std::int32_t stride;                 // from one dense row to the next
  std::int32_t entries;                // numbers that transitions take
  std::int32_t unions;                 // entries of the matrix of the states
  std::int32_t direct;                 // 1: by elimination
  std::int32_t entropy;                // 1: values count the agent's own entropy
};

/// States up to which the equations of the values are solved by elimination: a third of S^3 operations, against some
/// dozens of S^2 for the iteration.
constexpr int most_direct_states = 64;

/// From one row of the augmented matrix to the next: odd, so that the banks of shared memory are used evenly.
QUANTAL_HD constexpr int markov_system_stride(const MarkovView& markov) {
  return (markov.states + markov.agents) | 1;
}

/// Right-hand sides that the iteration takes at a time, and states whose terms one member adds up by itself.
constexpr int most_right_sides = 3;
constexpr int states_of_partial = 64;

/// Reals of the matrix with its right-hand sides and of the vectors of the iteration.
QUANTAL_HD constexpr std::int64_t markov_system_reals(const MarkovView& markov) {
  const std::int64_t S = markov.states;
  if (markov.direct != 0) return S * markov_system_stride(markov);
  const std::int64_t partials = 2 * (S / states_of_partial + 1) * 2 * most_right_sides;
  return markov.unions + S * markov.agents + 7 * S * most_right_sides + partials;
}

/// Scratch of a run: values (S, N) | weights (M) | others, continuation (N, M) each | system | for best replies and the
/// Nash gap logits, policies and Q-values (A) each, losses and gains (N S) each, and two more values (S, N).
QUANTAL_HD constexpr std::int64_t markov_scratch_reals(const MarkovView& markov) {
  const std::int64_t pairs = std::int64_t{markov.agents} * markov.states;
  return pairs + markov.rows + 2 * std::int64_t{markov.agents} * markov.rows + markov_system_reals(markov) +
         3 * std::int64_t{markov.actions} + 4 * pairs;
}

/// Bytes of the tables that a block of GPU threads keeps beside its games.
QUANTAL_HD constexpr std::int64_t markov_table_bytes(const MarkovView& markov) {
  const std::int64_t pairs = std::int64_t{markov.agents} * markov.states;
  const std::int64_t rows = markov.rows;
  std::int64_t ints = 2 * pairs + 1 + markov.states + 1 + rows * (std::int64_t{markov.agents} + 1) + markov.actions;
  if (markov.row_begin != nullptr) ints += rows + 1 + markov.entries + markov.states + 1 + std::int64_t{markov.unions};
  return (4 * ints + 15) / 16 * 16;
}

inline namespace QUANTAL_ISA {

/// A Markov game known when the program runs; agents() are its pairs. Where all have `Uniform` actions, known to the
/// compiler, loops over them unroll; 0: the tables say how many.
template <int Uniform>
struct MarkovShapeOf {
  static constexpr int uniform = Uniform;
  MarkovView view;

  QUANTAL_HD int agents() const { return view.agents * view.states; }
  QUANTAL_HD int all_actions() const { return view.actions; }
  QUANTAL_HD auto actions(int p) const {
    if constexpr (Uniform > 0) {
      return Const<Uniform>{};
    } else {
      return view.first[p + 1] - view.first[p];
    }
  }
  QUANTAL_HD int first(int p) const {
    if constexpr (Uniform > 0) {
      return p * Uniform;
    } else {
      return view.first[p];
    }
  }
};
using MarkovShape = MarkovShapeOf<0>;

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
