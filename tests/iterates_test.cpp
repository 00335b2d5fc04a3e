// Iterates and gaps of runs with a fixed step follow the oracle's, iteration by iteration, on every machine.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "machines.hpp"
#include "oracle.hpp"
#include "random_games.hpp"
#include "sanitized.hpp"

namespace quantal {
namespace {

using oracle::Number;

const std::vector<std::int64_t> checkpoints = {0, 1, 2, 5, 10, 50, 100, 500, 1000};

/// How many of them a machine is held against: the oracle takes longest, and instruction sets have the same text.
std::size_t checkpoints_for(const Machine& machine) {
  return checkpoints.size() - (sanitized || !machine.isa.empty() ? 2 : 0);
}

/// How far a trajectory has got at a checkpoint.
struct Reference {
  oracle::Evaluation exact;
  /// Largest movement of the policies up to here for each unit of relative error that every update makes in the
  /// logits, always in the same direction: rounding errors of the solver are amplified about so much.
  Number sensitivity = 0;
};

struct Case {
  std::string name;
  Game game;
  Run run;
  std::vector<Reference> at;  // (checkpoints)
  Number logit_scale = 1;     // largest logit, payoffs over temperatures included
};

/// The oracle's trajectory up to so many checkpoints, and beside it one whose updates are off by `noise` of the logits'
/// size.
void follow(Case& c, std::size_t count) {
  constexpr Number noise = 1e-12L;
  const oracle::Game game = to_oracle(c.game);
  const std::vector<double> tau = temperatures_of(c.run, game.actions.size());
  oracle::Profile logits = c.run.initial_policies.empty()
                               ? oracle::logits_of(oracle::uniform_policies(game.actions))
                               : oracle::logits_of(oracle::policies_from(game.actions, c.run.initial_policies.data()));
  oracle::Profile disturbed = logits;
  std::mt19937_64 bits(17);
  std::size_t next = 0;
  Number furthest = 0;
  // Each action's error: as large as it may be, or less.
  oracle::Profile error = logits;
  for (auto& e : error) {
    for (Number& x : e) x = noise * static_cast<Number>(uniform(bits, -1, 1));
  }
  for (std::int64_t t = 0; next < count; ++t) {
    const oracle::Profile policies = oracle::policies_of(logits);
    const oracle::Profile disturbed_policies = oracle::policies_of(disturbed);
    furthest = std::max(furthest, oracle::distance(policies, disturbed_policies));
    if (t == checkpoints[next]) {
      Reference reference;
      reference.exact = oracle::evaluate(game, logits, tau);
      reference.sensitivity = furthest / noise;
      c.at.push_back(reference);
      ++next;
    }
    logits = oracle::update(logits, oracle::expected_payoffs(game, policies), tau, *c.run.eta);
    disturbed = oracle::update(disturbed, oracle::expected_payoffs(game, disturbed_policies), tau, *c.run.eta);
    for (std::size_t i = 0; i < logits.size(); ++i) {
      Number low = logits[i][0];
      Number high = low;
      for (const Number x : logits[i]) {
        low = std::min(low, x);
        high = std::max(high, x);
      }
      c.logit_scale = std::max({c.logit_scale, high - low, tau[i] > 0 ? 2 / static_cast<Number>(tau[i]) : 0});
      for (std::size_t a = 0; a < error[i].size(); ++a)
        disturbed[i][a] += std::max<Number>(1, high - low) * error[i][a];
    }
  }
}

/// Shapes, temperatures from the certified to the hard, steps and starts. The list for so many checkpoints is made
/// once.
const std::vector<Case>& cases(std::size_t count) {
  static std::map<std::size_t, std::vector<Case>> all;
  if (all.find(count) == all.end()) {
    std::vector<Case> made;
    const std::vector<std::vector<int>> shapes = {{2, 2},       {2, 3},       {3, 3},    {4, 4},
                                                  {2, 2, 2},    {1, 1},       {1, 5},    {3, 1, 2},
                                                  {2, 3, 4},    {2, 2, 2, 2}, {5, 4, 3}, {2, 2, 2, 2, 2, 2},
                                                  {7, 9},       {40, 33},     {6},       {1},
                                                  {1, 1, 3, 1}, {9, 2},       {2, 17},   {3, 3, 3, 3}};
    // Among them: the networks that a GPU thread holds, ragged ones, agents without edges, agents of many actions.
    const std::vector<std::pair<std::vector<int>, double>> networks = {{{2, 2}, 1.0},
                                                                       {{2, 3}, 1.0},
                                                                       {{2, 2, 2}, 1.0},
                                                                       {{3, 3, 3}, 0.7},
                                                                       {{2, 2, 2, 2}, 0.6},
                                                                       {{1, 2, 1}, 1.0},
                                                                       {{3}, 1.0},
                                                                       {{4, 2, 3, 1, 5}, 0.5},
                                                                       {{2, 3, 4, 2}, 1.0},
                                                                       {{40, 3, 2}, 1.0},
                                                                       {{3, 3, 3, 3, 3, 3}, 0.4},
                                                                       {{2, 2, 2, 2, 2, 2, 2, 2}, 0.4},
                                                                       {{6, 7, 8, 9, 5}, 0.7},
                                                                       {{17, 20, 18}, 1.0},
                                                                       {{2, 2, 2, 2, 2}, 0.0}};
    std::uint64_t seed = 1;
    const auto add_cases = [&](const auto& game_of) {
      const std::vector<int> shape = actions_of(game_of(0));
      const auto add = [&](const std::string& name, const std::vector<double>& tau, double eta, bool random_start) {
        Case c;
        c.game = game_of(++seed);
        if (tau.size() == 1) {
          c.run.tau = tau[0];
        } else {
          c.run.tau_per_agent = tau;
        }
        c.run.eta = eta;
        if (random_start) c.run.initial_policies = random_policies(shape, seed);
        c.name = name_of(c.game) + ", " + name + (random_start ? ", random start" : ", uniform start");
        made.push_back(c);
      };
      // Payoffs in [-1, 1] make interactions of at most 4, so tau above N - 1 is certified.
      const double certified = static_cast<double>(shape.size() - 1) + 0.25;
      const std::vector<double> kappas = {1, 0.5, 0.1};
      for (std::size_t k = 0; k < kappas.size(); ++k) {
        add("certified tau, kappa " + std::to_string(kappas[k]), {certified}, kappas[k] / certified, k % 2 == 0);
        add("tau 0.4, kappa " + std::to_string(kappas[k]), {0.4}, kappas[k] / 0.4, k % 2 == 1);
        add("tau 0.1, kappa " + std::to_string(kappas[k]), {0.1}, kappas[k] / 0.1, k % 2 == 0);
      }
      add("tau 1", {1.0}, 0.5, true);
      std::vector<double> each;
      for (std::size_t i = 0; i < shape.size(); ++i) each.push_back(1 / (1 + 0.7 * static_cast<double>(i)));
      if (shape.size() > 1) {
        add("tau by agent", each, 0.6, true);
        each.back() = 0;
        add("tau by agent, the last one's 0", each, 0.1, true);
      }
      add("tau 0", {0.0}, 0.01, true);
      add("tau 0, larger step", {0.0}, 0.2, false);
    };
    for (const std::vector<int>& shape : shapes) {
      add_cases([&](std::uint64_t s) -> Game { return random_game(shape, s); });
    }
    for (const auto& [shape, edge_probability] : networks) {
      add_cases([&](std::uint64_t s) -> Game { return random_network(shape, edge_probability, s); });
    }
    for (Case& c : made) follow(c, count);
    all[count] = std::move(made);
  }
  return all[count];
}

class Iterates : public OnEveryMachine {
 protected:
  /// Threads that are emulated make long runs of whole blocks too slow to test.
  bool affordable(const Case& c, std::int64_t t) const {
    if (!machine().cuda()) return true;
    const auto* network = std::get_if<PolymatrixGame>(&c.game);
    const std::size_t payoffs =
        network != nullptr ? network->payoffs.size() : std::get<NormalFormGame>(c.game).payoffs.size();
    if (machine().tier == Tier::lane) return true;
    if (machine().tier == Tier::warp) return t <= (payoffs > 500 ? 10 : payoffs > 12 ? 100 : 1000);
    // A few small ones go all the way, and of the longer ones every fourth.
    const auto index = &c - cases(checkpoints_for(machine())).data();
    if (index % 70 == 1 && payoffs <= 60) return true;
    // A whole grid takes longest, and every shape has some fourteen cases.
    if (machine().tier == Tier::stream && index % 3 != 0) return false;
    const bool chosen = index % 4 == 0;
    return t <= (machine().tier == Tier::stream ? 2 : 5) * (chosen ? 5 : 1) && (payoffs < 500 || t <= 5);
  }
};

/// Machine epsilon of the arithmetic, as a distance that one rounding can make.
Number unit(const Machine& machine) {
  return machine.single() ? 0x1p-24L : 0x1p-53L;
}

/// The gap is half the policies' mean of tau x^2, with x the error of the logits against their response. The solver's x
/// is off by some roundings of the numbers that it is the difference of, delta = 8 ulp of the largest of them. Hence
/// |sqrt(gap) - sqrt(exact)| <= sqrt(tau / 2) delta, beside the relative error asked for. For tau = 0 the gap is of
/// first order.
void expect_gap(Number gap, Number exact, Number relative, Number tau, Number delta, const char* what) {
  if (tau == 0) {
    EXPECT_LE(std::fabs(gap - exact), relative * exact + delta) << what << ": " << gap << ", exactly " << exact;
    return;
  }
  const Number off = std::fabs(std::sqrt(gap) - std::sqrt(exact));
  EXPECT_LE(off, relative / 2 * std::sqrt(exact) + std::sqrt(tau / 2) * delta)
      << what << ": " << gap << ", exactly " << exact << ", off by " << (gap - exact) / exact;
}

TEST_P(Iterates, FollowTheOracle) {
  const Number policy_bar = machine().single() ? 5e-6L : 1e-12L;
  const Number u = unit(machine());
  std::size_t compared = 0;
  std::size_t too_sensitive = 0;
  Number worst = 0;
  for (std::size_t k = 0; k < checkpoints_for(machine()); ++k) {
    const std::int64_t t = checkpoints[k];
    // All cases in one call: a batch of mixed shapes.
    std::vector<const Case*> which;
    std::vector<Game> games;
    std::vector<Run> runs;
    for (const Case& c : cases(checkpoints_for(machine()))) {
      if (!holds(c.game) || !affordable(c, t)) continue;
      which.push_back(&c);
      games.push_back(c.game);
      runs.push_back(c.run);
      runs.back().game = games.size() - 1;
    }
    Settings settings = machine().settings();
    settings.gap_tolerance = 0;
    settings.max_iterations = t;
    const Results results = solve(games, runs, settings);
    ASSERT_EQ(results.failure, "");
    ASSERT_EQ(results.size(), runs.size());
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const Case& c = *which[r];
      SCOPED_TRACE(c.name + ", iteration " + std::to_string(t));
      EXPECT_EQ(results.status[r], Status::max_iterations);
      EXPECT_EQ(results.iterations[r], t);
      EXPECT_EQ(results.eta[r], *c.run.eta);
      const Reference& reference = c.at[k];
      // Trajectories that magnify rounding errors beyond the bar say nothing about the solver.
      if (4 * u * reference.sensitivity > policy_bar) {
        ++too_sensitive;
        continue;
      }
      ++compared;
      const oracle::Game game = to_oracle(c.game);
      const std::vector<double> tau = temperatures_of(c.run, game.actions.size());
      const oracle::Profile policies = policies_of(results, r, c.game);
      const Number off = oracle::distance(policies, reference.exact.policies);
      worst = std::max(worst, off);
      EXPECT_LE(off, policy_bar);

      // The solver's own gaps, of its own iterate, judged by the oracle.
      const oracle::Evaluation own = oracle::evaluate(game, oracle::logits_of(policies), tau);
      const Number relative = machine().single() ? 0.05L : 1e-9L;
      const Number delta = 8 * u * c.logit_scale;
      Number largest = 0;
      for (std::size_t i = 0; i < tau.size(); ++i) {
        const Number gap = results.qre_gap_per_agent_of(r)[i];
        expect_gap(gap, own.agent_gap[i], relative, tau[i], delta, "own gap of an agent");
        largest = std::max(largest, gap);
        // In double also against the oracle's iterate.
        if (!machine().single()) {
          const Number drift = 8 * u * (c.logit_scale + reference.sensitivity);
          expect_gap(gap, reference.exact.agent_gap[i], relative, tau[i], drift, "gap of an agent");
        }
      }
      EXPECT_EQ(largest, results.qre_gap[r]);
      EXPECT_NEAR(results.nash_gap[r], static_cast<double>(own.nash_gap), static_cast<double>(32 * u));
    }
  }
  RecordProperty("compared", std::to_string(compared));
  RecordProperty("worst", std::to_string(static_cast<double>(worst)));
  std::printf("%zu iterates compared, %zu too sensitive to rounding; policies within %.2Lg\n", compared, too_sensitive,
              worst);
  EXPECT_LE(too_sensitive, compared / 5);
}

TEST_P(Iterates, FloatGapsKeepFivePercentDownToTheirFloor) {
  // Payoffs and temperatures of order one, gaps from order one down to 1e-11 on the way to the equilibrium.
  const std::vector<std::vector<int>> shapes = {{2, 2}, {2, 3}, {3, 3}, {4, 4}, {2, 2, 2}, {2, 3, 4}, {7, 9}};
  std::vector<NormalFormGame> games;
  std::vector<Run> runs;
  for (std::size_t s = 0; s < shapes.size(); ++s) {
    for (std::uint64_t seed = 0; seed < 4; seed += machine().many_threads_a_run() ? 3 : 1) {
      const NormalFormGame game = random_game(shapes[s], 100 * s + seed);
      if (!holds(game)) continue;
      Run run;
      run.game = games.size();
      run.tau = 1.0 + 0.5 * static_cast<double>(seed);
      run.eta = 0.2 / run.tau;
      run.initial_policies = random_policies(shapes[s], 100 * s + seed);
      games.push_back(game);
      runs.push_back(run);
    }
  }
  const std::vector<Game> all = games_of(games);
  const std::int64_t stride = machine().many_threads_a_run() ? 20 : 5;
  std::size_t compared = 0;
  Number worst = 0;
  for (std::int64_t t = 0; t <= 60; t += stride) {
    Settings settings = machine().settings();
    settings.gap_tolerance = 0;
    settings.max_iterations = t;
    const Results results = solve(all, runs, settings);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE(games[r].name + ", iteration " + std::to_string(t));
      const std::vector<double> tau(games[r].actions.size(), runs[r].tau);
      const Number own =
          oracle::evaluate(to_oracle(games[r]), oracle::logits_of(policies_of(results, r, games[r])), tau).gap;
      if (own < 1e-11L) continue;
      ++compared;
      const Number off = std::fabs(results.qre_gap[r] - own) / own;
      worst = std::max(worst, off);
      EXPECT_LE(off, machine().single() ? 0.05L : 1e-9L) << results.qre_gap[r] << ", exactly " << own;
    }
  }
  std::printf("%zu gaps compared, worst relative error %.2Lg\n", compared, worst);
  EXPECT_GT(compared, runs.size());
}

