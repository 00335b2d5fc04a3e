#pragma once

/// Expected payoffs of an N-agent normal-form game.
///
///     rbar_i(a) = sum over a_-i of r_i(a, a_-i) prod_{j != i} pi_j(a_j)
///               = sum_h u_i(h) sum_l v_i(l) P_i(h, l, a)
///
/// P        payoffs   (N; H_i, L_i, m_i)   as shape.hpp lays them out; of an agent with two actions relative to its
///                                         second one's, whose own are 0: P(h, l, 1) = 0, rbar(1) = 0
/// u, v     weights   (H_i), (L_i)         products of the policies of the high and the low opponents
/// pi       policies  (sum of m_i)         agent by agent, each summing to 1
/// rbar     result    (sum of m_i)         member r of a team owns actions r, r + size, .. of every agent; of a team
///                                         of blocks all members have all
/// scratch            (scratch_reals)      shared by the team
///
/// All members call; each then holds the rbar that it owns, and all are done with pi.

#include <cstdint>
#include <type_traits>

#include "kernels/real.hpp"
#include "kernels/run_state.hpp"
#include "kernels/shape.hpp"
#include "kernels/team.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// One game as the kernels see it.
template <class Real, class ShapeType>
struct NormalForm {
  using Shape = ShapeType;
  Shape shape;
  const Real* payoffs;
};

/// f(members, numbers) for every agent, where `members` is the team that works on it: all of it, on one after the
/// other. *largest becomes the largest gap that f finds, if that is asked for.
template <Uses uses, class Team, class Real, class Payoff, class Shape, class F>
QUANTAL_HD void for_agents(const Team& team, const NormalForm<Payoff, Shape>& game, RunState<Real>& run, F&& f,
                           Real* largest = nullptr) {
  for_each(game.shape.agents(), [&](auto i) { for_agent<uses>(team, game.shape, run, i, f, largest); });
}

/// The largest of what the members found in for_agents.
template <class Team, class Payoff, class Shape, class Real>
QUANTAL_HD Real largest_of_agents(const Team&, const NormalForm<Payoff, Shape>&, const Real& mine) {
  return mine;
}

/// Product weights of the opponents [from, to) of agent i, the first opponent slowest, by one member for a shape known
/// when the program runs. A group of one is that agent's policy itself; others are written to `weights`.
template <class Real>
QUANTAL_HD const Real* product_weights(const DynamicShape& shape, int i, int from, int to, const Real* pi,
                                       Real* weights) {
  if (to == from) {
    weights[0] = constant<Real>(1);
    return weights;
  }
  const Real* before = pi + shape.first(shape.opponent(i, from));
  if (to - from == 1) return before;
  std::int64_t size = shape.actions(shape.opponent(i, from));
  for (int k = from + 1; k < to; ++k) {
    const int j = shape.opponent(i, k);
    const Real* policy = pi + shape.first(j);
    const int m = shape.actions(j);
    for (std::int64_t w = size; w-- > 0;) {
      const Real weight = before[w];
      for (int a = m; a-- > 0;) weights[w * m + a] = weight * policy[a];
    }
    before = weights;
    size *= m;
  }
  return weights;
}

/// The same by any team for any shape, `size` joint actions; complete after the next sync.
template <class Team, class Real, class Shape, class Agent, class From, class To, class Size>
QUANTAL_HD const Real* group_weights(const Team& team, const Shape& shape, Agent i, From from, To to, Size size,
                                     const Real* pi, Real* weights) {
  if constexpr (Team::serial && std::is_same_v<Shape, DynamicShape>) {
    return product_weights(shape, i, from, to, pi, weights);
  }
  if (to - from == 1) return pi + shape.first(shape.opponent(i, from));
  for_each(team, size, [&](auto joint) {
    Real weight = constant<Real>(1);
    int rest = joint;
    int block = size;
    for_each(shape.opponents(), [&](auto k) {
      if (k >= from && k < to) {
        const auto j = shape.opponent(i, k);
        block /= shape.actions(j);
        const int action = rest / block;
        rest -= action * block;
        weight = weight * pi[shape.first(j) + action];
      }
    });
    weights[joint] = weight;
  });
  return weights;
}

