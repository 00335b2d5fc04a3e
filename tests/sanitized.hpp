#pragma once

namespace quantal {

/// Whether a sanitizer watches the tests and the command, which takes many times their time and memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace quantal
