#include "message.hpp"

#include <cstdio>
#include <string>

#include "display_text.hpp"

namespace quantal::cli {

void say(std::string_view text) {
  const std::string line = "quantal: " + one_line(text) + "\n";
  std::fputs(line.c_str(), stderr);
}

}  // namespace quantal::cli
