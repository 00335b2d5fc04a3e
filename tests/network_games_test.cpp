// Network games against the same games in other forms: their normal form, the bimatrix game of an edge, themselves with
// agents or edges in another order.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "machines.hpp"
#include "random_games.hpp"
#include "random_networks.hpp"

namespace quantal {
namespace {

double unit_of(const Machine& machine) {
  return machine.single() ? 0x1p-24 : 0x1p-53;
}

/// The largest payoff difference that an agent's own action can make: of logits, times tau.
double payoff_scale(const PolymatrixGame& game) {
  double most = 1;
  for (std::size_t i = 0; i < game.actions.size(); ++i) {
    double sum = 0;
    for (std::size_t e = 0; e < game.edges.size(); ++e) {
      const PolymatrixEdge& edge = game.edges[e];
      const bool first = edge.first == static_cast<int>(i);
      if (!first && edge.second != static_cast<int>(i)) continue;
      if (!(first ? edge.pays_first : edge.pays_second)) continue;
      const auto begin = game.payoffs.begin() + static_cast<std::ptrdiff_t>(matrix_begin(game, e, first ? 0 : 1));
      const auto [low, high] =
          std::minmax_element(begin, begin + static_cast<std::ptrdiff_t>(edge_matrix_size(game, edge)));
      sum += *high - *low;
    }
    most = std::max(most, sum);
  }
  return most;
}

/// Two gaps of one iterate, found from logits that are `delta` apart. The gap is half the policies' mean of tau x^2, x
/// being the error of the logits against their response, so its root moves by sqrt(tau / 2) delta at most; for tau = 0
/// it is of first order.
void expect_gaps_near(double gap, double other, double relative, double tau, double delta) {
  if (tau == 0) {
    EXPECT_LE(std::fabs(gap - other), relative * other + delta) << gap << " and " << other;
    return;
  }
  EXPECT_LE(std::fabs(std::sqrt(gap) - std::sqrt(other)), relative / 2 * std::sqrt(other) + std::sqrt(tau / 2) * delta)
      << gap << " and " << other;
}

double policy_distance(const Results& first, std::size_t a, const Results& second, std::size_t b) {
  const auto p = first.policies_of(a);
  const auto q = second.policies_of(b);
  EXPECT_EQ(p.size(), q.size());
  double off = 0;
  for (std::size_t k = 0; k < p.size(); ++k) off = std::max(off, std::fabs(p[k] - q[k]));
  return off;
}

class NetworkGames : public OnEveryMachine {
 protected:
  /// Settings for a fixed number of updates.
  Settings updates(std::int64_t number) const {
    Settings settings = machine().settings();
    settings.gap_tolerance = 0;
    settings.max_iterations = number;
    settings.gap_every = 1;
    return settings;
  }
  /// Bars for two ways to compute the same iterate. In float each of them may be 5e-6 from the exact one.
  double policy_bar() const { return machine().single() ? 1e-5 : 1e-12; }
  double relative_bar() const { return machine().single() ? 0.05 : 1e-9; }
};

TEST_P(NetworkGames, FollowTheirNormalForms) {
  std::vector<PolymatrixGame> networks;
  std::vector<Game> games;
  std::vector<Run> runs;
  const bool few = machine().cuda();
  std::uint64_t seed = 0;
  for (std::size_t graph = 0; graph < network_graphs().size(); ++graph) {
    for (std::size_t payoffs = 0; payoffs < network_payoffs().size(); ++payoffs) {
      for (int agents = 2; agents <= (few ? 4 : 7); ++agents) {
        ++seed;
        NetworkFamily family;
        family.graph = static_cast<Graph>(graph);
        family.payoffs = static_cast<NetworkPayoffs>(payoffs);
        family.agents = agents;
        family.probability = 0.6;
        family.edges_per_agent = std::min(2, agents - 1);
        family.seed = seed;
        const bool three = family.payoffs == NetworkPayoffs::rock_paper_scissors;
        const bool two = family.payoffs == NetworkPayoffs::matching_pennies;
        family.actions = three                  ? std::vector<int>{3}
                         : two || seed % 3 == 0 ? std::vector<int>{2}
                                                : std::vector<int>{2, 3};
        if (family.graph == Graph::ring && agents < 3) continue;
        if (family.payoffs == NetworkPayoffs::global_zero_sum && agents < 3) continue;
        const PolymatrixGame network = generate(family, 0);
        const NormalFormGame flat = to_normal_form(network);
        if (!holds(network) || !holds(flat)) continue;
        // Emulated threads: one game in some.
        if (few && machine().tier != Tier::lane && seed % (machine().many_threads_a_run() ? 16 : 5) != 0) continue;
        networks.push_back(network);
        for (const int temperatures : {0, 1, 2, 3}) {
          if (machine().many_threads_a_run() && temperatures % 2 == 1) continue;
          Run run;
          if (temperatures == 0) {
            run.tau = 0.4;
            run.eta = 0.5;
          } else if (temperatures == 1) {
            run.tau = 2.5;
            run.eta = 0.4;
          } else if (temperatures == 2) {
            for (int i = 0; i < agents; ++i)
              run.tau_per_agent.push_back(i == 1 && seed % 2 == 0 ? 0.0 : 0.5 + 0.25 * i);
            run.eta = 0.1;
          } else {
            run.tau = 0;
            run.eta = 0.01;
          }
          if (temperatures != 1) run.initial_policies = random_policies(network.actions, seed, 0.01);
          run.game = games.size();
          runs.push_back(run);
          run.game = games.size() + 1;
          runs.push_back(run);
        }
        games.emplace_back(network);
        games.emplace_back(flat);
      }
    }
  }
  ASSERT_FALSE(runs.empty());
  const std::int64_t last = machine().many_threads_a_run() ? 4 : machine().cuda() ? 60 : 1000;
  const Results results = solve(games, runs, updates(last));
  ASSERT_EQ(results.failure, "");
  double worst = 0;
  for (std::size_t r = 0; r < runs.size(); r += 2) {
    const PolymatrixGame& network = networks[runs[r].game / 2];
    const std::vector<double> tau = temperatures_of(runs[r], network.actions.size());
    SCOPED_TRACE(network.name + ", run " + std::to_string(r) + ", tau " + std::to_string(tau[0]));
    const double off = policy_distance(results, r, results, r + 1);
    worst = std::max(worst, off);
    EXPECT_LE(off, policy_bar());
    const double coldest = *std::min_element(tau.begin(), tau.end());
    const double hottest = *std::max_element(tau.begin(), tau.end());
    double least = hottest;
    for (const double t : tau) least = t > 0 ? std::min(least, t) : least;
    // Errors of logits are those of policies, in units of their size.
    const double delta = policy_bar() * payoff_scale(network) / (least > 0 ? std::min(1.0, least) : 1.0);
    const auto history = results.history_of(r);
    const auto other = results.history_of(r + 1);
    ASSERT_EQ(history.size(), static_cast<std::size_t>(last) + 1);
    ASSERT_EQ(other.size(), history.size());
    for (std::size_t t = 0; t < history.size() && !HasFailure(); ++t) {
      SCOPED_TRACE("iteration " + std::to_string(t));
      if (coldest == 0 && hottest > 0) {
        // The largest gap may be either kind's.
        EXPECT_LE(std::fabs(history[t] - other[t]), relative_bar() * other[t] + delta);
      } else {
        expect_gaps_near(history[t], other[t], relative_bar(), hottest, delta);
      }
    }
    for (std::size_t i = 0; i < tau.size(); ++i) {
      expect_gaps_near(results.qre_gap_per_agent_of(r)[i], results.qre_gap_per_agent_of(r + 1)[i], relative_bar(),
                       tau[i], delta);
    }
    EXPECT_NEAR(results.nash_gap[r], results.nash_gap[r + 1], policy_bar() * payoff_scale(network));
  }
  std::printf("%zu runs, policies within %.2g\n", runs.size() / 2, worst);
}

TEST_P(NetworkGames, OfTwoAgentsAreBimatrixGames) {
  std::vector<Game> games;
  std::vector<Run> runs;
  for (const auto& [rows, columns] : std::vector<std::pair<int, int>>{{2, 2}, {3, 3}, {2, 3}, {3, 2}, {7, 5}, {1, 4}}) {
    for (const int kind : {0, 1, 2, 3}) {  // which agents the edge pays, and which one it names first
      std::mt19937_64 bits(static_cast<std::uint64_t>(10 * rows + kind));
      const auto size = static_cast<std::size_t>(rows * columns);
      std::vector<double> first(size, 0.0);
      std::vector<double> second(size, 0.0);
      if (kind != 1) std::generate(first.begin(), first.end(), [&] { return uniform(bits, -1, 1); });
      if (kind != 2) std::generate(second.begin(), second.end(), [&] { return uniform(bits, -1, 1); });
      PolymatrixGame network{"", {rows, columns}, {{0, 1, kind != 1, kind != 2}}, {}};
      if (kind != 1) network.payoffs = first;
      if (kind != 2) network.payoffs.insert(network.payoffs.end(), second.begin(), second.end());
      if (kind == 3) {
        network.edges[0] = {1, 0, true, true};
        network.payoffs.clear();
        for (const auto* matrix : {&second, &first}) {
          for (int b = 0; b < columns; ++b) {
            for (int a = 0; a < rows; ++a)
              network.payoffs.push_back((*matrix)[static_cast<std::size_t>(a * columns + b)]);
          }
        }
      }
      const NormalFormGame flat = bimatrix(rows, columns, first, second);
      if (!holds(network) || (machine().many_threads_a_run() && rows != 3)) continue;
      Run run;
      for (const double tau : {0.3, 4.0, 0.0}) {
        run.tau = tau;
        run.random_start = 1;
        run.initial_policies = tau < 1 ? random_policies({rows, columns}, 3) : std::vector<double>{};
        if (tau > 1) run.random_start.reset();
        run.eta = tau > 0 ? 0.9 / tau : 0.1;
        run.game = games.size();
        runs.push_back(run);
        run.game = games.size() + 1;
        runs.push_back(run);
      }
      games.emplace_back(network);
      games.emplace_back(flat);
    }
  }
  const Results results = solve(games, runs, updates(machine().cuda() ? 8 : 300));
  ASSERT_EQ(results.failure, "");
  for (std::size_t r = 0; r < runs.size(); r += 2) {
    SCOPED_TRACE(r);
    expect_same_bits(results, r, results, r + 1);
  }
}

TEST_P(NetworkGames, WithoutEdgesEndAtUniformPolicies) {
  std::vector<Game> games;
  for (const auto& actions : std::vector<std::vector<int>>{{2, 2, 2}, {4}, {1}, {2, 5, 3, 1}, {40, 3, 2}, {3, 3, 3}}) {
    const PolymatrixGame game{"", actions, {}, {}};
    if (holds(game)) games.emplace_back(game);
  }
  Sweep sweep;
  sweep.tau = {{0.5}, {std::numeric_limits<double>::infinity()}};
  sweep.init = Init::random;
  Settings settings = machine().settings();
  const Results results = solve(games, sweep, settings);
  ASSERT_EQ(results.failure, "");
  for (std::size_t r = 0; r < results.size(); ++r) {
    SCOPED_TRACE(r);
    EXPECT_EQ(results.status[r], Status::converged);
    EXPECT_LE(results.iterations[r], 1);  // the certificate's step: at once
    EXPECT_EQ(results.nash_gap[r], 0);
    std::size_t at = 0;
    for (const int m : actions_of(games[r / 2])) {
      for (int a = 0; a < m; ++a) EXPECT_NEAR(results.policies_of(r)[at++], 1.0 / m, 4 * unit_of(machine()));
    }
  }
}

TEST_P(NetworkGames, AtInfiniteTemperatureEndAtUniformPolicies) {
  std::vector<Game> games = {random_network({2, 2, 2}, 1.0, 1)};
  if (const Game other = random_network({4, 1, 3, 2, 2}, 0.7, 2); holds(other)) games.push_back(other);
  Sweep sweep;
  sweep.tau = {{std::numeric_limits<double>::infinity()}};
  sweep.init = Init::random;
  const Results results = solve(games, sweep, machine().settings());
  for (std::size_t r = 0; r < games.size(); ++r) {
    EXPECT_EQ(results.status[r], Status::converged);
    EXPECT_EQ(results.iterations[r], 1);
    EXPECT_EQ(results.qre_gap[r], 0);
    std::size_t at = 0;
    for (const int m : actions_of(games[r])) {
      for (int a = 0; a < m; ++a) EXPECT_NEAR(results.policies_of(r)[at++], 1.0 / m, 4 * unit_of(machine()));
    }
  }
}

/// Every agent plays the same game with each of its neighbours.
PolymatrixGame alike_agents(int agents, int actions, bool ring, std::uint64_t seed) {
  PolymatrixGame game;
  game.name = std::string(ring ? "ring" : "complete") + " of " + std::to_string(agents) + " agents, " +
              std::to_string(actions) + " actions";
  game.actions.assign(static_cast<std::size_t>(agents), actions);
  std::mt19937_64 bits(seed);
  std::vector<double> matrix(static_cast<std::size_t>(actions * actions));
  for (double& payoff : matrix) payoff = uniform(bits, -1, 1);
  for (int i = 0; i < agents; ++i) {
    for (int j = i + 1; j < agents; ++j) {
      if (ring && j != i + 1 && !(i == 0 && j == agents - 1)) continue;
      const bool turned = integer(bits, 0, 1) == 1;
      game.edges.push_back({turned ? j : i, turned ? i : j, true, true});
      game.payoffs.insert(game.payoffs.end(), matrix.begin(), matrix.end());
      for (int a = 0; a < actions; ++a) {
        for (int b = 0; b < actions; ++b) game.payoffs.push_back(matrix[static_cast<std::size_t>(b * actions + a)]);
      }
    }
  }
  return game;
}

TEST_P(NetworkGames, AlikeAgentsStayAlike) {
  struct Kind {
    int agents;
    int actions;
    bool ring;
  };
  std::vector<Game> games;
  std::vector<Run> runs;
  for (const Kind kind : {Kind{3, 2, true}, Kind{3, 3, true}, Kind{4, 2, false}, Kind{5, 3, true}, Kind{9, 2, true},
                          Kind{6, 4, false}, Kind{4, 7, true}, Kind{3, 37, true}, Kind{12, 3, false}}) {
    const PolymatrixGame game = alike_agents(kind.agents, kind.actions, kind.ring, 3);
    if (!holds(game) || (machine().many_threads_a_run() && kind.agents * kind.actions % 3 != 0)) continue;
    Run run;
    run.game = games.size();
    games.emplace_back(game);
    const std::vector<double> one = random_policies({kind.actions}, 5);
    for (const double tau : {1.0, 0.1, 0.0}) {
      run.tau = tau;
      run.eta = tau > 0 ? 0.7 / tau : 0.3;
      run.initial_policies.clear();
      for (int i = 0; i < kind.agents; ++i) {
        run.initial_policies.insert(run.initial_policies.end(), one.begin(), one.end());
      }
      runs.push_back(run);
      if (machine().many_threads_a_run()) break;
    }
  }
  for (const std::int64_t t :
       machine().cuda() ? std::vector<std::int64_t>{1, 5} : std::vector<std::int64_t>{1, 2, 500}) {
    const Results results = solve(games, runs, updates(t));
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE(name_of(games[runs[r].game]) + ", tau " + std::to_string(runs[r].tau) + ", " + std::to_string(t));
      const std::vector<int>& actions = actions_of(games[runs[r].game]);
      const auto policies = results.policies_of(r);
      const auto m = static_cast<std::size_t>(actions[0]);
      for (std::size_t i = 1; i < actions.size(); ++i) {
        EXPECT_EQ(results.qre_gap_per_agent_of(r)[i], results.qre_gap_per_agent_of(r)[0]) << "agent " << i;
        for (std::size_t a = 0; a < m; ++a) EXPECT_EQ(policies[i * m + a], policies[a]) << "agent " << i;
      }
    }
  }
}

/// The game with its edges in another order, some of them named from their other end.
PolymatrixGame with_edges_shuffled(const PolymatrixGame& game, std::mt19937_64& bits) {
  PolymatrixGame other{game.name, game.actions, {}, {}};
  std::vector<std::size_t> order(game.edges.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), bits);
  for (const std::size_t e : order) {
    const PolymatrixEdge& edge = game.edges[e];
    const auto rows = static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.first)]);
    const auto columns = static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.second)]);
    const bool turn = integer(bits, 0, 1) == 1;
    other.edges.push_back(turn ? PolymatrixEdge{edge.second, edge.first, edge.pays_second, edge.pays_first} : edge);
    for (const int side : turn ? std::vector<int>{1, 0} : std::vector<int>{0, 1}) {
      if (!(side == 0 ? edge.pays_first : edge.pays_second)) continue;
      const std::size_t begin = matrix_begin(game, e, side);
      for (std::size_t k = 0; k < rows * columns; ++k) {
        const std::size_t from = turn ? k % rows * columns + k / rows : k;
        other.payoffs.push_back(game.payoffs[begin + from]);
      }
    }
  }
  return other;
}

