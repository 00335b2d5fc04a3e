#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "quantal/fit.hpp"
#include "quantal/solve.hpp"

namespace quantal {

/// f(its actions' counts, their sum) for every agent, and state, with observations.
template <class F>
void for_observed(const Game& game, std::span<const double> counts, const F& f) {
  for (const int actions : actions_of(game)) {
    const std::span<const double> own = counts.first(static_cast<std::size_t>(actions));
    counts = counts.subspan(own.size());
    double sum = 0;
    for (const double count : own) sum += count;
    if (sum > 0) f(own, sum);
  }
}

/// The games' QREs from uniform policies upwards, and how likely observed play is at each: the branches of
/// quantal/fit.hpp.
class QreBranches {
 public:
  struct Point {
    std::size_t game;
    double lambda;
  };

  /// Follows them. Keeps references to games and counts, which must be valid.
  QreBranches(std::span<const Game> games, std::span<const std::vector<double>> counts, const FitSettings& settings);

  /// Steps of game g's branch whose QRE was found: the first ones.
  std::size_t steps(std::size_t g) const { return steps_[g].size(); }
  double lambda(std::size_t step) const;
  double log_likelihood(std::size_t g, std::size_t step) const { return steps_[g][step].log_likelihood; }
  /// At lambda = 0.
  double log_likelihood_of_chance(std::size_t g) const;
  /// The first step after which a policy changes much.
  std::optional<std::size_t> jump(std::size_t g) const;

  /// The QREs at any lambdas on the way, from the step below each.
  Results solve_at(std::span<const Point> points) const;
  /// Of run `run`, which solved for that point; minus infinity where it did not converge.
  double log_likelihood(const Point& point, const Results& results, std::size_t run) const;

 private:
  struct Step {
    std::vector<double> policies;
    double log_likelihood;
  };

  Run run_at(const Point& point, int step) const;
  void follow(std::span<const std::size_t> games, int from, std::span<const int> last);
  Results solved(std::span<const Run> runs) const;

  std::span<const Game> games_;
  std::span<const std::vector<double>> counts_;
  Settings settings_;
  int first_ = 0;                         // lambda of the first step: lambda_at(first_)
  std::vector<std::vector<Step>> steps_;  // (G)
};

}  // namespace quantal
