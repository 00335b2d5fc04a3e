#pragma once

/// Small Markov games of one or two agents, a pair of an agent and a state a thread. The formulas are those of
/// markov.hpp and markov_gap.hpp; against the other's policy each agent is alone with
///
///     T_i(s, a, s') = sum_b pi_j(b | s) P(s' | s, a, b)        R_i(s, a) = sum_b pi_j(b | s) r_i(s, a, b)
///
/// of which a thread keeps its pair's in registers:
///
///     V = (I - gamma P)^-1 b,  P(s, s') = sum_a pi(a | s) T(s, a, s'),     Q(s, a) = R(s, a) + gamma sum_s' T(s, a,
///     s') V(s')
///
/// and the same T serves best replies. The equations are solved by Gauss-Jordan elimination without pivoting, which is
/// as stable as markov_system.hpp says, a row a thread: an agent's threads are `states` neighbouring lanes of a warp
/// and show each other their numbers.
///
/// r   rewards       (a, b)      of a thread
/// P   transitions   (rows, s')  of a state in shared memory, read 16 bytes at a time
/// pi  policies      in shared memory, network_stride numbers a pair, in two places in turn: an update takes one sync

#include "kernels/game_tables.cuh"
#include "kernels/markov_layouts.hpp"
#include "kernels/row_teams.cuh"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Where a thread stands in the chunk's arrays; `agent` is its pair.
struct MarkovPlace : RowPlace {
  int value;  // of the pair among the run's values
};

/// A game as one of its threads sees it, and what its last evaluation has found.
template <class Scalar, int Layout>
struct MarkovRow : SideBySide<markov_layouts[Layout].actions, false, MarkovPlace> {
  static constexpr int states = markov_layouts[Layout].states;
  static constexpr int actions = markov_layouts[Layout].actions;

  Scalar rewards[actions][actions];
  const Scalar* transitions;  // shared, of this thread's state
  int own_row[actions];       // of `transitions`, of its own and the other's action; added up they are a row
  int other_row[actions];
  int other_actions;  // 1 without another agent; 0 where the thread is idle
  int other_policy;   // of `policies`; its own without another agent
  bool alone;
  int state;
  Scalar discount;
  bool entropic;     // whether values count entropy
  Scalar* policies;  // shared
  int other_place;   // from there to the other place for policies
  int mine;
  mutable bool odd = false;
  mutable Scalar onward[actions][states];  // T, 0 of actions that are not there
  mutable Scalar expected[actions];        // R
};

/// A number of the agent's thread of state s.
template <int States, class Real>
__device__ Real of_state(const Real& x, int s) {
  return __shfl_sync(~0u, x, s, States);
}

/// x(s) of x = b + gamma P x, P(s, s') = sum_a weight(a) T(s, a, s').
template <class Real, int Layout>
__device__ Real solve_values(const MarkovRow<Real, Layout>& game, const Real* weight, Real b) {
  using Game = MarkovRow<Real, Layout>;
  Real row[Game::states];
  for_each(Const<Game::states>{}, [&](auto next) {
    Real mixed = 0;
    for_each(Const<Game::actions>{},
             [&](auto a) { mixed = math::multiply_add(weight[a], game.onward[a][next], mixed); });
    row[next] = math::multiply_add(-game.discount, mixed, game.state == next ? Real(1) : Real(0));
  });
  for_each(Const<Game::states>{}, [&](auto k) {
    const Real inverse = Real(1) / of_state<Game::states>(row[k], k);
    // The pivot's row becomes `inverse` times itself, the others lose column k.
    const Real factor = game.state == k ? Real(1) - inverse : row[k] * inverse;
    for_each(Const<Game::states - 1 - k>{}, [&](auto after) {
      constexpr int c = decltype(k)::value + 1 + decltype(after)::value;
      row[c] = math::multiply_add(-factor, of_state<Game::states>(row[c], k), row[c]);
    });
    b = math::multiply_add(-factor, of_state<Game::states>(b, k), b);
  });
  return b;
}

