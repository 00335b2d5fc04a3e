#pragma once

#include <span>

#include "quantal/solve.hpp"

namespace quantal {

/// Whether any run starts where another ends.
bool has_warm_starts(std::span<const Run> runs);

/// Room for the results of all runs, each as if it had not begun (in solve.cpp).
Results make_results(std::span<const Game> games, std::span<const Run> runs, const Settings& settings);

/// `solve` for runs some of which start where others end: in waves, each of the runs whose starts the waves before have
/// found. Where a run ends without policies, cancelled or failed, those after it are not begun, and no wave is after a
/// backend has failed.
Results solve_in_waves(std::span<const Game> games, std::span<const Run> runs, const Settings& settings,
                       const ProgressCallback& progress);

}  // namespace quantal
