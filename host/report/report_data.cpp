#include "host/report/report_data.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <tuple>
#include <utility>

#include "host/report/histograms.hpp"

namespace quantal::report {
namespace {

using files::ResultsSource;
using files::RunRecord;

/// Gaps in the order of how bad they are: NaN, which says that numbers overflowed, is the worst.
double badness(double gap) {
  return std::isnan(gap) ? std::numeric_limits<double>::infinity() : gap;
}

/// The `capacity` places with the largest keys; of equal ones those that came first.
class Largest {
 public:
  explicit Largest(std::size_t capacity) : capacity_(capacity) {}

  void add(double key, std::uint64_t place) {
    kept_.emplace(-key, place);
    if (kept_.size() > capacity_) kept_.erase(std::prev(kept_.end()));
  }

  std::set<std::uint64_t> places() const {
    std::set<std::uint64_t> places;
    for (const auto& [key, place] : kept_) places.insert(place);
    return places;
  }

 private:
  std::size_t capacity_;
  std::set<std::pair<double, std::uint64_t>> kept_;
};

/// Chooses among things that come one after another so that each is as likely to be kept. The same ones every time.
class Sampler {
 public:
  explicit Sampler(std::size_t capacity) : capacity_(capacity) {}

  /// Where among those kept the next thing belongs, one of them giving way to it if all places are taken; `capacity`:
  /// nowhere.
  std::size_t place_for_next() {
    const std::uint64_t place = seen_ < capacity_ ? seen_ : random_() % (seen_ + 1);
    ++seen_;
    return static_cast<std::size_t>(std::min<std::uint64_t>(place, capacity_));
  }

 private:
  std::size_t capacity_;
  std::uint64_t seen_ = 0;
  std::mt19937_64 random_{20240502};
};

class Sample {
 public:
  explicit Sample(std::size_t capacity) : capacity_(capacity), sampler_(capacity) {}

  void add(std::uint64_t thing) {
    const std::size_t place = sampler_.place_for_next();
    if (place == capacity_) return;
    if (place == kept_.size()) kept_.emplace_back();
    kept_[place] = thing;
  }

  const std::vector<std::uint64_t>& kept() const { return kept_; }

 private:
  std::size_t capacity_;
  Sampler sampler_;
  std::vector<std::uint64_t> kept_;
};

/// `count` indices below `size`, evenly spread, with the first and the last.
std::vector<std::size_t> evenly_chosen(std::size_t size, std::size_t count) {
  std::vector<std::size_t> chosen;
  if (size <= count) count = size;
  for (std::size_t k = 0; k < count; ++k) chosen.push_back(count == 1 ? 0 : k * (size - 1) / (count - 1));
  return chosen;
}

/// Twenty bounds a decade, as far as whole numbers allow.
std::vector<std::int64_t> histogram_bounds(std::int64_t most) {
  constexpr double bounds_per_decade = 20;
  std::vector<std::int64_t> bounds = {1};
  for (int k = 1; bounds.back() <= most && bounds.back() < std::int64_t{1} << 60; ++k) {
    const auto bound = static_cast<std::int64_t>(std::ceil(std::pow(10.0, k / bounds_per_decade) - 1e-9));
    if (bound > bounds.back()) bounds.push_back(bound);
  }
  return bounds;
}

/// What there is in the file, gathered in the first pass.
class Survey {
 public:
  explicit Survey(const Limits& limits)
      : limits_(limits),
        slowest_(limits.slowest_runs),
        worst_(limits.worst_runs),
        sample_(limits.sampled_runs),
        worst_games_(limits.worst_games),
        sampled_games_(limits.sampled_games) {
    bounds_ = histogram_bounds(std::numeric_limits<std::int64_t>::max());
    for (auto& counts : histogram_) counts.resize(bounds_.size());
  }

