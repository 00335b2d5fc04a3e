// Where ticks are, and what they say.

#include "host/figure/ticks.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace quantal::figure {
namespace {

std::vector<double> places(const Ticks& ticks) {
  std::vector<double> all;
  for (const Tick& tick : ticks.ticks) all.push_back(tick.at);
  return all;
}

std::vector<std::string> labels(const Ticks& ticks) {
  std::vector<std::string> all;
  for (const Tick& tick : ticks.ticks) {
    if (tick.label.empty()) continue;
    all.push_back(tick.exponent.empty() ? tick.label : tick.label + "^" + tick.exponent);
  }
  return all;
}

TEST(Ticks, OfALinearAxisAreRoundNumbers) {
  const Ticks ticks = linear_ticks(0, 1, 5);
  EXPECT_EQ(labels(ticks), (std::vector<std::string>{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_DOUBLE_EQ(places(ticks)[3], 0.6);
  EXPECT_EQ(labels(linear_ticks(-3, 14, 4)), (std::vector<std::string>{"-5", "0", "5", "10", "15"}));
  EXPECT_EQ(labels(linear_ticks(0, 0.003, 3)), (std::vector<std::string>{"0.000", "0.001", "0.002", "0.003"}));
}

TEST(Ticks, EndsThatAreGivenStay) {
  const Ticks ticks = linear_ticks(0, 1.3, 5, false, false);
  EXPECT_EQ(ticks.low, 0);
  EXPECT_EQ(ticks.high, 1.3);
  EXPECT_EQ(labels(ticks), (std::vector<std::string>{"0.0", "0.5", "1.0"}));
  const Ticks log = log_ticks(3e-16, 2, 4, false, false);
  EXPECT_EQ(log.low, 3e-16);
  EXPECT_EQ(log.high, 2);
  EXPECT_EQ(labels(log), (std::vector<std::string>{"10^-15", "10^-10", "10^-5", "10^0"}));
}

TEST(Ticks, OfALogAxisArePowersOfTen) {
  const Ticks ticks = log_ticks(1, 1000, 5);
  EXPECT_EQ(labels(ticks), (std::vector<std::string>{"1", "10", "100", "1000"}));
  EXPECT_EQ(ticks.ticks.size(), 4u + 3u * 8u);  // with the small ones at 2 .. 9 times those
  EXPECT_EQ(ticks.ticks[1].at, 2);
  EXPECT_EQ(labels(log_ticks(0.06, 4, 5)), (std::vector<std::string>{"0.1", "1"}));
  EXPECT_EQ(log_ticks(0.06, 4, 5).low, 0.05);
  EXPECT_EQ(log_ticks(0.06, 4, 5).high, 5);
  EXPECT_EQ(labels(log_ticks(1, 1e5, 6)), (std::vector<std::string>{"10^0", "10^1", "10^2", "10^3", "10^4", "10^5"}));
}

TEST(Ticks, OfAShortLogAxisAreAtOneTwoAndFive) {
  EXPECT_EQ(labels(log_ticks(1, 10, 5)), (std::vector<std::string>{"1", "2", "5", "10"}));
  EXPECT_EQ(labels(log_ticks(210, 450, 4)), (std::vector<std::string>{"200", "300", "400", "500"}));
}

TEST(Ticks, LieInTheirRangeInOrderWhateverItIs) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-12, 12);
  std::uniform_real_distribution<double> share(0.001, 1);
  for (int trial = 0; trial < 2000; ++trial) {
    const double size = std::pow(10, exponent(random));
    const double low = size * (share(random) - 0.5);
    const double high = low + size * share(random);
    const Ticks linear = linear_ticks(low, high, 5);
    EXPECT_LE(linear.low, low + 1e-9 * size);
    EXPECT_GE(linear.high, high - 1e-9 * size);
    const double ratio = std::pow(10, 20 * share(random));
    const Ticks log = log_ticks(size, size * ratio, 5);
    EXPECT_LE(log.low, size * (1 + 1e-8));
    EXPECT_GE(log.high, size * ratio * (1 - 1e-8));
    for (const Ticks* ticks : {&linear, &log}) {
      EXPECT_GE(labels(*ticks).size(), 2u) << low << " " << high << " " << size << " " << ratio;
      EXPECT_LE(labels(*ticks).size(), 9u) << low << " " << high << " " << size << " " << ratio;
      double before = ticks->low * (1 - 1e-9) - 1e-9 * size;
      for (const Tick& tick : ticks->ticks) {
        EXPECT_GT(tick.at, before - (before == tick.at ? 1 : 0));
        EXPECT_LE(tick.at, ticks->high * (1 + 1e-8) + 1e-8 * size);
        before = tick.at;
      }
    }
  }
}

}  // namespace
}  // namespace quantal::figure
