#include "host/warm_starts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "host/format.hpp"

namespace quantal {

namespace {

/// The runs of each wave: those that follow runs of the wave before.
std::vector<std::vector<std::size_t>> waves_of(std::span<const Run> runs) {
  std::vector<std::size_t> number(runs.size(), 0);
  std::vector<std::vector<std::size_t>> waves;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (runs[r].after) {
      const std::size_t before = *runs[r].after;
      if (before >= r || runs[before].game != runs[r].game) {
        throw InputError(formatted("run {}: after = {}: expected an earlier run of the same game", r, before));
      }
      number[r] = number[before] + 1;
    }
    if (number[r] >= waves.size()) waves.resize(number[r] + 1);
    waves[number[r]].push_back(r);
  }
  return waves;
}

/// The run with the start that the run before it has found. Probabilities that have become 0 are the smallest that can
/// be left again.
Run started(const Run& run, std::span<const double> policies) {
  Run begun = run;
  begun.after.reset();
  if (!std::all_of(policies.begin(), policies.end(), [](double p) { return std::isfinite(p); })) return begun;
  begun.random_start.reset();
  begun.initial_policies.assign(policies.begin(), policies.end());
  for (double& p : begun.initial_policies) p = std::max(p, std::numeric_limits<double>::min());
  return begun;
}

/// Puts together results that came in pieces.
class Gathered {
 public:
  explicit Gathered(std::size_t runs) : piece_(runs) {}

  void add(Results piece, std::span<const std::size_t> which) {
    for (std::size_t k = 0; k < which.size(); ++k) piece_[which[k]] = {pieces_.size(), k};
    pieces_.push_back(std::move(piece));
  }

  bool is_empty() const { return pieces_.empty(); }
  Status status_of(std::size_t run) const { return piece_of(run).status[place_of(run)]; }
  double nash_gap_of(std::size_t run) const { return piece_of(run).nash_gap[place_of(run)]; }
  std::span<const double> policies_of(std::size_t run) const { return piece_of(run).policies_of(place_of(run)); }

  /// All runs in order.
  Results finish() const {
    Results all;
    const Results& first = pieces_.front();
    all.backend = first.backend;
    all.gap_every = first.gap_every;
    for (const Results& piece : pieces_) {
      all.solve_seconds += piece.solve_seconds;
      if (all.failure.empty()) all.failure = piece.failure;
    }
    all.policy_begin = all.agent_begin = all.value_begin = {0};
    for (std::size_t r = 0; r < piece_.size(); ++r) {
      const Results& from = piece_of(r);
      const std::size_t k = place_of(r);
      const auto take = [k](auto& to, const auto& numbers) { to.push_back(numbers[k]); };
      const auto take_range = [](auto& to, const auto& numbers, std::size_t begin, std::size_t end) {
        to.insert(to.end(), numbers.begin() + static_cast<std::ptrdiff_t>(begin),
                  numbers.begin() + static_cast<std::ptrdiff_t>(end));
      };
      take(all.status, from.status);
      take(all.iterations, from.iterations);
      take(all.eta, from.eta);
      take(all.qre_gap, from.qre_gap);
      take(all.nash_gap, from.nash_gap);
      take(all.evaluation, from.evaluation);
      take(all.evaluation_residual, from.evaluation_residual);
      take_range(all.policies, from.policies, from.policy_begin[k], from.policy_begin[k + 1]);
      if (!from.action_values.empty()) {
        take_range(all.action_values, from.action_values, from.policy_begin[k], from.policy_begin[k + 1]);
      }
      take_range(all.qre_gap_per_agent, from.qre_gap_per_agent, from.agent_begin[k], from.agent_begin[k + 1]);
      take_range(all.values, from.values, from.value_begin[k], from.value_begin[k + 1]);
      all.policy_begin.push_back(all.policies.size());
      all.agent_begin.push_back(all.qre_gap_per_agent.size());
      all.value_begin.push_back(all.values.size());
      all.history_begin.push_back(all.gap_history.size());
      all.history_length.push_back(from.history_length[k]);
      take_range(all.gap_history, from.gap_history, from.history_begin[k],
                 from.history_begin[k] + from.history_length[k]);
    }
    return all;
  }

