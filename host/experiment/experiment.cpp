#include "host/experiment/experiment.hpp"

#include <array>

namespace quantal::experiment {

std::span<const Experiment* const> experiments() {
  static constexpr std::array all = {&general_sum, &network_zero_sum, &markov,     &bifurcation, &entropy,
                                     &starts,      &scaling,          &asymmetric, &rules,       &schedules};
  return all;
}

}  // namespace quantal::experiment
