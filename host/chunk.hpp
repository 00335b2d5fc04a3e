#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "host/histories.hpp"
#include "host/markov_tables.hpp"
#include "host/network_tables.hpp"
#include "kernels/chunk.hpp"
#include "quantal/game.hpp"

namespace quantal {

/// Shape of a bucket of games, with the tables that the kernels read.
struct Shape {
  /// Normal form.
  explicit Shape(std::vector<int> action_counts);
  /// Network.
  Shape(std::vector<int> action_counts, NetworkGraph graph, bool reduced = false);
  /// Markov game.
  Shape(std::vector<int> action_counts, const MarkovPattern& pattern, MarkovEntropy entropy);

  std::vector<int> actions;                // (N); Markov (N, S)
  std::vector<kernels::AgentShape> table;  // (N) normal form
  NetworkTables network;                   // network
  MarkovTables markov;                     // Markov game
  int agents = 0;                          // N; Markov N S, the kernels' agents
  int all_actions = 0;                     // A = sum of m_i
  std::int64_t scratch = 0;                // as in kernels::ChunkView
  std::int64_t payoffs = 0;                // of a game, in the kernels' layout

  bool is_network() const { return !network.empty(); }
  bool is_markov() const { return !markov.empty(); }
  bool is_normal_form() const { return !is_network() && !is_markov(); }
  int states() const { return is_markov() ? markov.states : 1; }
};

/// Games of one shape and runs of them in the kernels' layout and precision, and room for their results, in memory from
/// one place. The arrays are those of kernels::ChunkView.
template <class Scalar>
struct Chunk {
  template <class T>
  using Array = std::pmr::vector<T>;

  Chunk() : Chunk(std::pmr::get_default_resource()) {}
  explicit Chunk(std::pmr::memory_resource* place)
      : payoffs(place),
        game(place),
        theta(place),
        steps(place),
        memory(place),
        iterations(place),
        rule_memory(place),
        values(place),
        residual(place),
        action_values(place),
        pi(place),
        agent_gap(place),
        nash_gap(place) {}

  const Shape* shape = nullptr;
  std::int64_t most_updates = 0;
  std::int64_t gap_every = 0;  // 0: no histories

  Array<Scalar> payoffs;           // as arrange_payoffs leaves them; empty where the backend is to do as it does
  std::vector<const Game*> games;  // (G) normal forms, for it to find the payoffs in; else empty
  bool half_payoffs = false;       // whether half precision holds them exactly
  Array<std::int32_t> game;
  Array<Scalar> theta;
  Array<kernels::AgentStep<Scalar>> steps;
  Array<kernels::RunMemory<Scalar>> memory;
  Array<std::int64_t> iterations;
  kernels::UpdateRule rule = kernels::UpdateRule::natural_policy_gradient;
  Array<Scalar> rule_memory;
  Array<Scalar> values;               // Markov games, as the next three
  std::vector<double> reward_centre;  // (G, agents of the game) what was subtracted from rewards
  Array<Scalar> residual;
  Array<Scalar> action_values;  // where they are asked for

  Array<Scalar> pi;
  Array<Scalar> agent_gap;
  Array<Scalar> nash_gap;
  Histories history;  // of all runs where gap_every is not 0

  std::int64_t runs() const { return static_cast<std::int64_t>(game.size()); }

  /// Stretches of runs of one game that follow each other.
  std::int64_t stretches() const {
    std::int64_t count = game.empty() ? 0 : 1;
    for (std::size_t r = 1; r < game.size(); ++r) count += game[r] != game[r - 1];
    return count;
  }

  /// Gaps of `count` iterations of run r from `first` on, `stride` numbers apart, go into its history if it is their
  /// turn; the last of a finished run always is.
  void record(std::int64_t r, std::int64_t first, const Scalar* gaps, std::int64_t stride, std::int64_t count,
              bool finished) {
    const auto run = static_cast<std::size_t>(r);
    // The first multiple of gap_every from `first` on, and so on.
    const std::int64_t skip = (gap_every - first % gap_every) % gap_every;
    const std::int64_t turns = skip < count ? (count - skip - 1) / gap_every + 1 : 0;
    gaps += skip * stride;
    history.append(run, static_cast<std::size_t>(turns), [&](std::size_t k) {
      return static_cast<double>(gaps[static_cast<std::int64_t>(k) * gap_every * stride]);
    });
    const std::int64_t last = first + count - 1;
    if (!finished || last % gap_every == 0) return;
    history.append(run, 1, [&](std::size_t) { return static_cast<double>(gaps[(count - 1 - skip) * stride]); });
  }

  kernels::ChunkView<Scalar> view() {
    const auto or_null = [](Array<Scalar>& array) { return array.empty() ? nullptr : array.data(); };
    return {shape->is_normal_form() ? shape->table.data() : nullptr,
            shape->network.view(),
            shape->markov.view(),
            shape->agents,
            shape->all_actions,
            shape->scratch,
            shape->payoffs,
            rule,
            kernels::rule_reals(rule, shape->all_actions),
            runs(),
            most_updates,
            gap_every,
            payoffs.data(),
            game.data(),
            theta.data(),
            steps.data(),
            memory.data(),
            iterations.data(),
            or_null(rule_memory),
            or_null(values),
            nullptr,
            pi.data(),
            agent_gap.data(),
            nash_gap.data(),
            or_null(residual),
            or_null(action_values)};
  }
};

}  // namespace quantal
