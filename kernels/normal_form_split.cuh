#pragma once

/// Normal forms with payoffs in shared memory, all agents at once: each action's row is contracted by a group of
/// neighbouring threads (SplitLayout), which at the same time do the other rows of the group.
///
///     rbar_i(a) = sum_h u_i(h) sum_l v_i(l) P_i(h, l, a)
///
/// P   payoffs   (m_i; H_i, L_i)   agent by agent and row by row, L_i padded with zeros to 16 bytes
/// u   weights   (H_i)             products of the policies of the high opponents; not read where H_i is 1
/// v   weights   (L_i)             of the low opponents, padded with zeros
///
/// A thread takes every `split`-th 16 bytes of a row: neighbours read neighbours. The sums of a group's actions are
/// then exchanged so that each ends with the thread that owns its action, in an order that depends on the layout only.
/// An update takes one sync, and a second one where weights are products.

#include "kernels/game_tables.cuh"
#include "kernels/row_teams.cuh"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// A game as one of its threads sees it.
template <class Scalar, int Layout>
struct SplitGame : SideBySide<1, split_layouts[Layout].agents == 2> {
  static constexpr SplitLayout layout = split_layouts[Layout];

  const Scalar* row[layout.actions];  // of the group's actions; of the last action where the agent has no more
  int vectors;                        // of a row
  int row_vectors;                    // of one h of it
  int most_vectors;                   // of a row of any agent
  int most_actions;                   // of a group of any agent
  int high;                           // H_i
  int u;                              // of `group` or of the policies
  int v;                              //
  Scalar* policies;                   // of all agents
  int other;                          // from there to the other place for them
  int mine;                           // of `policies`: where this thread's action is
  const std::uint64_t* factors;       // of the agent's products, places among policies, factor_bits each
  int products;                       // of the agent
  int most_factors;                   // of a product of any agent
  Scalar* group;                      // the agent's products, (2, group_stride); null: weights are policies
  int group_stride;
  mutable bool odd = false;
};

template <class Team, class Real, int Layout>
__device__ void expected_payoffs(const Team& team, const SplitGame<Real, Layout>& game, const Real* pi, Real* rbar,
                                 Real*) {
  constexpr SplitLayout layout = split_layouts[Layout];
  constexpr int size = 16 / static_cast<int>(sizeof(Real));
  using Vector = RealVector<Real, size>;
  const int rank = team.agent().rank();
  Real* const policies = game.policies + (game.odd ? game.other : 0);
  game.odd = !game.odd;
  if (game.shape.actions > 0) policies[game.mine] = pi[0];
  team.sync();
  const Real* weights = policies;
  if constexpr (layout.agents > 2) {
    if (game.group != nullptr) {
      for (int entry = rank; entry < game.products; entry += layout.lanes) {
        std::uint64_t factors = game.factors[entry];
        Real product = 1;
        for (int k = 0; k < game.most_factors; ++k, factors >>= factor_bits) {
          const int place = static_cast<int>(factors & ((1u << factor_bits) - 1));
          if (place != 0) product *= policies[place - 1];
        }
        game.group[entry < game.high ? entry : entry - game.high + game.group_stride] = product;
      }
      team.sync();
      weights = game.group;
    }
  }

  Real total[layout.actions];
  for_each(Const<layout.actions>{}, [&](auto a) { total[a] = 0; });
  const int number = rank % layout.split;
  int h = 0;
  int l = number;
  QUANTAL_GPU_ROLLED
  for (int k = number; k < game.most_vectors; k += layout.split) {
    if (k >= game.vectors) break;
    while (l >= game.row_vectors) {
      l -= game.row_vectors;
      ++h;
    }
    Vector v = reinterpret_cast<const Vector*>(weights + game.v)[l];
    l += layout.split;
    if (game.high > 1) {
      const Real u = weights[game.u + h];
      for_each(Const<size>{}, [&](auto e) { v.x[e] *= u; });
    }
    for_each(Const<layout.actions>{}, [&](auto a) {
      if (a >= game.most_actions) return;
      const Vector p = reinterpret_cast<const Vector*>(game.row[a])[k];
      for_each(Const<size>{}, [&](auto e) { total[a] = math::multiply_add(p.x[e], v.x[e], total[a]); });
    });
  }
  rbar[0] = exchange_sums<layout.split>(total, number);
}

}  // namespace QUANTAL_ISA

