// Throughput of quantal::solve on batches of random games: game-iterations a second, the gap evaluated at each. Before
// a case is timed, the policies of its first game are checked to be a fixed point pi = softmax(rbar / tau), by plain
// sums. Beside the operations a second stand the machine's own ceilings, measured in the same run (ceilings.hpp).

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/ceilings.hpp"
#include "bench/iteration_time.hpp"
#include "quantal/quantal.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

namespace {

using quantal::Game;
using quantal::NormalFormGame;

constexpr double tau = 0.5;
constexpr double eta = 0.4;  // eta tau = 0.2

std::vector<Game> random_games(std::size_t count, const std::vector<int>& actions) {
  std::mt19937_64 generator(1);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<Game> games;
  for (std::size_t g = 0; g < count; ++g) {
    NormalFormGame game;
    game.actions = actions;
    game.payoffs.resize(quantal::joint_actions(actions) * actions.size());
    for (double& payoff : game.payoffs) payoff = uniform(generator);
    games.emplace_back(std::move(game));
  }
  return games;
}

/// max |pi_i(a) - softmax(rbar_i / tau)(a)|, summed over joint actions one by one.
double fixed_point_error(const NormalFormGame& game, std::span<const double> policies) {
  const std::size_t N = game.actions.size();
  const std::size_t M = quantal::joint_actions(game.actions);
  std::vector<std::size_t> first(N, 0);
  for (std::size_t i = 1; i < N; ++i) first[i] = first[i - 1] + static_cast<std::size_t>(game.actions[i - 1]);
  double error = 0;
  for (std::size_t i = 0; i < N; ++i) {
    const auto m = static_cast<std::size_t>(game.actions[i]);
    std::vector<double> response(m, 0.0);
    for (std::size_t joint = 0; joint < M; ++joint) {
      std::size_t rest = joint;
      std::size_t own = 0;
      double weight = 1;
      for (std::size_t j = N; j-- > 0;) {
        const std::size_t action = rest % static_cast<std::size_t>(game.actions[j]);
        rest /= static_cast<std::size_t>(game.actions[j]);
        if (j == i) {
          own = action;
        } else {
          weight *= policies[first[j] + action];
        }
      }
      response[own] += weight * game.payoffs[i * M + joint];
    }
    const double largest = *std::max_element(response.begin(), response.end());
    double sum = 0;
    for (double& r : response) sum += r = std::exp((r - largest) / tau);
    for (std::size_t a = 0; a < m; ++a) error = std::max(error, std::fabs(policies[first[i] + a] - response[a] / sum));
  }
  return error;
}

const ceilings::Ceilings& ceilings_of(quantal::Precision precision, int threads) {
  static std::map<std::pair<bool, int>, ceilings::Ceilings> known;
  const bool is_double = precision == quantal::Precision::float64;
  const int count = threads > 0 ? threads : quantal::capabilities().threads;
  const auto found = known.find({is_double, count});
  if (found != known.end()) return found->second;
  return known[{is_double, count}] = ceilings::measure(is_double, count);
}

struct Case {
  std::vector<int> actions;
  std::size_t games;
  std::int64_t iterations;
};

const std::vector<Case> cases = {{{2, 2}, 100'000, 1000},
                                 {{3, 3}, 50'000, 1000},
                                 {{4, 4}, 50'000, 1000},
                                 {{8, 8}, 10'000, 1000},
                                 {{16, 16}, 2'000, 1000},
                                 {{32, 32}, 500, 1000},
                                 {{128, 128}, 50, 500},
                                 {{512, 512}, 4, 200},
                                 {{2, 2, 2}, 50'000, 1000},
                                 {{3, 3, 3}, 10'000, 1000},
                                 {{10, 10, 10}, 200, 500},
                                 {{5, 5, 5, 5, 5}, 20, 500},
                                 {{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, 160, 500}};

std::string shape_name(const std::vector<int>& actions) {
  std::string name;
  for (const int m : actions) name += (name.empty() ? "" : "x") + std::to_string(m);
  return name;
}

void solve_batch(benchmark::State& state, const Case& batch, quantal::Precision precision, std::int64_t gap_every,
                 int threads) {
  const std::vector<Game> games = random_games(batch.games, batch.actions);
  quantal::Settings settings;
  settings.precision = precision;
  settings.gap_tolerance = 0;
  settings.max_iterations = batch.iterations;
  settings.gap_every = gap_every;
  settings.threads = threads;
  quantal::Sweep sweep;
  sweep.tau = {{tau}};
  sweep.eta = {eta};

  const quantal::Results checked = quantal::solve(std::span(games).first(1), sweep, settings);
  const double error = fixed_point_error(std::get<NormalFormGame>(games[0]), checked.policies_of(0));
  if (!(error < (precision == quantal::Precision::float32 ? 1e-5 : 1e-10))) {
    state.SkipWithError(fmt::format("wrong answer: off its fixed point by {}", error).c_str());
    return;
  }
  double updates = 0;
  for (auto _ : state) {
    const quantal::Results results = quantal::solve(games, sweep, settings);
    benchmark::DoNotOptimize(results.policies.data());
    updates += static_cast<double>(batch.iterations) * static_cast<double>(batch.games);
  }
  const double payoffs = static_cast<double>(quantal::joint_actions(batch.actions) * batch.actions.size());
  const ceilings::Ceilings& most = ceilings_of(precision, threads);
  state.counters["game_iterations/s"] = benchmark::Counter(updates, benchmark::Counter::kIsRate);
  state.counters["payoff_flop/s"] = benchmark::Counter(2 * payoffs * updates, benchmark::Counter::kIsRate);
  state.counters["of_fma_peak"] =
      benchmark::Counter(payoffs * updates / most.multiply_adds, benchmark::Counter::kIsRate);
  state.counters["of_ceiling"] =
      benchmark::Counter(most.seconds_of_iteration(batch.actions) * updates, benchmark::Counter::kIsRate);
}

/// `runs` runs of one large game from different starts: the time of an iteration, as the difference of two solves,
/// beside that of reading the payoffs once.
void solve_large(benchmark::State& state, const std::vector<int>& actions, std::int64_t runs,
                 quantal::Precision precision, int threads) {
  const std::vector<Game> games = random_games(1, actions);
  const auto solve = [&](std::int64_t iterations) {
    quantal::Settings settings;
    settings.precision = precision;
    settings.gap_tolerance = 0;
    settings.max_iterations = iterations;
    settings.threads = threads;
    quantal::Sweep sweep;
    sweep.tau = {{tau}};
    sweep.eta = {eta};
    sweep.starts = runs;
    const auto begin = std::chrono::steady_clock::now();
    const quantal::Results results = quantal::solve(games, sweep, settings);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return std::pair(seconds, results);
  };
  const quantal::Results checked = solve(200).second;
  for (std::size_t r = 0; r < checked.size(); ++r) {
    const double error = fixed_point_error(std::get<NormalFormGame>(games[0]), checked.policies_of(r));
    if (error < (precision == quantal::Precision::float32 ? 1e-5 : 1e-10)) continue;
    state.SkipWithError(fmt::format("wrong answer: off its fixed point by {}", error).c_str());
    return;
  }
  const double scalar = precision == quantal::Precision::float32 ? sizeof(float) : sizeof(double);
  const double payoffs = static_cast<double>(quantal::joint_actions(actions) * actions.size());
  const auto bytes = static_cast<std::size_t>(payoffs * scalar);
  const int readers = threads > 0 ? threads : quantal::capabilities().threads;
  double bandwidth = 0;
  const auto few = static_cast<std::int64_t>(std::max(4.0, 2e7 / payoffs));
  IterationTime time(few, 5 * few);
  for (auto _ : state) {
    time.attempt(state, [&](std::int64_t iterations) { return solve(iterations).first; });
    bandwidth = std::max(bandwidth, ceilings::read_bandwidth(bytes, readers));
  }
  const double iteration = time.seconds();
  state.counters["read_bytes/s"] = bandwidth;
  state.counters["of_read_bandwidth"] = static_cast<double>(bytes) / bandwidth / iteration;
  state.counters["of_fma_peak"] =
      static_cast<double>(runs) * payoffs / iteration / ceilings_of(precision, threads).multiply_adds;
}

}  // namespace

int main(int argc, char** argv) {
  const quantal::Capabilities machine = quantal::capabilities();
  benchmark::AddCustomContext("quantal", std::string(quantal::version()) + ", " + machine.instruction_set + ", " +
                                             std::to_string(machine.threads) + " threads");
  for (const Case& batch : cases) {
    for (const auto precision : {quantal::Precision::float32, quantal::Precision::float64}) {
      for (const int threads : {1, 0}) {
        const std::string name = fmt::format("solve/shape:{}/{}/threads:{}", shape_name(batch.actions),
                                             precision == quantal::Precision::float32 ? "float" : "double",
                                             threads == 0 ? "all" : std::to_string(threads));
        benchmark::RegisterBenchmark(name.c_str(),
                                     [=](benchmark::State& state) { solve_batch(state, batch, precision, 0, threads); })
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
      }
    }
  }
  // Runs of one game, which share each reading of its payoffs; games larger than the caches.
  const std::pair<std::vector<int>, std::int64_t> large[] = {{{512, 512}, 1}, {{512, 512}, 16}, {{2048, 2048}, 1}};
  for (const auto& [actions, runs] : large) {
    for (const auto precision : {quantal::Precision::float32, quantal::Precision::float64}) {
      for (const int threads : {1, 0}) {
        const std::string name = fmt::format("large/shape:{}/runs:{}/{}/threads:{}", shape_name(actions), runs,
                                             precision == quantal::Precision::float32 ? "float" : "double",
                                             threads == 0 ? "all" : std::to_string(threads));
        benchmark::RegisterBenchmark(
            name.c_str(), [=](benchmark::State& state) { solve_large(state, actions, runs, precision, threads); })
            ->Unit(benchmark::kMillisecond)
            ->UseManualTime()
            ->Iterations(5);
      }
    }
  }
  // The cost of keeping every gap.
  for (const std::int64_t every : {1, 10}) {
    benchmark::RegisterBenchmark(
        fmt::format("solve/shape:2x2/double/threads:all/gap_every:{}", every).c_str(),
        [=](benchmark::State& state) { solve_batch(state, cases[0], quantal::Precision::float64, every, 0); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
