#pragma once

#include <cstddef>

#include "machines.hpp"
#include "sanitized.hpp"

namespace quantal {

/// A test of Markov games on every machine that holds some.
class OnEveryMarkovMachine : public OnEveryMachine {
 protected:
  void SetUp() override {
    OnEveryMachine::SetUp();
    if (!IsSkipped() && !HasFailure() && !holds(MarkovGame{})) GTEST_SKIP() << "the tier holds no Markov game";
  }

  /// Few where threads are emulated or a sanitizer watches.
  std::size_t fewer(std::size_t cpu, std::size_t warps, std::size_t many) const {
    return machine().many_threads_a_run() ? many : machine().cuda() || sanitized ? warps : cpu;
  }
};

}  // namespace quantal
