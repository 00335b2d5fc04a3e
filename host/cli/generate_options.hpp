#pragma once

#include "arguments.hpp"
#include "options.hpp"

namespace quantal::cli {

/// What `quantal generate` asks for: games, or text about them. Throws InputError.
Command generate_options(const Arguments& arguments);

}  // namespace quantal::cli
