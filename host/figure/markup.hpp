#pragma once

#include <string>
#include <string_view>

namespace quantal::figure {

/// Text that reads the same between the tags of HTML and XML and in their attributes, whatever it holds: markup is
/// escaped, control characters become spaces, and what is not UTF-8 or no character of XML U+FFFD.
std::string markup(std::string_view text);

}  // namespace quantal::figure
