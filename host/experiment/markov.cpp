#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "host/experiment/ladder.hpp"
#include "quantal/generate.hpp"

namespace quantal::experiment {

namespace {

constexpr double discount = 0.9;

/// Rewards moved and scaled to [0, 1 - discount], one scale for all agents, so that values of all games lie in [0, 1]
/// and a temperature means as much in one as in another.
void normalise(MarkovGame& game) {
  const auto [low, high] = std::minmax_element(game.rewards.begin(), game.rewards.end());
  const double least = *low;
  const double range = *high - least;
  for (double& reward : game.rewards) reward = (1 - game.discount) * (reward - least) / range;
}

Population draw(std::string name, MarkovFamily family, std::size_t count, std::uint64_t seed) {
  family.discount = discount;
  family.seed = seed;
  Population population{std::move(name), {}};
  const std::size_t games = is_drawn(family.kind) ? count : 1;
  for (std::size_t k = 0; k < games; ++k) {
    MarkovGame game = generate(family, k);
    normalise(game);
    population.games.emplace_back(std::move(game));
  }
  return population;
}

std::vector<Population> markov_games(std::size_t count, std::uint64_t seed, bool quick) {
  MarkovFamily random = markov_family(MarkovKind::random);
  random.states = quick ? 3 : 10;
  random.actions = {3};
  MarkovFamily three = random;
  three.agents = 3;
  MarkovFamily zero_sum = markov_family(MarkovKind::zero_sum);
  zero_sum.states = random.states;
  zero_sum.actions = {3};
  MarkovFamily congestion = markov_family(MarkovKind::congestion);
  congestion.agents = quick ? 4 : 8;

  std::vector<Population> populations;
  populations.push_back(draw("random, 2 agents", random, count, seed));
  populations.push_back(draw(quick ? "safe/distancing, 4 agents" : "safe/distancing, 8 agents", congestion, 1, seed));
  if (quick) return populations;
  populations.push_back(draw("random, 3 agents", three, count, seed));
  populations.push_back(draw("zero-sum, 2 agents", zero_sum, count, seed));
  return populations;
}

void run(Study& study) {
  const bool quick = study.options().quick;
  Ladder ladder;
  ladder.title = "Markov games: the QRE gap by iteration, median and middle half";
  ladder.taus = {0.5, 0.2, 0.1, 0.05, 0.02, 0.01};
  if (quick) ladder.taus.resize(4);
  ladder.eta = (1 - discount) / 0.5;
  ladder.max_iterations = 2'000;
  ladder.populations = markov_games(study.games(40, 4), study.options().seed, quick);
  run_ladder(study, ladder);
}

}  // namespace

const Experiment markov = {"markov",
                           "Markov games with a discount of 0.9: random ones, zero-sum ones, and the congestion game\n"
                           "with a safe and a distancing state. Rewards are scaled so that values lie in [0, 1]; one\n"
                           "step size, 0.2, at six temperatures: how the gap falls.",
                           true, false, run};

}  // namespace quantal::experiment
