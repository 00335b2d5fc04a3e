#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <benchmark/benchmark.h>

inline double seconds_of(const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Seconds of one iteration, without what a solve does before and after: the difference of a long and a short solve.
/// Each is the least of several attempts, since the difference of two disturbed times can be anything.
class IterationTime {
 public:
  IterationTime(std::int64_t few, std::int64_t many) : few_(few), many_(many) {}

  /// One more attempt; solve(iterations) returns its seconds. Tells the benchmark the time so far.
  template <class Solve>
  void attempt(benchmark::State& state, const Solve& solve) {
    shorter_ = std::min(shorter_, solve(few_));
    longer_ = std::min(longer_, solve(many_));
    state.SetIterationTime(seconds());
  }

  double seconds() const { return (longer_ - shorter_) / static_cast<double>(many_ - few_); }

 private:
  std::int64_t few_;
  std::int64_t many_;
  double shorter_ = 1e300;
  double longer_ = 1e300;
};
