#pragma once

#include <cuda_runtime_api.h>

/// Throws BackendError, naming the call, CUDA's error and its place, unless the call succeeds.
#define QUANTAL_CUDA_CHECK(call)                                                                   \
  do {                                                                                             \
    const cudaError_t quantal_cuda_error = (call);                                                 \
    if (quantal_cuda_error != cudaSuccess) ::quantal::throw_cuda_error(quantal_cuda_error, #call); \
  } while (false)

namespace quantal {

[[noreturn]] void throw_cuda_error(cudaError_t error, const char* call);

}  // namespace quantal
