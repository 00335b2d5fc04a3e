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

  struct Equilibrium {
    std::vector<double> policies;
    double log_likelihood;  // minus infinity where none was found on the branch
  };

  /// Follows them. Keeps references to games and counts, which must be valid.
  QreBranches(std::span<const Game> games, std::span<const std::vector<double>> counts, const FitSettings& settings);

  /// Steps of game g's branch whose QRE was found: the first ones.
  std::size_t steps(std::size_t g) const { return steps_[g].size(); }
  double lambda(std::size_t step) const;
  double log_likelihood(std::size_t g, std::size_t step) const { return steps_[g][step].found.log_likelihood; }
  /// At lambda = 0.
  double log_likelihood_of_chance(std::size_t g) const;
  /// Lambda of the first step after which the branch could not be followed.
  std::optional<double> jump(std::size_t g) const;

  /// The QREs (points) at any lambdas on the way.
  std::vector<Equilibrium> equilibria(std::span<const Point> points) const;

 private:
  struct Step {
    Equilibrium found;
    bool is_after_jump;  // it is not where the ones before led to
  };
  struct Expectation {
    std::vector<double> policies;
    double most_change;  // that a QRE on the branch may be off, in total variation
  };
  struct Trail;

  void follow(std::vector<Trail>& trails);
  Expectation expected_at(const Point& point) const;
  std::vector<Equilibrium> solved(std::span<const Point> points, std::span<const std::vector<double>> from) const;

  std::span<const Game> games_;
  std::span<const std::vector<double>> counts_;
  Settings settings_;
  int first_ = 0;                         // lambda of the first step: lambda_at(first_)
  std::vector<std::vector<Step>> steps_;  // (G)
};

}  // namespace quantal