/// Games to change without changing what they are.
std::vector<PolymatrixGame> some_networks(const Machine& machine) {
  std::vector<PolymatrixGame> games;
  for (const auto& actions :
       std::vector<std::vector<int>>{{2, 2, 2}, {3, 3, 3}, {2, 3, 4, 2}, {2, 2, 2, 2, 2, 2}, {5, 1, 3, 4, 2, 6, 3}}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const PolymatrixGame game = random_network(actions, 0.7, seed);
      if (!machine.holds(game) || (machine.many_threads_a_run() && (seed > 0 || actions[0] == 3))) continue;
      games.push_back(game);
    }
  }
  return games;
}

TEST_P(NetworkGames, OrderAndDirectionOfEdgesChangeNoBit) {
  std::mt19937_64 bits(3);
  std::vector<Game> games;
  std::vector<Run> runs;
  for (const PolymatrixGame& game : some_networks(machine())) {
    Run run;
    run.tau = 0.8;
    run.random_start = 2;
    for (const Game& one : {Game(game), Game(with_edges_shuffled(game, bits))}) {
      run.game = games.size();
      run.initial_policies = random_policies(game.actions, 4);
      games.push_back(one);
      runs.push_back(run);
    }
  }
  Settings settings = updates(machine().cuda() ? 6 : 300);
  settings.gap_tolerance.reset();
  const Results results = solve(games, runs, settings);
  for (std::size_t r = 0; r < runs.size(); r += 2) {
    SCOPED_TRACE(name_of(games[r]));
    expect_same_bits(results, r, results, r + 1);
  }
}

