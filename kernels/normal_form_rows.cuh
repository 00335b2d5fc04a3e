#pragma once

/// Normal forms with an agent's rows of payoffs in the registers of the threads that own its actions, all agents at
/// once. The contraction is that of normal_form.hpp,
///
///     rbar_i(a) = sum_h u_i(h) sum_l v_i(l) P_i(h, l, a)
///
/// P   payoffs   of a thread (actions, high, low): row_layouts.hpp says how many, what a shape lacks is 0
/// u   weights   (high) 0 beyond H_i; not read where high is 1
/// v   weights   (low)  0 beyond L_i
///
/// A multiply-add a payoff from registers; v comes from shared memory, 16 bytes a load for all actions of a thread.
/// Where threads have one action each, reading v would take longer than that: neighbours then share the rows of their
/// actions, (split, low / split) for each, and exchange what they have added up (RowLayout::split). An update takes one
/// sync: policies go to two places in turn. With four agents or more u and v are products of policies, which the
/// agent's threads make after the sync, and there is a second one.

#include "kernels/game_tables.cuh"
#include "kernels/row_teams.cuh"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// A game as one of its threads sees it.
template <class Scalar, int Layout>
struct RowGame : SideBySide<row_layouts[Layout].actions, row_layouts[Layout].agents == 2> {
  static constexpr RowLayout layout = row_layouts[Layout];
  static constexpr int stride = row_stride(layout, sizeof(Scalar));
  static constexpr int products = (layout.high + layout.low + layout.lanes - 1) / layout.lanes;

  static constexpr int rows = layout.actions * layout.split;
  static constexpr int low = layout.low / layout.split;
  static_assert(layout.split == 1 || layout.actions == 1);

  Scalar payoffs[rows][layout.high][low];
  int most_high;          // largest H_i of all agents
  bool has_products;      // whether u and v are products
  Scalar* policies;       // shared, (agents, stride); where products are, a further one that holds a 1
  int other;              // from there to the other place for policies
  Scalar* own;            // this agent's u and v where they are products, (2, stride)
  int mine;               // of `policies`: where this thread's actions go
  int u;                  // of `policies` or `own`
  int v;                  //
  int factors[products];  // of each product that this thread makes: of `policies`, factor_bits each
  mutable bool odd = false;
};

/// The product of the policies at the three places that are packed into `factors`.
template <class Real>
__device__ Real product_of(const Real* policies, int factors) {
  constexpr int mask = (1 << factor_bits) - 1;
  return policies[factors & mask] * policies[factors >> factor_bits & mask] * policies[factors >> 2 * factor_bits];
}

/// The largest H_i of all agents.
__device__ inline int largest_high(const AgentShape* table, int agents) {
  int most = 1;
  for (int j = 0; j < agents; ++j) most = max(most, table[j].high);
  return most;
}

/// sum_h u(h) sum_l v(l) P(h, l, a) from a thread's payoffs and weights in shared memory; of these u is 0 from
/// `most_high` on, and of v the thread takes every `Apart`-th 16 bytes.
template <int Apart, int Actions, int High, int Low, class Real>
__device__ __forceinline__ void contract_rows(const Real (&payoffs)[Actions][High][Low], const Real* from_u,
                                              const Real* from_v, int most_high, Real* rbar) {
  Real v[Low];
  read_vectors<Apart>(from_v, v);
  if constexpr (High == 1) {
    for_each(Const<Actions>{}, [&](auto a) {
      Real total = 0;
      for_each(Const<Low>{}, [&](auto l) { total = math::multiply_add(payoffs[a][0][l], v[l], total); });
      rbar[a] = total;
    });
  } else {
    Real u[High];
    read_vectors(from_u, u);
    for_each(Const<Actions>{}, [&](auto a) { rbar[a] = 0; });
    for_each(Const<High>{}, [&](auto h) {
      if (h >= most_high) return;
      for_each(Const<Actions>{}, [&](auto a) {
        Real inner = 0;
        for_each(Const<Low>{}, [&](auto l) { inner = math::multiply_add(payoffs[a][h][l], v[l], inner); });
        rbar[a] = math::multiply_add(u[h], inner, rbar[a]);
      });
    });
  }
}

template <class Team, class Real, int Layout>
__device__ void expected_payoffs(const Team& team, const RowGame<Real, Layout>& game, const Real* pi, Real* rbar,
                                 Real*) {
  using Game = RowGame<Real, Layout>;
  constexpr RowLayout layout = Game::layout;
  constexpr int lanes = layout.lanes;
  Real* const policies = game.policies + (game.odd ? game.other : 0);
  game.odd = !game.odd;
  if (game.shape.agent >= 0) {
    if constexpr (lanes == 1 || layout.actions % of_vector<Real> == 0) {
      Real policy[whole_vectors(layout.actions, sizeof(Real))] = {};
      for_each(Const<layout.actions>{}, [&](auto a) { policy[a] = pi[a]; });
      write_vectors(policy, policies + game.mine);
    } else {
      for_each(Const<layout.actions>{}, [&](auto a) { policies[game.mine + a] = pi[a]; });
    }
  }
  team.sync();
  const Real* weights = policies;
  if constexpr (layout.agents > 2) {
    if (game.has_products) {
      const int rank = team.agent().rank();
      for_each(Const<Game::products>{}, [&](auto k) {
        const int factors = game.factors[k];
        if (factors < 0) return;  // none
        const int entry = k * lanes + rank;
        game.own[entry < layout.high ? entry : entry - layout.high + Game::stride] = product_of(policies, factors);
      });
      team.sync();
      weights = game.own;
    }
  }
  if constexpr (layout.split > 1) {
    static_assert(layout.agents == 2);
    const int number = team.agent().rank() % layout.split;
    Real total[layout.split];
    contract_rows<layout.split>(game.payoffs, weights, weights + game.v + number * of_vector<Real>, 1, total);
    rbar[0] = exchange_sums<layout.split>(total, number);
  } else {
    contract_rows<1>(game.payoffs, weights + game.u, weights + game.v, game.most_high, rbar);
  }
}

