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

  /// Step size, in 1/payoff units. 0 < eta and, but for the update rules that take any, eta tau <= 1 (Markov games:
  /// 1 - discount) for every agent's tau. Not set: chosen, and halved when the gap stops falling (see `solve`).
  std::optional<double> eta;

  /// Not set: the uniform policies. k: the k-th random ones, uniform on the simplices, which depend only on
  /// (Settings::seed, Settings::first_game + game, k). Range: below 2^48, as is that game's number with it.
  std::optional<std::uint64_t> random_start;

  /// Policies to start from, agent by agent, in Markov games state by state (sum of m_i numbers), each positive and
  /// each agent's summing to 1 within 1e-6 (then normalised). Not empty: takes the place of random_start.
  std::vector<double> initial_policies;

  /// Not set, or the number of an earlier run of the same game: this one begins when that has ended, from its last
  /// policies, instead of from random_start or initial_policies, which are for the case that it has none that are
  /// finite. Range: below this run's own number.
  std::optional<std::size_t> after;
};

/// Where the runs of a sweep start. With several starts, `uniform` makes the first uniform and the others random.
enum class Init : std::uint8_t { uniform, random };

/// The runs of all combinations of games, temperatures, step sizes and starts, in that order, the starts fastest: run r
/// is of game r / runs_per_game().
struct Sweep {
  /// Each entry: one temperature, or one an agent.
  std::vector<std::vector<double>> tau = {{1.0}};
  std::vector<std::optional<double>> eta = {std::nullopt};
  Init init = Init::uniform;
  std::size_t starts = 1;

  /// Initial policies of each start, in the form of Run::initial_policies. Not empty: takes the place of init and
  /// starts.
  std::vector<std::vector<double>> initial_policies;

  /// Whether every temperature of a game, but the first, starts where the one before it has ended, at the same step
  /// size and start (Run::after): a homotopy along `tau`. With Settings::gap_tolerance 0 it is a schedule of
  /// max_iterations updates at each temperature.
  bool warm_starts = false;

  /// How many starts there are.
  std::size_t number_of_starts() const { return initial_policies.empty() ? starts : initial_policies.size(); }

  /// How many runs each game has.
  std::size_t runs_per_game() const { return tau.size() * eta.size() * number_of_starts(); }
};

/// Which of a sweep's games, temperatures, step sizes and starts run `run` is of.
struct SweepIndex {
  std::size_t game = 0;
  std::size_t tau = 0;
  std::size_t eta = 0;
  std::size_t start = 0;
};
SweepIndex index_of(const Sweep& sweep, std::size_t run);

/// Run `run` of the sweep. Throws InputError if its entry of `tau` is empty.
Run run_of(const Sweep& sweep, std::size_t run);

/// All runs of so many games.
std::vector<Run> runs_of(std::size_t games, const Sweep& sweep);

}  // namespace quantal
