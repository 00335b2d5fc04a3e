#include "host/network_tables.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace quantal {

namespace {

std::size_t index(int i) {
  return static_cast<std::size_t>(i);
}

/// Cuts the arcs into pieces; see kernels/network_shape.hpp.
void cut_pieces(const std::vector<int>& actions, NetworkTables& tables) {
  const auto N = static_cast<std::int32_t>(actions.size());
  const std::vector<kernels::NetworkAgent>& agent = tables.agent;
  kernels::NetworkPiece whole{};  // the piece of whole agents that is being filled
  whole.sums = -1;
  const auto close = [&] {
    if (whole.agents > 0) tables.piece.push_back(whole);
    whole.agents = 0;
  };
  for (std::int32_t i = 0; i < N; ++i) {
    const std::int64_t begin = agent[index(i)].payoffs;
    const std::int64_t end = agent[index(i + 1)].payoffs;
    if (end - begin <= kernels::piece_payoffs) {
      if (whole.agents > 0 && end - whole.payoffs > kernels::piece_payoffs) close();
      if (whole.agents == 0) {
        whole.agent = i;
        whole.payoffs = begin;
      }
      ++whole.agents;
      continue;
    }
    close();
    kernels::SplitAgent split{i, 0, tables.sums};
    const std::int32_t last = agent[index(i + 1)].arc;
    for (std::int32_t arc = agent[index(i)].arc; arc < last;) {
      kernels::NetworkPiece part{};
      part.payoffs = tables.payoffs(index(i), arc);
      part.agent = i;
      part.agents = 1;
      part.arc_begin = arc;
      do {
        ++arc;
      } while (arc < last &&
               (arc + 1 < last ? tables.payoffs(index(i), arc + 1) : end) - part.payoffs <= kernels::piece_payoffs);
      part.arc_end = arc;
      part.sums = tables.sums;
      tables.piece.push_back(part);
      tables.sums += actions[index(i)];
      ++split.parts;
    }
    tables.split.push_back(split);
  }
  close();
}

}  // namespace

std::int64_t NetworkGraph::arc(int i, int j) const {
  const auto first = neighbour.begin() + begin[index(i)];
  const auto last = neighbour.begin() + begin[index(i) + 1];
  const auto found = std::lower_bound(first, last, j);
  return found != last && *found == j ? found - neighbour.begin() : -1;
}

NetworkGraph graph_of(const PolymatrixGame& game) {
  NetworkGraph graph;
  graph.begin.assign(game.actions.size() + 1, 0);
  for (const PolymatrixEdge& edge : game.edges) {
    graph.begin[index(edge.first) + 1] += edge.pays_first;
    graph.begin[index(edge.second) + 1] += edge.pays_second;
  }
  std::partial_sum(graph.begin.begin(), graph.begin.end(), graph.begin.begin());
  graph.neighbour.resize(static_cast<std::size_t>(graph.begin.back()));
  std::vector<std::int32_t> next(graph.begin.begin(), graph.begin.end() - 1);
  for (const PolymatrixEdge& edge : game.edges) {
    if (edge.pays_first) graph.neighbour[index(next[index(edge.first)]++)] = edge.second;
    if (edge.pays_second) graph.neighbour[index(next[index(edge.second)]++)] = edge.first;
  }
  for (std::size_t i = 0; i < game.actions.size(); ++i) {
    std::sort(graph.neighbour.begin() + graph.begin[i], graph.neighbour.begin() + graph.begin[i + 1]);
  }
  return graph;
}

NetworkGraph union_of(const std::vector<const NetworkGraph*>& graphs) {
  NetworkGraph all;
  all.begin.push_back(0);
  std::vector<std::int32_t> neighbours;
  for (std::size_t i = 0; i + 1 < graphs.front()->begin.size(); ++i) {
    neighbours.clear();
    for (const NetworkGraph* graph : graphs) {
      neighbours.insert(neighbours.end(), graph->neighbour.begin() + graph->begin[i],
                        graph->neighbour.begin() + graph->begin[i + 1]);
    }
    std::sort(neighbours.begin(), neighbours.end());
    neighbours.erase(std::unique(neighbours.begin(), neighbours.end()), neighbours.end());
    all.neighbour.insert(all.neighbour.end(), neighbours.begin(), neighbours.end());
    all.begin.push_back(static_cast<std::int32_t>(all.neighbour.size()));
  }
  return all;
}

NetworkGraph complete_graph(int agents) {
  NetworkGraph graph;
  graph.begin.push_back(0);
  for (int i = 0; i < agents; ++i) {
    for (int j = 0; j < agents; ++j) {
      if (j != i) graph.neighbour.push_back(j);
    }
    graph.begin.push_back(static_cast<std::int32_t>(graph.neighbour.size()));
  }
  return graph;
}

NetworkTables::NetworkTables(const std::vector<int>& actions, NetworkGraph graph_of_it, bool is_reduced)
    : graph(std::move(graph_of_it)), reduced(is_reduced) {
  const std::size_t N = actions.size();
  const bool all_alike = std::adjacent_find(actions.begin(), actions.end(), std::not_equal_to<>()) == actions.end();
  uniform = all_alike ? actions.front() : 0;
  largest = *std::max_element(actions.begin(), actions.end());
  if (!all_alike) arc_payoffs.reserve(graph.neighbour.size());
  agent.reserve(N + 1);
  kernels::NetworkAgent next{0, 0, 0};
  for (std::size_t i = 0; i < N; ++i) {
    agent.push_back(next);
    for (std::int32_t arc = graph.begin[i]; arc < graph.begin[i + 1]; ++arc) {
      if (!all_alike) arc_payoffs.push_back(next.payoffs);
      next.payoffs += matrix_size(actions[i], actions[index(graph.neighbour[index(arc)])]);
    }
    next.arc = graph.begin[i + 1];
    most_neighbours = std::max(most_neighbours, next.arc - graph.begin[i]);
    next.first += actions[i];
    owner.insert(owner.end(), index(actions[i]), static_cast<std::int32_t>(i));
  }
  agent.push_back(next);
  cut_pieces(actions, *this);
}

kernels::NetworkView NetworkTables::view() const {
  kernels::NetworkView view{};
  if (empty()) return view;
  view.agent = agent.data();
  view.neighbour = graph.neighbour.data();
  view.arc_payoffs = arc_payoffs.empty() ? nullptr : arc_payoffs.data();
  view.owner = owner.data();
  view.piece = piece.data();
  view.split = split.data();
  view.agents = static_cast<std::int32_t>(agent.size()) - 1;
  view.actions = agent.back().first;
  view.arcs = static_cast<std::int32_t>(graph.neighbour.size());
  view.uniform = uniform;
  view.largest = largest;
  view.pieces = static_cast<std::int32_t>(piece.size());
  view.splits = static_cast<std::int32_t>(split.size());
  view.sums = sums;
  view.reduced = reduced ? 1 : 0;
  return view;
}

std::int64_t NetworkTables::payoffs(std::size_t i, std::int64_t arc) const {
  if (uniform == 0) return arc_payoffs[static_cast<std::size_t>(arc)];
  return agent[i].payoffs + (arc - agent[i].arc) * matrix_size(uniform, uniform);
}

std::int64_t NetworkTables::all_payoffs() const {
  const auto agents = static_cast<std::int64_t>(agent.size()) - 1;
  return agent.back().payoffs + (reduced ? agents * (uniform - 1) : 0);
}

std::int64_t NetworkTables::matrix_size(int own, int other) const {
  return reduced ? std::int64_t{own - 1} * (other - 1) : std::int64_t{own} * other;
}

}  // namespace quantal
