#pragma once

#include <cstddef>

namespace quantal {

/// What action a wins from action b with a stake of 1, among m actions, m odd: 1 if (a - b) mod m is odd, 0 if they are
/// the same, else -1. Every action beats as many as beat it; of three, each beats the one before it.
inline int rock_paper_scissors(std::size_t a, std::size_t b, std::size_t m) {
  if (a == b) return 0;
  return (a + m - b) % m % 2 == 1 ? 1 : -1;
}

}  // namespace quantal