/// to(a) = from(a) + gamma sum_s' T(s, a, s') x(s').
template <class Real, int Layout>
__device__ void continue_with(const MarkovRow<Real, Layout>& game, const Real& x, const Real* from, Real* to) {
  using Game = MarkovRow<Real, Layout>;
  Real next[Game::states];
  for_each(Const<Game::states>{}, [&](auto s) { next[s] = game.discount * of_state<Game::states>(x, s); });
  for_each(Const<Game::actions>{}, [&](auto a) {
    Real total = from[a];
    for_each(Const<Game::states>{}, [&](auto s) { total = math::multiply_add(game.onward[a][s], next[s], total); });
    to[a] = total;
  });
}

/// What a period is worth: markov.hpp's period_value, from R.
template <class Team, class Real, int Layout>
__device__ Real period_value(const Team& team, const MarkovRow<Real, Layout>& game, const RunState<Real>& run,
                             bool entropic) {
  constexpr Const<MarkovRow<Real, Layout>::actions> actions;
  const auto& agent = team.agent();
  const Real reward = sum_over<Real>(agent, actions, [&](auto a) { return run.pi[a] * game.expected[a]; });
  if (!entropic) return reward;
  const Real largest = max_over<Real>(agent, actions, [&](auto a) { return run.theta[a]; });
  const Real likeliest = max_over<Real>(agent, actions, [&](auto a) { return run.pi[a]; });
  const Real entropy = sum_over<Real>(agent, actions, [&](auto a) { return run.pi[a] * (largest - run.theta[a]); }) -
                       math::log(likeliest);
  const Real tau = run.steps->lambda > Real(0) ? run.steps->tau : Real(0);
  return math::multiply_add(tau, entropy, reward);
}

/// T and R for the policies of all.
template <class Team, class Real, int Layout>
__device__ void meet_policies(const Team& team, const MarkovRow<Real, Layout>& game, const Real* pi) {
  using Game = MarkovRow<Real, Layout>;
  constexpr Const<Game::actions> actions;
  Real* const policies = game.policies + (game.odd ? game.other_place : 0);
  game.odd = !game.odd;
  Real own[network_stride] = {};
  for_each(actions, [&](auto a) { own[a] = pi[a]; });
  write_vectors(own, policies + game.mine);
  team.sync();
  Real weight[Game::actions];
  read_vectors(policies + game.other_policy, weight);
  for_each(actions, [&](auto b) {
    const Real alone = b == 0 ? Real(1) : Real(0);
    weight[b] = b < game.other_actions ? (game.alone ? alone : weight[b]) : Real(0);
  });
  for_each(actions, [&](auto a) {
    Real reward = 0;
    Real onward[Game::states] = {};
    for_each(actions, [&](auto b) {
      reward = math::multiply_add(weight[b], game.rewards[a][b], reward);
      Real row[Game::states];
      read_vectors(game.transitions + game.own_row[a] + game.other_row[b], row);
      for_each(Const<Game::states>{}, [&](auto s) { onward[s] = math::multiply_add(weight[b], row[s], onward[s]); });
    });
    game.expected[a] = reward;
    for_each(Const<Game::states>{}, [&](auto s) { game.onward[a][s] = if_owned(team.agent(), a, onward[s], Real(0)); });
  });
}

template <class Team, class Real, int Layout>
__device__ void expected_payoffs(const Team& team, const MarkovRow<Real, Layout>& game, RunState<Real>& run) {
  meet_policies(team, game, run.pi);
  *run.scratch = solve_values(game, run.pi, period_value(team, game, run, game.entropic));
  continue_with(game, *run.scratch, game.expected, run.rbar);
}

