#pragma once

#include "arguments.hpp"
#include "options.hpp"

namespace quantal::cli {

/// What `quantal report` asks for. Throws InputError.
ReportOptions report_options(const Arguments& arguments);

}  // namespace quantal::cli
