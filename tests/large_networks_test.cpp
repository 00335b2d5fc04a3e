// Networks whose agents are divided: hubs with more payoffs than one worker takes at a time, and whole networks that
// several threads of a CPU, or the blocks of a grid, work on together.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "machines.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

void add_edge(PolymatrixGame& game, std::mt19937_64& bits, int i, int j, int pays) {
  const bool turned = integer(bits, 0, 1) == 1;
  const PolymatrixEdge edge{turned ? j : i, turned ? i : j, pays != 0, pays != 1};
  game.edges.push_back(edge);
  const std::size_t matrices = (edge.pays_first ? 1U : 0U) + (edge.pays_second ? 1U : 0U);
  for (std::size_t k = 0; k < matrices * edge_matrix_size(game, edge); ++k) {
    game.payoffs.push_back(uniform(bits, -1, 1));
  }
}

/// A hub of `hub` actions with many neighbours in the middle of agents with one to four actions, some of which share
/// edges as well; a second hub that earns nothing but decides what others do; agents of many actions; agents without
/// edges at both ends.
PolymatrixGame ragged_hubs(int leaves, int hub) {
  std::mt19937_64 bits(static_cast<std::uint64_t>(leaves));
  PolymatrixGame game;
  game.name = "hub of " + std::to_string(leaves) + " ragged agents";
  for (int i = 0; i < leaves + 10; ++i) game.actions.push_back(integer(bits, 1, 4));
  const int middle = leaves / 2;
  const int second = leaves / 3;
  const int wide = leaves / 4;
  game.actions[static_cast<std::size_t>(middle)] = hub;
  game.actions[static_cast<std::size_t>(second)] = 5;
  game.actions[static_cast<std::size_t>(wide)] = 60;
  game.actions[static_cast<std::size_t>(wide) + 1] = 40;
  std::set<std::pair<int, int>> taken;
  const auto connect = [&](int i, int j, int pays) {
    if (i != j && taken.insert({std::min(i, j), std::max(i, j)}).second) add_edge(game, bits, i, j, pays);
  };
  connect(wide, wide + 1, 2);
  for (int i = 5; i < leaves + 5; ++i) {
    if (i != wide && i != wide + 1) connect(i, middle, integer(bits, 0, 5));
    if (i % 4 == 0 && i != wide && i != middle && i != second) {
      taken.insert({std::min(i, second), std::max(i, second)});
      game.edges.push_back({second, i, false, true});
      for (int k = 0; k < 5 * game.actions[static_cast<std::size_t>(i)]; ++k) {
        game.payoffs.push_back(uniform(bits, -1, 1));
      }
    }
    if (i % 3 == 0) connect(i, integer(bits, 5, leaves + 4), 2);
  }
  return game;
}

PolymatrixGame family_game(Graph graph, int agents, int actions) {
  NetworkFamily family;
  family.graph = graph;
  family.agents = agents;
  family.actions = {actions};
  family.edges_per_agent = std::min(5, agents - 1);
  family.payoffs = NetworkPayoffs::random;
  family.seed = 3;
  return generate(family, 0);
}

/// Temperatures that grow with what agents have to earn, so that no policy is all but pure.
std::vector<double> temperatures_by_degree(const PolymatrixGame& game) {
  std::vector<double> tau(game.actions.size(), 0.25);
  for (const PolymatrixEdge& edge : game.edges) {
    tau[static_cast<std::size_t>(edge.first)] += 1;
    tau[static_cast<std::size_t>(edge.second)] += 1;
  }
  for (double& t : tau) t = std::sqrt(t);
  return tau;
}

quantal::Run random_run(const PolymatrixGame& game, std::size_t index, std::uint64_t seed) {
  quantal::Run run;
  run.game = index;
  run.tau_per_agent = temperatures_by_degree(game);
  run.eta = 0.9 / *std::max_element(run.tau_per_agent.begin(), run.tau_per_agent.end());
  run.initial_policies = random_policies(game.actions, seed);
  return run;
}

