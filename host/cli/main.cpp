#include <signal.h>

#include <exception>
#include <new>
#include <string_view>
#include <variant>

#include "commands.hpp"
#include "message.hpp"
#include "options.hpp"
#include "output.hpp"
#include "quantal/error.hpp"

namespace {

int complain(std::string_view what, int exit_code) {
  quantal::cli::say(what);
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace quantal;
  signal(SIGPIPE, SIG_IGN);  // a reader that has seen enough is noticed where we write
  signal(SIGXFSZ, SIG_IGN);  // so is a file that may grow no further
  try {
    const cli::Command command = cli::parse_arguments(argc, argv);
    return std::visit([](const auto& options) { return cli::run(options); }, command);
  } catch (const cli::ReaderGone&) {
    return 0;
  } catch (const InputError& error) {
    return complain(error.what(), 2);
  } catch (const std::bad_alloc&) {
    return complain("out of memory", 1);
  } catch (const std::exception& error) {
    return complain(error.what(), 1);
  }
}
