// Changes to a game that must not change its equilibria, and numbers of every size.

#include <gtest/gtest.h>

#include <algorithm>
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

class Invariances : public OnEveryMachine {
 protected:
  double bar() const { return machine().single() ? 5e-6 : 1e-12; }

  std::vector<NormalFormGame> games(std::uint64_t seed) const {
    std::vector<NormalFormGame> all;
    for (const auto& shape : std::vector<std::vector<int>>{{2, 2}, {3, 3}, {4, 4}, {2, 2, 2}, {3, 1, 2}, {2, 3, 4}}) {
      if (machine().holds(shape)) all.push_back(random_game(shape, seed + all.size()));
    }
    return all;
  }

  /// One run a game with a fixed step from random policies.
  std::vector<Run> runs(const std::vector<NormalFormGame>& all, double tau, double kappa) const {
    std::vector<Run> made;
    for (std::size_t g = 0; g < all.size(); ++g) {
      Run run;
      run.game = g;
      run.tau = tau;
      run.eta = kappa / tau;
      run.initial_policies = random_policies(all[g].actions, g);
      made.push_back(run);
    }
    return made;
  }

  /// After a fixed number of updates.
  Results iterate(const std::vector<NormalFormGame>& all, const std::vector<Run>& which, std::int64_t t) const {
    Settings settings = machine().settings();
    settings.gap_tolerance = 0;
    settings.max_iterations = t;
    return solve(games_of(all), which, settings);
  }
};

TEST_P(Invariances, WhatTheOthersAddChangesNothing) {
  // r_i + g_i(a_-i), with g_i in steps of 1/4 up to 64 so that the sums themselves are nearly exact.
  const std::vector<NormalFormGame> plain = games(20);
  std::vector<NormalFormGame> shifted = plain;
  std::mt19937_64 bits(1);
  for (NormalFormGame& game : shifted) {
    const std::size_t joint = joint_actions(game.actions);
    for (std::size_t i = 0; i < game.actions.size(); ++i) {
      std::size_t stride = 1;
      for (std::size_t j = i + 1; j < game.actions.size(); ++j) stride *= static_cast<std::size_t>(game.actions[j]);
      const auto m = static_cast<std::size_t>(game.actions[i]);
      std::vector<double> g(joint);
      for (double& x : g) x = 0.25 * integer(bits, -256, 256);
      for (std::size_t k = 0; k < joint; ++k) {
        double& payoff = game.payoffs[i * joint + k];
        payoff = payoff + g[k - k / stride % m * stride];
      }
    }
  }
  const std::vector<Run> which = runs(plain, 0.8, 0.5);
  for (const std::int64_t t : {0, 1, 4, 20}) {
    const Results a = iterate(plain, which, t);
    const Results b = iterate(shifted, which, t);
    for (std::size_t r = 0; r < which.size(); ++r) {
      SCOPED_TRACE(plain[r].name + ", iteration " + std::to_string(t));
      EXPECT_LE(oracle::distance(policies_of(a, r, plain[r]), policies_of(b, r, plain[r])), bar());
      EXPECT_NEAR(a.qre_gap[r], b.qre_gap[r], bar());
      EXPECT_NEAR(a.nash_gap[r], b.nash_gap[r], bar());
    }
  }
}

TEST_P(Invariances, PayoffsTemperatureAndInverseStepScaleTogether) {
  const std::vector<NormalFormGame> plain = games(40);
  const std::vector<Run> which = runs(plain, 0.6, 0.4);
  const double scales[] = {0x1p-20, 0x1p20, 1e-6, 1e-3, 7.0, 1e6};
  for (const std::int64_t t : {1, machine().many_threads_a_run() ? 4 : 20}) {
    const Results a = iterate(plain, which, t);
    for (const double scale : scales) {
      std::vector<NormalFormGame> scaled = plain;
      for (NormalFormGame& game : scaled) {
        for (double& payoff : game.payoffs) payoff *= scale;
      }
      std::vector<Run> other = which;
      for (Run& run : other) {
        run.tau *= scale;
        run.eta = *run.eta / scale;
      }
      const Results b = iterate(scaled, other, t);
      const bool power_of_two = scale == 0x1p-20 || scale == 0x1p20;
      for (std::size_t r = 0; r < which.size(); ++r) {
        SCOPED_TRACE(plain[r].name + ", scale " + std::to_string(scale) + ", iteration " + std::to_string(t));
        const oracle::Profile policies = policies_of(a, r, plain[r]);
        EXPECT_LE(oracle::distance(policies, policies_of(b, r, plain[r])), bar());
        // Where scaling rounds nothing the policies are the same.
        if (power_of_two) {
          EXPECT_EQ(oracle::distance(policies, policies_of(b, r, plain[r])), 0);
        }
        EXPECT_NEAR(b.qre_gap[r] / scale, a.qre_gap[r], bar());
        EXPECT_NEAR(b.nash_gap[r] / scale, a.nash_gap[r], bar());
      }
    }
  }
}

