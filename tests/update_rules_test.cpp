// Update rules other than NPG: their iterates follow the oracle's, and they end where NPG ends.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <variant>
#include <vector>

#include "machines.hpp"
#include "oracle_markov.hpp"
#include "oracle_rules.hpp"
#include "quantal/quantal.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"
#include "random_networks.hpp"

namespace quantal {
namespace {

using oracle::Number;

struct NamedRule {
  UpdateRule rule;
  oracle::Rule exact;
  bool plain;  // may be used at temperature 0
};

constexpr std::array<NamedRule, 8> all_rules = {{
    {UpdateRule::optimistic, oracle::Rule::optimistic, true},
    {UpdateRule::predictive, oracle::Rule::predictive, true},
    {UpdateRule::magnetic, oracle::Rule::magnetic, true},
    {UpdateRule::logit_response, oracle::Rule::logit_response, false},
    {UpdateRule::policy_gradient, oracle::Rule::policy_gradient, true},
    {UpdateRule::replicator, oracle::Rule::replicator, true},
    {UpdateRule::alternating, oracle::Rule::alternating, true},
    {UpdateRule::anderson, oracle::Rule::anderson, false},
}};

struct RuleCase {
  Game game;
  Run run;
};

/// Temperatures at which trajectories do not magnify rounding.
std::vector<RuleCase> rule_cases() {
  std::vector<RuleCase> cases;
  const auto add = [&](const Game& game, double kappa) {
    const std::vector<int>& actions = actions_of(game);
    RuleCase c{game, {}};
    c.run.initial_policies = random_policies(actions, cases.size());
    double scale = 1;
    if (const auto* markov = std::get_if<MarkovGame>(&game)) scale = 1 - markov->discount;
    c.run.tau = 1.2;
    c.run.eta = scale * kappa / c.run.tau;
    cases.push_back(c);
    c.run.tau = 0;
    c.run.eta = 0.02 * scale;
    cases.push_back(c);
    c.run.tau_per_agent.assign(agents_of(game), 1.0);
    c.run.tau_per_agent.front() = 2.0;
    c.run.eta = 0.4 * scale;
    cases.push_back(c);
  };
  for (const auto& shape : std::vector<std::vector<int>>{{2, 2}, {5}, {2, 3, 4}, {7, 9}, {2, 2, 2, 2}, {1, 3, 1}}) {
    add(random_game(shape, cases.size() + 3), 0.6);
  }
  for (const auto& shape : std::vector<std::vector<int>>{{2, 2, 2, 2, 2}, {3, 3, 3}, {4, 1, 3, 2}, {3, 35, 2}}) {
    add(random_network(shape, shape[0] == 2 ? 0.4 : 0.8, cases.size() + 3), 0.5);
  }
  for (const MarkovShape& shape : {MarkovShape{}, MarkovShape{3, 4, 1, 3, 0.5}}) {
    add(random_markov_game(shape, cases.size()), 0.5);
  }
  return cases;
}

oracle::Lists lists_of(const RuleCase& c) {
  oracle::Lists lists;
  const std::vector<double> tau = temperatures_of(c.run, agents_of(c.game));
  lists.eta = *c.run.eta;
  if (const auto* markov = std::get_if<MarkovGame>(&c.game)) {
    const auto states = static_cast<std::size_t>(markov->states);
    lists.eta /= 1 - markov->discount;
    for (std::size_t i = 0; i < tau.size() * states; ++i) {
      lists.tau.push_back(tau[i / states]);
      lists.agent.push_back(i / states);
    }
    lists.expected = [game = to_oracle(*markov), tau](const oracle::Profile& policies) {
      return oracle::action_values(game, policies, oracle::values(game, policies, tau, oracle::Entropy::own));
    };
    return lists;
  }
  lists.tau = tau;
  for (std::size_t i = 0; i < tau.size(); ++i) lists.agent.push_back(i);
  lists.expected = [game = to_oracle(c.game)](const oracle::Profile& policies) {
    return oracle::expected_payoffs(game, policies);
  };
  return lists;
}

class UpdateRules : public OnEveryMachine {
 protected:
  void SetUp() override {
    if (machine().cuda() && machine().tier == Tier::lane) GTEST_SKIP() << "on CUDA, lanes are for NPG";
    OnEveryMachine::SetUp();
  }
};

/// On CUDA, Markov games have NPG's kernels only, but for the tier block.
bool has_kernels(const Machine& machine, const Game& game, UpdateRule rule) {
  return machine.holds(game) && (!machine.cuda() || !std::holds_alternative<MarkovGame>(game) ||
                                 rule == UpdateRule::magnetic || machine.tier == Tier::block);
}

TEST_P(UpdateRules, FollowTheOracle) {
  const std::vector<RuleCase> all = rule_cases();
  const std::vector<std::int64_t> checkpoints =
      machine().many_threads_a_run() ? std::vector<std::int64_t>{1, 3} : std::vector<std::int64_t>{1, 2, 5, 100};
  for (const NamedRule& named : all_rules) {
    std::vector<Game> games;
    std::vector<Run> runs;
    std::vector<const RuleCase*> which;
    for (const RuleCase& c : all) {
      const std::vector<double> tau = temperatures_of(c.run, agents_of(c.game));
      if (!named.plain && std::find(tau.begin(), tau.end(), 0.0) != tau.end()) continue;
      if (!has_kernels(machine(), c.game, named.rule)) continue;
      if (machine().many_threads_a_run() && which.size() % 3 == 1) {
        which.push_back(nullptr);
        continue;
      }
      which.push_back(&c);
      games.push_back(c.game);
      runs.push_back(c.run);
      runs.back().game = games.size() - 1;
    }
    which.erase(std::remove(which.begin(), which.end(), nullptr), which.end());
    std::vector<oracle::Learner> learners;
    for (const RuleCase* c : which) {
      learners.emplace_back(
          named.exact, lists_of(*c),
          oracle::logits_of(oracle::policies_from(actions_of(c->game), c->run.initial_policies.data())));
    }
    std::int64_t done = 0;
    std::size_t compared = 0;
    Number worst = 0;
    for (const std::int64_t t : checkpoints) {
      // Least squares of differences that have become roundings are not to be compared.
      if (named.rule == UpdateRule::anderson && t > 5) continue;
      for (; done < t; ++done) {
        for (oracle::Learner& learner : learners) learner.update();
      }
      Settings settings = machine().settings();
      settings.rule = named.rule;
      settings.gap_tolerance = 0;
      settings.max_iterations = t;
      const Results results = solve(games, runs, settings);
      ASSERT_EQ(results.failure, "");
      for (std::size_t r = 0; r < runs.size(); ++r) {
        SCOPED_TRACE(std::string(to_string(named.rule)) + ", " + name_of(games[r]) + ", case " + std::to_string(r) +
                     ", iteration " + std::to_string(t));
        EXPECT_EQ(results.iterations[r], t);
        EXPECT_EQ(results.eta[r], *runs[r].eta);
        const Number off =
            oracle::distance(policies_of(results, r, games[r]), oracle::policies_of(learners[r].logits()));
        const bool squares = named.rule == UpdateRule::anderson;
        // Differences that are not independent have more than one answer: more than there are ways to move, or those
        // of a game without interactions, which two of them solve.
        std::int64_t ways = 0;
        for (const int m : actions_of(games[r])) ways += m - 1;
        if (squares && (t > 1 + ways || !std::isfinite(off))) continue;
        ++compared;
        EXPECT_LE(off, machine().single() ? (squares ? 2e-3L : 1e-5L) : (squares ? 1e-7L : 1e-12L));
        worst = std::max(worst, off);
      }
    }
    EXPECT_GE(compared, runs.size());
    std::printf("%s: policies within %.2Lg\n", std::string(to_string(named.rule)).c_str(), worst);
  }
}

/// The largest that an agent gains in payoff less tau KL(pi || magnet), and in payoff alone.
struct MagneticGaps {
  Number regularised = 0;
  Number nash = 0;
};
MagneticGaps magnetic_gaps(const oracle::Lists& lists, const oracle::Profile& policies) {
  MagneticGaps gaps;
  const oracle::Profile expected = lists.expected(policies);
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const Number tau = lists.tau[i];
    const Number best = *std::max_element(expected[i].begin(), expected[i].end());
    Number value = 0;
    Number cost = 0;
    Number sum = 0;
    for (std::size_t a = 0; a < policies[i].size(); ++a) {
      value += policies[i][a] * expected[i][a];
      cost += policies[i][a] * std::log(policies[i][a] / lists.magnet[i][a]);
      sum += lists.magnet[i][a] * std::exp((expected[i][a] - best) / (tau > 0 ? tau : 1));
    }
    const Number most = tau > 0 ? best + tau * std::log(sum) : best;
    gaps.regularised = std::max(gaps.regularised, most - (value - tau * cost));
    gaps.nash = std::max(gaps.nash, best - value);
  }
  return gaps;
}

TEST_P(UpdateRules, OfAMagnetFollowTheOracle) {
  std::vector<RuleCase> cases;
  for (const RuleCase& c : rule_cases()) {
    if (std::holds_alternative<MarkovGame>(c.game) || !machine().holds(c.game)) continue;
    if (machine().many_threads_a_run() && c.run.tau_per_agent.empty()) continue;
    cases.push_back(c);
  }
  std::vector<Game> games;
  std::vector<Run> runs;
  std::vector<oracle::Lists> lists;
  std::vector<oracle::Learner> learners;
  for (const RuleCase& c : cases) {
    games.push_back(c.game);
    runs.push_back(c.run);
    runs.back().game = games.size() - 1;
    lists.push_back(lists_of(c));
    lists.back().magnet = oracle::policies_from(actions_of(c.game), c.run.initial_policies.data());
    learners.emplace_back(oracle::Rule::magnetic, lists.back(), oracle::logits_of(lists.back().magnet));
  }
  Settings settings = machine().settings();
  settings.rule = UpdateRule::magnetic;
  settings.magnet = Magnet::start;
  settings.gap_tolerance = 0;
  std::int64_t done = 0;
  for (const std::int64_t t :
       machine().many_threads_a_run() ? std::vector<std::int64_t>{0, 3} : std::vector<std::int64_t>{0, 1, 5, 100}) {
    for (; done < t; ++done) {
      for (oracle::Learner& learner : learners) learner.update();
    }
    settings.max_iterations = t;
    const Results results = solve(games, runs, settings);
    ASSERT_EQ(results.failure, "");
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE(name_of(games[r]) + ", case " + std::to_string(r) + ", iteration " + std::to_string(t));
      const oracle::Profile exact = oracle::policies_of(learners[r].logits());
      EXPECT_LE(oracle::distance(policies_of(results, r, games[r]), exact), machine().single() ? 1e-5L : 1e-12L);
      const MagneticGaps gaps = magnetic_gaps(lists[r], exact);
      const Number within = machine().single() ? 1e-4L : 1e-11L;
      EXPECT_NEAR(results.qre_gap[r], static_cast<double>(gaps.regularised), static_cast<double>(within));
      EXPECT_NEAR(results.nash_gap[r], static_cast<double>(gaps.nash), static_cast<double>(within));
    }
  }
}

