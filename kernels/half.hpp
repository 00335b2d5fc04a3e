#pragma once

/// Half precision (IEEE 754 binary16), which payoffs may be stored in: 11 significant bits, magnitudes from 2^-24 to
/// 65504. Nothing is computed in it.

#include <bit>
#include <cstdint>
#include <cstring>

#include "kernels/platform.hpp"

namespace quantal {
namespace kernels {

// Plain data: the same in every translation unit, so not in the inline namespace.
struct Half {
  std::uint16_t bits;
};

/// From here on a number is rounded to infinity: halfway from the largest, 65504, to the next place.
constexpr float least_beyond_half = 65520;

inline namespace QUANTAL_ISA {

/// The nearest one, ties to even; infinity from 65520 on. For the host.
inline Half half_of(float x) {
  constexpr std::uint32_t infinity = 0x47800000;  // 65536, from which on all are infinite or no number
  constexpr std::uint32_t normal = 0x38800000;    // 2^-14
  constexpr std::uint32_t one_half = 0x3f000000;  // whose last place is that of small halves, 2^-24
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t sign = bits >> 16 & 0x8000;
  const std::uint32_t magnitude = bits & 0x7fffffff;
  std::uint32_t half = 0;
  if (magnitude >= infinity) {
    half = magnitude > 0x7f800000 ? 0x7e00 : 0x7c00;
  } else if (magnitude < normal) {
    half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - one_half;
  } else {
    // Exponents differ by 112; 13 places go, and what they add to the next one may carry as far as it needs to.
    half = (magnitude - (std::uint32_t{112} << 23) + 0x0fff + (magnitude >> 13 & 1)) >> 13;
  }
  return {static_cast<std::uint16_t>(sign | half)};
}

/// Exact.
QUANTAL_HD float float_of(Half x) {
  float result;
#if defined(__CUDA_ARCH__)
  asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(x.bits));
#else
  const std::uint32_t sign = std::uint32_t{x.bits} << 16 & 0x80000000;
  const std::uint32_t exponent = x.bits >> 10 & 31;
  const std::uint32_t mantissa = x.bits & 1023;
  if (exponent == 0) {
    result = static_cast<float>(mantissa) * (sign != 0 ? -0x1p-24f : 0x1p-24f);
  } else {
    const std::uint32_t bits = sign | (exponent == 31 ? 255 : exponent + 112) << 23 | mantissa << 13;
    std::memcpy(&result, &bits, sizeof result);
  }
#endif
  return result;
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
