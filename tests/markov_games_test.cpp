// Markov games: iterates, gaps and values follow the oracle's on every machine, and games that are static in disguise,
// decision processes or symmetric behave like it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "markov_machines.hpp"
#include "oracle_markov.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"

namespace quantal {
namespace {

using oracle::Number;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A distance that one rounding can make.
Number unit_of(const Machine& machine) {
  return machine.single() ? 0x1p-24L : 0x1p-53L;
}

Number largest_of(const std::vector<std::vector<Number>>& numbers) {
  Number largest = 0;
  for (const auto& some : numbers) {
    for (const Number x : some) largest = std::max(largest, std::fabs(x));
  }
  return largest;
}

/// One number for each agent and state, as results have them.
oracle::Values by_agent(std::span<const double> flat, std::size_t agents) {
  oracle::Values result;
  const std::size_t S = flat.size() / agents;
  for (std::size_t i = 0; i < agents; ++i) {
    result.emplace_back(flat.begin() + static_cast<std::ptrdiff_t>(i * S),
                        flat.begin() + static_cast<std::ptrdiff_t>((i + 1) * S));
  }
  return result;
}

/// Q-values, as results have them.
oracle::Profile by_state(std::span<const double> flat, const std::vector<int>& actions) {
  oracle::Profile result;
  auto at = flat.begin();
  for (const int m : actions) {
    result.emplace_back(at, at + m);
    at += m;
  }
  return result;
}

/// Two gaps of one iterate, found from logits that are `delta` apart. A state's part of the gap is half the policy's
/// mean of tau x^2, x being the error of the logits against their response, and the gap is at most 1 / (1 - discount)
/// such parts: its root moves by sqrt(tau / 2 / (1 - discount)) delta. For tau = 0 the gap is of first order.
void expect_gap(Number gap, Number exact, Number relative, Number tau, Number discount, Number delta,
                const char* what) {
  if (tau == 0) {
    EXPECT_LE(std::fabs(gap - exact), relative * exact + delta / (1 - discount))
        << what << ": " << gap << ", exactly " << exact;
    return;
  }
  const Number off = std::fabs(std::sqrt(gap) - std::sqrt(exact));
  EXPECT_LE(off, relative / 2 * std::sqrt(exact) + std::sqrt(tau / 2 / (1 - discount)) * delta)
      << what << ": " << gap << ", exactly " << exact << ", off by " << (gap - exact) / exact;
}

/// How far a trajectory has got at a checkpoint.
struct Reference {
  std::int64_t iteration = 0;
  oracle::MarkovEvaluation exact;
  /// Largest movement of the policies, and of the gap, up to here for each unit of relative error that every update
  /// makes in the logits: rounding errors of the solver are amplified about so much.
  Number sensitivity = 0;
  Number gap_sensitivity = 0;
};

struct Case {
  MarkovGame game;
  Run run;
  MarkovEntropy entropy = MarkovEntropy::own;
  std::vector<Reference> at;

  std::string name() const {
    return game.name + ", discount " + std::to_string(game.discount) + ", tau " + std::to_string(run.tau) + ", eta " +
           std::to_string(*run.eta) + (run.initial_policies.empty() ? ", uniform start" : ", random start");
  }
};

oracle::Profile first_logits(const Case& c) {
  return oracle::logits_of(c.run.initial_policies.empty()
                               ? oracle::uniform_policies(c.game.actions)
                               : oracle::policies_from(c.game.actions, c.run.initial_policies.data()));
}

/// Size of the numbers that a logit and its response are differences of.
Number logit_scale(const oracle::Profile& logits, const oracle::Profile& action_values, Number least_tau) {
  Number scale = 1;
  for (const auto& x : logits) {
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    scale = std::max(scale, *high - *low);
  }
  for (const auto& q : action_values) {
    for (const Number x : q) scale = std::max(scale, std::fabs(x) / (least_tau > 0 ? least_tau : 1));
  }
  return scale;
}

Number least_positive(const std::vector<double>& tau) {
  Number least = 0;
  for (const double t : tau) {
    if (t > 0 && (least == 0 || t < least)) least = t;
  }
  return least;
}

/// The oracle's trajectory, and beside it one whose updates are off by `noise` of the numbers' size.
void follow(Case& c, const std::vector<std::int64_t>& checkpoints) {
  constexpr Number noise = 1e-13L;
  const oracle::MarkovGame game = to_oracle(c.game);
  const std::vector<double> tau = temperatures_of(c.run, game.agents());
  const oracle::Entropy counted = to_oracle(c.entropy);
  oracle::Profile logits = first_logits(c);
  oracle::Profile disturbed = logits;
  std::mt19937_64 bits(17);
  oracle::Profile error = logits;
  for (auto& e : error) {
    for (Number& x : e) x = noise * static_cast<Number>(uniform(bits, -1, 1));
  }
  Number furthest = 0;
  Number furthest_gap = 0;
  std::size_t next = 0;
  for (std::int64_t t = 0;; ++t) {
    const oracle::Profile policies = oracle::policies_of(logits);
    const oracle::Profile other = oracle::policies_of(disturbed);
    furthest = std::max(furthest, oracle::distance(policies, other));
    if (t == checkpoints[next]) {
      const oracle::MarkovEvaluation exact = oracle::evaluate(game, logits, tau, counted);
      furthest_gap = std::max(furthest_gap, std::fabs(oracle::evaluate(game, disturbed, tau, counted).gap - exact.gap));
      c.at.push_back({t, exact, furthest / noise, furthest_gap / noise});
      if (++next == checkpoints.size()) return;
    }
    const auto updated = [&](const oracle::Profile& theta, const oracle::Profile& pi, oracle::Profile& q) {
      q = oracle::action_values(game, pi, oracle::values(game, pi, tau, counted));
      return oracle::update(game, theta, q, tau, *c.run.eta);
    };
    oracle::Profile q;
    logits = updated(logits, policies, q);
    disturbed = updated(disturbed, other, q);
    const Number step = static_cast<Number>(*c.run.eta) / (1 - game.discount);
    for (std::size_t k = 0; k < logits.size(); ++k) {
      const auto [low, high] = std::minmax_element(logits[k].begin(), logits[k].end());
      const auto [least, most] = std::minmax_element(q[k].begin(), q[k].end());
      const Number size = std::max<Number>(1, *high - *low) + step * std::max(std::fabs(*least), std::fabs(*most));
      for (std::size_t a = 0; a < error[k].size(); ++a) disturbed[k][a] += size * error[k][a];
    }
  }
}

/// Random games of up to three agents and ten states, patient and impatient, hot and cold, dense and sparse.
std::vector<Case> random_cases(std::size_t number) {
  std::vector<Case> cases;
  std::mt19937_64 bits(7);
  const std::vector<double> discounts = {0.0, 0.5, 0.9, 0.95, 0.99};
  const std::vector<double> temperatures = {0.2, 0.35, 0.6, 1.0, 2.0};
  const std::vector<double> shares = {1.0, 0.5, 0.1};
  for (std::size_t k = 0; k < number; ++k) {
    MarkovShape shape;
    shape.agents = 1 + static_cast<int>(k % 3);
    shape.states = integer(bits, 1, 10);
    shape.least_actions = integer(bits, 1, 4) == 1 ? 1 : 2;
    shape.most_actions = shape.agents == 3 ? 3 : 4;
    shape.discount = discounts[bits() % discounts.size()];
    if (bits() % 4 == 0) shape.next_states = std::min(shape.states, integer(bits, 1, 3));
    if (bits() % 5 == 0) shape.absorbing = shape.states / 3;
    Case c;
    c.game = random_markov_game(shape, k);
    c.run.tau = temperatures[bits() % temperatures.size()];
    double hottest = c.run.tau;
    if (bits() % 5 == 0) {
      for (int i = 0; i < shape.agents; ++i) {
        c.run.tau_per_agent.push_back(c.run.tau * (1 + 0.5 * i));
        hottest = c.run.tau_per_agent.back();
      }
      if (shape.agents > 1 && bits() % 2 == 0) c.run.tau_per_agent[0] = 0;
    }
    if (bits() % 10 == 0) {
      c.run.tau = 0;
      c.run.tau_per_agent.clear();
      hottest = 5;
    }
    // An agent at temperature 0 only ever gets further from uniform.
    const bool cold = c.run.tau == 0 || (!c.run.tau_per_agent.empty() && c.run.tau_per_agent[0] == 0);
    c.run.eta = (cold ? 0.1 : shares[bits() % shares.size()]) * (1 - shape.discount) / hottest;
    if (bits() % 2 == 0) c.run.initial_policies = random_policies(c.game.actions, k);
    if (bits() % 4 == 0) c.entropy = MarkovEntropy::none;
    cases.push_back(c);
  }
  return cases;
}

class MarkovGames : public OnEveryMarkovMachine {
 protected:
  /// Settings for a fixed number of updates.
  Settings updates(std::int64_t number) const {
    Settings settings = machine().settings();
    settings.gap_tolerance = 0;
    settings.max_iterations = number;
    settings.gap_every = 1;
    settings.keep_action_values = true;
    return settings;
  }

