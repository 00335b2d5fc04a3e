// The oracle of Markov games against numbers worked out by hand, and its two forms of the gap against each other.

#include "oracle_markov.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "machines.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"

namespace {

using oracle::Entropy;
using oracle::MarkovGame;
using oracle::Number;
using oracle::Process;
using oracle::Profile;
using oracle::Values;

void expect_near(Number x, Number y, Number bar = 1e-17L) {
  EXPECT_LE(std::fabs(x - y), bar * std::max<Number>(1, std::fabs(y))) << x << " and " << y;
}

/// State 0: action 0 pays 1 and stays, action 1 pays nothing and goes to state 1, which never pays.
MarkovGame stay_or_leave(Number discount) {
  return {2, {2, 1}, discount, {{1, 0, 0}}, {{1, 0}, {0, 1}, {0, 1}}};
}

/// Logits and numbers of one agent, and its process.
Profile part_of(const MarkovGame& game, const Profile& all, std::size_t i) {
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i * game.states);
  return {begin, begin + static_cast<std::ptrdiff_t>(game.states)};
}

TEST(MarkovOracle, Elimination) {
  // The first pivot is 0.
  const auto x = oracle::solve_linear({0, 2, 1, 1, 1, 1, 2, 0, -1}, {{7, 6, -1}, {1, 1, 2}});
  EXPECT_EQ(x[0], (std::vector<Number>{1, 2, 3}));
  expect_near(2 * x[1][1] + x[1][2], 1);
  expect_near(x[1][0] + x[1][1] + x[1][2], 1);
  expect_near(2 * x[1][0] - x[1][2], 2);
}

TEST(MarkovOracle, TwoStatesInTurn) {
  // 1 is paid every other period.
  const MarkovGame game{2, {1, 1}, 0.5L, {{1, 0}}, {{0, 1}, {1, 0}}};
  const Values v = oracle::values(game, oracle::uniform_policies(game.actions), {1}, Entropy::own);
  expect_near(v[0][0], 1 / 0.75L);
  expect_near(v[0][1], 0.5L / 0.75L);
}

TEST(MarkovOracle, AnAbsorbingStatePaysAGeometricSeries) {
  // Two agents without a choice are paid 3 and -2 in every period.
  const MarkovGame game{1, {1, 1}, 0.875L, {{3}, {-2}}, {{1}}};
  const Values v = oracle::values(game, oracle::uniform_policies(game.actions), {1, 1}, Entropy::own);
  EXPECT_EQ(v[0][0], 24);
  EXPECT_EQ(v[1][0], -16);
}

TEST(MarkovOracle, ValuesOfAUniformPolicy) {
  const MarkovGame game = stay_or_leave(0.5L);
  const Profile uniform = oracle::uniform_policies(game.actions);
  const Number log2 = std::log(2.0L);
  // V(0) = 1/2 + V(0) / 4 + tau log 2
  const Values v = oracle::values(game, uniform, {3}, Entropy::own);
  expect_near(v[0][0], (0.5L + 3 * log2) / 0.75L);
  EXPECT_EQ(v[0][1], 0);
  expect_near(oracle::value_error(game, uniform, {3}, Entropy::own, v), 0);
  expect_near(oracle::value_error(game, uniform, {3}, Entropy::own, {{v[0][0] + 1, 0}}), 0.75L);
  const Values plain = oracle::values(game, uniform, {3}, Entropy::none);
  expect_near(plain[0][0], 0.5L / 0.75L);
  const Profile q = oracle::action_values(game, uniform, v);
  expect_near(q[0][0], 1 + v[0][0] / 2);
  EXPECT_EQ(q[0][1], 0);
  EXPECT_EQ(q[1][0], 0);
}

