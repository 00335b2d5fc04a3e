#pragma once

/// Expected payoffs of a network (polymatrix) game.
///
///     rbar_i(a) = sum over neighbours j of sum_b A_ij(a, b) pi_j(b)
///
/// payoffs  A_ij^T    arc by arc, (m_j, m_i) each, or reduced, as network_shape.hpp lays them out
/// pi       policies  (sum of m_i)  agent by agent, each summing to 1
/// rbar     result    (sum of m_i)  there for the members to whom for_agents deals the agent
/// sums     scratch   (partial sums of split agents) shared by the team
///
/// A team of *units* (the warps of a grid, the cores of a CPU, or one thread by itself) works through the pieces of the
/// network, each unit on a run of consecutive pieces of about the same size. Other teams have the whole network on the
/// chip, and their members own actions, one after the other.
///
/// `Payoff` is the policies' Real, or its Scalar where the runs of a SIMD pack share one game.

#include <type_traits>

#include "kernels/network_shape.hpp"
#include "kernels/real.hpp"
#include "kernels/run_state.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Consecutive pieces, the agents whose first one is among them, and those of these that are split.
struct PieceRange {
  int begin;
  int end;
  int agent_begin;
  int agent_end;
  int split_begin;
  int split_end;
};

/// One network as the kernels see it.
template <class Payoff, class ShapeType>
struct Polymatrix {
  using Shape = ShapeType;
  Shape shape;
  const Payoff* payoffs;
  PieceRange mine;  // pieces of this member's unit
};

/// One whose payoffs are reduced; see network_shape.hpp.
template <class Payoff, int M>
struct ReducedPolymatrix : Polymatrix<Payoff, NetworkShapeOf<M>> {};

/// The first of 0, 1, .., n - 1 that `before` does not hold for, which holds for all those before it; else n.
template <class Before>
QUANTAL_HD int first_beyond(int n, Before&& before) {
  int low = 0;
  while (low < n) {
    const int middle = (low + n) / 2;
    if (before(middle)) {
      low = middle + 1;
    } else {
      n = middle;
    }
  }
  return low;
}

/// The pieces of unit u of `units`: those that begin in the u-th part of the payoffs of all arcs.
QUANTAL_HD PieceRange pieces_of_unit(const NetworkView& network, std::int64_t arc_payoffs, int unit, int units) {
  const auto piece_from = [&](int u) {
    if (u == units) return static_cast<int>(network.pieces);
    const std::int64_t from = arc_payoffs / units * u + arc_payoffs % units * u / units;
    return u == 0 ? 0 : first_beyond(network.pieces, [&](int p) { return network.piece[p].payoffs < from; });
  };
  const auto agent_from = [&](int p) {
    if (p == network.pieces) return static_cast<int>(network.agents);
    const NetworkPiece& piece = network.piece[p];
    const bool goes_on = piece.sums >= 0 && piece.arc_begin > network.agent[piece.agent].arc;
    return piece.agent + (goes_on ? 1 : 0);
  };
  const auto split_from = [&](int agent) {
    return first_beyond(network.splits, [&](int s) { return network.split[s].agent < agent; });
  };
  const int begin = piece_from(unit);
  const int end = piece_from(unit + 1);
  const int agent_begin = agent_from(begin);
  const int agent_end = agent_from(end);
  return {begin, end, agent_begin, agent_end, split_from(agent_begin), split_from(agent_end)};
}

/// f for the agents [begin, end): by a member alone, or where agents have many actions by all together; on the CPU for
/// several agents in the lanes of a SIMD batch.
template <Uses uses, class Unit, class Real, template <int> class ShapeOf, int Uniform, class F>
QUANTAL_HD void for_agents_of(const Unit& unit, const ShapeOf<Uniform>& shape, int begin, int end, RunState<Real>& run,
                              F&& f, Real* largest) {
  using Pack = typename PackOf<Real>::Type;
  if constexpr (Unit::serial && Uniform > 0 && !std::is_same_v<Pack, Real>) {
    constexpr int lanes = RealTraits<Pack>::lanes;
    for (int i = begin; i < end; i += lanes) {
      for_agents_in_lanes<uses, Pack, Uniform>(run, i, end - i < lanes ? end - i : lanes, f, largest);
    }
  } else if constexpr (Unit::serial) {
    for (int i = begin; i < end; ++i) for_agent<uses>(unit, shape, run, i, f, largest);
  } else if (shape.view.largest <= actions_of_one_thread) {
    for (int i = begin + unit.rank(); i < end; i += unit.size()) {
      for_agent<uses>(SerialTeam{}, shape, run, i, f, largest);
    }
  } else {
    for (int i = begin; i < end; ++i) for_agent<uses>(unit, shape, run, i, f, largest);
  }
}

