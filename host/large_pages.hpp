#pragma once

#include <cstddef>
#include <memory_resource>

namespace quantal {

/// Asks the system for large pages (2 MiB) wherever these bytes fill some, which must not have been touched. A hint: it
/// makes no difference but in time. First touches of small pages take longer than solving small games, and passes over
/// payoffs that are larger than the caches wait for the addresses of small pages, on virtual machines most of the time.
void prefer_large_pages(void* memory, std::size_t bytes);

/// Memory as from new, that of large arrays in large pages.
std::pmr::memory_resource* large_pages();

}  // namespace quantal
