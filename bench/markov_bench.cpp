// Markov games: batches of small ones, whose values are found by elimination, and one of many states with few next
// ones, whose values are found iteratively. Answers are checked by plain sums before anything is timed.
//
// multiply-adds/s counts what one update of a game with N agents, S states and M rows (a state and a joint action, K
// next states each) takes when done the plain way:
//
//     N (N - 1) M       products of the others' policies, for each agent
//     M K + N M         transitions and rewards that the policies make of the game
//     S^3 / 3 + N S^2   values by elimination; in the large game instead N M K, as if one product with the transitions
//                       found them, so that no method gets credit for work that another one saves
//     N M (K + 1)       Q-values
//
// bytes/s is the floor of what is read: every reward and every transition probability once an update, large games' next
// states (4 bytes each) too. Games of a batch stay in the cache from update to update, so that this may be more than
// memory delivers.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/iteration_time.hpp"
#include "quantal/generate.hpp"
#include "quantal/quantal.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

namespace {

using quantal::Game;
using quantal::MarkovGame;
using quantal::Precision;

/// A game whose agents have equally many actions in all states.
struct Shape {
  std::size_t agents;
  std::size_t states;
  std::size_t actions;
  std::size_t rows;         // of a state
  std::size_t next_states;  // of a row

  explicit Shape(const quantal::MarkovFamily& family)
      : agents(static_cast<std::size_t>(family.agents)),
        states(static_cast<std::size_t>(family.states)),
        actions(static_cast<std::size_t>(family.actions[0])),
        rows(1),
        next_states(family.next_states > 0 ? static_cast<std::size_t>(family.next_states) : states) {
    for (std::size_t i = 0; i < agents; ++i) rows *= actions;
  }

  double multiply_adds(bool by_elimination) const {
    const auto N = static_cast<double>(agents);
    const auto S = static_cast<double>(states);
    const auto K = static_cast<double>(next_states);
    const double M = S * static_cast<double>(rows);
    const double linear = by_elimination ? S * S * S / 3 + N * S * S : N * M * K;
    return N * (N - 1) * M + M * K + N * M + linear + N * M * (K + 1);
  }

