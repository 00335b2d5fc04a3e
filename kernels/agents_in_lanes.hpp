#pragma once

/// Agents of one run side by side, each in a lane of a SIMD batch. CPU only.

#include <cstddef>
#include <utility>

#include "kernels/real_simd.hpp"
#include "kernels/run_state.hpp"
#include "kernels/team.hpp"
#include "kernels/workspace.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Numbers that are kept agent by agent, M each, as M batches, and back:
///
///     batch[a][l] = number[M l + a]     a < M, l < lanes
template <class Pack, int M>
class Interleaved {
  using Scalar = ScalarOf<Pack>;
  using Register = typename Pack::register_type;
  static constexpr int lanes = RealTraits<Pack>::lanes;
  static constexpr auto all_lanes = std::make_integer_sequence<int, lanes>();
  static_assert(M >= 2);

 public:
  static void load(const Scalar* number, Pack* batch) {
    Register whole[M];
    for_each(Const<M>{}, [&](auto s) { whole[s] = Pack::load_unaligned(number + s * lanes); });
    for_each(Const<M>{}, [&](auto a) {
      Register taken = whole[0];
      for_each(Const<M - 1>{}, [&](auto s) {
        taken = joined<place_in_whole, decltype(a)::value, decltype(s)::value + 1>(taken, whole[s + 1], all_lanes);
      });
      batch[a] = Pack(taken);
    });
  }

  static void store(const Pack* batch, Scalar* number) {
    for_each(Const<M>{}, [&](auto s) {
      Register made = batch[0];
      for_each(Const<M - 1>{}, [&](auto a) {
        made =
            joined<place_in_batch, decltype(s)::value, decltype(a)::value + 1>(made, Register(batch[a + 1]), all_lanes);
      });
      Pack(made).store_unaligned(number + s * lanes);
    });
  }

 private:
  /// Which of M registers, and which of its lanes.
  struct Place {
    int source;
    int lane;
  };
  static constexpr Place place_in_whole(int a, int lane) { return {(M * lane + a) / lanes, (M * lane + a) % lanes}; }
  static constexpr Place place_in_batch(int s, int lane) { return {(s * lanes + lane) % M, (s * lanes + lane) / M}; }

  /// The lanes that are to come from register `source`, from `next`; others as they are in `so_far`, which is register
  /// 0 itself where source is 1.
  static constexpr int index(Place place, int source, int lane) {
    if (place.source == source) return lanes + place.lane;
    return source == 1 && place.source == 0 ? place.lane : lane;
  }
  template <Place (*place)(int, int), int k, int source, int... lane>
  static Register joined(Register so_far, Register next, std::integer_sequence<int, lane...>) {
    return __builtin_shufflevector(so_far, next, index(place(k, lane), source, lane)...);
  }
};

/// f for the agents i, i + 1, .. of a run at once, `count` of them, each in a lane of Pack. All have M actions.
template <Uses uses, class Pack, int M, class Real, class F>
void for_agents_in_lanes(RunState<Real>& run, int i, int count, F&& f, Real* largest) {
  constexpr int lanes = RealTraits<Pack>::lanes;
  static_assert(!uses.kept && sizeof(AgentStep<Real>) == 4 * sizeof(Real));
  struct {
    Pack step[4];
    Pack theta[M];
    Pack pi[M];
    Pack rbar[M];
    Pack gap;
  } pack;
  const auto take = [&](auto m, const Real* numbers, Pack* batch) {
    numbers += std::ptrdiff_t{i} * m;
    if (count == lanes) return Interleaved<Pack, decltype(m)::value>::load(numbers, batch);
    for (int lane = 0; lane < lanes; ++lane) {
      for_each(m, [&](auto a) { lane_of(batch[a], lane) = numbers[(lane < count ? lane : 0) * m + a]; });
    }
  };
  const auto give = [&](Pack* batch, Real* numbers) {
    numbers += std::ptrdiff_t{i} * M;
    if (count == lanes) return Interleaved<Pack, M>::store(batch, numbers);
    for (int lane = 0; lane < count; ++lane) {
      for_each(Const<M>{}, [&](auto a) { numbers[lane * M + a] = lane_of(batch[a], lane); });
    }
  };
  take(Const<4>{}, reinterpret_cast<const Real*>(run.steps), pack.step);
  take(Const<M>{}, run.theta, pack.theta);
  if constexpr (uses.pi) take(Const<M>{}, run.pi, pack.pi);
  if constexpr (uses.rbar) take(Const<M>{}, run.rbar, pack.rbar);
  const AgentStep<Pack> step{pack.step[0], pack.step[1], pack.step[2], pack.step[3]};
  f(SerialTeam{}, AgentNumbers<Pack, Const<M>>{Const<M>{}, &step, pack.theta, pack.pi, pack.rbar, &pack.gap});
  if constexpr (uses.writes_theta) give(pack.theta, run.theta);
  if constexpr (uses.writes_pi) give(pack.pi, run.pi);
  if (largest == nullptr) return;
  if constexpr (uses.writes_gap) {
    for (int lane = 0; lane < count; ++lane) run.agent_gap[i + lane] = lane_of(pack.gap, lane);
  }
  // Lanes without an agent have the first one's gap.
  if (!math::any((pack.gap > Pack(*largest)) | math::is_nan(pack.gap))) return;
  for (int lane = 0; lane < count; ++lane) *largest = largest_or_nan(*largest, lane_of(pack.gap, lane));
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