class LargeNetworks : public OnEveryMachine {
 protected:
  std::vector<PolymatrixGame> games() const {
    // Split agents of few and of many actions, uniform and ragged, as small as they can be. A divided agent has more
    // than 512 payoffs.
    if (machine().many_threads_a_run()) return {family_game(Graph::star, 9, 16), ragged_hubs(34, 36)};
    if (machine().cuda()) return {family_game(Graph::star, 9, 16), family_game(Graph::star, 70, 3)};
    return {family_game(Graph::star, 8000, 3),
            family_game(Graph::barabasi_albert, 3000, 3),
            family_game(Graph::star, 9000, 2),
            family_game(Graph::barabasi_albert, 2000, 4),
            ragged_hubs(7000, 7),
            ragged_hubs(1500, 40)};
  }
};

TEST_P(LargeNetworks, FollowTheOracle) {
  if (machine().cuda() && machine().tier == Tier::lane) GTEST_SKIP() << "the tier holds small networks only";
  const std::vector<PolymatrixGame> networks = games();
  const std::int64_t last = machine().cuda() ? 2 : 4;
  const double policy_bar = machine().single() ? 5e-6 : 1e-12;
  double worst = 0;
  for (const PolymatrixGame& game : networks) {
    SCOPED_TRACE(game.name);
    const Run run = random_run(game, 0, 7);
    Settings settings = machine().settings();
    settings.gap_tolerance = 0;
    settings.max_iterations = last;
    settings.gap_every = 1;
    const Results results = solve(std::vector<Game>{game}, std::vector<Run>{run}, settings);
    ASSERT_EQ(results.failure, "");
    const oracle::Game naive = to_oracle(game);
    oracle::Profile logits = oracle::logits_of(oracle::policies_from(game.actions, run.initial_policies.data()));
    for (std::int64_t t = 0;; ++t) {
      const oracle::Evaluation exact = oracle::evaluate(naive, logits, run.tau_per_agent);
      EXPECT_NEAR(results.history_of(0)[static_cast<std::size_t>(t)], static_cast<double>(exact.gap),
                  (machine().single() ? 1e-4 : 1e-11) * static_cast<double>(exact.gap));
      if (t == last) {
        const auto off = static_cast<double>(oracle::distance(policies_of(results, 0, game), exact.policies));
        worst = std::max(worst, off);
        EXPECT_LE(off, policy_bar);
        // x, of which the gap is the square, is the difference of logits of order one.
        for (std::size_t i = 0; i < run.tau_per_agent.size(); ++i) {
          const auto gap = static_cast<double>(exact.agent_gap[i]);
          EXPECT_LE(std::fabs(std::sqrt(results.qre_gap_per_agent_of(0)[i]) - std::sqrt(gap)),
                    std::sqrt(run.tau_per_agent[i] / 2) * 4 * policy_bar)
              << "agent " << i;
        }
        EXPECT_NEAR(results.nash_gap[0], static_cast<double>(exact.nash_gap),
                    policy_bar * static_cast<double>(exact.nash_gap));
        break;
      }
      logits = oracle::update(logits, exact.expected, run.tau_per_agent, *run.eta);
    }
  }
  std::printf("policies within %.2g\n", worst);
}

QUANTAL_ON_EVERY_MACHINE(LargeNetworks);
INSTANTIATE_TEST_SUITE_P(InstructionSets, LargeNetworks, testing::ValuesIn(machines_by_instruction_set()),
                         [](const auto& instance) { return name_of(instance.param); });

/// Networks of more than 2^17 payoffs are shared by all threads where there are few runs.
class NetworkCrewThreads : public testing::TestWithParam<Precision> {
 protected:
  using Run = quantal::Run;