TEST_P(Iterates, UnusualShapes) {
  // Many agents, many actions, more actions than any team has members, agents without a choice.
  const std::vector<std::vector<int>> shapes = {{300},
                                                {300, 2},
                                                {2, 300},
                                                {257, 3},
                                                {1, 40},
                                                {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
                                                {1, 1, 1, 5, 1, 1, 1, 1, 2, 1},
                                                {2, 2, 2, 2, 2, 2, 2, 2},
                                                {3, 3, 3, 3, 3},
                                                {31, 2, 1},
                                                {32, 32},
                                                {33, 5},
                                                {8, 8},
                                                {9, 7},
                                                {2, 1, 63}};
  std::vector<NormalFormGame> games;
  std::vector<Run> runs;
  for (const auto& shape : shapes) {
    if (!machine().holds(shape)) continue;
    Run run;
    run.game = games.size();
    run.tau = 0.8;
    run.eta = 0.6;
    run.initial_policies = random_policies(shape, games.size(), 1e-4);
    games.push_back(random_game(shape, 500 + games.size()));
    runs.push_back(run);
  }
  Settings settings = machine().settings();
  settings.gap_tolerance = 0;
  settings.max_iterations = 3;
  const Results results = solve(games_of(games), runs, settings);
  ASSERT_EQ(results.failure, "");
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const oracle::Game game = to_oracle(games[r]);
    SCOPED_TRACE(games[r].name);
    const std::vector<double> tau(game.actions.size(), runs[r].tau);
    oracle::Profile logits = oracle::logits_of(oracle::policies_from(game.actions, runs[r].initial_policies.data()));
    for (int t = 0; t < 3; ++t) {
      logits = oracle::update(logits, oracle::expected_payoffs(game, oracle::policies_of(logits)), tau, 0.6);
    }
    const oracle::Evaluation exact = oracle::evaluate(game, logits, tau);
    EXPECT_LE(oracle::distance(policies_of(results, r, games[r]), exact.policies), machine().single() ? 5e-6L : 1e-12L);
    const Number u = unit(machine());
    for (std::size_t i = 0; i < tau.size(); ++i) {
      expect_gap(results.qre_gap_per_agent_of(r)[i], exact.agent_gap[i], machine().single() ? 0.05L : 1e-9L, tau[i],
                 machine().single() ? 1e-5L : 64 * u, "gap of an agent");
    }
    EXPECT_NEAR(results.nash_gap[r], static_cast<double>(exact.nash_gap), machine().single() ? 1e-5 : 1e-13);
  }
}

