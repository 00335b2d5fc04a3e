#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench_options.hpp"
#include "commands.hpp"
#include "option_values.hpp"
#include "output.hpp"
#include "quantal/analysis.hpp"
#include "quantal/generate.hpp"
#include "quantal/info.hpp"
#include "quantal/solve.hpp"

namespace quantal::cli {

namespace {

constexpr auto options_of_bench = std::to_array<OptionText>({
    {"Options", "--precision", "both|float|double", "[default: both]"},
    {"", "--backend", "auto|cpu|cuda", "[default: auto, CUDA where a device answers]"},
    {"", "--devices", "N,N,..|all", "CUDA devices that share the games. [default: the first]"},
    {"", "--threads", "N", "CPU threads, 0 .. 4096; 0 is all cores. [default: 0]"},
    {"", "--seconds", "S", "How long each figure is measured, about, 0.001 .. 60. [default: 0.3]"},
    {"", "-h,--help", "", "This text."},
});

constexpr std::string_view introduction =
    R"(Measures how fast this machine solves batches of random games, some seconds in all.

Usage: quantal bench [OPTION...]
)";

constexpr std::string_view ending =
    R"(
A line is a batch of games of one shape. Its figures are of whole calls of the solver: games
are brought into its layout, updated by NPG with the gap evaluated at every iteration, and
policies are brought back. Before, its first game is solved to the end and checked: by its
certificate the policies must be the QRE, of Markov games their values must solve their
equation.
  games           how many there are in the batch
  M iterations/s  millions of game-iterations a second: games times updates
  GFLOP/s         what multiplying payoffs and policies alone takes, two operations a payoff

Examples
  quantal bench
  quantal bench --precision double --threads 1

Exit codes
  0  all was measured
  1  the backend failed, or an answer was wrong
  2  bad usage: one line on standard error
)";

/// A batch, and how it is updated.
struct Batch {
  std::string shape;
  std::vector<Game> games;
  double tau = 0;
  double eta = 0;
  double payoffs = 0;  // that an iteration multiplies; 0: not told
};

constexpr double kappa = 0.2;  // eta tau

template <class Family>
std::vector<Game> draw(const Family& family, std::size_t count) {
  std::vector<Game> games;
  for (std::size_t k = 0; k < count; ++k) games.emplace_back(generate(family, k));
  return games;
}

Batch normal_forms(std::vector<int> actions, std::size_t count) {
  NormalFormFamily family = normal_form_family(NormalFormKind::uniform);
  family.low = 0;
  family.actions = std::move(actions);
  Batch batch{fmt::format("{}", fmt::join(family.actions, "x")), draw(family, count)};
  const auto others = static_cast<double>(family.actions.size() - 1);
  batch.tau = 0.6 * others;  // certified: payoffs in [0, 1] interact by at most 2
  batch.eta = kappa / batch.tau;
  batch.payoffs = static_cast<double>(joint_actions(family.actions)) * (others + 1);
  return batch;
}

Batch networks(std::size_t count) {
  NetworkFamily family;
  family.graph = Graph::complete;
  family.payoffs = NetworkPayoffs::random;
  family.agents = 10;
  family.actions = {3};
  Batch batch{"network, 10 agents of 3", draw(family, count)};
  batch.tau = 10;  // certified: payoffs in [-1, 1] interact by at most 4 on each of 9 edges
  batch.eta = kappa / batch.tau;
  batch.payoffs = 10 * 9 * 3 * 3;
  return batch;
}

Batch markov_games(std::size_t count) {
  MarkovFamily family = markov_family(MarkovKind::random);
  family.states = 8;
  family.actions = {3};
  family.discount = 0.9;
  Batch batch{"Markov, 8 states of 3x3", draw(family, count)};
  batch.tau = 2;
  batch.eta = kappa * (1 - family.discount) / batch.tau;
  return batch;
}

Sweep sweep_of(const Batch& batch) {
  Sweep sweep;
  sweep.tau = {{batch.tau}};
  sweep.eta = {batch.eta};
  return sweep;
}

/// Throws Error where the first game's answer is not one.
void check(const Batch& batch, const Settings& settings) {
  const std::span<const Game> first = std::span(batch.games).first(1);
  const Results results = solve(first, sweep_of(batch), settings);
  if (!results.failure.empty()) throw Error(results.failure);
  const bool single = settings.precision == Precision::float32;
  double error = results.evaluation_residual[0];
  if (!std::holds_alternative<MarkovGame>(first[0])) {
    const std::vector<double> tau(agents_of(first[0]), batch.tau);
    const std::vector<double> bounds = distance_bound(first[0], tau, results.policies_of(0));
    error = *std::max_element(bounds.begin(), bounds.end());
  }
  if (results.status[0] == Status::converged && error <= (single ? 1e-3 : 1e-8)) return;
  throw Error(
      fmt::format("{}: wrong answer: {}, off by up to {:.2g}", batch.shape, to_string(results.status[0]), error));
}

