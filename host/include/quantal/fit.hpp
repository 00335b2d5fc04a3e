#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "quantal/game.hpp"
#include "quantal/settings.hpp"

namespace quantal {

/// Fits a logit QRE to observed play by maximum likelihood (McKelvey and Palfrey, Games and Economic Behavior 10,
/// 1995).
///
/// Where n_i(a) counts how often action a of agent i was observed and pi(lambda) is the QRE at lambda = 1/tau on the
/// branch that begins with uniform policies at lambda = 0,
///
///     log L(lambda) = sum over agents i and actions a of n_i(a) log pi_i(a; lambda)
///
/// in a Markov game also over states. The branch is followed upwards, 20 steps a decade, from 1/1000 of 1/d, d the
/// largest difference of all games that an agent's action makes to its payoff, to `reach` times that of a game's own
/// (Markov games: the largest difference of rewards over 1 - discount), or to the first lambda at which no QRE was
/// found. Each QRE is expected on the line through the last two (log policies by lambda) and sought from there; where
/// the one that is found is elsewhere, steps are cut, up to 16 times. The largest value on the branch is then refined,
/// so that lambda is good to about 1e-6 of itself. Of several local maxima the highest is taken.

struct FitSettings {
  /// Of the interval of lambda. Range: above 0, below 1.
  double level = 0.95;

  /// How far lambda is searched, in units of 1/d. Range: 1 .. 1e6.
  double reach = 1000;

  /// Whether Fit keeps the log likelihood by lambda.
  bool keep_profile = false;

  /// Of the solver. Default: UpdateRule::anderson, 1,000 updates at most for one lambda. Range: with a gap_tolerance
  /// above 0, if any, since a QRE counts as found where a run converges, and without target_nash_gap. History and
  /// values that it asks for are not kept.
  Settings solve = default_solver();

  static Settings default_solver();

  /// Throws InputError naming the first field that is out of its range.
  void validate() const;
};

/// What is known of a log likelihood at one lambda; minus infinity where no QRE was found.
struct LikelihoodPoint {
  double lambda;
  double log_likelihood;
};

/// One lambda, of one game or of several.
struct Fit {
  double lambda = 0;  ///< in 1/payoff units
  /// All lambda whose log likelihood is within half the chi-square quantile (one degree of freedom) at `level` of the
  /// largest lie between these. 0 and infinity where the likelihood does not fall so far on that side.
  double lower = 0;
  double upper = 0;
  double log_likelihood = 0;
  double log_likelihood_of_chance = 0;       ///< of uniform policies, lambda = 0
  double log_likelihood_of_frequencies = 0;  ///< of the observed frequencies, the most that any policies have
  double observations = 0;
  /// Frequencies that play leaves free: actions less one, of all agents (and states) with observations.
  std::size_t free_frequencies = 0;
  /// Likelihood ratio test of lambda = 0, which is at the edge: half the tail of chi-square with one degree of freedom.
  double p_of_chance = 1;
  /// Of the QRE against the observed frequencies: free_frequencies - 1 degrees of freedom; 1 where there are none. Like
  /// all such tests it wants more than a few expected observations of each action.
  double p_of_fit = 1;

  double searched_to = 0;  ///< the largest lambda whose QRE was found
  /// Whether the likelihood is largest there: no finite lambda is.
  bool at_end = false;
  /// After this lambda the branch could not be followed, as where it folds back, and QREs go on elsewhere. Nothing: it
  /// was followed to the end.
  std::optional<double> jump;

  /// Along the branch and, closer together, around the maximum and the ends of the interval, in ascending order; empty
  /// unless FitSettings::keep_profile.
  std::vector<LikelihoodPoint> profile;
};

struct Fits {
  std::vector<Fit> each;                               ///< (G) a lambda of each game's own
  std::optional<Fit> together;                         ///< one lambda for all games, if there are several
  double p_of_one_lambda = 1;                          ///< likelihood ratio test of it: G - 1 degrees of freedom
  std::vector<std::vector<double>> policies;           ///< (G) each game's QRE at its own lambda, as in Results
  std::vector<std::vector<double>> policies_together;  ///< (G) at the one for all; empty without it
};

/// `counts[g]`: how often each action of game g was observed, in the order of its policies (Results); numbers >= 0,
/// finite, not all 0. Throws InputError where something is invalid, BackendError if the backend fails. Thread-safe.
Fits fit(std::span<const Game> games, std::span<const std::vector<double>> counts, const FitSettings& settings = {});

}  // namespace quantal
