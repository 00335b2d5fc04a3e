#pragma once

/// The threads of a run whose agents work side by side, each with threads of its own (row_layouts.hpp): the team of an
/// agent, whose members own `Actions` consecutive actions each, in arrays of their own; and the team of a run, an agent
/// team beside the other. See team.hpp for what a team offers.

#include "kernels/row_layouts.hpp"
#include "kernels/solve_kernels.cuh"
#include "kernels/team.cuh"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Threads of one warp.
template <class Real, int Lanes, int Actions>
class AgentLanes : public TileTeam<Lanes, true> {
 public:
  static constexpr int actions = Actions;
  static constexpr bool own_arrays = true;
  struct Memory {};

  /// `owned`: actions of this member, if it is above 0.
  __device__ AgentLanes(Memory*, int, int owned) : owned_(owned) {}

  __device__ bool together(bool x) const { return this->any(x); }
  /// Whether this member's action number a exists.
  __device__ bool owns(int a) const { return a < owned_; }

 private:
  int owned_;
};

/// `rank`-th of the `size` neighbouring threads of a warp that an agent has, for each of its actions one; `size` is at
/// most `Most`, a power of two.
template <class Real, int Most>
class AgentSegment {
 public:
  static constexpr bool serial = false;
  static constexpr bool has_units = false;
  static constexpr int actions = 1;
  static constexpr bool own_arrays = true;

  __device__ AgentSegment(int rank, int size)
      : rank_(rank), size_(size), first_(static_cast<int>(threadIdx.x % 32) - rank) {}

  __device__ int rank() const { return rank_; }
  __device__ int size() const { return size_; }
  __device__ void sync() const { __syncwarp(); }
  __device__ bool any(bool x) const { return __any_sync(~0u, x); }
  __device__ bool together(bool x) const { return any(x); }
  __device__ static bool owns(int) { return true; }

  __device__ Real sum(Real x) const { return reduce(x, Plus{}); }
  __device__ Real max(Real x) const { return reduce(x, MaxOrNan{}); }

 private:
  /// By the first member, from whom all get it.
  template <class Combine>
  __device__ Real reduce(Real x, Combine combine) const {
#pragma unroll
    for (int apart = 1; apart < Most; apart *= 2) {
      const Real other = __shfl_down_sync(~0u, x, apart);
      if (rank_ + apart < size_) x = combine(x, other);
    }
    return __shfl_sync(~0u, x, first_);
  }

  int rank_;
  int size_;
  int first_;
};

/// Whole warps of a block that has a run.
template <class Real, int Lanes, int Actions>
class AgentWarps {
  static constexpr int warps = Lanes / 32;

 public:
  static constexpr bool serial = false;
  static constexpr bool has_units = false;
  static constexpr int actions = Actions;
  static constexpr bool own_arrays = true;

  struct alignas(16) Memory {
    Real of_warp[2][warps];
  };

  __device__ AgentWarps(Memory* memory, int agent, int owned)
      : memory_(memory[agent]), barrier_(1 + agent), owned_(owned) {}
  AgentWarps(const AgentWarps&) = delete;  // as BlockTeam
  AgentWarps& operator=(const AgentWarps&) = delete;

  __device__ int rank() const { return static_cast<int>(threadIdx.x) % Lanes; }
  __device__ static constexpr int size() { return Lanes; }
  /// A barrier of the agent's threads: another agent may need more reductions.
  __device__ void sync() const { asm volatile("bar.sync %0, %1;" ::"r"(barrier_), "n"(Lanes) : "memory"); }
  __device__ bool owns(int a) const { return a < owned_; }

  __device__ Real sum(Real x) const { return over_warps(warp_.sum(x), Plus{}); }
  __device__ Real max(Real x) const { return over_warps(warp_.max(x), MaxOrNan{}); }
  __device__ bool any(bool x) const {
    int result;
    asm volatile(
        "{\n.reg .pred mine, all;\nsetp.ne.s32 mine, %1, 0;\nbar.red.or.pred all, %2, %3, mine;\n"
        "selp.s32 %0, 1, 0, all;\n}"
        : "=r"(result)
        : "r"(static_cast<int>(x)), "r"(barrier_), "n"(Lanes)
        : "memory");
    return result != 0;
  }

