#include "markov_machines.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "random_markov.hpp"

namespace quantal {

using oracle::Number;

namespace {

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

}  // namespace

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

oracle::Values by_agent(std::span<const double> flat, std::size_t agents) {
  oracle::Values result;
  const std::size_t S = flat.size() / agents;
  for (std::size_t i = 0; i < agents; ++i) {
    result.emplace_back(flat.begin() + static_cast<std::ptrdiff_t>(i * S),
                        flat.begin() + static_cast<std::ptrdiff_t>((i + 1) * S));
  }
  return result;
}

oracle::Profile by_state(std::span<const double> flat, const std::vector<int>& actions) {
  oracle::Profile result;
  auto at = flat.begin();
  for (const int m : actions) {
    result.emplace_back(at, at + m);
    at += m;
  }
  return result;
}

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

void OnEveryMarkovMachine::expect_sound(const Results& results, std::size_t r, const MarkovGame& game, const Run& run,
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

}  // namespace quantal