  Number policy_bar() const { return machine().single() ? 1e-4L : 1e-11L; }
  /// How far from its response a policy may be where a run has converged to the default tolerance, roundings of the
  /// response and of the policy included.
  Number response_bar(const MarkovGame& game) const {
    return machine().single() ? 6e-6L / (1 - static_cast<Number>(game.discount)) : 1.5e-11L;
  }
  Number relative_bar() const { return machine().single() ? 0.05L : 1e-8L; }

  /// That what the solver says about its own iterate is so: values, Q-values, gaps.
  void expect_sound(const Results& results, std::size_t r, const MarkovGame& game, const Run& run,
                    MarkovEntropy entropy) const;

  /// Compares iterates at the checkpoints, and the histories there.
  void follow_the_oracle(std::vector<Case> cases, const std::vector<std::int64_t>& checkpoints) const;

  /// That run r is where the oracle is at a checkpoint; whether rounding allows a comparison.
  bool expect_at(const Results& results, std::size_t r, const Case& c, const Reference& reference) const;
};

void MarkovGames::expect_sound(const Results& results, std::size_t r, const MarkovGame& game, const Run& run,
                               MarkovEntropy entropy) const {
  const oracle::MarkovGame exact_game = to_oracle(game);
  const std::size_t N = exact_game.agents();
  const std::vector<double> tau = temperatures_of(run, N);
  const oracle::Profile policies = policies_of(results, r, game);
  const oracle::MarkovEvaluation own =
      oracle::evaluate(exact_game, oracle::logits_of(policies), tau, to_oracle(entropy));
  const Number u = unit_of(machine());

  ASSERT_EQ(results.values_of(r).size(), N * exact_game.states);
  const oracle::Values values = by_agent(results.values_of(r), N);
  const Number value_scale = std::max<Number>(1, largest_of(own.values));
  EXPECT_LE(oracle::distance(values, own.values), policy_bar() * value_scale);
  EXPECT_LE(results.evaluation_residual[r], policy_bar() * value_scale);
  EXPECT_GE(results.evaluation_residual[r], 0);
  EXPECT_LE(oracle::value_error(exact_game, policies, tau, to_oracle(entropy), values), policy_bar() * value_scale);
  EXPECT_NE(to_string(results.evaluation[r]), "none");
  if (!results.action_values.empty()) {
    const oracle::Profile q = by_state(results.action_values_of(r), game.actions);
    EXPECT_LE(oracle::distance(q, own.action_values),
              policy_bar() * std::max<Number>(1, largest_of(own.action_values)));
  }

  const Number delta = 64 * u * logit_scale(oracle::logits_of(policies), own.action_values, least_positive(tau)) /
                       (1 - exact_game.discount);
  Number largest = 0;
  for (std::size_t i = 0; i < N; ++i) {
    const Number gap = results.qre_gap_per_agent_of(r)[i];
    expect_gap(gap, own.agent_gap[i], relative_bar(), tau[i], exact_game.discount, delta, "own gap of an agent");
    largest = std::max(largest, gap);
  }
  EXPECT_EQ(largest, results.qre_gap[r]);
  EXPECT_LE(std::fabs(results.nash_gap[r] - own.nash_gap), policy_bar() * value_scale / (1 - exact_game.discount));
}

bool MarkovGames::expect_at(const Results& results, std::size_t r, const Case& c, const Reference& reference) const {
  const Number u = unit_of(machine());
  // Trajectories that magnify rounding errors beyond the bar say nothing about the solver.
  if (4 * u * reference.sensitivity > policy_bar()) return false;
  const Number off = oracle::distance(policies_of(results, r, c.game), reference.exact.policies);
  EXPECT_LE(off, policy_bar());
  const Number scale = 1 / (1 - static_cast<Number>(c.game.discount));
  const Number gap_bar = policy_bar() * scale + 4 * u * reference.gap_sensitivity;
  EXPECT_LE(std::fabs(results.qre_gap[r] - reference.exact.gap), gap_bar) << "exactly " << reference.exact.gap;
  return true;
}

void MarkovGames::follow_the_oracle(std::vector<Case> cases, const std::vector<std::int64_t>& checkpoints) const {
  for (std::size_t k = 0; k < cases.size(); ++k) {
    // One game in four goes all the way.
    const std::size_t last = k % 4 == 0 || checkpoints.size() <= 6 ? checkpoints.size() : checkpoints.size() - 2;
    follow(cases[k], {checkpoints.begin(), checkpoints.begin() + static_cast<std::ptrdiff_t>(last)});
  }
  std::size_t compared = 0;
  std::size_t too_sensitive = 0;
  Number worst = 0;
  for (const MarkovEntropy entropy : {MarkovEntropy::own, MarkovEntropy::none}) {
    std::vector<Game> games;
    for (const Case& c : cases) games.emplace_back(c.game);
    std::vector<std::vector<double>> separate(cases.size());  // gaps at the checkpoints
    for (std::size_t n = 0; n < checkpoints.size(); ++n) {
      const std::int64_t t = checkpoints[n];
      std::vector<std::size_t> which;
      std::vector<Run> runs;
      for (std::size_t k = 0; k < cases.size(); ++k) {
        if (cases[k].entropy != entropy || n >= cases[k].at.size()) continue;
        which.push_back(k);
        runs.push_back(cases[k].run);
        runs.back().game = k;
      }
      Settings settings = updates(t);
      settings.markov_entropy = entropy;
      // The history where it is checked: where a case ends.
      settings.gap_every = n + 1 == checkpoints.size() || n + 3 == checkpoints.size() ? 1 : 0;
      const Results results = solve(games, runs, settings);
      ASSERT_EQ(results.failure, "");
      for (std::size_t r = 0; r < runs.size(); ++r) {
        const Case& c = cases[which[r]];
        SCOPED_TRACE(c.name() + (entropy == MarkovEntropy::own ? "" : ", entropy none") + ", iteration " +
                     std::to_string(t));
        EXPECT_EQ(to_string(results.status[r]), "max_iterations");
        EXPECT_EQ(results.iterations[r], t);
        EXPECT_EQ(results.eta[r], *c.run.eta);
        EXPECT_EQ(to_string(results.evaluation[r]), "direct");
        const bool comparable = expect_at(results, r, c, c.at[n]);
        ++(comparable ? compared : too_sensitive);
        if (comparable) {
          worst = std::max(worst, oracle::distance(policies_of(results, r, c.game), c.at[n].exact.policies));
        }
        expect_sound(results, r, c.game, c.run, entropy);
        separate[which[r]].push_back(results.qre_gap[r]);
        if (settings.gap_every == 1) {
          const auto history = results.history_of(r);
          ASSERT_EQ(history.size(), static_cast<std::size_t>(t) + 1);
          for (std::size_t earlier = 0; earlier <= n; ++earlier) {
            EXPECT_EQ(history[static_cast<std::size_t>(checkpoints[earlier])], separate[which[r]][earlier]);
          }
        }
        if (HasFatalFailure()) return;
      }
    }
  }
  std::printf("%zu iterates compared, %zu too sensitive to rounding; policies within %.2Lg\n", compared, too_sensitive,
              worst);
  EXPECT_LE(too_sensitive, compared / (machine().single() ? 1 : 5));
}

TEST_P(MarkovGames, FollowTheOracle) {
  follow_the_oracle(random_cases(fewer(200, 40, 12)),
                    machine().many_threads_a_run() ? std::vector<std::int64_t>{0, 1, 2, 5}
                    : machine().cuda()             ? std::vector<std::int64_t>{0, 1, 2, 5, 20}
                                                   : std::vector<std::int64_t>{0, 1, 2, 3, 5, 10, 30, 100, 300, 1000});
}

TEST_P(MarkovGames, OfFewStatesAndActionsFollowTheOracle) {
  // Those that a GPU deals out a state a thread, with threads left over and without.
  std::vector<Case> cases;
  for (const int agents : {1, 2}) {
    for (const int states : {2, 4, 5, 8}) {
      for (const int actions : {2, 3}) {
        const std::size_t k = cases.size();
        Case c;
        c.game = random_markov_game({agents, states, k % 3 == 0 ? 1 : 2, actions, k % 2 == 0 ? 0.9 : 0.5}, 300 + k);
        c.run.tau = k % 5 == 4 ? 0 : 0.4 + 0.1 * static_cast<double>(k);
        c.run.eta = 0.4 * (1 - c.game.discount) / (c.run.tau == 0 ? 5 : c.run.tau);
        if (k % 2 == 1) c.run.initial_policies = random_policies(c.game.actions, k);
        if (k % 4 == 3) c.entropy = MarkovEntropy::none;
        cases.push_back(c);
      }
    }
  }
  follow_the_oracle(cases, {0, 1, 2, 5});
}

TEST_P(MarkovGames, OfOneStateAreStaticGames) {
  std::vector<Game> games;
  std::vector<Run> runs;
  std::vector<double> discounts;
  std::size_t index = 0;
  for (const auto& shape : std::vector<std::vector<int>>{
           {2, 2}, {2, 3}, {3, 3}, {4, 4}, {2, 2, 2}, {5}, {1, 3}, {1}, {2, 3, 4}, {2, 2, 2, 2}}) {
    const NormalFormGame game = random_game(shape, 31 + index);
    for (const double discount : {0.0, 0.5, 0.9, 0.99}) {
      if (machine().many_threads_a_run() && ++index % 5 != 0) continue;
      for (const double tau : {1.0, 0.4, 0.0}) {
        Run run;
        run.tau = tau;
        if (tau < 1) run.initial_policies = random_policies(shape, index);
        const double step = tau > 0 ? 0.7 / tau : 0.1;
        run.game = games.size();
        run.eta = step * (1 - discount);
        runs.push_back(run);
        run.game = games.size() + 1;
        run.eta = step;
        runs.push_back(run);
        discounts.push_back(discount);
      }
      games.emplace_back(repeated(game, discount));
      games.emplace_back(game);
    }
  }
  const std::int64_t last = machine().many_threads_a_run() ? 4 : machine().cuda() ? 20 : 200;
  Settings settings = updates(last);
  settings.keep_action_values = false;
  std::vector<Run> markov;
  std::vector<Run> statics;
  for (std::size_t r = 0; r < runs.size(); r += 2) {
    markov.push_back(runs[r]);
    statics.push_back(runs[r + 1]);
  }
  const Results results = solve(games, markov, settings);
  ASSERT_EQ(results.failure, "");
  // Any tier will do for the static games.
  settings.tier = Tier::automatic;
  const Results expected = solve(games, statics, settings);
  ASSERT_EQ(expected.failure, "");
  const Number u = unit_of(machine());
  for (std::size_t r = 0; r < markov.size(); ++r) {
    const auto& game = std::get<NormalFormGame>(games[statics[r].game]);
    const Number left = 1 - static_cast<Number>(discounts[r]);
    SCOPED_TRACE(game.name + ", discount " + std::to_string(discounts[r]) + ", tau " + std::to_string(markov[r].tau));
    const oracle::Profile policies = policies_of(results, r, games[markov[r].game]);
    EXPECT_LE(oracle::distance(policies, policies_of(expected, r, game)), policy_bar());
    const Number tau = markov[r].tau;
    const Number delta = 256 * u / left / (tau > 0 ? tau : 1) + policy_bar() / (machine().single() ? 1 : 10);
    const auto history = results.history_of(r);
    ASSERT_EQ(history.size(), expected.history_of(r).size());
    for (std::size_t t = 0; t < history.size() && !HasFailure(); ++t) {
      SCOPED_TRACE("iteration " + std::to_string(t));
      expect_gap(history[t] * left, expected.history_of(r)[t], relative_bar(), tau, 0, delta, "gap");
    }
    EXPECT_LE(std::fabs(results.nash_gap[r] * left - expected.nash_gap[r]), 10 * policy_bar());
    // A period's payoff, again and again.
    const oracle::Profile rbar = oracle::expected_payoffs(to_oracle(Game(game)), policies);
    for (std::size_t i = 0; i < policies.size(); ++i) {
      Number payoff = tau * oracle::entropy(policies[i]);
      for (std::size_t a = 0; a < policies[i].size(); ++a) payoff += policies[i][a] * rbar[i][a];
      EXPECT_LE(std::fabs(results.values_of(r)[i] * left - payoff), policy_bar());
    }
  }
}

TEST_P(MarkovGames, WithoutAFutureAreStaticGames) {
  std::vector<Game> games;
  std::vector<Run> runs;
  std::vector<Game> stages;
  std::vector<Run> stage_runs;
  for (std::uint64_t seed = 0; seed < fewer(20, 6, 2); ++seed) {
    MarkovShape shape;
    shape.agents = 1 + static_cast<int>(seed % 3);
    shape.states = 1 + static_cast<int>(seed % 7);
    shape.least_actions = 1;
    shape.most_actions = 3;
    shape.discount = 0;
    const MarkovGame game = random_markov_game(shape, seed);
    Run run;
    run.tau = seed % 4 == 3 ? 0.0 : 0.5;
    run.eta = seed % 4 == 3 ? 0.2 : 1.2;
    run.initial_policies = random_policies(game.actions, seed);
    run.game = games.size();
    games.emplace_back(game);
    runs.push_back(run);
    const oracle::Profile start = oracle::policies_from(game.actions, run.initial_policies.data());
    for (std::size_t s = 0; s < static_cast<std::size_t>(game.states); ++s) {
      run.initial_policies.clear();
      for (std::size_t i = 0; i < static_cast<std::size_t>(shape.agents); ++i) {
        for (const Number p : start[i * static_cast<std::size_t>(game.states) + s]) {
          run.initial_policies.push_back(static_cast<double>(p));
        }
      }
      run.game = stages.size();
      stages.emplace_back(stage_game(game, s));
      stage_runs.push_back(run);
    }
  }
  Settings settings = updates(machine().many_threads_a_run() ? 5 : machine().cuda() ? 20 : 300);
  const Results results = solve(games, runs, settings);
  ASSERT_EQ(results.failure, "");
  settings.tier = Tier::automatic;
  settings.keep_action_values = false;
  const Results expected = solve(stages, stage_runs, settings);
  ASSERT_EQ(expected.failure, "");
  std::size_t stage = 0;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& game = std::get<MarkovGame>(games[r]);
    SCOPED_TRACE(game.name);
    const auto S = static_cast<std::size_t>(game.states);
    const auto N = static_cast<std::size_t>(game.agents());
    const oracle::Profile policies = policies_of(results, r, game);
    std::vector<Number> gap(N, 0);
    Number nash_gap = 0;
    for (std::size_t s = 0; s < S; ++s, ++stage) {
      const oracle::Profile alone = policies_of(expected, stage, stages[stage]);
      nash_gap = std::max<Number>(nash_gap, expected.nash_gap[stage]);
      for (std::size_t i = 0; i < N; ++i) {
        EXPECT_LE(oracle::distance({policies[i * S + s]}, {alone[i]}), policy_bar()) << "state " << s;
        gap[i] = std::max<Number>(gap[i], expected.qre_gap_per_agent_of(stage)[i]);
      }
    }
    for (std::size_t i = 0; i < N; ++i) {
      expect_gap(results.qre_gap_per_agent_of(r)[i], gap[i], relative_bar(), runs[r].tau, 0, policy_bar(), "gap");
    }
    EXPECT_LE(std::fabs(results.nash_gap[r] - nash_gap), 10 * policy_bar());
  }
}

TEST_P(MarkovGames, OfOneAgentAreSoftPolicyIteration) {
  std::vector<Game> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < fewer(24, 8, 2); ++seed) {
    const double discount = std::vector<double>{0.5, 0.9, 0.99}[seed % 3];
    MarkovShape shape{1, 2 + static_cast<int>(seed % 9), 2, 4, discount, seed % 4 == 0 ? 2 : 0, 0};
    Run run;
    run.game = games.size();
    run.tau = std::vector<double>{0.3, 1.0, 2.0, 0.6}[seed % 4];
    run.eta = (1 - discount) / run.tau;
    games.emplace_back(random_markov_game(shape, seed));
    runs.push_back(run);
  }
  const Number u = unit_of(machine());
  std::size_t quadratic = 0;
  for (std::int64_t t = 0; t <= 8; t += machine().many_threads_a_run() ? 4 : 1) {
    const Results results = solve(games, runs, updates(t));
    ASSERT_EQ(results.failure, "");
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const auto& made = std::get<MarkovGame>(games[r]);
      SCOPED_TRACE(made.name + ", iteration " + std::to_string(t));
      const oracle::MarkovGame game = to_oracle(made);
      const std::vector<double> tau = {runs[r].tau};
      // Evaluate, respond, and so on.
      oracle::Profile policies = oracle::uniform_policies(made.actions);
      oracle::Values values = oracle::values(game, policies, tau, oracle::Entropy::own);
      for (std::int64_t k = 0; k < t; ++k) {
        const oracle::Profile q = oracle::action_values(game, policies, values);
        for (std::size_t s = 0; s < policies.size(); ++s) {
          policies[s] = oracle::softmax(oracle::response_logits(q[s], tau[0]));
        }
        values = oracle::values(game, policies, tau, oracle::Entropy::own);
      }
      const Number scale = std::max<Number>(1, largest_of(values));
      EXPECT_LE(oracle::distance(policies_of(results, r, made), policies), policy_bar() * 10);
      EXPECT_LE(oracle::distance(by_agent(results.values_of(r), 1), values), policy_bar() * scale);
      if (t < 8) continue;
      const oracle::Process process = oracle::induced_process(game, policies, 0);
      EXPECT_LE(oracle::distance(by_agent(results.values_of(r), 1), {oracle::optimal_values(process, tau[0])}),
                policy_bar() * scale);
      EXPECT_LE(oracle::distance(policies_of(results, r, made), oracle::optimal_policies(process, tau[0])),
                policy_bar() * 10);
      // Newton's method: V* - V is multiplied by at most itself times
      //     1 / (1 - discount) * discount^2 / (2 tau) * (variance of numbers between 0 and 1),
      // down to what rounding leaves of the logits' error.
      const auto history = results.history_of(r);
      const Number left = 1 - game.discount;
      const Number factor = game.discount * game.discount / (8 * runs[r].tau * left);
      const Number rounding = 256 * u * scale / runs[r].tau / left;
      for (std::size_t k = 0; k + 1 < history.size(); ++k) {
        const Number bound = factor * static_cast<Number>(history[k]) * static_cast<Number>(history[k]);
        EXPECT_LE(history[k + 1], 1.001L * bound + runs[r].tau / 2 / left * rounding * rounding);
        quadratic += bound < history[k] && history[k + 1] > runs[r].tau / left * rounding * rounding;
      }
    }
  }
  EXPECT_GT(quadratic, 0U);
}

