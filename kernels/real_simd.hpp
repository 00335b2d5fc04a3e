#pragma once

/// A SIMD batch as a Real: lane l of every value belongs to run l of the batch. CPU only.

#include <cstring>
#include <type_traits>
#include <xsimd/xsimd.hpp>

#include "kernels/real.hpp"

#if defined(__AVX512F__) && XSIMD_VERSION_MAJOR * 100 + XSIMD_VERSION_MINOR < 1101
// Before 11.1 xsimd has no fused instructions here: it multiplies and then adds, in exp and log as well.
namespace xsimd {
namespace kernel {

#  define QUANTAL_FUSED(name, Scalar, instruction)                                                                   \
    template <>                                                                                                      \
    inline batch<Scalar, default_arch> name(const batch<Scalar, default_arch>& x,                                    \
                                            const batch<Scalar, default_arch>& y,                                    \
                                            const batch<Scalar, default_arch>& z, requires_arch<generic>) noexcept { \
      return instruction(x, y, z);                                                                                   \
    }
QUANTAL_FUSED(fma, float, _mm512_fmadd_ps)
QUANTAL_FUSED(fma, double, _mm512_fmadd_pd)
QUANTAL_FUSED(fms, float, _mm512_fmsub_ps)
QUANTAL_FUSED(fms, double, _mm512_fmsub_pd)
QUANTAL_FUSED(fnma, float, _mm512_fnmadd_ps)
QUANTAL_FUSED(fnma, double, _mm512_fnmadd_pd)
#  undef QUANTAL_FUSED

}  // namespace kernel
}  // namespace xsimd
#endif

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

template <class T, class Arch>
struct RealTraits<xsimd::batch<T, Arch>> {
  using Scalar = T;
  using Mask = xsimd::batch_bool<T, Arch>;
  static constexpr int lanes = static_cast<int>(xsimd::batch<T, Arch>::size);
};

template <>
struct PackOf<float> {
  using Type = xsimd::batch<float>;
};
template <>
struct PackOf<double> {
  using Type = xsimd::batch<double>;
};

template <class Scalar, class Batch = typename xsimd::make_sized_batch<Scalar, 4>::type>
struct QuadOrNone {
  using Type = Batch;

  /// (x, x, y, y), where y follows x in memory.
  static Type each_twice(const Scalar* x) {
    typedef Scalar Pair __attribute__((vector_size(2 * sizeof(Scalar))));
    Pair pair;
    std::memcpy(&pair, x, sizeof pair);
    return Type(typename Type::register_type(__builtin_shufflevector(pair, pair, 0, 0, 1, 1)));
  }
};
template <class Scalar>
struct QuadOrNone<Scalar, void> {
  using Type = Scalar;
};
template <>
struct QuadOf<float> : QuadOrNone<float> {};
template <>
struct QuadOf<double> : QuadOrNone<double> {};

namespace math {

template <class T, class A>
QUANTAL_HD xsimd::batch<T, A> exp(const xsimd::batch<T, A>& x) {
  return xsimd::exp(x);
}
template <class T, class A>
QUANTAL_HD xsimd::batch<T, A> exp_of_logit(const xsimd::batch<T, A>& x) {
  return xsimd::exp(x);
}
template <class T, class A>
QUANTAL_HD xsimd::batch<T, A> log1p(const xsimd::batch<T, A>& x) {
  return xsimd::log1p(x);
}
template <class T, class A>
QUANTAL_HD xsimd::batch<T, A> log(const xsimd::batch<T, A>& x) {
  return xsimd::log(x);
}
template <class T, class A>
QUANTAL_HD xsimd::batch<T, A> max(const xsimd::batch<T, A>& x, const xsimd::batch<T, A>& y) {
  return xsimd::max(x, y);
}
template <class T, class A>
QUANTAL_HD xsimd::batch<T, A> min(const xsimd::batch<T, A>& x, const xsimd::batch<T, A>& y) {
  return xsimd::min(x, y);
}
template <class T, class A>
QUANTAL_HD xsimd::batch<T, A> abs(const xsimd::batch<T, A>& x) {
  return xsimd::abs(x);
}
template <class T, class A>
QUANTAL_HD xsimd::batch<T, A> multiply_add(const xsimd::batch<T, A>& x, const xsimd::batch<T, A>& y,
                                           const xsimd::batch<T, A>& z) {
  return xsimd::fma(x, y, z);
}
#if defined(__FMA__)
/// xsimd takes batches of four floats for ones of a machine without fused instructions.
inline QuadOf<float>::Type multiply_add(const QuadOf<float>::Type& x, const QuadOf<float>::Type& y,
                                        const QuadOf<float>::Type& z) {
  return QuadOf<float>::Type(_mm_fmadd_ps(x, y, z));
}
#endif
template <class T, class A>
QUANTAL_HD xsimd::batch<T, A> select(const xsimd::batch_bool<T, A>& mask, const xsimd::batch<T, A>& yes,
                                     const xsimd::batch<T, A>& no) {
  return xsimd::select(mask, yes, no);
}
template <class T, class A>
QUANTAL_HD xsimd::batch<T, A> max_or_nan(const xsimd::batch<T, A>& x, const xsimd::batch<T, A>& y) {
  return xsimd::select((x > y) | xsimd::isnan(x), x, y);
}
template <class T, class A>
QUANTAL_HD bool any(const xsimd::batch_bool<T, A>& mask) {
  return xsimd::any(mask);
}
template <class T, class A>
QUANTAL_HD xsimd::batch_bool<T, A> is_nan(const xsimd::batch<T, A>& x) {
  return xsimd::isnan(x);
}

}  // namespace math

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
