#include "host/large_pages.hpp"

#include <algorithm>
#include <cstdint>

#if defined(__linux__)
#  include <sys/mman.h>
#endif

namespace quantal {

namespace {

constexpr std::size_t page_bytes = std::size_t{2} << 20;

class LargePages final : public std::pmr::memory_resource {
  static std::size_t aligned(std::size_t bytes, std::size_t alignment) {
    return bytes < page_bytes ? alignment : std::max(alignment, page_bytes);
  }

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    void* const memory = std::pmr::new_delete_resource()->allocate(bytes, aligned(bytes, alignment));
    prefer_large_pages(memory, bytes);
    return memory;
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    std::pmr::new_delete_resource()->deallocate(memory, bytes, aligned(bytes, alignment));
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace

void prefer_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__)
  const auto from = reinterpret_cast<std::uintptr_t>(memory);
  const auto begin = (from + page_bytes - 1) / page_bytes * page_bytes;
  const auto end = (from + bytes) / page_bytes * page_bytes;
  if (end > begin) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

std::pmr::memory_resource* large_pages() {
  static LargePages pages;
  return &pages;
}

}  // namespace quantal
