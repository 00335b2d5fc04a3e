#pragma once

/// A naive solver to judge the real one by: sequential, in long double, every sum written out over all joint actions as
/// the definitions have it. It shares no code with the library, not even its types.
///
/// Payoffs are (N, m_0, .., m_{N-1}): agent by agent, joint actions row-major, the last agent fastest.

#include <cstddef>
#include <vector>

namespace oracle {

using Number = long double;

/// One number for each action of each agent: policies, logits or expected payoffs.
using Profile = std::vector<std::vector<Number>>;

/// What one agent earns on account of a neighbour.
struct Arc {
  std::size_t agent;
  std::size_t neighbour;
  std::vector<double> payoffs;  // [action of agent][action of neighbour], row-major
};

/// A normal form has payoffs, a network arcs.
struct Game {
  std::vector<int> actions;
  std::vector<double> payoffs;
  std::vector<Arc> arcs = {};
};

/// log sum_a exp(x(a)).
Number log_sum_exp(const std::vector<Number>& x);

/// exp(x(a)) / sum_b exp(x(b)).
std::vector<Number> softmax(const std::vector<Number>& x);

/// exp(x) - 1 - x without cancellation.
Number exp_less_linear(Number x);

Profile uniform_policies(const std::vector<int>& actions);

/// Agent by agent from a flat list; each agent's are normalised.
Profile policies_from(const std::vector<int>& actions, const double* flat);

/// softmax of each agent's logits.
Profile policies_of(const Profile& logits);

/// log of each policy; minus infinity where it is 0.
Profile logits_of(const Profile& policies);

/// rbar_i(a) = sum over joint actions with a_i = a of r_i times the product of the others' policies; in a network
/// rbar_i(a) = sum over neighbours j of sum_b A_ij(a, b) pi_j(b).
Profile expected_payoffs(const Game& game, const Profile& policies);

/// rbar_i / tau_i; 0 where tau is infinite.
std::vector<Number> response_logits(const std::vector<Number>& expected, double tau);

/// tau KL(pi || softmax(rbar / tau)) of one agent with pi = softmax(logits), as a sum of terms that are never negative;
/// its error is of second order in that of the logits. tau = 0: the Nash gap. tau infinite: 0 if pi is uniform, else
/// infinity.
Number qre_gap(const std::vector<Number>& logits, const std::vector<Number>& expected, double tau);

/// The same as the textbook has it, tau > 0 and finite: tau log sum exp(rbar / tau) - <pi, rbar> - tau H(pi).
Number qre_gap_by_difference(const std::vector<Number>& policy, const std::vector<Number>& expected, double tau);

/// max_b rbar(b) - <pi, rbar> of one agent.
Number nash_gap(const std::vector<Number>& policy, const std::vector<Number>& expected);

/// What there is to know about one iterate.
struct Evaluation {
  Profile policies;
  Profile expected;
  std::vector<Number> agent_gap;
  Number gap = 0;       // the largest of agent_gap
  Number nash_gap = 0;  // max over agents
};

Evaluation evaluate(const Game& game, const Profile& logits, const std::vector<double>& tau);

/// theta' = (1 - eta tau) theta + eta rbar for all agents at once; theta' = 0 where tau is infinite.
Profile update(const Profile& logits, const Profile& expected, const std::vector<double>& tau, double eta);

/// max over agents and actions of |pi(a) - softmax(rbar / tau)(a)|, tau > 0.
Number distance_to_response(const Game& game, const Profile& policies, const std::vector<double>& tau);

/// max over agents and actions of |p(a) - q(a)|.
Number distance(const Profile& p, const Profile& q);

}  // namespace oracle
