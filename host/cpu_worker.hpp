#pragma once

/// A CPU worker: the loop of runs around kernels/solve_run.hpp. For the files that are compiled once for each
/// instruction set; raw memory and plain interfaces only, see RunFeed.

#include <type_traits>

#include "host/backend_cpu_isa.hpp"
#include "kernels/agents_in_lanes.hpp"
#include "kernels/normal_form_cores.hpp"
#include "kernels/real_simd.hpp"
#include "kernels/workspace.hpp"

namespace quantal {
namespace {

using kernels::ChunkView;
using kernels::RealTraits;
using kernels::RunState;
using kernels::SerialTeam;

/// A crew's threads as a team whose units they are; see kernels/team.hpp. Reductions use the two halves of the slots in
/// turn, so that one meeting each is enough. A crew may be one thread.
class CoreTeam {
 public:
  static constexpr bool serial = false;
  static constexpr bool has_units = true;
  static constexpr bool of_cores = true;

  explicit CoreTeam(const Crew& crew) : crew_(crew) {}

  int rank() const { return crew_.rank; }
  int size() const { return crew_.size; }
  void sync() const {
    if (crew_.size > 1) crew_.meeting->wait();
  }
  SerialTeam unit() const { return {}; }
  int unit_index() const { return crew_.rank; }
  int units() const { return crew_.size; }

  template <class Real>
  Real max(const Real& x) const {
    static_assert(sizeof(Real) <= Crew::slot_bytes);
    if (crew_.size == 1) return x;
    odd_ = !odd_;
    slot<Real>(crew_.rank) = x;
    sync();
    Real largest = slot<Real>(0);
    for (int r = 1; r < crew_.size; ++r) largest = kernels::largest_or_nan(largest, slot<Real>(r));
    return largest;
  }

  /// The first one's number, for all.
  std::int64_t announce(std::int64_t number) const {
    if (crew_.size == 1) return number;
    odd_ = !odd_;
    auto& message = slot<std::int64_t>(crew_.size);
    if (crew_.rank == 0) message = number;
    sync();
    return message;
  }

 private:
  template <class T>
  T& slot(int r) const {
    const int at = (odd_ ? crew_.size + 1 : 0) + r;
    return *reinterpret_cast<T*>(static_cast<unsigned char*>(crew_.slots) +
                                 static_cast<std::size_t>(at) * Crew::slot_bytes);
  }

  const Crew& crew_;
  mutable bool odd_ = false;
};

/// Cores take neighbouring work, not every other piece of it: found by the kernels in place of their own.
template <class F>
void for_each(const CoreTeam& team, int n, F&& f) {
  const auto at = [&](int r) { return static_cast<int>(std::int64_t{n} * r / team.size()); };
  const int end = at(team.rank() + 1);
  for (int i = at(team.rank()); i < end; ++i) f(i);
}

std::int64_t announce(const SerialTeam&, std::int64_t number) {
  return number;
}
[[maybe_unused]] std::int64_t announce(const CoreTeam& team, std::int64_t number) {
  return team.announce(number);
}

template <class Scalar>
using Pack = xsimd::batch<Scalar>;

/// Evaluations in a round of packs, whose lanes must stay in step with the windows and wait for the round's end once
/// finished.
constexpr int pack_round = kernels::window;

/// Evaluations in a round of a run that has its core to itself: long for small games, so that a round's overhead does
/// not show, short for large ones, so that a stop is heard within some tens of milliseconds.
template <class Scalar>
int single_round(const ChunkView<Scalar>& chunk) {
  // The values of many states take some dozens of passes over a matrix not much smaller than the payoffs.
  const bool iterates = chunk.markov.agents > 0 && chunk.markov.direct == 0;
  const std::int64_t evaluations = (std::int64_t{1} << (iterates ? 20 : 25)) / (chunk.game_payoffs + 1);
  return static_cast<int>(evaluations < 1 ? 1 : evaluations > 1024 ? 1024 : evaluations);
}

/// Reals of a worker's memory: payoffs of the games in the lanes of a pack, gaps of a round, workspace with the scratch
/// of a crew.
struct WorkerReals {
  std::int64_t payoffs = 0;
  std::int64_t gaps = 0;
  std::int64_t workspace = 0;
};

template <class Scalar>
WorkerReals worker_reals(const ChunkView<Scalar>& chunk, Lanes lanes, int crew) {
  WorkerReals reals;
  reals.payoffs = lanes == Lanes::runs ? chunk.game_payoffs : 0;
  reals.gaps = lanes == Lanes::within ? single_round(chunk) : pack_round;
  std::int64_t scratch = chunk.scratch;
  if (lanes != Lanes::runs && chunk.table != nullptr) {
    const std::int64_t cores = crew * kernels::core_scratch_reals(chunk.table, chunk.agents, Pack<Scalar>::size);
    scratch = cores > scratch ? cores : scratch;
  }
  reals.workspace = kernels::workspace_reals(chunk.agents, chunk.actions, chunk.rule_reals, scratch, 1);
  return reals;
}

/// Advances runs with one Real: a pack of runs, or one run. `Game` is how the kernels see a game; where its payoffs are
/// Scalars beside a Real that is a pack, the runs of a pack share it. `Team` is who works on a run together: one thread
/// or a crew, `Rule` how they update its policies.
template <class Real, class Game, class Team = SerialTeam, class Rule = kernels::NaturalPolicyGradient>
class Worker {
  using Scalar = kernels::ScalarOf<Real>;
  static constexpr int lanes = RealTraits<Real>::lanes;
  static constexpr bool packed = lanes > 1;
  static constexpr bool one_game = packed && std::is_same_v<decltype(Game::payoffs), const Scalar*>;

