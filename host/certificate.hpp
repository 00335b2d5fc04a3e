#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quantal/game.hpp"

namespace quantal {

/// An upper bound of the spectral radius of a matrix K without negative entries, and the positive vector that proves
/// it: K weights <= bound weights.
struct RadiusBound {
  double bound;
  std::vector<double> weights;
};

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

  /// D where it takes at most 2^20 operations (about a millisecond) or one of two agents has at most 8 actions; else,
  /// in time linear in payoffs for each pair of agents, an upper bound of it, by no more than twice its value.
  explicit Certificate(const NormalFormGame& game);

  /// Takes time linear in payoffs: where both agents of a matrix have more than 64 actions, D_ij is not computed but
  /// bounded from above, by no more than twice its value.
  explicit Certificate(const PolymatrixGame& game);

  /// An agent alone interacts with nobody: NPG with eta = (1 - discount) / tau is soft policy iteration, which
  /// converges at every temperature. For several agents there is no bound yet.
  explicit Certificate(const MarkovGame& game);

  /// An upper bound of the spectral radius of (D_ij / (4 tau_i)); infinity for Markov games of several agents. `tau`
  /// has one temperature >= 0 an agent.
  double contraction(const std::vector<double>& tau) const;

  /// Whether anything is known of the interactions, and whether it is D itself and no upper bound of it.
  bool is_known() const { return !begin_.empty(); }
  bool is_exact() const { return is_known() && is_exact_; }

  /// (N) how far each agent's logits can be, in span, from those of any QRE, where span(rbar_i / tau_i - theta_i) is at
  /// most residual_i. With u_i that distance and TV the total variation,
  ///
  ///     u_i <= residual_i + sum_j (D_ij / tau_i) TV(pi_j, pi*_j)   and   TV(pi_j, pi*_j) <= tanh(u_j / 4),
  ///
  /// the latter because softmax moves most in the middle of two actions. TV <= 1 bounds u at first; if contraction(tau)
  /// = q < 1, so does K u <= u - residual with K = D / (4 tau): u_i <= w_i max_k (residual_k / w_k) / (1 - q) for the
  /// positive w with K w <= q w that proves q. Whatever bounds u also does so when put into the right-hand side, which
  /// is repeated while it helps. Infinity where nothing is known.
  std::vector<double> distance(const std::vector<double>& tau, const std::vector<double>& residual) const;

 private:
  /// D without its zeros, row by row: entries begin_[i] .. begin_[i + 1] are agent i's.
  std::vector<std::size_t> begin_;   // (N + 1); empty: not computed
  std::vector<std::int32_t> other_;  // j
  std::vector<double> interaction_;  // D_ij
  bool is_exact_ = true;

  /// Of (D_ij / (4 tau_i)).
  RadiusBound radius(const std::vector<double>& tau) const;

  /// sum_j D_ij v(j) / tau_i for every i.
  template <class Element>
  void multiply(const std::vector<double>& tau, const Element& v, std::vector<double>& product) const;
};

}  // namespace quantal