/// Game-iterations a second.
double rate(const Batch& batch, Settings settings, double seconds) {
  settings.gap_tolerance = 0;
  settings.max_iterations = 16;
  for (;;) {
    const Results results = solve(batch.games, sweep_of(batch), settings);
    if (!results.failure.empty()) throw Error(results.failure);
    const double took = std::max(results.solve_seconds, 1e-6);
    if (took >= seconds / 2) {
      return static_cast<double>(batch.games.size()) * static_cast<double>(settings.max_iterations) / took;
    }
    const double factor = std::clamp(seconds / took, 2.0, 64.0);
    settings.max_iterations = static_cast<std::int64_t>(static_cast<double>(settings.max_iterations) * factor);
  }
}

void print_line(const std::string& line) {
  Output output("-");
  output.write(line);
  output.finish();
}

}  // namespace

const CommandText bench_command = {"bench", options_of_bench, introduction, ending};

BenchOptions bench_options(const Arguments& arguments) {
  BenchOptions options;
  if (!arguments.operands().empty()) {
    throw InputError(
        fmt::format("expected no operand, found '{}'; see quantal bench --help", arguments.operands().front()));
  }
  if (arguments.has("--precision")) {
    const std::size_t word = parse_word("--precision", arguments.value("--precision"), "both|float|double");
    if (word > 0) options.precisions = {word == 1 ? Precision::float32 : Precision::float64};
  }
  if (arguments.has("--backend")) {
    options.backend = static_cast<Backend>(parse_word("--backend", arguments.value("--backend"), "auto|cpu|cuda"));
  }
  if (arguments.has("--devices")) options.devices = parse_devices(arguments.value("--devices"));
  if (arguments.has("--threads")) {
    options.threads = static_cast<int>(parse_whole("--threads", arguments.value("--threads"), 0, 4096));
  }
  if (arguments.has("--seconds")) {
    options.seconds = parse_not_negative("--seconds", arguments.value("--seconds"));
    if (options.seconds < 1e-3 || options.seconds > 60) {
      throw InputError(fmt::format("--seconds {}: expected 0.001 to 60", arguments.value("--seconds")));
    }
  }
  return options;
}

int run(const BenchOptions& options) {
  Settings settings;
  settings.backend = options.backend;
  settings.devices = options.devices;
  settings.threads = options.threads;
  const auto word = [](Precision precision) { return precision == Precision::float32 ? "float" : "double"; };

  std::string head = fmt::format("{:<24}{:>8}", "", "games");
  for (const Precision precision : options.precisions) {
    head += fmt::format("{:>24}{:>10}", fmt::format("{}: M iterations/s", word(precision)), "GFLOP/s");
  }
  bool is_first = true;
  const auto measure = [&](const Batch& batch) {
    std::string line = fmt::format("{:<24}{:>8}", batch.shape, batch.games.size());
    for (const Precision precision : options.precisions) {
      settings.precision = precision;
      check(batch, settings);
      if (is_first) {
        const Results nothing = solve(std::span(batch.games).first(1), sweep_of(batch), settings);
        print_line(fmt::format("quantal {} on {}\n\n{}\n", version(), nothing.backend, head));
        is_first = false;
      }
      const double found = rate(batch, settings, options.seconds);
      const std::string flops = batch.payoffs > 0 ? fmt::format("{:.3g}", 2e-9 * batch.payoffs * found) : "";
      line += fmt::format("{:>24}{:>10}", fmt::format("{:.3g}", 1e-6 * found), flops);
    }
    print_line(line + "\n");
  };
  measure(normal_forms({2, 2}, 10'000));
  measure(normal_forms({3, 3}, 10'000));
  measure(normal_forms({4, 4}, 10'000));
  measure(normal_forms({8, 8}, 5'000));
  measure(normal_forms({16, 16}, 2'000));
  measure(normal_forms({32, 32}, 500));
  measure(normal_forms({128, 128}, 50));
  measure(normal_forms({512, 512}, 4));
  measure(normal_forms({2, 2, 2}, 10'000));
  measure(normal_forms({3, 3, 3}, 10'000));
  measure(normal_forms({10, 10, 10}, 200));
  measure(networks(2'000));
  measure(markov_games(2'000));
  return 0;
}

}  // namespace quantal::cli