/// f(members, numbers) for every agent, where `members` is the team that works on it; always the same for one agent.
/// *largest becomes the largest gap that f finds among this member's agents, if that is asked for.
template <Uses uses, class Team, class Real, class Payoff, int Uniform, class F>
QUANTAL_HD void for_agents(const Team& team, const Polymatrix<Payoff, NetworkShapeOf<Uniform>>& game,
                           RunState<Real>& run, F&& f, Real* largest = nullptr) {
  if constexpr (Team::serial || !Team::has_units) {
    for_agents_of<uses>(team, game.shape, 0, game.shape.agents(), run, f, largest);
  } else {
    for_agents_of<uses>(team.unit(), game.shape, game.mine.agent_begin, game.mine.agent_end, run, f, largest);
  }
}
template <Uses uses, class Real, class Payoff, int N, int M, class F>
QUANTAL_HD void for_agents(const SerialTeam& team, const Polymatrix<Payoff, StaticNetwork<N, M>>& game,
                           RunState<Real>& run, F&& f, Real* largest = nullptr) {
  for_each(game.shape.agents(), [&](auto i) { for_agent<uses>(team, game.shape, run, i, f, largest); });
}

/// The largest of what the members found in for_agents.
template <class Team, class Payoff, class Shape, class Real>
QUANTAL_HD Real largest_of_agents(const Team& team, const Polymatrix<Payoff, Shape>&, const Real& mine) {
  return team.max(mine);
}

/// sum over the arcs [begin, end) of agent i, for `Width` of its m actions, by one member.
template <int Width, class Real, class Payoff, class Shape, class Actions>
QUANTAL_HD void contract_width(const Shape& shape, const Payoff* payoffs, int begin, int end, Actions m, const Real* pi,
                               Real* out) {
  Real total[Width];
  for_each(Const<Width>{}, [&](auto b) { total[b] = constant<Real>(0); });
  for (int arc = begin; arc < end; ++arc) {
    const int j = shape.neighbour(arc);
    const Real* v = pi + shape.first(j);
    const auto rows = shape.actions(j);
    for_each(rows, [&](auto l) {
      for_each(Const<Width>{},
               [&](auto b) { total[b] = math::multiply_add(Real(payoffs[l * m + b]), v[l], total[b]); });
    });
    payoffs += rows * m;
  }
  for_each(Const<Width>{}, [&](auto b) { out[b] = total[b]; });
}

/// How far ahead a CPU asks for payoffs, 2 KB: a large network's are read in one pass, which is longer than the pages
/// that a core's own prefetching keeps to.
template <class Real>
constexpr int prefetched_payoffs = 2048 / static_cast<int>(sizeof(Real));

/// out(a) = sum over the arcs [begin, end) of sum_l payoffs(l, a) pi_j(skipped + l), matrices of M x M: two actions, an
/// arc's four payoffs in a SIMD batch.
template <class Quad, int skipped, class Shape, class Real>
QUANTAL_HD void contract_matrices_in_quads(Const<2>, const Shape& shape, const Real* payoffs, int begin, int end,
                                           const Real* pi, Real* out) {
  Quad total = constant<Quad>(0);
  for (int arc = begin; arc < end; ++arc, payoffs += 4) {
    const Real* v = pi + shape.first(shape.neighbour(arc)) + skipped;
    prefetch(payoffs + prefetched_payoffs<Real>);
    total = math::multiply_add(Quad::load_unaligned(payoffs), QuadOf<Real>::each_twice(v), total);
  }
  Real sum[4];
  total.store_unaligned(sum);
  out[0] = sum[0] + sum[2];
  out[1] = sum[1] + sum[3];
}

