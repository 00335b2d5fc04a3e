#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "quantal/fit.hpp"

namespace quantal {

/// A log likelihood by lambda, as far as it is known, and where it is worth knowing more.
class LikelihoodProfile {
 public:
  /// `samples` in ascending order, the first at lambda = 0.
  explicit LikelihoodProfile(std::vector<LikelihoodPoint> samples) : samples_(std::move(samples)) {}

  const std::vector<LikelihoodPoint>& samples() const { return samples_; }
  const LikelihoodPoint& first() const { return samples_.front(); }
  const LikelihoodPoint& last() const { return samples_.back(); }
  /// The largest sample; up to rounding as large, the first one, or else the last one.
  const LikelihoodPoint& maximum() const { return samples_[best()]; }
  bool is_largest_at_end() const { return best() + 1 == samples_.size() && samples_.size() > 1; }

  /// Lambdas around the largest sample.
  std::vector<double> around_maximum() const;
  /// Lambdas where the likelihood crosses `level` the first time and the last time.
  std::vector<double> around_ends(double level) const;
  /// The vertex of the parabola through the largest sample and its neighbours, or that sample's lambda where there is
  /// none between these.
  double vertex() const;

  /// A lambda that is there already is left as it is.
  void add(const LikelihoodPoint& sample);

  /// The first and the last lambda with at least `level`, which the largest sample has; 0 and infinity where the first
  /// and the last sample have it.
  double lower(double level) const;
  double upper(double level) const;

 private:
  std::size_t best() const;
  /// The first and the last sample of at least `level`.
  std::pair<std::size_t, std::size_t> reaching(double level) const;
  /// Lambdas between samples `at` and `at + 1`.
  void add_between(std::size_t at, std::vector<double>& lambdas) const;

  std::vector<LikelihoodPoint> samples_;
};

}  // namespace quantal