/// Where the joint action `joint` of agent i's opponents [from, to) has its factors: offsets of their actions' places
/// among the policies, factor_bits each, and `one` for those that are missing.
__device__ inline int factors_of(const AgentShape* table, int i, int from, int to, int joint, int stride, int one) {
  int packed = 0;
  int shift = 0;
  for (int k = to; k-- > from;) {
    const int j = opponent(i, k);
    packed |= (j * stride + joint % table[j].actions) << shift;
    joint /= table[j].actions;
    shift += factor_bits;
  }
  for (; shift < factor_bits * most_group; shift += factor_bits) packed |= one << shift;
  return packed;
}

}  // namespace QUANTAL_ISA

namespace {

/// Warp and block tiers, for shapes that a layout holds: a run `threads` threads.
template <class Real, int Layout>
__global__ void __launch_bounds__(
    (row_layouts[Layout].block ? row_threads(row_layouts[Layout], row_layouts[Layout].agents) : row_block), 1)
    row_kernel(ChunkView<Real> chunk, RoundView<Real> round, int threads) {
  using Game = RowGame<Real, Layout>;
  constexpr RowLayout layout = row_layouts[Layout];
  constexpr int stride = Game::stride;
  using Team = RunTeam<Real, layout.block, layout.lanes, layout.actions>;
  using Agent = typename Team::Agent;
  __shared__ typename Agent::Memory agent_memory[layout.agents + 1];
  __shared__ typename Team::Memory run_memory;
  static_assert(sizeof(agent_memory) + sizeof(run_memory) <= block_team_bytes);

  const auto [slot, rank, kept, found, r] = run_of_thread(round, threads);
  if (!found) return;
  const int i = rank / layout.lanes;
  const int own_first = rank % layout.lanes * layout.actions;
  const bool idle = i >= chunk.agents;
  // An idle thread belongs to an agent of one action that earns nothing.
  AgentShape agent = chunk.table[idle ? 0 : i];
  if (idle) agent.actions = 1;
  const Agent members(agent_memory, i, agent.actions - own_first);
  const Team team(members, run_memory, threads, rank, kept);

  Game game;
  game.shape = {idle ? -1 : i, agent.first + own_first,
                idle ? 0 : min(max(agent.actions - own_first, 0), layout.actions), kept};
  game.has_products = has_products(chunk.table, chunk.agents);
  game.most_high = largest_high(chunk.table, chunk.agents);

  // Shared memory: policies of all runs, the same again, products of all runs.
  Real* const shared = reinterpret_cast<Real*>(shared_memory);
  const int runs = runs_of_block(threads, static_cast<int>(blockDim.x));
  const int arrays = row_policies(chunk.agents);
  const int one = chunk.agents * stride;
  game.policies = shared + slot * arrays * stride;
  game.other = runs * arrays * stride;
  game.own = shared + (2 * runs * arrays + (slot * chunk.agents + (idle ? 0 : i)) * 2) * stride;
  for (int k = rank; rank < threads && k < arrays * stride; k += threads) {
    const Real start = k == one ? 1 : 0;
    game.policies[k] = start;
    game.policies[game.other + k] = start;
  }
  if (game.has_products && !idle) {
    for (int k = members.rank(); k < 2 * stride; k += layout.lanes) game.own[k] = 0;
  }
  game.mine = i * stride + own_first;
  if (game.has_products) {
    // Also of a group of one.
    game.u = 0;
    game.v = stride;
    for_each(Const<Game::products>{}, [&](auto k) {
      const int entry = k * layout.lanes + members.rank();
      const int joint = entry < layout.high ? entry : entry - layout.high;
      const bool is_high = entry < layout.high;
      game.factors[k] = idle || joint >= (is_high ? agent.high : agent.low)
                            ? -1
                            : factors_of(chunk.table, i, is_high ? 0 : agent.split,
                                         is_high ? agent.split : chunk.agents - 1, joint, stride, one);
    });
  } else {
    const int at = idle ? 0 : i;
    game.u = opponent(at, 0) * stride;
    game.v = opponent(at, chunk.agents - 2) * stride;
  }

  const int number = own_first % layout.split;
  const int row = own_first - number;
  const Real* const from = chunk.payoffs + chunk.game[r] * chunk.game_payoffs + agent.payoffs + row;
  for_each(Const<layout.high>{}, [&](auto h) {
    for_each(Const<Game::low>{}, [&](auto k) {
      constexpr int vector = of_vector<Real>;
      const int l = layout.split == 1 ? int{k} : (k / vector * layout.split + number) * vector + k % vector;
      for_each(Const<Game::rows>{}, [&](auto a) {
        game.payoffs[a][h][k] = !idle && h < agent.high && l < agent.low && row + a < agent.actions
                                    ? from[(h * agent.low + l) * agent.actions + a]
                                    : 0;
      });
    });
  });

  advance_side_by_side(team, chunk, round, game, r);
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