  void add(const RunRecord& run) {
    const auto status = static_cast<std::size_t>(run.status);
    if (runs_ == 0 || run.game != game_) {
      end_game();
      game_ = run.game;
      ++games_;
      sampled_games_.add(game_);
      if (first_games_.size() < std::max(limits_.first_games, limits_.all_games)) first_games_.insert(game_);
    }
    game_gap_ = std::max(game_gap_, badness(run.qre_gap));
    slowest_.add(static_cast<double>(run.iterations), runs_);
    worst_.add(badness(run.qre_gap), runs_);
    sample_.add(runs_);
    ++runs_;
    ++statuses_[status];
    iterations_.add(run.iterations);
    worst_gap_ = std::max(worst_gap_, badness(run.qre_gap));
    const auto bin = std::upper_bound(bounds_.begin(), bounds_.end(), run.iterations) - bounds_.begin();
    ++histogram_[status][std::min(static_cast<std::size_t>(bin), bounds_.size() - 1)];

    auto found = temperatures_.find(run.tau);
    if (found == temperatures_.end()) {
      if (temperatures_.size() == limits_.temperatures) {
        ++further_;
        return;
      }
      found = temperatures_.try_emplace(run.tau).first;
    }
    found->second.add(run);
    if (run.history_iteration.empty()) return;
    longest_ = std::max(longest_, run.history_iteration.back());
    // The last gap may stand before the next whole stride.
    if (run.history_iteration.size() > 2) {
      stride_ = std::min(stride_, run.history_iteration[1] - run.history_iteration[0]);
    }
  }

  /// The report, but for what the second pass adds.
  ReportData summary() {
    end_game();
    ReportData data;
    data.runs = runs_;
    data.games = games_;
    data.statuses = statuses_;
    data.worst_gap = worst_gap_;
    data.further_temperatures_runs = further_;
    if (runs_ == 0) return data;
    data.median_iterations = iterations_.quantile(0.5);
    data.most_iterations = iterations_.most();
    data.histogram.bounds = histogram_bounds(data.most_iterations);
    for (std::size_t status = 0; status < number_of_statuses; ++status) {
      histogram_[status].resize(data.histogram.bounds.size());
      data.histogram.counts[status] = histogram_[status];
    }
    std::vector<std::size_t> with_history;
    for (auto each = temperatures_.rbegin(); each != temperatures_.rend(); ++each) {
      if (each->second.has_history) with_history.push_back(data.temperatures.size());
      data.temperatures.push_back(each->second.summary(each->first));
    }
    for (const std::size_t k : evenly_chosen(with_history.size(), limits_.curves)) {
      data.curves.push_back({with_history[k], 0, {}});
    }
    if (!data.curves.empty()) data.iterations = curve_iterations();
    return data;
  }

  std::set<std::uint64_t> slowest_runs() const { return slowest_.places(); }
  std::set<std::uint64_t> worst_runs() const { return worst_.places(); }

  /// All runs of a small file.
  std::set<std::uint64_t> sampled_runs() const {
    std::set<std::uint64_t> runs;
    if (runs_ > limits_.all_runs) return {sample_.kept().begin(), sample_.kept().end()};
    for (std::uint64_t run = 0; run < runs_; ++run) runs.insert(runs.end(), run);
    return runs;
  }

  /// All games where they are few.
  std::set<std::uint64_t> shown_games() const {
    if (games_ <= limits_.all_games) return first_games_;
    std::set<std::uint64_t> games(sampled_games_.kept().begin(), sampled_games_.kept().end());
    games.merge(worst_games_.places());
    std::size_t left = limits_.first_games;
    for (auto game = first_games_.begin(); game != first_games_.end() && left > 0; ++game, --left) games.insert(*game);
    return games;
  }

 private:
  struct Temperature {
    StatusCounts statuses{};
    IterationCounts iterations;
    GapHistogram qre_gap;
    GapHistogram nash_gap;
    double worst_gap = 0;
    bool has_history = false;

    void add(const RunRecord& run) {
      ++statuses[static_cast<std::size_t>(run.status)];
      iterations.add(run.iterations);
      qre_gap.add(run.qre_gap);
      nash_gap.add(run.nash_gap);
      worst_gap = std::max(worst_gap, badness(run.qre_gap));
      has_history = has_history || !run.history_iteration.empty();
    }