  NetworkCrewThreads() {
    games_ = {ragged_hubs(7000, 7), family_game(Graph::star, 8000, 3), ragged_hubs(1500, 40)};
    for (std::size_t g = 0; g < games_.size(); ++g) {
      runs_.push_back(random_run(std::get<PolymatrixGame>(games_[g]), g, g));
    }
  }
  Settings settings() const {
    Settings made;
    made.backend = Backend::cpu;
    made.precision = GetParam();
    made.gap_tolerance = 0;
    made.max_iterations = 12;
    made.gap_every = 1;
    return made;
  }

  std::vector<Game> games_;
  std::vector<Run> runs_;  // one of each
};

TEST_P(NetworkCrewThreads, ChangeNoBit) {
  for (const std::size_t g : {0U, 2U}) {
    SCOPED_TRACE(name_of(games_[g]));
    // Few runs of one game are worked on by all threads together, many are dealt out among them. Past a window, so that
    // an automatic step may be halved.
    std::vector<Run> runs;
    for (std::uint64_t r = 0; r < 4; ++r) {
      runs.push_back(random_run(std::get<PolymatrixGame>(games_[g]), g, 10 * g + r));
    }
    runs[0].tau_per_agent.clear();
    runs[0].tau = 0.05;
    runs[0].eta.reset();
    Settings some = settings();
    some.max_iterations = 66;
    some.gap_every = 7;
    some.threads = 1;
    const Results one = solve(games_, runs, some);
    ASSERT_EQ(one.failure, "");
    for (const auto& [threads, number] : std::vector<std::pair<int, std::size_t>>{{2, 1}, {2, 4}, {8, 2}}) {
      some.threads = threads;
      const Results several = solve(games_, std::span(runs).first(number), some);
      for (std::size_t r = 0; r < number; ++r) {
        SCOPED_TRACE(std::to_string(threads) + " threads, run " + std::to_string(r) + " of " + std::to_string(number));
        expect_same_bits(one, r, several, r);
      }
    }
  }
}

TEST_P(NetworkCrewThreads, RunsThatShareANetworkKeepTheirBits) {
  // As many as fill the lanes of a pack, and some more, of networks of 2, 3 and 4 actions with hubs; each alone.
  std::vector<Game> games;
  for (const int m : {2, 3, 4}) games.emplace_back(family_game(Graph::barabasi_albert, 1500, m));
  games.emplace_back(family_game(Graph::star, 8000, 3));
  std::vector<Run> runs;
  for (std::size_t g = 0; g < games.size(); ++g) {
    for (std::uint64_t r = 0; r < 22; ++r) {
      runs.push_back(random_run(std::get<PolymatrixGame>(games[g]), g, 100 * g + r));
      // Some finish before their neighbours.
      if (r % 5 != 1) continue;
      runs.back().tau_per_agent.assign(runs.back().tau_per_agent.size(), 1e3);
      runs.back().eta = 1e-3;
    }
  }
  Settings some = settings();
  some.gap_tolerance = 1e-8;
  some.max_iterations = 10;
  some.gap_every = 3;
  const Results together = solve(games, runs, some);
  ASSERT_EQ(together.failure, "");
  EXPECT_EQ(together.status[1], Status::converged);
  EXPECT_EQ(together.status[2], Status::max_iterations);
  some.threads = 1;
  for (std::size_t r = 0; r < runs.size(); r += 7) {
    SCOPED_TRACE("run " + std::to_string(r));
    const Results alone = solve(games, std::span(runs).subspan(r, 1), some);
    expect_same_bits(alone, 0, together, r);
  }
}

TEST_P(NetworkCrewThreads, KeepTheHistoryOfSeparateSolves) {
  const Results whole = solve(games_, runs_, settings());
  for (std::size_t r = 0; r < runs_.size(); ++r) {
    ASSERT_EQ(whole.history_of(r).size(), 13U);
    EXPECT_EQ(whole.history_of(r).back(), whole.qre_gap[r]);
  }
  for (const std::int64_t t : {0, 1, 5}) {
    Settings shorter = settings();
    shorter.max_iterations = t;
    const Results separate = solve(games_, runs_, shorter);
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      EXPECT_EQ(whole.history_of(r)[static_cast<std::size_t>(t)], separate.qre_gap[r]);
    }
  }
  Settings strided = settings();
  strided.gap_every = 5;
  const Results some = solve(games_, runs_, strided);
  for (std::size_t r = 0; r < runs_.size(); ++r) {
    ASSERT_EQ(some.history_of(r).size(), 4U);
    for (const std::size_t k : {0U, 1U, 2U, 3U}) {
      EXPECT_EQ(some.history_of(r)[k], whole.history_of(r)[std::min<std::size_t>(5 * k, 12)]);
    }
  }
}

