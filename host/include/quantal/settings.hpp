#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace quantal {

enum class Precision : std::uint8_t { float32, float64 };

/// `automatic` takes CUDA if it is compiled in and a device answers, else the CPU.
enum class Backend : std::uint8_t { automatic, cpu, cuda };

/// How many threads work on one run. `automatic` chooses from the game's shape and the device; the others force
/// one, and are an InputError for a game that it cannot hold.
///
/// lane    one run a thread (CUDA: the small shapes listed in kernels/static_shapes.hpp) or a SIMD lane (CPU: all but
///         Markov games of more than 64 states, which have a core each)
/// warp    one run a tile of a warp, its payoffs in shared memory            (CUDA only)
/// block   one run a thread block, its payoffs in shared memory              (CUDA); a run a core, a large network on
/// all cores (CPU) stream  one run a whole grid, its payoffs read from device memory        (CUDA only)
enum class Tier : std::uint8_t { automatic, lane, warp, block, stream };

/// Which entropies the values of a Markov game count: tau times the agent's own in every state, or none (the logit
/// Markov QRE of Eibelshaeuser and Poensgen, 2019).
enum class MarkovEntropy : std::uint8_t { own, none };

/// What holds for every run of a call to `solve`.
struct Settings {
  /// A run has converged when its QRE gap, in payoff units, is at most this. 0: no run stops early, each makes
  /// exactly max_iterations updates. Not set: 2 tau delta^2 with delta = 1e-11 (float64) or 5e-6 (float32),
  /// which by Pinsker's inequality bounds by delta the total variation between each agent's policy and its logit
  /// response; in Markov games delta is 5e-6 / (1 - discount) with float32. For tau = 0 it is 1e-6. Range: >= 0,
  /// finite.
  std::optional<double> gap_tolerance;

  /// Updates a run makes at most. Range: >= 0.
  std::int64_t max_iterations = 100'000;

  /// The gap history holds iteration 0, every gap_every-th and the last. 0: no history. Range: >= 0.
  std::int64_t gap_every = 0;

  /// Arithmetic of the solver. Payoffs are always given, and policies always returned, in double.
  Precision precision = Precision::float64;

  Backend backend = Backend::automatic;

  Tier tier = Tier::automatic;

  /// CPU threads; 0: all cores. Results do not depend on it. Range: 0 .. 4096.
  int threads = 0;

  /// Seeds the random initial policies: start k of game g depends on (seed, first_game + g, k) only.
  std::uint64_t seed = 0;

  /// Number of the first game, where a batch is solved in several calls: random starts are then those of one call.
  /// Range: below 2^48, as is the number of the last game.
  std::uint64_t first_game = 0;

  MarkovEntropy markov_entropy = MarkovEntropy::own;

  /// Whether Results keeps the Q-values of Markov games; the values V are always there.
  bool keep_action_values = false;

  /// Memory for one chunk of the batch on the machine that computes. 0: chosen from what is free.
  std::size_t memory_bytes = 0;

  /// Throws InputError naming the first field that is out of its range.
  void validate() const;
};

}  // namespace quantal
