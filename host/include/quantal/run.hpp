#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace quantal {

/// One trajectory. Any number of runs may share a game; its payoffs are stored once.
struct Run {
  /// Index into the games given to `solve`.
  std::size_t game = 0;

  /// Temperature, the weight of the entropy, in payoff units; 1/lambda in Gambit's terms. Range: 0 .. infinity.
  /// 0 is plain NPG (multiplicative weights), whose gap is the Nash gap; infinity (lambda = 0) makes the uniform
  /// policies the equilibrium.
  double tau = 1.0;

  /// One temperature an agent, in place of tau. Empty: tau for all. Range: as tau, but finite.
  std::vector<double> tau_per_agent;

  /// Step size, in 1/payoff units. 0 < eta and eta tau <= 1 (Markov games: 1 - discount) for every agent's tau. Not
  /// set: chosen, and halved when the gap stops falling (see `solve`).
  std::optional<double> eta;

  /// Not set: the uniform policies. k: the k-th random ones, uniform on the simplices, which depend only on
  /// (Settings::seed, game, k). Range: below 2^48, as is `game` with it.
  std::optional<std::uint64_t> random_start;

  /// Policies to start from, agent by agent, in Markov games state by state (sum of m_i numbers), each positive and
  /// each agent's summing to 1 within 1e-6 (then normalised). Not empty: takes the place of random_start.
  std::vector<double> initial_policies;
};

/// Where the runs of a sweep start. With several starts, `uniform` makes the first uniform and the others random.
enum class Init : std::uint8_t { uniform, random };

/// The runs of all combinations of games, temperatures, step sizes and starts, in that order, the starts fastest.
struct Sweep {
  /// Each entry: one temperature, or one an agent.
  std::vector<std::vector<double>> tau = {{1.0}};
  std::vector<std::optional<double>> eta = {std::nullopt};
  Init init = Init::uniform;
  std::size_t starts = 1;
};

std::vector<Run> runs_of(std::size_t games, const Sweep& sweep);

}  // namespace quantal
