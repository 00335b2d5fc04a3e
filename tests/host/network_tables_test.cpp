// Graphs of networks, how their arcs are cut into pieces, and how the pieces are dealt out.

#include "host/network_tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/plan.hpp"
#include "kernels/polymatrix.hpp"
#include "quantal/generate.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

/// A valid graph: each agent's neighbours are others, ascending.
void expect_valid(const NetworkGraph& graph, std::size_t agents) {
  ASSERT_EQ(graph.begin.size(), agents + 1);
  ASSERT_EQ(static_cast<std::size_t>(graph.begin.back()), graph.neighbour.size());
  for (std::size_t i = 0; i < agents; ++i) {
    for (std::int32_t arc = graph.begin[i]; arc < graph.begin[i + 1]; ++arc) {
      const std::int32_t j = graph.neighbour[static_cast<std::size_t>(arc)];
      ASSERT_GE(j, 0);
      ASSERT_LT(j, static_cast<std::int32_t>(agents));
      ASSERT_NE(j, static_cast<std::int32_t>(i));
      if (arc > graph.begin[i]) {
        ASSERT_GT(j, graph.neighbour[static_cast<std::size_t>(arc) - 1]);
      }
    }
  }
}

using Arcs = std::set<std::pair<int, int>>;

Arcs arcs_of(const NetworkGraph& graph) {
  Arcs arcs;
  for (std::size_t i = 0; i + 1 < graph.begin.size(); ++i) {
    for (std::int32_t arc = graph.begin[i]; arc < graph.begin[i + 1]; ++arc) {
      arcs.insert({static_cast<int>(i), graph.neighbour[static_cast<std::size_t>(arc)]});
    }
  }
  return arcs;
}

TEST(NetworkGraphs, HaveAnArcForEachAgentThatAnEdgePays) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::vector<int> actions(3 + seed % 6, 2);
    const PolymatrixGame game = random_network(actions, 0.6, seed);
    const NetworkGraph graph = graph_of(game);
    expect_valid(graph, actions.size());
    Arcs paid;
    for (const PolymatrixEdge& edge : game.edges) {
      if (edge.pays_first) paid.insert({edge.first, edge.second});
      if (edge.pays_second) paid.insert({edge.second, edge.first});
    }
    EXPECT_EQ(arcs_of(graph), paid);
    for (int i = 0; i < static_cast<int>(actions.size()); ++i) {
      for (int j = 0; j < static_cast<int>(actions.size()); ++j) {
        const std::int64_t arc = graph.arc(i, j);
        ASSERT_EQ(arc >= 0, paid.contains({i, j})) << i << ", " << j;
        if (arc < 0) continue;
        EXPECT_EQ(graph.neighbour[static_cast<std::size_t>(arc)], j);
        EXPECT_GE(arc, graph.begin[static_cast<std::size_t>(i)]);
        EXPECT_LT(arc, graph.begin[static_cast<std::size_t>(i) + 1]);
      }
    }
  }
  // One direction only, and nobody to earn from.
  const PolymatrixGame one_way{"", {2, 2, 2}, {{2, 0, true, false}, {1, 2, false, true}}, std::vector<double>(8)};
  EXPECT_EQ(graph_of(one_way), (NetworkGraph{{0, 0, 0, 2}, {0, 1}}));
  EXPECT_EQ(graph_of({"", {2, 3}, {}, {}}), (NetworkGraph{{0, 0, 0}, {}}));
}

TEST(NetworkGraphs, HaveAUnion) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<int> actions(6, 2);
    std::vector<NetworkGraph> graphs;
    for (std::uint64_t k = 0; k < 1 + seed % 4; ++k)
      graphs.push_back(graph_of(random_network(actions, 0.3, 7 * seed + k)));
    std::vector<const NetworkGraph*> pointers;
    Arcs all;
    for (const NetworkGraph& graph : graphs) {
      pointers.push_back(&graph);
      all.merge(arcs_of(graph));
    }
    const NetworkGraph found = union_of(pointers);
    expect_valid(found, actions.size());
    EXPECT_EQ(arcs_of(found), all);
  }
  const NetworkGraph complete = complete_graph(5);
  expect_valid(complete, 5);
  EXPECT_EQ(complete.neighbour.size(), 20U);
}

