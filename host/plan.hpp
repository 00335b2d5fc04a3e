#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "host/chunk.hpp"
#include "quantal/game.hpp"
#include "quantal/run.hpp"
#include "quantal/settings.hpp"

namespace quantal {

/// Payoffs that all arcs of a small network may have at most. Small networks of the same actions but different graphs
/// share a bucket, in the union of their graphs. The payoffs of absent arcs are zeros, which change no bit of a result
/// where one thread adds up what an agent earns with an action and sees to the agent alone: not on the stream tier, nor
/// with more than kernels::actions_of_one_thread actions.
constexpr std::int64_t small_network_payoffs = 2048;

/// All runs whose games have one shape, in the caller's order. A network of two agents is a bimatrix game and is found
/// among these.
struct Bucket {
  Shape shape;
  std::vector<std::size_t> runs;
};

/// Buckets: normal forms and Markov games, then networks, in the order in which their shapes first appear. `unions`:
/// whether networks of different graphs may share one.
std::vector<Bucket> make_buckets(std::span<const Game> games, std::span<const Run> runs, bool unions = true,
                                 MarkovEntropy entropy = MarkovEntropy::own);

/// Bytes that one game, and one run beside its game, take in a chunk.
struct ChunkCost {
  std::size_t game_bytes = 0;
  std::size_t run_bytes = 0;
};
ChunkCost chunk_cost(const Shape& shape, std::size_t scalar_bytes, std::int64_t history_entries,
                     kernels::UpdateRule rule = kernels::UpdateRule::natural_policy_gradient);

/// Cuts a bucket's runs into consecutive chunks [begin, end) that fit `memory_bytes` and are of `most_runs`, at least
/// 1, at most; runs of one game that follow each other share it. A chunk holds at least one run, whatever it costs.
struct ChunkRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};
std::vector<ChunkRange> cut_chunks(const Bucket& bucket, std::span<const Run> runs, const ChunkCost& cost,
                                   std::size_t memory_bytes, std::size_t most_runs = SIZE_MAX);

/// What works on chunks.
struct MachineSize {
  std::size_t memory_bytes = 0;  // that chunks may take on one device
  int devices = 1;               // each with chunks of its own
  bool apart = false;            // from host memory: a device then computes one chunk while the next one is copied
};

/// A bucket's chunks, taken one after another by `workers` at a time, worker w on device w % devices.
struct ChunkPlan {
  std::vector<ChunkRange> chunks;
  int workers = 1;
};
ChunkPlan plan_chunks(const Bucket& bucket, std::span<const Run> runs, const ChunkCost& cost,
                      const MachineSize& machine);

}  // namespace quantal
