#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quantal/game.hpp"

namespace quantal {

/// Interactions of a game, from which the contraction of NPG follows (derived for Quantal; DESIGN of the method in the
/// README):
///
///     D_ij = max over a_i, a_i', a_j, a_j', rest of
///            r_i(a_i, a_j) - r_i(a_i', a_j) - r_i(a_i, a_j') + r_i(a_i', a_j')
///
/// of which network games need A_ij alone: A_ij[a][b] - A_ij[a'][b] - A_ij[a][b'] + A_ij[a'][b'].
///
/// Softmax moves by at most a quarter of its logits' span, so in the span seminorm the map theta -> rbar_i / tau_i has
/// the Lipschitz matrix D_ij / (4 tau_i). If its spectral radius is below 1 the QRE is unique, and NPG converges to it
/// linearly from everywhere for every eta <= 1 / max tau.
///
/// Zero-sum network games, and those that weights w_i make equivalent to one (zero_sum_weights), have one QRE at every
/// tau > 0. Their operator F = -(w_i rbar_i)_i is monotone, and Lipschitz with the constant L = rho(D) / 4 in the norm
/// |d|^2 = sum_i w_i |d_i|_1^2: for g_i = sum_j A_ij d_j and d_i, d_j that sum to 0,
///
///     |<g_i, d_i>| <= span(g_i) |d_i|_1 / 2    and    span(A_ij d_j) <= D_ij |d_j|_1 / 2,
///
/// and w_i D_ij = w_j D_ji makes the matrix (w_i / w_j)^(1/2) D_ij / 4 symmetric, whose norm is its spectral radius.
/// sum_i w_i KL is 1-strongly convex in that norm (Pinsker), so magnetic mirror descent (Sokota et al.,
/// arXiv 2206.05825) with the step eta_m = tau / L^2, which is NPG with eta = eta_m / (1 + eta_m tau), converges
/// linearly to it. D_ij / 4 is at most max |A_ij|, so that this step is never smaller than one from the payoffs' size.
class Certificate {
 public:
  explicit Certificate(const Game& game);
  explicit Certificate(const NormalFormGame& game);

  /// Takes time linear in payoffs: where both agents of a matrix have more than 64 actions, D_ij is not computed but
  /// bounded from above, by no more than twice its value.
  explicit Certificate(const PolymatrixGame& game);

  /// An agent alone interacts with nobody: NPG with eta = (1 - discount) / tau is soft policy iteration, which
  /// converges at every temperature. For several agents there is no bound yet.
  explicit Certificate(const MarkovGame& game);

  /// An upper bound of the spectral radius of (D_ij / (4 tau_i)); infinity where it was not computed because the game
  /// is a Markov game of several agents, or a normal-form one and too large (more than 2^20 operations, about a
  /// millisecond): knowing it saves at most half the iterations. `tau` has one temperature >= 0 an agent.
  double contraction(const std::vector<double>& tau) const;

 private:
  /// D without its zeros, row by row: entries begin_[i] .. begin_[i + 1] are agent i's.
  std::vector<std::size_t> begin_;   // (N + 1); empty: not computed
  std::vector<std::int32_t> other_;  // j
  std::vector<double> interaction_;  // D_ij
};

}  // namespace quantal