TEST(MarkovOracle, OptimaOfStayingOrLeaving) {
  const MarkovGame game = stay_or_leave(0.5L);
  const Process process = oracle::induced_process(game, oracle::uniform_policies(game.actions), 0);
  // V = log(exp(1 + V / 2) + 1): with x = exp(V / 2), x^2 = e x + 1.
  const Number e = std::exp(1.0L);
  const Number soft = 2 * std::log((e + std::sqrt(e * e + 4)) / 2);
  expect_near(oracle::optimal_values(process, 1)[0], soft);
  expect_near(oracle::optimal_policies(process, 1)[0][1], std::exp(-soft));
  EXPECT_EQ(oracle::optimal_values(process, 0)[0], 2);
  EXPECT_EQ(oracle::optimal_policies(process, 0)[0], (std::vector<Number>{1, 0}));

  const Profile uniform = {{0, 0}, {0}};
  const oracle::MarkovEvaluation at = oracle::evaluate(game, uniform, {1}, Entropy::own);
  expect_near(at.gap, soft - (0.5L + std::log(2.0L)) / 0.75L);
  expect_near(at.nash_gap, 2 - 0.5L / 0.75L);
  expect_near(oracle::evaluate(game, uniform, {0}, Entropy::own).gap, 2 - 0.5L / 0.75L);
  expect_near(oracle::evaluate(game, uniform, {0}, Entropy::none).gap, 2 - 0.5L / 0.75L);
  // Without entropy Q(0, .) = (4/3, 0).
  expect_near(oracle::evaluate(game, uniform, {1}, Entropy::none).gap, oracle::qre_gap({0, 0}, {4 / 3.0L, 0}, 1.0));
}

TEST(MarkovOracle, WhatOthersMakeOfAGame) {
  // Agent 1 decides with which probability agent 0 stays, and is paid what agent 0 is not.
  const MarkovGame game{2,
                        {2, 1, 2, 1},
                        0.5L,
                        {{1, 2, 3, 4, 0}, {-1, -2, -3, -4, 0}},
                        {{1, 0}, {0, 1}, {0.5L, 0.5L}, {0.25L, 0.75L}, {0, 1}}};
  const Profile policies = {{0.5L, 0.5L}, {1}, {0.25L, 0.75L}, {1}};
  const Process first = oracle::induced_process(game, policies, 0);
  EXPECT_EQ(first.rewards[0], (std::vector<Number>{1.75L, 3.75L}));
  EXPECT_EQ(first.transitions[0][0], (std::vector<Number>{0.25L, 0.75L}));
  EXPECT_EQ(first.transitions[0][1], (std::vector<Number>{0.3125L, 0.6875L}));
  const Process second = oracle::induced_process(game, policies, 1);
  EXPECT_EQ(second.rewards[0], (std::vector<Number>{-2, -3}));
  EXPECT_EQ(second.transitions[0][1], (std::vector<Number>{0.125L, 0.875L}));
  // V_0(0) = 2.75 + V_0(0) / 2 (1/8 + 5/32)
  const Values v = oracle::values(game, policies, {0, 0}, Entropy::own);
  expect_near(v[0][0], 2.75L / (1 - 0.140625L));
  expect_near(v[1][0], -v[0][0]);
  const Profile q = oracle::action_values(game, policies, v);
  expect_near(q[0][1], 3.75L + 0.5L * 0.3125L * v[0][0]);
  expect_near(q[2][0], -2 + 0.5L * 0.75L * v[1][0]);
}

TEST(MarkovOracle, UpdateOfTheLogits) {
  const MarkovGame game{1, {2, 2}, 0.5L, {}, {}};
  const Profile next = oracle::update(game, {{1, -1}, {0, 2}}, {{1.5L, 3}, {0.75L, 2}}, {0.5, 1.0}, 0.25);
  // The step is 1/2: agent 0 keeps 3/4 of its logits, agent 1 half.
  EXPECT_EQ(next[0][0], 0.75L + 0.75L);
  EXPECT_EQ(next[0][1], -0.75L + 1.5L);
  EXPECT_EQ(next[1][0], 0.375L);
  EXPECT_EQ(next[1][1], 2);
}

