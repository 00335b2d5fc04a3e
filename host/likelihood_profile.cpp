#include "host/likelihood_profile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantal {

namespace {

constexpr int points_between = 7;

/// Where the line through two points has `level`.
double crossing(const LikelihoodPoint& a, const LikelihoodPoint& b, double level) {
  const double part = (level - a.log_likelihood) / (b.log_likelihood - a.log_likelihood);
  return std::isfinite(part) ? a.lambda + part * (b.lambda - a.lambda) : (a.lambda + b.lambda) / 2;
}

}  // namespace

std::size_t LikelihoodProfile::best() const {
  const auto less = [](const LikelihoodPoint& a, const LikelihoodPoint& b) {
    return a.log_likelihood < b.log_likelihood;
  };
  const auto largest = std::max_element(samples_.begin(), samples_.end(), less);
  const double level = largest->log_likelihood - 1e-14 * std::fabs(first().log_likelihood);
  if (first().log_likelihood >= level) return 0;
  if (last().log_likelihood >= level) return samples_.size() - 1;
  return static_cast<std::size_t>(largest - samples_.begin());
}

std::vector<double> LikelihoodProfile::around_maximum() const {
  std::vector<double> lambdas;
  const std::size_t at = best();
  if (at > 0) add_between(at - 1, lambdas);
  if (at + 1 < samples_.size()) add_between(at, lambdas);
  return lambdas;
}

std::vector<double> LikelihoodProfile::around_ends(double level) const {
  std::vector<double> lambdas;
  const auto [begin, end] = reaching(level);
  if (begin > 0) add_between(begin - 1, lambdas);
  if (end + 1 < samples_.size()) add_between(end, lambdas);
  return lambdas;
}

void LikelihoodProfile::add(const LikelihoodPoint& sample) {
  const auto before = [](const LikelihoodPoint& a, const LikelihoodPoint& b) { return a.lambda < b.lambda; };
  const auto place = std::lower_bound(samples_.begin(), samples_.end(), sample, before);
  if (place == samples_.end() || place->lambda != sample.lambda) samples_.insert(place, sample);
}

double LikelihoodProfile::vertex() const {
  const std::size_t at = best();
  const double middle = samples_[at].lambda;
  if (at == 0 || at + 1 == samples_.size()) return middle;
  const double left = samples_[at - 1].lambda - middle;
  const double right = samples_[at + 1].lambda - middle;
  const double left_slope = (samples_[at - 1].log_likelihood - samples_[at].log_likelihood) / left;
  const double right_slope = (samples_[at + 1].log_likelihood - samples_[at].log_likelihood) / right;
  const double curvature = (right_slope - left_slope) / (right - left);
  const double vertex = (left + right) / 2 - (left_slope + right_slope) / (4 * curvature);
  return vertex > left && vertex < right ? middle + vertex : middle;
}

double LikelihoodProfile::lower(double level) const {
  const std::size_t begin = reaching(level).first;
  return begin == 0 ? 0 : crossing(samples_[begin - 1], samples_[begin], level);
}

double LikelihoodProfile::upper(double level) const {
  const std::size_t end = reaching(level).second;
  return end + 1 == samples_.size() ? std::numeric_limits<double>::infinity()
                                    : crossing(samples_[end], samples_[end + 1], level);
}

std::pair<std::size_t, std::size_t> LikelihoodProfile::reaching(double level) const {
  const auto reaches = [&](const LikelihoodPoint& sample) { return sample.log_likelihood >= level; };
  const auto begin = std::find_if(samples_.begin(), samples_.end(), reaches);
  const auto end = std::find_if(samples_.rbegin(), samples_.rend(), reaches);
  return {static_cast<std::size_t>(begin - samples_.begin()), static_cast<std::size_t>(samples_.rend() - end) - 1};
}

void LikelihoodProfile::add_between(std::size_t at, std::vector<double>& lambdas) const {
  const double low = samples_[at].lambda;
  const double high = samples_[at + 1].lambda;
  for (int k = 1; k <= points_between; ++k) lambdas.push_back(low + (high - low) * k / (points_between + 1));
}

}  // namespace quantal
