#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "options.hpp"
#include "output.hpp"
#include "quantal/game.hpp"
#include "quantal/results.hpp"

namespace quantal::cli {

/// What there is to report. It owns nothing: results of a million runs are not copied.
struct Report {
  std::span<const Game> games;
  const SolveOptions& options;
  const Results& results;
};

/// Which game, temperature, step size and start a run is of: indices into Report::games and the lists of the options,
/// by the order that Sweep promises.
struct RunIndex {
  std::size_t game;
  std::size_t temperature;
  std::size_t eta;
  std::size_t start;
};
RunIndex index_of(const SolveOptions& options, std::size_t run);

/// Cancelled and failed runs have no result and are not reported.
bool has_result(Status status);

struct StatusCounts {
  std::array<std::size_t, static_cast<std::size_t>(Status::failed) + 1> of{};  // by Status, failed being the last
  std::size_t operator[](Status status) const { return of[static_cast<std::size_t>(status)]; }
  std::size_t finished() const;
};
StatusCounts count_statuses(const Results& results);

/// "3 max_iterations, 1 stalled": those of the statuses that occur.
std::string list_statuses(const StatusCounts& counts, std::initializer_list<Status> statuses);

void write_table(const Report& report, Output& output);
void write_json(const Report& report, Output& output);
void write_csv(const Report& report, Output& output);

}  // namespace quantal::cli
