#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "machines.hpp"
#include "oracle_markov.hpp"
#include "sanitized.hpp"

namespace quantal {

/// A distance that one rounding can make.
oracle::Number unit_of(const Machine& machine);

oracle::Number largest_of(const std::vector<std::vector<oracle::Number>>& numbers);

/// One number for each agent and state, as results have them.
oracle::Values by_agent(std::span<const double> flat, std::size_t agents);

/// Q-values, as results have them.
oracle::Profile by_state(std::span<const double> flat, const std::vector<int>& actions);

/// Two gaps of one iterate, found from logits that are `delta` apart. A state's part of the gap is half the policy's
/// mean of tau x^2, x being the error of the logits against their response, and the gap is at most 1 / (1 - discount)
/// such parts: its root moves by sqrt(tau / 2 / (1 - discount)) delta. For tau = 0 the gap is of first order.
void expect_gap(oracle::Number gap, oracle::Number exact, oracle::Number relative, oracle::Number tau,
                oracle::Number discount, oracle::Number delta, const char* what);

/// A test of Markov games on every machine that holds some.
class OnEveryMarkovMachine : public OnEveryMachine {
 protected:
  using Number = oracle::Number;

  void SetUp() override {
    OnEveryMachine::SetUp();
    if (!IsSkipped() && !HasFailure() && !holds(MarkovGame{})) GTEST_SKIP() << "the tier holds no Markov game";
  }

  /// Few where threads are emulated or a sanitizer watches.
  std::size_t fewer(std::size_t cpu, std::size_t warps, std::size_t many) const {
    return machine().many_threads_a_run() ? many : machine().cuda() || sanitized ? warps : cpu;
  }

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
};

}  // namespace quantal
