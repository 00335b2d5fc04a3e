#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quantal/game.hpp"
#include "quantal/results.hpp"
#include "quantal/run.hpp"
#include "quantal/settings.hpp"

namespace quantal {

/// What can be said of a run beside its policies: what is certain before it begins, how far from the equilibrium it can
/// be, how fast it went, whether the equilibrium holds it, and why it stopped short of the tolerance if it did.
///
/// All of this is about NPG as `solve` describes it. Logits theta_i of policies are log pi_i; the *span* of a vector is
/// its largest less its smallest entry, which leaves out the constant that logits may be changed by. N agents, A
/// actions of all agents together. `tau` has one temperature an agent. All functions are thread-safe.

/// What the payoffs promise. With D_ij the most that j can change the payoff difference of two of i's actions, softmax
/// and expected payoffs make theta -> rbar / tau a map with the Lipschitz matrix K_ij = D_ij / (4 tau_i) in the agents'
/// spans (README, The method; derived for Quantal). If its spectral radius is below 1 there is one QRE, and for every
/// eta <= 1 / max tau one update brings max_i span(theta_i - theta*_i) / w_i nearer to 0 by the factor
///
///     1 - eta min tau (1 - contraction),
///
/// w being the positive vector with K w <= contraction w.
struct Contraction {
  double contraction;       ///< upper bound of the spectral radius of K; infinity: nothing is known (Markov games)
  bool exact_interactions;  ///< K is made of D itself, not of upper bounds up to twice as large (large games)
  /// In payoff units; given to all agents, every larger one makes the radius less than 1.
  double certified_temperature;
};

/// Throws InputError unless `tau` has N numbers >= 0. `game` must be valid.
Contraction contraction_of(const Game& game, const std::vector<double>& tau);

/// (N) how far each agent's policy is from that in any QRE of the game, at most, in total variation (0 .. 1).
///
/// With e_i = span(rbar_i / tau_i - theta_i) and u_i = span(theta_i - theta*_i): u <= e + 4 K v and TV_i <= v_i with
/// v_i = tanh(u_i / 4), from which u <= (I - K)^-1 e where the radius of K is below 1. Both are used; the first one
/// also says something of uncertified games, though seldom much. Rounding of rbar, theta and e is allowed for; that of
/// the bound itself, some 1e-15 of it, is not. All 1 in Markov games and where some tau_i = 0. Not tight: the truth may
/// be 1 / (1 - contraction) times nearer.
///
/// `policies` (A), agent by agent. Throws InputError unless sizes fit. `game` must be valid.
std::vector<double> distance_bound(const Game& game, const std::vector<double>& tau, std::span<const double> policies);

/// The factor by which the distance to the equilibrium changed in one iteration, at the end of a run: exp(s / 2), s the
/// slope of the gap's logarithm, because the gap is quadratic in the distance. s is the median of the slopes of all
/// pairs (Theil and Sen) of the later half of the gaps, of those above `floor`, of at least 6 of them; nothing if there
/// are less. `iteration` ascends and is as long as `gap`. At most 512 entries are used, evenly chosen.
std::optional<double> measured_rate(std::span<const std::int64_t> iteration, std::span<const double> gap,
                                    double floor = 0);

/// More actions of all agents together than this are not tested for local stability.
inline constexpr int most_actions_of_local_test = 512;

/// What one update does close to given policies, from the eigenvalues of its Jacobian in the logits, each agent's up to
/// a constant. At a QRE this tells whether NPG with that step is drawn to it. Exact up to rounding, but local.
struct LocalStability {
  double spectral_radius = 0;  ///< of the Jacobian: per iteration, the rate at which small distances end up changing
  bool stable = false;         ///< spectral_radius < 1
  /// Whether 1 is no eigenvalue (within 1e-7) of the Jacobian of theta -> rbar / tau, which at a QRE makes it the only
  /// one in a neighbourhood, and one that moves smoothly with payoffs and temperature. False: not known.
  bool isolated = false;
  /// Every smaller step size is locally stable; in 1/payoff units, at most 1 / max tau. 0: none is.
  double stable_eta = 0;
};

/// Why there is no local test of a game: a Markov game, more than most_actions_of_local_test actions, or a temperature
/// that is 0 or infinite. Empty: there is one. Throws InputError unless `tau` has N numbers.
std::string no_local_stability(const Game& game, const std::vector<double>& tau);

/// Takes time cubic in actions, and N^2 times the number of joint actions of a normal form. Throws InputError unless
/// sizes fit, 0 < eta <= 1 / max tau, and no_local_stability is empty; Error where eigenvalues are not found. `game`
/// must be valid.
LocalStability local_stability(const Game& game, const std::vector<double>& tau, double eta,
                               std::span<const double> policies);

/// Why a run has not converged, as far as it was seen.
enum class Diagnosis : std::uint8_t {
  none,            ///< it has
  slow,            ///< the gap was still falling
  step_too_large,  ///< the gap does not fall; the QRE found is unstable at the run's step size, and stable at a smaller
                   ///< one
  unstable_equilibrium,  ///< the gap does not fall; the QRE found is unstable at every step size
  cycle,                 ///< the gap does not fall and recurs
  irregular,             ///< the gap neither falls nor recurs
  precision_floor,       ///< the gap is as small as the solver's precision resolves
  no_temperature,        ///< some tau is 0, without which NPG need not converge
  overflow,              ///< numbers overflowed
  unknown                ///< there is too little of a gap history to tell
};

/// "none", "slow", ..: the words that files and tables use.
std::string_view to_string(Diagnosis diagnosis);

/// What the later half of a gap history shows by itself: slow, cycle, irregular, or unknown if there are less than 24
/// gaps or some are not above 0. Slow: from each third of it to the next the smallest and the largest gap fall, by more
/// than 0.1 %. Cycle: after some number of entries gaps come back to within a tenth of their range on a log scale.
Diagnosis diagnose(std::span<const std::int64_t> iteration, std::span<const double> gap);

/// What makes a run certain to converge to the only QRE.
enum class Guarantee : std::uint8_t {
  none,         ///< nothing that was looked for, which does not mean that it does not
  contraction,  ///< Contraction::contraction < 1
  zero_sum      ///< a zero-sum game (zero_sum_weights) at one temperature, and a step of at most tau / (L^2 + tau^2)
};

/// "none", "contraction", "zero_sum".
std::string_view to_string(Guarantee guarantee);

struct RunAnalysis {
  Contraction contraction = {};
  Guarantee guarantee = Guarantee::none;
  /// Per iteration at the run's last step size. Of a contraction as above. Of zero-sum games sqrt(1 - eta tau): so
  /// falls the root of sum_i w_i KL(pi*_i || pi_i), w the zero_sum_weights (Sokota et al., arXiv 2206.05825).
  std::optional<double> certified_rate;
  std::optional<double> measured_rate;  ///< from the run's gap history; nothing without one
  double distance_bound = 1;            ///< the largest of the agents'

  std::optional<LocalStability> local;
  std::string local_missing;  ///< why there is no `local`
  /// Of runs that have not converged, the local test is made at a QRE that Newton's method finds from their last
  /// policies; this is its total variation from these, at most 1. 0: the test is at the last policies.
  double local_distance = 0;

  Diagnosis diagnosis = Diagnosis::none;
  std::string advice;  ///< one line: what was seen, and what to try; empty if it converged
};

/// Analyses finished runs: `results` of `runs` over `games` with `settings`. What needs a gap history (measured_rate
/// and most diagnoses) is missing without Settings::gap_every. Runs without a result get an empty one. Uses
/// Settings::threads threads. Throws InputError unless the sizes of runs and results agree and
/// the rule is NPG, of which the rates are.
std::vector<RunAnalysis> analyse(std::span<const Game> games, std::span<const Run> runs, const Results& results,
                                 const Settings& settings);

}  // namespace quantal
