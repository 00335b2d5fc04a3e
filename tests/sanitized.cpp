#include "sanitized.hpp"

#if defined(__SANITIZE_ADDRESS__)
/// libhdf5 forgets some of its memory where it refuses damaged files.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libhdf5\n";
}
#endif
