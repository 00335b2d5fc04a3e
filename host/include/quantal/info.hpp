#pragma once

#include <string>
#include <string_view>
#include <vector>

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

}  // namespace quantal
