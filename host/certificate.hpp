#pragma once

#include <vector>

#include "quantal/game.hpp"

namespace quantal {

/// Interactions of a game, from which the contraction of NPG follows (derived for Quantal; DESIGN of the method in the
/// README):
///
///     D_ij = max over a_i, a_i', a_j, a_j', rest of
///            r_i(a_i, a_j) - r_i(a_i', a_j) - r_i(a_i, a_j') + r_i(a_i', a_j')
///
/// Softmax moves by at most a quarter of its logits' span, so in the span seminorm the map theta -> rbar_i / tau_i has
/// the Lipschitz matrix D_ij / (4 tau_i). If its spectral radius is below 1 the QRE is unique, and NPG converges to it
/// linearly from everywhere for every eta <= 1 / max tau.
class Certificate {
 public:
  explicit Certificate(const NormalFormGame& game);

  /// An upper bound of the spectral radius of (D_ij / (4 tau_i)); infinity where it was not computed because the game
  /// is too large (more than 2^20 operations, about a millisecond): knowing it saves at most half the iterations.
  double contraction(const std::vector<double>& tau) const;

 private:
  std::vector<double> interaction_;  // (N, N) D; empty: not computed
  int agents_;
};

}  // namespace quantal
