#pragma once

#include <vector>

#include "host/certificate.hpp"
#include "kernels/chunk.hpp"
#include "quantal/run.hpp"
#include "quantal/settings.hpp"

namespace quantal {

/// The temperatures of a run's N agents.
std::vector<double> temperatures(const Run& run, std::size_t agents);

/// Throws InputError unless temperatures and step size are in their ranges and eta tau <= 1.
void validate_steps(const Run& run, std::size_t agents);

/// The step size to start with: the run's own, or the automatic one. `payoff_span` is the largest difference that an
/// agent's own action makes to its payoff.
double first_eta(const Run& run, const std::vector<double>& tau, const Certificate* certificate, double payoff_span);

/// The gap at which a run has converged; negative if no run is to stop early.
double tolerance(const Settings& settings, const std::vector<double>& tau);

template <class Scalar>
kernels::AgentStep<Scalar> agent_step(double tau, double eta);

}  // namespace quantal