TEST_P(NetworkGames, AnotherOrderOfAgentsChangesRoundingAtMost) {
  std::mt19937_64 bits(3);
  for (const PolymatrixGame& game : some_networks(machine())) {
    SCOPED_TRACE(game.name);
    const std::size_t N = game.actions.size();
    std::vector<std::size_t> place(N);  // of each agent in the other game
    std::iota(place.begin(), place.end(), std::size_t{0});
    std::shuffle(place.begin(), place.end(), bits);
    PolymatrixGame other = game;
    std::vector<std::vector<double>> start(N);
    for (std::size_t i = 0; i < N; ++i) {
      other.actions[place[i]] = game.actions[i];
      start[place[i]] = random_policies({game.actions[i]}, i);
    }
    for (PolymatrixEdge& edge : other.edges) {
      edge.first = static_cast<int>(place[static_cast<std::size_t>(edge.first)]);
      edge.second = static_cast<int>(place[static_cast<std::size_t>(edge.second)]);
    }
    if (!holds(other)) continue;
    std::vector<Run> runs(2);
    for (std::size_t r = 0; r < 2; ++r) {
      runs[r].game = r;
      runs[r].tau_per_agent.resize(N);
      runs[r].eta = 0.3;
    }
    for (std::size_t i = 0; i < N; ++i) {
      runs[0].tau_per_agent[i] = runs[1].tau_per_agent[place[i]] = 0.5 + 0.2 * static_cast<double>(i);
      const auto& own = start[place[i]];
      runs[0].initial_policies.insert(runs[0].initial_policies.end(), own.begin(), own.end());
      runs[1].initial_policies.insert(runs[1].initial_policies.end(), start[i].begin(), start[i].end());
    }
    const std::vector<Game> games = {game, other};
    const Results results = solve(games, runs, updates(machine().cuda() ? 6 : 300));
    const oracle::Profile p = policies_of(results, 0, game);
    const oracle::Profile q = policies_of(results, 1, other);
    for (std::size_t i = 0; i < N; ++i) {
      for (std::size_t a = 0; a < p[i].size(); ++a) {
        EXPECT_NEAR(static_cast<double>(p[i][a]), static_cast<double>(q[place[i]][a]), policy_bar());
      }
      expect_gaps_near(results.qre_gap_per_agent_of(0)[i], results.qre_gap_per_agent_of(1)[place[i]], relative_bar(),
                       runs[0].tau_per_agent[i], policy_bar() * payoff_scale(game));
    }
  }
}