/// Games with one equilibrium, which all rules must reach.
TEST_P(UpdateRules, EndWhereNaturalPolicyGradientEnds) {
  std::vector<Game> games;
  for (const auto& shape : std::vector<std::vector<int>>{{2, 2}, {3, 4}, {2, 3, 2}}) {
    games.push_back(random_game(shape, games.size() + 40));
  }
  games.push_back(random_network({2, 3, 2, 3}, 0.8, 7));
  if (!machine().cuda() || machine().tier == Tier::block) games.push_back(random_markov_game({2, 3, 2, 3, 0.4}, 5));
  std::vector<Run> runs;
  for (std::size_t g = 0; g < games.size(); ++g) {
    for (const double tau : {4.0, 2.5}) {
      if (machine().many_threads_a_run() && tau < 4) continue;
      Run run;
      run.game = g;
      run.tau = tau;
      runs.push_back(run);
    }
  }
  Settings settings = machine().settings();
  settings.gap_tolerance = machine().single() ? 1e-9 : 1e-16;
  settings.max_iterations = 5000;
  const Results expected = solve(games, runs, settings);
  for (const NamedRule& named : all_rules) {
    settings.rule = named.rule;
    const Results results = solve(games, runs, settings);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE(std::string(to_string(named.rule)) + ", run " + std::to_string(r));
      ASSERT_EQ(expected.status[r], Status::converged);
      ASSERT_EQ(results.status[r], Status::converged);
      for (std::size_t a = 0; a < results.policies_of(r).size(); ++a) {
        EXPECT_NEAR(results.policies_of(r)[a], expected.policies_of(r)[a], machine().single() ? 1e-4 : 1e-7);
      }
    }
  }
}