/// Whether the weights of agent i's high group, or of its low one, are those of the agent before it and in the same
/// place, as one member keeps them.
QUANTAL_HD bool keeps_high(const SerialTeam&, const DynamicShape& shape, int i) {
  return i > shape.split(i) && shape.split(i) == shape.split(i - 1);
}
QUANTAL_HD bool keeps_low(const SerialTeam&, const DynamicShape& shape, int i) {
  return i > 0 && i <= shape.split(i) && shape.split(i) == shape.split(i - 1) && shape.high(i) == shape.high(i - 1);
}
template <class Team, class Shape, class Agent>
QUANTAL_HD constexpr bool keeps_high(const Team&, const Shape&, Agent) {
  return false;
}
template <class Team, class Shape, class Agent>
QUANTAL_HD constexpr bool keeps_low(const Team&, const Shape&, Agent) {
  return false;
}

/// sum_h u(h) sum_l v(l) P(h, l, a) for the `Width` actions a from `first` on, by one member.
template <int Width, class Real, class Low>
QUANTAL_HD void contract_actions(const Real* payoffs, const Real* u, const Real* v, int high, Low low, int actions,
                                 int first, Real* rbar) {
  Real total[Width];
  for_each(Const<Width>{}, [&](auto b) { total[b] = constant<Real>(0); });
  const Real* row = payoffs + first;
  for (int h = 0; h < high; ++h) {
    Real inner[Width];
    for_each(Const<Width>{}, [&](auto b) { inner[b] = constant<Real>(0); });
    for_each(low, [&](auto l) {
      for_each(Const<Width>{}, [&](auto b) { inner[b] = math::multiply_add(row[b], v[l], inner[b]); });
      row += actions;
    });
    for_each(Const<Width>{}, [&](auto b) { total[b] = math::multiply_add(u[h], inner[b], total[b]); });
  }
  for_each(Const<Width>{}, [&](auto b) { rbar[first + b] = total[b]; });
}

/// The same for all M actions of an agent whose low opponents have as many each, one to `most` of them; false if these
/// have not, or are more.
template <int M, int most, int low = M, class Real>
QUANTAL_HD bool contract_alike(const Real* payoffs, const Real* u, const Real* v, int high, int low_actions,
                               int actions, Real* rbar) {
  if constexpr (most == 0) {
    return false;
  } else {
    if (actions != M || low_actions != low) {
      return contract_alike<M, most - 1, low * M>(payoffs, u, v, high, low_actions, actions, rbar);
    }
    contract_actions<paying_actions(M)>(payoffs, u, v, high, Const<low>{}, M, 0, rbar);
    if constexpr (M == 2) rbar[1] = constant<Real>(0);
    return true;
  }
}

/// Shape known to the compiler: everything unrolls.
template <class Real, int High, int Low, int Actions>
QUANTAL_HD void contract(const SerialTeam&, const Real* payoffs, const Real* u, const Real* v, Const<High>, Const<Low>,
                         Const<Actions>, Real* rbar, Real*) {
  if constexpr (Actions == 2) rbar[1] = constant<Real>(0);
  for_each(Const<paying_actions(Actions)>{}, [&](auto a) {
    Real total = constant<Real>(0);
    for_each(Const<High>{}, [&](auto h) {
      Real inner = constant<Real>(0);
      for_each(Const<Low>{},
               [&](auto l) { inner = math::multiply_add(payoffs[(h * Low + l) * Actions + a], v[l], inner); });
      total = math::multiply_add(u[h], inner, total);
    });
    rbar[a] = total;
  });
}