TEST_P(Invariances, ActionsMayBeRenamed) {
  const std::vector<NormalFormGame> plain = games(60);
  const std::vector<Run> which = runs(plain, 0.7, 0.5);
  // Reverse every agent's actions.
  std::vector<NormalFormGame> reversed = plain;
  std::vector<Run> other = which;
  for (std::size_t g = 0; g < plain.size(); ++g) {
    const std::size_t joint = joint_actions(plain[g].actions);
    for (std::size_t i = 0; i < plain[g].actions.size(); ++i) {
      for (std::size_t k = 0; k < joint; ++k) {
        reversed[g].payoffs[i * joint + k] = plain[g].payoffs[i * joint + joint - 1 - k];
      }
    }
    std::size_t first = 0;
    for (const int m : plain[g].actions) {
      for (int a = 0; a < m; ++a) {
        other[g].initial_policies[first + static_cast<std::size_t>(a)] =
            which[g].initial_policies[first + static_cast<std::size_t>(m - 1 - a)];
      }
      first += static_cast<std::size_t>(m);
    }
  }
  for (const std::int64_t t : {1, 20}) {
    const Results a = iterate(plain, which, t);
    const Results b = iterate(reversed, other, t);
    for (std::size_t r = 0; r < which.size(); ++r) {
      SCOPED_TRACE(plain[r].name + ", iteration " + std::to_string(t));
      oracle::Profile back = policies_of(b, r, plain[r]);
      for (auto& policy : back) std::reverse(policy.begin(), policy.end());
      EXPECT_LE(oracle::distance(policies_of(a, r, plain[r]), back), bar());
    }
  }
}

TEST_P(Invariances, AgentsMayBeRenamed) {
  std::vector<NormalFormGame> plain;
  for (const auto& shape : std::vector<std::vector<int>>{{2, 2}, {3, 3}, {2, 2, 2}, {2, 3, 4}, {5, 1, 3}}) {
    if (machine().holds(shape)) plain.push_back(random_game(shape, 80 + plain.size()));
  }
  std::vector<Run> which = runs(plain, 0.7, 0.5);
  std::vector<Run> other = which;
  std::vector<NormalFormGame> turned;
  for (std::size_t g = 0; g < plain.size(); ++g) {
    // Agent i becomes agent i - 1, and the first the last: the joint index is that of a transposed matrix.
    const NormalFormGame& game = plain[g];
    const std::size_t joint = joint_actions(game.actions);
    const auto m = static_cast<std::size_t>(game.actions[0]);
    const std::size_t rest = joint / m;
    NormalFormGame next = game;
    std::rotate(next.actions.begin(), next.actions.begin() + 1, next.actions.end());
    for (std::size_t i = 0; i < game.actions.size(); ++i) {
      const std::size_t from = (i + 1) % game.actions.size();
      for (std::size_t a = 0; a < m; ++a) {
        for (std::size_t o = 0; o < rest; ++o) {
          next.payoffs[i * joint + o * m + a] = game.payoffs[from * joint + a * rest + o];
        }
      }
    }
    turned.push_back(next);
    auto& start = other[g].initial_policies;
    std::rotate(start.begin(), start.begin() + game.actions[0], start.end());
    // Temperatures turn with the agents.
    for (std::size_t i = 0; i < game.actions.size(); ++i) {
      which[g].tau_per_agent.push_back(0.5 + 0.1 * static_cast<double>(i));
    }
    other[g].tau_per_agent = which[g].tau_per_agent;
    std::rotate(other[g].tau_per_agent.begin(), other[g].tau_per_agent.begin() + 1, other[g].tau_per_agent.end());
  }
  for (const std::int64_t t : {1, 20}) {
    const Results a = iterate(plain, which, t);
    const Results b = iterate(turned, other, t);
    for (std::size_t r = 0; r < which.size(); ++r) {
      SCOPED_TRACE(plain[r].name + ", iteration " + std::to_string(t));
      oracle::Profile back = policies_of(b, r, turned[r]);
      std::rotate(back.begin(), back.end() - 1, back.end());
      EXPECT_LE(oracle::distance(policies_of(a, r, plain[r]), back), bar());
      EXPECT_NEAR(a.qre_gap[r], b.qre_gap[r], bar());
    }
  }
}