 private:
  /// As BlockTeam's.
  template <class Combine>
  __device__ Real over_warps(Real x, Combine combine) const {
    Real* of_warp = memory_.of_warp[odd_ ? 1 : 0];
    odd_ = !odd_;
    if (warp_.rank() == 0) of_warp[rank() / 32] = x;
    sync();
    Real total = of_warp[0];
    for_each(Const<warps - 1>{}, [&](auto w) { total = combine(total, of_warp[w + 1]); });
    return total;
  }

  Memory& memory_;
  int barrier_;
  int owned_;
  TileTeam<32> warp_;
  mutable bool odd_ = false;
};

template <class Real, int Lanes, int Actions>
using AgentTeam = std::conditional_t<(Lanes > 32), AgentWarps<Real, Lanes, Actions>, AgentLanes<Real, Lanes, Actions>>;

/// The run's threads where they are some lanes of a warp. All runs of a warp stay together, as those of a SIMD pack do.
/// `Lanes` neighbours at least are an agent's.
template <class Real, int Lanes, int Actions, class AgentType = AgentTeam<Real, Lanes, Actions>>
class TileRun {
 public:
  static constexpr bool serial = false;
  static constexpr bool has_units = false;
  static constexpr bool own_arrays = true;
  using Agent = AgentType;
  struct Memory {};

  /// `kept`: nothing is to be written of other runs, which have no member 0.
  __device__ TileRun(const Agent& agent, Memory&, int threads, int number, bool kept)
      : agent_(agent), threads_(threads), number_(number), kept_(kept) {}

  __device__ const Agent& agent() const { return agent_; }
  __device__ int rank() const { return kept_ ? number_ : -1; }
  __device__ int size() const { return threads_; }
  __device__ void sync() const { __syncwarp(); }
  __device__ bool together(bool x) const { return __any_sync(~0u, x); }
  /// The largest x of all agents. `Two`: there are two.
  template <bool Two>
  __device__ Real largest_of_agents(Real x) const {
    if constexpr (Two) {
      return math::max_or_nan(x, __shfl_xor_sync(~0u, x, Lanes));
    } else {
      QUANTAL_GPU_ROLLED
      for (int apart = Lanes; apart < threads_; apart *= 2) {
        const Real other = __shfl_down_sync(~0u, x, apart);
        if (number_ + apart < threads_) x = math::max_or_nan(x, other);
      }
      return __shfl_sync(~0u, x, static_cast<int>(threadIdx.x % 32) - number_);
    }
  }

 private:
  const Agent& agent_;
  int threads_;
  int number_;
  bool kept_;
};

/// The run's threads where they are a block.
template <class Real, int Lanes, int Actions>
class BlockRun {
 public:
  static constexpr bool serial = false;
  static constexpr bool has_units = false;
  static constexpr bool own_arrays = true;
  using Agent = AgentTeam<Real, Lanes, Actions>;
  static constexpr int most_agents = 32;
  struct Memory {
    Real of_agent[2][most_agents];
  };

  __device__ BlockRun(const Agent& agent, Memory& memory, int, int, bool) : agent_(agent), memory_(memory) {}
  BlockRun(const BlockRun&) = delete;  // as BlockTeam
  BlockRun& operator=(const BlockRun&) = delete;

  __device__ const Agent& agent() const { return agent_; }
  __device__ int rank() const { return static_cast<int>(threadIdx.x); }
  __device__ int size() const { return static_cast<int>(blockDim.x); }
  __device__ void sync() const { __syncthreads(); }
  template <bool Two>
  __device__ Real largest_of_agents(Real x) const {
    Real* of_agent = memory_.of_agent[odd_ ? 1 : 0];
    odd_ = !odd_;
    if (agent_.rank() == 0) of_agent[threadIdx.x / Lanes] = x;
    __syncthreads();
    x = of_agent[0];
    const int agents = Two ? 2 : size() / Lanes;
    QUANTAL_GPU_ROLLED
    for (int i = 1; i < agents; ++i) x = math::max_or_nan(x, of_agent[i]);
    return x;
  }

 private:
  const Agent& agent_;
  Memory& memory_;
  mutable bool odd_ = false;
};

/// The team of runs of a layout.
template <class Real, bool Block, int Lanes, int Actions>
using RunTeam = std::conditional_t<Block, BlockRun<Real, Lanes, Actions>, TileRun<Real, Lanes, Actions>>;

