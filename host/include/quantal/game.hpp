#pragma once

#include <cstddef>
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

/// The classes of games that `solve` takes.
using Game = std::variant<NormalFormGame, PolymatrixGame>;

/// The game's own name, which may be empty.
const std::string& name_of(const Game& game);

/// (N) numbers of actions, agent by agent.
const std::vector<int>& actions_of(const Game& game);

/// "normal_form", "polymatrix": the word that files and results use.
std::string_view class_of(const Game& game);

/// Number of joint actions, m_0 m_1 .. m_{N-1}. Throws InputError if there is no agent, an agent without an
/// action, or if N payoffs for each of them could not be addressed in memory.
std::size_t joint_actions(const std::vector<int>& actions);

/// Payoffs in one matrix of an edge, m_first m_second.
std::size_t edge_matrix_size(const PolymatrixGame& game, const PolymatrixEdge& edge);

/// The first edge between two agents that an earlier one connects, in either order, and that earlier one; {E, E} if all
/// differ.
std::pair<std::size_t, std::size_t> repeated_edge(const std::vector<PolymatrixEdge>& edges);

/// Throws InputError, saying what is wrong, unless the shape is valid, the graph is (edges between two different agents
/// of the game, no two between the same ones), the payoffs are as many as these ask for and all are finite.
void validate(const Game& game);

}  // namespace quantal
