#pragma once

#include <cstddef>

namespace quantal::cli {

/// What a file descriptor leads to.
struct Terminal {
  bool interactive = false;   ///< a terminal that can rewrite a line
  bool colour = false;        ///< and a person who has not set NO_COLOR (https://no-color.org)
  std::size_t columns = 100;  ///< its width; 100 where it is no terminal
};

Terminal terminal_at(int file_descriptor);

}  // namespace quantal::cli
