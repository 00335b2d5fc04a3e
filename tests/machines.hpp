#pragma once

/// Every way in which the library can compute the same thing: backend x tier x precision. A suite derived from
/// OnEveryMachine and instantiated with QUANTAL_ON_EVERY_MACHINE runs its tests on each. Those that need a CUDA device
/// have Cuda in their names and skip where none answers, unless the environment says QUANTAL_REQUIRE_CUDA=1.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <ostream>
#include <string>
#include <vector>

#include "oracle.hpp"
#include "oracle_markov.hpp"
#include "quantal/quantal.hpp"

namespace quantal {

struct Machine {
  Backend backend = Backend::cpu;
  Tier tier = Tier::automatic;
  Precision precision = Precision::float64;
  std::string isa;  // QUANTAL_CPU_ISA; empty: the best that this machine has

  bool cuda() const { return backend == Backend::cuda; }
  bool single() const { return precision == Precision::float32; }
  /// Whole blocks or grids work on one run: slow where threads are emulated.
  bool many_threads_a_run() const { return cuda() && (tier == Tier::block || tier == Tier::stream); }
  /// Whether the tier can hold games of this shape of a few thousand payoffs.
  bool holds(const std::vector<int>& actions) const;
  bool holds(const Game& game) const;
  Settings settings() const;
};

/// "CudaWarpFloat32"
std::string name_of(const Machine& machine);
inline std::ostream& operator<<(std::ostream& out, const Machine& machine) {
  return out << name_of(machine);
}

/// cpu: lane, block; cuda: lane, warp, block, stream; each in both precisions.
std::vector<Machine> machines();

/// The CPU's machines in each instruction set of the build.
std::vector<Machine> machines_by_instruction_set();

/// Whether a CUDA device answers, and if not, why.
bool cuda_is_there(std::string& why_not);

/// Skips the running test if it needs CUDA and there is none (or fails it, if CUDA is required). For SetUp.
#define QUANTAL_SKIP_WITHOUT_CUDA()                                                                   \
  do {                                                                                                \
    std::string why_not;                                                                              \
    if (quantal::cuda_is_there(why_not)) break;                                                       \
    const char* required = std::getenv("QUANTAL_REQUIRE_CUDA");                                       \
    if (required != nullptr && std::string(required) == "1") FAIL() << "no CUDA device: " << why_not; \
    GTEST_SKIP() << "no CUDA device: " << why_not;                                                    \
  } while (false)

class OnEveryMachine : public testing::TestWithParam<Machine> {
 protected:
  using Run = quantal::Run;  // testing::Test has a private Run of its own

  void SetUp() override;
  void TearDown() override;

  const Machine& machine() const { return GetParam(); }
  bool holds(const Game& game) const { return machine().holds(game); }

  /// Solves the runs with several numbers of threads, again, and in chunks of so many bytes: the same bits each time.
  void expect_the_same_with_threads_and_chunks(const std::vector<Game>& games, const std::vector<Run>& runs,
                                               Settings settings, std::initializer_list<std::size_t> bytes) const;
};

#define QUANTAL_ON_EVERY_MACHINE(Suite)                                             \
  INSTANTIATE_TEST_SUITE_P(Machines, Suite, testing::ValuesIn(quantal::machines()), \
                           [](const auto& instance) { return quantal::name_of(instance.param); })

// What tests do with results.

/// Of a normal form or network.
oracle::Game to_oracle(const Game& game);
oracle::MarkovGame to_oracle(const MarkovGame& game);

inline oracle::Entropy to_oracle(MarkovEntropy entropy) {
  return entropy == MarkovEntropy::own ? oracle::Entropy::own : oracle::Entropy::none;
}

/// Run r's policies, agent by agent, of a Markov game state by state.
oracle::Profile policies_of(const Results& results, std::size_t run, const Game& game);

/// Asserts that run `a` of `first` and run `b` of `second` agree in every bit: status, iterations, step, gaps,
/// policies, values and history.
void expect_same_bits(const Results& first, std::size_t a, const Results& second, std::size_t b);

/// Temperatures of a run's agents.
std::vector<double> temperatures_of(const Run& run, std::size_t agents);

std::vector<Game> games_of(const std::vector<NormalFormGame>& games);

}  // namespace quantal
