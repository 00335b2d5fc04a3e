#include "host/files/trial.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "host/files/place.hpp"
#include "quantal/error.hpp"

namespace quantal::files {

void be_expendable() {
  // What a dying library says is no line of ours, and Ctrl-C is for the process that was started.
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, descriptor);
  signal(SIGINT, SIG_IGN);
  for (const int fatal : {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL, SIGPROF}) signal(fatal, SIG_DFL);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
}

void allow_time_for(std::uintmax_t bytes) {
  constexpr std::uintmax_t bytes_a_second = 10'000'000;
  constexpr std::uintmax_t most_seconds = 1'000'000;
  itimerval time{};
  time.it_value.tv_sec = 20 + static_cast<time_t>(std::min(bytes / bytes_a_second, most_seconds));
  setitimer(ITIMER_PROF, &time, nullptr);
}

void try_apart(const std::string& file, const std::function<void()>& read) {
  const pid_t child = fork();
  if (child < 0) {
    throw Error(fmt::format("no process to read {} with: {}", file, std::generic_category().message(errno)));
  }
  if (child == 0) {
    be_expendable();
    std::error_code unknown;
    const std::uintmax_t bytes = std::filesystem::file_size(file, unknown);
    allow_time_for(unknown ? 0 : bytes);
    try {
      read();
    } catch (...) {  // the same will be said here
    }
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail_at(file, "is damaged: the HDF5 library failed in reading it");
}

}  // namespace quantal::files
