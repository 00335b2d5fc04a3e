#pragma once

#include "arguments.hpp"
#include "options.hpp"

namespace quantal::cli {

/// What `quantal fit` asks for. Throws InputError.
FitOptions fit_options(const Arguments& arguments);

}  // namespace quantal::cli