/// Three or four actions, a row in each batch of four. The last row of three begins one lane later, since nothing need
/// follow it in memory.
template <class Quad, int skipped, int M, class Shape, class Real>
QUANTAL_HD void contract_matrices_in_quads(Const<M>, const Shape& shape, const Real* payoffs, int begin, int end,
                                           const Real* pi, Real* out) {
  static_assert(M == 3 || M == 4);
  constexpr int late = 4 - M;
  Quad total[M];
  for_each(Const<M>{}, [&](auto l) { total[l] = constant<Quad>(0); });
  for (int arc = begin; arc < end; ++arc, payoffs += M * M) {
    const Real* v = pi + shape.first(shape.neighbour(arc)) + skipped;
    prefetch(payoffs + prefetched_payoffs<Real>);
    for_each(Const<M>{}, [&](auto l) {
      const Real* row = payoffs + l * M - (l == M - 1 ? late : 0);
      total[l] = math::multiply_add(Quad::load_unaligned(row), Quad(v[l]), total[l]);
    });
  }
  Real sum[4];
  Real row[4];
  total[0].store_unaligned(sum);
  for_each(Const<M - 1>{}, [&](auto before) {
    constexpr int l = decltype(before)::value + 1;
    total[l].store_unaligned(row);
    for_each(Const<M>{}, [&](auto a) { sum[a] = sum[a] + row[a + (l == M - 1 ? late : 0)]; });
  });
  for_each(Const<M>{}, [&](auto a) { out[a] = sum[a]; });
}

/// The same for any M. Each row has sums of its own, so that no multiply-add waits for the one before it.
template <int M, int skipped = 0, class Shape, class Real, class Payoff>
QUANTAL_HD void contract_matrices(const Shape& shape, const Payoff* payoffs, int begin, int end, const Real* pi,
                                  Real* out) {
  using Quad = typename QuadOf<Real>::Type;
  if constexpr (M >= 2 && M <= 4 && std::is_same_v<Real, Payoff> && !std::is_same_v<Quad, Real>) {
    contract_matrices_in_quads<Quad, skipped>(Const<M>{}, shape, payoffs, begin, end, pi, out);
  } else {
    Real total[M * M];
    for_each(Const<M * M>{}, [&](auto k) { total[k] = constant<Real>(0); });
    for (int arc = begin; arc < end; ++arc, payoffs += M * M) {
      const Real* v = pi + shape.first(shape.neighbour(arc)) + skipped;
      if constexpr (std::is_same_v<Real, ScalarOf<Real>>) prefetch(payoffs + prefetched_payoffs<Real>);
      for_each(Const<M>{}, [&](auto l) {
        const Real weight = v[l];
        for_each(Const<M>{}, [&](auto a) {
          constexpr int k = decltype(l)::value * M + decltype(a)::value;
          total[k] = math::multiply_add(Real(payoffs[k]), weight, total[k]);
        });
      });
    }
    for_each(Const<M>{}, [&](auto a) {
      out[a] = total[a];
      for_each(Const<M - 1>{}, [&](auto l) { out[a] = out[a] + total[(l + 1) * M + a]; });
    });
  }
}

/// sum over the arcs [begin, end) of agent i, all its actions, by one member. Few actions are one block of registers.
template <class Real, class Payoff, int Uniform>
QUANTAL_HD void contract_arcs(const SerialTeam&, const NetworkShapeOf<Uniform>& shape, const Payoff* payoffs, int i,
                              int begin, int end, const Real* pi, Real* out) {
  if constexpr (Uniform > 0) {
    contract_matrices<Uniform>(shape, payoffs, begin, end, pi, out);
  } else {
    const int m = shape.actions(i);
    switch (m) {
      case 2:
        return contract_width<2>(shape, payoffs, begin, end, Const<2>{}, pi, out);
      case 3:
        return contract_width<3>(shape, payoffs, begin, end, Const<3>{}, pi, out);
      case 4:
        return contract_width<4>(shape, payoffs, begin, end, Const<4>{}, pi, out);
      case 5:
        return contract_width<5>(shape, payoffs, begin, end, Const<5>{}, pi, out);
      default:
        break;
    }
    constexpr int wide = RealTraits<Real>::lanes > 1 ? 8 : 32;
    int a = 0;
    for (; a + wide <= m; a += wide) contract_width<wide>(shape, payoffs + a, begin, end, m, pi, out + a);
    for (; a + 4 <= m; a += 4) contract_width<4>(shape, payoffs + a, begin, end, m, pi, out + a);
    for (; a < m; ++a) contract_width<1>(shape, payoffs + a, begin, end, m, pi, out + a);
  }
}

