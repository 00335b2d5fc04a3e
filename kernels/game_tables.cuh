#pragma once

/// How the teams of a block see the games of a chunk, class by class: the `Games` of solve_kernels.cuh.

#include "kernels/normal_form_blocks.cuh"
#include "kernels/solve_kernels.cuh"

namespace quantal {
namespace kernels {
namespace {

/// `Payoff` is what the stream tier reads: Real, or Half.
template <class Real, class Payoff = Real>
struct NormalForms {
  static constexpr bool narrow = false;  // small ones have rows

  QUANTAL_HD static std::int64_t table_bytes(const ChunkView<Real>&) { return 0; }

  __device__ static NormalForms load(const ChunkView<Real>&) { return {}; }
  __device__ NormalForm<Real, DynamicShape> game(const ChunkView<Real>& chunk, const Real* payoffs) const {
    return {{chunk.table, chunk.agents, chunk.actions}, payoffs};
  }
  template <class Team>
  __device__ static NormalForm<Payoff, DynamicShape> stream_game(const Team&, const ChunkView<Real>& chunk) {
    return {{chunk.table, chunk.agents, chunk.actions}, nullptr};
  }
  __device__ static const Payoff* payoffs(const ChunkView<Real>& chunk) {
    if constexpr (std::is_same_v<Payoff, Half>) {
      return chunk.half_payoffs;
    } else {
      return chunk.payoffs;
    }
  }
};

template <class Real>
struct Networks {
  static constexpr bool narrow = true;

  NetworkView network;

  QUANTAL_HD static std::int64_t table_bytes(const ChunkView<Real>& chunk) {
    return block_table_bytes(chunk.network.agents, chunk.network.arcs, chunk.network.actions);
  }

  /// Brings the tables into shared memory, by all threads of the block.
  __device__ static Networks load(const ChunkView<Real>& chunk) {
    Networks networks{chunk.network};
    NetworkView& network = networks.network;
    auto* const agent = reinterpret_cast<NetworkAgent*>(shared_memory);
    auto* const neighbour = reinterpret_cast<std::int32_t*>(agent + network.agents + 1);
    auto* const owner = neighbour + network.arcs;
    copy_table(agent, network.agent, network.agents + 1);
    copy_table(neighbour, network.neighbour, network.arcs);
    copy_table(owner, network.owner, network.actions);
    network.agent = agent;
    network.neighbour = neighbour;
    network.owner = owner;
    __syncthreads();
    return networks;
  }
  __device__ Polymatrix<Real, NetworkShape> game(const ChunkView<Real>&, const Real* payoffs) const {
    return {{network}, payoffs, {}};
  }
  template <class Team>
  __device__ static Polymatrix<Real, NetworkShape> stream_game(const Team& team, const ChunkView<Real>& chunk) {
    return {
        {chunk.network}, nullptr, pieces_of_unit(chunk.network, chunk.game_payoffs, team.unit_index(), team.units())};
  }
  __device__ static const Real* payoffs(const ChunkView<Real>& chunk) { return chunk.payoffs; }
};

template <class Real>
struct MarkovGames {
  static constexpr bool narrow = false;

  MarkovView markov;

  QUANTAL_HD static std::int64_t table_bytes(const ChunkView<Real>& chunk) { return markov_table_bytes(chunk.markov); }

  __device__ static MarkovGames load(const ChunkView<Real>& chunk) {
    MarkovGames games{chunk.markov};
    MarkovView& markov = games.markov;
    const int pairs = markov.agents * markov.states;
    auto* at = reinterpret_cast<std::int32_t*>(shared_memory);
    const auto take = [&](const std::int32_t*& table, int count) {
      std::int32_t* const begin = at;
      at = copy_table(begin, table, count);
      table = begin;
    };
    take(markov.first, pairs + 1);
    take(markov.row, markov.states + 1);
    take(markov.state_of_row, markov.rows);
    take(markov.slot, markov.rows * markov.agents);
    take(markov.pair_of_action, markov.actions);
    take(markov.low, pairs);
    if (markov.row_begin != nullptr) {
      take(markov.row_begin, markov.rows + 1);
      take(markov.position, markov.entries);
      take(markov.union_begin, markov.states + 1);
      take(markov.successor, markov.unions);
    }
    __syncthreads();
    return games;
  }
  __device__ Markov<Real, MarkovShape> game(const ChunkView<Real>&, const Real* payoffs) const {
    return {{markov}, payoffs};
  }
  template <class Team>
  __device__ static Markov<Real, MarkovShape> stream_game(const Team&, const ChunkView<Real>& chunk) {
    return {{chunk.markov}, nullptr};
  }
  __device__ static const Real* payoffs(const ChunkView<Real>& chunk) { return chunk.payoffs; }
};

}  // namespace
}  // namespace kernels
}  // namespace quantal
