#pragma once

/// What tests of certificates, distances and rates compare with: definitions written out in long double, and the
/// oracle's iterates.

#include <cstddef>
#include <random>
#include <vector>

#include "oracle.hpp"
#include "quantal/quantal.hpp"

namespace quantal {

using Matrix = std::vector<std::vector<long double>>;

/// D_ij over all a_i, a_i', a_j, a_j' and joint actions of the others.
Matrix naive_interactions(const NormalFormGame& game);

/// The spectral radius of D / (4 tau) and the Perron vector.
struct Perron {
  long double radius = 0;
  std::vector<long double> w;
};
Perron perron(Matrix d, const std::vector<double>& tau);

/// The span of x - y.
long double span_between(const std::vector<long double>& x, const std::vector<long double>& y);

/// Uniform on [-2, 2].
oracle::Profile random_logits(const std::vector<int>& actions, std::mt19937_64& bits);

/// All iterates from these logits until they rest, or as many as are allowed.
std::vector<oracle::Profile> trajectory(const oracle::Game& game, oracle::Profile logits,
                                        const std::vector<double>& tau, double eta, std::size_t most);

/// Three agents, of whom the first and the second want to play what the next one plays, and the third what the first
/// does not (Jordan 1993).
inline const NormalFormGame jordan{
    "Jordan", {2, 2, 2}, {1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0}};

/// On the CPU, with all gaps.
Settings cpu_settings();

/// A game of two agents that weights 1 and `weight` and terms of the other's action make zero-sum.
NormalFormGame weighted_zero_sum(const std::vector<int>& actions, double weight, std::mt19937_64& bits);

}  // namespace quantal