TEST_P(Iterates, ShapesOfEveryRowLayout) {
  // Each layout of kernels/row_layouts.hpp full, and with less than it holds.
  const std::vector<std::vector<int>> shapes = {{4, 4},          {3, 4},
                                                {5, 8},          {16, 16},
                                                {13, 11},        {32, 32},
                                                {19, 31},        {64, 64},
                                                {50, 33},        {128, 128},
                                                {100, 70},       {150, 140},
                                                {168, 170},      {2, 2, 2, 2},
                                                {2, 2, 2, 2, 2}, {2, 2, 2, 2, 2, 2},
                                                {2, 1, 2, 2, 2}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2},
                                                {3, 3, 3},       {4, 4, 4},
                                                {5, 5, 5},       {4, 1, 3},
                                                {1, 5, 2},       {4, 2, 2, 2},
                                                {5, 2, 4},       {8, 8},
                                                {5, 4, 3},       {6, 6, 6},
                                                {8, 8, 8},       {7, 5, 8},
                                                {10, 10, 10},    {12, 9, 11},
                                                {15, 14, 16},    {20, 21, 19},
                                                {3, 4, 3, 4},    {5, 5, 5, 5},
                                                {3, 3, 3, 3, 3}, {4, 3, 2, 4, 3},
                                                {40, 3, 2, 2},   {4, 4, 4, 4},
                                                {5, 2, 4, 3},    {2, 2, 2, 2, 2, 2, 2},
                                                {12, 12, 8},     {10, 1, 9},
                                                {9, 12},         {47, 64},
                                                {126, 3}};
  const int updates = 4;
  std::vector<NormalFormGame> games;
  std::vector<Run> runs;
  for (const auto& shape : shapes) {
    if (!machine().holds(shape)) continue;
    const NormalFormGame game = random_game(shape, 600 + games.size());
    // Shared memory may be too small, on some devices for more of them than on others.
    try {
      if (machine().cuda()) cuda_plan(game, machine().settings());
    } catch (const InputError&) {
      continue;
    }
    games.push_back(game);
    // Runs that leave a warp half filled, and finish at different times.
    for (int k = 0; k < 3; ++k) {
      Run run;
      run.game = games.size() - 1;
      run.tau = k == 2 ? 0.0 : 0.3 + k;
      run.eta = 0.5;
      run.initial_policies = random_policies(shape, runs.size(), 1e-4);
      runs.push_back(run);
    }
  }
  if (!machine().cuda() || machine().tier != Tier::lane) {
    ASSERT_GE(games.size(), 15U);
  }
  Settings settings = machine().settings();
  settings.gap_tolerance = 0;
  settings.max_iterations = updates;
  settings.gap_every = 1;
  const Results results = solve(games_of(games), runs, settings);
  ASSERT_EQ(results.failure, "");
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const NormalFormGame& of_run = games[runs[r].game];
    const oracle::Game game = to_oracle(of_run);
    SCOPED_TRACE(of_run.name + ", tau " + std::to_string(runs[r].tau));
    const std::vector<double> tau(game.actions.size(), runs[r].tau);
    oracle::Profile logits = oracle::logits_of(oracle::policies_from(game.actions, runs[r].initial_policies.data()));
    for (int t = 0; t < updates; ++t) {
      logits = oracle::update(logits, oracle::expected_payoffs(game, oracle::policies_of(logits)), tau, 0.5);
    }
    const oracle::Evaluation exact = oracle::evaluate(game, logits, tau);
    EXPECT_LE(oracle::distance(policies_of(results, r, of_run), exact.policies), machine().single() ? 5e-6L : 1e-12L);
    const Number u = unit(machine());
    for (std::size_t i = 0; i < tau.size(); ++i) {
      if (tau[i] == 0) continue;
      expect_gap(results.qre_gap_per_agent_of(r)[i], exact.agent_gap[i], machine().single() ? 0.05L : 1e-9L, tau[i],
                 machine().single() ? 1e-5L : 64 * u, "gap of an agent");
    }
    EXPECT_NEAR(results.nash_gap[r], static_cast<double>(exact.nash_gap), machine().single() ? 1e-5 : 1e-13);
    EXPECT_EQ(results.history_of(r).size(), static_cast<std::size_t>(updates) + 1);
  }
}

