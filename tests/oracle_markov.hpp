#pragma once

/// The naive solver's Markov games: discounted, in long double, values by elimination with partial pivoting, best
/// responses by policy iteration in the process that the others induce. It shares no code with the library.
///
/// A profile of a Markov game has one list for each agent and state, agent by agent: that of agent i in state s is
/// number i S + s. Rows (a state and a joint action) are numbered state by state, the last agent's action fastest.

#include <cstddef>
#include <vector>

#include "oracle.hpp"

namespace oracle {

struct MarkovGame {
  std::size_t states = 0;
  std::vector<int> actions;  // (N, S)
  Number discount = 0;
  std::vector<std::vector<Number>> rewards;      // (N, M)
  std::vector<std::vector<Number>> transitions;  // (M, S), each row sums to 1

  std::size_t agents() const { return actions.size() / states; }
};

/// One number for each agent and state.
using Values = std::vector<std::vector<Number>>;

/// A decision process: what one agent faces while the others keep to their policies.
struct Process {
  Number discount = 0;
  std::vector<std::vector<Number>> rewards;                   // [state][action]
  std::vector<std::vector<std::vector<Number>>> transitions;  // [state][action][next state]
};

/// Whether values count an agent's own entropy.
enum class Entropy { own, none };

/// x with A x = b for each right-hand side b, by elimination with partial pivoting. A is row-major.
std::vector<std::vector<Number>> solve_linear(std::vector<Number> matrix, std::vector<std::vector<Number>> right);

/// -sum_a pi(a) log pi(a).
Number entropy(const std::vector<Number>& policy);

/// V_i(s) = E[r_i(s, a) + discount V_i(s')] + tau_i H(pi_i(. | s)); without entropy the last term is not there.
Values values(const MarkovGame& game, const Profile& policies, const std::vector<double>& tau, Entropy counted);

/// Largest amount by which numbers miss that equation.
Number value_error(const MarkovGame& game, const Profile& policies, const std::vector<double>& tau, Entropy counted,
                   const Values& values);

/// Q_i(s, a) = E[r_i(s, a) + discount V_i(s') | a_i = a].
Profile action_values(const MarkovGame& game, const Profile& policies, const Values& values);

/// The process that the others' policies make of the game for one agent.
Process induced_process(const MarkovGame& game, const Profile& policies, std::size_t agent);

/// V(s) = tau log sum_a exp((r(s, a) + discount E V(s')) / tau); tau = 0: the largest over a.
std::vector<Number> optimal_values(const Process& process, double tau);

/// Policies that those values make best.
std::vector<std::vector<Number>> optimal_policies(const Process& process, double tau);

/// optimal_values less the agent's own, as a solution of an equation of its own whose terms are never negative: with
/// g(s) = tau KL(pi(. | s) || q(. | s)) and q = softmax(Q / tau),
///
///     W(s) = g(s) + tau log sum_a q(a | s) exp(discount E[W(s') | s, a] / tau)
///
/// which keeps the digits of small differences. `logits` and `action_values` are the agent's, state by state.
std::vector<Number> excess_values(const Process& process, const Profile& logits, const Profile& action_values,
                                  double tau);

/// What there is to know about one iterate.
struct MarkovEvaluation {
  Profile policies;
  Values values;
  Profile action_values;
  std::vector<Number> agent_gap;
  Number gap = 0;       // the largest of agent_gap
  Number nash_gap = 0;  // max over agents and states, entropies left out
};

/// An agent's gap is its largest excess over states. Entropy left out: the largest tau KL(pi || softmax(Q / tau)) of a
/// state, and at tau = 0 the excess.
MarkovEvaluation evaluate(const MarkovGame& game, const Profile& logits, const std::vector<double>& tau,
                          Entropy counted);

/// theta' = (1 - eta tau / (1 - discount)) theta + eta / (1 - discount) Q for all agents and states at once; theta' = 0
/// where tau is infinite.
Profile update(const MarkovGame& game, const Profile& logits, const Profile& action_values,
               const std::vector<double>& tau, double eta);

}  // namespace oracle
