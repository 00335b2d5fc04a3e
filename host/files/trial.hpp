#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace quantal::files {

// libhdf5 can crash on damaged files, or be busy with one for ever. What reads them is first tried in another process.

/// Has another process, a fork of this one, call `read`, which may throw. Throws InputError `file: ..` if that is the
/// end of it. To be called before other threads start.
void try_apart(const std::string& file, const std::function<void()>& read);

/// For a process that may die of what it reads: silent, without a core, not reached by Ctrl-C.
void be_expendable();

/// Ends this process if what it does next takes more time on the processor than reading so many bytes can.
void allow_time_for(std::uintmax_t bytes);

}  // namespace quantal::files
