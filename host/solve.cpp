#include "quantal/solve.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <deque>
#include <exception>
#include <limits>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "host/arrange_payoffs.hpp"
#include "host/backend.hpp"
#include "host/fill_chunk.hpp"
#include "host/format.hpp"
#include "host/histories.hpp"
#include "host/large_pages.hpp"
#include "host/parallel.hpp"
#include "host/plan.hpp"
#include "host/starts.hpp"
#include "host/steps.hpp"
#include "host/warm_starts.hpp"

namespace quantal {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Adds up what the backend reports, and calls the user's callback, one thread at a time, now and then.
class ProgressMonitor final : public Monitor {
 public:
  ProgressMonitor(std::size_t runs, const ProgressCallback& callback, Clock::time_point start)
      : runs_(runs), callback_(callback), start_(start) {}

  bool advanced(std::int64_t iterations) override {
    if (!callback_) return true;
    iterations_.fetch_add(iterations, std::memory_order_relaxed);
    if (!stopped() && is_due()) report();
    return !stopped();
  }

  void finished(std::int64_t runs, std::int64_t converged) override {
    finished_.fetch_add(runs, std::memory_order_relaxed);
    converged_.fetch_add(converged, std::memory_order_relaxed);
  }

  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

  /// Calls the callback whether or not it is due.
  void report() {
    if (!callback_) return;
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return;
    Progress progress;
    progress.runs = runs_;
    progress.finished = static_cast<std::size_t>(finished_.load(std::memory_order_relaxed));
    progress.converged = static_cast<std::size_t>(converged_.load(std::memory_order_relaxed));
    progress.iterations = iterations_.load(std::memory_order_relaxed);
    progress.seconds = seconds_since(start_);
    next_report_.store(milliseconds() + 50, std::memory_order_relaxed);
    if (!callback_(progress)) stopped_.store(true, std::memory_order_relaxed);
  }

 private:
  std::int64_t milliseconds() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_).count();
  }
  bool is_due() const { return milliseconds() >= next_report_.load(std::memory_order_relaxed); }

  std::size_t runs_;
  const ProgressCallback& callback_;
  Clock::time_point start_;
  std::mutex mutex_;
  std::atomic<std::int64_t> next_report_{0};
  std::atomic<std::int64_t> finished_{0};
  std::atomic<std::int64_t> converged_{0};
  std::atomic<std::int64_t> iterations_{0};
  std::atomic<bool> stopped_{false};
};

double discount_of(const Game& game) {
  const auto* markov = std::get_if<MarkovGame>(&game);
  return markov == nullptr ? 0.0 : markov->discount;
}

/// check(k) for all k < count, by several threads; throws what the first that fails throws.
template <class Check>
void check_each(int threads, std::size_t count, const Check& check) {
  std::size_t first = count;
  std::exception_ptr failure;
  std::mutex mutex;
  for_ranges(threads, static_cast<std::int64_t>(count), 64, [&](std::int64_t begin, std::int64_t end) {
    auto k = static_cast<std::size_t>(begin);
    try {
      for (; k < static_cast<std::size_t>(end); ++k) check(k);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (k < first) failure = std::current_exception();
      first = std::min(first, k);
    }
  });
  if (failure) std::rethrow_exception(failure);
}

/// By its number in the batch, of which these may be a part (Settings::first_game).
std::string named(std::span<const Game> games, std::size_t game, const Settings& settings) {
  const std::string number = formatted("game {}", settings.first_game + game);
  return name_of(games[game]).empty() ? number : formatted("{} ({})", number, name_of(games[game]));
}

void validate_all(std::span<const Game> games, std::span<const Run> runs, const Settings& settings) {
  settings.validate();
  const int threads = thread_count(settings.threads);
  check_each(threads, games.size(), [&](std::size_t g) {
    try {
      validate(games[g]);
    } catch (const InputError& error) {
      throw InputError(formatted("{}: {}", named(games, g, settings), error.what()));
    }
  });
  check_each(threads, runs.size(), [&](std::size_t r) {
    const Run& run = runs[r];
    if (run.game >= games.size()) {
      throw InputError(formatted("run {}: there is no game {}, the last is {}", r, run.game,
                                 static_cast<std::int64_t>(games.size()) - 1));
    }
    const std::vector<int>& actions = actions_of(games[run.game]);
    try {
      validate_steps(run, agents_of(games[run.game]), discount_of(games[run.game]), settings.rule);
      validate_start(run, actions, settings.first_game);
      if (settings.magnet != Magnet::uniform && std::holds_alternative<MarkovGame>(games[run.game])) {
        throw InputError("expected the uniform magnet for a Markov game");
      }
    } catch (const InputError& error) {
      throw InputError(formatted("run {}, {}: {}", r, named(games, run.game, settings), error.what()));
    }
  });
}

