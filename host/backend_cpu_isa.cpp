// Compiled once for each instruction set, with QUANTAL_CPU_ISA_NAME and QUANTAL_CPU_ISA_TABLE naming it. Raw memory and
// plain interfaces only: see RunFeed.

#include "host/backend_cpu_isa.hpp"

#include "kernels/real_simd.hpp"
#include "kernels/static_shapes.hpp"
#include "kernels/workspace.hpp"

namespace quantal {
namespace {

using kernels::ChunkView;
using kernels::DynamicShape;
using kernels::NormalForm;
using kernels::RealTraits;
using kernels::RunState;
using kernels::SerialTeam;

/// Evaluations in a round of packs, whose lanes must stay in step with the windows and wait for the round's end once
/// finished.
constexpr int pack_round = kernels::window;

/// Evaluations in a round of a run that has its core to itself: long for small games, so that a round's overhead does
/// not show, short for large ones, so that a stop is heard within some tens of milliseconds.
int single_round(std::int64_t payoffs) {
  const std::int64_t evaluations = (std::int64_t{1} << 25) / (payoffs + 1);
  return static_cast<int>(evaluations < 1 ? 1 : evaluations > 1024 ? 1024 : evaluations);
}

template <class Real>
struct WorkerMemory {
  static constexpr bool packed = RealTraits<Real>::lanes > 1;

  static std::int64_t payoff_reals(std::int64_t payoffs) { return packed ? payoffs : 0; }
  static std::int64_t trace_reals(std::int64_t payoffs) { return packed ? pack_round : single_round(payoffs); }
};

/// Advances runs with one Real: a pack of runs, or one run.
template <class Real, class Shape>
class Worker {
  using Scalar = kernels::ScalarOf<Real>;
  static constexpr int lanes = RealTraits<Real>::lanes;
  static constexpr bool packed = lanes > 1;

 public:
  Worker(const ChunkView<Scalar>& chunk, const Shape& shape, RunFeed<Scalar>& feed, void* memory)
      : chunk_(chunk), shape_(shape), feed_(feed) {
    auto* reals = static_cast<Real*>(memory);
    payoffs_ = reals;
    reals += WorkerMemory<Real>::payoff_reals(chunk.game_payoffs);
    gaps_ = reals;
    reals += WorkerMemory<Real>::trace_reals(chunk.game_payoffs);
    state_ = kernels::place_workspace(reals, chunk.agents, chunk.actions);
  }

  void work() {
    for (int lane = 0; lane < lanes; ++lane) take_next(lane);
    const int round = packed ? pack_round : single_round(chunk_.game_payoffs);
    while (occupied_ > 0) {
      const int phase = packed ? 0 : static_cast<int>(done_[0] % kernels::window);
      for (int lane = 0; lane < lanes; ++lane) {
        kernels::lane_of(state_.evaluations, lane) =
            kernels::evaluations_left<Scalar>(chunk_.most_updates, done_[lane]);
      }
      const int made = advance(phase, round);
      std::int64_t updates = 0;
      for (int lane = 0; lane < lanes; ++lane) updates += collect(lane, made);
      if (any_finished_) retire();
      if (!feed_.proceed(updates)) break;
    }
  }

 private:
  /// Puts the next run into a lane; a lane without one holds an outcome other than `running` and stays frozen.
  void take_next(int lane) {
    const std::int64_t r = feed_.next();
    run_[lane] = r;
    done_[lane] = 0;
    finished_[lane] = false;
    if (r < 0) {
      idle(lane);
      return;
    }
    ++occupied_;
    done_[lane] = chunk_.iterations[r];
    const Scalar* payoffs = chunk_.payoffs + chunk_.game[r] * chunk_.game_payoffs;
    if constexpr (packed) {
      for (std::int64_t p = 0; p < chunk_.game_payoffs; ++p) kernels::lane_of(payoffs_[p], lane) = payoffs[p];
    } else {
      single_payoffs_ = payoffs;
    }
    kernels::load_run(SerialTeam{}, chunk_, shape_, r, lane, state_);
  }

  void idle(int lane) {
    if constexpr (packed) {
      for (std::int64_t p = 0; p < chunk_.game_payoffs; ++p) kernels::lane_of(payoffs_[p], lane) = Scalar(0);
    }
    for (int a = 0; a < chunk_.actions; ++a) kernels::lane_of(state_.theta[a], lane) = Scalar(0);
    kernels::AgentStep<Scalar> frozen{Scalar(1), Scalar(1), Scalar(1), Scalar(0)};
    const auto take = [](auto& mine, const auto& theirs) { mine = theirs; };
    for (int i = 0; i < chunk_.agents; ++i) kernels::for_fields(state_.steps[i], lane, frozen, take);
    kernels::RunMemory<Scalar> nothing{};
    nothing.outcome = Scalar(kernels::converged);
    kernels::for_fields(state_.memory, lane, nothing, take);
  }