class Extremes : public OnEveryMachine {
 protected:
  /// Whatever a run's status is, it must be sensible: numbers where there are numbers, and nothing called converged
  /// that is not a fixed point by the oracle. Returns whether it converged.
  bool check(const Results& results, std::size_t r, const NormalFormGame& game, const Run& run) const {
    const Status status = results.status[r];
    EXPECT_TRUE(status == Status::converged || status == Status::max_iterations || status == Status::stalled)
        << to_string(status);
    EXPECT_TRUE(std::isfinite(results.qre_gap[r])) << results.qre_gap[r];
    EXPECT_GE(results.qre_gap[r], 0);
    EXPECT_TRUE(std::isfinite(results.nash_gap[r])) << results.nash_gap[r];
    EXPECT_GE(results.nash_gap[r], 0);
    std::size_t at = 0;
    for (const int m : game.actions) {
      double sum = 0;
      for (int a = 0; a < m; ++a, ++at) {
        const double p = results.policies_of(r)[at];
        EXPECT_TRUE(p >= 0 && p <= 1 + 1e-6) << p;
        sum += p;
      }
      EXPECT_NEAR(sum, 1, machine().single() ? 1e-6 : 1e-14);
    }
    if (status != Status::converged) return false;
    if (run.tau > 0) {
      const std::vector<double> tau = temperatures_of(run, game.actions.size());
      EXPECT_LE(oracle::distance_to_response(to_oracle(game), policies_of(results, r, game), tau),
                machine().single() ? 1e-5 : 1e-10);
    }
    return true;
  }
};

TEST_P(Extremes, PayoffsAndTemperaturesOfEverySize) {
  std::vector<NormalFormGame> games;
  std::vector<Run> runs;
  const bool few = machine().many_threads_a_run();
  for (const auto& shape : std::vector<std::vector<int>>{{2, 2}, {3, 3}, {2, 2, 2}, {3, 4, 2}}) {
    if (!machine().holds(shape) || (few && shape.size() == 3)) continue;
    const NormalFormGame plain = random_game(shape, 7);
    for (const double scale : {1e-6, 1e-3, 1.0, 1e3, 1e6}) {
      NormalFormGame game = plain;
      game.name += ", payoffs times " + std::to_string(scale);
      for (double& payoff : game.payoffs) payoff *= scale;
      for (const double lambda : {0.0, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1e3}) {
        for (const bool relative : {true, false}) {
          Run run;
          run.game = games.size();
          run.tau = lambda == 0 ? infinity : (relative ? scale : 1) / lambda;
          if (few && (lambda == 1e-2 || !relative)) continue;
          runs.push_back(run);
        }
      }
      Run plain_npg;
      plain_npg.game = games.size();
      plain_npg.tau = 0;
      runs.push_back(plain_npg);
      games.push_back(game);
    }
  }
  Settings settings = machine().settings();
  settings.max_iterations = few ? 30 : machine().cuda() ? 300 : 20'000;
  const Results results = solve(games_of(games), runs, settings);
  ASSERT_EQ(results.failure, "");
  std::size_t converged = 0;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const NormalFormGame& game = games[runs[r].game];
    SCOPED_TRACE(game.name + ", lambda " + std::to_string(1 / runs[r].tau));
    const bool done = check(results, r, game, runs[r]);
    converged += done;
    // Hot games are easy: a payoff difference of at most 2 against a temperature of 100 and more.
    double largest = 0;
    for (const double payoff : game.payoffs) largest = std::max(largest, std::fabs(payoff));
    if (largest <= runs[r].tau * 0.01) {
      EXPECT_TRUE(done) << to_string(results.status[r]);
    }
  }
  std::printf("%zu of %zu runs converged\n", converged, runs.size());
}

