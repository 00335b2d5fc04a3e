#pragma once

/// What a backend gets: games of one shape and runs of them, as plain arrays in its own memory. The same structs
/// describe host and device memory and are the same type in every translation unit.

#include <cstdint>

#include "kernels/half.hpp"
#include "kernels/markov_shape.hpp"
#include "kernels/network_shape.hpp"
#include "kernels/shape.hpp"

namespace quantal {
namespace kernels {

/// Iterations in a window of the automatic step, the part by which the best gap must fall in one, and the halvings
/// after which a run has stalled.
constexpr int window = 64;
constexpr double least_fall = 1e-3;
constexpr int most_halvings = 16;

/// How a run stands. Kernels keep it as a Real, so that SIMD lanes can hold different ones.
enum Outcome : int { running = 0, converged = 1, max_iterations = 2, stalled = 3, not_finite = 4 };

/// How policies are updated; see update_rules.hpp.
enum class UpdateRule : int {
  natural_policy_gradient,
  optimistic,
  predictive,
  magnetic,
  logit_response,
  policy_gradient,
  replicator,
  alternating,
  anderson
};

/// Differences that Anderson's method goes by, and the arrays and numbers that it keeps.
constexpr int anderson_depth = 4;
constexpr int anderson_arrays = 3 + 2 * anderson_depth;
constexpr int anderson_numbers = 7;

/// Numbers that a rule keeps of a run with `actions` in all.
QUANTAL_HD constexpr std::int64_t rule_reals(UpdateRule rule, int actions) {
  switch (rule) {
    case UpdateRule::optimistic:
    case UpdateRule::predictive:
    case UpdateRule::magnetic:
      return actions;
    case UpdateRule::anderson:
      return std::int64_t{anderson_arrays} * actions + anderson_numbers;
    default:
      return 0;
  }
}

/// One agent's temperature and step, made on the host in double.
template <class Real>
struct AgentStep {
  Real tau;     // temperature, 0 .. infinity
  Real lambda;  // 1 / tau; 1 where tau = 0, so that d = rbar there
  Real leak;    // 1; 0 where tau = 0
  Real kappa;   // eta tau; eta where tau = 0; 0 freezes the agent
};

/// What a run keeps from round to round beside its logits and steps.
template <class Real>
struct RunMemory {
  Real tolerance;     // it has converged when its gap is at most this; negative: never
  Real automatic;     // 1: halve the step when the gap stops falling; 0: leave it
  Real best;          // smallest gap at this step before the current stretch; infinity at the start
  Real window_best;   // smallest gap in the current stretch of windows; infinity at its start
  Real worst;         // largest gap in the stretch before; infinity in the first
  Real window_worst;  // largest gap in the current stretch; 0 at its start
  Real windows_left;  // windows until the stretch ends
  Real quarter;       // windows of a stretch where the step is fixed: about a quarter of the run
  Real halvings;      // times the step was halved
  Real outcome;       // an Outcome
  Real gap;           // QRE gap of the last evaluation
};

/// A chunk of G games of one shape (N agents, A = sum of m_i actions) and R runs. The agents of a Markov game are its
/// pairs of an agent and a state: N is their number here.
template <class Scalar>
struct ChunkView {
  const AgentShape* table;    // (N) null for other classes than normal forms
  NetworkView network;        // no agents for other classes
  MarkovView markov;          // no agents for other classes
  int agents;                 // N
  int actions;                // A
  std::int64_t scratch;       // scratch that expected_payoffs needs: largest H_i + L_i; partial sums of split agents;
                              // markov_scratch_reals
  std::int64_t game_payoffs;  // payoffs of one game
  UpdateRule rule;
  std::int64_t rule_reals;    // as the function of that name
  std::int64_t runs;          // R
  std::int64_t most_updates;  // updates a run makes at most
  std::int64_t gap_every;     // stride of the histories; 0: none

  const Scalar* payoffs;      // (G, game_payoffs) as shape.hpp or network_shape.hpp lays them out
  const std::int32_t* game;   // (R) which of them
  Scalar* theta;              // (R, A) logits; in and out
  AgentStep<Scalar>* steps;   // (R, N) in and out
  RunMemory<Scalar>* memory;  // (R)    in and out
  std::int64_t* iterations;   // (R)    updates made; in and out
  Scalar* rule_memory;        // (R, rule_reals) in and out; null where there is none
  Scalar* values;             // (R, N) Markov games, state by state; in and out; null for other classes

  const Half* half_payoffs;  // the same payoffs where the stream tier is to read them in half precision; else null

  // Results, written when a run finishes.
  Scalar* pi;             // (R, A)
  Scalar* agent_gap;      // (R, N)
  Scalar* nash_gap;       // (R)
  Scalar* residual;       // (R)    Markov games, else null
  Scalar* action_values;  // (R, A) Markov games where they are asked for, else null
};

}  // namespace kernels
}  // namespace quantal