/// The same by a unit of several members: member (slot, a) takes every slots-th arc, so that neighbouring members read
/// neighbouring payoffs. `sum_over(a, slot, slots)` is what one member does.
template <class Unit, class Real, class Actions, class SumOver>
QUANTAL_HD void share_arcs(const Unit& unit, Actions m, Real* out, SumOver&& sum_over) {
  const int slots = unit.size() / m;
  if (slots <= 1) {
    for_each(unit, static_cast<int>(m), [&](int a) { out[a] = sum_over(a, 0, 1); });
    return;
  }
  const int slot = unit.rank() / m;
  const Real part = slot < slots ? sum_over(unit.rank() % m, slot, slots) : constant<Real>(0);
  const Real total = unit.sum_apart(part, m, slots);
  if (unit.rank() < m) out[unit.rank()] = total;
}

/// All agents have m actions: arcs follow each other at equal distances.
template <class Unit, class Shape, class Real, class Payoff, class Actions>
QUANTAL_HD void share_uniform_arcs(const Unit& unit, const Shape& shape, Actions m, const Payoff* payoffs, int begin,
                                   int end, const Real* pi, Real* out) {
  share_arcs(unit, m, out, [&](int a, int slot, int slots) {
    Real total = constant<Real>(0);
    const Payoff* row = payoffs + static_cast<std::int64_t>(slot) * (m * m) + a;
    for (int arc = begin + slot; arc < end; arc += slots, row += static_cast<std::int64_t>(slots) * (m * m)) {
      const Real* v = pi + shape.neighbour(arc) * m;
      for_each(m, [&](auto l) { total = math::multiply_add(Real(row[l * m]), v[l], total); });
    }
    return total;
  });
}

template <class Unit, class Real, class Payoff, int Uniform>
QUANTAL_HD void contract_arcs(const Unit& unit, const NetworkShapeOf<Uniform>& shape, const Payoff* payoffs, int i,
                              int begin, int end, const Real* pi, Real* out) {
  switch (shape.view.uniform) {
    case 0:
      break;
    case 2:
      return share_uniform_arcs(unit, shape, Const<2>{}, payoffs, begin, end, pi, out);
    case 3:
      return share_uniform_arcs(unit, shape, Const<3>{}, payoffs, begin, end, pi, out);
    default:
      return share_uniform_arcs(unit, shape, static_cast<int>(shape.view.uniform), payoffs, begin, end, pi, out);
  }
  const int m = shape.actions(i);
  const std::int64_t base = begin < end ? shape.payoffs(begin) : 0;
  share_arcs(unit, m, out, [&](int a, int slot, int slots) {
    Real total = constant<Real>(0);
    for (int arc = begin + slot; arc < end; arc += slots) {
      const int j = shape.neighbour(arc);
      const Payoff* row = payoffs + (shape.payoffs(arc) - base) + a;
      const Real* v = pi + shape.first(j);
      const int rows = shape.actions(j);
      for (int l = 0; l < rows; ++l, row += m) total = math::multiply_add(Real(*row), v[l], total);
    }
    return total;
  });
}

/// The expected payoffs of the agents whose pieces this member's unit has, by
/// contract(i, payoffs, arc_begin, arc_end, out), which sums over arcs of agent i; `payoffs` is where theirs begin.
template <class Team, class Shape, class Real, class Contract>
QUANTAL_HD void share_pieces(const Team& team, const Shape& shape, const PieceRange& mine, Real* rbar, Real* sums,
                             Contract&& contract) {
  const NetworkView& network = shape.view;
  const auto unit = team.unit();
  for (int p = mine.begin; p < mine.end; ++p) {
    const NetworkPiece& piece = network.piece[p];
    if (piece.sums >= 0) {
      contract(piece.agent, piece.payoffs, piece.arc_begin, piece.arc_end, sums + piece.sums);
      continue;
    }
    for (int i = piece.agent; i < piece.agent + piece.agents; ++i) {
      contract(i, network.agent[i].payoffs, shape.arc(i), shape.arc(i + 1), rbar + shape.first(i));
    }
  }
  if (network.splits > 0) team.sync();
  for (int s = mine.split_begin; s < mine.split_end; ++s) {
    const SplitAgent& split = network.split[s];
    const int m = shape.actions(split.agent);
    for_each(unit, m, [&](int a) {
      Real total = sums[split.sums + a];
      for (int part = 1; part < split.parts; ++part) total = total + sums[split.sums + part * m + a];
      rbar[shape.first(split.agent) + a] = total;
    });
  }
  unit.sync();
}

