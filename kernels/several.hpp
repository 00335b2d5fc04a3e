#pragma once

/// Several Reals as one, whose lanes are those of all of them, one after the other: on the GPU eight runs that a thread
/// works on together, on the CPU SIMD batches that do not wait for each other. Each part goes through the operations
/// that it would go through by itself, so that its bits are the same. Comes before all headers that compute with Reals.

#include "kernels/real.hpp"
#include "kernels/team.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// A GPU reads 16 bytes at once where it may.
template <class Real, int Parts>
struct alignas(alignof(Real) > 16 ? alignof(Real) : 16) Several {
  Real part[Parts];

  Several() = default;
  QUANTAL_HD explicit Several(ScalarOf<Real> x) {
    for_each(Const<Parts>{}, [&](auto k) { part[k] = Real(x); });
  }
};

template <class Real, int Parts>
struct SeveralMasks {
  MaskOf<Real> part[Parts];
};

template <class Real, int Parts>
struct RealTraits<Several<Real, Parts>> {
  using Scalar = ScalarOf<Real>;
  using Mask = SeveralMasks<Real, Parts>;
  static constexpr int lanes = Parts * RealTraits<Real>::lanes;
};

template <class Real, int Parts>
struct PartsOf<Several<Real, Parts>> {
  using Part = Real;
  static constexpr int count = Parts;
  QUANTAL_HD static Real& at(Several<Real, Parts>& x, int k) { return x.part[k]; }
};

/// f of each part of the arguments, which it takes by value: nvcc then joins the reading of neighbouring ones.
template <class Real, int Parts, class F, class... Others>
QUANTAL_HD Several<Real, Parts> of_parts(const F& f, const Several<Real, Parts>& x, const Others&... others) {
  Several<Real, Parts> result;
  for_each(Const<Parts>{}, [&](auto k) { result.part[k] = f(x.part[k], others.part[k]...); });
  return result;
}
template <class Real, int Parts, class F, class... Others>
QUANTAL_HD SeveralMasks<Real, Parts> masks_of_parts(const F& f, const Others&... others) {
  SeveralMasks<Real, Parts> result;
  for_each(Const<Parts>{}, [&](auto k) { result.part[k] = f(others.part[k]...); });
  return result;
}

#define QUANTAL_SEVERAL_ARITHMETIC(op)                                                                        \
  template <class Real, int Parts>                                                                            \
  QUANTAL_HD Several<Real, Parts> operator op(const Several<Real, Parts>& x, const Several<Real, Parts>& y) { \
    return of_parts([](Real a, Real b) { return a op b; }, x, y);                                             \
  }
QUANTAL_SEVERAL_ARITHMETIC(+)
QUANTAL_SEVERAL_ARITHMETIC(-)
QUANTAL_SEVERAL_ARITHMETIC(*)
QUANTAL_SEVERAL_ARITHMETIC(/)
#undef QUANTAL_SEVERAL_ARITHMETIC

#define QUANTAL_SEVERAL_COMPARISON(op)                                                                             \
  template <class Real, int Parts>                                                                                 \
  QUANTAL_HD SeveralMasks<Real, Parts> operator op(const Several<Real, Parts>& x, const Several<Real, Parts>& y) { \
    return masks_of_parts<Real, Parts>([](Real a, Real b) { return a op b; }, x, y);                               \
  }
QUANTAL_SEVERAL_COMPARISON(<)
QUANTAL_SEVERAL_COMPARISON(<=)
QUANTAL_SEVERAL_COMPARISON(>)
QUANTAL_SEVERAL_COMPARISON(>=)
QUANTAL_SEVERAL_COMPARISON(==)
QUANTAL_SEVERAL_COMPARISON(!=)
#undef QUANTAL_SEVERAL_COMPARISON

template <class Real, int Parts>
QUANTAL_HD Several<Real, Parts> operator-(const Several<Real, Parts>& x) {
  return of_parts([](Real a) { return -a; }, x);
}
template <class Real, int Parts>
QUANTAL_HD SeveralMasks<Real, Parts> operator&(const SeveralMasks<Real, Parts>& x, const SeveralMasks<Real, Parts>& y) {
  using Mask = MaskOf<Real>;
  return masks_of_parts<Real, Parts>([](Mask a, Mask b) { return Mask(a & b); }, x, y);
}
template <class Real, int Parts>
QUANTAL_HD SeveralMasks<Real, Parts> operator|(const SeveralMasks<Real, Parts>& x, const SeveralMasks<Real, Parts>& y) {
  using Mask = MaskOf<Real>;
  return masks_of_parts<Real, Parts>([](Mask a, Mask b) { return Mask(a | b); }, x, y);
}
template <class Real, int Parts>
QUANTAL_HD SeveralMasks<Real, Parts> operator!(const SeveralMasks<Real, Parts>& x) {
  return masks_of_parts<Real, Parts>([](MaskOf<Real> a) { return !a; }, x);
}