/// A network's tables, and payoffs as the pieces have them.
class Tables {
 public:
  Tables(const std::vector<int>& actions, NetworkGraph graph, bool reduced = false)
      : actions_(actions), tables_(actions, std::move(graph), reduced), payoffs_(tables_.agent.back().payoffs) {}

  const NetworkTables& tables() const { return tables_; }
  std::int64_t payoffs() const { return payoffs_; }
  std::int64_t arc_size(std::size_t i, std::int32_t arc) const {
    const auto j = static_cast<std::size_t>(tables_.graph.neighbour[static_cast<std::size_t>(arc)]);
    const int less = tables_.reduced ? 1 : 0;
    return std::int64_t{actions_[i] - less} * (actions_[j] - less);
  }
  /// Where a piece's payoffs end.
  std::int64_t end(std::size_t piece) const {
    return piece + 1 < tables_.piece.size() ? tables_.piece[piece + 1].payoffs : payoffs_;
  }

  void expect_arcs_and_owners_in_order() const {
    std::int64_t payoffs = 0;
    std::int32_t action = 0;
    for (std::size_t i = 0; i < actions_.size(); ++i) {
      ASSERT_EQ(tables_.agent[i].payoffs, payoffs);
      ASSERT_EQ(tables_.agent[i].first, action);
      ASSERT_EQ(tables_.agent[i].arc, tables_.graph.begin[i]);
      for (int a = 0; a < actions_[i]; ++a) {
        ASSERT_EQ(tables_.owner[static_cast<std::size_t>(action++)], static_cast<std::int32_t>(i));
      }
      for (std::int32_t arc = tables_.agent[i].arc; arc < tables_.agent[i + 1].arc; ++arc) {
        ASSERT_EQ(tables_.payoffs(i, arc), payoffs);
        payoffs += arc_size(i, arc);
      }
    }
    EXPECT_EQ(payoffs, payoffs_);
    EXPECT_EQ(tables_.owner.size(), static_cast<std::size_t>(action));
    EXPECT_EQ(tables_.agent.back().arc, static_cast<std::int32_t>(tables_.graph.neighbour.size()));
    EXPECT_EQ(tables_.largest, *std::max_element(actions_.begin(), actions_.end()));
  }

  /// Every agent and every arc is in one piece, in order; pieces are as large as they may be.
  void expect_pieces_that_cover() const {
    const kernels::NetworkView view = tables_.view();
    const auto is_split = [&](std::int32_t i) {
      return view.agent[i + 1].payoffs - view.agent[i].payoffs > kernels::piece_payoffs;
    };
    std::int32_t agent = 0;  // that the next piece begins with
    std::int32_t arc = 0;    // if that is divided: the arc
    std::int32_t sums = 0;   // of parts so far
    std::size_t split = 0;   // divided agents so far
    std::int32_t parts = 0;  // of the current one
    std::int64_t payoffs = 0;
    for (std::size_t p = 0; p < tables_.piece.size(); ++p) {
      SCOPED_TRACE("piece " + std::to_string(p));
      const kernels::NetworkPiece& piece = tables_.piece[p];
      ASSERT_EQ(piece.payoffs, payoffs);
      ASSERT_EQ(piece.agent, agent);
      ASSERT_GE(piece.agents, 1);
      if (piece.sums < 0) {
        ASSERT_EQ(arc, tables_.graph.begin[static_cast<std::size_t>(agent)]);
        ASSERT_LE(end(p) - piece.payoffs, kernels::piece_payoffs);
        for (int k = 0; k < piece.agents; ++k) ASSERT_FALSE(is_split(agent + k));
        agent += piece.agents;
        arc = tables_.graph.begin[static_cast<std::size_t>(agent)];
      } else {
        ASSERT_TRUE(is_split(agent));
        ASSERT_EQ(piece.agents, 1);
        ASSERT_EQ(piece.arc_begin, arc);
        ASSERT_GT(piece.arc_end, arc);
        ASSERT_TRUE(end(p) - piece.payoffs <= kernels::piece_payoffs || piece.arc_end == arc + 1);
        const auto i = static_cast<std::size_t>(agent);
        ASSERT_EQ(piece.payoffs, tables_.payoffs(i, arc));
        ASSERT_LT(split, tables_.split.size());
        ASSERT_EQ(tables_.split[split].agent, agent);
        ASSERT_EQ(piece.sums, tables_.split[split].sums + parts * actions_[i]);
        ASSERT_EQ(piece.sums, sums);
        sums += actions_[i];
        ++parts;
        arc = piece.arc_end;
        if (arc == tables_.graph.begin[i + 1]) {
          ASSERT_EQ(tables_.split[split].parts, parts);
          parts = 0;
          ++split;
          ++agent;
        }
      }
      payoffs = end(p);
    }
    EXPECT_EQ(agent, static_cast<std::int32_t>(actions_.size()));
    EXPECT_EQ(split, tables_.split.size());
    EXPECT_EQ(sums, tables_.sums);
    EXPECT_EQ(view.pieces, static_cast<std::int32_t>(tables_.piece.size()));
    EXPECT_EQ(view.splits, static_cast<std::int32_t>(tables_.split.size()));
  }