TEST_P(MarkovGames, WithoutEntropyEndWherePoliciesRespondToTheirValues) {
  std::vector<Game> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < fewer(20, 8, 2); ++seed) {
    MarkovShape shape;
    shape.agents = 1 + static_cast<int>(seed % 3);
    shape.states = 1 + static_cast<int>(seed % 6);
    shape.least_actions = 1;
    shape.most_actions = 3;
    shape.discount = seed % 2 == 0 ? 0.5 : 0.8;
    Run run;
    run.game = games.size();
    run.tau = 6;
    run.eta = 0.9 * (1 - shape.discount) / run.tau;
    games.emplace_back(random_markov_game(shape, seed));
    runs.push_back(run);
  }
  Settings settings = machine().settings();
  settings.markov_entropy = MarkovEntropy::none;
  settings.keep_action_values = true;
  settings.max_iterations = machine().many_threads_a_run() ? 60 : 2000;
  const Results results = solve(games, runs, settings);
  ASSERT_EQ(results.failure, "");
  Settings counted = settings;
  counted.markov_entropy = MarkovEntropy::own;
  const Results with_entropy = solve(games, runs, counted);
  bool differs = false;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& game = std::get<MarkovGame>(games[r]);
    SCOPED_TRACE(game.name);
    ASSERT_EQ(to_string(results.status[r]), "converged");
    EXPECT_EQ(to_string(with_entropy.status[r]), "converged");
    const oracle::Profile policies = policies_of(results, r, game);
    const oracle::MarkovGame exact = to_oracle(game);
    const oracle::Profile exact_q = oracle::action_values(
        exact, policies,
        oracle::values(exact, policies, temperatures_of(runs[r], exact.agents()), oracle::Entropy::none));
    const oracle::Profile q = by_state(results.action_values_of(r), game.actions);
    for (std::size_t k = 0; k < policies.size(); ++k) {
      for (const auto& numbers : {q[k], exact_q[k]}) {
        const auto response = oracle::softmax(oracle::response_logits(numbers, runs[r].tau));
        EXPECT_LE(oracle::distance({policies[k]}, {response}), response_bar(game));
      }
    }
    expect_sound(results, r, game, runs[r], MarkovEntropy::none);
    expect_sound(with_entropy, r, game, runs[r], MarkovEntropy::own);
    differs = differs || oracle::distance(policies, policies_of(with_entropy, r, game)) > 1e-3L;
  }
  EXPECT_TRUE(differs);
}