 public:
  Worker(const ChunkView<Scalar>& chunk, const Game& game, RunFeed<Scalar>& feed, void* memory, const Team& team = {},
         const Rule& rule = Rule())
      : chunk_(chunk), game_(game), feed_(feed), team_(team), rule_(rule) {
    const Lanes kind = !packed ? Lanes::within : one_game ? Lanes::shared_game : Lanes::runs;
    const WorkerReals sizes = worker_reals(chunk, kind, team.size());
    auto* reals = static_cast<Real*>(memory);
    payoffs_ = reals;
    reals += sizes.payoffs;
    gaps_ = reals;
    reals += sizes.gaps;
    state_ = kernels::place_workspace(reals, chunk.agents, chunk.actions, chunk.rule_reals);
    state_.record_every = Real(kernels::evaluations_between_records<Scalar>(chunk.gap_every));
    if constexpr (packed && !one_game) game_.payoffs = payoffs_;
  }

  void work() {
    while (take_first() && advance_all()) {
    }
  }

 private:
  bool speaks() const { return team_.rank() == 0; }

  /// Fills the lanes; false if there was no run left.
  bool take_first() {
    for (int lane = 0; lane < lanes; ++lane) take_next(lane);
    return occupied_ > 0;
  }

  /// Rounds until all lanes are idle; false if the work is to stop.
  bool advance_all() {
    const int round = packed ? pack_round : single_round(chunk_);
    while (occupied_ > 0) {
      const int phase = packed ? 0 : static_cast<int>(done_[0] % kernels::window);
      for (int lane = 0; lane < lanes; ++lane) {
        kernels::lane_of(state_.evaluations, lane) =
            kernels::evaluations_left<Scalar>(chunk_.most_updates, done_[lane]);
        kernels::lane_of(state_.to_record, lane) =
            kernels::evaluations_to_record<Scalar>(chunk_.gap_every, done_[lane]);
      }
      const int made = advance(phase, round);
      std::int64_t updates = 0;
      for (int lane = 0; lane < lanes; ++lane) updates += collect(lane, made);
      if (any_finished_) retire();
      if (!announce(team_, speaks() ? feed_.proceed(updates) : 0)) return false;
    }
    return true;
  }

