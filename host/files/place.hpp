#pragma once

#include <string>
#include <string_view>

#include "quantal/error.hpp"

namespace quantal::files {

/// `text` with its control characters as \xNN, fit for a line of a message; UTF-8 stays.
std::string on_one_line(std::string_view text);

/// Throws InputError `place: reason`, in one line.
[[noreturn]] void fail_at(std::string_view place, std::string_view reason);

}  // namespace quantal::files
