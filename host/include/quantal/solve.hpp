#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "quantal/error.hpp"
#include "quantal/game.hpp"
#include "quantal/results.hpp"
#include "quantal/run.hpp"
#include "quantal/settings.hpp"

namespace quantal {

/// How far a call to `solve` is.
struct Progress {
  std::size_t runs = 0;
  std::size_t finished = 0;
  std::size_t converged = 0;
  std::int64_t iterations = 0;  ///< of all runs together
  double seconds = 0;           ///< since the call began
};

/// Called now and then (at most about 20 times a second) from one thread at a time, not always the same one. Returns
/// whether to go on; after `false` the runs under way end as cancelled at their next round (some milliseconds). It
/// must not throw.
using ProgressCallback = std::function<bool(const Progress&)>;

/// Solves games for their logit quantal response equilibria with entropy-regularised independent natural policy
/// gradient (Sun, Liu, Kumar, Shahrampour, arXiv 2405.02769). All agents of a run update at once:
///
///     pi_i'(a)  proportional to  pi_i(a)^(1 - eta tau) exp(eta rbar_i(a)),   rbar_i(a) = E[r_i | a_i = a]
///
/// and the QRE gap is max_i tau KL(pi_i || softmax(rbar_i / tau)), the most any agent could gain, entropy included,
/// by deviating.
///
/// Run::eta not set: the step starts at 1/tau where the contraction bound of the README certifies that the equilibrium
/// is unique and the iteration converges linearly. In network games and games of two agents that zero_sum_weights
/// (quantal/classify.hpp) finds to be as good as zero-sum, at one temperature for all agents, it is
/// tau / (L^2 + tau^2), L the bound of the README, which converges linearly as it is. Else it starts at 0.5/tau
/// (tau = 0: at the inverse of the largest difference that an agent's own action makes to its payoff) and is halved
/// while the gap does not fall, judged over 64 iterations at first and over 64 more after each halving.
///
/// In a Markov game every agent has a policy in every state, rbar_i is the Q-value of its policies' values, the update
/// takes eta / (1 - discount) for eta, and eta tau <= 1 - discount. Values count tau times the agent's own entropy, or
/// none (Settings::markov_entropy). The QRE gap is max over agents and states of V* - V, V* the soft optimal values
/// against the others' policies; without entropy max tau KL(pi_i || softmax(Q_i / tau)). Steps start at (1 - discount)
/// times 0.5/tau, or 1/tau for one agent.
///
/// Games of different shapes may be mixed; results come in the order of the runs. They are the same, bit for bit, for
/// any number of threads and whatever else is in the batch.
///
/// Throws InputError if a game, a run or a setting is invalid and BackendError if the backend cannot start; nothing
/// has been computed then. A backend that fails later ends the call early: finished runs keep their results, the
/// others are Status::failed, and Results::failure says why. Safe to call from several threads at once.
Results solve(std::span<const Game> games, std::span<const Run> runs, const Settings& settings = {},
              const ProgressCallback& progress = {});

/// The runs of `sweep` over all games: `solve(games, runs_of(games.size(), sweep), settings, progress)`.
Results solve(std::span<const Game> games, const Sweep& sweep, const Settings& settings = {},
              const ProgressCallback& progress = {});

}  // namespace quantal