  /// Units have all pieces, and all agents, each once and in order: those that begin in their pieces, and so all of
  /// whole pieces. Returns the payoffs of each.
  std::vector<std::int64_t> expect_units_that_cover(int units) const {
    const kernels::NetworkView view = tables_.view();
    std::vector<std::int64_t> payoffs;
    int next = 0;
    int next_agent = 0;
    int next_split = 0;
    for (int u = 0; u < units; ++u) {
      const kernels::PieceRange range = kernels::pieces_of_unit(view, payoffs_, u, units);
      EXPECT_EQ(range.begin, next) << "unit " << u << " of " << units;
      EXPECT_GE(range.end, range.begin);
      next = range.end;
      EXPECT_EQ(range.agent_begin, next_agent);
      EXPECT_GE(range.agent_end, range.agent_begin);
      next_agent = range.agent_end;
      for (int p = range.begin; p < range.end; ++p) {
        const kernels::NetworkPiece& piece = view.piece[p];
        const bool begins = piece.sums < 0 || piece.arc_begin == view.agent[piece.agent].arc;
        const bool has_agent = piece.agent >= range.agent_begin && piece.agent < range.agent_end;
        EXPECT_TRUE(has_agent || !begins) << "piece " << p;
        EXPECT_FALSE(has_agent && !begins && p == range.begin) << "piece " << p;
        if (piece.sums < 0) {
          EXPECT_LE(piece.agent + piece.agents, range.agent_end);
        }
      }
      EXPECT_EQ(range.split_begin, next_split);
      for (; next_split < view.splits && view.split[next_split].agent < range.agent_end; ++next_split) {
        EXPECT_GE(view.split[next_split].agent, range.agent_begin);
      }
      EXPECT_EQ(range.split_end, next_split);
      std::int64_t own = 0;
      if (range.end > range.begin) {
        const auto last = static_cast<std::size_t>(range.end) - 1;
        own = end(last) - tables_.piece[static_cast<std::size_t>(range.begin)].payoffs;
      }
      payoffs.push_back(own);
    }
    EXPECT_EQ(next, view.pieces);
    EXPECT_EQ(next_agent, view.agents);
    EXPECT_EQ(next_split, view.splits);
    EXPECT_EQ(std::accumulate(payoffs.begin(), payoffs.end(), std::int64_t{0}), payoffs_);
    return payoffs;
  }

  void expect_all(std::initializer_list<int> units) const {
    expect_arcs_and_owners_in_order();
    expect_pieces_that_cover();
    for (const int u : units) expect_units_that_cover(u);
  }

 private:
  std::vector<int> actions_;
  NetworkTables tables_;
  std::int64_t payoffs_;
};

TEST(NetworkTables, CutRandomNetworksIntoPieces) {
  std::mt19937_64 bits(3);
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    // Up to agents whose single arcs are more than a piece.
    std::vector<int> actions;
    const int most = std::vector<int>{3, 12, 70}[seed % 3];
    for (int i = integer(bits, 1, 40); i > 0; --i) actions.push_back(seed % 4 == 0 ? most : integer(bits, 1, most));
    const Tables tables(actions, graph_of(random_network(actions, uniform(bits), seed)));
    tables.expect_all({1, 2, 3, 7, 32, 1000});
    EXPECT_EQ(tables.tables().uniform == actions[0],
              std::all_of(actions.begin(), actions.end(), [&](int m) { return m == actions[0]; }));
  }
}