QUANTAL_ON_EVERY_MACHINE(Iterates);
INSTANTIATE_TEST_SUITE_P(InstructionSets, Iterates, testing::ValuesIn(machines_by_instruction_set()),
                         [](const auto& instance) { return name_of(instance.param); });

class History : public OnEveryMachine {};

TEST_P(History, IsTheGapsOfSeparateSolves) {
  const NormalFormGame game = machine().holds({2, 3}) ? random_game({2, 3}, 5) : random_game({2, 2}, 5);
  Run run;
  run.tau = 0.7;
  run.eta = 0.4;
  run.initial_policies = random_policies(game.actions, 6);
  Settings settings = machine().settings();
  settings.gap_tolerance = 0;
  settings.gap_every = 1;
  const std::int64_t last = machine().many_threads_a_run() ? 6 : 40;
  settings.max_iterations = last;
  const std::vector<Game> games = {game};
  const Results results = solve(games, std::vector<Run>{run}, settings);
  ASSERT_EQ(results.history_of(0).size(), static_cast<std::size_t>(last) + 1);
  for (std::int64_t t = 0; t <= last; ++t) {
    SCOPED_TRACE(t);
    EXPECT_EQ(results.history_iteration(0, static_cast<std::size_t>(t)), t);
    settings.max_iterations = t;
    const Results separate = solve(games, std::vector<Run>{run}, settings);
    EXPECT_EQ(results.history_of(0)[static_cast<std::size_t>(t)], separate.qre_gap[0]);
    EXPECT_EQ(separate.history_of(0).back(), separate.qre_gap[0]);
  }
}

