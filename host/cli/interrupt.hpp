#pragma once

namespace quantal::cli {

/// From here on a first Ctrl-C (SIGINT) or SIGTERM is only noted, so that what is finished can still be written; a
/// second one ends the process at once. Signals that the parent process ignores stay ignored.
void note_interrupts();

/// The signal that was noted, or 0.
int noted_interrupt();

}  // namespace quantal::cli
