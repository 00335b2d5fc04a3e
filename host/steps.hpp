#pragma once

#include <span>
#include <vector>

#include "host/certificate.hpp"
#include "kernels/chunk.hpp"
#include "quantal/run.hpp"
#include "quantal/settings.hpp"

namespace quantal {

/// A run's temperatures as they were given: one for all agents, or one each. Valid as long as the run.
std::span<const double> given_temperatures(const Run& run);

/// The temperatures of a run's N agents.
std::vector<double> temperatures(const Run& run, std::size_t agents);

/// Throws InputError unless temperatures and step size are in the ranges that the rule has for them: for most, eta tau
/// <= 1 - discount.
void validate_steps(const Run& run, std::size_t agents, double discount,
                    UpdateRule rule = UpdateRule::natural_policy_gradient);

/// What the automatic step goes by.
struct StepAdvice {
  const Certificate* certificate = nullptr;
  bool zero_sum = false;   // a network, or a game of two agents, equivalent to a zero-sum one
  bool single = false;     // float: a step may be too small to move logits at all
  double payoff_span = 0;  // the largest difference that an agent's own action makes to its payoff, discounted ones
                           // included
  double discount = 0;     // of a Markov game
  UpdateRule rule = UpdateRule::natural_policy_gradient;
};

/// The step size to start with, and whether it is halved where the gap does not fall.
struct FirstStep {
  double eta;
  bool automatic;
};

/// The step size of NPG that is magnetic mirror descent in a zero-sum game with the Lipschitz constant L (Certificate):
/// tau / (L^2 + tau^2).
double mirror_descent_step(double L, double tau);

/// The run's own step size, or the automatic one: 1 / max tau where the certificate says that NPG contracts; in
/// zero-sum networks and games of two agents, of one temperature, that of magnetic mirror descent (see Certificate),
/// which converges as it is; else 0.5 / max tau. An agent at temperature 0 takes at most the inverse of the payoff
/// span. In a Markov game all are 1 - discount times that. Where NPG takes the step of mirror descent, the optimistic
/// and predictive rules take 1 / (2 (tau + L)), L being that Lipschitz constant, as extragradient methods do.
FirstStep first_step(const Run& run, const std::vector<double>& tau, const StepAdvice& advice);

/// Whether first_step goes by the payoff span: the step is automatic, and an agent is at temperature 0.
bool step_needs_span(const Run& run);

/// The gap at which a run of these temperatures has converged where Settings::gap_tolerance does not say.
double default_tolerance(Precision precision, std::span<const double> tau, double discount = 0);

/// The gap at which a run of these temperatures has converged; negative if no run is to stop early.
double tolerance(const Settings& settings, std::span<const double> tau, double discount = 0);

/// In a Markov game `eta` is the step size over 1 - discount.
template <class Scalar>
kernels::AgentStep<Scalar> agent_step(double tau, double eta, UpdateRule rule = UpdateRule::natural_policy_gradient);

/// What is left of a step size after halvings of kappa. The magnetic rule's, at the temperature `tau` (in a Markov game
/// over 1 - discount), is not halved exactly.
double halved(double eta, int halvings, double tau, UpdateRule rule);

/// What the kernels do for Settings::rule.
kernels::UpdateRule kernel_rule(const Settings& settings);

}  // namespace quantal
