#include <fmt/format.h>

#include <cmath>
#include <utility>
#include <vector>

#include "host/experiment/ladder.hpp"
#include "quantal/classify.hpp"
#include "quantal/generate.hpp"

namespace quantal::experiment {

namespace {

std::string shape_name(const std::vector<int>& actions) {
  return fmt::format("{} agents, {} actions", actions.size(), actions.front());
}

Population draw(const std::vector<int>& actions, std::size_t count, std::uint64_t seed) {
  NormalFormFamily family = normal_form_family(NormalFormKind::uniform);
  family.actions = actions;
  return {shape_name(actions), draw_games(family, count, seed)};
}

/// The contraction of logits in span, squared: near the equilibrium the gap is quadratic in their distance.
double certain_decay(const Game& game, double tau, double eta) {
  const double certified = certified_temperature(game);
  return tau > certified ? 2 * std::log1p(-eta * (tau - certified)) : 0.0;
}

void run(Study& study) {
  const std::size_t count = study.games(100, 6);
  const std::uint64_t seed = study.options().seed;
  Ladder ladder;
  ladder.title = "General-sum games: the QRE gap by iteration, median and middle half";
  ladder.taus = {5, 2, 1, 0.5, 0.2, 0.1, 0.05};
  ladder.eta = 0.05;
  ladder.max_iterations = 20'000;
  ladder.gap_every = 4;
  ladder.certain_decay = certain_decay;
  std::vector<std::vector<int>> shapes = {{2, 2}, {10, 10}, {50, 50}, {3, 3, 3}, {10, 10, 10}, {2, 2, 2, 2, 2, 2}};
  if (study.options().quick) {
    shapes = {{2, 2}, {3, 3, 3}};
    ladder.taus = {5, 2, 1, 0.5};
  }
  for (const std::vector<int>& actions : shapes) ladder.populations.push_back(draw(actions, count, seed));
  run_ladder(study, ladder);
}

}  // namespace

const Experiment general_sum = {
    "general-sum",
    "Games of 2, 3 and 6 agents, payoffs uniform on [-1, 1], at seven temperatures and one step\n"
    "size, 0.05: how the gap falls, and how far from Nash's the equilibria are. Beside the\n"
    "factors by which the gap shrinks stand those that the certificate promises.",
    true, false, run};

}  // namespace quantal::experiment
