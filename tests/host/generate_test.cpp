// Generated network games: their graphs, payoffs and classes, and that a seed means the same games everywhere.

#include "quantal/generate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "quantal/quantal.hpp"

namespace quantal {
namespace {

NetworkFamily family_on(Graph graph, int agents, NetworkPayoffs payoffs = NetworkPayoffs::zero_sum) {
  NetworkFamily family;
  family.graph = graph;
  family.agents = agents;
  family.payoffs = payoffs;
  family.probability = 0.3;
  if (payoffs == NetworkPayoffs::rock_paper_scissors) family.actions = {3};
  return family;
}

std::vector<int> degrees(const PolymatrixGame& game) {
  std::vector<int> degree(game.actions.size(), 0);
  for (const PolymatrixEdge& edge : game.edges) {
    ++degree[static_cast<std::size_t>(edge.first)];
    ++degree[static_cast<std::size_t>(edge.second)];
  }
  return degree;
}

/// How many parts the graph falls into.
int components(const PolymatrixGame& game) {
  std::vector<int> parent(game.actions.size());
  std::iota(parent.begin(), parent.end(), 0);
  const std::function<int(int)> root = [&](int i) {
    const int up = parent[static_cast<std::size_t>(i)];
    return up == i ? i : parent[static_cast<std::size_t>(i)] = root(up);
  };
  for (const PolymatrixEdge& edge : game.edges) parent[static_cast<std::size_t>(root(edge.first))] = root(edge.second);
  int count = 0;
  for (std::size_t i = 0; i < parent.size(); ++i) count += parent[i] == static_cast<int>(i) ? 1 : 0;
  return count;
}

std::vector<int> sorted(std::vector<int> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

TEST(GenerateGraph, HasTheEdgesOfItsKind) {
  EXPECT_EQ(degrees(generate(family_on(Graph::ring, 7), 0)), std::vector<int>(7, 2));
  EXPECT_EQ(degrees(generate(family_on(Graph::path, 4), 0)), (std::vector<int>{1, 2, 2, 1}));
  EXPECT_EQ(degrees(generate(family_on(Graph::star, 5), 0)), (std::vector<int>{4, 1, 1, 1, 1}));
  EXPECT_EQ(degrees(generate(family_on(Graph::complete, 6), 0)), std::vector<int>(6, 5));
  EXPECT_EQ(degrees(generate(family_on(Graph::grid, 12), 0)), (std::vector<int>{2, 3, 3, 2, 3, 4, 4, 3, 2, 3, 3, 2}));
  NetworkFamily wide = family_on(Graph::grid, 12);
  wide.rows = 2;
  EXPECT_EQ(sorted(degrees(generate(wide, 0))), (std::vector<int>{2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3}));
  wide.rows = 1;
  EXPECT_EQ(sorted(degrees(generate(wide, 0))), sorted(degrees(generate(family_on(Graph::path, 12), 0))));
  for (const Graph graph : {Graph::ring, Graph::path, Graph::star, Graph::complete, Graph::grid}) {
    EXPECT_EQ(components(generate(family_on(graph, 12), 0)), 1);
    EXPECT_EQ(generate(family_on(graph, 12), 0).edges, generate(family_on(graph, 12), 1).edges);
  }
}

TEST(GenerateGraph, TreesAreConnectedAndReachEveryShape) {
  std::set<std::vector<int>> parents;
  for (std::uint64_t index = 0; index < 200; ++index) {
    const PolymatrixGame game = generate(family_on(Graph::tree, 4), index);
    EXPECT_EQ(game.edges.size(), 3U);
    EXPECT_EQ(components(game), 1);
    parents.insert({game.edges[1].first, game.edges[2].first});
  }
  EXPECT_EQ(parents.size(), 6U);  // of agents 2 and 3: any before them
  EXPECT_EQ(components(generate(family_on(Graph::tree, 5000), 3)), 1);
}

TEST(GenerateGraph, ErdosRenyiEdgesAreIndependent) {
  // Each of the 15 pairs in 0.3 of 4000 games, and each two pairs in 0.09 of them.
  constexpr int games = 4000;
  std::vector<std::vector<int>> together(15, std::vector<int>(15, 0));
  for (std::uint64_t index = 0; index < games; ++index) {
    std::vector<std::size_t> there;
    for (const PolymatrixEdge& edge : generate(family_on(Graph::erdos_renyi, 6), index).edges) {
      ASSERT_LT(edge.first, edge.second);
      there.push_back(static_cast<std::size_t>(edge.second * (edge.second - 1) / 2 + edge.first));
    }
    for (const std::size_t a : there) {
      for (const std::size_t b : there) ++together[a][b];
    }
  }
  for (std::size_t a = 0; a < 15; ++a) {
    for (std::size_t b = 0; b < 15; ++b) {
      const double p = a == b ? 0.3 : 0.09;
      EXPECT_NEAR(together[a][b], games * p, 5 * std::sqrt(games * p * (1 - p)));
    }
  }
}

TEST(GenerateGraph, ErdosRenyiAtItsEnds) {
  NetworkFamily family = family_on(Graph::erdos_renyi, 40);
  for (const auto& [p, edges] : {std::pair(0.0, 0U), {1e-300, 0U}, {1e-17, 0U}, {1.0, 780U}}) {
    family.probability = p;
    EXPECT_EQ(generate(family, 0).edges.size(), edges);
  }
  family.agents = 100'000;
  family.probability = 1e-5;
  EXPECT_NEAR(static_cast<double>(generate(family, 0).edges.size()), 50'000, 5 * std::sqrt(50'000));
}

TEST(GenerateGraph, BarabasiAlbertAgentsJoinWithTheirEdges) {
  for (const int k : {1, 3, 9}) {
    NetworkFamily family = family_on(Graph::barabasi_albert, 1000);
    family.edges_per_agent = k;
    const PolymatrixGame game = generate(family, 2);
    const std::vector<int> degree = degrees(game);
    EXPECT_EQ(game.edges.size(), static_cast<std::size_t>((1000 - k) * k));
    EXPECT_EQ(std::accumulate(degree.begin(), degree.end(), 0), 2 * (1000 - k) * k);
    EXPECT_EQ(components(game), 1);
    for (std::size_t i = static_cast<std::size_t>(k) + 1; i < degree.size(); ++i) EXPECT_GE(degree[i], k);
    // Some are far better connected than most.
    EXPECT_GT(*std::max_element(degree.begin(), degree.end()), 8 * k);
  }
  NetworkFamily family = family_on(Graph::barabasi_albert, 5);
  family.edges_per_agent = 4;
  EXPECT_EQ(generate(family, 0).edges, generate(family_on(Graph::star, 5), 0).edges);
}

const std::vector<Graph> all_graphs = {Graph::ring,     Graph::path, Graph::star,        Graph::grid,
                                       Graph::complete, Graph::tree, Graph::erdos_renyi, Graph::barabasi_albert};
const std::vector<NetworkPayoffs> all_payoffs = {
    NetworkPayoffs::zero_sum, NetworkPayoffs::global_zero_sum,     NetworkPayoffs::coordination,
    NetworkPayoffs::random,   NetworkPayoffs::rock_paper_scissors, NetworkPayoffs::matching_pennies};

NetworkClass expected_class(NetworkPayoffs payoffs) {
  switch (payoffs) {
    case NetworkPayoffs::global_zero_sum:
      return {true, 0, false, true, false, false};
    case NetworkPayoffs::coordination:
      return {false, 0, false, false, true, true};
    case NetworkPayoffs::random:
      return {};
    default:
      return {true, 0, true, true, false, false};
  }
}

TEST(Generate, PayoffsHaveTheirClassOnEveryGraph) {
  for (const Graph graph : all_graphs) {
    for (const NetworkPayoffs payoffs : all_payoffs) {
      for (std::uint64_t index = 0; index < 20; ++index) {
        NetworkFamily family = family_on(graph, 9, payoffs);
        if (payoffs <= NetworkPayoffs::random) family.actions = {2, 4, 3};
        family.seed = 5;
        const PolymatrixGame game = generate(family, index);
        SCOPED_TRACE(game.name);
        validate(game);
        EXPECT_EQ(classify(game), expected_class(payoffs));
      }
    }
  }
}

TEST(Generate, PayoffsFillTheRange) {
  for (const auto& [low, high] : {std::pair(-1.0, 1.0), {0.0, 1.0}, {2.5, 3.5}, {-1e200, 1e200}, {0.7, 0.7}}) {
    for (const NetworkPayoffs payoffs : all_payoffs) {
      if (payoffs == NetworkPayoffs::global_zero_sum && low == high) continue;
      NetworkFamily family = family_on(Graph::complete, 20, payoffs);
      family.low = low;
      family.high = high;
      const PolymatrixGame game = generate(family, 0);
      SCOPED_TRACE(game.name);
      const double most = std::max(std::fabs(low), std::fabs(high));
      double least_seen = std::numeric_limits<double>::infinity();
      double most_seen = -least_seen;
      for (const double payoff : game.payoffs) {
        EXPECT_LE(std::fabs(payoff), most);
        least_seen = std::min(least_seen, payoff);
        most_seen = std::max(most_seen, payoff);
      }
      if (payoffs == NetworkPayoffs::random || payoffs == NetworkPayoffs::coordination) {
        EXPECT_GE(least_seen, low);
        EXPECT_NEAR(least_seen, low, 0.02 * (high - low));
        EXPECT_NEAR(most_seen, high, 0.02 * (high - low));
      }
    }
  }
}

TEST(Generate, RockPaperScissorsAndPennies) {
  NetworkFamily family = family_on(Graph::path, 2, NetworkPayoffs::rock_paper_scissors);
  family.low = family.high = 2;
  EXPECT_EQ(generate(family, 0).payoffs,
            (std::vector<double>{0, -2, 2, 2, 0, -2, -2, 2, 0, 0, 2, -2, -2, 0, 2, 2, -2, 0}));
  family.actions = {7};
  const PolymatrixGame seven = generate(family, 0);
  for (std::size_t a = 0; a < 7; ++a) {  // every action beats as many as beat it
    double sum = 0;
    for (std::size_t b = 0; b < 7; ++b) {
      sum += seven.payoffs[7 * a + b];
      EXPECT_EQ(seven.payoffs[7 * a + b], -seven.payoffs[7 * b + a]);
      EXPECT_EQ(std::fabs(seven.payoffs[7 * a + b]), a == b ? 0 : 2);
    }
    EXPECT_EQ(sum, 0);
  }
  family.payoffs = NetworkPayoffs::matching_pennies;
  family.actions = {2};
  EXPECT_EQ(generate(family, 0).payoffs, (std::vector<double>{2, -2, -2, 2, -2, 2, 2, -2}));
}

TEST(Generate, ActionsAreDrawnFromTheList) {
  NetworkFamily family = family_on(Graph::star, 3000);
  family.actions = {2, 5, 3};
  const PolymatrixGame game = generate(family, 1);
  for (const int m : family.actions) {
    EXPECT_NEAR(static_cast<double>(std::count(game.actions.begin(), game.actions.end(), m)), 1000, 130);
  }
  EXPECT_EQ(game.name, "star zero-sum 3000x2,5,3 seed 0 #1");
}

/// FNV-1a of a game's shape, edges and the bits of its payoffs.
std::uint64_t checksum(const PolymatrixGame& game) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](std::uint64_t word) {
    for (int byte = 0; byte < 8; ++byte) hash = (hash ^ (word >> 8 * byte & 0xff)) * 0x100000001b3;
  };
  for (const int m : game.actions) add(static_cast<std::uint64_t>(m));
  for (const PolymatrixEdge& edge : game.edges) {
    add(static_cast<std::uint64_t>(edge.first));
    add(static_cast<std::uint64_t>(edge.second));
  }
  for (const double payoff : game.payoffs) add(std::bit_cast<std::uint64_t>(payoff));
  return hash;
}

