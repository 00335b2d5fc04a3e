#pragma once

/// Normal forms of several agents with a thread for each action, whose payoffs are in its registers, all agents at once
/// and one after another in a warp (ActionLayout). The contraction is that of normal_form_rows.cuh:
///
///     rbar_i(a) = sum_h u_i(h) sum_l v_i(l) P_i(h, l, a)
///
/// P   payoffs   of a thread (high, low): what a shape lacks is 0
/// u   weights   (high) in shared memory, 0 beyond H_i
/// v   weights   (low)  0 beyond L_i
///
/// Where rows give each agent as many threads as the largest needs, none idles here, for sums over an agent's actions
/// that take one exchange more. An update takes one sync, and a second one where weights are products of policies,
/// which the run's threads make.

#include "kernels/normal_form_rows.cuh"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// A game as one of its threads sees it.
template <class Scalar, int Layout>
struct ActionGame : SideBySide<1, false> {
  static constexpr ActionLayout layout = action_layouts[Layout];
  static constexpr int stride = action_stride(layout, sizeof(Scalar));

  Scalar payoffs[1][layout.high][layout.low];
  int most_high;                // largest H_i of all agents
  Scalar* policies;             // shared, (agents, stride), and a further one that holds a 1
  int other;                    // from there to the other place for policies
  int mine;                     // of `policies`: where this thread's action is
  const ProductEntry* entries;  // shared
  int entry_count;
  int first_entry;   // that this thread makes; the next ones are as many further as a run has threads
  Scalar* products;  // shared, (agents, 2, stride): u and v of agents, where they are products
  int u;             // of `products`, or of `policies`
  int v;             //
  bool u_is_product;
  bool v_is_product;
  mutable bool odd = false;
};

template <class Team, class Real, int Layout>
__device__ void expected_payoffs(const Team& team, const ActionGame<Real, Layout>& game, const Real* pi, Real* rbar,
                                 Real*) {
  Real* const policies = game.policies + (game.odd ? game.other : 0);
  game.odd = !game.odd;
  if (game.shape.agent >= 0) policies[game.mine] = pi[0];
  team.sync();
  if (game.entry_count > 0) {
    QUANTAL_GPU_ROLLED
    for (int k = game.first_entry; k < game.entry_count; k += team.size()) {
      const ProductEntry entry = game.entries[k];
      game.products[entry.place] = product_of(policies, entry.factors);
    }
    team.sync();
  }
  contract_rows<1>(game.payoffs, (game.u_is_product ? game.products : policies) + game.u,
                   (game.v_is_product ? game.products : policies) + game.v, game.most_high, rbar);
}

}  // namespace QUANTAL_ISA

namespace {

/// Warp tier, for shapes that an action layout holds: a run `threads` threads.
template <class Real, int Layout>
__global__ void __launch_bounds__(row_block, 1)
    action_kernel(ChunkView<Real> chunk, RoundView<Real> round, int threads, int run_bytes) {
  using Game = ActionGame<Real, Layout>;
  constexpr ActionLayout layout = Game::layout;
  constexpr int stride = Game::stride;
  using Agent = AgentSegment<Real, layout.actions>;
  using Team = TileRun<Real, 1, 1, Agent>;

  const auto [slot, rank, kept, found, r] = run_of_thread(round, threads);
  if (!found) return;
  const bool idle = rank >= chunk.actions;
  int i = 0;
  while (!idle && i + 1 < chunk.agents && rank >= chunk.table[i + 1].first) ++i;
  const AgentShape agent = chunk.table[i];
  const int own = idle ? 0 : rank - agent.first;
  // An idle thread belongs to an agent of one action that earns nothing.
  const Agent members(own, idle ? 1 : agent.actions);
  typename Team::Memory memory;
  const Team team(members, memory, threads, rank, kept);

  Game game;
  game.shape = {idle ? -1 : i, agent.first + own, idle ? 0 : 1, kept};
  game.most_high = largest_high(chunk.table, chunk.agents);

  // Shared memory: a run after the other, policies twice, products, their entries.
  const int arrays = row_arrays(chunk.agents);
  const int places = row_policies(chunk.agents) * stride;
  unsigned char* const shared = shared_memory + slot * run_bytes;
  game.policies = reinterpret_cast<Real*>(shared);
  game.other = places;
  game.mine = i * stride + own;
  game.products = game.policies + 2 * places;
  auto* const entries = reinterpret_cast<ProductEntry*>(shared + arrays * stride * static_cast<int>(sizeof(Real)));
  game.entries = entries;
  const int one = chunk.agents * stride;
  for (int k = rank; rank < threads && k < arrays * stride; k += threads) {
    game.policies[k] = k == one || k == places + one ? 1 : 0;
  }
  game.entry_count = 0;
  for (int j = 0; j < chunk.agents; ++j) {
    const AgentShape& of = chunk.table[j];
    for (int group = 0; group < 2; ++group) {
      const int from = group == 0 ? 0 : of.split;
      const int to = group == 0 ? of.split : chunk.agents - 1;
      const bool is_product = to - from != 1;
      const int at = is_product ? (2 * j + group) * stride : opponent(j, from) * stride;
      if (j == i) {
        (group == 0 ? game.u : game.v) = at;
        (group == 0 ? game.u_is_product : game.v_is_product) = is_product;
      }
      if (!is_product) continue;
      const int size = group == 0 ? of.high : of.low;
      for (int joint = rank; rank < threads && joint < size; joint += threads) {
        entries[game.entry_count + joint] = {at + joint, factors_of(chunk.table, j, from, to, joint, stride, one)};
      }
      game.entry_count += size;
    }
  }
  game.first_entry = rank < threads ? rank : game.entry_count;

  const Real* const payoffs = chunk.payoffs + chunk.game[r] * chunk.game_payoffs + agent.payoffs + own;
  for_each(Const<layout.high>{}, [&](auto h) {
    for_each(Const<layout.low>{}, [&](auto l) {
      game.payoffs[0][h][l] =
          !idle && h < agent.high && l < agent.low ? payoffs[(h * agent.low + l) * agent.actions] : 0;
    });
  });

  advance_side_by_side(team, chunk, round, game, r);
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