TEST_P(Extremes, FixedStepsAtHardTemperatures) {
  // Logits up to 1e9: policies vanish, exponentials overflow unless care is taken.
  std::vector<NormalFormGame> games;
  std::vector<Run> runs;
  for (const auto& shape : std::vector<std::vector<int>>{{2, 2}, {3, 3}, {2, 3, 4}}) {
    if (!machine().holds(shape)) continue;
    games.push_back(random_game(shape, 31));
    for (const double tau : {1e-9, 1e-6, 1e-3, 1e-2}) {
      for (const double kappa : {1.0, 0.5}) {
        Run run;
        run.game = games.size() - 1;
        run.tau = tau;
        run.eta = kappa / tau;
        runs.push_back(run);
        run.initial_policies = random_policies(shape, 3, 1e-9);
        runs.push_back(run);
      }
    }
  }
  for (const std::int64_t t : {0, 1, 2, 5, 30}) {
    if (machine().many_threads_a_run() && t > 5) continue;
    Settings settings = machine().settings();
    settings.gap_tolerance = 0;
    settings.max_iterations = t;
    const Results results = solve(games_of(games), runs, settings);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const NormalFormGame& game = games[runs[r].game];
      SCOPED_TRACE(game.name + ", tau " + std::to_string(runs[r].tau) + ", iteration " + std::to_string(t));
      check(results, r, game, runs[r]);
      // The gap cannot exceed what the largest payoff difference and the whole entropy would give.
      EXPECT_LE(results.qre_gap[r], 2 + runs[r].tau * std::log(4) + 25 * runs[r].tau);
      if (t == 0) {
        const oracle::Profile start = runs[r].initial_policies.empty()
                                          ? oracle::uniform_policies(game.actions)
                                          : oracle::policies_from(game.actions, runs[r].initial_policies.data());
        const auto exact =
            oracle::evaluate(to_oracle(game), oracle::logits_of(start), temperatures_of(runs[r], game.actions.size()));
        EXPECT_NEAR(results.qre_gap[r] / static_cast<double>(exact.gap), 1, machine().single() ? 1e-5 : 1e-12);
      }
    }
  }
}

TEST_P(Extremes, APenaltyDoesNotDrownTheRest) {
  // An action that is ruinous whatever the others do, beside two of order one: the digits of those must survive, since
  // the ruinous one has no weight in any policy.
  std::vector<NormalFormGame> games;
  std::vector<Run> runs;
  for (const double penalty : {1e2, 1e3, 1e4, 1e5, 1e6}) {
    for (std::uint64_t seed = 0; seed < (machine().many_threads_a_run() ? 1 : 8); ++seed) {
      NormalFormGame game = random_game({3, 3}, seed);
      for (std::size_t k = 0; k < 9; ++k) {
        if (k / 3 == 2) game.payoffs[k] -= penalty;
        if (k % 3 == 2) game.payoffs[9 + k] -= penalty;
      }
      game.name += ", penalty " + std::to_string(penalty);
      Run run;
      run.game = games.size();
      runs.push_back(run);
      games.push_back(game);
    }
  }
  Settings settings = machine().settings();
  settings.max_iterations = machine().many_threads_a_run() ? 100 : 1000;
  const Results results = solve(games_of(games), runs, settings);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    SCOPED_TRACE(games[r].name);
    EXPECT_TRUE(check(results, r, games[r], runs[r])) << to_string(results.status[r]);
  }
}

