// Games whose iterates or equilibria can be written down.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "machines.hpp"
#include "oracle.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

using oracle::Number;

constexpr double infinity = std::numeric_limits<double>::infinity();

class ClosedForms : public OnEveryMachine {
 protected:
  double bar() const { return machine().single() ? 5e-6 : 1e-12; }
  /// At a convergence by default tolerance: distance between a policy and its response, with some room for the
  /// equilibrium being farther off than that.
  double equilibrium_bar() const { return machine().single() ? 5e-5 : 1e-10; }
  /// A small iteration limit where threads are emulated.
  std::int64_t limit(std::int64_t most) const {
    return machine().many_threads_a_run() ? std::min<std::int64_t>(most, 150) : most;
  }

  Results solve_one(const NormalFormGame& game, const Run& run, const Settings& settings) const {
    return solve(std::vector<Game>{game}, std::vector<Run>{run}, settings);
  }
};

TEST_P(ClosedForms, AdditiveGames) {
  // r_i = f_i(a_i) + g_i(a_-i): nobody's expected payoffs depend on the others, up to a constant, so from the uniform
  // policies the logits after t updates are (1 - (1 - eta tau)^t) f / tau.
  const std::vector<std::vector<int>> shapes = {{2, 2}, {4, 4}, {2, 2, 2}, {3, 5}, {2, 3, 4}, {5}};
  std::vector<Game> games;
  std::vector<Run> runs;
  std::vector<std::vector<std::vector<double>>> own;
  std::mt19937_64 bits(9);
  for (const auto& shape : shapes) {
    NormalFormGame game{shape_name(shape), shape, {}};
    if (!holds(game)) continue;
    const std::size_t joint = joint_actions(shape);
    own.emplace_back();
    for (std::size_t i = 0; i < shape.size(); ++i) {
      own.back().emplace_back();
      for (int a = 0; a < shape[i]; ++a) own.back().back().push_back(uniform(bits, -1, 1));
      std::size_t stride = 1;
      for (std::size_t j = i + 1; j < shape.size(); ++j) stride *= static_cast<std::size_t>(shape[j]);
      std::vector<double> others(joint, 0.0);
      const auto m = static_cast<std::size_t>(shape[i]);
      for (std::size_t k = 0; k < joint; ++k) {
        const std::size_t a = k / stride % m;
        double& g = others[k - a * stride];
        if (g == 0) g = uniform(bits, -2, 2);
        game.payoffs.push_back(own.back().back()[a] + g);
      }
    }
    Run run;
    run.game = games.size();
    run.tau = 0.5;
    run.eta = 0.3;
    games.emplace_back(game);
    runs.push_back(run);
  }
  for (const int t : {0, 1, 2, 7, 30}) {
    Settings settings = machine().settings();
    settings.gap_tolerance = 0;
    settings.max_iterations = t;
    const Results results = solve(games, runs, settings);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE(name_of(games[r]) + " after " + std::to_string(t));
      const Number grown = (1 - std::pow(1 - 0.3L * 0.5L, static_cast<Number>(t))) / 0.5L;
      oracle::Profile logits;
      for (const auto& f : own[r]) {
        logits.emplace_back();
        for (const double x : f) logits.back().push_back(grown * x);
      }
      EXPECT_LE(
          oracle::distance(policies_of(results, r, std::get<NormalFormGame>(games[r])), oracle::policies_of(logits)),
          bar());
    }
  }
}