/// Whether half precision can hold a bucket's payoffs.
void check_half_payoffs(const Bucket& bucket, std::span<const Game> games, std::span<const Run> runs,
                        const Settings& settings) {
  std::vector<float> arranged(static_cast<std::size_t>(bucket.shape.is_normal_form() ? bucket.shape.payoffs : 0));
  std::vector<double> span(static_cast<std::size_t>(bucket.shape.agents));
  std::size_t last = games.size();
  for (const std::size_t r : bucket.runs) {
    const std::size_t g = runs[r].game;
    if (std::exchange(last, g) == g) continue;
    if (!bucket.shape.is_normal_form()) {
      throw InputError(
          formatted("{}: expected a game in normal form, for payoffs in half precision", named(games, g, settings)));
    }
    const Game* const game = &games[g];
    arrange_payoffs<float>(std::span(&game, 1), bucket.shape, 1, arranged.data(), span);
    for (std::size_t i = 0; i < span.size(); ++i) {
      if (static_cast<float>(span[i]) < kernels::least_beyond_half) continue;
      throw InputError(formatted(
          "{}: expected actions of agent {} to differ by less than {} in payoff, for half precision, found {}",
          named(games, g, settings), i, kernels::least_beyond_half, span[i]));
    }
  }
}

std::unique_ptr<BackendMachine> make_machine(std::span<const Game> games, const Settings& settings) {
  const auto is_markov = [](const Game& game) { return std::holds_alternative<MarkovGame>(game); };
  // On CUDA there are kernels for small ones of these alone.
  const bool cpu_only = kernel_rule(settings) != kernels::UpdateRule::natural_policy_gradient &&
                        std::any_of(games.begin(), games.end(), is_markov);
  const bool cuda = settings.backend == Backend::cuda || !settings.devices.empty() ||
                    (settings.backend == Backend::automatic && !cpu_only && cuda_answers());
  return cuda ? make_cuda_backend(settings) : make_cpu_backend(settings);
}

}  // namespace

Results make_results(std::span<const Game> games, std::span<const Run> runs, const Settings& settings) {
  Results results;
  const std::size_t R = runs.size();
  results.status.assign(R, Status::cancelled);
  results.iterations.assign(R, 0);
  results.eta.assign(R, 0.0);
  results.qre_gap.assign(R, std::numeric_limits<double>::quiet_NaN());
  results.nash_gap.assign(R, std::numeric_limits<double>::quiet_NaN());
  results.history_begin.assign(R, 0);
  results.history_length.assign(R, 0);
  results.policy_begin.assign(R + 1, 0);
  results.agent_begin.assign(R + 1, 0);
  results.value_begin.assign(R + 1, 0);
  results.evaluation.assign(R, PolicyEvaluation::none);
  results.evaluation_residual.assign(R, 0.0);
  for (std::size_t r = 0; r < R; ++r) {
    const std::vector<int>& actions = actions_of(games[runs[r].game]);
    std::size_t all = 0;
    for (const int m : actions) all += static_cast<std::size_t>(m);
    results.policy_begin[r + 1] = results.policy_begin[r] + all;
    const bool is_markov = std::holds_alternative<MarkovGame>(games[runs[r].game]);
    results.agent_begin[r + 1] = results.agent_begin[r] + agents_of(games[runs[r].game]);
    results.value_begin[r + 1] = results.value_begin[r] + (is_markov ? actions.size() : 0);
  }
  results.values.resize(results.value_begin[R]);
  if (settings.keep_action_values) results.action_values.resize(results.policy_begin[R]);
  results.policies.resize(results.policy_begin[R]);
  results.qre_gap_per_agent.resize(results.agent_begin[R]);
  results.gap_every = settings.gap_every;
  return results;
}

