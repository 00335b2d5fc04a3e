#pragma once

#include "arguments.hpp"
#include "options.hpp"

namespace quantal::cli {

/// What `quantal experiment` asks for. Throws InputError.
Command experiment_options(const Arguments& arguments);

}  // namespace quantal::cli