 private:
  const Results& piece_of(std::size_t run) const { return pieces_[piece_[run].first]; }
  std::size_t place_of(std::size_t run) const { return piece_[run].second; }

  std::vector<std::pair<std::size_t, std::size_t>> piece_;  // (R) which piece, and where in it
  std::vector<Results> pieces_;
};

/// Results of runs that are not begun, because the backend has failed or the work is stopped.
Results not_begun(std::span<const Game> games, std::span<const Run> runs, const Settings& settings,
                  const std::string& failure) {
  Results results = make_results(games, runs, settings);
  results.failure = failure;
  if (!failure.empty()) std::fill(results.status.begin(), results.status.end(), Status::failed);
  return results;
}

/// Runs that are treated alike, and their numbers.
struct Part {
  std::vector<std::size_t> which;
  std::vector<Run> runs;

  void add(std::size_t r, Run run) {
    which.push_back(r);
    runs.push_back(std::move(run));
  }
};

/// A callback for one wave that reports on all.
class WaveProgress {
 public:
  WaveProgress(const ProgressCallback& callback, std::size_t runs) : callback_(callback), runs_(runs) {}

  ProgressCallback for_wave() {
    if (!callback_) return {};
    return [this](const Progress& of_wave) {
      Progress progress = of_wave;
      progress.runs = runs_;
      progress.finished += before_.finished;
      progress.converged += before_.converged;
      progress.iterations += before_.iterations;
      progress.seconds += before_.seconds;
      stopped_ = !callback_(progress);
      return !stopped_;
    };
  }

  void add(const Results& wave) {
    for (std::size_t r = 0; r < wave.size(); ++r) {
      before_.finished += has_result(wave.status[r]);
      before_.converged += wave.status[r] == Status::converged;
      before_.iterations += wave.iterations[r];
    }
    before_.seconds += wave.solve_seconds;
  }

  bool stopped() const { return stopped_; }

 private:
  const ProgressCallback& callback_;
  std::size_t runs_;
  Progress before_;
  bool stopped_ = false;
};

}  // namespace

bool has_warm_starts(std::span<const Run> runs) {
  return std::any_of(runs.begin(), runs.end(), [](const Run& run) { return run.after.has_value(); });
}

Results solve_in_waves(std::span<const Game> games, std::span<const Run> runs, const Settings& settings,
                       const ProgressCallback& progress) {
  Gathered gathered(runs.size());
  WaveProgress of_waves(progress, runs.size());
  std::string failure;
  Settings no_updates = settings;
  no_updates.max_iterations = 0;
  for (const std::vector<std::size_t>& wave : waves_of(runs)) {
    Part begun;
    Part kept;  // of which the target is reached
    Part left;  // without a start
    for (const std::size_t r : wave) {
      const std::optional<std::size_t> before = runs[r].after;
      if (of_waves.stopped() || !failure.empty() || (before && !has_result(gathered.status_of(*before)))) {
        left.add(r, runs[r]);
      } else if (!before) {
        begun.add(r, runs[r]);
      } else {
        const bool is_reached =
            gathered.status_of(*before) == Status::target_reached ||
            (settings.target_nash_gap && gathered.nash_gap_of(*before) <= *settings.target_nash_gap);
        (is_reached ? kept : begun).add(r, started(runs[r], gathered.policies_of(*before)));
      }
    }
    const auto solve_part = [&](const Part& part, const Settings& how, bool is_reached) {
      if (part.which.empty()) return;
      try {
        Results results = solve(games, part.runs, how, of_waves.for_wave());
        for (Status& status : results.status) {
          if (is_reached && has_result(status)) status = Status::target_reached;
        }
        of_waves.add(results);
        failure = results.failure;
        gathered.add(std::move(results), part.which);
      } catch (const BackendError& error) {
        if (gathered.is_empty()) throw;
        failure = error.what();
        gathered.add(not_begun(games, part.runs, settings, failure), part.which);
      }
    };
    solve_part(begun, settings, false);
    solve_part(kept, no_updates, true);
    if (!left.which.empty()) gathered.add(not_begun(games, left.runs, settings, failure), left.which);
  }
  return gathered.finish();
}

}  // namespace quantal
