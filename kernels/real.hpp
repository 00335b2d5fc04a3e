#pragma once

/// The number that a run is computed with: float, double, or on the CPU a SIMD batch in which each lane is another run
/// (real_simd.hpp adds the same functions for it). Kernels call these names and nothing else, so one text serves all.
///
///   Mask         result of a comparison: bool, or one bool a lane
///   Scalar       what payoffs are stored as
///   lanes        runs advanced together

#include <cmath>

#include "kernels/platform.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

template <class Real>
struct RealTraits;

template <>
struct RealTraits<float> {
  using Scalar = float;
  using Mask = bool;
  static constexpr int lanes = 1;
};

template <>
struct RealTraits<double> {
  using Scalar = double;
  using Mask = bool;
  static constexpr int lanes = 1;
};

template <class Real>
using ScalarOf = typename RealTraits<Real>::Scalar;
template <class Real>
using MaskOf = typename RealTraits<Real>::Mask;

/// What a Real consists of, where it is several (several.hpp): parts that do not need each other.
template <class Real>
struct PartsOf {
  using Part = Real;
  static constexpr int count = 1;
  QUANTAL_HD static Real& at(Real& x, int) { return x; }
};

/// The SIMD batch of a scalar; the scalar itself where there is none.
template <class Scalar>
struct PackOf {
  using Type = Scalar;
};

/// A SIMD batch of four of a scalar; the scalar itself where there is none.
template <class Scalar>
struct QuadOf {
  using Type = Scalar;
};

/// 0, 1/2, .. as a Real, whatever its precision: no float kernel computes in double by accident.
template <class Real>
QUANTAL_HD Real constant(double value) {
  return Real(static_cast<ScalarOf<Real>>(value));
}

namespace math {

QUANTAL_HD float exp(float x) {
  return ::expf(x);
}
QUANTAL_HD double exp(double x) {
  return ::exp(x);
}

/// exp(x') for an x' that is off from x by less than x's last digit. For policies: logits are no more certain than
/// that.
QUANTAL_HD float exp_of_logit(float x) {
#if defined(__CUDA_ARCH__)
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x * 1.44269504f));
  return y;
#else
  return ::expf(x);
#endif
}
QUANTAL_HD double exp_of_logit(double x) {
  return ::exp(x);
}

QUANTAL_HD float log1p(float x) {
  return ::log1pf(x);
}
QUANTAL_HD double log1p(double x) {
  return ::log1p(x);
}
QUANTAL_HD float log(float x) {
  return ::logf(x);
}
QUANTAL_HD double log(double x) {
  return ::log(x);
}

// A NaN on either side may win or lose; callers look for NaN in the gap itself.
#if defined(__CUDA_ARCH__)
QUANTAL_HD float max(float x, float y) {
  return ::fmaxf(x, y);
}
QUANTAL_HD float min(float x, float y) {
  return ::fminf(x, y);
}
#else
QUANTAL_HD float max(float x, float y) {
  return x > y ? x : y;
}
QUANTAL_HD float min(float x, float y) {
  return x < y ? x : y;
}
#endif
QUANTAL_HD double max(double x, double y) {
  return x > y ? x : y;
}
QUANTAL_HD double min(double x, double y) {
  return x < y ? x : y;
}
QUANTAL_HD float abs(float x) {
  return ::fabsf(x);
}
QUANTAL_HD double abs(double x) {
  return ::fabs(x);
}

/// The larger one; not-a-number if either is.
template <class Scalar>
QUANTAL_HD Scalar max_or_nan(Scalar x, Scalar y) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  if constexpr (sizeof(Scalar) == sizeof(float)) {
    float result;
    asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(x), "f"(y));
    return result;
  }
#endif
  return x > y || x != x ? x : y;
}

/// 1 / x for an x that is neither tiny nor huge.
template <class Real>
QUANTAL_HD Real reciprocal(const Real& x) {
#if defined(__CUDA_ARCH__)
  if constexpr (sizeof(Real) == sizeof(float)) {
    // The device's approximation and a step of Newton's, where a division would look for all it may be asked.
    float y;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return ::fmaf(y, ::fmaf(-x, y, 1.0f), y);
  }
#endif
  return Real(1) / x;
}

/// x y + z, rounded once where the machine has the instruction. Never left to the compiler's contraction: agents that
/// are alike must see the same roundings.
QUANTAL_HD float multiply_add(float x, float y, float z) {
#if defined(__CUDA_ARCH__) || defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return ::fmaf(x, y, z);
#else
  return x * y + z;
#endif
}
QUANTAL_HD double multiply_add(double x, double y, double z) {
#if defined(__CUDA_ARCH__) || defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return ::fma(x, y, z);
#else
  return x * y + z;
#endif
}

QUANTAL_HD float select(bool mask, float yes, float no) {
  return mask ? yes : no;
}
QUANTAL_HD double select(bool mask, double yes, double no) {
  return mask ? yes : no;
}
QUANTAL_HD bool any(bool mask) {
  return mask;
}
QUANTAL_HD bool is_nan(float x) {
  return x != x;
}
QUANTAL_HD bool is_nan(double x) {
  return x != x;
}

}  // namespace math

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