namespace {

/// Warp and block tiers, for shapes that a split layout holds: a run `threads` threads.
template <class Real, int Layout>
__global__ void __launch_bounds__(
    (split_layouts[Layout].block ? row_threads(split_layouts[Layout], split_layouts[Layout].agents) : row_block), 1)
    split_kernel(ChunkView<Real> chunk, RoundView<Real> round, int threads, std::int64_t run_scalars) {
  constexpr SplitLayout layout = split_layouts[Layout];
  constexpr int scalar_bytes = static_cast<int>(sizeof(Real));
  using Team = RunTeam<Real, layout.block, layout.lanes, 1>;
  using Agent = typename Team::Agent;
  __shared__ typename Agent::Memory agent_memory[layout.agents + (layout.lanes < 32 ? 4 : 0)];
  __shared__ typename Team::Memory run_memory;
  static_assert(sizeof(agent_memory) + sizeof(run_memory) <= block_team_bytes);

  const auto [slot, rank, kept, found, r] = run_of_thread(round, threads);
  if (!found) return;
  const Real* const from = chunk.payoffs + chunk.game[r] * chunk.game_payoffs;
  const bool idle = rank / layout.lanes >= chunk.agents;
  const int i = idle ? 0 : rank / layout.lanes;
  const int number = rank % layout.lanes % layout.split;
  const int group_first = rank % layout.lanes / layout.split * layout.actions;
  const int own = group_first + number;
  const AgentShape agent = chunk.table[i];
  // An idle thread belongs to an agent of one action that earns nothing.
  const bool owns = idle ? rank % layout.lanes == 0 : number < layout.actions && own < agent.actions;
  const Agent members(agent_memory, rank / layout.lanes, owns ? 1 : 0);
  const Team team(members, run_memory, threads, rank, kept);

  const SplitPlaces places = split_places(chunk.table, chunk.agents, scalar_bytes);
  Real* const shared = reinterpret_cast<Real*>(shared_memory) + slot * run_scalars;
  for (std::int64_t k = rank; k < places.scalars; k += threads) shared[k] = 0;
  team.sync();

  SplitGame<Real, Layout> game;
  game.shape = {idle ? -1 : i, agent.first + own, !idle && owns ? 1 : 0, kept};
  game.policies = shared + places.policies;
  game.other = chunk.agents * places.policy_stride;
  game.mine = i * places.policy_stride + own;
  game.high = agent.high;
  game.row_vectors = whole_vectors(agent.low, scalar_bytes) * scalar_bytes / 16;
  game.vectors = idle ? 0 : agent.high * game.row_vectors;
  game.most_vectors = 0;
  game.most_actions = 1;
  game.most_factors = 1;
  Real* rows = shared;
  Real* of_agent = shared;
  auto* factors = reinterpret_cast<std::uint64_t*>(shared + places.factors);
  for (int j = 0; j < chunk.agents; ++j) {
    const AgentShape other = chunk.table[j];
    const auto row = static_cast<int>(split_row(other, scalar_bytes));
    const int padded = whole_vectors(other.low, scalar_bytes);
    game.most_vectors = max(game.most_vectors, row * scalar_bytes / 16);
    game.most_actions = max(game.most_actions, min(other.actions, layout.actions));
    game.most_factors = max(game.most_factors, max(other.split, chunk.agents - 1 - other.split));
    if (j == i) {
      of_agent = rows;
      game.factors = factors;
    }
    const Real* const payoffs = from + other.payoffs;
    const int count = other.high * other.low * other.actions;
    for (int p = rank; p < count; p += threads) {
      const int joint = p / other.actions;
      rows[p % other.actions * row + joint / other.low * padded + joint % other.low] = payoffs[p];
    }
    rows += other.actions * row;
    if (places.group_stride == 0) continue;
    // Each product's factors: where their policies are, and 1, so that 0 is none.
    for (int entry = rank; entry < other.high + other.low; entry += threads) {
      const bool is_high = entry < other.high;
      int joint = is_high ? entry : entry - other.high;
      std::uint64_t packed = 0;
      for (int k = is_high ? other.split : chunk.agents - 1; k-- > (is_high ? 0 : other.split);) {
        const int opponents = opponent(j, k);
        const int m = chunk.table[opponents].actions;
        packed = packed << factor_bits | static_cast<unsigned>(opponents * places.policy_stride + joint % m + 1);
        joint /= m;
      }
      factors[entry] = packed;
    }
    factors += other.high + other.low;
  }
  for_each(Const<layout.actions>{}, [&](auto a) {
    game.row[a] = of_agent + min(group_first + a, agent.actions - 1) * split_row(agent, scalar_bytes);
  });
  game.group = nullptr;
  if (places.group_stride > 0) {
    game.group = shared + places.groups + 2 * i * places.group_stride;
    game.group_stride = places.group_stride;
    game.products = idle ? 0 : agent.high + agent.low;
    game.u = 0;
    game.v = places.group_stride;
  } else {
    game.u = opponent(i, 0) * places.policy_stride;
    game.v = opponent(i, chunk.agents - 2) * places.policy_stride;
  }
  advance_side_by_side(team, chunk, round, game, r);
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
