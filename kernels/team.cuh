#pragma once

/// Teams of GPU threads: see team.hpp for what a team offers. CUB does the reductions.

#include <cooperative_groups.h>
#include <cub/block/block_reduce.cuh>
#include <cub/warp/warp_reduce.cuh>

#include "kernels/real.hpp"
#include "kernels/team.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

struct MaxOrNan {
  template <class Real>
  __device__ Real operator()(Real x, Real y) const {
    return math::max_or_nan(x, y);
  }
};

/// `Width` neighbouring lanes of a warp, a power of two.
template <int Width>
class TileTeam {
 public:
  static constexpr bool serial = false;
  static constexpr bool has_units = false;

  __device__ explicit TileTeam(const cooperative_groups::thread_block& block)
      : tile_(cooperative_groups::tiled_partition<Width>(block)) {}

  __device__ int rank() const { return static_cast<int>(tile_.thread_rank()); }
  __device__ static constexpr int size() { return Width; }
  __device__ void sync() const { tile_.sync(); }

  template <class Real>
  __device__ Real sum(Real x) const {
    typename cub::WarpReduce<Real, Width>::TempStorage none;  // shuffles need no memory
    return tile_.shfl(cub::WarpReduce<Real, Width>(none).Sum(x), 0);
  }
  template <class Real>
  __device__ Real max(Real x) const {
    typename cub::WarpReduce<Real, Width>::TempStorage none;
    return tile_.shfl(cub::WarpReduce<Real, Width>(none).Reduce(x, MaxOrNan{}), 0);
  }
  /// The sum of the x of members rank, rank + apart, .. (`count` of them), for the members below `apart`.
  template <class Real>
  __device__ Real sum_apart(Real x, int apart, int count) const {
    int half = 1;
    while (2 * half < count) half *= 2;
    for (; half > 0; half /= 2) {
      const Real other = tile_.shfl_down(x, static_cast<unsigned>(half * apart));
      if (rank() + half * apart < count * apart) x += other;
    }
    return x;
  }

 private:
  cooperative_groups::thread_block_tile<Width, cooperative_groups::thread_block> tile_;
};

/// A thread block of `Threads` threads, more than one warp.
template <class Real, int Threads>
class BlockTeam {
  using Reduce = cub::BlockReduce<Real, Threads>;

 public:
  static constexpr bool serial = false;
  static constexpr bool has_units = false;

  struct Memory {
    typename Reduce::TempStorage reduce;
    Real result;
  };

  __device__ explicit BlockTeam(Memory& memory) : memory_(memory) {}

  __device__ int rank() const { return static_cast<int>(threadIdx.x); }
  __device__ static constexpr int size() { return Threads; }
  __device__ void sync() const { __syncthreads(); }

  __device__ Real sum(Real x) const { return broadcast(Reduce(memory_.reduce).Sum(x)); }
  __device__ Real max(Real x) const { return broadcast(Reduce(memory_.reduce).Reduce(x, MaxOrNan{})); }

 private:
  /// From thread 0 to all. The barriers inside the next reduction keep its result from overtaking a reader of this one.
  __device__ Real broadcast(Real x) const {
    if (threadIdx.x == 0) memory_.result = x;
    __syncthreads();
    return memory_.result;
  }

  Memory& memory_;
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
      : grid_(grid), block_(memory), warp_(cooperative_groups::this_thread_block()), slots_(slots) {}

  __device__ const TileTeam<32>& unit() const { return warp_; }
  __device__ int unit_index() const { return rank() / 32; }
  __device__ int units() const { return size() / 32; }

  __device__ int rank() const { return static_cast<int>(grid_.thread_rank()); }
  __device__ int size() const { return static_cast<int>(grid_.num_threads()); }
  __device__ void sync() const { grid_.sync(); }

  __device__ Real sum(Real x) const {
    const Real* slots = publish(block_.sum(x));
    Real total = 0;
    for (unsigned b = threadIdx.x; b < gridDim.x; b += Threads) total += slots[b];
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