    TemperatureSummary summary(const std::vector<double>& tau) const {
      TemperatureSummary summary;
      summary.tau = tau;
      summary.runs = iterations.count();
      summary.statuses = statuses;
      summary.median_iterations = iterations.quantile(0.5);
      summary.most_iterations = iterations.most();
      summary.worst_gap = worst_gap;
      for (std::size_t k = 0; k < quantile_shares.size(); ++k) {
        summary.qre_gap[k] = qre_gap.quantile(quantile_shares[k]);
        summary.nash_gap[k] = nash_gap.quantile(quantile_shares[k]);
      }
      return summary;
    }
  };

  void end_game() {
    if (games_ > 0) worst_games_.add(game_gap_, game_);
    game_gap_ = 0;
  }

  /// All iterations at which gaps were kept, or some of them: two thirds of these for a logarithmic axis, one third for
  /// a linear one.
  std::vector<std::int64_t> curve_iterations() const {
    const std::int64_t stride = std::max<std::int64_t>(1, std::min(stride_, longest_));
    const std::int64_t strides = longest_ / stride;
    const auto points = static_cast<std::int64_t>(limits_.curve_points);
    std::set<std::int64_t> iterations = {0, longest_};
    if (strides + 2 <= points) {
      for (std::int64_t k = 0; k <= strides; ++k) iterations.insert(k * stride);
    } else {
      const std::int64_t logarithmic = 2 * (points - 2) / 3;
      const std::int64_t linear = points - 2 - logarithmic;
      for (std::int64_t k = 0; k < logarithmic; ++k) {
        const double exponent = static_cast<double>(k) / static_cast<double>(logarithmic);
        iterations.insert(stride * std::llround(std::pow(static_cast<double>(strides), exponent)));
      }
      for (std::int64_t k = 1; k <= linear; ++k) {
        const double share = static_cast<double>(k) / static_cast<double>(linear);
        iterations.insert(stride * static_cast<std::int64_t>(share * static_cast<double>(strides)));
      }
    }
    return {iterations.begin(), iterations.end()};
  }