  double bytes(std::size_t scalar, bool sparse) const {
    const auto M = static_cast<double>(states * rows);
    const double probabilities = M * static_cast<double>(next_states);
    return static_cast<double>(scalar) * (static_cast<double>(agents) * M + probabilities) +
           (sparse ? 4 * probabilities : 0);
  }
};

/// max |pi_i(a | s) - softmax(Q_i(s, .) / tau)(a)|, values by sweeps over the states until they stand still.
double fixed_point_error(const MarkovGame& game, const Shape& shape, std::span<const double> policies, double tau) {
  const std::size_t S = shape.states;
  const std::size_t m = shape.actions;
  const auto policy = [&](std::size_t i, std::size_t s) { return policies.subspan((i * S + s) * m, m); };
  const auto action_of = [&](std::size_t joint, std::size_t i) {
    for (std::size_t j = i + 1; j < shape.agents; ++j) joint /= m;
    return joint % m;
  };
  double error = 0;
  for (std::size_t i = 0; i < shape.agents; ++i) {
    std::vector<double> v(S, 0.0);
    std::vector<double> q(S * m);
    for (int sweep = 0; sweep < 1000; ++sweep) {
      std::fill(q.begin(), q.end(), 0.0);
      for (std::size_t row = 0; row < S * shape.rows; ++row) {
        const std::size_t s = row / shape.rows;
        const std::size_t joint = row % shape.rows;
        double worth = 0;
        for (std::size_t k = 0; k < shape.next_states; ++k) {
          const std::size_t e = row * shape.next_states + k;
          worth += game.transitions[e] * v[game.is_sparse() ? static_cast<std::size_t>(game.next_state[e]) : k];
        }
        worth = game.rewards[i * S * shape.rows + row] + game.discount * worth;
        for (std::size_t j = 0; j < shape.agents; ++j) {
          if (j != i) worth *= policy(j, s)[action_of(joint, j)];
        }
        q[s * m + action_of(joint, i)] += worth;
      }
      double change = 0;
      for (std::size_t s = 0; s < S; ++s) {
        double value = 0;
        for (std::size_t a = 0; a < m; ++a) {
          const double p = policy(i, s)[a];
          value += p * (q[s * m + a] - (p > 0 ? tau * std::log(p) : 0));
        }
        change = std::max(change, std::fabs(value - v[s]));
        v[s] = value;
      }
      if (change < 1e-13 * tau) break;
    }
    for (std::size_t s = 0; s < S; ++s) {
      double* const own = q.data() + s * m;
      const double largest = *std::max_element(own, own + m);
      double sum = 0;
      for (std::size_t a = 0; a < m; ++a) sum += own[a] = std::exp((own[a] - largest) / tau);
      for (std::size_t a = 0; a < m; ++a) error = std::max(error, std::fabs(policy(i, s)[a] - own[a] / sum));
    }
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

/// eta = share (1 - discount) / tau
quantal::Sweep sweep_at(double tau, double share, double discount) {
  quantal::Sweep sweep;
  sweep.tau = {{tau}};
  sweep.eta = {share * (1 - discount) / tau};
  return sweep;
}

/// Whether the first game's equilibrium is where the solver says; tau is large enough for it to get there.
bool is_right(benchmark::State& state, std::span<const Game> games, const quantal::MarkovFamily& family,
              Precision precision) {
  constexpr double tau = 20;
  const quantal::Results results =
      quantal::solve(games.first(1), sweep_at(tau, 0.5, family.discount), settings_for(precision, 200, 0));
  const double error = fixed_point_error(std::get<MarkovGame>(games[0]), Shape(family), results.policies_of(0), tau);
  const bool right = error < (precision == Precision::float32 ? 1e-5 : 1e-10);
  if (!right) state.SkipWithError(fmt::format("wrong answer: off its fixed point by {}", error).c_str());
  return right;
}

std::size_t size_of_scalar(Precision precision) {
  return precision == Precision::float32 ? sizeof(float) : sizeof(double);
}

void solve_batch(benchmark::State& state, const quantal::MarkovFamily& family, std::size_t count, Precision precision,
                 std::int64_t gap_every, int threads) {
  constexpr std::int64_t iterations = 500;
  std::vector<Game> games;
  for (std::size_t g = 0; g < count; ++g) games.emplace_back(quantal::generate(family, g));
  if (!is_right(state, games, family, precision)) return;
  quantal::Settings settings = settings_for(precision, iterations, threads);
  settings.gap_every = gap_every;
  double updates = 0;
  for (auto _ : state) {
    const quantal::Results results = quantal::solve(games, sweep_at(1, 0.1, family.discount), settings);
    benchmark::DoNotOptimize(results.policies.data());
    updates += static_cast<double>(iterations) * static_cast<double>(count);
  }
  const Shape shape(family);
  const auto rate = [](double amount) { return benchmark::Counter(amount, benchmark::Counter::kIsRate); };
  state.counters["game_iterations/s"] = rate(updates);
  state.counters["multiply_adds/s"] = rate(updates * shape.multiply_adds(true));
  state.counters["bytes/s"] = rate(updates * shape.bytes(size_of_scalar(precision), false));
}

/// One game: the time of an update, as the difference of two solves.
void solve_large(benchmark::State& state, const quantal::MarkovFamily& family, Precision precision, int threads) {
  std::vector<Game> games;
  games.emplace_back(quantal::generate(family, 0));
  if (!is_right(state, games, family, precision)) return;
  const auto solve = [&](std::int64_t iterations) {
    return seconds_of([&] {
      const quantal::Results results =
          quantal::solve(games, sweep_at(1, 0.1, family.discount), settings_for(precision, iterations, threads));
      benchmark::DoNotOptimize(results.policies.data());
    });
  };
  IterationTime iteration(10, 110);
  for (auto _ : state) iteration.attempt(state, solve);
  const double rate = 1 / iteration.seconds();
  const Shape shape(family);
  state.counters["game_iterations/s"] = rate;
  state.counters["multiply_adds/s"] = rate * shape.multiply_adds(false);
  state.counters["bytes/s"] = rate * shape.bytes(size_of_scalar(precision), true);
}

[[maybe_unused]] const bool registered = [] {
  quantal::MarkovFamily small;
  small.agents = 2;
  small.states = 8;
  small.actions = {3};
  quantal::MarkovFamily large;
  large.agents = 3;
  large.states = 1000;
  large.actions = {3};
  large.next_states = 4;
  for (const auto precision : {Precision::float64, Precision::float32}) {
    const char* const scalar = precision == Precision::float32 ? "float" : "double";
    for (const int threads : {1, 0}) {
      const std::string on = threads == 0 ? "all" : std::to_string(threads);
      for (const std::int64_t every : {0, 1}) {
        benchmark::RegisterBenchmark(
            fmt::format("markov/8 states:2x3/{}/gap_every:{}/threads:{}", scalar, every, on).c_str(),
            [=](benchmark::State& state) { solve_batch(state, small, 10'000, precision, every, threads); })
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
      }
      benchmark::RegisterBenchmark(fmt::format("markov/1000 states, 4 next:3x3/{}/threads:{}", scalar, on).c_str(),
                                   [=](benchmark::State& state) { solve_large(state, large, precision, threads); })
          ->Unit(benchmark::kMillisecond)
          ->UseManualTime()
          ->Iterations(5);
    }
  }
  return true;
}();

}  // namespace
