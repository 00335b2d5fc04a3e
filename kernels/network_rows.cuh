#pragma once

/// Small networks, an agent a thread, whose payoffs are in its registers:
///
///     rbar_i(a) = sum over neighbours j of sum_b A_ij(a, b) pi_j(b)
///
/// A     payoffs   of a thread (neighbours, b, a): network_layouts.hpp says how many, what a network lacks is 0
/// pi    policies  in shared memory, network_stride numbers an agent, of which those beyond its actions are 0
///
/// A multiply-add a payoff from registers; a neighbour's policy takes 16 or 32 bytes of shared memory, read at once. An
/// update takes one sync: policies go to two places in turn.

#include "kernels/game_tables.cuh"
#include "kernels/network_layouts.hpp"
#include "kernels/row_teams.cuh"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// A game as one of its threads sees it.
template <class Scalar, int Layout>
struct NetworkRow : SideBySide<network_layouts[Layout].actions, false> {
  static constexpr NetworkLayout layout = network_layouts[Layout];

  Scalar payoffs[layout.neighbours][layout.actions][layout.actions];
  int policy[layout.neighbours];  // of `policies`: where the neighbours' are
  int degree;                     // the largest of all agents
  Scalar* policies;               // shared
  int other;                      // from there to the other place for policies
  int mine;                       // of `policies`: where this thread's is
  mutable bool odd = false;
};

template <class Team, class Real, int Layout>
__device__ void expected_payoffs(const Team& team, const NetworkRow<Real, Layout>& game, const Real* pi, Real* rbar,
                                 Real*) {
  constexpr NetworkLayout layout = NetworkRow<Real, Layout>::layout;
  Real* const policies = game.policies + (game.odd ? game.other : 0);
  game.odd = !game.odd;
  Real own[network_stride] = {};
  if (game.shape.agent >= 0) {
    for_each(Const<layout.actions>{}, [&](auto a) { own[a] = pi[a]; });
  }
  write_vectors(own, policies + game.mine);
  team.sync();
  for_each(Const<layout.actions>{}, [&](auto a) { rbar[a] = 0; });
  for_each(Const<layout.neighbours>{}, [&](auto d) {
    if (d >= game.degree) return;
    Real v[layout.actions];
    read_vectors(policies + game.policy[d], v);
    for_each(Const<layout.actions>{}, [&](auto b) {
      for_each(Const<layout.actions>{},
               [&](auto a) { rbar[a] = math::multiply_add(game.payoffs[d][b][a], v[b], rbar[a]); });
    });
  });
}

}  // namespace QUANTAL_ISA

namespace {

/// Warp tier, for networks that a layout holds: a run `threads` threads.
template <class Real, int Layout>
__global__ void __launch_bounds__(row_block, 1)
    network_row_kernel(ChunkView<Real> chunk, RoundView<Real> round, int threads) {
  using Game = NetworkRow<Real, Layout>;
  constexpr NetworkLayout layout = Game::layout;
  using Team = TileRun<Real, 1, layout.actions>;
  __shared__ __align__(16) Real policies[2][row_block * network_stride];
  const auto [slot, rank, kept, found, r] = run_of_thread(round, threads);
  if (!found) return;
  const NetworkView& network = chunk.network;
  const bool idle = rank >= network.agents;
  // An idle thread belongs to an agent of one action that earns nothing.
  const int i = idle ? 0 : rank;
  const NetworkAgent& agent = network.agent[i];
  const NetworkAgent& next = network.agent[i + 1];
  const int actions = idle ? 1 : next.first - agent.first;
  const typename Team::Agent members(nullptr, rank, actions);
  typename Team::Memory nothing;
  const Team team(members, nothing, threads, rank, kept);

  Game game;
  game.shape = {idle ? -1 : i, agent.first, idle ? 0 : actions, kept};
  game.policies = policies[0] + (static_cast<int>(threadIdx.x) - rank) * network_stride;
  game.other = row_block * network_stride;
  game.mine = rank * network_stride;
  game.degree = 0;
  for (int j = 0; j < network.agents; ++j) {
    game.degree = max(game.degree, network.agent[j + 1].arc - network.agent[j].arc);
  }
  const Real* from = chunk.payoffs + chunk.game[r] * chunk.game_payoffs + agent.payoffs;
  for_each(Const<layout.neighbours>{}, [&](auto d) {
    const int arc = agent.arc + d;
    const bool is_there = !idle && arc < next.arc;
    const int j = is_there ? network.neighbour[arc] : i;
    const int others = is_there ? network.agent[j + 1].first - network.agent[j].first : 0;
    game.policy[d] = j * network_stride;
    for_each(Const<layout.actions>{}, [&](auto b) {
      for_each(Const<layout.actions>{},
               [&](auto a) { game.payoffs[d][b][a] = b < others && a < actions ? from[b * actions + a] : 0; });
    });
    from += others * actions;
  });
  advance_side_by_side(team, chunk, round, game, r);
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