namespace math {

#if defined(__CUDACC__)
// Long ones are called, part by part: agents have few actions beside payoffs, and copies take long to compile.
#  define QUANTAL_SEVERAL_LONG(name)                                             \
    template <class Real, int Parts>                                             \
    QUANTAL_HD_CALLED Several<Real, Parts> name(const Several<Real, Parts>& x) { \
      Several<Real, Parts> result;                                               \
      for_each(Parts, [&](int k) { result.part[k] = math::name(x.part[k]); });   \
      return result;                                                             \
    }
#else
#  define QUANTAL_SEVERAL_LONG(name)                                      \
    template <class Real, int Parts>                                      \
    QUANTAL_HD Several<Real, Parts> name(const Several<Real, Parts>& x) { \
      return of_parts([](Real a) { return math::name(a); }, x);           \
    }
#endif
QUANTAL_SEVERAL_LONG(exp)
QUANTAL_SEVERAL_LONG(log1p)
QUANTAL_SEVERAL_LONG(log)
#undef QUANTAL_SEVERAL_LONG

template <class Real, int Parts>
QUANTAL_HD Several<Real, Parts> exp_of_logit(const Several<Real, Parts>& x) {
  return of_parts([](Real a) { return math::exp_of_logit(a); }, x);
}
template <class Real, int Parts>
QUANTAL_HD Several<Real, Parts> abs(const Several<Real, Parts>& x) {
  return of_parts([](Real a) { return math::abs(a); }, x);
}
template <class Real, int Parts>
QUANTAL_HD Several<Real, Parts> reciprocal(const Several<Real, Parts>& x) {
  return of_parts([](Real a) { return math::reciprocal(a); }, x);
}
template <class Real, int Parts>
QUANTAL_HD Several<Real, Parts> max(const Several<Real, Parts>& x, const Several<Real, Parts>& y) {
  return of_parts([](Real a, Real b) { return math::max(a, b); }, x, y);
}
template <class Real, int Parts>
QUANTAL_HD Several<Real, Parts> min(const Several<Real, Parts>& x, const Several<Real, Parts>& y) {
  return of_parts([](Real a, Real b) { return math::min(a, b); }, x, y);
}
template <class Real, int Parts>
QUANTAL_HD Several<Real, Parts> max_or_nan(const Several<Real, Parts>& x, const Several<Real, Parts>& y) {
  return of_parts([](Real a, Real b) { return math::max_or_nan(a, b); }, x, y);
}
template <class Real, int Parts>
QUANTAL_HD Several<Real, Parts> multiply_add(const Several<Real, Parts>& x, const Several<Real, Parts>& y,
                                             const Several<Real, Parts>& z) {
  return of_parts([](Real a, Real b, Real c) { return math::multiply_add(a, b, c); }, x, y, z);
}
template <class Real, int Parts>
QUANTAL_HD Several<Real, Parts> select(const SeveralMasks<Real, Parts>& mask, const Several<Real, Parts>& yes,
                                       const Several<Real, Parts>& no) {
  Several<Real, Parts> result;
  for_each(Const<Parts>{}, [&](auto k) { result.part[k] = math::select(mask.part[k], yes.part[k], no.part[k]); });
  return result;
}
template <class Real, int Parts>
QUANTAL_HD bool any(const SeveralMasks<Real, Parts>& mask) {
  MaskOf<Real> found = mask.part[0];
  for_each(Const<Parts - 1>{}, [&](auto k) { found = found | mask.part[k + 1]; });
  return math::any(found);
}
template <class Real, int Parts>
QUANTAL_HD SeveralMasks<Real, Parts> is_nan(const Several<Real, Parts>& x) {
  return masks_of_parts<Real, Parts>([](Real a) { return math::is_nan(a); }, x);
}

}  // namespace math

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
