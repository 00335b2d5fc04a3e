#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/experiment/study.hpp"

namespace quantal::experiment {

/// Games of one kind and size, which share a panel.
struct Population {
  std::string name;
  std::vector<Game> games;
};

/// All games of all populations at each of some temperatures.
struct Ladder {
  std::string title;
  std::vector<Population> populations;
  std::vector<double> taus;   ///< from the highest
  std::optional<double> eta;  ///< not set: automatic
  std::int64_t max_iterations = 0;
  std::int64_t gap_every = 1;
  std::string_view gap_name = "QRE gap";

  /// ln of the factor by which the gap certainly shrinks with every update, in the long run; 0 where nothing is
  /// certain. Not set: nothing ever is.
  std::function<double(const Game& game, double tau, double eta)> certain_decay;
};

/// Solves them and draws gap.svg, the gap by iteration with a panel for each population and a curve for each
/// temperature, and nash_gap.svg, how far the equilibria are from Nash's. Expects that
///
/// - a larger temperature takes fewer iterations and leaves a larger Nash gap, by the medians of each population,
/// - runs that are certain to converge do, and no slower than is certain.
void run_ladder(Study& study, const Ladder& ladder);

}  // namespace quantal::experiment
