#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/experiment/table.hpp"
#include "host/figure/figure.hpp"
#include "host/files/results_file.hpp"
#include "quantal/generate.hpp"
#include "quantal/solve.hpp"

namespace quantal::experiment {

/// The progress callback asked to stop. The runs that had finished are in the results file.
struct Interrupted {};

/// Something that results say. An expectation holds or not; without one it is a measurement.
struct Finding {
  std::string text;
  std::optional<bool> holds;
};

/// Games, and what became of their runs.
struct Batch {
  std::vector<Game> games;
  Results results;
  std::size_t temperatures = 1;
  std::size_t starts = 1;

  std::size_t run(std::size_t game, std::size_t tau, std::size_t start = 0) const {
    return (game * temperatures + tau) * starts + start;
  }

  /// Of all games and starts.
  std::vector<std::size_t> runs_at(std::size_t tau) const;
};

/// The first so many games of a family, from that seed.
template <class Family>
std::vector<Game> draw_games(Family family, std::size_t count, std::uint64_t seed) {
  family.seed = seed;
  std::vector<Game> games;
  for (std::size_t k = 0; k < count; ++k) games.emplace_back(generate(family, k));
  return games;
}

/// One experiment at work, and the folder that it fills: results.h5, figures, and at the end summary.csv, findings.csv
/// and report.html (NAME.html of other results). Each file is there as a whole or not at all, but for results, which
/// grow by what is solved in one go.
class Study {
 public:
  /// `words`: the command line, which the results file keeps. Throws InputError where there can be no such folder.
  Study(const Experiment& experiment, std::filesystem::path folder, const StudyOptions& options,
        std::vector<std::string> words, ProgressCallback progress);

  const StudyOptions& options() const { return options_; }

  /// What was asked for, or else a number that depends on --quick.
  std::size_t games(std::size_t usual, std::size_t quick) const;
  std::size_t starts(std::size_t usual, std::size_t quick) const;

  /// Says what is done with all games that follow, so many of them, which are numbered from 0. The sweep has one step
  /// size. Where an experiment has several sweeps or settings, each has a results file of its own, NAME.h5.
  void begin(Sweep sweep, const Settings& settings, std::size_t games, std::string name = "results");

  /// Solves the next games and writes their results. Throws Interrupted, and BackendError where the backend failed.
  Batch solve(std::vector<Game> games);

  /// Writes NAME.svg.
  void draw(std::string_view name, const figure::Figure& figure);

  void set_summary(Table table) { summary_ = std::move(table); }
  void expect(bool holds, std::string text) { findings_.push_back({std::move(text), holds}); }
  void note(std::string text) { findings_.push_back({std::move(text), {}}); }

  /// Writes what is left.
  void finish();

  const Table& summary() const { return summary_; }
  const std::vector<Finding>& findings() const { return findings_; }
  const std::vector<std::string>& files() const { return files_; }  ///< names in the folder, as they were written

 private:
  void write_file(const std::string& name, std::string_view content);

  const Experiment& experiment_;
  std::filesystem::path folder_;
  StudyOptions options_;
  std::vector<std::string> words_;
  ProgressCallback progress_;

  Sweep sweep_;
  Settings settings_;
  std::size_t games_asked_ = 0;
  std::size_t games_solved_ = 0;
  std::string results_name_;
  std::optional<files::ResultsFile> results_;
  std::vector<std::string> results_written_;  // names

  Table summary_;
  std::vector<Finding> findings_;
  std::vector<std::string> files_;
};

}  // namespace quantal::experiment
