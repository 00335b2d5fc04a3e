#include "quantal/run.hpp"

#include "quantal/error.hpp"

namespace quantal {

std::vector<Run> runs_of(std::size_t games, const Sweep& sweep) {
  for (const std::vector<double>& tau : sweep.tau) {
    if (tau.empty()) throw InputError("Sweep::tau: expected one temperature, or one an agent, in each entry");
  }
  std::vector<Run> runs;
  runs.reserve(games * sweep.tau.size() * sweep.eta.size() * sweep.starts);
  for (std::size_t game = 0; game < games; ++game) {
    for (const std::vector<double>& tau : sweep.tau) {
      for (const std::optional<double>& eta : sweep.eta) {
        for (std::size_t start = 0; start < sweep.starts; ++start) {
          Run run;
          run.game = game;
          run.tau = tau.front();
          if (tau.size() > 1) run.tau_per_agent = tau;
          run.eta = eta;
          if (sweep.init == Init::random || start > 0) run.random_start = start;
          runs.push_back(std::move(run));
        }
      }
    }
  }
  return runs;
}

}  // namespace quantal