namespace {

Status status_of(kernels::Outcome outcome) {
  switch (outcome) {
    case kernels::converged:
      return Status::converged;
    case kernels::max_iterations:
      return Status::max_iterations;
    case kernels::stalled:
      return Status::stalled;
    case kernels::not_finite:
      return Status::not_finite;
    case kernels::running:
      break;
  }
  return Status::cancelled;
}

/// Whether a run that has made all its updates at one step goes on without coming closer: from the quarter before its
/// last to the last its largest gap does not fall, and is more than rounding; and a quarter is long enough for logits
/// to forget what they were, (1 - kappa)^quarter being small for the least kappa of its agents.
template <class Scalar>
bool is_cycling(const kernels::RunMemory<Scalar>& memory, const Settings& settings, double kappa, double rounding) {
  constexpr std::int64_t least_iterations = 1000;  // fewer leave too little of a last quarter
  constexpr double forgotten = 8;                  // e^-8
  return memory.automatic == 0 && memory.tolerance >= 0 && settings.max_iterations >= least_iterations &&
         kappa * static_cast<double>(settings.max_iterations) / 4 >= forgotten &&
         static_cast<double>(memory.gap) > rounding &&
         memory.window_worst >= memory.worst * Scalar(1 - kernels::least_fall);
}

/// The values of run k of a chunk of Markov games, with what was subtracted from the rewards.
template <class Scalar>
void collect_values(const Chunk<Scalar>& chunk, std::size_t k, double discount, std::size_t r, Results& results) {
  const MarkovTables& markov = chunk.shape->markov;
  const auto S = static_cast<std::size_t>(markov.states);
  const auto N = static_cast<std::size_t>(markov.agents);
  const auto A = static_cast<std::size_t>(chunk.shape->all_actions);
  const double* const centre = chunk.reward_centre.data() + static_cast<std::size_t>(chunk.game[k]) * N;
  results.evaluation[r] = markov.is_direct() ? PolicyEvaluation::direct : PolicyEvaluation::iterative;
  results.evaluation_residual[r] = static_cast<double>(chunk.residual[k]);
  for (std::size_t i = 0; i < N; ++i) {
    const double moved = centre[i] / (1 - discount);
    for (std::size_t s = 0; s < S; ++s) {
      results.values[results.value_begin[r] + i * S + s] =
          static_cast<double>(chunk.values[(k * S + s) * N + i]) + moved;
    }
    if (chunk.action_values.empty()) continue;
    const auto begin = static_cast<std::size_t>(markov.first[i * S]);
    const auto end = static_cast<std::size_t>(markov.first[(i + 1) * S]);
    for (std::size_t a = begin; a < end; ++a) {
      results.action_values[results.policy_begin[r] + a] = static_cast<double>(chunk.action_values[k * A + a]) + moved;
    }
  }
}

/// Says where in the results a chunk's histories are, after those that do not have their place there have been moved to
/// the end.
void collect_histories(Histories& histories, std::span<const std::size_t> which, Results& results) {
  if (!histories.kept()) return;
  std::size_t end = results.gap_history.size();
  if (!histories.in_place()) {
    std::size_t size = end;
    for (std::size_t k = 0; k < which.size(); ++k) size += histories.of(k).size();
    grow(results.gap_history, size);
  }
  for (std::size_t k = 0; k < which.size(); ++k) {
    const std::span<const double> history = histories.of(k);
    if (histories.in_place()) {
      end = static_cast<std::size_t>(history.data() - results.gap_history.data());
    } else {
      std::copy(history.begin(), history.end(), results.gap_history.data() + end);
    }
    results.history_begin[which[k]] = end;
    results.history_length[which[k]] = history.size();
    end += history.size();
    histories.drop(k);
  }
}

/// Moves the histories from `end` on, those of `which` in this order, to where they leave no gaps: some runs may have
/// been stopped.
void close_up(std::span<const std::size_t> which, std::size_t end, Results& results) {
  for (const std::size_t r : which) {
    const auto length = static_cast<std::ptrdiff_t>(results.history_length[r]);
    const auto from = results.gap_history.begin() + static_cast<std::ptrdiff_t>(results.history_begin[r]);
    if (length > 0 && results.history_begin[r] != end) {
      std::copy(from, from + length, results.gap_history.begin() + static_cast<std::ptrdiff_t>(end));
    }
    results.history_begin[r] = end;
    end += results.history_length[r];
  }
  results.gap_history.resize(end);
}

/// What is left of a run whose numbers have overflowed would be the last finite ones or none, by what is beside it in a
/// SIMD pack: it has none.
void clear_numbers(std::size_t r, Results& results) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const auto clear = [&](std::vector<double>& numbers, const std::vector<std::size_t>& begin) {
    if (numbers.empty()) return;
    std::fill(numbers.begin() + static_cast<std::ptrdiff_t>(begin[r]),
              numbers.begin() + static_cast<std::ptrdiff_t>(begin[r + 1]), none);
  };
  results.qre_gap[r] = results.nash_gap[r] = none;
  if (results.history_length[r] > 0)
    results.gap_history[results.history_begin[r] + results.history_length[r] - 1] = none;
  clear(results.policies, results.policy_begin);
  clear(results.qre_gap_per_agent, results.agent_begin);
  clear(results.values, results.value_begin);
  clear(results.action_values, results.policy_begin);
  if (results.evaluation[r] != PolicyEvaluation::none) results.evaluation_residual[r] = none;
}