TEST(MarkovOracle, WithoutAFutureIsStatic) {
  const quantal::MarkovGame game = quantal::random_markov_game({3, 4, 1, 3, 0.0}, 5);
  const MarkovGame exact = quantal::to_oracle(game);
  const std::vector<double> tau = {0.5, 0, 2};
  const Profile logits =
      oracle::logits_of(oracle::policies_from(game.actions, quantal::random_policies(game.actions, 2).data()));
  for (const Entropy counted : {Entropy::own, Entropy::none}) {
    const oracle::MarkovEvaluation at = oracle::evaluate(exact, logits, tau, counted);
    Number gap = 0;
    Number nash_gap = 0;
    for (std::size_t s = 0; s < exact.states; ++s) {
      const quantal::NormalFormGame stage = quantal::stage_game(game, s);
      Profile own;
      for (std::size_t i = 0; i < 3; ++i) own.push_back(logits[i * exact.states + s]);
      const oracle::Evaluation alone = oracle::evaluate({stage.actions, stage.payoffs}, own, tau);
      for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_LE(oracle::distance({at.action_values[i * exact.states + s]}, {alone.expected[i]}), 1e-18L);
      }
      gap = std::max(gap, alone.gap);
      nash_gap = std::max(nash_gap, alone.nash_gap);
    }
    expect_near(at.gap, gap);
    expect_near(at.nash_gap, nash_gap);
  }
}

TEST(MarkovOracle, BothFormsOfTheGapAgree) {
  std::uint64_t seed = 0;
  for (const double discount : {0.0, 0.5, 0.9, 0.99}) {
    for (const double tau : {0.0, 0.1, 1.0, 10.0}) {
      for (const int agents : {1, 2, 3}) {
        const quantal::MarkovGame made =
            quantal::random_markov_game({agents, 5, 1, 4, discount, agents == 2 ? 2 : 0, agents == 3 ? 1 : 0}, ++seed);
        const MarkovGame game = quantal::to_oracle(made);
        const Profile logits =
            oracle::logits_of(oracle::policies_from(made.actions, quantal::random_policies(made.actions, seed).data()));
        const std::vector<double> all(game.agents(), tau);
        const oracle::MarkovEvaluation at = oracle::evaluate(game, logits, all, Entropy::own);
        EXPECT_GE(at.nash_gap, 0);
        for (std::size_t i = 0; i < game.agents(); ++i) {
          const Process process = oracle::induced_process(game, at.policies, i);
          const std::vector<Number> best = oracle::optimal_values(process, tau);
          const std::vector<Number> excess =
              oracle::excess_values(process, part_of(game, logits, i), part_of(game, at.action_values, i), tau);
          Number largest = 0;
          for (std::size_t s = 0; s < game.states; ++s) {
            EXPECT_GE(excess[s], tau > 0 ? 0.0L : -1e-16L);
            expect_near(at.values[i][s] + excess[s], best[s], 1e-15L);
            largest = std::max(largest, best[s] - at.values[i][s]);
          }
          expect_near(at.agent_gap[i], largest, 1e-15L * std::max<Number>(1, std::fabs(best[0])));
          // Values solve the equation of the best.
          for (std::size_t s = 0; s < game.states; ++s) {
            std::vector<Number> q = process.rewards[s];
            for (std::size_t a = 0; a < q.size(); ++a) {
              for (std::size_t next = 0; next < game.states; ++next) {
                q[a] += process.discount * process.transitions[s][a][next] * best[next];
              }
            }
            const Number right = tau > 0
                                     ? static_cast<Number>(tau) * oracle::log_sum_exp(oracle::response_logits(q, tau))
                                     : *std::max_element(q.begin(), q.end());
            expect_near(best[s], right, 1e-16L);
          }
        }
      }
    }
  }
}

