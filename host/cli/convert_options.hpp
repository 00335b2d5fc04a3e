#pragma once

#include "arguments.hpp"
#include "options.hpp"

namespace quantal::cli {

/// What `quantal convert` asks for. Throws InputError.
ConvertOptions convert_options(const Arguments& arguments);

}  // namespace quantal::cli