TEST_P(MarkovGames, OfManyStatesFollowTheOracle) {
  struct Kind {
    MarkovShape shape;
    const char* evaluation;  // empty: either
  };
  const std::vector<Kind> kinds = {{{2, 20, 2, 3, 0.9, 0, 0}, ""},
                                   {{3, 33, 1, 2, 0.95, 3, 1}, ""},
                                   {{1, 64, 2, 4, 0.99, 4, 0}, ""},
                                   {{2, 100, 2, 2, 0.9, 4, 2}, ""},
                                   {{1, 200, 2, 3, 0.95, 0, 0}, "iterative"},
                                   {{2, 200, 1, 2, 0.9, 4, 3}, "iterative"}};
  std::vector<Case> cases;
  std::vector<Game> games;
  std::vector<Run> runs;
  const std::vector<std::int64_t> checkpoints =
      machine().many_threads_a_run() ? std::vector<std::int64_t>{1} : std::vector<std::int64_t>{0, 1, 3};
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    if (machine().many_threads_a_run() && k % 2 == 1) continue;
    Case c;
    c.game = random_markov_game(kinds[k].shape, 300 + k);
    if (!holds(c.game)) continue;
    c.run.game = games.size();
    c.run.tau = 0.8;
    c.run.eta = 0.6 * (1 - c.game.discount) / c.run.tau;
    c.run.initial_policies = random_policies(c.game.actions, k);
    follow(c, checkpoints);
    games.emplace_back(c.game);
    runs.push_back(c.run);
    cases.push_back(c);
  }
  for (std::size_t n = 0; n < checkpoints.size(); ++n) {
    const Results results = solve(games, runs, updates(checkpoints[n]));
    ASSERT_EQ(results.failure, "");
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE(cases[r].name() + ", iteration " + std::to_string(checkpoints[n]));
      EXPECT_TRUE(expect_at(results, r, cases[r], cases[r].at[n]) || machine().single());
      expect_sound(results, r, cases[r].game, runs[r], MarkovEntropy::own);
      const auto history = results.history_of(r);
      ASSERT_EQ(history.size(), static_cast<std::size_t>(checkpoints[n]) + 1);
      for (std::size_t earlier = 0; earlier <= n; ++earlier) {
        const Reference& reference = cases[r].at[earlier];
        EXPECT_LE(std::fabs(history[static_cast<std::size_t>(checkpoints[earlier])] - reference.exact.gap),
                  policy_bar() / (1 - static_cast<Number>(cases[r].game.discount)));
      }
      for (const Kind& kind : kinds) {
        const bool iterative = std::string(kind.evaluation) == "iterative";
        if (iterative && kind.shape.states == cases[r].game.states) {
          EXPECT_EQ(to_string(results.evaluation[r]), "iterative");
        }
      }
    }
  }
}

