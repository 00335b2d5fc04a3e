#pragma once

#include <optional>
#include <vector>

#include "quantal/game.hpp"

namespace quantal {

/// What is known of a network game's equilibria before it is solved.
///
/// Edge (i, j) pays A_ij[a_i][a_j] to i and A_ji[a_j][a_i] to j; a matrix that is not stored is zero. Let
/// S(a_i, a_j) = A_ij[a_i][a_j] + A_ji[a_j][a_i] be what the edge pays together and T(a_i, a_j) the difference of the
/// two. A matrix is *additive* if it is a row term plus a column term, which is so if and only if
///
///     S(a, b) - S(a, 0) - S(0, b) + S(0, 0) = 0   for all a, b.
///
/// Each member follows from the edges alone, because no other edge depends on both a_i and a_j:
///
/// - The sum of all payoffs is U(a) = sum over edges of S. The second difference of U in a_i and a_j is that of S, so U
///   is constant only if every S is additive. Then U(a) = U(0) + sum over agents of u_i(a_i), where u_i(a) collects
///   S(a, 0) - S(0, 0) from i's edges, and U is constant if and only if every u_i is 0.
/// - The game has an exact potential if and only if for all i, j the second differences of r_i and r_j in a_i and a_j
///   agree (Monderer and Shapley, Potential Games, Games and Economic Behavior 14, 1996, Corollary 2.9), that is, if
///   every T is additive.
///
/// Numbers count as equal where they differ by no more than the rounding of payoffs given in decimal or computed in
/// double: a difference of k payoffs, none larger than s, is zero if it is at most 4 k s 2^-52; of an edge, s is the
/// edge's largest payoff. Payoffs beyond 1e307, whose sums overflow, are never equal.
struct NetworkClass {
  bool constant_sum = false;           ///< all agents' payoffs have the same sum at every joint action
  double sum = 0;                      ///< that sum, where it is constant; exactly 0 where it is 0 up to rounding
  bool edgewise_constant_sum = false;  ///< every S is constant; implies constant_sum
  /// Every S is additive; implied by constant_sum. Then the game becomes an edgewise zero-sum one when each agent's
  /// payoff on an edge changes by a term that depends on the other's action alone. Such terms change no best response,
  /// no QRE, no update of NPG and no QRE gap, so all that is true of zero-sum network games in these is true here.
  bool zero_sum_equivalent = false;
  bool coordination = false;     ///< identical interest: every T is zero; implies exact_potential
  bool exact_potential = false;  ///< every T is additive

  bool operator==(const NetworkClass&) const = default;
};

/// Takes time and memory linear in payoffs and actions. `game` must be valid (`validate`). Thread-safe.
NetworkClass classify(const PolymatrixGame& game);

/// (N) weights w_i > 0, 1 for the first agent of each connected part, with which the game of payoffs w_i r_i is
/// zero_sum_equivalent; nothing if there are none. For two agents this is Moulin and Vial's class of strategically
/// zero-sum games (International Journal of Game Theory 7, 1978), with weights and terms of the other's action alone.
/// Asymmetric matching pennies is in it without being constant-sum.
///
/// There are such weights if and only if on each edge w_i and w_j make the second differences of A_ij and A_ji cancel,
/// and these ratios agree along every cycle; edges without second differences ask for nothing.
///
/// All of this class has one QRE at every tau > 0, as zero-sum games do: with payoffs w_i r_i and temperatures w_i tau
/// it has the same QRE and the same updates of NPG, the operator -(w_i rbar_i)_i is monotone, and its Lipschitz
/// constant in the norm |d|^2 = sum_i w_i |d_i|_1^2 is exactly rho(D) / 4, because w_i D_ij = w_j D_ji. Up to rounding
/// like `classify`, linear time. `game` must be valid. Thread-safe.
std::optional<std::vector<double>> zero_sum_weights(const PolymatrixGame& game);

/// What is known of the equilibria of a game in normal form. Payoffs count as equal as those of NetworkClass do, s
/// being the game's largest payoff.
///
/// The game has an exact potential if and only if for all i, j, and all actions of the others, the second differences
/// of r_i and r_j in a_i and a_j agree (Monderer and Shapley, as above).
struct NormalFormClass {
  bool constant_sum = false;  ///< all agents' payoffs have the same sum at every joint action
  double sum = 0;             ///< that sum, where it is constant; exactly 0 where it is 0 up to rounding
  /// Of two agents: as NetworkClass::zero_sum_equivalent of the network with one edge. More than two: constant_sum.
  bool zero_sum_equivalent = false;
  bool identical_interest = false;  ///< all agents earn the same at every joint action; implies exact_potential
  bool exact_potential = false;

  bool operator==(const NormalFormClass&) const = default;
};

/// Takes time linear in payoffs for each pair of agents. `game` must be valid (`validate`). Thread-safe.
NormalFormClass classify(const NormalFormGame& game);

/// zero_sum_weights of the network with one edge that a game of two agents is; nothing for other numbers of agents.
std::optional<std::vector<double>> zero_sum_weights(const NormalFormGame& game);

/// Of a game of either class; nothing for a Markov game.
std::optional<std::vector<double>> zero_sum_weights(const Game& game);

/// What is known of a Markov game's rewards. They count as equal as payoffs of NetworkClass do, s being the game's
/// largest reward.
struct MarkovClass {
  bool constant_sum = false;        ///< all agents' rewards have the same sum in every row
  double sum = 0;                   ///< that sum, where it is constant; exactly 0 where it is 0 up to rounding
  bool identical_interest = false;  ///< in every row all agents earn the same

  bool operator==(const MarkovClass&) const = default;
};

/// Takes time linear in rewards. `game` must be valid (`validate`). Thread-safe.
MarkovClass classify(const MarkovGame& game);

/// The temperature above which, given to all agents, the game certainly has one QRE only and NPG converges to it
/// linearly from everywhere with every eta <= 1 / tau: an upper bound of rho(D) / 4, D_ij being the most that j can
/// change the payoff difference of two of i's actions. Infinity for a Markov game of several agents. `game` must be
/// valid. Thread-safe.
double certified_temperature(const Game& game);

}  // namespace quantal
