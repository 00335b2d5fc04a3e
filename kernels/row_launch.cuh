#pragma once

/// How the kernels that are compiled layout by layout are launched.

#include <type_traits>
#include <utility>

#include <cuda_runtime_api.h>

namespace quantal {
namespace kernels {
namespace {

/// launch(std::integral_constant<int, k>) for k = `layout`, one of `count`.
template <class Launch, int... Layout>
cudaError_t launch_layout(std::integer_sequence<int, Layout...>, int layout, const Launch& launch) {
  cudaError_t error = cudaErrorInvalidValue;
  ((Layout == layout && (error = launch(std::integral_constant<int, Layout>{}), true)) || ...);
  return error;
}
template <int count, class Launch>
cudaError_t launch_layout(int layout, const Launch& launch) {
  return launch_layout(std::make_integer_sequence<int, count>{}, layout, launch);
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