/// Run k of a chunk, which is `run` and number r of the caller's, without its history.
template <class Scalar>
void collect_run(const Chunk<Scalar>& chunk, std::size_t k, const Run& run, std::size_t r, double discount, double eta,
                 const Settings& settings, Results& results) {
  const auto A = static_cast<std::size_t>(chunk.shape->all_actions);
  const auto S = static_cast<std::size_t>(chunk.shape->states());
  const std::size_t N = static_cast<std::size_t>(chunk.shape->agents) / S;
  const kernels::RunMemory<Scalar>& memory = chunk.memory[k];
  results.status[r] = status_of(static_cast<kernels::Outcome>(static_cast<int>(memory.outcome)));
  if (results.status[r] == Status::cancelled) return;
  results.iterations[r] = chunk.iterations[k];
  const std::span<const double> tau = given_temperatures(run);
  const auto [coldest, warmest] = std::minmax_element(tau.begin(), tau.end());
  results.eta[r] = halved(eta, static_cast<int>(memory.halvings), *warmest / (1 - discount), settings.rule);
  if (results.status[r] == Status::max_iterations) {
    const double kappa =
        *coldest > 0 ? agent_step<double>(*coldest, results.eta[r] / (1 - discount), settings.rule).kappa : 0.0;
    if (is_cycling(memory, settings, kappa, default_tolerance(settings.precision, tau, discount))) {
      results.status[r] = Status::cycling;
    }
  }
  results.qre_gap[r] = static_cast<double>(memory.gap);
  results.nash_gap[r] = static_cast<double>(chunk.nash_gap[k]);
  std::transform(chunk.pi.begin() + static_cast<std::ptrdiff_t>(k * A),
                 chunk.pi.begin() + static_cast<std::ptrdiff_t>((k + 1) * A),
                 results.policies.begin() + static_cast<std::ptrdiff_t>(results.policy_begin[r]),
                 [](Scalar p) { return static_cast<double>(p); });
  // A Markov game's gap is an agent's largest in any state.
  for (std::size_t i = 0; i < N; ++i) {
    const auto gaps = chunk.agent_gap.begin() + static_cast<std::ptrdiff_t>((k * N + i) * S);
    results.qre_gap_per_agent[results.agent_begin[r] + i] =
        static_cast<double>(*std::max_element(gaps, gaps + static_cast<std::ptrdiff_t>(S)));
  }
  if (chunk.shape->is_markov()) collect_values(chunk, k, discount, r, results);
  if (results.status[r] == Status::not_finite) clear_numbers(r, results);
}

/// Puts the results of a chunk where the caller's order wants them.
template <class Scalar>
void collect(Chunk<Scalar>& chunk, std::span<const Game> games, std::span<const Run> runs,
             std::span<const std::size_t> which, std::span<const double> eta, const Settings& settings,
             Results& results) {
  collect_histories(chunk.history, which, results);
  const auto collect_range = [&](std::int64_t begin, std::int64_t end) {
    for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k) {
      const Run& run = runs[which[k]];
      collect_run(chunk, k, run, which[k], discount_of(games[run.game]), eta[k], settings, results);
    }
  };
  for_ranges(thread_count(settings.threads), static_cast<std::int64_t>(which.size()), 1024, collect_range);
}

/// The chunks of a bucket that are still to be solved, for several threads.
class ChunkQueue {
 public:
  explicit ChunkQueue(const std::vector<ChunkRange>& chunks) : waiting_(chunks.begin(), chunks.end()) {}

  std::optional<ChunkRange> next() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return std::nullopt;
    const ChunkRange first = waiting_.front();
    waiting_.pop_front();
    return first;
  }

  /// Where a chunk was too large: it is the next one again, in halves. False if it is of one run.
  bool put_back_halves(const ChunkRange& chunk) {
    const std::size_t middle = chunk.begin + (chunk.end - chunk.begin) / 2;
    if (middle == chunk.begin) return false;
    const std::lock_guard lock(mutex_);
    waiting_.push_front({middle, chunk.end});
    waiting_.push_front({chunk.begin, middle});
    return true;
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
  }

 private:
  std::mutex mutex_;
  std::deque<ChunkRange> waiting_;
};

