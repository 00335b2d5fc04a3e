#include "slabs.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace quantal::cli {

namespace {

constexpr std::size_t most_runs = std::size_t{1} << 17;
constexpr std::size_t most_bytes = std::size_t{256} << 20;  // of games, and of results

constexpr std::size_t least_runs = 16;

/// Of the first slab, before it is known how long runs take.
std::size_t first_size(double seconds) {
  constexpr double runs_per_second = 256;
  constexpr double most = 1024;
  return std::max(static_cast<std::size_t>(std::min(seconds * runs_per_second, most)), least_runs);
}

}  // namespace

Slabs::Slabs(files::GameSource& source, const Sweep& sweep, const Settings& settings, std::optional<double> seconds,
             std::size_t first_run, std::vector<Game> held)
    : source_(source),
      sweep_(sweep),
      runs_per_game_(sweep.runs_per_game()),
      history_entries_(settings.gap_every > 0 ? static_cast<double>(settings.max_iterations / settings.gap_every) + 2
                                              : 0),
      seconds_(seconds),
      size_(seconds ? first_size(*seconds) : most_runs),
      first_game_(first_run / runs_per_game_),
      first_run_(first_run),
      games_(std::move(held)) {}

void Slabs::take_games(std::size_t end) {
  if (exhausted_ || first_game_ + games_.size() >= end) return;
  std::vector<Game> more = source_.next(end - first_game_ - games_.size(), most_bytes);
  exhausted_ = more.empty();
  if (games_.empty()) {
    games_ = std::move(more);
  } else {
    games_.insert(games_.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
}

bool Slabs::next() {
  first_run_ += runs_.size();
  runs_.clear();
  const std::size_t done = std::min(first_run_ / runs_per_game_ - first_game_, games_.size());
  games_.erase(games_.begin(), games_.begin() + static_cast<std::ptrdiff_t>(done));
  first_game_ += done;

  std::size_t size = size_;
  if (games_.empty()) take_games(first_game_ + 1);
  if (games_.empty()) return false;
  if (bytes_per_run_ == 0) {
    // Histories of runs that stop early are shorter than they could be.
    constexpr double usual_entries = 4096;
    double actions = 0;
    for (const int m : actions_of(games_.front())) actions += m;
    bytes_per_run_ = sizeof(double) * (2 * actions + std::min(history_entries_, usual_entries));
  }
  const auto fitting = static_cast<std::size_t>(static_cast<double>(most_bytes) / bytes_per_run_) + 1;
  size = std::min(size, fitting);
  // A run that starts where another has ended needs it at hand.
  if (sweep_.warm_starts) size = std::max<std::size_t>(size / runs_per_game_, 1) * runs_per_game_;
  take_games((first_run_ + size + runs_per_game_ - 1) / runs_per_game_);

  size = std::min(size, (first_game_ + games_.size()) * runs_per_game_ - first_run_);
  runs_.reserve(size);
  for (std::size_t k = 0; k < size; ++k) {
    runs_.push_back(run_of(sweep_, first_run_ + k));
    runs_.back().game -= first_game_;
    if (runs_.back().after) *runs_.back().after -= first_run_;
  }
  return true;
}

std::optional<std::size_t> Slabs::all_runs() const {
  if (exhausted_) return (first_game_ + games_.size()) * runs_per_game_;
  const std::optional<std::uint64_t> games = source_.size();
  if (!games) return std::nullopt;
  return static_cast<std::size_t>(*games) * runs_per_game_;
}

void Slabs::learn(const Results& results) {
  if (results.size() == 0) return;
  const auto runs = static_cast<double>(results.size());
  const double numbers = static_cast<double>(results.policies.size() + results.action_values.size() +
                                             results.values.size() + results.gap_history.size());
  bytes_per_run_ = std::max(2 * sizeof(double) * numbers / runs, 64.0);
  if (!seconds_) return;
  constexpr double most_growth = 8;
  const double growth = std::clamp(*seconds_ / std::max(results.solve_seconds, 1e-4), 1 / most_growth, most_growth);
  size_ = std::clamp(static_cast<std::size_t>(runs * growth), least_runs, most_runs);
}

}  // namespace quantal::cli
