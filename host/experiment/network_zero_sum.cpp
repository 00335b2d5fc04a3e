#include <cmath>
#include <utility>
#include <vector>

#include "host/experiment/ladder.hpp"
#include "quantal/classify.hpp"
#include "quantal/generate.hpp"

namespace quantal::experiment {

namespace {

Population draw(std::string name, NetworkFamily family, std::size_t count, std::uint64_t seed) {
  family.payoffs = NetworkPayoffs::zero_sum;
  return {std::move(name), draw_games(family, count, seed)};
}

/// Of the automatic step: 1 / tau above the certified temperature L, where logits contract by L / tau; below it that of
/// magnetic mirror descent, whose divergence from the equilibrium, as the gap of second order, shrinks by
/// 1 / (1 + tau^2 / L^2).
double certain_decay(const Game& game, double tau, double) {
  const double L = certified_temperature(game);
  return tau > L ? 2 * std::log(L / tau) : -std::log1p(tau * tau / (L * L));
}

std::vector<Population> networks(std::size_t count, std::uint64_t seed, bool quick) {
  NetworkFamily ring;
  ring.graph = Graph::ring;
  ring.agents = quick ? 5 : 20;
  ring.actions = {3};
  NetworkFamily star = ring;
  star.graph = Graph::star;
  NetworkFamily complete = ring;
  complete.graph = Graph::complete;
  complete.agents = 8;
  NetworkFamily attached = ring;
  attached.graph = Graph::barabasi_albert;
  attached.agents = 100;
  std::vector<Population> populations;
  populations.push_back(draw(quick ? "ring of 5" : "ring of 20", ring, count, seed));
  populations.push_back(draw(quick ? "star of 5" : "star of 20", star, count, seed));
  if (quick) return populations;
  populations.push_back(draw("complete, 8", complete, count, seed));
  populations.push_back(draw("Barabási-Albert, 100", attached, count, seed));
  return populations;
}

void run(Study& study) {
  const bool quick = study.options().quick;
  Ladder ladder;
  ladder.title = "Zero-sum networks: the QRE gap by iteration, median and middle half";
  ladder.taus = {5, 2, 1, 0.5, 0.2, 0.1};
  if (quick) ladder.taus.resize(4);
  ladder.max_iterations = 50'000;
  ladder.certain_decay = certain_decay;
  ladder.populations = networks(study.games(40, 5), study.options().seed, quick);
  run_ladder(study, ladder);
}

}  // namespace

const Experiment network_zero_sum = {
    "network-zero-sum",
    "Zero-sum games with three actions on four graphs, payoffs uniform on [-1, 1], with the\n"
    "automatic step, which is certain to converge at every temperature: how the gap falls, and\n"
    "how far from Nash's the equilibria are.",
    true, false, run};

}  // namespace quantal::experiment