/// W of this pair by best replies, from its one-time gain g and Q-values: as markov_gap.hpp finds it. `plain`: at
/// temperature 0. Runs and agents of a warp stay together.
template <class Team, class Real, int Layout>
__device__ Real best_reply_gain(const Team& team, const MarkovRow<Real, Layout>& game, AgentStep<Real> step,
                                const Real* Q, const Real& g, bool plain) {
  using Game = MarkovRow<Real, Layout>;
  constexpr Const<Game::actions> actions;
  constexpr int most_replies = 100;
  constexpr Real epsilon = sizeof(Real) == sizeof(float) ? Real(0x1p-23) : Real(0x1p-52);
  const TileTeam<Game::states, true> states;
  const Real zero = 0;
  // Where values count no entropy, only agents at temperature 0 look ahead; at an infinite one nothing is to gain.
  const bool looks_ahead = plain || step.lambda > (game.entropic ? zero : step.leak * step.lambda);
  const Real curvature = plain ? zero : 2 * step.tau * (1 - game.discount) * epsilon;
  if (plain) step = {0, 1, 0, 0};
  Real nothing[Game::actions] = {};
  Real theta[Game::actions] = {};
  Real sigma[Game::actions];
  Real W = 0;
  bool open = looks_ahead;
  for (int k = 0; k < most_replies && team.together(open); ++k) {
    const Real loss = reply(team.agent(), actions, step, theta, sigma, Q);
    const Real next = solve_values(game, sigma, looks_ahead ? g - loss : zero);
    const Real change = states.max(magnitude(next - W));
    const Real top = states.max(magnitude(next));
    W = open ? next : W;
    open = open && change > 8 * epsilon * top && change * change > curvature * top;
    continue_with(game, W, nothing, theta);
  }
  return largest_or_nan(g, W);
}

template <class Team, class Real, int Layout>
__device__ Real overall_gap(const Team& team, const MarkovRow<Real, Layout>& game, RunState<Real>& run) {
  *run.agent_gap = best_reply_gain(team, game, *run.steps, run.rbar, *run.agent_gap, false);
  return largest_of_agents(team, game, *run.agent_gap);
}

template <class Team, class Real, int Layout>
__device__ Real nash_gap(const Team& team, const MarkovRow<Real, Layout>& game, RunState<Real>& run) {
  constexpr Const<MarkovRow<Real, Layout>::actions> actions;
  const Real value = solve_values(game, run.pi, period_value(team, game, run, false));
  Real Q[actions];
  continue_with(game, value, game.expected, Q);
  const Real g = best_response_gain(team.agent(), actions, run.pi, Q);
  return largest_of_agents(team, game, best_reply_gain(team, game, *run.steps, Q, g, true));
}

/// The largest error of the values of the last evaluation in their own equation.
template <class Team, class Real, int Layout>
__device__ Real evaluation_residual(const Team& team, const MarkovRow<Real, Layout>& game, RunState<Real>& run) {
  using Game = MarkovRow<Real, Layout>;
  Real next = 0;
  for_each(Const<Game::states>{}, [&](auto s) {
    Real mixed = 0;
    for_each(Const<Game::actions>{}, [&](auto a) { mixed = math::multiply_add(run.pi[a], game.onward[a][s], mixed); });
    next = math::multiply_add(mixed, of_state<Game::states>(*run.scratch, s), next);
  });
  const Real b = period_value(team, game, run, game.entropic);
  return largest_of_agents(team, game, magnitude(math::multiply_add(game.discount, next, b - *run.scratch)));
}

template <class Scalar, int Layout>
struct LooksAhead<MarkovRow<Scalar, Layout>> {
  static constexpr bool value = true;
};

template <class Team, class Real>
__device__ void load_run(const Team& team, const ChunkView<Real>& chunk, const MarkovPlace& place, std::int64_t r,
                         int lane, RunState<Real>& run) {
  load_run(team, chunk, static_cast<const RowPlace&>(place), r, lane, run);
}

template <class Team, class Real>
__device__ void store_run(const Team& team, const ChunkView<Real>& chunk, const MarkovPlace& place, std::int64_t r,
                          int lane, std::int64_t iterations, RunState<Real>& run) {
  store_run(team, chunk, static_cast<const RowPlace&>(place), r, lane, iterations, run);
  if (place.agent >= 0 && place.kept) chunk.values[r * chunk.agents + place.value] = *run.scratch;
}