TEST_P(History, AnyStrideTakesFromTheWhole) {
  // Longer than a round of any backend, short enough for emulated threads.
  const std::int64_t last = machine().many_threads_a_run() ? 20 : machine().cuda() ? 300 : 2100;
  std::vector<NormalFormGame> games;
  for (std::uint64_t seed = 0; seed < 3; ++seed) games.push_back(random_game({2, 2}, 40 + seed));
  std::vector<Run> runs(3);
  for (std::size_t r = 0; r < 3; ++r) {
    runs[r].game = 2 - r;
    runs[r].tau = 0.3;
    runs[r].eta = 0.5;
    runs[r].initial_policies = random_policies({2, 2}, r);
  }
  Settings settings = machine().settings();
  settings.gap_tolerance = 0;
  settings.max_iterations = last;
  settings.gap_every = 1;
  const Results whole = solve(games_of(games), runs, settings);
  for (const std::int64_t stride : {2, 3, 7, 10, 63, 64, 65, 128, 256, 257, 1000, 5000}) {
    SCOPED_TRACE("stride " + std::to_string(stride));
    settings.gap_every = stride;
    // None gets there, but a backend cannot know: its rounds are others, and so is where histories are kept.
    settings.gap_tolerance = stride % 2 == 0 ? 1e-300 : 0;
    const Results results = solve(games_of(games), runs, settings);
    EXPECT_EQ(results.gap_every, stride);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const auto history = results.history_of(r);
      const std::int64_t regular = last / stride + 1;
      ASSERT_EQ(history.size(), static_cast<std::size_t>(regular + (last % stride != 0)));
      for (std::size_t k = 0; k < history.size(); ++k) {
        const std::int64_t t = results.history_iteration(r, k);
        EXPECT_EQ(t, std::min(static_cast<std::int64_t>(k) * stride, last));
        EXPECT_EQ(history[k], whole.history_of(r)[static_cast<std::size_t>(t)]);
      }
      EXPECT_EQ(history.back(), results.qre_gap[r]);
    }
  }
}

