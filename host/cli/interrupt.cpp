#include "interrupt.hpp"

#include <signal.h>

#include <atomic>
#include <initializer_list>

namespace quantal::cli {

namespace {

std::atomic<int> noted = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may not lock");

extern "C" void note(int signal) {
  noted = signal;
}

}  // namespace

void note_interrupts() {
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;

    struct sigaction action {};
    action.sa_handler = note;
    // The default comes back with the first signal, for the second; a write under way goes on.
    action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
  }
}

int noted_interrupt() {
  return noted;
}

}  // namespace quantal::cli
