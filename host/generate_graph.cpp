#include "host/generate_graph.hpp"

#include <cstddef>
#include <limits>

#include "host/format.hpp"
#include "host/random_stream.hpp"
#include "quantal/error.hpp"

namespace quantal {
namespace {

using Edges = std::vector<PolymatrixEdge>;

void add(Edges& edges, int first, int second) {
  edges.push_back({first, second, true, true});
}

Edges path(int agents) {
  Edges edges;
  for (int i = 0; i + 1 < agents; ++i) add(edges, i, i + 1);
  return edges;
}

Edges ring(int agents) {
  Edges edges = path(agents);
  add(edges, agents - 1, 0);
  return edges;
}

Edges star(int agents) {
  Edges edges;
  for (int i = 1; i < agents; ++i) add(edges, 0, i);
  return edges;
}

int rows_of(const NetworkFamily& family) {
  if (family.rows > 0) return family.rows;
  int rows = 1;
  for (std::int64_t r = 1; r * r <= family.agents; ++r) {
    if (family.agents % r == 0) rows = static_cast<int>(r);
  }
  return rows;
}

Edges grid(int rows, int columns) {
  Edges edges;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const int agent = row * columns + column;
      if (column + 1 < columns) add(edges, agent, agent + 1);
      if (row + 1 < rows) add(edges, agent, agent + columns);
    }
  }
  return edges;
}

Edges complete(int agents) {
  Edges edges;
  for (int i = 0; i < agents; ++i) {
    for (int j = i + 1; j < agents; ++j) add(edges, i, j);
  }
  return edges;
}

Edges tree(int agents, RandomStream random) {
  Edges edges;
  for (int i = 1; i < agents; ++i) add(edges, static_cast<int>(random.below(static_cast<std::uint32_t>(i))), i);
  return edges;
}

/// Failures before the next success, each try of which fails with probability q; counts above `most` may come out as
/// anything above it.
class Geometric {
 public:
  Geometric(double q, std::uint64_t most) {
    // q^1, q^2, q^4, ..: the count is found bit by bit, with products alone, whose rounding is the same everywhere. A
    // logarithm's is not.
    for (std::uint64_t bit = 1; bit / 2 <= most; bit *= 2) {
      power_.push_back(q);
      q *= q;
    }
  }

  /// The largest k with q^k >= u.
  std::uint64_t operator()(double u) const {
    std::uint64_t count = 0;
    double product = 1;
    for (std::size_t bit = power_.size(); bit-- > 0;) {
      const double more = product * power_[bit];
      if (more < u) continue;
      product = more;
      count += std::uint64_t{1} << bit;
    }
    return count;
  }

 private:
  std::vector<double> power_;
};

/// By the gaps between edges among all pairs (Batagelj and Brandes, Efficient generation of large random networks,
/// Physical Review E 71, 2005): time linear in agents and edges.
Edges erdos_renyi(int agents, double probability, RandomStream random) {
  Edges edges;
  const auto N = static_cast<std::uint64_t>(agents);
  const Geometric gap(1 - probability, N * (N - 1) / 2);
  std::uint64_t high = 1;  // pairs (low, high) in the order of (1), (2), (2), (3), ..
  std::uint64_t low = 0;
  while (probability > 0) {
    low += gap(random.positive());
    while (low >= high && high < N) low -= high++;
    if (high >= N) break;
    add(edges, static_cast<int>(low), static_cast<int>(high));
    ++low;
  }
  return edges;
}

/// As networkx.barabasi_albert_graph: a star of k + 1 agents, then agents that join with k edges each, to different
/// agents, drawn with probabilities proportional to their degrees.
Edges barabasi_albert(int agents, int k, RandomStream random) {
  Edges edges = star(k + 1);
  std::vector<int> ends;  // each agent as often as it has edges
  const auto note_ends = [&](const PolymatrixEdge& edge) { ends.insert(ends.end(), {edge.first, edge.second}); };
  for (const PolymatrixEdge& edge : edges) note_ends(edge);
  std::vector<int> chosen_by(static_cast<std::size_t>(agents), -1);
  for (int agent = k + 1; agent < agents; ++agent) {
    const std::size_t before = edges.size();
    while (edges.size() < before + static_cast<std::size_t>(k)) {
      const int other = ends[random.below(static_cast<std::uint32_t>(ends.size()))];
      if (chosen_by[static_cast<std::size_t>(other)] == agent) continue;
      chosen_by[static_cast<std::size_t>(other)] = agent;
      add(edges, other, agent);
    }
    for (std::size_t e = before; e < edges.size(); ++e) note_ends(edges[e]);
  }
  return edges;
}

/// Edges, or for a random graph their mean.
double expected_edges(const NetworkFamily& family) {
  const double N = family.agents;
  const double pairs = N * (N - 1) / 2;
  if (family.graph == Graph::complete) return pairs;
  if (family.graph == Graph::erdos_renyi) return pairs * family.probability;
  if (family.graph == Graph::barabasi_albert) return (N - family.edges_per_agent) * family.edges_per_agent;
  return family.graph == Graph::grid ? 2 * N : N;
}

}  // namespace

void validate_graph(const NetworkFamily& family) {
  const std::string_view name = network_graphs()[static_cast<std::size_t>(family.graph)].name;
  const int fewest = family.graph == Graph::ring ? 3 : 2;
  if (family.agents < fewest) {
    throw InputError(formatted("graph {}: expected at least {} agents, found {}", name, fewest, family.agents));
  }
  if (family.graph == Graph::grid && (family.rows < 0 || (family.rows > 0 && family.agents % family.rows != 0))) {
    throw InputError(formatted("graph grid: expected rows that divide {} agents, found {}", family.agents,  //
                               family.rows));
  }
  if (family.graph == Graph::erdos_renyi && !(family.probability >= 0 && family.probability <= 1)) {
    throw InputError(formatted("graph erdos-renyi: expected a probability from 0 to 1, found {}",  //
                               family.probability));
  }
  if (family.graph == Graph::barabasi_albert &&
      (family.edges_per_agent < 1 || family.edges_per_agent >= family.agents)) {
    throw InputError(formatted("graph barabasi-albert: expected 1 to {} edges for each of {} agents, found {}",
                               family.agents - 1, family.agents, family.edges_per_agent));
  }
  constexpr double most = 1u << 30;
  if (expected_edges(family) > most) {
    throw InputError(formatted("graph {}: expected at most 2^30 edges, found {:.4g}", name, expected_edges(family)));
  }
}

std::vector<PolymatrixEdge> draw_edges(const NetworkFamily& family, std::uint64_t index) {
  const int N = family.agents;
  const RandomStream random(family.seed, index, Purpose::graph);
  switch (family.graph) {
    case Graph::ring:
      return ring(N);
    case Graph::path:
      return path(N);
    case Graph::star:
      return star(N);
    case Graph::grid:
      return grid(rows_of(family), N / rows_of(family));
    case Graph::complete:
      return complete(N);
    case Graph::tree:
      return tree(N, random);
    case Graph::erdos_renyi:
      return erdos_renyi(N, family.probability, random);
    case Graph::barabasi_albert:
      return barabasi_albert(N, family.edges_per_agent, random);
  }
  return {};
}

}  // namespace quantal