TEST_P(NetworkGames, WhatOthersActionsAloneDecideChangesRoundingAtMost) {
  // Constants of the size of the payoffs; in float constants a million times larger, which are taken off in double.
  std::mt19937_64 bits(9);
  for (const PolymatrixGame& game : some_networks(machine())) {
    SCOPED_TRACE(game.name);
    PolymatrixGame other = game;
    const double most = machine().single() ? 1e6 : 1;
    for (std::size_t e = 0; e < game.edges.size(); ++e) {
      const PolymatrixEdge& edge = game.edges[e];
      const auto rows = static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.first)]);
      const auto columns = static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.second)]);
      for (const int side : {0, 1}) {
        if (!(side == 0 ? edge.pays_first : edge.pays_second)) continue;
        double* payoffs = other.payoffs.data() + matrix_begin(game, e, side);
        std::vector<double> constant(side == 0 ? columns : rows);
        for (double& c : constant) c = uniform(bits, -most, most);
        for (std::size_t k = 0; k < rows * columns; ++k) payoffs[k] += constant[side == 0 ? k % columns : k / columns];
      }
    }
    Run run;
    run.tau = 0.6;
    run.eta = 0.5;
    run.initial_policies = random_policies(game.actions, 3);
    std::vector<Run> runs(2, run);
    runs[1].game = 1;
    const std::vector<Game> games = {game, other};
    const Results results = solve(games, runs, updates(machine().cuda() ? 6 : 300));
    EXPECT_LE(policy_distance(results, 0, results, 1), policy_bar());
    for (std::size_t i = 0; i < game.actions.size(); ++i) {
      expect_gaps_near(results.qre_gap_per_agent_of(0)[i], results.qre_gap_per_agent_of(1)[i], relative_bar(), run.tau,
                       policy_bar() * payoff_scale(game) / run.tau);
    }
  }
}

