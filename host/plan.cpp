#include "host/plan.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_set>
#include <utility>

namespace quantal {

Shape::Shape(std::vector<int> action_counts) : actions(std::move(action_counts)), table(actions.size()) {
  agents = static_cast<int>(actions.size());
  payoffs = static_cast<std::int64_t>(joint_actions(actions)) * agents;
  kernels::fill_shape(actions, agents, table);
  for (const kernels::AgentShape& agent : table) {
    all_actions += agent.actions;
    weights = std::max(weights, agent.high + agent.low);
  }
}

std::vector<Bucket> make_buckets(std::span<const Game> games, std::span<const Run> runs) {
  std::vector<Bucket> buckets;
  std::map<std::vector<int>, std::size_t> known;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const std::vector<int>& actions = actions_of(games[runs[r].game]);
    const auto [entry, is_new] = known.try_emplace(actions, buckets.size());
    if (is_new) buckets.push_back({Shape(actions), {}});
    buckets[entry->second].runs.push_back(r);
  }
  return buckets;
}

ChunkCost chunk_cost(const Shape& shape, std::size_t scalar_bytes, std::int64_t history_entries) {
  const auto A = static_cast<std::size_t>(shape.all_actions);
  const auto N = static_cast<std::size_t>(shape.agents);
  ChunkCost cost;
  cost.game_bytes = static_cast<std::size_t>(shape.payoffs) * scalar_bytes;
  // theta, pi; steps, agent gaps; memory, Nash gap; game and iterations
  cost.run_bytes = (2 * A + 5 * N + 8) * scalar_bytes + 12 + static_cast<std::size_t>(history_entries) * sizeof(double);
  return cost;
}

std::vector<ChunkRange> cut_chunks(const Bucket& bucket, std::span<const Run> runs, const ChunkCost& cost,
                                   std::size_t memory_bytes) {
  constexpr auto most_runs = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  std::vector<ChunkRange> chunks;
  std::unordered_set<std::size_t> games;
  std::size_t begin = 0;
  std::size_t bytes = 0;
  for (std::size_t k = 0; k < bucket.runs.size(); ++k) {
    const std::size_t game = runs[bucket.runs[k]].game;
    const std::size_t more = cost.run_bytes + (games.contains(game) ? 0 : cost.game_bytes);
    if (k > begin && (more > memory_bytes - std::min(bytes, memory_bytes) || k - begin == most_runs)) {
      chunks.push_back({begin, k});
      begin = k;
      bytes = 0;
      games.clear();
    }
    bytes += cost.run_bytes + (games.insert(game).second ? cost.game_bytes : 0);
  }
  if (begin < bucket.runs.size()) chunks.push_back({begin, bucket.runs.size()});
  return chunks;
}

}  // namespace quantal