TEST_P(UpdateRules, ARunIsTheSameAloneAndInCompany) {
  if (machine().many_threads_a_run()) GTEST_SKIP() << "a run a team: company is elsewhere";
  std::vector<Game> games;
  std::vector<Run> runs;
  for (std::size_t g = 0; g < 21; ++g) {
    games.push_back(random_game({3, 4}, 90 + g));
    Run run;
    run.game = g;
    run.tau = 0.15 + 0.02 * static_cast<double>(g);
    runs.push_back(run);
  }
  Settings settings = machine().settings();
  settings.max_iterations = 700;
  settings.gap_every = 7;
  for (const NamedRule& named : all_rules) {
    settings.rule = named.rule;
    const Results together = solve(games, runs, settings);
    for (const std::size_t r : {std::size_t{0}, std::size_t{8}, std::size_t{20}}) {
      SCOPED_TRACE(std::string(to_string(named.rule)) + ", run " + std::to_string(r));
      const Results alone = solve(games, std::vector<Run>{runs[r]}, settings);
      expect_same_bits(together, r, alone, 0);
    }
  }
}

TEST_P(UpdateRules, OfAMagnetHaveTheirGapWhereItIsLarge) {
  // Far from the magnet's equilibrium, where exp(x) would overflow or lose all digits.
  std::vector<Game> games = {random_game({2, 3}, 4), random_game({5}, 5), random_network({2, 3, 2}, 1.0, 6)};
  std::vector<Run> runs;
  std::vector<RuleCase> cases;
  for (std::size_t g = 0; g < games.size(); ++g) {
    for (const double tau : {0.02, 0.001}) {
      Run run;
      run.game = g;
      run.tau = tau;
      run.eta = 0.5 / tau;
      run.initial_policies = random_policies(actions_of(games[g]), g);
      runs.push_back(run);
      cases.push_back({games[g], run});
    }
  }
  Settings settings = machine().settings();
  settings.rule = UpdateRule::magnetic;
  settings.magnet = Magnet::start;
  settings.gap_tolerance = 0;
  settings.max_iterations = 0;
  const Results results = solve(games, runs, settings);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    SCOPED_TRACE("run " + std::to_string(r));
    oracle::Lists lists = lists_of(cases[r]);
    lists.magnet = oracle::policies_from(actions_of(cases[r].game), runs[r].initial_policies.data());
    const double exact = static_cast<double>(magnetic_gaps(lists, lists.magnet).regularised);
    EXPECT_GT(exact, 40 * runs[r].tau / 10);
    EXPECT_NEAR(results.qre_gap[r], exact, exact * (machine().single() ? 1e-4 : 1e-11));
  }
}

