// Networks that a GPU deals out an agent a thread, each shape of them against the oracle.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/network_layouts.hpp"
#include "machines.hpp"
#include "quantal/info.hpp"
#include "random_games.hpp"
#include "random_networks.hpp"

namespace quantal {
namespace {

class SmallNetworks : public OnEveryMachine {};

TEST_P(SmallNetworks, OfEveryLayoutFollowTheOracle) {
  // With all neighbours and actions that a layout holds; ragged; with few neighbours and threads left over.
  std::vector<PolymatrixGame> networks;
  for (const kernels::NetworkLayout& layout : kernels::network_layouts) {
    const auto full = static_cast<std::size_t>(layout.neighbours) + 1;
    const std::vector<int> alike(full, layout.actions);
    std::vector<int> ragged = alike;
    for (std::size_t i = 0; i < ragged.size(); ++i) ragged[i] = 1 + static_cast<int>(i) % layout.actions;
    ragged[0] = layout.actions;
    networks.push_back(random_network(alike, 1, 1));
    networks.push_back(random_network(ragged, 0.7, 2));
    networks.push_back(random_network(std::vector<int>(6, layout.actions), 0.4, 3));
  }
  const std::int64_t last = 3;
  const double policy_bar = machine().single() ? 5e-6 : 1e-12;
  std::size_t in_registers = 0;
  for (std::size_t g = 0; g < networks.size(); ++g) {
    const PolymatrixGame& game = networks[g];
    if (!holds(game) || (machine().many_threads_a_run() && g % 6 != 1)) continue;
    SCOPED_TRACE(game.name + " " + shape_name(game.actions));
    if (machine().cuda()) in_registers += cuda_plan(game, machine().settings()).payoffs == "registers";
    // So many that a warp is left half filled.
    std::vector<Run> runs(3);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      for (std::size_t i = 0; i < game.actions.size(); ++i) {
        runs[r].tau_per_agent.push_back(r == 2 && i == 1 ? 0 : 2 + 0.5 * static_cast<double>((i + r) % 5));
      }
      runs[r].eta = 0.2;
      runs[r].initial_policies = random_policies(game.actions, 10 * g + r);
    }
    Settings settings = machine().settings();
    settings.gap_tolerance = 0;
    settings.max_iterations = last;
    settings.gap_every = 1;
    const Results results = solve(std::vector<Game>{game}, runs, settings);
    ASSERT_EQ(results.failure, "");
    const oracle::Game naive = to_oracle(game);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE(r);
      const std::vector<double>& tau = runs[r].tau_per_agent;
      oracle::Profile logits = oracle::logits_of(oracle::policies_from(game.actions, runs[r].initial_policies.data()));
      for (std::int64_t t = 0;; ++t) {
        const oracle::Evaluation exact = oracle::evaluate(naive, logits, tau);
        EXPECT_NEAR(results.history_of(r)[static_cast<std::size_t>(t)], static_cast<double>(exact.gap),
                    (machine().single() ? 1e-4 : 1e-11) * static_cast<double>(exact.gap));
        if (t == last) {
          EXPECT_LE(static_cast<double>(oracle::distance(policies_of(results, r, game), exact.policies)), policy_bar);
          for (std::size_t i = 0; i < tau.size(); ++i) {
            const auto gap = static_cast<double>(exact.agent_gap[i]);
            const double bar = tau[i] == 0 ? 100 * policy_bar : std::sqrt(tau[i] / 2) * 4 * policy_bar;
            const double own = results.qre_gap_per_agent_of(r)[i];
            EXPECT_LE(tau[i] == 0 ? std::fabs(own - gap) : std::fabs(std::sqrt(own) - std::sqrt(gap)), bar) << i;
          }
          EXPECT_NEAR(results.nash_gap[r], static_cast<double>(exact.nash_gap),
                      policy_bar * (1 + static_cast<double>(exact.nash_gap)));
          break;
        }
        logits = oracle::update(logits, exact.expected, tau, *runs[r].eta);
      }
    }
  }
  // In double the largest ones do not fit.
  if (machine().cuda() && machine().tier == Tier::warp) {
    EXPECT_GE(in_registers, machine().single() ? 18U : 12U);
  }
}
QUANTAL_ON_EVERY_MACHINE(SmallNetworks);

}  // namespace
}  // namespace quantal