TEST(MarkovOracle, AnAgentsOwnProcessHasItsValues) {
  const quantal::MarkovGame made = quantal::random_markov_game({3, 4, 1, 3, 0.9}, 8);
  const MarkovGame game = quantal::to_oracle(made);
  const Profile policies = oracle::policies_from(made.actions, quantal::random_policies(made.actions, 3).data());
  const std::vector<double> tau = {0.3, 1, 2};
  const Values v = oracle::values(game, policies, tau, Entropy::own);
  expect_near(oracle::value_error(game, policies, tau, Entropy::own, v), 0);
  for (std::size_t i = 0; i < 3; ++i) {
    // The process as a game of one agent.
    const Process process = oracle::induced_process(game, policies, i);
    MarkovGame alone{game.states, {}, game.discount, {{}}, {}};
    for (std::size_t s = 0; s < game.states; ++s) {
      alone.actions.push_back(static_cast<int>(process.rewards[s].size()));
      for (std::size_t a = 0; a < process.rewards[s].size(); ++a) {
        alone.rewards[0].push_back(process.rewards[s][a]);
        alone.transitions.push_back(process.transitions[s][a]);
      }
    }
    EXPECT_LE(oracle::distance({oracle::values(alone, part_of(game, policies, i), {tau[i]}, Entropy::own)[0]}, {v[i]}),
              1e-17L);
  }
}

TEST(MarkovOracle, BestPoliciesLeaveNoGapAndSmallGapsKeepTheirDigits) {
  for (const double discount : {0.5, 0.99}) {
    const quantal::MarkovGame made = quantal::random_markov_game({1, 6, 2, 4, discount}, 4);
    const MarkovGame game = quantal::to_oracle(made);
    const Process process = oracle::induced_process(game, oracle::uniform_policies(made.actions), 0);
    const Profile best = oracle::logits_of(oracle::optimal_policies(process, 0.5));
    EXPECT_LE(oracle::evaluate(game, best, {0.5}, Entropy::own).gap, 1e-30L);
    // Of second order in the logits' distance.
    Number last = 0;
    for (const Number s : {1e-5L, 1e-7L, 1e-9L, 1e-11L}) {
      Profile off = best;
      off[2][0] += s;
      const Number gap = oracle::evaluate(game, off, {0.5}, Entropy::own).gap;
      if (last > 0) {
        EXPECT_NEAR(static_cast<double>(last / gap), 1e4, 1);
      }
      last = gap;
    }
    const Profile greedy = oracle::optimal_policies(process, 0);
    EXPECT_LE(oracle::evaluate(game, oracle::logits_of(greedy), {0}, Entropy::own).nash_gap, 1e-17L);
  }
}

TEST(MarkovOracle, GamesOfTestsAreSound) {
  for (const auto& shape : std::vector<quantal::MarkovShape>{
           {1, 1, 1, 1, 0.0}, {2, 5, 1, 4, 0.9, 3}, {3, 10, 2, 3, 0.99, 2, 3}, {2, 7, 2, 2, 0.5, 0, 2}}) {
    const quantal::MarkovGame game = quantal::random_markov_game(shape, 7);
    EXPECT_NO_THROW(quantal::validate(game));
    EXPECT_EQ(game.is_sparse(), shape.next_states > 0);
    const quantal::MarkovGame sparse = quantal::sparse_form(game);
    const quantal::MarkovGame dense = quantal::dense_form(game);
    EXPECT_NO_THROW(quantal::validate(sparse));
    EXPECT_NO_THROW(quantal::validate(dense));
    EXPECT_EQ(quantal::dense_form(sparse), dense);
    EXPECT_EQ(quantal::to_oracle(sparse).transitions, quantal::to_oracle(dense).transitions);
  }
  for (const int agents : {2, 3})
    EXPECT_NO_THROW(quantal::validate(quantal::symmetric_markov_game(agents, 4, 3, 0.9, 1)));
}

}  // namespace