TEST_P(Extremes, SomeAgentsAtTemperatureZero) {
  // Per-agent temperatures from none to hot, the step left to the solver.
  std::vector<NormalFormGame> games;
  std::vector<Run> runs;
  for (const auto& shape : std::vector<std::vector<int>>{{2, 2}, {3, 3}, {2, 2, 2}, {1, 4}, {3, 1, 2}}) {
    if (!machine().holds(shape)) continue;
    for (const double scale : {1e-6, 1.0, 1e6}) {
      NormalFormGame game = random_game(shape, 77);
      for (double& payoff : game.payoffs) payoff *= scale;
      Run run;
      run.game = games.size();
      games.push_back(game);
      run.tau_per_agent.assign(shape.size(), 0.0);
      runs.push_back(run);
      for (std::size_t i = 0; i < shape.size(); ++i) {
        run.tau_per_agent.assign(shape.size(), scale);
        run.tau_per_agent[i] = 0;
        runs.push_back(run);
        run.tau_per_agent[i] = 1e6 * scale;
        runs.push_back(run);
      }
    }
  }
  Settings settings = machine().settings();
  settings.max_iterations = machine().many_threads_a_run() ? 10 : machine().cuda() ? 100 : 2000;
  const Results results = solve(games_of(games), runs, settings);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    SCOPED_TRACE(games[runs[r].game].name + ", run " + std::to_string(r));
    Run run = runs[r];
    run.tau = 0;  // no common temperature: the fixed point is checked where there is one
    check(results, r, games[runs[r].game], run);
    EXPECT_GT(results.eta[r], 0);
  }
}

TEST_P(Extremes, ColdZeroSumGamesAreNeverFalselyConverged) {
  // Equilibria that mix several actions at low temperatures, where logits are large and their last digits coarse.
  if (machine().cuda()) GTEST_SKIP() << "takes long where threads are emulated";
  std::vector<NormalFormGame> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const int m = 2 + static_cast<int>(seed % 5);
    NormalFormGame game = random_game({m, m}, seed);
    const auto joint = static_cast<std::size_t>(m * m);
    for (std::size_t k = 0; k < joint; ++k) game.payoffs[joint + k] = -game.payoffs[k];
    for (const double tau : {0.1, 0.01, 0.001}) {
      Run run;
      run.game = games.size();
      run.tau = tau;
      runs.push_back(run);
    }
    games.push_back(game);
  }
  Settings settings = machine().settings();
  settings.max_iterations = 50'000;
  const Results results = solve(games_of(games), runs, settings);
  std::size_t converged = 0;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    SCOPED_TRACE(games[runs[r].game].name + ", tau " + std::to_string(runs[r].tau));
    converged += check(results, r, games[runs[r].game], runs[r]);
  }
  EXPECT_GE(converged, games.size());
}

TEST_P(Extremes, GapsWhereExponentialsOverflow) {
  // A policy of 1e-30 at the action that pays: x is far above 40, pi exp(x) neither 0 nor infinite.
  const NormalFormGame game = bimatrix(2, 2, {0, 0, 100, 100}, {0, 0, 0, 0});
  for (const double p : {1e-30, 1e-20, 1e-10, 1e-5}) {
    for (const double tau : {0.5, 1.0, 1.5, 2.0, 2.4, 3.0}) {
      SCOPED_TRACE(std::to_string(p) + ", tau " + std::to_string(tau));
      Run run;
      run.tau = tau;
      run.initial_policies = {1 - p, p, 0.5, 0.5};
      Settings settings = machine().settings();
      settings.max_iterations = 0;
      const Results results = solve(std::vector<Game>{game}, std::vector<Run>{run}, settings);
      const Number exact =
          oracle::evaluate(to_oracle(game),
                           oracle::logits_of(oracle::policies_from({2, 2}, run.initial_policies.data())), {tau, tau})
              .gap;
      EXPECT_NEAR(results.qre_gap[0] / static_cast<double>(exact), 1, machine().single() ? 2e-5 : 1e-12);
    }
  }
}