  /// Puts the next run into a lane; a lane without one holds an outcome other than `running` and stays frozen.
  void take_next(int lane) {
    const std::int32_t game = one_game && occupied_ > 0 ? game_taken_ : RunFeed<Scalar>::any_game;
    const std::int64_t r = announce(team_, speaks() ? feed_.next(game) : 0);
    run_[lane] = r;
    done_[lane] = 0;
    finished_[lane] = false;
    if (r < 0) {
      idle(lane);
      return;
    }
    ++occupied_;
    done_[lane] = chunk_.iterations[r];
    game_taken_ = chunk_.game[r];
    const Scalar* payoffs = chunk_.payoffs + game_taken_ * chunk_.game_payoffs;
    if constexpr (packed && !one_game) {
      for (std::int64_t p = 0; p < chunk_.game_payoffs; ++p) kernels::lane_of(payoffs_[p], lane) = payoffs[p];
    } else {
      game_.payoffs = payoffs;
    }
    kernels::load_run(team_, chunk_, game_.shape, r, lane, state_);
    team_.sync();
  }

  void idle(int lane) {
    if constexpr (!packed) return;  // without a run the work ends
    kernels::RunMemory<Scalar> nothing{};
    nothing.outcome = Scalar(kernels::converged);
    const auto take = [](auto& mine, const auto& theirs) { mine = theirs; };
    kernels::for_fields(state_.memory, lane, nothing, take);
    if (speaks()) clear(lane, take);
    team_.sync();
  }

  /// Zeros for all that a crew shares of a lane.
  template <class Take>
  void clear(int lane, const Take& take) {
    if constexpr (!one_game) {
      for (std::int64_t p = 0; p < chunk_.game_payoffs; ++p) kernels::lane_of(payoffs_[p], lane) = Scalar(0);
    }
    for (int a = 0; a < chunk_.actions; ++a) kernels::lane_of(state_.theta[a], lane) = Scalar(0);
    if (chunk_.values != nullptr) {
      for (int p = 0; p < chunk_.agents; ++p) kernels::lane_of(state_.scratch[p], lane) = Scalar(0);
    }
    for (std::int64_t k = 0; k < chunk_.rule_reals; ++k) kernels::lane_of(state_.rule_memory[k], lane) = Scalar(0);
    kernels::AgentStep<Scalar> frozen{Scalar(1), Scalar(1), Scalar(1), Scalar(0)};
    for (int i = 0; i < chunk_.agents; ++i) kernels::for_fields(state_.steps[i], lane, frozen, take);
  }

  int advance(int phase, int round) {
    const auto trace = [this](int k, const Real& gap) {
      if (speaks()) gaps_[k] = gap;
    };
    const int made = kernels::solve_round(team_, game_, rule_, phase, round, state_, trace);
    if (kernels::math::any(state_.memory.outcome != kernels::constant<Real>(kernels::running))) {
      kernels::complete(team_, game_, state_);
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
    if (speaks()) {
      feed_.evaluated(r, done_[lane], reinterpret_cast<const Scalar*>(gaps_) + lane, lanes,
                      finished_[lane] ? updates + 1 : updates, finished_[lane]);
    }
    done_[lane] += updates;
    any_finished_ = any_finished_ || finished_[lane];
    return updates;
  }

  void retire() {
    for (int lane = 0; lane < lanes; ++lane) {
      if (run_[lane] < 0 || !finished_[lane]) continue;
      kernels::store_run(team_, chunk_, game_.shape, run_[lane], lane, done_[lane], state_);
      kernels::store_results(team_, chunk_, game_.shape, run_[lane], lane, state_);
      --occupied_;
      take_next(lane);
    }
    any_finished_ = false;
  }

  const ChunkView<Scalar>& chunk_;
  Game game_;
  RunFeed<Scalar>& feed_;
  const Team team_;
  const Rule rule_;
  Real* payoffs_ = nullptr;  // (game_payoffs) a game in each lane of a pack
  Real* gaps_ = nullptr;     // (round) gaps of the round
  RunState<Real> state_{};
  std::int32_t game_taken_ = 0;    // by the last run taken
  std::int64_t run_[lanes] = {};   // -1: no run in this lane
  std::int64_t done_[lanes] = {};  // updates made
  bool finished_[lanes] = {};
  bool any_finished_ = false;
  int occupied_ = 0;
};

}  // namespace
}  // namespace quantal
