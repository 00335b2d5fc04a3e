#include "kernels/half.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace quantal::kernels {
namespace {

/// What the 16 bits mean, by the definition of binary16.
double meaning(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int mantissa = bits & 1023;
  const double sign = bits >> 15 != 0 ? -1 : 1;
  if (exponent == 31) return mantissa == 0 ? sign * HUGE_VAL : std::nan("");
  return sign * (exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25));
}

TEST(Half, EveryOneIsItselfAsAFloat) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Half half{static_cast<std::uint16_t>(bits)};
    const float x = float_of(half);
    if (std::isnan(meaning(half.bits))) {
      EXPECT_TRUE(std::isnan(x)) << bits;
      EXPECT_TRUE(std::isnan(float_of(half_of(x)))) << bits;
      continue;
    }
    ASSERT_EQ(static_cast<double>(x), meaning(half.bits)) << bits;
    ASSERT_EQ(std::signbit(x), std::signbit(meaning(half.bits))) << bits;
    ASSERT_EQ(half_of(x).bits, half.bits);
  }
}

TEST(Half, IsTheNearestOneAndEvenInTheMiddle) {
  // All magnitudes in order, and 65536 for infinity, as the next one would be; a number's place is that of its bits.
  std::vector<double> all;
  for (std::uint32_t bits = 0; bits < 0x7c00; ++bits) all.push_back(meaning(static_cast<std::uint16_t>(bits)));
  all.push_back(65536);
  const auto nearest = [&](double x) -> std::size_t {
    const auto above = static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), x) - all.begin());
    if (above == all.size()) return all.size() - 1;
    if (above == 0) return 0;
    const double down = x - all[above - 1];
    const double up = all[above] - x;
    if (down == up) return above % 2 == 0 ? above : above - 1;
    return down < up ? above - 1 : above;
  };
  const auto check = [&](float x) {
    ASSERT_EQ(half_of(x).bits, nearest(static_cast<double>(x))) << x;
    ASSERT_EQ(half_of(-x).bits, nearest(static_cast<double>(x)) | 0x8000) << x;
  };
  for (std::size_t k = 0; k + 1 < all.size(); ++k) {
    const auto middle = static_cast<float>((all[k] + all[k + 1]) / 2);
    check(middle);
    check(std::nextafter(middle, 0.0F));
    check(std::nextafter(middle, HUGE_VALF));
  }
  std::mt19937 bits(1);
  for (int k = 0; k < 1'000'000; ++k) {
    const float x = std::fabs(std::bit_cast<float>(static_cast<std::uint32_t>(bits())));
    if (!std::isnan(x)) check(x);
  }
  check(std::numeric_limits<float>::max());
  EXPECT_EQ(half_of(std::nextafter(least_beyond_half, 0.0F)).bits, 0x7bff);
  EXPECT_EQ(half_of(least_beyond_half).bits, 0x7c00);
}

}  // namespace
}  // namespace quantal::kernels
