#include "host/steps.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "host/format.hpp"
#include "quantal/error.hpp"

namespace quantal {

namespace {

/// eta tau may exceed 1 by the rounding of eta = 1 / tau.
constexpr double rounding = 1e-12;

constexpr std::size_t most_alternating_agents = 64;

bool needs_temperature(UpdateRule rule) {
  return rule == UpdateRule::logit_response || rule == UpdateRule::anderson;
}

bool extrapolates(UpdateRule rule) {
  return rule == UpdateRule::optimistic || rule == UpdateRule::predictive;
}

}  // namespace

std::span<const double> given_temperatures(const Run& run) {
  return run.tau_per_agent.empty() ? std::span(&run.tau, 1) : std::span(run.tau_per_agent);
}

std::vector<double> temperatures(const Run& run, std::size_t agents) {
  return run.tau_per_agent.empty() ? std::vector<double>(agents, run.tau) : run.tau_per_agent;
}

void validate_steps(const Run& run, std::size_t agents, double discount, UpdateRule rule) {
  if (!run.tau_per_agent.empty() && run.tau_per_agent.size() != agents) {
    throw InputError(formatted("{} temperatures were given for a game of {} agents: expected one, or one an agent",
                               run.tau_per_agent.size(), agents));
  }
  if (run.tau_per_agent.empty() && !(run.tau >= 0)) {
    throw InputError(formatted("tau = {}: expected a temperature of at least 0", run.tau));
  }
  for (const double tau : run.tau_per_agent) {
    if (!(tau >= 0) || !std::isfinite(tau)) {
      throw InputError(formatted("tau = {} for one agent: expected a finite temperature of at least 0", tau));
    }
  }
  const std::span<const double> tau = given_temperatures(run);
  if (needs_temperature(rule) && std::find(tau.begin(), tau.end(), 0.0) != tau.end()) {
    throw InputError(formatted("tau = 0: expected a temperature above 0 for the rule {}", to_string(rule)));
  }
  if (rule == UpdateRule::alternating && agents > most_alternating_agents) {
    throw InputError(formatted("expected at most {} agents for the rule {}, found {}", most_alternating_agents,
                               to_string(rule), agents));
  }
  if (!run.eta) return;
  if (!(*run.eta > 0) || !std::isfinite(*run.eta)) {
    throw InputError(formatted("eta = {}: expected a step size above 0", *run.eta));
  }
  if (takes_any_step(rule)) return;
  for (const double t : tau) {
    if (*run.eta * t <= (1 - discount) * (1 + rounding)) continue;
    throw InputError(formatted("eta = {} with tau = {}: expected eta tau <= 1{}, so eta at most {}", *run.eta, t,
                               discount > 0 ? formatted(" - discount = {}", 1 - discount) : "", (1 - discount) / t));
  }
}

double mirror_descent_step(double L, double tau) {
  return 1 / (tau * (1 + L / tau * (L / tau)));  // squares of very small or large payoffs would leave the range
}

FirstStep first_step(const Run& run, const std::vector<double>& tau, const StepAdvice& advice) {
  if (run.eta) return {*run.eta, false};
  const auto [lowest, highest] = std::minmax_element(tau.begin(), tau.end());
  const double plain = advice.payoff_span > 0 ? 1 / advice.payoff_span : 1.0;
  const double share = 1 - advice.discount;
  if (*highest == 0) return {share * plain, true};
  const bool contracts = advice.certificate != nullptr && advice.certificate->contraction(tau) < 1;
  if (!contracts && advice.zero_sum && advice.certificate != nullptr && *lowest == *highest) {
    // eta_m / (1 + eta_m tau) with eta_m = tau / L^2, L = rho(D) / 4
    const double L = advice.certificate->contraction(std::vector<double>(tau.size(), 1.0));
    if (extrapolates(advice.rule)) return {0.5 / (*highest + L), true};
    const double eta = advice.rule == UpdateRule::magnetic ? *highest / (L * L) : mirror_descent_step(L, *highest);
    if (eta > 0) return {eta, advice.single};
  }
  if (advice.rule == UpdateRule::magnetic) {
    const double regularised = (contracts ? 4.0 : 1.0) / *highest;  // kappa = 0.8 or 0.5
    return {share * (*lowest == 0 ? std::min(plain, regularised) : regularised), true};
  }
  const double regularised = (contracts ? 1.0 : 0.5) / *highest;
  return {share * (*lowest == 0 ? std::min(plain, regularised) : regularised), true};
}

bool step_needs_span(const Run& run) {
  const std::span<const double> tau = given_temperatures(run);
  return !run.eta && std::find(tau.begin(), tau.end(), 0.0) != tau.end();
}

double default_tolerance(Precision precision, std::span<const double> tau, double discount) {
  double lowest = std::numeric_limits<double>::infinity();
  for (const double t : tau) lowest = t > 0 ? std::min(lowest, t) : lowest;
  if (!std::isfinite(lowest)) return 1e-6;  // only infinite temperatures, whose gap ends at 0, or none
  // Values are 1 / (1 - discount) times as large as rewards, and so is the rounding of what actions add to them.
  const double distance = precision == Precision::float32 ? 5e-6 / (1 - discount) : 1e-11;
  return 2 * lowest * distance * distance;
}

double tolerance(const Settings& settings, std::span<const double> tau, double discount) {
  if (settings.gap_tolerance) return *settings.gap_tolerance > 0 ? *settings.gap_tolerance : -1.0;
  return default_tolerance(settings.precision, tau, discount);
}

template <class Scalar>
kernels::AgentStep<Scalar> agent_step(double tau, double eta, UpdateRule rule) {
  if (tau == 0) return {Scalar(0), Scalar(1), Scalar(0), static_cast<Scalar>(eta)};
  // eta tau is eta's share of its largest value; where tau is infinite eta is 0, and a whole step reaches uniform.
  double kappa = std::isinf(tau) ? 1.0 : eta * tau;
  if (rule == UpdateRule::magnetic && !std::isinf(tau)) kappa /= 1 + kappa;
  if (!takes_any_step(rule)) kappa = std::min(1.0, kappa);
  return {static_cast<Scalar>(tau), static_cast<Scalar>(1 / tau), Scalar(1), static_cast<Scalar>(kappa)};
}

template kernels::AgentStep<float> agent_step(double, double, UpdateRule);
template kernels::AgentStep<double> agent_step(double, double, UpdateRule);

double halved(double eta, int halvings, double tau, UpdateRule rule) {
  if (rule != UpdateRule::magnetic || halvings == 0 || tau == 0 || std::isinf(tau)) return std::ldexp(eta, -halvings);
  const double kappa = std::ldexp(eta * tau / (1 + eta * tau), -halvings);
  return kappa / (tau * (1 - kappa));
}

kernels::UpdateRule kernel_rule(const Settings& settings) {
  switch (settings.rule) {
    case UpdateRule::natural_policy_gradient:
      return kernels::UpdateRule::natural_policy_gradient;
    case UpdateRule::magnetic:
      return settings.magnet == Magnet::uniform ? kernels::UpdateRule::natural_policy_gradient
                                                : kernels::UpdateRule::magnetic;
    case UpdateRule::optimistic:
      return kernels::UpdateRule::optimistic;
    case UpdateRule::predictive:
      return kernels::UpdateRule::predictive;
    case UpdateRule::logit_response:
      return kernels::UpdateRule::logit_response;
    case UpdateRule::policy_gradient:
      return kernels::UpdateRule::policy_gradient;
    case UpdateRule::replicator:
      return kernels::UpdateRule::replicator;
    case UpdateRule::alternating:
      return kernels::UpdateRule::alternating;
    case UpdateRule::anderson:
      return kernels::UpdateRule::anderson;
  }
  return kernels::UpdateRule::natural_policy_gradient;
}

}  // namespace quantal