QUANTAL_ON_EVERY_MACHINE(NetworkGames);

/// Zero-sum networks of many kinds: two in three edge by edge, the others altogether only.
std::vector<PolymatrixGame> zero_sum_networks(std::size_t number) {
  std::vector<PolymatrixGame> games;
  std::mt19937_64 bits(42);
  for (std::uint64_t seed = 0; games.size() < number; ++seed) {
    NetworkFamily family;
    family.graph = static_cast<Graph>(seed % network_graphs().size());
    family.payoffs = games.size() % 3 == 2 ? NetworkPayoffs::global_zero_sum : NetworkPayoffs::zero_sum;
    family.agents = integer(bits, 3, 12);
    family.actions = games.size() % 4 == 0 ? std::vector<int>{integer(bits, 2, 5)} : std::vector<int>{2, 3, 4, 5};
    family.probability = 0.5;
    family.edges_per_agent = std::min(3, family.agents - 1);
    family.seed = seed;
    PolymatrixGame game = generate(family, 0);
    const NetworkClass known = classify(game);
    // A random graph may leave no agent with two edges, and then nothing that is not zero-sum edge by edge.
    if (known.edgewise_constant_sum != (family.payoffs == NetworkPayoffs::zero_sum)) continue;
    EXPECT_TRUE(known.constant_sum);
    EXPECT_EQ(known.sum, 0);
    games.push_back(std::move(game));
  }
  return games;
}