/// Teams whose members have arrays of their own: each goes through all of them.
template <class Team>
concept HasOwnArrays = Team::own_arrays;

template <HasOwnArrays Team, int N, class F>
__device__ void for_each(const Team&, Const<N> n, F&& f) {
  for_each(n, f);
}
template <HasOwnArrays Team, class Index, class Real>
__device__ Real if_owned(const Team& team, Index a, const Real& x, const Real& otherwise) {
  return team.owns(a) ? x : otherwise;
}

/// 16 bytes, read at once.
template <class Real, int N>
struct alignas(16) RealVector {
  static_assert(N * sizeof(Real) == 16);
  Real x[N];
};

/// Numbers in 16 bytes.
template <class Real>
constexpr int of_vector = 16 / static_cast<int>(sizeof(Real));

/// N numbers from shared memory, aligned for vectors, of which the last may reach beyond them; `Apart`: every so many
/// vectors.
template <int Apart = 1, int N, class Real>
__device__ __forceinline__ void read_vectors(const Real* from, Real (&to)[N]) {
  constexpr int size = of_vector<Real>;
  using Vector = RealVector<Real, size>;
  for_each(Const<(N + size - 1) / size>{}, [&](auto k) {
    const Vector vector = reinterpret_cast<const Vector*>(from)[k * Apart];
    for_each(Const<(N - k * size < size ? N - k * size : size)>{}, [&](auto e) { to[k * size + e] = vector.x[e]; });
  });
}

/// N numbers to shared memory, aligned for vectors, of which they fill some.
template <int N, class Real>
__device__ __forceinline__ void write_vectors(const Real (&from)[N], Real* to) {
  constexpr int size = of_vector<Real>;
  static_assert(N % size == 0);
  for_each(Const<N / size>{}, [&](auto k) {
    RealVector<Real, size> vector;
    for_each(Const<size>{}, [&](auto e) { vector.x[e] = from[k * size + e]; });
    reinterpret_cast<RealVector<Real, size>*>(to)[k] = vector;
  });
}

/// The sums over a group's threads of each of its actions; the thread whose number in the group is a gets total[a].
template <int Split, int Actions, class Real>
__device__ __forceinline__ Real exchange_sums(Real (&total)[Actions], int number) {
#pragma unroll
  for (int apart = Split / 2; apart >= Actions; apart /= 2) {
    for_each(Const<Actions>{}, [&](auto a) { total[a] += __shfl_xor_sync(~0u, total[a], apart); });
  }
#pragma unroll
  for (int half = Actions / 2; half > 0; half /= 2) {
    const bool upper = (number & half) != 0;
#pragma unroll
    for (int a = 0; a < half; ++a) {
      const Real sent = upper ? total[a] : total[a + half];
      const Real kept = upper ? total[a + half] : total[a];
      total[a] = kept + __shfl_xor_sync(~0u, sent, half);
    }
  }
  return total[0];
}

/// Which run a thread works on.
struct RunOfThread {
  int slot;        // of the block's runs
  int rank;        // among the run's threads; beyond them: the thread idles at the end of a warp
  bool kept;       // false: a copy of the last run, made beside it to fill a warp
  bool found;      // false: nor is there a run for any thread of this warp
  std::int64_t r;  // of the chunk
};

/// Runs take `threads` threads each. Those of a warp stay together, so it is filled.
template <class Real>
__device__ RunOfThread run_of_thread(const RoundView<Real>& round, int threads) {
  const auto thread = static_cast<int>(threadIdx.x);
  const std::int64_t first = std::int64_t{blockIdx.x} * runs_of_block(threads, static_cast<int>(blockDim.x));
  const std::int64_t last = round.active_count - 1;
  const int of_warp = threads > 32 ? 0 : 32 / threads;
  const int before = thread / 32 * of_warp;  // runs of the warps before
  const int place = of_warp == 0 ? 0 : min(thread % 32 / threads, of_warp - 1);
  const int slot = before + place;
  const std::int64_t index = first + slot;
  return {slot, (of_warp == 0 ? thread : thread % 32) - place * threads, index <= last, first + before <= last,
          round.active[index <= last ? index : last]};
}

