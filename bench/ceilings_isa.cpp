// Compiled once for each instruction set, with CEILINGS_TABLE and QUANTAL_CPU_ISA_NAME naming it.

#include "bench/ceilings.hpp"
#include "kernels/real_simd.hpp"
#include "kernels/team.hpp"

namespace ceilings {
namespace {

namespace math = quantal::kernels::math;

template <class Scalar>
Scalar multiply_adds(double count) {
  using Pack = xsimd::batch<Scalar>;
  constexpr int under_way = 12;
  Pack sum[under_way];
  for (Pack& s : sum) s = Pack(Scalar(0));
  const Pack factor(Scalar(0.5));
  const Pack term(Scalar(1));
  const auto rounds = static_cast<long>(count / (under_way * static_cast<double>(Pack::size)));
  for (long k = 0; k < rounds; ++k) {
    for (Pack& s : sum) s = math::multiply_add(s, factor, term);
  }
  Pack all = sum[0];
  for (int k = 1; k < under_way; ++k) all = all + sum[k];
  alignas(Pack) Scalar lanes[Pack::size];
  all.store_aligned(lanes);
  return lanes[0];
}

template <class Scalar>
Scalar exponentials(double count) {
  using Pack = xsimd::batch<Scalar>;
  constexpr int numbers = 64;
  Pack x[numbers];
  for (int k = 0; k < numbers; ++k) x[k] = Pack(Scalar(-k) / numbers);
  Pack sum(Scalar(0));
  const auto rounds = static_cast<long>(count / (numbers * static_cast<double>(Pack::size)));
  for (long k = 0; k < rounds; ++k) {
    for (Pack& number : x) {
      sum = sum + math::exp(number);
      asm volatile("" : "+m"(number));
    }
  }
  alignas(Pack) Scalar lanes[Pack::size];
  sum.store_aligned(lanes);
  return lanes[0];
}

double sum(const double* numbers, std::size_t count) {
  using Pack = xsimd::batch<double>;
  constexpr int sums = 8;
  const auto each = [](const auto& f) { quantal::kernels::for_each(quantal::kernels::Const<sums>{}, f); };
  Pack part[sums];
  each([&](auto s) { part[s] = Pack(0.0); });
  for (std::size_t k = 0; k + sums * Pack::size <= count; k += sums * Pack::size) {
    each([&](auto s) { part[s] = part[s] + Pack::load_unaligned(numbers + k + s * Pack::size); });
  }
  Pack all = part[0];
  for (int s = 1; s < sums; ++s) all = all + part[s];
  alignas(Pack) double lanes[Pack::size];
  all.store_aligned(lanes);
  return lanes[0];
}

}  // namespace

extern const Loops CEILINGS_TABLE{QUANTAL_CPU_ISA_NAME, multiply_adds<float>, multiply_adds<double>,
                                  exponentials<float>,  exponentials<double>, sum};

}  // namespace ceilings
