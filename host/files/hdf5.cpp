#include "host/files/hdf5.hpp"

#include <cstdlib>
#include <cstring>

namespace quantal::files {
namespace {

struct Reason {
  std::string innermost;
  int system_error = 0;
};

/// "file write failed: time = .., file descriptor = 7, errno = 28, error message = 'No space left on device', .."
herr_t note_reason(unsigned, const H5E_error2_t* error, void* reason_of_walk) {
  auto& reason = *static_cast<Reason*>(reason_of_walk);
  if (error->desc == nullptr || *error->desc == '\0') return 0;
  reason.innermost = error->desc;
  constexpr std::string_view of_the_system = "errno = ";
  const std::size_t at = reason.innermost.find(of_the_system);
  if (at != std::string::npos) reason.system_error = std::atoi(reason.innermost.c_str() + at + of_the_system.size());
  return 0;
}

}  // namespace

void prepare_hdf5() {
  static const bool done = [] {
    // Its locks fail on some file systems, and know nothing of processes that were killed.
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0);
    H5dont_atexit();  // which fails where somebody else has begun with the library
    return H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  }();
  static_cast<void>(done);
}

std::string hdf5_reason() {
  Reason reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, note_reason, &reason);  // from the call made here to where it failed
  if (reason.system_error != 0) return std::strerror(reason.system_error);
  return reason.innermost.empty() ? "unknown reason" : reason.innermost;
}

}  // namespace quantal::files