/// Solves each game from several starts (the uniform one first) with the automatic step and checks that all end at one
/// point.
///
/// Let S be the sum of the agents' gaps at policies pi, and pi* the QRE. Responding with pi*_i gains an agent no more
/// than its gap. Summed over the agents, <pi*_i - pi_i, rbar_i(pi)> is <pi*_i - pi_i, rbar_i(pi*)>, since rbar is
/// linear and the game zero-sum, and rbar_i(pi*) is tau log pi*_i up to a constant. Hence
///
///     S >= tau sum_i KL(pi_i || pi*_i) >= tau / 2 sum_i |pi_i - pi*_i|_1^2
///
/// by Pinsker's inequality, and no probability is further from the QRE's than sqrt(S / (2 tau)).
void expect_one_point(const Machine& machine, const std::vector<PolymatrixGame>& networks,
                      const std::vector<double>& tau, std::size_t starts, std::int64_t most_iterations) {
  const std::vector<Game> games(networks.begin(), networks.end());
  std::vector<quantal::Run> runs;
  for (std::size_t g = 0; g < games.size(); ++g) {
    for (std::size_t s = 0; s < starts; ++s) {
      quantal::Run run;
      run.game = g;
      run.tau = tau[g];
      if (s > 0) run.random_start = s;
      runs.push_back(run);
    }
  }
  Settings settings = machine.settings();
  settings.gap_tolerance = 1e-10;
  settings.max_iterations = most_iterations;
  const Results results = solve(games, runs, settings);
  ASSERT_EQ(results.failure, "");
  double furthest = 0;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const std::size_t g = runs[r].game;
    SCOPED_TRACE(networks[g].name + ", tau " + std::to_string(tau[g]) + ", start " + std::to_string(r % starts));
    ASSERT_EQ(to_string(results.status[r]), "converged");
    // Gaps of the policies that came back, rounded: in float by so much that they say nothing at 1e-10.
    const auto sum_of_gaps = [&](std::size_t run) {
      const oracle::Profile logits = oracle::logits_of(policies_of(results, run, games[g]));
      const oracle::Evaluation own =
          oracle::evaluate(to_oracle(games[g]), logits, std::vector<double>(networks[g].actions.size(), tau[g]));
      EXPECT_LE(own.gap, machine.single() ? 1e-8L : 1e-10L * (1 + 1e-4L));
      return std::accumulate(own.agent_gap.begin(), own.agent_gap.end(), oracle::Number(0));
    };
    const std::size_t first = r / starts * starts;
    const double off = policy_distance(results, r, results, first);
    furthest = std::max(furthest, off);
    const auto bound = [&](std::size_t run) { return std::sqrt(sum_of_gaps(run) / (2 * tau[g])); };
    EXPECT_LE(off, bound(r) + bound(first));
  }
  std::printf("%zu runs: at most %lld iterations, starts at most %.2g apart, %.1f s\n", runs.size(),
              static_cast<long long>(*std::max_element(results.iterations.begin(), results.iterations.end())), furthest,
              results.solve_seconds);
}

