#pragma once

/// What the single source needs to know of the compiler it is under. QUANTAL_HD marks functions that become part of
/// their caller, unless the address sanitizer makes them long; QUANTAL_HD_CALLED large templates that are worth a call,
/// since copies of them take long to compile. QUANTAL_HD_ASIDE marks what a CPU calls, so that the path that is seldom
/// left stays short, and a GPU, whose calls put arrays into memory, has in its caller. QUANTAL_GPU_ROLLED and
/// QUANTAL_GPU_UNROLLED before a loop tell nvcc whether it is short or long, where it would guess wrongly; other
/// compilers decide for themselves.

#if defined(__CUDACC__)
#  define QUANTAL_HD __host__ __device__ __forceinline__
#  define QUANTAL_HD_CALLED __host__ __device__ __noinline__
#  define QUANTAL_HD_ASIDE QUANTAL_HD
#  define QUANTAL_INLINED
#else
#  if defined(__SANITIZE_ADDRESS__)
#    define QUANTAL_HD inline
#    define QUANTAL_INLINED
#  else
#    define QUANTAL_HD [[gnu::always_inline]] inline
#    define QUANTAL_INLINED __attribute__((always_inline))
#  endif
#  define QUANTAL_HD_CALLED [[gnu::noinline]]
#  define QUANTAL_HD_ASIDE [[gnu::noinline, gnu::cold]]
#endif
#if defined(__CUDA_ARCH__)
#  define QUANTAL_GPU_ROLLED _Pragma("unroll 1")
#  define QUANTAL_GPU_UNROLLED _Pragma("unroll 4")
#else
#  define QUANTAL_GPU_ROLLED
#  define QUANTAL_GPU_UNROLLED
#endif

/// Everything in kernels/ lives in an inline namespace named after the instruction set that its translation unit is
/// compiled for. The linker keeps one copy of a template instantiated in several translation units; without the name
/// an older machine could be handed the AVX-512 copy.
#if defined(__CUDACC__)
#  define QUANTAL_ISA cuda
#elif defined(__AVX512F__)
#  define QUANTAL_ISA avx512
#elif defined(__AVX2__)
#  define QUANTAL_ISA avx2
#else
#  define QUANTAL_ISA baseline
#endif

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Asks a CPU to bring what is about to be read into its second-level cache; never more than slow where it is wrong.
/// Requests for the first level would take the places of the misses that computing waits for.
QUANTAL_HD void prefetch([[maybe_unused]] const void* at) {
#if !defined(__CUDA_ARCH__)
  __builtin_prefetch(at, 0, 2);
#endif
}

/// An integer known at compile time, usable wherever an int is; loops over it are unrolled.
template <int N>
struct Const {
  static constexpr int value = N;
  QUANTAL_HD constexpr operator int() const { return N; }
};

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