  int advance(int phase, int round) {
    const auto trace = [gaps = gaps_](int k, const Real& gap) { gaps[k] = gap; };
    if constexpr (packed) {
      return advance_in(NormalForm<Real, Shape>{shape_, payoffs_}, phase, round, trace);
    } else {
      return advance_in(NormalForm<Real, Shape>{shape_, single_payoffs_}, phase, round, trace);
    }
  }

  template <class Game, class Trace>
  int advance_in(const Game& game, int phase, int round, const Trace& trace) {
    const kernels::NaturalPolicyGradient rule;
    const int made = kernels::solve_round(SerialTeam{}, game, rule, phase, round, state_, trace);
    if (kernels::math::any(state_.memory.outcome != kernels::constant<Real>(kernels::running))) {
      nash_ = kernels::nash_gap(SerialTeam{}, game, state_);
    }
    return made;
  }

  /// Brings one lane's counts up to date after a round; returns the updates it made.
  std::int64_t collect(int lane, int made) {
    const std::int64_t r = run_[lane];
    if (r < 0) return 0;
    finished_[lane] = kernels::lane_of(state_.memory.outcome, lane) != Scalar(kernels::running);
    const std::int64_t updates =
        finished_[lane] ? static_cast<std::int64_t>(kernels::lane_of(state_.finished_at, lane)) : made;
    feed_.evaluated(r, done_[lane], reinterpret_cast<const Scalar*>(gaps_) + lane, lanes,
                    finished_[lane] ? updates + 1 : updates, finished_[lane]);
    done_[lane] += updates;
    any_finished_ = any_finished_ || finished_[lane];
    return updates;
  }

  void retire() {
    for (int lane = 0; lane < lanes; ++lane) {
      if (run_[lane] < 0 || !finished_[lane]) continue;
      kernels::store_run(SerialTeam{}, chunk_, shape_, run_[lane], lane, done_[lane], state_);
      kernels::store_results(SerialTeam{}, chunk_, shape_, run_[lane], lane, state_, nash_);
      --occupied_;
      take_next(lane);
    }
    any_finished_ = false;
  }

  const ChunkView<Scalar>& chunk_;
  const Shape shape_;
  RunFeed<Scalar>& feed_;
  Real* payoffs_ = nullptr;                 // (game_payoffs) a game in each lane
  const Scalar* single_payoffs_ = nullptr;  // or one game where it lies
  Real* gaps_ = nullptr;                    // (round) gaps of the round
  RunState<Real> state_{};
  Real nash_{};
  std::int64_t run_[lanes] = {};   // -1: no run in this lane
  std::int64_t done_[lanes] = {};  // updates made
  bool finished_[lanes] = {};
  bool any_finished_ = false;
  int occupied_ = 0;
};

template <class Real, class Scalar>
std::size_t bytes_for(const ChunkView<Scalar>& chunk) {
  const std::int64_t reals = WorkerMemory<Real>::payoff_reals(chunk.game_payoffs) +
                             WorkerMemory<Real>::trace_reals(chunk.game_payoffs) +
                             kernels::workspace_reals(chunk.agents, chunk.actions, chunk.weights, 1);
  return static_cast<std::size_t>(reals) * sizeof(Real);
}

template <class Real, class Scalar>
void work_with(const ChunkView<Scalar>& chunk, RunFeed<Scalar>& feed, void* memory) {
  if constexpr (RealTraits<Real>::lanes > 1) {
    const bool known = kernels::with_static_shape(
        kernels::static_shape_index(chunk.table, chunk.agents),
        [&](auto shape) { Worker<Real, decltype(shape)>(chunk, shape, feed, memory).work(); });
    if (known) return;
  }
  const DynamicShape shape{chunk.table, chunk.agents, chunk.actions};
  Worker<Real, DynamicShape>(chunk, shape, feed, memory).work();
}

template <class Scalar>
using Pack = xsimd::batch<Scalar>;

template <class Scalar>
std::size_t worker_bytes(const ChunkView<Scalar>& chunk, bool lanes) {
  return lanes ? bytes_for<Pack<Scalar>>(chunk) : bytes_for<Scalar>(chunk);
}

template <class Scalar>
void work(const ChunkView<Scalar>& chunk, bool lanes, RunFeed<Scalar>& feed, void* memory) {
  if (lanes) {
    work_with<Pack<Scalar>>(chunk, feed, memory);
  } else {
    work_with<Scalar>(chunk, feed, memory);
  }
}

template <class Scalar>
constexpr CpuKernels<Scalar> kernels_for{worker_bytes<Scalar>, work<Scalar>, static_cast<int>(Pack<Scalar>::size)};

}  // namespace

extern const CpuIsa QUANTAL_CPU_ISA_TABLE{QUANTAL_CPU_ISA_NAME, kernels_for<float>, kernels_for<double>};

}  // namespace quantal
