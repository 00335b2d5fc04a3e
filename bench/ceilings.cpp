#include "bench/ceilings.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "host/large_pages.hpp"
#include "quantal/quantal.hpp"

#include <benchmark/benchmark.h>

namespace ceilings {

extern const Loops loops_baseline;
#ifdef QUANTAL_HAS_AVX2
extern const Loops loops_avx2;
#endif
#ifdef QUANTAL_HAS_AVX512
extern const Loops loops_avx512;
#endif

namespace {

/// Those of the instruction set that `solve` takes.
const Loops& loops() {
  [[maybe_unused]] const std::string used = quantal::capabilities().instruction_set;
#ifdef QUANTAL_HAS_AVX512
  if (used == loops_avx512.instruction_set) return loops_avx512;
#endif
#ifdef QUANTAL_HAS_AVX2
  if (used == loops_avx2.instruction_set) return loops_avx2;
#endif
  return loops_baseline;
}

/// Seconds that f(thread) takes on all threads: the least of several attempts.
template <class F>
double seconds_on(int threads, const F& f) {
  double least = 1e300;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto begin = std::chrono::steady_clock::now();
    {
      std::vector<std::jthread> others;
      for (int t = 1; t < threads; ++t) others.emplace_back([&f, t] { f(t); });
      f(0);
    }
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return least;
}

}  // namespace

double Ceilings::seconds_of_iteration(std::span<const int> actions) const {
  double joint = 1;
  for (const int m : actions) joint *= m;
  double seconds = 0;
  for (const int m : actions) {
    const double needed = m == 2 ? 0.5 : 1;
    seconds += (needed * joint + 12 * m) / multiply_adds + needed * m / exponentials;
  }
  return seconds;
}

Ceilings measure(bool double_precision, int threads) {
  const Loops& machine = loops();
  constexpr double multiply_adds = 2e9;
  constexpr double exponentials = 5e7;
  const double fma_seconds = seconds_on(threads, [&](int) {
    if (double_precision) {
      benchmark::DoNotOptimize(machine.multiply_adds_double(multiply_adds));
    } else {
      benchmark::DoNotOptimize(machine.multiply_adds_float(multiply_adds));
    }
  });
  const double exp_seconds = seconds_on(threads, [&](int) {
    if (double_precision) {
      benchmark::DoNotOptimize(machine.exponentials_double(exponentials));
    } else {
      benchmark::DoNotOptimize(machine.exponentials_float(exponentials));
    }
  });
  return {threads * multiply_adds / fma_seconds, threads * exponentials / exp_seconds};
}

double read_bandwidth(std::size_t bytes, int threads) {
  // In such pages as the solver's payoffs.
  const std::pmr::vector<double> numbers(std::max<std::size_t>(bytes / sizeof(double), 1), 1.0, quantal::large_pages());
  const std::size_t share = numbers.size() / static_cast<std::size_t>(threads);
  const int passes =
      static_cast<int>(std::max<std::size_t>(1, (std::size_t{256} << 20) / std::max<std::size_t>(bytes, 1)));
  const Loops& machine = loops();
  const double seconds = seconds_on(threads, [&](int t) {
    for (int pass = 0; pass < passes; ++pass) {
      benchmark::DoNotOptimize(machine.sum(numbers.data() + static_cast<std::size_t>(t) * share, share));
    }
  });
  return static_cast<double>(passes) * static_cast<double>(bytes) / seconds;
}

}  // namespace ceilings
