// Network games: batches of small ones, and one that is larger than the caches, whose iteration is compared with
// reading its payoffs once. Answers are checked by plain sums before anything is timed.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "bench/ceilings.hpp"
#include "bench/iteration_time.hpp"
#include "quantal/generate.hpp"
#include "quantal/quantal.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

namespace {

using quantal::Game;
using quantal::PolymatrixGame;
using quantal::Precision;

/// max |pi_i(a) - softmax(rbar_i / tau)(a)|, edge by edge.
double fixed_point_error(const PolymatrixGame& game, std::span<const double> policies, double tau) {
  std::vector<std::size_t> first(game.actions.size() + 1, 0);
  for (std::size_t i = 0; i < game.actions.size(); ++i) {
    first[i + 1] = first[i] + static_cast<std::size_t>(game.actions[i]);
  }
  std::vector<double> rbar(first.back(), 0.0);
  const double* payoffs = game.payoffs.data();
  for (const quantal::PolymatrixEdge& edge : game.edges) {
    const auto i = static_cast<std::size_t>(edge.first);
    const auto j = static_cast<std::size_t>(edge.second);
    for (const bool to_first : {true, false}) {
      if (!(to_first ? edge.pays_first : edge.pays_second)) continue;
      for (std::size_t a = first[i]; a < first[i + 1]; ++a) {
        for (std::size_t b = first[j]; b < first[j + 1]; ++b, ++payoffs) {
          rbar[to_first ? a : b] += *payoffs * policies[to_first ? b : a];
        }
      }
    }
  }
  double error = 0;
  for (std::size_t i = 0; i < game.actions.size(); ++i) {
    double* const own = rbar.data() + first[i];
    const std::size_t m = first[i + 1] - first[i];
    const double largest = *std::max_element(own, own + m);
    double sum = 0;
    for (std::size_t a = 0; a < m; ++a) sum += own[a] = std::exp((own[a] - largest) / tau);
    for (std::size_t a = 0; a < m; ++a) error = std::max(error, std::fabs(policies[first[i] + a] - own[a] / sum));
  }
  return error;
}

quantal::Settings settings_for(Precision precision, std::int64_t iterations, int threads) {
  quantal::Settings settings;
  settings.precision = precision;
  settings.gap_tolerance = 0;
  settings.max_iterations = iterations;
  settings.threads = threads;
  return settings;
}

quantal::Sweep sweep_at(double tau, double eta, std::size_t starts = 1) {
  quantal::Sweep sweep;
  sweep.starts = starts;
  sweep.tau = {{tau}};
  sweep.eta = {eta};
  return sweep;
}

/// Whether the games' equilibria are where the solver says; tau is large enough for it to get there.
bool is_right(benchmark::State& state, std::span<const Game> games, Precision precision, double tau,
              std::size_t starts = 1) {
  const quantal::Results results =
      quantal::solve(games.first(1), sweep_at(tau, 0.5 / tau, starts), settings_for(precision, 200, 0));
  const double error = fixed_point_error(std::get<PolymatrixGame>(games[0]), results.policies_of(0), tau);
  const bool right = error < (precision == Precision::float32 ? 1e-5 : 1e-10);
  if (!right) state.SkipWithError(fmt::format("wrong answer: off its fixed point by {}", error).c_str());
  return right;
}

void solve_batch(benchmark::State& state, const quantal::NetworkFamily& family, std::size_t count, Precision precision,
                 std::int64_t gap_every, int threads) {
  constexpr std::int64_t iterations = 1000;
  std::vector<Game> games;
  for (std::size_t g = 0; g < count; ++g) games.emplace_back(quantal::generate(family, g));
  if (!is_right(state, games, precision, 8)) return;
  quantal::Settings settings = settings_for(precision, iterations, threads);
  settings.gap_every = gap_every;
  double updates = 0;
  for (auto _ : state) {
    const quantal::Results results = quantal::solve(games, sweep_at(2, 0.1), settings);
    benchmark::DoNotOptimize(results.policies.data());
    updates += static_cast<double>(iterations) * static_cast<double>(count);
  }
  state.counters["game_iterations/s"] = benchmark::Counter(updates, benchmark::Counter::kIsRate);
}

/// Runs of one network, of a million edges where it has 100,000 agents: the time of an iteration of all, as the
/// difference of two solves, beside that of reading its payoffs once.
void solve_large(benchmark::State& state, int agents, std::size_t runs, Precision precision, int threads) {
  quantal::NetworkFamily family;
  family.graph = quantal::Graph::barabasi_albert;
  family.payoffs = quantal::NetworkPayoffs::random;
  family.agents = agents;
  family.edges_per_agent = 10;
  family.actions = {3};
  std::vector<Game> games;
  games.emplace_back(quantal::generate(family, 0));
  if (!is_right(state, games, precision, 2000, runs)) return;
  const std::size_t scalar = precision == Precision::float32 ? sizeof(float) : sizeof(double);
  const std::size_t bytes = std::get<PolymatrixGame>(games[0]).payoffs.size() * scalar;
  const int readers = threads > 0 ? threads : quantal::capabilities().threads;
  const auto solve = [&](std::int64_t iterations) {
    return seconds_of([&] {
      const quantal::Results results =
          quantal::solve(games, sweep_at(20, 0.01, runs), settings_for(precision, iterations, threads));
      benchmark::DoNotOptimize(results.policies.data());
    });
  };
  const std::int64_t few = std::max<std::int64_t>(2, 2'000'000 / (agents * static_cast<std::int64_t>(runs)));
  IterationTime iteration(few, 11 * few);
  double bandwidth = 0;
  for (auto _ : state) {
    iteration.attempt(state, solve);
    bandwidth = std::max(bandwidth, ceilings::read_bandwidth(bytes, readers));
  }
  state.counters["payoff_bytes"] = static_cast<double>(bytes);
  state.counters["read_bytes/s"] = bandwidth;
  state.counters["over_one_read"] = iteration.seconds() / (static_cast<double>(bytes) / bandwidth);
}

void add_batch(const std::string& name, const quantal::NetworkFamily& family, std::size_t count) {
  for (const auto precision : {Precision::float32, Precision::float64}) {
    for (const std::int64_t every : {0, 1}) {
      for (const int threads : {1, 0}) {
        benchmark::RegisterBenchmark(
            fmt::format("networks/{}/{}/gap_every:{}/threads:{}", name,
                        precision == Precision::float32 ? "float" : "double", every,
                        threads == 0 ? "all" : std::to_string(threads))
                .c_str(),
            [=](benchmark::State& state) { solve_batch(state, family, count, precision, every, threads); })
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
      }
    }
  }
}

[[maybe_unused]] const bool registered = [] {
  quantal::NetworkFamily family;
  family.payoffs = quantal::NetworkPayoffs::random;
  family.agents = 10;
  family.actions = {3};
  family.graph = quantal::Graph::complete;
  add_batch("complete:10x3", family, 10'000);
  family.graph = quantal::Graph::ring;
  add_batch("ring:10x3", family, 10'000);
  const auto add_large = [](int agents, std::size_t runs, Precision precision, int threads) {
    benchmark::RegisterBenchmark(fmt::format("network/barabasi-albert:{}x3/runs:{}/{}/threads:{}", agents, runs,
                                             precision == Precision::float32 ? "float" : "double",
                                             threads == 0 ? "all" : std::to_string(threads))
                                     .c_str(),
                                 [=](benchmark::State& state) { solve_large(state, agents, runs, precision, threads); })
        ->Unit(benchmark::kMillisecond)
        ->UseManualTime()
        ->Iterations(5);
  };
  for (const auto precision : {Precision::float32, Precision::float64}) {
    for (const int threads : {1, 0}) add_large(100'000, 1, precision, threads);
    add_large(100'000, 16, precision, 0);
    add_large(1'000, 1, precision, 0);
    add_large(1'000, 16, precision, 0);
  }
  return true;
}();

}  // namespace