TEST(Generate, GamesOfASeedAreTheSameEverywhere) {
  std::uint64_t all = 0;
  for (const Graph graph : all_graphs) {
    for (const NetworkPayoffs payoffs : all_payoffs) {
      NetworkFamily family = family_on(graph, 30, payoffs);
      if (payoffs <= NetworkPayoffs::random) family.actions = {2, 4, 3};
      family.low = -0.3;
      family.high = 1.7;
      family.seed = 0x1234567890;
      all = all * 31 + checksum(generate(family, 77));
    }
  }
  EXPECT_EQ(all, 2888745711190926108U) << "changed: games of older versions can no longer be drawn again";
}

TEST(Generate, SeedAndIndexMakeTheGame) {
  NetworkFamily family = family_on(Graph::erdos_renyi, 12, NetworkPayoffs::random);
  family.actions = {2, 3};
  family.seed = 1;
  const PolymatrixGame game = generate(family, 4);
  EXPECT_EQ(generate(family, 4), game);
  std::set<std::uint64_t> sums = {checksum(game)};
  for (const std::uint64_t seed : {std::uint64_t{2}, std::uint64_t{1} << 32 | 1, std::uint64_t{1} << 63 | 1}) {
    NetworkFamily other = family;
    other.seed = seed;
    EXPECT_TRUE(sums.insert(checksum(generate(other, 4))).second);
  }
  for (const std::uint64_t index : {std::uint64_t{5}, std::uint64_t{1} << 32 | 4, std::uint64_t{1} << 47 | 4}) {
    EXPECT_TRUE(sums.insert(checksum(generate(family, index))).second);
  }
}