QUANTAL_ON_EVERY_MACHINE(UpdateRules);

/// Rock, paper, scissors with payoffs that are not alike: zero-sum, and not certified at low temperatures.
PolymatrixGame uneven_rock_paper_scissors() {
  PolymatrixGame game;
  game.actions = {3, 3};
  game.edges = {{0, 1, true, true}};
  game.payoffs = {0, -1, 2, 3, 0, -1, -2, 1, 0};
  for (std::size_t k = 0; k < 9; ++k) game.payoffs.push_back(-game.payoffs[k]);
  return game;
}

/// Iterations to a gap of 1e-8 tau.
std::int64_t iterations_of(UpdateRule rule, double tau) {
  Settings settings;
  settings.rule = rule;
  settings.gap_tolerance = 1e-8 * tau;
  settings.max_iterations = 10'000'000;
  Run run;
  run.tau = tau;
  run.initial_policies = {0.7, 0.2, 0.1, 0.2, 0.2, 0.6};
  const Results results = solve(std::vector<Game>{uneven_rock_paper_scissors()}, std::vector<Run>{run}, settings);
  EXPECT_EQ(results.status[0], Status::converged) << to_string(rule) << ", tau " << tau;
  return results.iterations[0];
}

TEST(ZeroSumGames, ExtrapolationSavesAFactorOfTheTemperature) {
  for (const UpdateRule rule : {UpdateRule::optimistic, UpdateRule::predictive}) {
    const double growth =
        static_cast<double>(iterations_of(rule, 0.01)) / static_cast<double>(iterations_of(rule, 0.1));
    std::printf("%s: %.1f times the iterations at a tenth of tau\n", std::string(to_string(rule)).c_str(), growth);
    EXPECT_LT(growth, 15);
  }
  for (const UpdateRule rule : {UpdateRule::natural_policy_gradient, UpdateRule::magnetic}) {
    const double growth =
        static_cast<double>(iterations_of(rule, 0.01)) / static_cast<double>(iterations_of(rule, 0.1));
    std::printf("%s: %.1f times the iterations at a tenth of tau\n", std::string(to_string(rule)).c_str(), growth);
    EXPECT_GT(growth, 50);
    EXPECT_LT(growth, 200);
  }
}

