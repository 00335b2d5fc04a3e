#pragma once

#include <cstdint>
#include <vector>

#include "kernels/network_shape.hpp"
#include "quantal/game.hpp"

namespace quantal {

/// Who earns on account of whom: agent i's neighbours are neighbour[begin[i]] .. neighbour[begin[i + 1] - 1],
/// ascending.
struct NetworkGraph {
  std::vector<std::int32_t> begin;      // (N + 1)
  std::vector<std::int32_t> neighbour;  // (arcs)

  auto operator<=>(const NetworkGraph&) const = default;

  /// The arc from agent i to its neighbour j; -1: there is none.
  std::int64_t arc(int i, int j) const;
};

/// The graph of a valid game: an arc for each agent that an edge pays.
NetworkGraph graph_of(const PolymatrixGame& game);

/// All arcs that some of the graphs, of as many agents, have.
NetworkGraph union_of(const std::vector<const NetworkGraph*>& graphs);

/// An arc from each of N agents to each other.
NetworkGraph complete_graph(int agents);

/// The tables behind a kernels::NetworkView.
struct NetworkTables {
  NetworkTables() = default;
  /// `reduced`: see kernels/network_shape.hpp; all agents must have the same number of actions.
  NetworkTables(const std::vector<int>& actions, NetworkGraph graph_of_it, bool reduced = false);

  NetworkGraph graph;
  std::vector<kernels::NetworkAgent> agent;  // (N + 1), empty: not a network
  std::vector<std::int64_t> arc_payoffs;     // (arcs), empty where all agents have the same number of actions
  std::vector<std::int32_t> owner;           // (A)
  std::vector<kernels::NetworkPiece> piece;
  std::vector<kernels::SplitAgent> split;
  std::int32_t uniform = 0;
  std::int32_t largest = 0;
  std::int32_t most_neighbours = 0;  // that pay an agent
  std::int32_t sums = 0;
  bool reduced = false;

  bool empty() const { return agent.empty(); }
  kernels::NetworkView view() const;
  /// Where the payoffs of one of agent i's arcs begin.
  std::int64_t payoffs(std::size_t i, std::int64_t arc) const;
  /// Payoffs of a game.
  std::int64_t all_payoffs() const;

 private:
  /// Payoffs of an arc between agents with so many actions.
  std::int64_t matrix_size(int own, int other) const;
};

}  // namespace quantal
