#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace quantal {

/// A game in normal (strategic) form: N agents ("players" in Gambit's words), agent i with actions[i] actions.
///
/// A joint action (a_0, .., a_{N-1}) has the row-major index ((a_0 m_1 + a_1) m_2 + a_2) .., the last agent
/// fastest. N >= 1 and every m_i >= 1; payoffs are finite.
struct NormalFormGame {
  std::string name;
  std::vector<int> actions;     // (N)
  std::vector<double> payoffs;  // (N, m_0, .., m_{N-1}): agent by agent, joint actions row-major

  bool operator==(const NormalFormGame&) const = default;
};

/// An edge of a network game: a bimatrix game between two agents.
struct PolymatrixEdge {
  int first = 0;            // an agent
  int second = 0;           // another one
  bool pays_first = true;   // whether `first` earns on this edge: false stands for a matrix of zeros that is not stored
  bool pays_second = true;  // whether `second` does

  bool operator==(const PolymatrixEdge&) const = default;
};

/// A network (polymatrix) game: N agents on a graph, agent i with actions[i] actions. Each edge is a bimatrix game, and
/// an agent's payoff is the sum of what it earns on its edges:
///
///     r_i(a) = sum over neighbours j of A_ij[a_i][a_j]
///
/// N >= 1 and every m_i >= 1; two agents share at most one edge, which pays at least one of them; payoffs are finite.
/// Agents without an edge earn 0.
struct PolymatrixGame {
  std::string name;
  std::vector<int> actions;           // (N)
  std::vector<PolymatrixEdge> edges;  // (E)
  /// Edge by edge: what `first` earns, if the edge pays it, then what `second` earns, if the edge pays it. Both are
  /// matrices [action of first][action of second], row-major.
  std::vector<double> payoffs;

  bool operator==(const PolymatrixGame&) const = default;
};

/// A discounted Markov (stochastic) game: N agents, S states. In state s agent i chooses among actions[i S + s]
/// actions; the joint action a pays r_i(s, a) to agent i and leads to state s' with probability P(s' | s, a). An
/// agent's value is
///
///     V_i(s) = E[ sum over t >= 0 of discount^t r_i(s_t, a_t) | s_0 = s ]
///
/// plus the entropies that the solver is asked to count. Joint actions of a state are row-major, the last agent
/// fastest. A *row* is a state and a joint action of it: rows are numbered state by state, M of them.
///
/// N, S >= 1 and every number of actions >= 1, 0 <= discount < 1; rewards are finite; the probabilities of a row are at
/// least 0 and sum to 1 within 1e-9 (the solver divides by the sum). A state that an agent cannot influence gives it
/// one action; an absorbing state leads to itself with probability 1 and may pay in every period.
struct MarkovGame {
  std::string name;
  int states = 0;               // S
  std::vector<int> actions;     // (N, S): agent by agent, state by state
  double discount = 0;          // gamma
  std::vector<double> initial;  // (S) distribution of the first state, sums to 1 within 1e-9; empty: uniform
  std::vector<double> rewards;  // (N, M): agent by agent, row by row

  /// Transition probabilities, row by row. Dense: (M, S). Sparse: those of the next states that row_begin and
  /// next_state list; all others are 0.
  std::vector<double> transitions;
  std::vector<std::size_t> row_begin;    // (M + 1) row k's are row_begin[k] .. row_begin[k + 1] - 1; empty: dense
  std::vector<std::int32_t> next_state;  // ascending within a row; empty: dense

  int agents() const { return states > 0 ? static_cast<int>(actions.size()) / states : 0; }
  bool is_sparse() const { return !row_begin.empty(); }

  bool operator==(const MarkovGame&) const = default;
};

/// The classes of games that `solve` takes.
using Game = std::variant<NormalFormGame, PolymatrixGame, MarkovGame>;

/// The game's own name, which may be empty.
const std::string& name_of(const Game& game);

/// Numbers of actions, agent by agent: (N), of a Markov game (N, S), state by state.
const std::vector<int>& actions_of(const Game& game);

/// N.
std::size_t agents_of(const Game& game);

/// S of a Markov game, else 1.
std::size_t states_of(const Game& game);

/// "normal_form", "polymatrix", "markov": the word that files and results use.
std::string_view class_of(const Game& game);

/// Number of joint actions, m_0 m_1 .. m_{N-1}. Throws InputError if there is no agent, an agent without an
/// action, or if N payoffs for each of them could not be addressed in memory.
std::size_t joint_actions(const std::vector<int>& actions);

/// Payoffs in one matrix of an edge, m_first m_second.
std::size_t edge_matrix_size(const PolymatrixGame& game, const PolymatrixEdge& edge);

/// The first edge between two agents that an earlier one connects, in either order, and that earlier one; {E, E} if all
/// differ.
std::pair<std::size_t, std::size_t> repeated_edge(const std::vector<PolymatrixEdge>& edges);

/// (S + 1) rows before each state, and all of them: the products of the agents' numbers of actions, added up. Throws
/// InputError if there is no agent or state, a state in which an agent has no action, or if rewards for all rows could
/// not be addressed in memory.
std::vector<std::size_t> rows_before_states(const MarkovGame& game);

/// The largest amount by which the probabilities of a row, or those of the first state, miss a sum of 1.
double largest_probability_error(const MarkovGame& game);

/// Throws InputError, saying what is wrong, unless the shape is valid, the graph is (edges between two different agents
/// of the game, no two between the same ones), the payoffs are as many as these ask for and all are finite; of a Markov
/// game, unless all holds that is said there.
void validate(const Game& game);

}  // namespace quantal