  const Limits& limits_;
  std::uint64_t runs_ = 0;
  std::uint64_t games_ = 0;
  std::uint64_t game_ = 0;  // of the last run
  double game_gap_ = 0;     // its largest so far
  StatusCounts statuses_{};
  IterationCounts iterations_;
  double worst_gap_ = 0;
  std::uint64_t further_ = 0;
  std::map<std::vector<double>, Temperature> temperatures_;
  std::int64_t longest_ = 0;
  std::int64_t stride_ = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int64_t> bounds_;
  std::array<std::vector<std::uint64_t>, number_of_statuses> histogram_;
  Largest slowest_;
  Largest worst_;
  Sample sample_;
  Largest worst_games_;
  std::set<std::uint64_t> first_games_;
  Sample sampled_games_;
};

/// Keeps at most `most` probabilities: all actions of the first states and agents.
void cut_policies(ShownRun& run, std::size_t most) {
  RunRecord& record = run.record;
  const auto all = std::accumulate(record.actions.begin(), record.actions.end(), std::size_t{0},
                                   [](std::size_t sum, int count) { return sum + static_cast<std::size_t>(count); });
  if (record.policies.size() != all) {  // a run without a result has none
    record.policies.clear();
    record.actions.clear();
  }
  const auto states = static_cast<std::size_t>(std::max(record.states, 1));
  run.agents = record.actions.size() / states;
  std::size_t agents = run.agents;
  std::size_t kept_states = states;
  const auto numbers = [&] {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < agents; ++i) {
      for (std::size_t s = 0; s < kept_states; ++s) sum += static_cast<std::size_t>(record.actions[i * states + s]);
    }
    return sum;
  };
  while (numbers() > most) {
    if (kept_states > 1) {
      kept_states = (kept_states + 1) / 2;
    } else {
      agents /= 2;
    }
  }
  run.agents_kept = agents;
  run.states_kept = static_cast<int>(kept_states);
  if (agents == run.agents && kept_states == states) return;
  std::vector<int> actions;
  std::vector<double> policies;
  auto next = record.policies.begin();
  for (std::size_t k = 0; k < record.actions.size(); ++k) {
    const auto end = next + record.actions[k];
    if (k / states < agents && k % states < kept_states) {
      actions.push_back(record.actions[k]);
      policies.insert(policies.end(), next, end);
    }
    next = end;
  }
  record.actions = std::move(actions);
  record.policies = std::move(policies);
}

/// Of a long history the gaps at about the iterations of the curves, and the last one.
void thin_history(RunRecord& run, const std::vector<std::int64_t>& iterations) {
  if (run.history_iteration.size() <= 2 * iterations.size()) return;
  std::vector<std::int64_t> kept_iterations;
  std::vector<double> kept_gaps;
  std::size_t k = 0;
  for (const std::int64_t iteration : iterations) {
    while (k < run.history_iteration.size() && run.history_iteration[k] < iteration) ++k;
    if (k == run.history_iteration.size()) break;
    if (!kept_iterations.empty() && kept_iterations.back() == run.history_iteration[k]) continue;
    kept_iterations.push_back(run.history_iteration[k]);
    kept_gaps.push_back(run.history_gap[k]);
  }
  if (kept_iterations.back() != run.history_iteration.back()) {
    kept_iterations.push_back(run.history_iteration.back());
    kept_gaps.push_back(run.history_gap.back());
  }
  run.history_iteration = std::move(kept_iterations);
  run.history_gap = std::move(kept_gaps);
}

/// The second pass.
class Collection {
 public:
  Collection(const Limits& limits, const Survey& survey, ReportData& data)
      : data_(data),
        slowest_(survey.slowest_runs()),
        worst_(survey.worst_runs()),
        sampled_(survey.sampled_runs()),
        cells_(data.curves.size(), std::vector<GapHistogram>(data.iterations.size())) {
    for (std::size_t k = 0; k < data.curves.size(); ++k) {
      curve_of_[data.temperatures[data.curves[k].temperature].tau] = k;
    }
    const std::set<std::uint64_t> games = survey.shown_games();
    const std::size_t runs = sampled_.size() + slowest_.size() + worst_.size() + fewest_runs * games.size();
    constexpr std::size_t fewest_numbers = 64;
    run_numbers_ =
        std::min(limits.run_numbers, std::max(fewest_numbers, limits.policy_numbers / std::max<std::size_t>(runs, 1)));
    numbers_per_game_ = limits.policy_numbers / std::max<std::size_t>(games.size(), 1);
    for (const std::uint64_t game : games) games_.try_emplace(game);
  }

  void add(RunRecord& record) {
    const std::uint64_t position = position_++;
    add_to_curve(record);
    const auto game = games_.find(record.game);
    ShownRun run;
    run.is_slow = slowest_.contains(position);
    run.is_worst = worst_.contains(position);
    run.is_sample = sampled_.contains(position);
    const bool has_row = run.is_slow || run.is_worst || run.is_sample;
    if (game == games_.end() && !has_row) return;
    run.record = std::move(record);
    cut_policies(run, run_numbers_);
    if (game != games_.end()) {
      Game& shown = game->second;
      if (shown.about.runs++ == 0) {
        shown.about.number = run.record.game;
        shown.about.name = run.record.game_name;
        shown.about.game_class = run.record.game_class;
        // A run takes about as much room beside its policies.
        constexpr std::size_t other_numbers = 30;
        shown.capacity = std::max(fewest_runs, numbers_per_game_ / (run.record.policies.size() + other_numbers));
        shown.sampler = Sampler(shown.capacity);
      }
    }
    if (has_row) {
      thin_history(run.record, data_.iterations);
      rows_.emplace_back(position, std::move(run));
      return;
    }
    Game& shown = game->second;
    const std::size_t place = shown.sampler.place_for_next();
    if (place == shown.capacity) return;
    run.record.history_iteration = {};
    run.record.history_gap = {};
    if (place == shown.runs.size()) shown.runs.emplace_back();
    shown.runs[place] = {position, std::move(run)};
  }