TEST_P(NetworkCrewThreads, StopARunWhereItConverges) {
  std::vector<Run> runs(runs_.begin(), runs_.begin() + 2);
  for (Run& run : runs) {
    run.eta.reset();
    run.tau_per_agent.clear();
    run.tau = 3 * certified_temperature(games_[run.game]);
    run.eta = 1 / run.tau;
  }
  Settings some = settings();
  some.gap_tolerance = 1e-8;
  some.max_iterations = 200;
  some.threads = 1;
  const Results one = solve(games_, runs, some);
  some.threads = 2;
  const Results two = solve(games_, runs, some);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    EXPECT_EQ(to_string(two.status[r]), "converged");
    EXPECT_GT(two.iterations[r], 1);
    EXPECT_LT(two.iterations[r], 200);
    expect_same_bits(one, r, two, r);
  }
}

TEST_P(NetworkCrewThreads, CountProgressToTheEnd) {
  std::vector<Progress> reports;
  std::atomic<int> inside{0};
  const Results results = solve(games_, runs_, settings(), [&](const Progress& progress) {
    EXPECT_EQ(inside.fetch_add(1), 0) << "called from two threads at once";
    reports.push_back(progress);
    inside.fetch_sub(1);
    return true;
  });
  ASSERT_FALSE(reports.empty());
  for (std::size_t k = 1; k < reports.size(); ++k) {
    EXPECT_GE(reports[k].iterations, reports[k - 1].iterations);
    EXPECT_GE(reports[k].finished, reports[k - 1].finished);
  }
  EXPECT_EQ(reports.back().runs, runs_.size());
  EXPECT_EQ(reports.back().finished, runs_.size());
  EXPECT_EQ(reports.back().converged, 0U);
  EXPECT_EQ(reports.back().iterations, static_cast<std::int64_t>(12 * runs_.size()));
  for (std::size_t r = 0; r < runs_.size(); ++r) EXPECT_EQ(results.iterations[r], 12);
}

TEST_P(NetworkCrewThreads, HearACancellation) {
  Settings endless = settings();
  endless.max_iterations = 1'000'000'000;
  endless.gap_every = 0;
  // Of three runs of one game the first one ends, the second one never does and the third one does not begin; nor does
  // that of another game.
  std::vector<Run> runs = {runs_[0], runs_[0], runs_[0], runs_[1]};
  runs[0].tau_per_agent.clear();
  runs[0].tau = 3 * certified_temperature(games_[0]);
  runs[0].eta = 1 / runs[0].tau;
  endless.gap_tolerance = 1e-8;
  for (const std::size_t r : {1U, 2U, 3U}) runs[r].eta = 1e-12;
  std::size_t calls = 0;
  const Results results = solve(games_, runs, endless, [&](const Progress& progress) {
    ++calls;
    return progress.finished == 0 || calls < 3;
  });
  EXPECT_EQ(results.failure, "");
  EXPECT_EQ(to_string(results.status[0]), "converged");
  for (const std::size_t r : {1U, 2U, 3U}) {
    EXPECT_EQ(to_string(results.status[r]), "cancelled");
    EXPECT_TRUE(results.policies_of(r).empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, NetworkCrewThreads, testing::Values(Precision::float64, Precision::float32),
                         [](const auto& instance) {
                           return instance.param == Precision::float64 ? "Float64" : "Float32";
                         });

}  // namespace
}  // namespace quantal