template <class Team, class Real, class Payoff, int Uniform>
QUANTAL_HD void expected_payoffs(const Team& team, const Polymatrix<Payoff, NetworkShapeOf<Uniform>>& game,
                                 const Real* pi, Real* rbar, Real* sums) {
  const auto& shape = game.shape;
  const NetworkView& network = shape.view;
  team.sync();  // all policies are there
  if constexpr (Team::has_units) {
    const auto unit = team.unit();
    share_pieces(team, shape, game.mine, rbar, sums,
                 [&](int i, std::int64_t payoffs, int arc_begin, int arc_end, Real* out) {
                   contract_arcs(unit, shape, game.payoffs + payoffs, i, arc_begin, arc_end, pi, out);
                 });
  } else {
    for_each(team, network.actions, [&](int f) {
      const int i = network.owner[f];
      const int m = shape.actions(i);
      const Real* row = game.payoffs + network.agent[i].payoffs + (f - shape.first(i));
      Real total = constant<Real>(0);
      for (int arc = shape.arc(i); arc < shape.arc(i + 1); ++arc) {
        const int j = shape.neighbour(arc);
        const Real* v = pi + shape.first(j);
        const int rows = shape.actions(j);
        for (int l = 0; l < rows; ++l, row += m) total = math::multiply_add(*row, v[l], total);
      }
      rbar[f] = total;
    });
    team.sync();
  }
}

/// With reduced payoffs, by units of one member. The constants are added where an agent's first arc is.
template <class Team, class Real, class Payoff, int M>
QUANTAL_HD void expected_payoffs(const Team& team, const ReducedPolymatrix<Payoff, M>& game, const Real* pi, Real* rbar,
                                 Real* sums) {
  constexpr int rest = M - 1;
  const auto& shape = game.shape;
  const Payoff* const constants = game.payoffs + std::int64_t{shape.view.arcs} * (rest * rest);
  team.sync();  // all policies are there
  share_pieces(
      team, shape, game.mine, rbar, sums, [&](int i, std::int64_t payoffs, int arc_begin, int arc_end, Real* out) {
        Real total[rest];
        contract_matrices<rest, 1>(shape, game.payoffs + payoffs, arc_begin, arc_end, pi, total);
        const Payoff* const constant_part = constants + std::int64_t{i} * rest;
        const bool is_first = arc_begin == shape.arc(i);
        out[0] = constant<Real>(0);
        for_each(Const<rest>{}, [&](auto a) { out[a + 1] = is_first ? total[a] + Real(constant_part[a]) : total[a]; });
      });
}

/// Shape known to the compiler: everything unrolls.
template <class Real, int N, int M>
QUANTAL_HD void expected_payoffs(const SerialTeam&, const Polymatrix<Real, StaticNetwork<N, M>>& game, const Real* pi,
                                 Real* rbar, Real*) {
  for_each(Const<N>{}, [&](auto i) {
    for_each(Const<M>{}, [&](auto a) {
      Real total = constant<Real>(0);
      for_each(Const<(N - 1) * M>{}, [&](auto l) {
        // Row l is action l % M of neighbour l / M, which is agent l / M or, from i on, the one after.
        constexpr int j = decltype(l)::value / M + (decltype(l)::value / M >= decltype(i)::value ? 1 : 0);
        const Real& payoff = game.payoffs[(i * (N - 1) * M + l) * M + a];
        total = math::multiply_add(payoff, pi[j * M + l % M], total);
      });
      rbar[i * M + a] = total;
    });
  });
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
