#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace quantal::cli {

Terminal terminal_at(int file_descriptor) {
  Terminal terminal;
  if (isatty(file_descriptor) == 0) return terminal;

  const char* const type = std::getenv("TERM");
  const char* const no_colour = std::getenv("NO_COLOR");
  terminal.interactive = type != nullptr && std::string_view(type) != "dumb";
  terminal.colour = terminal.interactive && (no_colour == nullptr || *no_colour == '\0');

  winsize size{};
  if (ioctl(file_descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) terminal.columns = size.ws_col;
  return terminal;
}

}  // namespace quantal::cli