TEST_P(MarkovGames, AtInfiniteTemperatureEndAtUniformPolicies) {
  std::vector<Game> games;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    games.emplace_back(random_markov_game({1 + static_cast<int>(seed), 4, 1, 3, 0.9, 0, 1}, seed));
  }
  Sweep sweep;
  sweep.tau = {{infinity}};
  for (const Init init : {Init::uniform, Init::random}) {
    sweep.init = init;
    const Results results = solve(games, sweep, machine().settings());
    ASSERT_EQ(results.failure, "");
    for (std::size_t r = 0; r < games.size(); ++r) {
      EXPECT_EQ(to_string(results.status[r]), "converged");
      EXPECT_EQ(results.iterations[r], init == Init::uniform ? 0 : 1);
      EXPECT_EQ(results.qre_gap[r], 0);
      std::size_t at = 0;
      for (const int m : actions_of(games[r])) {
        for (int a = 0; a < m; ++a) {
          EXPECT_NEAR(results.policies_of(r)[at++], 1.0 / m, static_cast<double>(4 * unit_of(machine())));
        }
      }
    }
  }
}

TEST_P(MarkovGames, WithoutAChoiceEndWhereTheyStart) {
  // Nobody has a choice: states follow each other, and the last pays for ever.
  MarkovGame game;
  game.states = 3;
  game.actions.assign(6, 1);
  game.discount = 0.75;
  game.rewards = {1, 2, 3, 0, -1, -3};
  game.transitions = {0, 1, 0, 0, 0, 1, 0, 0, 1};
  const std::vector<Game> games = {game, sparse_form(game)};
  std::vector<Run> runs(4);
  for (std::size_t r = 0; r < 4; ++r) {
    runs[r].game = r / 2;
    runs[r].tau = r % 2 == 0 ? 1.0 : 0.0;
  }
  const Results results = solve(games, runs, machine().settings());
  for (std::size_t r = 0; r < 4; ++r) {
    EXPECT_EQ(to_string(results.status[r]), "converged");
    EXPECT_EQ(results.iterations[r], 0);
    EXPECT_EQ(results.qre_gap[r], 0);
    EXPECT_EQ(results.nash_gap[r], 0);
    for (const double p : results.policies_of(r)) EXPECT_EQ(p, 1);
    const std::vector<double> expected = {1 + 0.75 * (2 + 0.75 * 12), 2 + 0.75 * 12,  12,
                                          0.75 * (-1 - 0.75 * 12),    -1 - 0.75 * 12, -12};
    for (std::size_t k = 0; k < 6; ++k) {
      EXPECT_NEAR(results.values_of(r)[k], expected[k], machine().single() ? 1e-5 : 1e-13);
    }
  }
}

