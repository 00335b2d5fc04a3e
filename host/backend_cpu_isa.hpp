#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/chunk.hpp"

namespace quantal {

/// What one CPU worker asks of the thread pool around it. Pure interface, so that translation units compiled for newer
/// instruction sets carry no standard-library code that the linker could hand to an older machine.
template <class Scalar>
class RunFeed {
 public:
  static constexpr std::int32_t any_game = -1;
  /// The next run to work on, or -1: there is none, or its game is not the one asked for.
  virtual std::int64_t next(std::int32_t game = any_game) = 0;
  /// `count` evaluations of run r, the first at iteration `first`, `stride` numbers apart.
  virtual void evaluated(std::int64_t r, std::int64_t first, const Scalar* gaps, std::int64_t stride,
                         std::int64_t count, bool finished) = 0;
  /// `iterations` more were made by all runs of this worker. Returns whether to go on.
  virtual bool proceed(std::int64_t iterations) = 0;

 protected:
  ~RunFeed() = default;
};

/// Where the threads of a crew wait for each other.
class Meeting {
 public:
  /// Returns when all have called; what one wrote before, all see after.
  virtual void wait() = 0;

 protected:
  ~Meeting() = default;
};

/// Threads that work on one run after another together. `slots` is memory that they share, aligned to 64.
struct Crew {
  int rank = 0;
  int size = 1;
  Meeting* meeting = nullptr;
  void* slots = nullptr;
  static constexpr std::size_t slot_bytes = 64;  // a cache line each
  /// Bytes of `slots`.
  static constexpr std::size_t bytes(int size) { return (2 * static_cast<std::size_t>(size) + 2) * slot_bytes; }
};

/// Who is in the SIMD lanes of a core.
enum class Lanes {
  runs,        // another run and its game in each: the lane tier
  within,      // a run has the core to itself; lanes are actions or agents of it, as far as there is code for that
  shared_game  // another run in each, all of the same game, whose payoffs are read once for them (normal forms, and
               // networks of few actions)
};

/// Networks whose agents all have 2 to so many actions have code of their own. Where a core or a crew has one to
/// itself, its payoffs are reduced in double; see kernels/network_shape.hpp. Float keeps its digits for the payoffs of
/// the actions that neighbours play.
constexpr int most_few_actions = 4;
inline bool has_few_actions(const kernels::NetworkView& network) {
  return network.uniform >= 2 && network.uniform <= most_few_actions;
}

/// One instruction set's code.
template <class Scalar>
struct CpuKernels {
  /// Bytes that `work` needs for itself, or for all of a crew, to be aligned to 64.
  std::size_t (*worker_bytes)(const kernels::ChunkView<Scalar>& chunk, Lanes lanes, int crew);
  /// Takes runs from the feed and advances them until there is none left. In a crew of several (not where each lane has
  /// a game of its own) all call with the same memory, and the first one talks to the feed.
  void (*work)(const kernels::ChunkView<Scalar>& chunk, Lanes lanes, RunFeed<Scalar>& feed, void* memory,
               const Crew& crew);
  /// Runs in a SIMD pack.
  int lanes;
};

struct CpuIsa {
  const char* name;
  CpuKernels<float> float32;
  CpuKernels<double> float64;
};

// One for each instruction set in the build; see host/CMakeLists.txt.
extern const CpuIsa cpu_isa_baseline;
extern const CpuIsa cpu_isa_avx2;
extern const CpuIsa cpu_isa_avx512;

}  // namespace quantal