class ZeroSumNetworks : public OnEveryMachine {
 protected:
  /// Games and starts of each: few where threads are emulated.
  std::vector<PolymatrixGame> games() const {
    if (!machine().cuda()) return zero_sum_networks(200);
    return zero_sum_networks(machine().many_threads_a_run() ? 3 : 12);
  }
  std::size_t starts() const { return machine().many_threads_a_run() ? 1 : machine().cuda() ? 2 : 5; }
};

TEST_P(ZeroSumNetworks, ConvergeToOnePointAtHalfTheCertifiedTemperature) {
  if (machine().cuda() && machine().tier == Tier::lane) GTEST_SKIP() << "the tier holds few shapes";
  const std::vector<PolymatrixGame> networks = games();
  std::vector<double> tau;
  for (const PolymatrixGame& game : networks) tau.push_back(0.5 * certified_temperature(game));
  expect_one_point(machine(), networks, tau, starts(), 1000);
}

TEST_P(ZeroSumNetworks, ConvergeToOnePointAtALowTemperature) {
  if (machine().cuda()) GTEST_SKIP() << "some ten thousand iterations";
  // A step of eta tau = 1e-4 moves a float's logits only while they are further from their response than this gap.
  if (machine().single()) GTEST_SKIP() << "float does not resolve the step";
  // All on one tier; sanitizers make packs of runs slow.
  const bool all = machine().tier == Tier::block;
  const std::vector<PolymatrixGame> networks = zero_sum_networks(all ? 200 : 40);
  expect_one_point(machine(), networks, std::vector<double>(networks.size(), 0.1), all ? 5 : 2, 200'000);
}

QUANTAL_ON_EVERY_MACHINE(ZeroSumNetworks);

}  // namespace
}  // namespace quantal