TEST_P(MarkovGames, RowsAreDividedByTheirSum) {
  if (machine().single()) GTEST_SKIP() << "float does not tell";
  const MarkovGame exact = random_markov_game({2, 4, 2, 3, 0.99}, 3);
  MarkovGame off = exact;
  for (double& p : off.transitions) p *= 1 + 9e-10;
  Run run;
  run.tau = 0.7;
  run.eta = 0.005;
  std::vector<Run> runs(2, run);
  runs[1].game = 1;
  const std::vector<Game> games = {exact, off};
  const Results results = solve(games, runs, updates(5));
  for (std::size_t k = 0; k < results.values_of(0).size(); ++k) {
    EXPECT_NEAR(results.values_of(0)[k], results.values_of(1)[k], 1e-10);
  }
  EXPECT_LE(oracle::distance(policies_of(results, 0, exact), policies_of(results, 1, off)), 1e-11L);
}

TEST_P(MarkovGames, SparseTransitionsChangeNoBit) {
  std::vector<Game> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < fewer(20, 6, 2); ++seed) {
    const MarkovShape shape{
        1 + static_cast<int>(seed % 3), 2 + static_cast<int>(seed % 8), 1, 3, seed % 2 == 0 ? 0.9 : 0.5,
        seed % 4 == 3 ? 0 : 2,          static_cast<int>(seed % 2)};
    const MarkovGame game = random_markov_game(shape, seed);
    Run run;
    run.tau = 0.5;
    run.eta = (1 - shape.discount) / run.tau;
    run.initial_policies = random_policies(game.actions, seed);
    for (const MarkovGame& form : {sparse_form(game), dense_form(game)}) {
      run.game = games.size();
      games.emplace_back(form);
      runs.push_back(run);
    }
  }
  const Results results = solve(games, runs, updates(machine().cuda() ? 5 : 100));
  ASSERT_EQ(results.failure, "");
  for (std::size_t r = 0; r < runs.size(); r += 2) {
    SCOPED_TRACE(name_of(games[r]));
    expect_same_bits(results, r, results, r + 1);
  }
}

