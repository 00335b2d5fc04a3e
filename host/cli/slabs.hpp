#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "host/files/game_source.hpp"
#include "quantal/results.hpp"
#include "quantal/run.hpp"
#include "quantal/settings.hpp"

namespace quantal::cli {

/// Cuts the runs of a sweep over any number of games into slabs of consecutive runs that fit memory. Where results are
/// kept slab by slab, slabs are short at first and then of a given duration. Results do not depend on the cuts.
class Slabs {
 public:
  /// From run `first_run` on. `source` stands at its game, unless that is `held`, which is then the first. Slabs take
  /// about so many seconds each, if that is given.
  Slabs(files::GameSource& source, const Sweep& sweep, const Settings& settings, std::optional<double> seconds,
        std::size_t first_run, std::vector<Game> held);

  /// Takes the next slab. False: there are no more runs.
  bool next();

  std::span<const Game> games() const { return games_; }
  std::size_t first_game() const { return first_game_; }
  std::size_t first_run() const { return first_run_; }

  /// Run::game counts from first_game.
  std::span<const Run> runs() const { return runs_; }

  /// How many runs there are in all, where that is known.
  std::optional<std::size_t> all_runs() const;

  /// Lets the next slabs have a good size.
  void learn(const Results& results);

 private:
  /// Up to number `end`, or as many as fit.
  void take_games(std::size_t end);

  files::GameSource& source_;
  const Sweep& sweep_;
  std::size_t runs_per_game_;
  double history_entries_;  // a run's, at most
  std::optional<double> seconds_;
  std::size_t size_;            // runs of the next slab, by time
  double bytes_per_run_ = 0;    // of results; 0: not known yet
  std::size_t first_game_ = 0;  // number of games_[0]
  std::size_t first_run_ = 0;
  std::vector<Game> games_;
  std::vector<Run> runs_;
  bool exhausted_ = false;
};

}  // namespace quantal::cli
