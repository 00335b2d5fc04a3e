#include "host/steps.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "quantal/error.hpp"

#include <fmt/format.h>

namespace quantal {

namespace {

/// eta tau may exceed 1 by the rounding of eta = 1 / tau.
constexpr double rounding = 1e-12;

}  // namespace

std::vector<double> temperatures(const Run& run, std::size_t agents) {
  return run.tau_per_agent.empty() ? std::vector<double>(agents, run.tau) : run.tau_per_agent;
}

void validate_steps(const Run& run, std::size_t agents, double discount) {
  if (!run.tau_per_agent.empty() && run.tau_per_agent.size() != agents) {
    throw InputError(fmt::format("{} temperatures were given for a game of {} agents: expected one, or one an agent",
                                 run.tau_per_agent.size(), agents));
  }
  if (run.tau_per_agent.empty() && !(run.tau >= 0)) {
    throw InputError(fmt::format("tau = {}: expected a temperature of at least 0", run.tau));
  }
  for (const double tau : run.tau_per_agent) {
    if (!(tau >= 0) || !std::isfinite(tau)) {
      throw InputError(fmt::format("tau = {} for one agent: expected a finite temperature of at least 0", tau));
    }
  }
  if (!run.eta) return;
  if (!(*run.eta > 0) || !std::isfinite(*run.eta)) {
    throw InputError(fmt::format("eta = {}: expected a step size above 0", *run.eta));
  }
  for (const double tau : temperatures(run, agents)) {
    if (*run.eta * tau <= (1 - discount) * (1 + rounding)) continue;
    throw InputError(fmt::format("eta = {} with tau = {}: expected eta tau <= 1{}, so eta at most {}", *run.eta, tau,
                                 discount > 0 ? fmt::format(" - discount = {}", 1 - discount) : "",
                                 (1 - discount) / tau));
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
    const double eta = mirror_descent_step(L, *highest);
    if (eta > 0) return {eta, advice.single};
  }
  const double regularised = (contracts ? 1.0 : 0.5) / *highest;
  return {share * (*lowest == 0 ? std::min(plain, regularised) : regularised), true};
}

double tolerance(const Settings& settings, const std::vector<double>& tau, double discount) {
  if (settings.gap_tolerance) return *settings.gap_tolerance > 0 ? *settings.gap_tolerance : -1.0;
  double lowest = std::numeric_limits<double>::infinity();
  for (const double t : tau) lowest = t > 0 ? std::min(lowest, t) : lowest;
  if (!std::isfinite(lowest)) return 1e-6;  // only infinite temperatures, whose gap ends at 0, or none
  // Values are 1 / (1 - discount) times as large as rewards, and so is the rounding of what actions add to them.
  const double distance = settings.precision == Precision::float32 ? 5e-6 / (1 - discount) : 1e-11;
  return 2 * lowest * distance * distance;
}

template <class Scalar>
kernels::AgentStep<Scalar> agent_step(double tau, double eta) {
  if (tau == 0) return {Scalar(0), Scalar(1), Scalar(0), static_cast<Scalar>(eta)};
  // eta tau is eta's share of its largest value; where tau is infinite eta is 0, and a whole step reaches uniform.
  const double kappa = std::isinf(tau) ? 1.0 : std::min(1.0, eta * tau);
  return {static_cast<Scalar>(tau), static_cast<Scalar>(1 / tau), Scalar(1), static_cast<Scalar>(kappa)};
}

template kernels::AgentStep<float> agent_step(double, double);
template kernels::AgentStep<double> agent_step(double, double);

}  // namespace quantal
