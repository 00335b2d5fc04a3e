// How near `solve` comes to what this machine can do, for each shape with N agents of m actions: a table that shows
// where a shape falls off a cliff. One core, random games, whole calls, the gap evaluated at every iteration.
//
//     floor = max(seconds of the operations that an iteration needs, bytes of payoffs / bandwidth)
//
// Operations: Ceilings::seconds_of_iteration in ceilings.hpp. Bandwidth is that of reading an array of one game's size
// (or 16 KiB) again and again, and all ceilings are measured in the same run. A cell is floor / time in per cent.
//
//     build/cpu/bench/quantal_efficiency [float|double]

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/ceilings.hpp"
#include "quantal/analysis.hpp"
#include "quantal/generate.hpp"
#include "quantal/quantal.hpp"

#include <fmt/format.h>

namespace {

constexpr int actions[] = {2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64};
constexpr int most_agents = 6;
constexpr double most_payoffs = 4e6;

class Table {
 public:
  explicit Table(quantal::Precision precision)
      : precision_(precision), ceilings_(ceilings::measure(precision == quantal::Precision::float64, 1)) {}

  const ceilings::Ceilings& ceilings() const { return ceilings_; }

  /// floor / time.
  double efficiency(int agents, int m) {
    const double M = std::pow(m, agents);
    const double payoffs = agents * M;
    const double bytes = payoffs * (precision_ == quantal::Precision::float32 ? 4 : 8);
    const std::vector<int> shape(static_cast<std::size_t>(agents), m);
    const double floor = std::max(ceilings_.seconds_of_iteration(shape), bytes / bandwidth(bytes));
    return floor / seconds_of_iteration(agents, m, payoffs);
  }

 private:
  double bandwidth(double bytes) {
    // Smaller arrays measure the calls.
    const int size = static_cast<int>(std::ceil(std::log2(std::max(bytes, 16384.0))));
    const auto found = bandwidth_.find(size);
    if (found != bandwidth_.end()) return found->second;
    return bandwidth_[size] = ceilings::read_bandwidth(std::size_t{1} << size, 1);
  }

  /// The difference of two solves, so that what is done once a call does not count.
  double seconds_of_iteration(int agents, int m, double payoffs) const {
    quantal::NormalFormFamily family;
    family.kind = quantal::NormalFormKind::uniform;
    family.actions.assign(static_cast<std::size_t>(agents), m);
    const auto count = static_cast<std::size_t>(std::clamp(3e5 / payoffs, 1.0, 4096.0));
    std::vector<quantal::Game> games;
    for (std::size_t g = 0; g < count; ++g) games.emplace_back(quantal::generate(family, g));
    const auto few = static_cast<std::int64_t>(std::clamp(1e7 / (payoffs * static_cast<double>(count)), 4.0, 256.0));
    const double seconds = solve(games, 9 * few) - solve(games, few);
    return seconds / static_cast<double>(8 * few) / static_cast<double>(count);
  }

  double solve(const std::vector<quantal::Game>& games, std::int64_t iterations) const {
    quantal::Settings settings;
    settings.precision = precision_;
    settings.backend = quantal::Backend::cpu;
    settings.gap_tolerance = 0;
    settings.max_iterations = iterations;
    settings.threads = 1;
    quantal::Sweep sweep;
    sweep.tau = {{0.5}};
    sweep.eta = {0.4};
    double least = 1e300;
    for (int attempt = 0; attempt < 5; ++attempt) {
      const auto begin = std::chrono::steady_clock::now();
      const quantal::Results results = quantal::solve(games, sweep, settings);
      least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
      if (!(results.qre_gap[0] < 1)) throw std::runtime_error("a gap is not finite");
    }
    return least;
  }

  quantal::Precision precision_;
  ceilings::Ceilings ceilings_;
  std::map<int, double> bandwidth_;
};

void print_table(quantal::Precision precision) {
  Table table(precision);
  const char* name = precision == quantal::Precision::float32 ? "float" : "double";
  fmt::print("{}, {}, one core: {:.0f} GFLOP/s of multiply-adds, {:.2f} thousand million exponentials a second\n", name,
             quantal::capabilities().instruction_set, 2e-9 * table.ceilings().multiply_adds,
             1e-9 * table.ceilings().exponentials);
  fmt::print("{:>6}", "m");
  for (int agents = 2; agents <= most_agents; ++agents) fmt::print("{:>8}", fmt::format("N = {}", agents));
  fmt::print("\n");
  std::map<std::pair<int, int>, double> cells;  // by agents and place among `actions`
  for (int k = 0; k < static_cast<int>(std::size(actions)); ++k) {
    fmt::print("{:>6}", actions[k]);
    for (int agents = 2; agents <= most_agents; ++agents) {
      if (agents * std::pow(actions[k], agents) > most_payoffs) continue;
      const double cell = cells[{agents, k}] = table.efficiency(agents, actions[k]);
      fmt::print("{:>7.0f}%", 100 * cell);
      std::fflush(stdout);
    }
    fmt::print("\n");
  }
  for (const auto& [place, cell] : cells) {
    const auto [agents, k] = place;
    for (const auto& [other_agents, other] :
         {std::pair(agents - 1, k), {agents + 1, k}, {agents, k - 1}, {agents, k + 1}}) {
      const auto neighbour = cells.find({other_agents, other});
      if (neighbour == cells.end() || cell >= neighbour->second / 2) continue;
      fmt::print("under half of a neighbour: N = {}, m = {} ({:.0f} %) beside N = {}, m = {} ({:.0f} %)\n", agents,
                 actions[k], 100 * cell, other_agents, actions[other], 100 * neighbour->second);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string asked = argc > 1 ? argv[1] : "both";
  if (argc > 2 || (asked != "both" && asked != "float" && asked != "double")) {
    fmt::print(stderr, "quantal_efficiency: expected float, double or nothing\n");
    return 2;
  }
  try {
    if (asked != "double") print_table(quantal::Precision::float32);
    if (asked != "float") print_table(quantal::Precision::float64);
  } catch (const std::exception& error) {
    fmt::print(stderr, "quantal_efficiency: {}\n", error.what());
    return 1;
  }
  return 0;
}
