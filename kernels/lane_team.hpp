#pragma once

/// The lanes of a SIMD batch as a team that works on one agent: lane l owns actions l, l + lanes, .. Its arrays are
/// batches, of which the last one may have lanes without an action: what these hold must be finite and does not count;
/// of policies it is 0. And the same for several runs at once, with a run in each lane: one member, whose sums add up
/// action by action what LaneTeam's do, so that a run has the same bits in both. CPU only.

#include <utility>

#include "kernels/real_simd.hpp"
#include "kernels/team.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

template <class Pack>
class LaneTeam {
  using Scalar = ScalarOf<Pack>;

 public:
  static constexpr bool serial = false;
  static constexpr bool has_units = false;
  static constexpr int lanes = RealTraits<Pack>::lanes;

  explicit LaneTeam(int actions) : whole_(actions / lanes) {
    alignas(Pack) Scalar lane[lanes];
    for (int l = 0; l < lanes; ++l) lane[l] = static_cast<Scalar>(l);
    owned_ = Pack::load_aligned(lane) < Pack(static_cast<Scalar>(actions % lanes));
  }

  /// Batches that n actions take.
  static constexpr int batches(int n) { return (n + lanes - 1) / lanes; }

  void sync() const {}

  Pack sum(const Pack& x) const {
    return folded<lanes / 2>(x, [](const Pack& a, const Pack& b) { return a + b; });
  }
  Pack max(const Pack& x) const {
    return folded<lanes / 2>(x, [](const Pack& a, const Pack& b) { return math::max_or_nan(a, b); });
  }
  bool any(const MaskOf<Pack>& x) const { return math::any(x); }
  Pack if_owned(int batch, const Pack& x, const Pack& otherwise) const {
    return batch < whole_ ? x : math::select(owned_, x, otherwise);
  }

 private:
  /// Always in the same order: halves onto halves, in all lanes at once.
  template <int half, class F>
  static Pack folded(const Pack& x, const F& f) {
    if constexpr (half == 0) {
      return x;
    } else {
      return folded<half / 2>(f(x, exchanged<half>(x, std::make_integer_sequence<int, lanes>())), f);
    }
  }
  /// Lane l gets what lane l ^ half has.
  template <int half, int... l>
  static Pack exchanged(const Pack& x, std::integer_sequence<int, l...>) {
    const typename Pack::register_type all = x;
    return Pack(__builtin_shufflevector(all, all, (l ^ half)...));
  }

  int whole_;           // batches whose lanes all have an action
  MaskOf<Pack> owned_;  // lanes of the one after that have
};

/// f(0), f(1), .. for the batches of n actions.
template <class Pack, class F>
QUANTAL_HD void for_each(const LaneTeam<Pack>&, int n, F&& f) {
  for (int batch = 0; batch < LaneTeam<Pack>::batches(n); ++batch) f(batch);
}

/// One member with a run in each lane.
struct RunLanes : SerialTeam {};

template <class Real>
class Accumulator<RunLanes, Real> {
  static constexpr int places = RealTraits<Real>::lanes;

 public:
  explicit Accumulator(const Real& start) {
    for (Real& place : place_) place = start;
  }
  Real& at(int action) { return place_[action % places]; }
  Real sum(const RunLanes&) const {
    return folded([](const Real& a, const Real& b) { return a + b; });
  }
  Real max(const RunLanes&) const {
    return folded([](const Real& a, const Real& b) { return math::max_or_nan(a, b); });
  }

 private:
  template <class F>
  Real folded(const F& f) const {
    Real part[places];
    for (int p = 0; p < places; ++p) part[p] = place_[p];
    for (int half = places / 2; half > 0; half /= 2) {
      for (int p = 0; p < half; ++p) part[p] = f(part[p], part[p + half]);
    }
    return part[0];
  }

  Real place_[places];
};

template <class Pack>
QUANTAL_HD Pack if_owned(const LaneTeam<Pack>& team, int batch, const Pack& x, const Pack& otherwise) {
  return team.if_owned(batch, x, otherwise);
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
