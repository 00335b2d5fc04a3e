#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "quantal/game.hpp"
#include "quantal/settings.hpp"

namespace quantal {

/// "0.1.0"
std::string_view version();

/// What is in this build and on this machine.
struct Capabilities {
  std::string compiler;                       ///< "GCC 12.2.0"
  std::vector<std::string> instruction_sets;  ///< CPU code in this build, best last: {"sse2", "avx2", "avx512"}
  std::string instruction_set;                ///< the one that `solve` uses here
  int threads = 1;                            ///< cores that `solve` uses by default

  bool cuda_built = false;
  std::vector<std::string> cuda_architectures;  ///< device code in this build: {"75-real", "90", ..}
  std::string cuda_runtime;                     ///< version of the runtime, "13.0"; empty without CUDA
  std::vector<std::string> cuda_devices;        ///< "NVIDIA H100, compute capability 9.0, .."; empty: none answers
  std::string cuda_unavailable;                 ///< why there is no device, in one line; empty if there is one
};

/// Never throws because of a missing or broken device: it says so in `cuda_unavailable`.
Capabilities capabilities();

/// How the CUDA backend deals out the runs of a game.
struct CudaPlan {
  Tier tier = Tier::automatic;   ///< lane, warp, block or stream
  int threads = 0;               ///< that share a run
  int runs = 0;                  ///< that share a block of threads
  std::size_t shared_bytes = 0;  ///< of a block, as far as it depends on the game
  std::string payoffs;           ///< where they are while a run goes on: "registers", "shared memory", "device memory"
  double fullest_block = 1;      ///< of a network in the tier stream: payoffs of the block that has most, over the mean
  std::string device;            ///< for which the plan is; empty: an H100, since no device answers
};

/// The plan for a game by itself, in the settings' precision, tier, rule and kind of entropy. Without a device it is
/// that for an H100 (132 multiprocessors, 227 KiB of shared memory a block). Throws InputError if the game is not valid
/// or the tier cannot hold it.
CudaPlan cuda_plan(const Game& game, const Settings& settings = {});

}  // namespace quantal