TEST(Magnets, OfOneAgentAreAPriorOfItsChoice) {
  const Game game = NormalFormGame{"", {3}, {1.0, 0.0, 2.0}};
  quantal::Run run;
  run.tau = 0.5;
  run.initial_policies = {0.7, 0.2, 0.1};
  Settings settings;
  settings.rule = UpdateRule::magnetic;
  settings.magnet = Magnet::start;
  const Results results = solve(std::vector<Game>{game}, std::vector<quantal::Run>{run}, settings);
  EXPECT_EQ(results.status[0], Status::converged);
  const double sum = 0.7 * std::exp(2.0) + 0.2 + 0.1 * std::exp(4.0);
  EXPECT_NEAR(results.policies_of(0)[0], 0.7 * std::exp(2.0) / sum, 1e-11);
  EXPECT_NEAR(results.policies_of(0)[1], 0.2 / sum, 1e-11);
}

TEST(Magnets, ThatMoveLeadToNashAtOneTemperature) {
  Sweep sweep;
  sweep.tau.assign(60, {0.5});
  sweep.initial_policies = {{0.7, 0.2, 0.1, 0.2, 0.2, 0.6}};
  sweep.warm_starts = true;
  Settings settings;
  settings.rule = UpdateRule::magnetic;
  const std::vector<Game> games = {uneven_rock_paper_scissors()};
  const Results fixed = solve(games, sweep, settings);
  settings.magnet = Magnet::start;
  const Results moving = solve(games, sweep, settings);
  EXPECT_GT(fixed.nash_gap.back(), 0.01);
  EXPECT_LT(moving.nash_gap.back(), 1e-6);
  for (std::size_t r = 0; r < moving.size(); ++r) EXPECT_EQ(moving.status[r], Status::converged);
}

TEST(Magnets, AreOfTheirRuleAndNotOfMarkovGames) {
  Settings settings;
  settings.magnet = Magnet::start;
  EXPECT_THROW(solve(std::vector<Game>{random_game({2, 2}, 1)}, Sweep{}, settings), InputError);
  settings.rule = UpdateRule::magnetic;
  EXPECT_THROW(solve(std::vector<Game>{random_markov_game({}, 3)}, Sweep{}, settings), InputError);
  EXPECT_NO_THROW(solve(std::vector<Game>{random_game({2, 2}, 1)}, Sweep{}, settings));
}

