#include "quantal/run.hpp"

#include <utility>

#include "quantal/error.hpp"

namespace quantal {

SweepIndex index_of(const Sweep& sweep, std::size_t run) {
  SweepIndex index;
  index.start = run % sweep.number_of_starts();
  run /= sweep.number_of_starts();
  index.eta = run % sweep.eta.size();
  run /= sweep.eta.size();
  index.tau = run % sweep.tau.size();
  index.game = run / sweep.tau.size();
  return index;
}

Run run_of(const Sweep& sweep, std::size_t number) {
  const SweepIndex index = index_of(sweep, number);
  const std::vector<double>& tau = sweep.tau[index.tau];
  if (tau.empty()) throw InputError("Sweep::tau: expected one temperature, or one an agent, in each entry");
  Run run;
  run.game = index.game;
  run.tau = tau.front();
  if (tau.size() > 1) run.tau_per_agent = tau;
  run.eta = sweep.eta[index.eta];
  if (!sweep.initial_policies.empty()) {
    run.initial_policies = sweep.initial_policies[index.start];
  } else if (sweep.init == Init::random || index.start > 0) {
    run.random_start = index.start;
  }
  if (sweep.warm_starts && index.tau > 0) run.after = number - sweep.eta.size() * sweep.number_of_starts();
  return run;
}

std::vector<Run> runs_of(std::size_t games, const Sweep& sweep) {
  std::vector<Run> runs;
  const std::size_t count = games * sweep.runs_per_game();
  runs.reserve(count);
  for (std::size_t run = 0; run < count; ++run) runs.push_back(run_of(sweep, run));
  return runs;
}

}  // namespace quantal
