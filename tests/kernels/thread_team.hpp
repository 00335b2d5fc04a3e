#pragma once

/// A team of real CPU threads, so that ThreadSanitizer can look for a missing sync in the kernels' text.
///
/// Only sync() orders memory. Reductions pass their numbers in relaxed atomics and order nothing else, as little as a
/// GPU's warp shuffles do, so that no missing sync hides behind a reduction.

#include <atomic>
#include <barrier>
#include <bit>
#include <cstdint>
#include <thread>
#include <vector>

namespace quantal {

class ThreadTeam {
 public:
  static constexpr bool serial = false;
  static constexpr bool has_units = false;

  /// What the members share: room for so many reductions.
  class Shared {
   public:
    Shared(int members, std::size_t reductions)
        : members_(members), barrier_(members), slots_(reductions * static_cast<std::size_t>(members)) {
      for (auto& slot : slots_) slot.store(empty, std::memory_order_relaxed);
    }

   private:
    friend class ThreadTeam;
    // The bits of a not-a-number that no arithmetic makes.
    static constexpr std::uint64_t empty = 0x7ff8dead0000beef;

    int members_;
    std::barrier<> barrier_;
    std::vector<std::atomic<std::uint64_t>> slots_;  // (reductions, members) each used once
  };

  ThreadTeam(Shared& shared, int rank) : shared_(shared), rank_(rank) {}

  int rank() const { return rank_; }
  int size() const { return shared_.members_; }
  void sync() const { shared_.barrier_.arrive_and_wait(); }

  template <class Real>
  Real sum(Real x) const {
    return reduce(x, [](Real a, Real b) { return a + b; });
  }
  template <class Real>
  Real max(Real x) const {
    return reduce(x, [](Real a, Real b) { return a > b ? a : b; });
  }

 private:
  template <class Real, class Operation>
  Real reduce(Real x, Operation operation) const {
    std::atomic<std::uint64_t>* row = &shared_.slots_.at(made_++ * static_cast<std::size_t>(size()));
    row[rank_].store(std::bit_cast<std::uint64_t>(static_cast<double>(x)), std::memory_order_relaxed);
    Real result{};
    for (int r = 0; r < size(); ++r) {
      std::uint64_t bits = 0;
      while ((bits = row[r].load(std::memory_order_relaxed)) == Shared::empty) std::this_thread::yield();
      const auto value = static_cast<Real>(std::bit_cast<double>(bits));
      result = r == 0 ? value : operation(result, value);
    }
    return result;
  }

  Shared& shared_;
  int rank_;
  mutable std::size_t made_ = 0;
};

}  // namespace quantal