TEST(NetworkTables, CutReducedNetworksIntoPieces) {
  for (int m = 2; m <= 4; ++m) {
    SCOPED_TRACE(m);
    const std::vector<int> actions(700, m);
    // The last agent becomes a hub.
    NetworkGraph graph = graph_of(random_network(actions, 0.02, static_cast<std::uint64_t>(m)));
    const std::int32_t own = graph.begin[700] - graph.begin[699];
    graph.neighbour.resize(graph.neighbour.size() - static_cast<std::size_t>(own));
    for (std::int32_t j = 0; j < 699; ++j) graph.neighbour.push_back(j);
    graph.begin[700] = static_cast<std::int32_t>(graph.neighbour.size());
    const Tables tables(actions, graph, true);
    tables.expect_all({1, 2, 3, 32});
    EXPECT_FALSE(tables.tables().split.empty());
    EXPECT_EQ(tables.tables().view().reduced, 1);
    // Behind the arcs' payoffs, the agents' constants.
    EXPECT_EQ(tables.tables().all_payoffs(), tables.payoffs() + 700 * (m - 1));
  }
}

TEST(NetworkTables, HoldNetworksWithoutEdgesAndAgentsAtBothEnds) {
  Tables({4}, {{0, 0}, {}}).expect_all({1, 2, 5});
  Tables({2, 1, 3}, {{0, 0, 0, 0}, {}}).expect_all({1, 2, 5});
  // Agents without edges before, between and behind two whose only arc is more than a piece.
  Tables({2, 60, 2, 2, 50, 3}, {{0, 0, 1, 1, 1, 2, 2}, {4, 1}}).expect_all({1, 2, 3, 5});
}

PolymatrixGame graph_only(Graph graph, int agents, int edges_per_agent) {
  NetworkFamily family;
  family.graph = graph;
  family.agents = agents;
  family.actions = {3};
  family.edges_per_agent = edges_per_agent;
  return generate(family, 0);
}

/// The most that one block has, over the mean: blocks of eight units, four to each of 132 multiprocessors.
double imbalance_of_blocks(const Tables& tables) {
  constexpr int units_of_block = 8;
  const std::vector<std::int64_t> unit = tables.expect_units_that_cover(132 * 4 * units_of_block);
  std::int64_t most = 0;
  for (std::size_t u = 0; u < unit.size(); u += units_of_block) {
    most = std::max(most,
                    std::accumulate(unit.begin() + static_cast<std::ptrdiff_t>(u),
                                    unit.begin() + static_cast<std::ptrdiff_t>(u + units_of_block), std::int64_t{0}));
  }
  return static_cast<double>(most) / (static_cast<double>(tables.payoffs()) / (132 * 4));
}

