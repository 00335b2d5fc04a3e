#include "host/histories.hpp"

#include "host/large_pages.hpp"

namespace quantal {

void grow(std::vector<double>& array, std::size_t size) {
  if (size > array.capacity()) {
    std::vector<double> larger;
    larger.reserve(std::max(size, 2 * array.capacity()));
    prefer_large_pages(larger.data(), larger.capacity() * sizeof(double));
    larger.insert(larger.end(), array.begin(), array.end());
    array.swap(larger);
  }
  array.resize(size);
}

}  // namespace quantal
