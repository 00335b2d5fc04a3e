#pragma once

#include "quantal/info.hpp"

namespace quantal {

/// Fills in the CUDA fields.
void describe_cuda(Capabilities& capabilities);

}  // namespace quantal
