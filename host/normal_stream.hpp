#pragma once

#include <cmath>

#include "host/random_stream.hpp"

namespace quantal {

/// Independent standard normal numbers by the polar method (Marsaglia and Bray, A Convenient Method for Generating
/// Normal Variables, SIAM Review 6, 1964). They are made of words by + - * / and sqrt alone, which IEEE 754 rounds the
/// same everywhere: the last bits of std::log are each C library's own.
class NormalStream {
 public:
  explicit NormalStream(RandomStream& random) : random_(random) {}

  double next() {
    if (has_second_) {
      has_second_ = false;
      return second_;
    }
    double u = 0;
    double v = 0;
    double square = 0;
    do {
      u = random_.uniform(-1, 1);
      v = random_.uniform(-1, 1);
      square = u * u + v * v;
    } while (square >= 1 || square == 0);
    const double factor = std::sqrt(-2 * logarithm(square) / square);
    second_ = v * factor;
    has_second_ = true;
    return u * factor;
  }

  /// The natural logarithm of x > 0, within some units of the last place of itself or of 2^-52 where it is small.
  static double logarithm(double x) {
    int exponent = 0;
    double mantissa = std::frexp(x, &exponent);  // exact
    if (mantissa < 0.70710678118654752) {
      mantissa *= 2;
      --exponent;
    }
    // log m = 2 artanh t = 2 (t + t^3/3 + t^5/5 + ..) with |t| < 0.172: what follows the last term is below 2^-58 of
    // it.
    const double t = (mantissa - 1) / (mantissa + 1);
    const double square = t * t;
    double sum = 1.0 / 21;
    for (int k = 19; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
    constexpr double ln2 = 0.69314718055994531;
    return exponent * ln2 + 2 * t * sum;
  }

 private:
  RandomStream& random_;
  double second_ = 0;
  bool has_second_ = false;
};

}  // namespace quantal