TEST_P(MarkovGames, AlikeAgentsStayAlike) {
  struct Kind {
    int agents;
    int states;
    int actions;
  };
  std::vector<Game> games;
  std::vector<Run> runs;
  for (const Kind kind : {Kind{2, 1, 2}, Kind{2, 3, 2}, Kind{2, 5, 3}, Kind{2, 8, 4}, Kind{3, 2, 2}, Kind{3, 4, 3},
                          Kind{3, 40, 2}, Kind{2, 150, 2}}) {
    if (machine().cuda() && kind.states > 10) continue;
    if (machine().many_threads_a_run() && kind.states != 3 && kind.states != 2) continue;
    const MarkovGame game = symmetric_markov_game(kind.agents, kind.states, kind.actions, 0.9, 3);
    const std::vector<int> own(game.actions.begin(), game.actions.begin() + kind.states);
    const std::vector<double> start = random_policies(own, 5);
    Run run;
    run.game = games.size();
    games.emplace_back(game);
    for (const double tau : {1.0, 0.1, 0.0}) {
      run.tau = tau;
      run.eta = tau > 0 ? 0.07 / tau : 0.02;
      run.initial_policies.clear();
      if (tau > 0.5) runs.push_back(run);
      for (int i = 0; i < kind.agents; ++i) {
        run.initial_policies.insert(run.initial_policies.end(), start.begin(), start.end());
      }
      runs.push_back(run);
    }
  }
  for (const std::int64_t t :
       machine().cuda() ? std::vector<std::int64_t>{1, 4} : std::vector<std::int64_t>{1, 2, 60}) {
    Settings settings = updates(t);
    settings.gap_every = 0;
    const Results results = solve(games, runs, settings);
    ASSERT_EQ(results.failure, "");
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const auto& game = std::get<MarkovGame>(games[runs[r].game]);
      SCOPED_TRACE(game.name + ", tau " + std::to_string(runs[r].tau) + ", iteration " + std::to_string(t));
      const auto same = [&](std::span<const double> numbers, const char* what) {
        const std::size_t each = numbers.size() / static_cast<std::size_t>(game.agents());
        for (std::size_t k = each; k < numbers.size(); ++k) ASSERT_EQ(numbers[k], numbers[k % each]) << what;
      };
      same(results.policies_of(r), "policies");
      same(results.values_of(r), "values");
      same(results.action_values_of(r), "action values");
      // Best replies mix the transitions in one order for all agents.
      const std::span<const double> gaps = results.qre_gap_per_agent_of(r);
      for (const double gap : gaps) EXPECT_NEAR(gap, gaps[0], (machine().single() ? 1e-4 : 1e-10) * gaps[0]);
    }
  }
}

/// The game with its states in another order: state s becomes place[s].
MarkovGame with_states_renamed(const MarkovGame& game, const std::vector<std::size_t>& place) {
  MarkovGame other = dense_form(game);
  const MarkovGame dense = other;
  const auto S = static_cast<std::size_t>(game.states);
  const auto N = static_cast<std::size_t>(game.agents());
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t s = 0; s < S; ++s) other.actions[i * S + place[s]] = dense.actions[i * S + s];
  }
  const std::vector<std::size_t> from = rows_before_states(dense);
  const std::vector<std::size_t> to = rows_before_states(other);
  for (std::size_t s = 0; s < S; ++s) {
    for (std::size_t k = 0; k < from[s + 1] - from[s]; ++k) {
      for (std::size_t i = 0; i < N; ++i) {
        other.rewards[i * to.back() + to[place[s]] + k] = dense.rewards[i * to.back() + from[s] + k];
      }
      for (std::size_t next = 0; next < S; ++next) {
        other.transitions[(to[place[s]] + k) * S + place[next]] = dense.transitions[(from[s] + k) * S + next];
      }
    }
    other.initial[place[s]] = dense.initial[s];
  }
  return other;
}

TEST_P(MarkovGames, ChangesThatChangeRoundingAtMost) {
  for (std::uint64_t seed = 0; seed < fewer(12, 4, 1); ++seed) {
    const MarkovGame game = random_markov_game({1 + static_cast<int>(seed % 3), 5, 1, 3, 0.9}, seed);
    SCOPED_TRACE(game.name);
    const std::size_t S = 5;
    const auto N = static_cast<std::size_t>(game.agents());
    // States in another order.
    const std::vector<std::size_t> place = {3, 0, 4, 1, 2};
    const MarkovGame renamed = with_states_renamed(game, place);
    // Everything paid and weighed in another currency.
    MarkovGame dearer = game;
    for (double& reward : dearer.rewards) reward *= 3;
    // So much more for each agent in every period.
    MarkovGame richer = game;
    const std::size_t rows = game.rewards.size() / N;
    for (std::size_t k = 0; k < game.rewards.size(); ++k) richer.rewards[k] += static_cast<double>(1 + k / rows);
    Run run;
    run.tau = 0.6;
    run.eta = 0.08 / run.tau;
    std::vector<Run> runs(4, run);
    for (std::size_t r = 0; r < 4; ++r) runs[r].game = r;
    runs[2].tau *= 3;
    *runs[2].eta /= 3;
    const std::vector<Game> games = {game, renamed, dearer, richer};
    const Results results = solve(games, runs, updates(machine().cuda() ? 5 : 60));
    const oracle::Profile policies = policies_of(results, 0, game);
    const oracle::Values values = by_agent(results.values_of(0), N);
    const oracle::Profile moved = policies_of(results, 1, renamed);
    const oracle::Values moved_values = by_agent(results.values_of(1), N);
    const Number bar = policy_bar() * 2;
    for (std::size_t i = 0; i < N; ++i) {
      for (std::size_t s = 0; s < S; ++s) {
        EXPECT_LE(oracle::distance({policies[i * S + s]}, {moved[i * S + place[s]]}), bar);
        EXPECT_LE(std::fabs(values[i][s] - moved_values[i][place[s]]), bar * 10);
        EXPECT_LE(std::fabs(3 * values[i][s] - by_agent(results.values_of(2), N)[i][s]), bar * 30);
        const Number more = static_cast<Number>(i + 1) / (1 - static_cast<Number>(game.discount));
        EXPECT_LE(std::fabs(values[i][s] + more - by_agent(results.values_of(3), N)[i][s]), bar * 50);
      }
    }
    EXPECT_LE(oracle::distance(policies, policies_of(results, 2, dearer)), bar);
    EXPECT_LE(oracle::distance(policies, policies_of(results, 3, richer)), bar);
    for (std::size_t r = 1; r < 4; ++r) {
      const Number unit = r == 2 ? 3 : 1;
      expect_gap(results.qre_gap[r] / unit, results.qre_gap[0], relative_bar(), run.tau, game.discount, bar * 10,
                 "gap");
      EXPECT_LE(std::fabs(results.nash_gap[r] / unit - results.nash_gap[0]), bar * 100);
    }
  }
}

