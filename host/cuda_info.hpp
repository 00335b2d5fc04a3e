#pragma once

#include <optional>
#include <string>
#include <utility>

#include "kernels/tuning.hpp"
#include "quantal/info.hpp"

namespace quantal {

/// Fills in the CUDA fields.
void describe_cuda(Capabilities& capabilities);

/// The calling thread's current device: its name and limits. Nothing if none answers.
std::optional<std::pair<std::string, kernels::DeviceLimits>> cuda_device();

}  // namespace quantal
