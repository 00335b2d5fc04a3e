#pragma once

/// Teams of GPU threads: see team.hpp for what a team offers. Reductions give their result to all members at once;
/// those of CUB give it to one, from whom the others would have to fetch it.

#include <cooperative_groups.h>

#include "kernels/real.hpp"
#include "kernels/team.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

struct Plus {
  template <class Real>
  __device__ Real operator()(Real x, Real y) const {
    return x + y;
  }
};

struct MaxOrNan {
  template <class Real>
  __device__ Real operator()(Real x, Real y) const {
    return math::max_or_nan(x, y);
  }
};

/// What other members of the warp hold: those whose number differs by the bits of `apart`; those `apart` places on.
template <class Real>
__device__ Real shuffle_xor(unsigned members, Real x, int apart, int width) {
  return __shfl_xor_sync(members, x, apart, width);
}
template <class Real>
__device__ Real shuffle_down(unsigned members, Real x, int apart, int width) {
  return __shfl_down_sync(members, x, static_cast<unsigned>(apart), width);
}

/// `Width` neighbouring lanes of a warp, a power of two, in blocks of one dimension. `Together`: all tiles of a warp
/// take the same branches, which saves them the instructions to meet before they exchange numbers.
template <int Width, bool Together = false>
class TileTeam {
 public:
  static constexpr bool serial = false;
  static constexpr bool has_units = false;

  __device__ TileTeam()
      : rank_(static_cast<int>(threadIdx.x % Width)),
        lanes_(Width == 32 || Together ? ~0u : ((1u << Width % 32) - 1) << (threadIdx.x % 32 / Width * Width)) {}

  __device__ int rank() const { return rank_; }
  __device__ static constexpr int size() { return Width; }
  __device__ void sync() const { __syncwarp(lanes_); }

  template <class Real>
  __device__ Real sum(Real x) const {
    return reduce(x, Plus{});
  }
  template <class Real>
  __device__ Real max(Real x) const {
    return reduce(x, MaxOrNan{});
  }
  /// Whether any member's x holds.
  __device__ bool any(bool x) const { return __any_sync(lanes_, x); }
  /// The sum of the x of members rank, rank + apart, .. (`count` of them), for the members below `apart`.
  template <class Real>
  __device__ Real sum_apart(Real x, int apart, int count) const {
    int half = 1;
    while (2 * half < count) half *= 2;
    for (; half > 0; half /= 2) {
      const Real other = shuffle_down(lanes_, x, half * apart, Width);
      if (rank() + half * apart < count * apart) x = x + other;
    }
    return x;
  }

 private:
  /// Neighbours first. Members that exchange numbers combine the same two, so all end with the same result.
  template <class Real, class Combine>
  __device__ Real reduce(Real x, Combine combine) const {
#pragma unroll
    for (int apart = 1; apart < Width; apart *= 2) x = combine(x, shuffle_xor(lanes_, x, apart, Width));
    return x;
  }

  int rank_;
  unsigned lanes_;
};

/// A thread block of `Threads` threads, more than one warp.
template <class Real, int Threads>
class BlockTeam {
  static constexpr int warps = Threads / 32;

 public:
  static constexpr bool serial = false;
  static constexpr bool has_units = false;

  struct alignas(16) Memory {
    Real of_warp[2][warps];
  };

  __device__ explicit BlockTeam(Memory& memory) : memory_(memory) {}
  BlockTeam(const BlockTeam&) = delete;  // which of the two halves is next is known to one only
  BlockTeam& operator=(const BlockTeam&) = delete;

  __device__ int rank() const { return static_cast<int>(threadIdx.x); }
  __device__ static constexpr int size() { return Threads; }
  __device__ void sync() const { __syncthreads(); }
  __device__ bool any(bool x) const { return __syncthreads_or(x); }

  __device__ Real sum(Real x) const { return over_warps(warp_.sum(x), Plus{}); }
  __device__ Real max(Real x) const { return over_warps(warp_.max(x), MaxOrNan{}); }

 private:
  /// In the warps' order. The halves take turns, so that the barrier of the next reduction keeps the one after it from
  /// overtaking a reader of this one.
  template <class Combine>
  __device__ Real over_warps(Real x, Combine combine) const {
    Real* of_warp = memory_.of_warp[odd_ ? 1 : 0];
    odd_ = !odd_;
    if (warp_.rank() == 0) of_warp[threadIdx.x / 32] = x;
    __syncthreads();
    Real total = of_warp[0];
    for_each(Const<warps - 1>{}, [&](auto w) { total = combine(total, of_warp[w + 1]); });
    return total;
  }

  Memory& memory_;
  TileTeam<32> warp_;
  mutable bool odd_ = false;
};

/// All blocks of a cooperative launch. `slots` is device memory for two numbers a block: reductions use the two halves
/// in turn, so that one barrier each is enough.
template <class Real, int Threads>
class GridTeam {
  using Block = BlockTeam<Real, Threads>;

 public:
  static constexpr bool serial = false;
  static constexpr bool has_units = true;  // warps

  __device__ GridTeam(const cooperative_groups::grid_group& grid, typename Block::Memory& memory, Real* slots)
      : grid_(grid), block_(memory), slots_(slots) {}

  __device__ const Block& block() const { return block_; }
  __device__ static int block_index() { return static_cast<int>(blockIdx.x); }
  __device__ static int blocks() { return static_cast<int>(gridDim.x); }
  __device__ const TileTeam<32>& unit() const { return warp_; }
  __device__ int unit_index() const { return rank() / 32; }
  __device__ int units() const { return size() / 32; }

  __device__ int rank() const { return static_cast<int>(grid_.thread_rank()); }
  __device__ int size() const { return static_cast<int>(grid_.num_threads()); }
  __device__ void sync() const { grid_.sync(); }

  __device__ Real sum(Real x) const {
    const Real* slots = publish(block_.sum(x));
    Real total = constant<Real>(0);
    for (unsigned b = threadIdx.x; b < gridDim.x; b += Threads) total = total + slots[b];
    return block_.sum(total);
  }
  __device__ Real max(Real x) const {
    const Real* slots = publish(block_.max(x));
    Real largest = slots[0];
    for (unsigned b = threadIdx.x; b < gridDim.x; b += Threads) largest = math::max_or_nan(largest, slots[b]);
    return block_.max(largest);
  }

 private:
  __device__ const Real* publish(Real x) const {
    Real* slots = slots_ + (odd_ ? gridDim.x : 0);
    odd_ = !odd_;
    if (threadIdx.x == 0) slots[blockIdx.x] = x;
    grid_.sync();
    return slots;
  }

  cooperative_groups::grid_group grid_;
  Block block_;
  TileTeam<32> warp_;
  Real* slots_;
  mutable bool odd_ = false;
};

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
