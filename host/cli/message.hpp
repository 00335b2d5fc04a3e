#pragma once

#include <string_view>

namespace quantal::cli {

/// One line on standard error, whatever `text` holds.
void say(std::string_view text);

}  // namespace quantal::cli
