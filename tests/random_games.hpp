#pragma once

/// Games and policies to test with, the same on every machine for the same seed.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "quantal/game.hpp"

namespace quantal {

/// Uniform on [0, 1), from the generator's bits alone: the standard library's distributions may differ.
double uniform(std::mt19937_64& bits);

/// Uniform on [low, high).
double uniform(std::mt19937_64& bits, double low, double high);

/// An integer in [low, high].
int integer(std::mt19937_64& bits, int low, int high);

/// Payoffs uniform on [-1, 1).
NormalFormGame random_game(const std::vector<int>& actions, std::uint64_t seed);

/// A network in which any two agents share an edge with the given probability, and one in four edges pays only one of
/// them. Payoffs uniform on [-1, 1).
PolymatrixGame random_network(const std::vector<int>& actions, double edge_probability, std::uint64_t seed);

/// Policies uniform on the simplices, agent by agent, each action at least `least`.
std::vector<double> random_policies(const std::vector<int>& actions, std::uint64_t seed, double least = 1e-3);

/// "2x3x4"
std::string shape_name(const std::vector<int>& actions);

/// A game from its two matrices, row-major.
NormalFormGame bimatrix(int rows, int columns, const std::vector<double>& first, const std::vector<double>& second);

/// N agents with m actions whose payoffs are alike: r_i(a) depends on a_i and on how often the others play each action.
NormalFormGame symmetric_game(int agents, int actions, std::uint64_t seed);

}  // namespace quantal
