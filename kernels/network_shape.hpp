#pragma once

/// Shape of a network (polymatrix) game and the layout of its payoffs in the kernels.
///
/// Each edge becomes an *arc* for each agent that it pays. Agent i's arcs, in the order of its neighbours j, are
/// [agent[i].arc, agent[i + 1].arc), and the payoffs of an arc are stored as
///
///     A_ij^T  (m_j, m_i)     row-major: agent i's own action is the fastest index
///
/// arc after arc, so that agent i's payoffs are one matrix whose rows are the actions of all its neighbours.
///
/// A *reduced* network, all of whose agents have m actions, keeps of each arc the part that depends on both agents, and
/// of each agent the sum of the rest, since rbar_i counts up to a constant and the policies of j sum to 1:
///
///     D_ij(a, b) = A_ij(a, b) - A_ij(0, b) - A_ij(a, 0) + A_ij(0, 0)   a, b = 1, .., m - 1   (m - 1, m - 1)
///     c_i(a)     = sum over j of A_ij(a, 0) - A_ij(0, 0)               a = 1, .., m - 1
///     rbar_i(a)  = c_i(a) + sum over j of sum_b D_ij(a, b) pi_j(b),    rbar_i(0) = 0
///
/// D^T arc after arc, own actions fastest as above, then c agent after agent: 4 numbers an arc for 9 where m = 3.
/// Rounding is relative to the largest difference of an arc's payoffs here, not to those of the actions that j plays.
///
/// Arcs are cut into *pieces* of at most `piece_payoffs` payoffs (or one arc) for the units of a team to share: whole
/// agents, or a part of one agent that has more. Such a *split* agent's expected payoffs are the sums of its parts in
/// order, for any number of units, so results do not depend on how many share the work.

#include <cstdint>

#include "kernels/platform.hpp"
#include "kernels/team.hpp"

namespace quantal {
namespace kernels {

// Plain data: the same in every translation unit, so not in the inline namespace.

/// What the kernels know of one agent. A table of N + 1 entries: the last one ends the one before.
struct NetworkAgent {
  std::int64_t payoffs;  // where its payoffs begin among the game's
  std::int32_t arc;      // its first arc
  std::int32_t first;    // where its actions begin among all agents' actions
};

struct NetworkPiece {
  std::int64_t payoffs;    // where its payoffs begin among the game's
  std::int32_t agent;      // first agent
  std::int32_t agents;     // how many; a part of an agent: 1
  std::int32_t arc_begin;  // a part's arcs
  std::int32_t arc_end;
  std::int32_t sums;  // where a part's sums go among all partial sums; -1: whole agents
};

struct SplitAgent {
  std::int32_t agent;
  std::int32_t parts;
  std::int32_t sums;  // where those of its first part are; the others' follow, m_i numbers each
};

constexpr std::int64_t piece_payoffs = 512;
/// Agents of at most so many actions are left to one thread each where a team has many.
constexpr int actions_of_one_thread = 32;

struct NetworkView {
  const NetworkAgent* agent;        // (N + 1)
  const std::int32_t* neighbour;    // (arcs)
  const std::int64_t* arc_payoffs;  // (arcs) where an arc's payoffs begin; null where all agents have `uniform` actions
  const std::int32_t* owner;        // (A) the agent that an action belongs to
  const NetworkPiece* piece;        // (pieces)
  const SplitAgent* split;          // (splits)
  std::int32_t agents;              // N; 0: not a network
  std::int32_t actions;             // A
  std::int32_t arcs;
  std::int32_t uniform;  // m where every agent has m actions, else 0
  std::int32_t largest;  // most actions of any agent
  std::int32_t pieces;
  std::int32_t splits;
  std::int32_t sums;     // partial sums of all parts
  std::int32_t reduced;  // whether payoffs are
};

/// Bytes of the tables that a block of GPU threads keeps beside its networks: agent, neighbour and owner.
QUANTAL_HD constexpr std::int64_t block_table_bytes(int agents, int arcs, int actions) {
  const std::int64_t bytes =
      (std::int64_t{agents} + 1) * static_cast<std::int64_t>(sizeof(NetworkAgent)) + 4 * (std::int64_t{arcs} + actions);
  return (bytes + 15) / 16 * 16;
}

inline namespace QUANTAL_ISA {

/// A network known when the program runs. Where every agent has `Uniform` actions, known to the compiler, loops over
/// them unroll; 0: the tables say how many.
template <int Uniform>
struct NetworkShapeOf {
  NetworkView view;

  QUANTAL_HD int agents() const { return view.agents; }
  QUANTAL_HD int all_actions() const { return view.actions; }
  QUANTAL_HD auto actions(int i) const {
    if constexpr (Uniform > 0) {
      return Const<Uniform>{};
    } else {
      return view.agent[i + 1].first - view.agent[i].first;
    }
  }
  QUANTAL_HD int first(int i) const {
    if constexpr (Uniform > 0) {
      return i * Uniform;
    } else {
      return view.agent[i].first;
    }
  }
  QUANTAL_HD int arc(int i) const { return view.agent[i].arc; }
  QUANTAL_HD int neighbour(int arc) const { return view.neighbour[arc]; }
  /// Where the payoffs of an arc begin.
  QUANTAL_HD std::int64_t payoffs(int arc) const {
    if constexpr (Uniform > 0) {
      return static_cast<std::int64_t>(arc) * (Uniform * Uniform);
    } else {
      return view.uniform == 0 ? view.arc_payoffs[arc] : arc * (std::int64_t{view.uniform} * view.uniform);
    }
  }
};
using NetworkShape = NetworkShapeOf<0>;

/// N agents of M actions, each with arcs to all others: loops unroll and a run's numbers stay in registers. Networks
/// with fewer arcs have zeros for the others.
template <int N, int M>
struct StaticNetwork {
  static_assert(N >= 2);
  static constexpr int payoff_count = N * (N - 1) * M * M;

  QUANTAL_HD static constexpr Const<N> agents() { return {}; }
  QUANTAL_HD static constexpr Const<N * M> all_actions() { return {}; }
  template <int I>
  QUANTAL_HD static constexpr Const<M> actions(Const<I>) {
    return {};
  }
  template <int I>
  QUANTAL_HD static constexpr auto first(Const<I>) {
    return Const<I * M>{};
  }
};

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
