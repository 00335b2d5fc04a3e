#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace quantal {

/// Calls body(t) on `threads` threads, t = 0 .. threads - 1, the caller's being one of them, and waits. The first
/// exception that any of them throws is thrown again here.
template <class Body>
void on_threads(int threads, const Body& body) {
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto guarded = [&](int t) {
    try {
      body(t);
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back(guarded, t);
    guarded(0);
  }
  if (failure) std::rethrow_exception(failure);
}

/// Calls body(begin, end) for consecutive ranges of at most `grain` that cover [0, count); threads take them as they
/// come.
template <class Body>
void for_ranges(int threads, std::int64_t count, std::int64_t grain, const Body& body) {
  std::atomic<std::int64_t> next{0};
  const std::int64_t ranges = (count + grain - 1) / grain;
  on_threads(static_cast<int>(ranges < threads ? ranges : threads), [&](int) {
    for (;;) {
      const std::int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= count) return;
      body(begin, begin + grain < count ? begin + grain : count);
    }
  });
}

/// `asked`, or the cores that this process may use.
int thread_count(int asked);

}  // namespace quantal
