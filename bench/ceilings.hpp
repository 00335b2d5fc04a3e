#pragma once

/// What this machine could do at best, measured in the same run as what Quantal does.

#include <cstddef>
#include <span>

namespace ceilings {

/// Loops in one instruction set. Each returns a number made of its results, so that no compiler leaves them out.
struct Loops {
  const char* instruction_set;
  /// `count` multiply-adds of registers, in SIMD batches, many under way at once.
  float (*multiply_adds_float)(double count);
  double (*multiply_adds_double)(double count);
  /// `count` exponentials of numbers in the first-level cache, by the function that the kernels call.
  float (*exponentials_float)(double count);
  double (*exponentials_double)(double count);
  /// The sum of `count` numbers.
  double (*sum)(const double* numbers, std::size_t count);
};

/// Operations a second of `threads` threads together, the best of several attempts.
struct Ceilings {
  double multiply_adds = 0;
  double exponentials = 0;

  /// That an iteration of a normal form takes at least: a multiply-add a payoff, and for softmax, gap and update an
  /// exponential and 12 operations an action. Agents of two actions need half of the multiply-adds and exponentials.
  double seconds_of_iteration(std::span<const int> actions) const;
};
Ceilings measure(bool double_precision, int threads);

/// Bytes a second at which the threads read an array of so many bytes, each its part, again and again.
double read_bandwidth(std::size_t bytes, int threads);

}  // namespace ceilings
