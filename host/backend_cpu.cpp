#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/backend.hpp"
#include "host/cpu_isa.hpp"
#include "host/large_pages.hpp"
#include "host/parallel.hpp"
#include "host/steps.hpp"
#include "quantal/error.hpp"

#include <sched.h>
#include <unistd.h>

namespace quantal {

int thread_count(int asked) {
  if (asked > 0) return asked;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

namespace {

/// Largest pack of games, in bytes, that is still advanced in SIMD lanes: it must stay in a core's second-level cache
/// beside the workspace. Larger games have vectors enough within themselves; smaller ones leave these waiting for each
/// other, and take two to four times as long that way in a batch.
constexpr std::int64_t largest_pack_bytes = 512 * 1024;

/// Payoffs of a game that lanes read: those of two actions are one number.
template <class Scalar>
std::int64_t payoffs_in_lanes(const kernels::ChunkView<Scalar>& view) {
  if (view.table == nullptr) return view.game_payoffs;
  std::int64_t payoffs = 0;
  for (int i = 0; i < view.agents; ++i) {
    const kernels::AgentShape& agent = view.table[i];
    payoffs += std::int64_t{agent.high} * agent.low * kernels::paying_actions(agent.actions);
  }
  return payoffs;
}

/// Runs that a worker takes from the common counter at a time: fewer where there are few, so that no worker is left
/// without.
std::int64_t runs_at_a_time(std::int64_t runs, int workers) {
  return std::clamp<std::int64_t>(runs / (8 * std::int64_t{workers}), 1, 16);
}

/// Payoffs, or arcs of a network with reduced ones, from which a game is worth the meetings of a crew.
constexpr std::int64_t least_crew_payoffs = 128 * 1024;
constexpr std::int64_t least_crew_arcs = 14 * 1024;

/// Payoffs of one game, in bytes, that a core's cache may hold. Below it runs of one game read payoffs at no great
/// cost, and share each reading if they fill at least half of the lanes; above it two suffice.
constexpr std::int64_t cached_game_bytes = 1024 * 1024;

/// A meeting of threads that are seldom apart for long: they spin a little, and sleep if the others take longer, since
/// these may be waiting for a core.
class SpinMeeting final : public Meeting {
 public:
  explicit SpinMeeting(int size) : size_(size) {}

  void wait() override {
    const unsigned round = round_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
      arrived_.store(0, std::memory_order_relaxed);
      round_.store(round + 1, std::memory_order_release);
      round_.notify_all();
      return;
    }
    for (int spins = 0; spins < most_spins; ++spins) {
      if (round_.load(std::memory_order_acquire) != round) return;
    }
    round_.wait(round, std::memory_order_acquire);
  }

 private:
  static constexpr int most_spins = 20'000;

  const int size_;
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<unsigned> round_{0};  // wraps around: days of work have more meetings than an int counts
};

/// Memory for SIMD batches, not initialised.
class AlignedMemory {
 public:
  explicit AlignedMemory(std::size_t bytes) : bytes_(bytes), memory_(large_pages()->allocate(bytes, alignment)) {}
  AlignedMemory(const AlignedMemory&) = delete;
  AlignedMemory& operator=(const AlignedMemory&) = delete;
  ~AlignedMemory() { large_pages()->deallocate(memory_, bytes_, alignment); }

  void* get() const { return memory_; }

 private:
  static constexpr std::size_t alignment = 64;

  std::size_t bytes_;
  void* memory_;
};

/// Feeds one worker. It never throws while the worker works, since others of its crew may be waiting for it: a failure
/// stops the work and is rethrown after.
template <class Scalar>
class WorkerFeed final : public RunFeed<Scalar> {
 public:
  WorkerFeed(Chunk<Scalar>& chunk, std::int64_t at_a_time, std::atomic<std::int64_t>& next_run, std::atomic<bool>& stop,
             Monitor& monitor)
      : chunk_(chunk), at_a_time_(at_a_time), next_run_(next_run), stop_(stop), monitor_(monitor) {}

  std::int64_t next(std::int32_t game) override {
    if (begin_ == end_) {
      if (stop_.load(std::memory_order_relaxed)) return -1;
      begin_ = next_run_.fetch_add(at_a_time_, std::memory_order_relaxed);
      end_ = std::min(begin_ + at_a_time_, chunk_.runs());
      if (begin_ >= chunk_.runs()) {
        end_ = begin_;
        return -1;
      }
    }
    // A run of another game stays with this worker, which comes to it when it has done with this game.
    if (game != RunFeed<Scalar>::any_game && chunk_.game[static_cast<std::size_t>(begin_)] != game) return -1;
    return begin_++;
  }

  void evaluated(std::int64_t r, std::int64_t first, const Scalar* gaps, std::int64_t stride, std::int64_t count,
                 bool finished) override {
    try {
      if (chunk_.gap_every > 0) chunk_.record(r, first, gaps, stride, count, finished);
    } catch (...) {
      failure_ = std::current_exception();
      stop_.store(true, std::memory_order_relaxed);
    }
    if (finished) {
      ++finished_;
      converged_ += gaps[(count - 1) * stride] <= chunk_.memory[static_cast<std::size_t>(r)].tolerance;
    }
  }

  bool proceed(std::int64_t iterations) override {
    if (finished_ > 0) monitor_.finished(finished_, converged_);
    finished_ = converged_ = 0;
    if (!monitor_.advanced(iterations)) stop_.store(true, std::memory_order_relaxed);
    return !stop_.load(std::memory_order_relaxed);
  }

  void rethrow_failure() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  Chunk<Scalar>& chunk_;
  std::int64_t at_a_time_;
  std::atomic<std::int64_t>& next_run_;
  std::atomic<bool>& stop_;
  Monitor& monitor_;
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
  std::int64_t finished_ = 0;
  std::int64_t converged_ = 0;
  std::exception_ptr failure_;
};

class CpuMachine final : public BackendMachine {
 public:
  explicit CpuMachine(const Settings& settings)
      : isa_(*cpu_isa()),
        tier_(settings.tier),
        npg_(kernel_rule(settings) == kernels::UpdateRule::natural_policy_gradient),
        threads_(thread_count(settings.threads)),
        memory_(settings.memory_bytes) {
    if (tier_ == Tier::warp || tier_ == Tier::stream) {
      throw InputError("the tiers warp and stream exist on CUDA only; the CPU has lane and block");
    }
  }

  std::string description() const override {
    return std::string("cpu (") + isa_.name + ", " + std::to_string(threads_) +
           (threads_ == 1 ? " thread)" : " threads)");
  }

  MachineSize size() const override {
    if (memory_ > 0) return {memory_};
    // A share of the machine's memory that leaves room for the games themselves and for the results.
    const auto pages = static_cast<std::size_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
    const auto page = static_cast<std::size_t>(std::max(1L, sysconf(_SC_PAGESIZE)));
    return {std::clamp<std::size_t>(pages / 8 * page, std::size_t{64} << 20, std::size_t{4} << 30)};
  }

  void check_shape(const Shape&, Precision) const override {}  // both tiers hold every shape

  bool reduces(const Shape& shape, Precision precision) const override {
    return npg_ && precision == Precision::float64 && has_few_actions(shape.network.view()) &&
           !fills_lanes(isa_.float64, shape.payoffs);
  }

  void solve(Chunk<float>& chunk, int, Monitor& monitor) override { solve_with(isa_.float32, chunk, monitor); }
  void solve(Chunk<double>& chunk, int, Monitor& monitor) override { solve_with(isa_.float64, chunk, monitor); }

 private:
  template <class Scalar>
  void solve_with(const CpuKernels<Scalar>& kernels, Chunk<Scalar>& chunk, Monitor& monitor) const {
    const kernels::ChunkView<Scalar> view = chunk.view();
    // Values found by iteration take steps that differ from game to game.
    const bool packed = view.markov.agents == 0 || view.markov.direct != 0;
    const bool small = packed && view.network.reduced == 0 && fills_lanes(kernels, payoffs_in_lanes(view));
    // Other rules may sum over agents, and know neither crews nor shared games.
    const bool shares =
        npg_ && (view.table != nullptr ? shares_normal_forms(chunk, view.game_payoffs, kernels.lanes)
                                       : has_few_actions(view.network) && shares_networks(chunk, kernels.lanes));
    const Lanes lanes = small ? Lanes::runs : shares ? Lanes::shared_game : Lanes::within;
    const std::int64_t at_once = lanes == Lanes::within ? 1 : kernels.lanes;
    std::atomic<std::int64_t> next_run{0};
    std::atomic<bool> stop{false};
    const int cores = std::min(threads_, thread_count(0));  // more than the cores would only wait for each other
    const bool large =
        view.network.reduced != 0 ? view.network.arcs >= least_crew_arcs : view.game_payoffs >= least_crew_payoffs;
    if (npg_ && lanes != Lanes::runs && cores > 1 && large && view.runs < 2 * at_once * threads_) {
      const AlignedMemory memory(kernels.worker_bytes(view, lanes, cores));
      const AlignedMemory slots(Crew::bytes(cores));
      SpinMeeting meeting(cores);
      WorkerFeed<Scalar> feed(chunk, 1, next_run, stop, monitor);
      on_threads(cores, [&](int t) {
        kernels.work(view, lanes, feed, memory.get(), {t, cores, &meeting, slots.get()});
      });
      feed.rethrow_failure();
      return;
    }
    const auto workers = static_cast<int>(std::min<std::int64_t>(threads_, (view.runs + at_once - 1) / at_once));
    const std::int64_t at_a_time = lanes == Lanes::shared_game ? 1 : runs_at_a_time(view.runs, workers);
    on_threads(workers, [&](int) {
      const AlignedMemory memory(kernels.worker_bytes(view, lanes, 1));
      WorkerFeed<Scalar> feed(chunk, at_a_time, next_run, stop, monitor);
      kernels.work(view, lanes, feed, memory.get(), {});
      feed.rethrow_failure();
    });
  }

  /// Whether games of so many payoffs are advanced in SIMD lanes, one in each.
  template <class Scalar>
  bool fills_lanes(const CpuKernels<Scalar>& kernels, std::int64_t game_payoffs) const {
    const std::int64_t pack_bytes = game_payoffs * kernels.lanes * static_cast<std::int64_t>(sizeof(Scalar));
    return tier_ == Tier::automatic ? pack_bytes <= largest_pack_bytes : tier_ == Tier::lane;
  }

  /// Whether so many runs follow others of their game that they are to share it.
  template <class Scalar>
  static bool shares_normal_forms(const Chunk<Scalar>& chunk, std::int64_t game_payoffs, int lanes) {
    const bool cached = game_payoffs * static_cast<std::int64_t>(sizeof(Scalar)) <= cached_game_bytes;
    return chunk.runs() >= chunk.stretches() * (cached ? lanes / 2 : 2);
  }

  /// The same of networks: since the policies of all lanes are fetched for each arc, most lanes must have a run.
  template <class Scalar>
  static bool shares_networks(const Chunk<Scalar>& chunk, int lanes) {
    const std::int64_t each = chunk.runs() / chunk.stretches();
    const std::int64_t packs = (each + lanes - 1) / lanes;
    return 3 * each >= 2 * packs * lanes;
  }

  const CpuIsa& isa_;
  Tier tier_;
  bool npg_;
  int threads_;
  std::size_t memory_;
};

}  // namespace

std::unique_ptr<BackendMachine> make_cpu_backend(const Settings& settings) {
  return std::make_unique<CpuMachine>(settings);
}

}  // namespace quantal