  void finish() {
    for (std::size_t k = 0; k < cells_.size(); ++k) {
      for (const GapHistogram& cell : cells_[k]) {
        Quantiles gaps{};
        for (std::size_t q = 0; q < gaps.size(); ++q) {
          gaps[q] = cell.count() > 0 ? cell.quantile(quantile_shares[q]) : std::numeric_limits<double>::quiet_NaN();
        }
        data_.curves[k].gaps.push_back(gaps);
      }
    }
    std::map<std::uint64_t, std::size_t> index;
    for (auto& [number, game] : games_) {
      if (game.about.runs == 0) continue;  // the file has changed since
      index[number] = data_.shown_games.size();
      data_.shown_games.push_back(std::move(game.about));
      std::move(game.runs.begin(), game.runs.end(), std::back_inserter(rows_));
    }
    std::sort(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [position, run] : rows_) {
      const auto game = index.find(run.record.game);
      run.game = game == index.end() ? data_.shown_games.size() : game->second;
      data_.shown_runs.push_back(std::move(run));
    }
  }

 private:
  static constexpr std::size_t fewest_runs = 8;  // of a game

  struct Game {
    ShownGame about;
    std::size_t capacity = 0;
    Sampler sampler{0};
    std::vector<std::pair<std::uint64_t, ShownRun>> runs;  // without rows of their own, by their position in the file
  };

  void add_to_curve(const RunRecord& run) {
    if (run.history_iteration.empty()) return;
    const auto found = curve_of_.find(run.tau);
    if (found == curve_of_.end()) return;
    ++data_.curves[found->second].runs;
    std::vector<GapHistogram>& cells = cells_[found->second];
    std::size_t entry = run.history_iteration.size();  // of the gap whose bin is known
    int bin = 0;
    auto after = run.history_iteration.begin();
    for (std::size_t k = 0; k < cells.size(); ++k) {
      after = std::upper_bound(after, run.history_iteration.end(), data_.iterations[k]);
      if (after == run.history_iteration.begin()) continue;
      const auto last = static_cast<std::size_t>(after - run.history_iteration.begin()) - 1;
      if (last != entry) bin = GapHistogram::bin_of(run.history_gap[last]);
      entry = last;
      cells[k].add_to(bin);
    }
  }

  ReportData& data_;
  std::set<std::uint64_t> slowest_;
  std::set<std::uint64_t> worst_;
  std::set<std::uint64_t> sampled_;
  std::size_t run_numbers_ = 0;
  std::size_t numbers_per_game_ = 0;
  std::uint64_t position_ = 0;
  std::map<std::vector<double>, std::size_t> curve_of_;
  std::vector<std::vector<GapHistogram>> cells_;  // of each curve, at each iteration
  std::map<std::uint64_t, Game> games_;
  std::vector<std::pair<std::uint64_t, ShownRun>> rows_;
};

/// Runs are taken in slabs of about as many numbers.
template <typename Take>
void for_each_run(ResultsSource& source, Take&& take) {
  constexpr std::size_t slab_numbers = 1 << 18;
  constexpr std::size_t most_runs = 1024;
  std::size_t count = 1;
  while (true) {
    std::vector<RunRecord> runs = source.next(count);
    if (runs.empty()) return;
    const std::size_t numbers = 1 + runs.back().policies.size() + 2 * runs.back().history_gap.size();
    count = std::clamp<std::size_t>(slab_numbers / numbers, 1, most_runs);
    for (RunRecord& run : runs) take(run);
  }
}

}  // namespace

ReportData gather_report(const std::function<std::unique_ptr<ResultsSource>()>& open, const Limits& limits) {
  Survey survey(limits);
  std::unique_ptr<ResultsSource> source = open();
  for_each_run(*source, [&](const RunRecord& run) { survey.add(run); });
  ReportData data = survey.summary();
  data.head = source->head();

  Collection collection(limits, survey, data);
  source = open();
  for_each_run(*source, [&](RunRecord& run) { collection.add(run); });
  collection.finish();
  return data;
}

}  // namespace quantal::report