template <class Scalar>
void solve_bucket(const Bucket& bucket, std::span<const Game> games, std::span<const Run> runs,
                  const Settings& settings, BackendMachine& machine, ProgressMonitor& monitor, Results& results) {
  // Gaps of a run that stops late, its last one among them. Chunks are cut for so many, if they are not very many.
  constexpr std::int64_t most_entries = 4096;
  const std::int64_t every = settings.gap_every;
  const bool are_few = every > 0 && settings.max_iterations / every < most_entries - 1;
  const std::int64_t entries =
      are_few ? settings.max_iterations / every + 1 + (settings.max_iterations % every != 0 ? 1 : 0)
              : (every > 0 ? most_entries : 0);
  const MachineSize size = machine.size();
  const ChunkCost cost = chunk_cost(bucket.shape, sizeof(Scalar), size.apart ? 0 : entries, kernel_rule(settings));
  const ChunkPlan plan = plan_chunks(bucket, runs, cost, size);
  // Where no run stops early, backends write to where the histories stay.
  const std::size_t history_end = results.gap_history.size();
  const bool in_place = are_few && settings.gap_tolerance == 0.0;
  const auto each = static_cast<std::size_t>(entries);
  if (in_place) grow(results.gap_history, history_end + bucket.runs.size() * each);

  std::pmr::memory_resource* const place =
      plan.chunks.size() > 2 * static_cast<std::size_t>(plan.workers) ? machine.chunk_memory() : large_pages();
  ChunkQueue waiting(plan.chunks);
  std::mutex collecting;
  const auto solve_range = [&](const ChunkRange& range, int device) {
    const std::span<const std::size_t> which(bucket.runs.data() + range.begin, range.end - range.begin);
    std::vector<double> eta(which.size());
    Chunk<Scalar> chunk =
        fill_chunk<Scalar>(bucket.shape, games, runs, which, settings, eta, place, machine.arranges());
    if (in_place) {
      chunk.history.start(which.size(), results.gap_history.data() + history_end + range.begin * each, each);
    } else if (every > 0) {
      chunk.history.start(which.size());
    }
    machine.solve(chunk, device, monitor);
    const std::lock_guard lock(collecting);
    collect(chunk, games, runs, which, eta, settings, results);
  };
  const auto work = [&](int worker) {
    try {
      while (const std::optional<ChunkRange> range = monitor.stopped() ? std::nullopt : waiting.next()) {
        try {
          solve_range(*range, worker % size.devices);
        } catch (const OutOfMemory&) {
          if (!waiting.put_back_halves(*range)) throw;
        }
      }
    } catch (...) {
      waiting.clear();
      throw;
    }
  };
  const auto finish = [&] {
    if (in_place) close_up(bucket.runs, history_end, results);
  };
  try {
    on_threads(plan.workers, work);
  } catch (...) {
    finish();
    throw;
  }
  finish();
}

}  // namespace

Results solve(std::span<const Game> games, std::span<const Run> runs, const Settings& settings,
              const ProgressCallback& progress) {
  const Clock::time_point start = Clock::now();
  validate_all(games, runs, settings);
  if (has_warm_starts(runs)) return solve_in_waves(games, runs, settings, progress);
  const std::unique_ptr<BackendMachine> machine = make_machine(games, settings);
  std::vector<Bucket> buckets = make_buckets(games, runs, settings.tier != Tier::stream, settings.markov_entropy);
  for (Bucket& bucket : buckets) {
    Shape& shape = bucket.shape;
    machine->check_shape(shape, settings.precision);
    if (shape.is_network() && machine->reduces(shape, settings.precision)) {
      shape = Shape(std::move(shape.actions), std::move(shape.network.graph), true);
    }
    if (settings.half_payoffs) check_half_payoffs(bucket, games, runs, settings);
  }

  Results results = make_results(games, runs, settings);
  results.backend = machine->description();
  ProgressMonitor monitor(runs.size(), progress, start);
  try {
    for (const Bucket& bucket : buckets) {
      if (settings.precision == Precision::float32) {
        solve_bucket<float>(bucket, games, runs, settings, *machine, monitor, results);
      } else {
        solve_bucket<double>(bucket, games, runs, settings, *machine, monitor, results);
      }
    }
    monitor.report();
  } catch (const std::exception& error) {
    // What finished before is kept.
    results.failure = error.what();
    std::replace(results.status.begin(), results.status.end(), Status::cancelled, Status::failed);
  }
  results.solve_seconds = seconds_since(start);
  return results;
}

Results solve(std::span<const Game> games, const Sweep& sweep, const Settings& settings,
              const ProgressCallback& progress) {
  return solve(games, runs_of(games.size(), sweep), settings, progress);
}

}  // namespace quantal
