#pragma once

/// Several runs as a Real on the GPU: lane k of every number belongs to run k, as in a SIMD batch on the CPU
/// (real_simd.hpp), and a thread works on all of them. Each lane does what a run by itself does, operation by
/// operation, so that its bits are the same. Comes before all headers that compute with Reals.

#include "kernels/real.hpp"
#include "kernels/team.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Runs that share each reading of their game's payoffs: 32 bytes of numbers.
template <class Scalar>
constexpr int run_lanes = 32 / static_cast<int>(sizeof(Scalar));

template <class T>
struct alignas(16) Runs {
  static constexpr int lanes = run_lanes<T>;
  T lane[lanes];

  Runs() = default;
  QUANTAL_HD explicit Runs(T x) {
    for_each(Const<lanes>{}, [&](auto k) { lane[k] = x; });
  }
};

template <class T>
struct RunsMask {
  bool lane[run_lanes<T>];
};

template <class T>
struct RealTraits<Runs<T>> {
  using Scalar = T;
  using Mask = RunsMask<T>;
  static constexpr int lanes = run_lanes<T>;
};

/// f(lane of x, lane of the others) in each lane.
template <class T, class F, class... Others>
QUANTAL_HD Runs<T> in_lanes(const F& f, const Runs<T>& x, const Others&... others) {
  Runs<T> result;
  for_each(Const<run_lanes<T>>{}, [&](auto k) { result.lane[k] = f(x.lane[k], others.lane[k]...); });
  return result;
}
template <class T, class F, class... Others>
QUANTAL_HD RunsMask<T> mask_in_lanes(const F& f, const Others&... others) {
  RunsMask<T> result;
  for_each(Const<run_lanes<T>>{}, [&](auto k) { result.lane[k] = f(others.lane[k]...); });
  return result;
}

#define QUANTAL_RUNS_ARITHMETIC(op)                                    \
  template <class T>                                                   \
  QUANTAL_HD Runs<T> operator op(const Runs<T>& x, const Runs<T>& y) { \
    return in_lanes([](T a, T b) { return a op b; }, x, y);            \
  }
QUANTAL_RUNS_ARITHMETIC(+)
QUANTAL_RUNS_ARITHMETIC(-)
QUANTAL_RUNS_ARITHMETIC(*)
QUANTAL_RUNS_ARITHMETIC(/)
#undef QUANTAL_RUNS_ARITHMETIC

#define QUANTAL_RUNS_COMPARISON(op)                                        \
  template <class T>                                                       \
  QUANTAL_HD RunsMask<T> operator op(const Runs<T>& x, const Runs<T>& y) { \
    return mask_in_lanes<T>([](T a, T b) { return a op b; }, x, y);        \
  }
QUANTAL_RUNS_COMPARISON(<)
QUANTAL_RUNS_COMPARISON(<=)
QUANTAL_RUNS_COMPARISON(>)
QUANTAL_RUNS_COMPARISON(>=)
QUANTAL_RUNS_COMPARISON(==)
QUANTAL_RUNS_COMPARISON(!=)
#undef QUANTAL_RUNS_COMPARISON

template <class T>
QUANTAL_HD Runs<T> operator-(const Runs<T>& x) {
  return in_lanes([](T a) { return -a; }, x);
}
template <class T>
QUANTAL_HD RunsMask<T> operator&(const RunsMask<T>& x, const RunsMask<T>& y) {
  return mask_in_lanes<T>([](bool a, bool b) { return a && b; }, x, y);
}
template <class T>
QUANTAL_HD RunsMask<T> operator|(const RunsMask<T>& x, const RunsMask<T>& y) {
  return mask_in_lanes<T>([](bool a, bool b) { return a || b; }, x, y);
}
template <class T>
QUANTAL_HD RunsMask<T> operator!(const RunsMask<T>& x) {
  return mask_in_lanes<T>([](bool a) { return !a; }, x);
}

namespace math {

// Long ones are called, lane by lane: agents have few actions beside payoffs, and copies take long to compile.
template <class T>
QUANTAL_HD_CALLED Runs<T> exp(const Runs<T>& x) {
  Runs<T> result;
  for_each(run_lanes<T>, [&](int k) { result.lane[k] = exp(x.lane[k]); });
  return result;
}
template <class T>
QUANTAL_HD_CALLED Runs<T> log1p(const Runs<T>& x) {
  Runs<T> result;
  for_each(run_lanes<T>, [&](int k) { result.lane[k] = log1p(x.lane[k]); });
  return result;
}
template <class T>
QUANTAL_HD_CALLED Runs<T> log(const Runs<T>& x) {
  Runs<T> result;
  for_each(run_lanes<T>, [&](int k) { result.lane[k] = log(x.lane[k]); });
  return result;
}
template <class T>
QUANTAL_HD Runs<T> abs(const Runs<T>& x) {
  return in_lanes([](T a) { return abs(a); }, x);
}
template <class T>
QUANTAL_HD Runs<T> reciprocal(const Runs<T>& x) {
  return in_lanes([](T a) { return reciprocal(a); }, x);
}
template <class T>
QUANTAL_HD Runs<T> max(const Runs<T>& x, const Runs<T>& y) {
  return in_lanes([](T a, T b) { return max(a, b); }, x, y);
}
template <class T>
QUANTAL_HD Runs<T> min(const Runs<T>& x, const Runs<T>& y) {
  return in_lanes([](T a, T b) { return min(a, b); }, x, y);
}
template <class T>
QUANTAL_HD Runs<T> max_or_nan(const Runs<T>& x, const Runs<T>& y) {
  return in_lanes([](T a, T b) { return max_or_nan(a, b); }, x, y);
}
template <class T>
QUANTAL_HD Runs<T> multiply_add(const Runs<T>& x, const Runs<T>& y, const Runs<T>& z) {
  return in_lanes([](T a, T b, T c) { return multiply_add(a, b, c); }, x, y, z);
}
template <class T>
QUANTAL_HD Runs<T> select(const RunsMask<T>& mask, const Runs<T>& yes, const Runs<T>& no) {
  Runs<T> result;
  for_each(Const<run_lanes<T>>{}, [&](auto k) { result.lane[k] = mask.lane[k] ? yes.lane[k] : no.lane[k]; });
  return result;
}
template <class T>
QUANTAL_HD bool any(const RunsMask<T>& mask) {
  bool found = false;
  for_each(Const<run_lanes<T>>{}, [&](auto k) { found = found || mask.lane[k]; });
  return found;
}
template <class T>
QUANTAL_HD RunsMask<T> is_nan(const Runs<T>& x) {
  return mask_in_lanes<T>([](T a) { return is_nan(a); }, x);
}

}  // namespace math

/// A shuffle of a warp, lane of the runs by lane.
template <class T>
__device__ Runs<T> shuffle_xor(unsigned members, const Runs<T>& x, int apart, int width) {
  return in_lanes([&](T a) { return __shfl_xor_sync(members, a, apart, width); }, x);
}
template <class T>
__device__ Runs<T> shuffle_down(unsigned members, const Runs<T>& x, int apart, int width) {
  return in_lanes([&](T a) { return __shfl_down_sync(members, a, static_cast<unsigned>(apart), width); }, x);
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
