#pragma once

/// Expected payoffs of a normal form in device memory, by a team of blocks: the formula, names and layout of
/// normal_form.hpp, all agents between the same barriers.
///
/// P        payoffs   as real numbers, or in half precision beside policies in float
/// rbar     result    all members have all
/// scratch            partial sums, read_payoffs of them a member, then the weights of all agents
///
/// An agent's payoffs are a matrix with a row for each joint action of its opponents. Its rows are cut into *parts*, as
/// many as give each member of the team about the same; a member reads 16 bytes of a row at once where agents have
/// multiples of so many actions, and goes down the rows of its part. The parts' sums are added in order, so the result
/// depends on the team's size only.

#include "kernels/half.hpp"
#include "kernels/normal_form.hpp"

namespace quantal {
namespace kernels {

/// Of any precision, at once.
constexpr int read_payoffs = 8;

inline namespace QUANTAL_ISA {

/// A team of blocks: what all of them do together takes a barrier of the grid.
template <class Team>
concept OfBlocks = requires(const Team& team) {
  team.block();
};

/// f(members, numbers) for every agent, where `members` is the block that works on it. *largest becomes the largest gap
/// that f finds, if that is asked for.
template <Uses uses, OfBlocks Team, class Real, class Payoff, class Shape, class F>
QUANTAL_HD void for_agents(const Team& team, const NormalForm<Payoff, Shape>& game, RunState<Real>& run, F&& f,
                           Real* largest = nullptr) {
  for (int i = team.block_index(); i < game.shape.agents(); i += team.blocks()) {
    for_agent<uses>(team.block(), game.shape, run, i, f, largest);
  }
}

/// The largest of what the members found in for_agents.
template <OfBlocks Team, class Payoff, class Shape, class Real>
QUANTAL_HD Real largest_of_agents(const Team& team, const NormalForm<Payoff, Shape>&, const Real& mine) {
  return team.max(mine);
}

template <class Real, class Payoff>
QUANTAL_HD Real payoff_as(const Payoff& payoff) {
  if constexpr (std::is_same_v<Payoff, Half>) {
    return Real(float_of(payoff));
  } else {
    return Real(payoff);
  }
}

/// Neighbouring payoffs, read at once.
template <class Payoff, int Width>
struct alignas(Width * sizeof(Payoff)) Payoffs {
  Payoff payoff[Width];
};

/// The payoffs that 16 bytes hold.
template <class Payoff>
constexpr int payoffs_of_16_bytes = 16 / static_cast<int>(sizeof(Payoff));

/// Parts of an agent's rows. At least 8 rows each: a part's sums are written and read once more.
template <class Payoff>
QUANTAL_HD int parts_of(int members, int agents, int rows, int actions) {
  constexpr int least_rows = 8;
  const int columns = (actions + payoffs_of_16_bytes<Payoff> - 1) / payoffs_of_16_bytes<Payoff>;
  const int shared = members / agents / columns;
  const int most = rows / least_rows;
  const int parts = shared < most ? shared : most;
  return parts > 1 ? parts : 1;
}

/// sum over the rows [begin, end) of u(h) v(l) P(h, l, a), for `Width` actions a whose payoffs begin at `payoffs` in
/// the first row of all.
template <int Width, class Payoff, class Real>
QUANTAL_HD void contract_rows(const Payoff* payoffs, const Real* u, const Real* v, int low, int actions, int begin,
                              int end, Real* sums) {
  Real total[Width];
  for_each(Const<Width>{}, [&](auto b) { total[b] = constant<Real>(0); });
  int h = begin / low;
  int l = begin % low;
  payoffs += std::int64_t{begin} * actions;
  for (int left = end - begin; left > 0; ++h, l = 0) {
    const int count = left < low - l ? left : low - l;
    Real inner[Width];
    for_each(Const<Width>{}, [&](auto b) { inner[b] = constant<Real>(0); });
    QUANTAL_GPU_UNROLLED
    for (int k = 0; k < count; ++k, payoffs += actions) {
      const auto row = *reinterpret_cast<const Payoffs<Payoff, Width>*>(payoffs);
      const Real weight = v[l + k];
      for_each(Const<Width>{},
               [&](auto b) { inner[b] = math::multiply_add(payoff_as<Real>(row.payoff[b]), weight, inner[b]); });
    }
    for_each(Const<Width>{}, [&](auto b) { total[b] = math::multiply_add(u[h], inner[b], total[b]); });
    left -= count;
  }
  for_each(Const<Width>{}, [&](auto b) { sums[b] = total[b]; });
}

template <OfBlocks Team, class Real, class Payoff, class Shape>
QUANTAL_HD void expected_payoffs(const Team& team, const NormalForm<Payoff, Shape>& game, const Real* pi, Real* rbar,
                                 Real* scratch) {
  const auto& shape = game.shape;
  const int agents = shape.agents();
  // Weights agent by agent, behind all partial sums; f(i, those of its high group, of its low group).
  const auto for_weights = [&](auto&& f) {
    Real* weights = scratch + std::int64_t{read_payoffs} * team.size();
    for (int i = 0; i < agents; ++i) {
      f(i, weights, weights + shape.high(i));
      weights += shape.high(i) + shape.low(i);
    }
  };
  // Those of groups of nobody need no policies.
  for_weights([&](int i, Real* u, Real* v) {
    if (team.rank() != 0) return;
    if (shape.split(i) == 0) u[0] = constant<Real>(1);
    if (shape.split(i) == shape.opponents()) v[0] = constant<Real>(1);
  });
  team.sync();  // all policies are there
  if (has_products(shape.table, agents)) {
    for_weights([&](int i, Real* u, Real* v) {
      group_weights(team, shape, i, 0, shape.split(i), shape.high(i), pi, u);
      group_weights(team, shape, i, shape.split(i), shape.opponents(), shape.low(i), pi, v);
    });
    team.sync();
  }
  const auto weights_of = [&](int i, int from, int to, const Real* weights) {
    return to - from == 1 ? pi + shape.first(shape.opponent(i, from)) : weights;
  };
  const auto rows_of = [&](int i) { return shape.high(i) * shape.low(i); };
  const auto parts_of_agent = [&](int i) {
    return parts_of<Payoff>(team.size(), agents, rows_of(i), shape.actions(i));
  };

  // Members take pieces, a part of some columns each, in turn; `at` is a member's next one among agent i's.
  int at = team.rank();
  Real* partial = scratch;
  for_weights([&](int i, const Real* weights_u, const Real* weights_v) {
    const Real* u = weights_of(i, 0, shape.split(i), weights_u);
    const Real* v = weights_of(i, shape.split(i), shape.opponents(), weights_v);
    const Payoff* payoffs = game.payoffs + shape.payoffs(i);
    const int m = shape.actions(i);
    const int rows = rows_of(i);
    const int parts = parts_of_agent(i);
    const int each = (rows + parts - 1) / parts;
    Real* const sums = parts > 1 ? partial : rbar + shape.first(i);
    const auto first_row = [&](int part) { return part * each < rows ? part * each : rows; };
    const auto contract_pieces = [&](auto width) {
      const int columns = m / width;
      const int pieces = columns * parts;
      for (; at < pieces; at += team.size()) {
        const int part = at / columns;
        const int a = at % columns * width;
        contract_rows<decltype(width)::value>(payoffs + a, u, v, shape.low(i), m, first_row(part), first_row(part + 1),
                                              sums + std::int64_t{part} * m + a);
      }
      at -= pieces;
    };
    // As many sums as there are registers for.
    constexpr int most = 32 / RealTraits<Real>::lanes;
    constexpr int width = payoffs_of_16_bytes<Payoff> < most ? payoffs_of_16_bytes<Payoff> : most;
    if (m % width == 0 && reinterpret_cast<std::uintptr_t>(payoffs) % (width * sizeof(Payoff)) == 0) {
      contract_pieces(Const<width>{});
    } else {
      contract_pieces(Const<1>{});
    }
    if (parts > 1) partial += std::int64_t{parts} * m;
  });
  team.sync();
  at = team.rank();
  partial = scratch;
  for (int i = 0; i < agents; ++i) {
    const int m = shape.actions(i);
    const int parts = parts_of_agent(i);
    if (parts == 1) continue;
    for (; at < m; at += team.size()) {
      Real total = partial[at];
      QUANTAL_GPU_UNROLLED
      for (int p = 1; p < parts; ++p) total = total + partial[std::int64_t{p} * m + at];
      rbar[shape.first(i) + at] = total;
    }
    at -= m;
    partial += std::int64_t{parts} * m;
  }
  team.sync();
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