TEST_P(MarkovGames, StopAtTheFirstGapWithinTheTolerance) {
  std::vector<Game> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < fewer(12, 6, 2); ++seed) {
    const MarkovGame game = random_markov_game({1 + static_cast<int>(seed % 3), 4, 2, 3, 0.8}, seed);
    Run run;
    run.game = games.size();
    run.tau = 4;
    run.eta = 0.3 * (1 - game.discount) / run.tau;
    run.initial_policies = random_policies(game.actions, seed);
    games.emplace_back(game);
    runs.push_back(run);
  }
  const std::int64_t last = machine().many_threads_a_run() ? 12 : 40;
  const Results whole = solve(games, runs, updates(last));
  ASSERT_EQ(whole.failure, "");
  std::size_t stopped = 0;
  for (const double tolerance : {1e-1, 1e-3, 1e-6}) {
    for (const std::int64_t stride : {0, 1, 7}) {
      Settings settings = updates(last);
      settings.gap_tolerance = tolerance;
      settings.gap_every = stride;
      const Results results = solve(games, runs, settings);
      for (std::size_t r = 0; r < runs.size(); ++r) {
        SCOPED_TRACE("run " + std::to_string(r) + ", tolerance " + std::to_string(tolerance) + ", stride " +
                     std::to_string(stride));
        const auto history = whole.history_of(r);
        ASSERT_EQ(history.size(), static_cast<std::size_t>(last) + 1);
        const auto first = std::find_if(history.begin(), history.end(), [&](double gap) { return gap <= tolerance; });
        const bool converges = first != history.end();
        stopped += converges;
        const std::int64_t end = converges ? first - history.begin() : last;
        EXPECT_EQ(to_string(results.status[r]), converges ? "converged" : "max_iterations");
        EXPECT_EQ(results.iterations[r], end);
        EXPECT_EQ(results.qre_gap[r], history[static_cast<std::size_t>(end)]);
        const auto entries = results.history_of(r);
        if (stride == 0) {
          EXPECT_TRUE(entries.empty());
          continue;
        }
        ASSERT_EQ(entries.size(), static_cast<std::size_t>(end / stride + 1 + (end % stride != 0)));
        for (std::size_t k = 0; k < entries.size(); ++k) {
          const std::int64_t t = results.history_iteration(r, k);
          EXPECT_EQ(t, std::min(static_cast<std::int64_t>(k) * stride, end));
          EXPECT_EQ(entries[k], history[static_cast<std::size_t>(t)]);
        }
      }
    }
  }
  EXPECT_GT(stopped, runs.size());
}

TEST_P(MarkovGames, ConvergeWithTheAutomaticStep) {
  std::vector<Game> games;
  std::vector<Run> runs;
  for (std::uint64_t seed = 0; seed < fewer(20, 6, 1); ++seed) {
    const double discount = std::vector<double>{0.0, 0.5, 0.9}[seed % 3];
    Run run;
    run.game = games.size();
    // Hot enough for the equilibrium to be the only one.
    run.tau = discount > 0.6 ? 30 : 6;
    if (seed % 2 == 1) run.random_start = seed;
    games.emplace_back(
        random_markov_game({1 + static_cast<int>(seed % 3), 1 + static_cast<int>(seed % 5), 1, 3, discount}, seed));
    runs.push_back(run);
  }
  Settings settings = machine().settings();
  settings.max_iterations = 5000;
  const Results results = solve(games, runs, settings);
  ASSERT_EQ(results.failure, "");
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& game = std::get<MarkovGame>(games[r]);
    SCOPED_TRACE(game.name);
    EXPECT_EQ(to_string(results.status[r]), "converged");
    EXPECT_GT(results.eta[r], 0);
    EXPECT_LE(results.eta[r] * runs[r].tau, (1 - game.discount) * (1 + 1e-12));
    expect_sound(results, r, game, runs[r], MarkovEntropy::own);
    const oracle::MarkovGame exact = to_oracle(game);
    const std::vector<double> tau = temperatures_of(runs[r], exact.agents());
    const oracle::MarkovEvaluation end =
        oracle::evaluate(exact, oracle::logits_of(policies_of(results, r, game)), tau, oracle::Entropy::own);
    for (std::size_t k = 0; k < end.policies.size(); ++k) {
      const auto response = oracle::softmax(oracle::response_logits(end.action_values[k], runs[r].tau));
      EXPECT_LE(oracle::distance({end.policies[k]}, {response}), response_bar(game));
    }
  }
}

QUANTAL_ON_EVERY_MACHINE(MarkovGames);

class MarkovInstructionSets : public MarkovGames {};

TEST_P(MarkovInstructionSets, FollowTheOracle) {
  follow_the_oracle(random_cases(40), {0, 1, 10, 30});
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, MarkovInstructionSets, testing::ValuesIn(machines_by_instruction_set()),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace quantal