TEST_P(History, EndsWhereTheRunConverges) {
  std::vector<NormalFormGame> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    games.push_back(random_game({2, 2}, 70 + seed));
    Run run;
    run.game = seed;
    run.tau = 2;
    run.eta = 0.05 + 0.07 * static_cast<double>(seed);
    run.initial_policies = random_policies({2, 2}, seed);
    runs.push_back(run);
  }
  Settings settings = machine().settings();
  settings.gap_tolerance = 1e-7;
  settings.gap_every = 1;
  const Results whole = solve(games_of(games), runs, settings);
  for (const std::int64_t stride : {1, 4, 10, 64, 1000}) {
    SCOPED_TRACE("stride " + std::to_string(stride));
    settings.gap_every = stride;
    const Results results = solve(games_of(games), runs, settings);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE("run " + std::to_string(r));
      ASSERT_EQ(results.status[r], Status::converged);
      const std::int64_t last = results.iterations[r];
      EXPECT_EQ(last, whole.iterations[r]);
      const auto history = results.history_of(r);
      ASSERT_EQ(history.size(), static_cast<std::size_t>(last / stride + 1 + (last % stride != 0)));
      for (std::size_t k = 0; k + 1 < history.size(); ++k) {
        EXPECT_EQ(results.history_iteration(r, k), static_cast<std::int64_t>(k) * stride);
        EXPECT_GT(history[k], 1e-7);
        EXPECT_EQ(history[k], whole.history_of(r)[k * static_cast<std::size_t>(stride)]);
      }
      EXPECT_EQ(results.history_iteration(r, history.size() - 1), last);
      EXPECT_EQ(history.back(), results.qre_gap[r]);
      EXPECT_LE(history.back(), 1e-7);
    }
  }
}

TEST_P(History, IsAbsentUnlessAskedFor) {
  const std::vector<Game> games = {random_game({2, 2}, 1)};
  Settings settings = machine().settings();
  settings.max_iterations = 5;
  const Results results = solve(games, std::vector<Run>(1), settings);
  EXPECT_TRUE(results.history_of(0).empty());
  EXPECT_TRUE(results.gap_history.empty());
}

QUANTAL_ON_EVERY_MACHINE(History);

}  // namespace
}  // namespace quantal