TEST(NetworkTables, BalanceHubs) {
  const PolymatrixGame scale_free = graph_only(Graph::barabasi_albert, 100'000, 10);
  const Tables hubs(scale_free.actions, graph_of(scale_free));
  hubs.expect_all({1, 2, 64});
  EXPECT_GT(hubs.tables().split.size(), 0U);
  const double ratio = imbalance_of_blocks(hubs);
  const std::vector<std::int64_t> unit = hubs.expect_units_that_cover(132 * 4 * 8);
  const double unit_ratio = static_cast<double>(*std::max_element(unit.begin(), unit.end())) * 132 * 4 * 8 /
                            static_cast<double>(hubs.payoffs());

  const PolymatrixGame star = graph_only(Graph::star, 100'001, 1);
  const Tables one_hub(star.actions, graph_of(star));
  one_hub.expect_all({1, 2, 64});
  ASSERT_EQ(one_hub.tables().split.size(), 1U);
  const double star_ratio = imbalance_of_blocks(one_hub);
  std::printf("largest block over the mean: scale-free %.3f (largest warp %.3f), star %.3f\n", ratio, unit_ratio,
              star_ratio);
  EXPECT_LE(ratio, 1.5);
  EXPECT_LE(unit_ratio, 1.5);
  EXPECT_LE(star_ratio, 1.5);
}

std::vector<quantal::Run> one_run_each(const std::vector<Game>& games) {
  std::vector<quantal::Run> runs(games.size());
  for (std::size_t g = 0; g < games.size(); ++g) runs[g].game = g;
  return runs;
}

TEST(NetworkBuckets, AreOfOneGraphOrOfAUnion) {
  std::vector<Game> games;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    games.emplace_back(random_network({2, 2, 2, 2, 2}, 0.5, seed));  // small: a union
    games.emplace_back(random_network({2, 3}, 1.0, seed));           // a bimatrix game
    games.emplace_back(random_network({2, 2, 2}, 0.5, seed));        // known to the compiler: all arcs
    games.emplace_back(random_game({2, 2, 2}, seed));
    games.emplace_back(random_network({30, 30, 30, 1}, 0.7, seed));  // large: one graph each
    games.emplace_back(random_game({2, 3}, seed));
  }
  const std::vector<quantal::Run> runs = one_run_each(games);
  const std::vector<Bucket> buckets = make_buckets(games, runs);
  std::vector<int> times(games.size(), 0);
  std::set<NetworkGraph> large;
  for (const Bucket& bucket : buckets) {
    const Shape& shape = bucket.shape;
    std::vector<const NetworkGraph*> graphs;
    std::vector<NetworkGraph> own;
    for (const std::size_t r : bucket.runs) {
      ++times[r];
      EXPECT_EQ(actions_of(games[r]), shape.actions);
      const auto* network = std::get_if<PolymatrixGame>(&games[r]);
      EXPECT_EQ(shape.is_network(), network != nullptr && shape.agents > 2);
      if (shape.is_network() && network != nullptr) own.push_back(graph_of(*network));
    }
    if (!shape.is_network()) continue;
    for (const NetworkGraph& graph : own) graphs.push_back(&graph);
    if (shape.agents == 3) {
      EXPECT_EQ(shape.network.graph, complete_graph(3));
    } else {
      EXPECT_EQ(shape.network.graph, union_of(graphs));
    }
    if (shape.agents == 4) {
      EXPECT_TRUE(large.insert(shape.network.graph).second);
    } else {
      EXPECT_EQ(bucket.runs.size(), 4U);
    }
  }
  EXPECT_EQ(times, std::vector<int>(games.size(), 1));
  EXPECT_GT(large.size(), 1U);
}

TEST(NetworkBuckets, AreOfOneGraphWhereAUnionWouldShow) {
  const auto number = [](const std::vector<int>& actions, bool unions) {
    const std::vector<Game> games = {random_network(actions, 1.0, 1), random_network(actions, 0.4, 2)};
    return make_buckets(games, one_run_each(games), unions).size();
  };
  EXPECT_EQ(number({32, 2, 3}, true), 1U);
  EXPECT_EQ(number({33, 2, 3}, true), 2U);  // a team shares such an agent, and is as large as the layout
  EXPECT_EQ(number({4, 2, 3}, true), 1U);
  EXPECT_EQ(number({4, 2, 3}, false), 2U);
  EXPECT_EQ(number({2, 2, 2}, false), 1U);  // always has all arcs
}

TEST(NetworkBuckets, ComeInTheOrderOfTheirShapes) {
  const std::vector<Game> games = {random_network({4, 2, 2}, 1.0, 1), random_network({2, 2, 4}, 1.0, 1),
                                   random_game({9, 9}, 1), random_network({3, 2, 2}, 1.0, 1),
                                   random_network({4, 2, 2}, 0.5, 2)};
  const std::vector<quantal::Run> runs = one_run_each(games);
  std::vector<std::vector<int>> found;
  for (const Bucket& bucket : make_buckets(games, runs)) found.push_back(bucket.shape.actions);
  EXPECT_EQ(found, (std::vector<std::vector<int>>{{9, 9}, {4, 2, 2}, {2, 2, 4}, {3, 2, 2}}));
}

TEST(NetworkBuckets, OfOneGraphWhereManyGamesShareEach) {
  // Many games of few graphs: each graph by itself.
  const PolymatrixGame ring = graph_only(Graph::ring, 6, 1);
  const PolymatrixGame path = graph_only(Graph::path, 6, 1);
  for (const auto& [copies, buckets] : std::vector<std::pair<int, std::size_t>>{{31, 1}, {32, 2}}) {
    std::vector<Game> games;
    for (int copy = 0; copy < copies; ++copy) {
      games.emplace_back(ring);
      games.emplace_back(path);
    }
    const std::vector<quantal::Run> runs = one_run_each(games);
    EXPECT_EQ(make_buckets(games, runs).size(), buckets);
  }
}

}  // namespace
}  // namespace quantal