TEST(Generate, LargeNetworks) {
  NetworkFamily family = family_on(Graph::barabasi_albert, 100'000);
  family.edges_per_agent = 10;
  family.actions = {3};
  const PolymatrixGame game = generate(family, 0);
  EXPECT_EQ(game.edges.size(), 999'900U);
  EXPECT_EQ(game.payoffs.size(), 999'900U * 18);
}

void expect_refused(const NetworkFamily& family, const std::string& reason) {
  try {
    generate(family, 0);
    FAIL() << "not refused: " << reason;
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  }
}

TEST(Generate, ImpossibleFamiliesAreRefused) {
  const auto with = [](Graph graph, NetworkPayoffs payoffs, const std::function<void(NetworkFamily&)>& change) {
    NetworkFamily family = family_on(graph, 10, payoffs);
    change(family);
    return family;
  };
  constexpr auto zero = NetworkPayoffs::zero_sum;
  constexpr auto global = NetworkPayoffs::global_zero_sum;
  constexpr auto scissors = NetworkPayoffs::rock_paper_scissors;
  using F = NetworkFamily;
  expect_refused(with(Graph::ring, zero, [](F& f) { f.agents = 2; }), "at least 3 agents, found 2");
  expect_refused(with(Graph::star, zero, [](F& f) { f.agents = 1; }), "at least 2 agents, found 1");
  expect_refused(with(Graph::path, zero, [](F& f) { f.agents = -5; }), "at least 2 agents, found -5");
  expect_refused(with(Graph::grid, zero, [](F& f) { f.rows = 3; }), "rows that divide 10 agents, found 3");
  expect_refused(with(Graph::grid, zero, [](F& f) { f.rows = -2; }), "found -2");
  expect_refused(with(Graph::erdos_renyi, zero, [](F& f) { f.probability = 1.5; }), "from 0 to 1, found 1.5");
  expect_refused(with(Graph::erdos_renyi, zero, [](F& f) { f.probability = std::nan(""); }), "found nan");
  expect_refused(with(Graph::barabasi_albert, zero, [](F& f) { f.edges_per_agent = 0; }), "1 to 9 edges");
  expect_refused(with(Graph::barabasi_albert, zero, [](F& f) { f.edges_per_agent = 10; }), "found 10");
  expect_refused(with(Graph::complete, zero, [](F& f) { f.agents = 100'000; }), "at most 2^30 edges, found 5e+09");
  expect_refused(with(Graph::path, zero, [](F& f) { f.actions = {}; }), "at least one number of actions");
  expect_refused(with(Graph::path, zero, [](F& f) { f.actions = {2, 0}; }), "at least 1 for each agent, found 0");
  expect_refused(with(Graph::path, zero, [](F& f) { f.low = 2; }), "low <= high, found 2:1");
  expect_refused(with(Graph::path, zero, [](F& f) { f.high = HUGE_VAL; }), "finite numbers");
  expect_refused(with(Graph::path, zero, [](F& f) { f.low = -1e308, f.high = 1e308; }), "finite numbers");
  expect_refused(with(Graph::path, scissors, [](F& f) { f.actions = {4}; }),
                 "one odd number of actions from 3, found 4");
  expect_refused(with(Graph::path, scissors, [](F& f) { f.actions = {3, 5}; }), "found 3,5");
  expect_refused(with(Graph::path, scissors, [](F& f) { f.actions = {1}; }), "found 1");
  expect_refused(with(Graph::path, NetworkPayoffs::matching_pennies, [](F& f) { f.actions = {3}; }), "2 actions");
  expect_refused(with(Graph::path, global, [](F& f) { f.agents = 2; }), "at least 3 agents, found 2");
  expect_refused(with(Graph::path, global, [](F& f) { f.actions = {1}; }), "several actions");
  expect_refused(with(Graph::path, global, [](F& f) { f.low = 1; }), "low < high");
  EXPECT_THROW(generate(NetworkFamily{}, std::uint64_t{1} << 48), InputError);
}

TEST(Generate, SparseDrawsOfGlobalZeroSumAreZeroSumAnyway) {
  NetworkFamily family = family_on(Graph::erdos_renyi, 5, NetworkPayoffs::global_zero_sum);
  family.probability = 0.1;
  for (std::uint64_t index = 0; index < 50; ++index) EXPECT_TRUE(classify(generate(family, index)).constant_sum);
}

}  // namespace
}  // namespace quantal