TEST(AndersonAcceleration, SavesIterationsAndLosesNoRuns) {
  std::vector<Game> games;
  for (std::uint64_t g = 0; g < 300; ++g) games.push_back(random_game({3, 3, 3}, 1000 + g));
  Sweep sweep;
  sweep.tau = {{0.15}};
  Settings settings;
  settings.max_iterations = 20'000;
  settings.gap_tolerance = 1e-10;
  const auto median_of = [](std::vector<std::int64_t> counts) {
    std::nth_element(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2), counts.end());
    return counts[counts.size() / 2];
  };
  const auto converged = [](const Results& results) {
    return std::count(results.status.begin(), results.status.end(), Status::converged);
  };
  const Results plain = solve(games, sweep, settings);
  settings.rule = UpdateRule::anderson;
  const Results accelerated = solve(games, sweep, settings);
  std::printf("median %lld and %lld iterations, %lld and %lld of 300 converged\n",
              static_cast<long long>(median_of(plain.iterations)),
              static_cast<long long>(median_of(accelerated.iterations)), static_cast<long long>(converged(plain)),
              static_cast<long long>(converged(accelerated)));
  EXPECT_GE(converged(accelerated), converged(plain));
  EXPECT_LE(2 * median_of(accelerated.iterations), median_of(plain.iterations));
}

std::string message_of(const Game& game, const Run& run, UpdateRule rule) {
  Settings settings;
  settings.rule = rule;
  try {
    solve(std::vector<Game>{game}, std::vector<Run>{run}, settings);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(UpdateRulesOnCuda, TakeMarkovGamesThatABlockHolds) {
  QUANTAL_SKIP_WITHOUT_CUDA();
  const std::vector<Game> games = {random_markov_game({}, 3)};
  const std::vector<Game> large = {random_markov_game({2, 400, 2, 2, 0.9}, 3)};
  Settings settings;
  settings.rule = UpdateRule::anderson;
  settings.max_iterations = 3;
  settings.backend = Backend::cuda;
  EXPECT_EQ(solve(games, std::vector<quantal::Run>(1), settings).iterations[0], 3);
  EXPECT_THROW(solve(large, std::vector<quantal::Run>(1), settings), InputError);
  settings.tier = Tier::stream;
  EXPECT_THROW(solve(games, std::vector<quantal::Run>(1), settings), InputError);
  settings.tier = Tier::automatic;
  settings.backend = Backend::automatic;
  EXPECT_TRUE(solve(games, std::vector<quantal::Run>(1), settings).backend.starts_with("cpu"));
}

TEST(UpdateRuleInput, IsCheckedByRule) {
  const Game game = random_game({2, 2}, 1);
  quantal::Run plain;
  plain.tau = 0;
  EXPECT_NE(message_of(game, plain, UpdateRule::anderson).find("above 0 for the rule anderson"), std::string::npos);
  EXPECT_NE(message_of(game, plain, UpdateRule::logit_response).find("for the rule logit-response"), std::string::npos);
  EXPECT_EQ(message_of(game, plain, UpdateRule::replicator), "");

  quantal::Run large;
  large.tau = 1;
  large.eta = 1.5;
  EXPECT_NE(message_of(game, large, UpdateRule::optimistic).find("expected eta tau <= 1"), std::string::npos);
  for (const UpdateRule rule : {UpdateRule::magnetic, UpdateRule::policy_gradient, UpdateRule::replicator}) {
    EXPECT_EQ(message_of(game, large, rule), "");
  }

  PolymatrixGame many;
  many.actions.assign(65, 2);
  EXPECT_NE(message_of(many, {}, UpdateRule::alternating).find("at most 64 agents"), std::string::npos);
  EXPECT_EQ(message_of(many, {}, UpdateRule::optimistic), "");
}

}  // namespace
}  // namespace quantal