/// Where a thread stands in the chunk's arrays.
struct RowPlace {
  int agent;    // -1: the thread is idle
  int first;    // the first of its actions among all agents' actions
  int actions;  // it has
  bool kept;    // whether this run's results are

  __device__ Const<1> agents() const { return {}; }  // that a thread works for
};

/// What games have in common whose agents work side by side: a thread holds `Actions` actions. `Two`: of two agents.
template <int Actions, bool Two, class Place = RowPlace>
struct SideBySide {
  Place shape;
};

template <Uses uses, class Team, class Real, int Actions, bool Two, class Place, class F>
__device__ void for_agents(const Team& team, const SideBySide<Actions, Two, Place>&, RunState<Real>& run, F&& f,
                           Real* largest = nullptr) {
  Real gap{};
  f(team.agent(), AgentNumbers<Real, Const<Actions>>{{}, run.steps, run.theta, run.pi, run.rbar, &gap});
  if (largest == nullptr) return;
  if constexpr (uses.writes_gap) *run.agent_gap = gap;
  *largest = largest_or_nan(*largest, gap);
}

template <class Team, class Real, int Actions, bool Two, class Place>
__device__ Real largest_of_agents(const Team& team, const SideBySide<Actions, Two, Place>&, const Real& mine) {
  return team.template largest_of_agents<Two>(mine);
}

/// Brings a run to the threads: each takes its actions and its agent's step.
template <class Team, class Real>
__device__ void load_run(const Team&, const ChunkView<Real>& chunk, const RowPlace& place, std::int64_t r, int,
                         RunState<Real>& run) {
  const auto take = [](auto& mine, const auto& theirs) { mine = theirs; };
  for_each(Const<Team::Agent::actions>{},
           [&](auto a) { run.theta[a] = a < place.actions ? chunk.theta[r * chunk.actions + place.first + a] : 0; });
  const int agent = place.agent < 0 ? 0 : place.agent;
  for_fields(run.steps[0], 0, chunk.steps[r * chunk.agents + agent], take);
  for_fields(run.memory, 0, chunk.memory[r], take);
}

template <class Team, class Real>
__device__ void store_run(const Team& team, const ChunkView<Real>& chunk, const RowPlace& place, std::int64_t r, int,
                          std::int64_t iterations, RunState<Real>& run) {
  const auto give = [](const auto& mine, auto& theirs) { theirs = mine; };
  if (place.agent < 0 || !place.kept) return;
  for_each(Const<Team::Agent::actions>{}, [&](auto a) {
    if (a < place.actions) chunk.theta[r * chunk.actions + place.first + a] = run.theta[a];
  });
  if (team.agent().rank() == 0) for_fields(run.steps[0], 0, chunk.steps[r * chunk.agents + place.agent], give);
  if (team.rank() != 0) return;
  for_fields(run.memory, 0, chunk.memory[r], give);
  chunk.iterations[r] = iterations;
}

template <class Team, class Real>
__device__ void store_results(const Team& team, const ChunkView<Real>& chunk, const RowPlace& place, std::int64_t r,
                              int, RunState<Real>& run) {
  if (place.agent < 0 || !place.kept) return;
  for_each(Const<Team::Agent::actions>{}, [&](auto a) {
    if (a < place.actions) chunk.pi[r * chunk.actions + place.first + a] = run.pi[a];
  });
  if (team.agent().rank() == 0) chunk.agent_gap[r * chunk.agents + place.agent] = *run.agent_gap;
  if (team.rank() == 0) chunk.nash_gap[r] = run.nash_gap;
}

}  // namespace QUANTAL_ISA

namespace {

/// A round of run r; a member's numbers are its own.
template <class Team, class Real, class Game>
__device__ void advance_side_by_side(const Team& team, const ChunkView<Real>& chunk, const RoundView<Real>& round,
                                     const Game& game, std::int64_t r) {
  constexpr int actions = Team::Agent::actions;
  AgentStep<Real> step;
  Real theta[actions];
  Real pi[actions];
  Real rbar[actions];
  Real gap = 0;
  Real value = 0;  // of a Markov game
  RunState<Real> run{};
  run.steps = &step;
  run.theta = theta;
  run.pi = pi;
  run.rbar = rbar;
  run.agent_gap = &gap;
  run.scratch = &value;
  advance_run<NaturalPolicyGradient>(team, chunk, round, game, r, run);
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
