#pragma once

/// Who works on one run. A team is the first argument of every kernel function; all its members call it together.
///
///   rank(), size()   this member and how many there are
///   sync()           orders the members' memory accesses: what one wrote before, all see after
///   sum(x), max(x)   over all members' x; every member gets the result, which does not depend on timing; the max is
///                    not-a-number if any x is
///   any(x)           whether it holds for any member's x, of teams that know faster than by max
///   together(x)      whether it holds for any team that must not part from this one at a branch, of teams that have
///                    such company; x is the same for all members of a team
///   serial           true if there is one member: loops need not be dealt out, and may be unrolled
///   has_units        true if the members form units that work on their own for long: unit() is this member's, a team
///                    itself, number unit_index() of units()
///   of_cores         true if the members are cores of a CPU, which take whole agents (normal_form_cores.hpp)
///
/// SerialTeam is here (a CPU core or SIMD pack, a GPU thread); warp tiles, blocks and grids are in team.cuh. A team of
/// real CPU threads, which lets ThreadSanitizer look for a missing sync, is in tests/.

#include "kernels/platform.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

struct SerialTeam {
  static constexpr bool serial = true;
  static constexpr bool has_units = true;

  QUANTAL_HD SerialTeam unit() const { return {}; }
  QUANTAL_HD Const<0> unit_index() const { return {}; }
  QUANTAL_HD Const<1> units() const { return {}; }
  QUANTAL_HD Const<0> rank() const { return {}; }
  QUANTAL_HD Const<1> size() const { return {}; }
  QUANTAL_HD void sync() const {}
  template <class Real>
  QUANTAL_HD Real sum(const Real& x) const {
    return x;
  }
  template <class Real>
  QUANTAL_HD Real max(const Real& x) const {
    return x;
  }
};

/// The numbers 0 .. N - 1 as a pack (std::make_integer_sequence's constexpr functions are not callable on a device).
template <int... I>
struct Sequence {};
template <int N, int... I>
struct MakeSequence : MakeSequence<N - 1, N - 1, I...> {};
template <int... I>
struct MakeSequence<0, I...> {
  using Type = Sequence<I...>;
};

template <class F, int... I>
QUANTAL_HD void for_each(Sequence<I...>, F&& f) {
  (f(Const<I>{}), ...);
}

/// f(0), .., f(n - 1), by every member; unrolled, with compile-time indices, where n is a Const.
template <int N, class F>
QUANTAL_HD void for_each(Const<N>, F&& f) {
  for_each(typename MakeSequence<N>::Type{}, f);
}
template <class F>
QUANTAL_HD void for_each(int n, F&& f) {
  QUANTAL_GPU_ROLLED
  for (int i = 0; i < n; ++i) f(i);
}

/// f(0), .., f(n - 1), dealt out to the members of the team: member r does r, r + size, ..
template <class Team, int N, class F>
QUANTAL_HD void for_each(const Team& team, Const<N> n, F&& f) {
  if constexpr (Team::serial) {
    for_each(n, f);
  } else {
    for (int i = team.rank(); i < N; i += team.size()) f(i);
  }
}
template <class Team, class F>
QUANTAL_HD void for_each(const Team& team, int n, F&& f) {
  // A member has one i or few.
  QUANTAL_GPU_ROLLED
  for (int i = team.rank(); i < n; i += team.size()) f(i);
}

/// What a member of a team adds up, or finds the largest of, in a loop over actions: one number for each of its places
/// among which actions take turns. The members of all teams but one (lane_team.hpp) have one place.
template <class Team, class Real>
class Accumulator {
 public:
  QUANTAL_HD explicit Accumulator(const Real& start) : value_(start) {}

  template <class Index>
  QUANTAL_HD Real& at(Index) {
    return value_;
  }
  /// Over all actions and members.
  QUANTAL_HD Real sum(const Team& team) const { return team.sum(value_); }
  QUANTAL_HD Real max(const Team& team) const { return team.max(value_); }

 private:
  Real value_;
};

/// x if the team's member has an action at place `a` of its loop, which members of all teams but the lanes of a SIMD
/// batch (lane_team.hpp) always do.
template <class Team, class Index, class Real>
QUANTAL_HD const Real& if_owned(const Team&, Index, const Real& x, const Real&) {
  return x;
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
