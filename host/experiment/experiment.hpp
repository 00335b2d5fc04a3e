#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace quantal::experiment {

/// What a user may change.
struct StudyOptions {
  std::uint64_t seed = 0;
  std::optional<std::size_t> games;   ///< drawn for each point
  std::optional<std::size_t> starts;  ///< of each game
  bool quick = false;                 ///< small enough for a test
  int threads = 0;                    ///< as in Settings
};

class Study;

/// One experiment of the paper. Another one is a file that defines one more of these, named below and listed in
/// experiment.cpp.
struct Experiment {
  std::string_view name;
  std::string_view shows;  ///< lines of plain text
  bool takes_games = false;
  bool takes_starts = false;
  void (*run)(Study&) = nullptr;  ///< solves, draws, tells what was found
};

extern const Experiment general_sum;
extern const Experiment network_zero_sum;
extern const Experiment markov;
extern const Experiment bifurcation;
extern const Experiment entropy;
extern const Experiment starts;
extern const Experiment scaling;
extern const Experiment asymmetric;
extern const Experiment rules;
extern const Experiment schedules;

/// In the order in which they are told and run.
std::span<const Experiment* const> experiments();

}  // namespace quantal::experiment
