// Markov games: iterates, gaps and values follow the oracle's on every machine.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "markov_machines.hpp"
#include "oracle_markov.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"

namespace quantal {
namespace {

using oracle::Number;

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
  /// Compares iterates at the checkpoints, and the histories there.
  void follow_the_oracle(std::vector<Case> cases, const std::vector<std::int64_t>& checkpoints) const;

  /// That run r is where the oracle is at a checkpoint; whether rounding allows a comparison.
  bool expect_at(const Results& results, std::size_t r, const Case& c, const Reference& reference) const;
};

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

QUANTAL_ON_EVERY_MACHINE(MarkovGames);

class MarkovInstructionSets : public MarkovGames {};

TEST_P(MarkovInstructionSets, FollowTheOracle) {
  follow_the_oracle(random_cases(40), {0, 1, 10, 30});
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, MarkovInstructionSets, testing::ValuesIn(machines_by_instruction_set()),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace quantal