template <class Team, class Real>
__device__ void store_results(const Team& team, const ChunkView<Real>& chunk, const MarkovPlace& place, std::int64_t r,
                              int lane, RunState<Real>& run) {
  store_results(team, chunk, static_cast<const RowPlace&>(place), r, lane, run);
  if (place.agent < 0 || !place.kept) return;
  if (team.rank() == 0) chunk.residual[r] = run.residual;
  if (chunk.action_values == nullptr) return;
  for_each(Const<Team::Agent::actions>{}, [&](auto a) {
    if (a < place.actions) chunk.action_values[r * chunk.actions + place.first + a] = run.rbar[a];
  });
}

}  // namespace QUANTAL_ISA

namespace {

/// Warp tier, for Markov games that a layout holds: a run `threads` threads. `run_scalars`: of its shared memory.
template <class Real, int Layout>
__global__ void __launch_bounds__(row_block, 1)
    markov_row_kernel(ChunkView<Real> chunk, RoundView<Real> round, int threads, int run_scalars) {
  using Game = MarkovRow<Real, Layout>;
  using Team = TileRun<Real, 1, Game::actions>;
  __shared__ __align__(16) Real policies[2][row_block * network_stride];
  const auto [slot, rank, kept, found, r] = run_of_thread(round, threads);
  if (!found) return;
  const MarkovView& markov = chunk.markov;
  const int S = markov.states;
  const bool idle = rank % Game::states >= S;
  const int i = idle ? 0 : rank / Game::states;
  const int s = idle ? 0 : rank % Game::states;
  const int pair = i * S + s;
  // An idle thread belongs to an agent of one action that earns nothing and comes from nowhere.
  const int actions = idle ? 1 : markov.first[pair + 1] - markov.first[pair];
  const typename Team::Agent members(nullptr, rank, actions);
  typename Team::Memory nothing;
  const Team team(members, nothing, threads, rank, kept);

  const Real* const payoffs = chunk.payoffs + chunk.game[r] * chunk.game_payoffs;
  const Real* const rewards = payoffs + 1 + i * markov.rows + markov.row[s];
  const Real* const probabilities = payoffs + 1 + markov.agents * markov.rows;
  Real* const shared = reinterpret_cast<Real*>(shared_memory) + slot * run_scalars;
  const int state_stride = run_scalars / S;
  for (int k = rank; k < markov.rows * Game::states; k += threads) {
    const int row = k / Game::states;
    const int next = k % Game::states;
    const int state = markov.state_of_row[row];
    shared[state * state_stride + (row - markov.row[state]) * Game::states + next] =
        next < S ? probabilities[row * markov.stride + next] : 0;
  }
  __syncwarp();

  Game game;
  game.shape = {{idle ? -1 : pair, markov.first[pair], idle ? 0 : actions, kept}, s * markov.agents + i};
  game.transitions = shared + s * state_stride;
  game.alone = markov.agents == 1;
  const int other = game.alone ? pair : (1 - i) * S + s;
  game.other_actions = idle ? 0 : game.alone ? 1 : markov.first[other + 1] - markov.first[other];
  // The last agent's action is the fastest.
  const bool is_last = i == markov.agents - 1;
  const int own_step = is_last ? 1 : game.other_actions;
  const int other_step = is_last ? actions : 1;
  for_each(Const<Game::actions>{}, [&](auto a) {
    const int own = (a < actions ? a : 0) * own_step;
    game.own_row[a] = own * Game::states;
    game.other_row[a] = (a < game.other_actions ? a : 0) * other_step * Game::states;
    for_each(Const<Game::actions>{}, [&](auto b) {
      game.rewards[a][b] = a < actions && b < game.other_actions ? rewards[own + b * other_step] : 0;
    });
  });
  game.state = rank % Game::states;
  game.discount = payoffs[0];
  game.entropic = markov.entropy != 0;
  game.policies = policies[0] + slot * threads * network_stride;
  game.other_place = row_block * network_stride;
  game.mine = rank * network_stride;
  game.other_policy = (game.alone ? rank : rank ^ Game::states) * network_stride;
  advance_side_by_side(team, chunk, round, game, r);
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
