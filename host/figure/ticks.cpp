#include "host/figure/ticks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace quantal::figure {

namespace {

constexpr double rounding = 1e-9;  // of a step, or of a decade

/// The smallest of 1, 2 and 5 times a power of ten that is at least so large.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - rounding)) return factor * power;
  }
  return 10 * power;
}

double power_of_ten(int exponent) {
  return exponent < 0 ? 1 / std::pow(10.0, -exponent) : std::pow(10.0, exponent);
}

/// 0.01 to 1000 stand as they are, as long as all of an axis do.
bool is_plain(int exponent) {
  return exponent >= -2 && exponent <= 3;
}

/// The largest of 1, 2 and 5 times a power of ten that is at most so large.
double round_down(double number) {
  const double power = power_of_ten(static_cast<int>(std::floor(std::log10(number) + rounding)));
  for (const double factor : {5.0, 2.0}) {
    if (factor * power <= number * (1 + rounding)) return factor * power;
  }
  return power;
}

/// Ticks at all of 1, 2 and 5 times powers of ten that are in the range.
void add_round_numbers(Ticks& ticks) {
  const int first = static_cast<int>(std::floor(std::log10(ticks.low)));
  const int last = static_cast<int>(std::ceil(std::log10(ticks.high)));
  for (int exponent = first; exponent <= last; ++exponent) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double at = factor * power_of_ten(exponent);
      if (at < ticks.low * (1 - rounding) || at > ticks.high * (1 + rounding)) continue;
      ticks.ticks.push_back({at, fmt::format("{:g}", at)});
    }
  }
}

}  // namespace

Ticks linear_ticks(double low, double high, int wanted, bool round_low, bool round_high) {
  const double step = round_step((high - low) / wanted);
  const double first = round_low ? std::floor(low / step + rounding) : std::ceil(low / step - rounding);
  const double last = round_high ? std::ceil(high / step - rounding) : std::floor(high / step + rounding);
  Ticks result{round_low ? first * step : low, round_high ? last * step : high, {}};
  const int digits = std::max(0, -static_cast<int>(std::floor(std::log10(step) + rounding)));
  constexpr int most_digits = 6;
  for (double k = first; k <= last; ++k) {
    const double at = k == 0 ? 0.0 : k * step;  // never -0
    const bool is_plain = digits <= most_digits && std::abs(at) < 1e7;
    result.ticks.push_back({at, is_plain ? fmt::format("{:.{}f}", at, digits) : fmt::format("{:g}", at)});
  }
  return result;
}

Ticks log_ticks(double low, double high, int wanted, bool round_low, bool round_high) {
  Ticks result{round_low ? round_down(low) : low, round_high ? round_step(high) : high, {}};
  constexpr double few_decades = 1.5;
  constexpr std::size_t fewest = 3;
  if (std::log10(result.high / result.low) < few_decades) {
    add_round_numbers(result);
    if (result.ticks.size() < fewest) result.ticks = linear_ticks(result.low, result.high, wanted, false, false).ticks;
    return result;
  }
  const int first = static_cast<int>(std::floor(std::log10(result.low) + rounding));
  const int last = static_cast<int>(std::ceil(std::log10(result.high) - rounding));
  const int every = std::max(1, (last - first + wanted - 1) / wanted);
  const auto is_inside = [&](double at) {
    return at >= result.low * (1 - rounding) && at <= result.high * (1 + rounding);
  };
  bool all_plain = true;
  for (int exponent = first; exponent <= last; ++exponent) {
    if (is_inside(power_of_ten(exponent))) all_plain = all_plain && is_plain(exponent);
  }
  for (int exponent = first; exponent <= last; ++exponent) {
    const double at = power_of_ten(exponent);
    if (is_inside(at)) {
      const bool labelled = exponent % every == 0;
      Tick tick{at, ""};
      if (labelled && all_plain) tick.label = fmt::format("{:g}", at);
      if (labelled && !all_plain) tick = {at, "10", fmt::format("{}", exponent)};
      result.ticks.push_back(tick);
    }
    if (every > 1) continue;
    for (int factor = 2; factor < 10; ++factor) {
      if (is_inside(factor * at)) result.ticks.push_back({factor * at, ""});
    }
  }
  return result;
}

}  // namespace quantal::figure
