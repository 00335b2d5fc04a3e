#include "host/histories.hpp"

#include <cstdint>

#if defined(__linux__)
#  include <sys/mman.h>
#endif

namespace quantal {

void grow(std::vector<double>& array, std::size_t size) {
  if (size > array.capacity()) {
    std::vector<double> larger;
    larger.reserve(std::max(size, 2 * array.capacity()));
#if defined(__linux__)
    // A hint: whether it is taken makes no difference but in time.
    constexpr std::uintptr_t page = std::uintptr_t{2} << 20;
    const auto begin = (reinterpret_cast<std::uintptr_t>(larger.data()) + page - 1) / page * page;
    const auto end = reinterpret_cast<std::uintptr_t>(larger.data() + larger.capacity()) / page * page;
    if (end > begin) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
    larger.insert(larger.end(), array.begin(), array.end());
    array.swap(larger);
  }
  array.resize(size);
}

}  // namespace quantal