TEST_P(ClosedForms, CoordinationBifurcatesAtOneHalf) {
  // Identity payoffs: above tau = 1/2 the uniform policies are the only equilibrium; below, NPG with a whole step
  // leaves them for p = softmax((p, 1 - p) / tau).
  const NormalFormGame game = bimatrix(2, 2, {1, 0, 0, 1}, {1, 0, 0, 1});
  Settings settings = machine().settings();
  settings.max_iterations = limit(20'000);
  Run run;
  run.initial_policies = {0.9, 0.1, 0.8, 0.2};
  for (const double tau : {0.7, 1.0, 3.0}) {
    SCOPED_TRACE(tau);
    run.tau = tau;
    const Results results = solve_one(game, run, settings);
    ASSERT_EQ(results.status[0], Status::converged);
    EXPECT_LE(oracle::distance(policies_of(results, 0, game), oracle::uniform_policies({2, 2})), equilibrium_bar());
  }
  for (const double tau : {0.1, 0.25, 0.4}) {
    SCOPED_TRACE(tau);
    run.tau = tau;
    const Results results = solve_one(game, run, settings);
    ASSERT_EQ(results.status[0], Status::converged);
    // The larger root of p = 1 / (1 + exp(-(2 p - 1) / tau)), by bisection.
    Number low = 0.5L + 1e-3L;
    Number high = 1;
    for (int k = 0; k < 200; ++k) {
      const Number p = (low + high) / 2;
      (1 / (1 + std::exp(-(2 * p - 1) / static_cast<Number>(tau))) > p ? low : high) = p;
    }
    EXPECT_GT(low, 0.6L);
    EXPECT_LE(oracle::distance(policies_of(results, 0, game), {{low, 1 - low}, {low, 1 - low}}), equilibrium_bar());
  }
}

TEST_P(ClosedForms, MatchingPenniesIsUniformAtEveryTemperature) {
  const NormalFormGame game = bimatrix(2, 2, {1, -1, -1, 1}, {-1, 1, 1, -1});
  Settings settings = machine().settings();
  settings.max_iterations = limit(100'000);
  for (const double tau : {0.8, 1.5, 10.0}) {
    SCOPED_TRACE(tau);
    Run run;
    run.tau = tau;
    run.initial_policies = {0.7, 0.3, 0.6, 0.4};
    const Results results = solve_one(game, run, settings);
    if (tau < 1 && machine().many_threads_a_run()) continue;  // takes longer than emulated threads are given
    ASSERT_EQ(results.status[0], Status::converged);
    EXPECT_LE(oracle::distance(policies_of(results, 0, game), oracle::uniform_policies({2, 2})), equilibrium_bar());
    EXPECT_LE(results.nash_gap[0], 4 * equilibrium_bar());
  }
  // From the uniform policies themselves there is nothing to do, whatever the temperature.
  for (const double tau : {1e-3, 0.1, 1.0}) {
    Run run;
    run.tau = tau;
    const Results results = solve_one(game, run, settings);
    ASSERT_EQ(results.status[0], Status::converged);
    EXPECT_EQ(results.iterations[0], 0);
    EXPECT_EQ(results.policies_of(0)[0], 0.5);
    EXPECT_EQ(results.qre_gap[0], 0);
  }
}

TEST_P(ClosedForms, EquilibriumOfATwoByTwoGameByBisection) {
  // One free number an agent: p = logistic(u(q) / tau), q = logistic(w(p) / tau); at this temperature p's equation
  // after eliminating q has one root.
  const std::vector<double> first = {3, 0, 1, 2};
  const std::vector<double> second = {0, 2, 1, -1};
  const NormalFormGame game = bimatrix(2, 2, first, second);
  const Number tau = 1.6L;
  const auto logistic = [](Number x) { return 1 / (1 + std::exp(-x)); };
  const auto reply = [&](Number p) {  // probability of the second agent's first action
    const Number w =
        p * static_cast<Number>(second[0] - second[1]) + (1 - p) * static_cast<Number>(second[2] - second[3]);
    return logistic(w / tau);
  };
  const auto again = [&](Number q) {
    const Number u = q * static_cast<Number>(first[0] - first[2]) + (1 - q) * static_cast<Number>(first[1] - first[3]);
    return logistic(u / tau);
  };
  Number low = 0;
  Number high = 1;
  for (int k = 0; k < 200; ++k) {
    const Number p = (low + high) / 2;
    (again(reply(p)) > p ? low : high) = p;
  }
  Run run;
  run.tau = 1.6;
  Settings settings = machine().settings();
  settings.max_iterations = limit(100'000);
  const Results results = solve_one(game, run, settings);
  ASSERT_EQ(results.status[0], Status::converged);
  const Number q = reply(low);
  EXPECT_LE(oracle::distance(policies_of(results, 0, game), {{low, 1 - low}, {q, 1 - q}}), equilibrium_bar());
}

TEST_P(ClosedForms, DominantStrategies) {
  // A prisoner's dilemma in which defecting always earns 1 more: p(defect) = logistic(1 / tau), reached in one whole
  // step whatever the start.
  const NormalFormGame game = bimatrix(2, 2, {3, 0, 4, 1}, {3, 4, 0, 1});
  for (const double tau : {0.2, 1.0, 5.0}) {
    SCOPED_TRACE(tau);
    Run run;
    run.tau = tau;
    run.eta = 1 / tau;
    run.initial_policies = {0.99, 0.01, 0.2, 0.8};
    const Results results = solve_one(game, run, machine().settings());
    ASSERT_EQ(results.status[0], Status::converged);
    EXPECT_LE(results.iterations[0], 2);
    const Number defect = 1 / (1 + std::exp(-1 / static_cast<Number>(tau)));
    EXPECT_LE(oracle::distance(policies_of(results, 0, game), {{1 - defect, defect}, {1 - defect, defect}}), bar());
    // Defecting for certain would gain 1 - defect.
    EXPECT_NEAR(results.nash_gap[0], static_cast<double>(1 - defect), bar());
  }
}

TEST_P(ClosedForms, InfiniteTemperatureIsUniformInOneUpdate) {
  std::vector<NormalFormGame> games;
  for (const auto& shape : std::vector<std::vector<int>>{{2, 2}, {3, 3}, {2, 2, 2}, {3, 1, 2}, {7, 9}}) {
    if (machine().holds(shape)) games.push_back(random_game(shape, 3));
  }
  std::vector<Run> runs;
  for (std::size_t g = 0; g < games.size(); ++g) {
    Run run;
    run.game = g;
    run.tau = infinity;
    runs.push_back(run);
    run.initial_policies = random_policies(games[g].actions, g);
    runs.push_back(run);
  }
  Settings settings = machine().settings();
  settings.gap_every = 1;
  const Results results = solve(games_of(games), runs, settings);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    SCOPED_TRACE(games[r / 2].name);
    const bool uniform_start = r % 2 == 0;
    EXPECT_EQ(results.status[r], Status::converged);
    EXPECT_EQ(results.iterations[r], uniform_start ? 0 : 1);
    EXPECT_EQ(results.qre_gap[r], 0);
    if (!uniform_start) {
      EXPECT_EQ(results.history_of(r)[0], infinity);
    }
    const oracle::Profile uniform = oracle::uniform_policies(games[r / 2].actions);
    EXPECT_LE(oracle::distance(policies_of(results, r, games[r / 2]), uniform), 1e-15);
    const auto flat = results.policies_of(r);
    for (std::size_t i = 0, at = 0; i < uniform.size(); ++i) {
      for (std::size_t a = 0; a < uniform[i].size(); ++a) EXPECT_EQ(flat[at + a], flat[at]) << "agent " << i;
      at += uniform[i].size();
    }
  }
  settings.max_iterations = 0;
  const Results start = solve(games_of(games), runs, settings);
  EXPECT_EQ(start.status[1], Status::max_iterations);
  EXPECT_EQ(start.qre_gap[1], infinity);
}

TEST_P(ClosedForms, NashGapIsTheGainOfABestResponse) {
  std::vector<NormalFormGame> games;
  for (const auto& shape :
       std::vector<std::vector<int>>{{2, 2}, {2, 3}, {4, 4}, {2, 2, 2}, {3, 1, 2}, {5, 4, 3}, {6}}) {
    if (machine().holds(shape)) games.push_back(random_game(shape, 12));
  }
  std::vector<Run> runs;
  for (std::size_t g = 0; g < games.size(); ++g) {
    Run run;
    run.game = g;
    run.initial_policies = random_policies(games[g].actions, g);
    run.tau = 0;
    runs.push_back(run);
    run.tau = 1;
    runs.push_back(run);
  }
  Settings settings = machine().settings();
  settings.max_iterations = 0;
  const Results results = solve(games_of(games), runs, settings);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const NormalFormGame& game = games[runs[r].game];
    SCOPED_TRACE(game.name);
    const oracle::Profile policies = oracle::policies_from(game.actions, runs[r].initial_policies.data());
    const oracle::Profile expected = oracle::expected_payoffs(to_oracle(game), policies);
    double largest = 0;
    for (std::size_t i = 0; i < policies.size(); ++i) {
      const auto gain = static_cast<double>(oracle::nash_gap(policies[i], expected[i]));
      largest = std::max(largest, gain);
      // At temperature 0 it is also the QRE gap.
      if (runs[r].tau == 0) {
        EXPECT_NEAR(results.qre_gap_per_agent_of(r)[i], gain, bar());
      }
    }
    EXPECT_NEAR(results.nash_gap[r], largest, bar());
    if (runs[r].tau == 0) {
      EXPECT_EQ(results.qre_gap[r], results.nash_gap[r]);
    }
  }
}

TEST_P(ClosedForms, MultiplicativeWeightsReachAStrictEquilibrium) {
  // Dominance solvable; the dominated action's weight falls as exp(-eta t d).
  const NormalFormGame game = bimatrix(2, 2, {3, 0, 4, 1}, {3, 4, 0, 1});
  Run run;
  run.tau = 0;
  run.eta = 0.5;
  Settings settings = machine().settings();
  settings.gap_tolerance = 0;
  settings.max_iterations = 20;
  const Results results = solve_one(game, run, settings);
  const Number weight = std::exp(-10.0L);
  const Number cooperate = weight / (1 + weight);
  EXPECT_LE(oracle::distance(policies_of(results, 0, game), {{cooperate, 1 - cooperate}, {cooperate, 1 - cooperate}}),
            bar());
  EXPECT_NEAR(results.nash_gap[0] / static_cast<double>(cooperate), 1, machine().single() ? 1e-5 : 1e-12);
  // Left to choose its step and its end, it gets to the default tolerance for temperature 0.
  run.eta.reset();
  const Results chosen = solve_one(game, run, machine().settings());
  EXPECT_EQ(chosen.status[0], Status::converged);
  EXPECT_LE(chosen.nash_gap[0], 1e-6);
}

QUANTAL_ON_EVERY_MACHINE(ClosedForms);

}  // namespace
}  // namespace quantal
