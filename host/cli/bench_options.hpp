#pragma once

#include "arguments.hpp"
#include "options.hpp"

namespace quantal::cli {

/// Throws InputError.
BenchOptions bench_options(const Arguments& arguments);

}  // namespace quantal::cli