TEST_P(Extremes, OverflowIsReported) {
  // Payoffs beyond float: infinite once converted. In double they are large but finite.
  std::vector<NormalFormGame> games;
  for (const double scale : {1e39, 1e200, 1e300}) {
    NormalFormGame game = random_game({2, 2}, 4);
    for (double& payoff : game.payoffs) payoff *= scale;
    games.push_back(game);
  }
  std::vector<Run> runs;
  for (std::size_t g = 0; g < games.size(); ++g) {
    for (const double tau : {1.0, 0.0, infinity}) {
      Run run;
      run.game = g;
      run.tau = tau;
      runs.push_back(run);
    }
  }
  Settings settings = machine().settings();
  settings.gap_every = 1;
  for (const std::int64_t t : {3, 200}) {
    settings.max_iterations = t;
    const Results results = solve(games_of(games), runs, settings);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE("run " + std::to_string(r) + ", at most " + std::to_string(t));
      if (machine().single()) {
        EXPECT_EQ(to_string(results.status[r]), "not_finite");
      } else {
        EXPECT_NE(results.status[r], Status::cancelled);
        EXPECT_NE(results.status[r], Status::failed);
        if (results.status[r] != Status::not_finite) {
          EXPECT_TRUE(std::isfinite(results.qre_gap[r])) << to_string(results.status[r]);
          for (const double p : results.policies_of(r)) EXPECT_TRUE(std::isfinite(p));
        }
      }
      if (results.status[r] == Status::converged) {
        EXPECT_TRUE(std::isfinite(results.qre_gap[r]));
      }
    }
  }
}

TEST_P(Extremes, NeighboursOfAnOverflowAreUntouched) {
  // The same sound games alone, and among games that overflow: a SIMD lane, warp or block must not spill. Nor does an
  // overflow show what is beside it.
  std::vector<NormalFormGame> games;
  std::vector<Run> mixed;
  std::vector<Run> sound;
  std::vector<Run> overflowing;
  for (std::size_t g = 0; g < 12; ++g) {
    NormalFormGame game = random_game({2, 2}, g);
    Run run;
    run.game = g;
    run.tau = 1.2;
    if (g % 3 == 1) {
      for (double& payoff : game.payoffs) payoff *= 1e308;
      run.tau = 1e-308;
      overflowing.push_back(run);
    } else {
      sound.push_back(run);
    }
    games.push_back(game);
    mixed.push_back(run);
  }
  Settings settings = machine().settings();
  settings.max_iterations = 80;
  settings.gap_every = 1;
  const std::vector<Game> all = games_of(games);
  // Histories of runs that never converge have places that they fill, unless they end early for being not finite.
  for (const double tolerance : {1e-6, 0.0}) {
    settings.gap_tolerance = tolerance;
    const Results together = solve(all, mixed, settings);
    const Results apart = solve(all, sound, settings);
    for (std::size_t r = 0; r < sound.size(); ++r) {
      SCOPED_TRACE(r);
      expect_same_bits(apart, r, together, sound[r].game);
    }
    for (std::size_t r = 1; r < mixed.size(); r += 3) {
      EXPECT_EQ(together.status[r], Status::not_finite);
      EXPECT_EQ(together.history_of(r).size(), static_cast<std::size_t>(together.iterations[r]) + 1);
    }
    for (const Run& run : overflowing) {
      SCOPED_TRACE(run.game);
      const Results alone = solve(all, std::vector<Run>{run}, settings);
      expect_same_bits(alone, 0, together, run.game);
      for (const double p : alone.policies_of(0)) EXPECT_TRUE(std::isnan(p));
    }
  }
}

TEST_P(Extremes, LargestIterationLimit) {
  Settings settings = machine().settings();
  settings.max_iterations = std::numeric_limits<std::int64_t>::max();
  Run run;
  run.tau = 2;
  run.initial_policies = {0.9, 0.1, 0.2, 0.8};
  const Results results = solve(std::vector<Game>{random_game({2, 2}, 2)}, std::vector<Run>{run}, settings);
  EXPECT_EQ(to_string(results.status[0]), "converged");
  EXPECT_GT(results.iterations[0], 0);
  settings.gap_every = std::numeric_limits<std::int64_t>::max();
  const Results recorded = solve(std::vector<Game>{random_game({2, 2}, 2)}, std::vector<Run>{run}, settings);
  EXPECT_EQ(recorded.history_of(0).size(), 2U);
  EXPECT_EQ(recorded.history_iteration(0, 1), recorded.iterations[0]);
}

QUANTAL_ON_EVERY_MACHINE(Invariances);
QUANTAL_ON_EVERY_MACHINE(Extremes);
INSTANTIATE_TEST_SUITE_P(InstructionSets, Extremes, testing::ValuesIn(machines_by_instruction_set()),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace quantal