/// One member, any shape: actions in register blocks, payoffs read once.
template <class Real>
QUANTAL_HD void contract(const SerialTeam&, const Real* payoffs, const Real* u, const Real* v, int high, int low,
                         int actions, Real* rbar, Real*) {
  if (contract_alike<2, 3>(payoffs, u, v, high, low, actions, rbar)) return;
  if (actions == 2) {
    contract_actions<1>(payoffs, u, v, high, low, 2, 0, rbar);
    rbar[1] = constant<Real>(0);
    return;
  }
  if (contract_alike<3, 2>(payoffs, u, v, high, low, actions, rbar)) return;
  constexpr int wide = RealTraits<Real>::lanes > 1 ? 8 : 32;
  int a = 0;
  for (; a + wide <= actions; a += wide) contract_actions<wide>(payoffs, u, v, high, low, actions, a, rbar);
  for (; a + 4 <= actions; a += 4) contract_actions<4>(payoffs, u, v, high, low, actions, a, rbar);
  const int left = actions - a;
  if (left == 3) contract_actions<3>(payoffs, u, v, high, low, actions, a, rbar);
  if (left == 2) contract_actions<2>(payoffs, u, v, high, low, actions, a, rbar);
  if (left == 1) contract_actions<1>(payoffs, u, v, high, low, actions, a, rbar);
}

/// A team: with as many members as actions or fewer, each takes whole actions. With more, the opponents' joint actions
/// are cut into `parts` and the parts' sums are added in order, after a sync, so the result depends on the team's size
/// only.
template <class Team, class Payoff, class Real>
QUANTAL_HD void contract(const Team& team, const Payoff* payoffs, const Real* u, const Real* v, int high, int low,
                         int actions, Real* rbar, Real* partial) {
  const auto sum_over = [&](int a, std::int64_t begin, std::int64_t end) {
    Real total = constant<Real>(0);
    int h = static_cast<int>(begin / low);
    int l = static_cast<int>(begin % low);
    const Payoff* payoff = payoffs + begin * actions + a;
    for (std::int64_t left = end - begin; left > 0; ++h, l = 0) {
      const int count = left < low - l ? static_cast<int>(left) : low - l;
      Real inner = constant<Real>(0);
      QUANTAL_GPU_UNROLLED
      for (int k = 0; k < count; ++k, payoff += actions) inner = math::multiply_add(Real(*payoff), v[l + k], inner);
      total = math::multiply_add(u[h], inner, total);
      left -= count;
    }
    return total;
  };
  const std::int64_t joint = static_cast<std::int64_t>(high) * low;
  const int parts = team.size() / actions;
  if (parts <= 1) {
    for_each(team, actions, [&](int a) { rbar[a] = sum_over(a, 0, joint); });
    return;
  }
  const int part = team.rank() / actions;
  if (part < parts) {
    partial[team.rank()] = sum_over(team.rank() % actions, part * joint / parts, (part + 1) * joint / parts);
  }
  team.sync();
  for_each(team, actions, [&](int a) {
    Real total = partial[a];
    for (int p = 1; p < parts; ++p) total = total + partial[p * actions + a];
    rbar[a] = total;
  });
}

/// Numbers of scratch that `expected_payoffs` needs: `weights` of an agent's two groups, partial sums of a team.
QUANTAL_HD constexpr std::int64_t scratch_reals(std::int64_t weights, int team_size) {
  return weights + (team_size > 1 ? team_size : 0);
}

template <class Team, class Real, class Payoff, class Shape>
QUANTAL_HD void expected_payoffs(const Team& team, const NormalForm<Payoff, Shape>& game, const Real* pi, Real* rbar,
                                 Real* scratch) {
  const auto& shape = game.shape;
  team.sync();  // all policies are there
  const Real* u = nullptr;
  const Real* v = nullptr;
  for_each(shape.agents(), [&](auto i) {
    const auto high = shape.high(i);
    const auto low = shape.low(i);
    const auto split = shape.split(i);
    // u(h), v(l)
    if (!keeps_high(team, shape, i)) u = group_weights(team, shape, i, Const<0>{}, split, high, pi, scratch);
    if (!keeps_low(team, shape, i)) {
      v = group_weights(team, shape, i, split, shape.opponents(), low, pi, scratch + high);
    }
    team.sync();
    // rbar(a) = sum_h u(h) sum_l v(l) P(h, l, a)
    contract(team, game.payoffs + shape.payoffs(i), u, v, high, low, shape.actions(i), rbar + shape.first(i),
             scratch + high + low);
    team.sync();
  });
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
