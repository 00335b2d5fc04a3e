#include "host/plan.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <variant>

#include "kernels/static_shapes.hpp"

namespace quantal {

Shape::Shape(std::vector<int> action_counts) : actions(std::move(action_counts)), table(actions.size()) {
  agents = static_cast<int>(actions.size());
  payoffs = static_cast<std::int64_t>(joint_actions(actions)) * agents;
  kernels::fill_shape(actions, agents, table);
  for (const kernels::AgentShape& agent : table) {
    all_actions += agent.actions;
    scratch = std::max<std::int64_t>(scratch, agent.high + agent.low);
  }
}

Shape::Shape(std::vector<int> action_counts, NetworkGraph graph, bool reduced)
    : actions(std::move(action_counts)), network(actions, std::move(graph), reduced) {
  agents = static_cast<int>(actions.size());
  all_actions = network.agent.back().first;
  scratch = network.sums;
  payoffs = network.all_payoffs();
}

Shape::Shape(std::vector<int> action_counts, const MarkovPattern& pattern, MarkovEntropy entropy)
    : actions(std::move(action_counts)), markov(actions, pattern, entropy) {
  agents = static_cast<int>(actions.size());
  all_actions = markov.first.back();
  scratch = kernels::markov_scratch_reals(markov.view());
  payoffs = markov.payoffs();
}

namespace {

/// Networks of the same actions, and where each distinct graph of theirs is to go.
struct NetworkFamily {
  std::map<NetworkGraph, std::size_t> bucket_of_graph;
  std::size_t games = 0;
};

/// Payoffs of a network with all arcs between agents of these actions.
double complete_payoffs(const std::vector<int>& actions) {
  double all = 0;
  double squares = 0;
  for (const int m : actions) {
    all += m;
    squares += static_cast<double>(m) * m;
  }
  return all * all - squares;
}

/// Gives each graph of a family its bucket.
void plan_family(const std::vector<int>& actions, bool unions, NetworkFamily& family, std::vector<Bucket>& buckets) {
  std::map<NetworkGraph, std::size_t>& graphs = family.bucket_of_graph;
  const bool small = unions && complete_payoffs(actions) <= static_cast<double>(small_network_payoffs) &&
                     *std::max_element(actions.begin(), actions.end()) <= kernels::actions_of_one_thread;
  // The kernels for shapes known to the compiler have all arcs.
  if (kernels::static_network_index(actions.data(), static_cast<int>(actions.size())) >= 0) {
    for (auto& [graph, bucket] : graphs) bucket = buckets.size();
    buckets.push_back({Shape(actions, complete_graph(static_cast<int>(actions.size()))), {}});
    return;
  }
  // Where many share each graph, each graph fills vectors and warps by itself.
  constexpr std::size_t enough = 32;
  if (small && graphs.size() > 1 && family.games < enough * graphs.size()) {
    std::vector<const NetworkGraph*> all;
    for (auto& [graph, bucket] : graphs) {
      bucket = buckets.size();
      all.push_back(&graph);
    }
    buckets.push_back({Shape(actions, union_of(all)), {}});
    return;
  }
  for (auto& [graph, bucket] : graphs) {
    bucket = buckets.size();
    buckets.push_back({Shape(actions, graph), {}});
  }
}

}  // namespace

std::vector<Bucket> make_buckets(std::span<const Game> games, std::span<const Run> runs, bool unions,
                                 MarkovEntropy entropy) {
  constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  std::vector<Bucket> buckets;
  std::map<std::vector<int>, std::size_t> normal_forms;
  std::map<std::pair<MarkovPattern, std::vector<int>>, std::size_t> markov_games;
  std::map<std::vector<int>, NetworkFamily> families;
  std::vector<std::size_t> bucket_of_game(games.size(), none);
  // (family, its graph) of networks, until all graphs are known
  std::vector<std::pair<std::size_t, std::pair<NetworkFamily*, const NetworkGraph*>>> networks;
  std::vector<char> seen(games.size(), 0);
  for (const Run& run : runs) {
    if (std::exchange(seen[run.game], char{1})) continue;
    const Game& game = games[run.game];
    const std::vector<int>& actions = actions_of(game);
    const auto* network = std::get_if<PolymatrixGame>(&game);
    if (network != nullptr && actions.size() != 2) {
      NetworkFamily& family = families[actions];
      ++family.games;
      const auto entry = family.bucket_of_graph.try_emplace(graph_of(*network), none).first;
      networks.push_back({run.game, {&family, &entry->first}});
      continue;
    }
    if (const auto* markov = std::get_if<MarkovGame>(&game)) {
      const auto [entry, is_new] = markov_games.try_emplace({pattern_of(*markov), actions}, buckets.size());
      if (is_new) buckets.push_back({Shape(actions, entry->first.first, entropy), {}});
      bucket_of_game[run.game] = entry->second;
      continue;
    }
    const auto [entry, is_new] = normal_forms.try_emplace(actions, buckets.size());
    if (is_new) buckets.push_back({Shape(actions), {}});
    bucket_of_game[run.game] = entry->second;
  }
  for (const auto& [game, where] : networks) {
    const std::size_t& bucket = where.first->bucket_of_graph.at(*where.second);
    if (bucket == none) plan_family(actions_of(games[game]), unions, *where.first, buckets);
    bucket_of_game[game] = bucket;
  }
  for (std::size_t r = 0; r < runs.size(); ++r) buckets[bucket_of_game[runs[r].game]].runs.push_back(r);
  return buckets;
}

ChunkCost chunk_cost(const Shape& shape, std::size_t scalar_bytes, std::int64_t history_entries,
                     kernels::UpdateRule rule) {
  const auto A = static_cast<std::size_t>(shape.all_actions);
  const auto N = static_cast<std::size_t>(shape.agents);
  ChunkCost cost;
  cost.game_bytes = static_cast<std::size_t>(shape.payoffs) * scalar_bytes;
  // theta, pi, Q-values; steps, agent gaps, values; memory, Nash gap, residual; game and iterations
  const std::size_t markov = shape.is_markov() ? A + N + 1 : 0;
  const auto kept = static_cast<std::size_t>(kernels::rule_reals(rule, shape.all_actions));
  cost.run_bytes = (2 * A + 5 * N + 8 + markov + kept) * scalar_bytes + 12 +
                   static_cast<std::size_t>(history_entries) * sizeof(double);
  return cost;
}

std::vector<ChunkRange> cut_chunks(const Bucket& bucket, std::span<const Run> runs, const ChunkCost& cost,
                                   std::size_t memory_bytes, std::size_t most_runs) {
  most_runs = std::min(most_runs, static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()));
  std::vector<ChunkRange> chunks;
  std::size_t games = 0;
  for (const std::size_t r : bucket.runs) games = std::max(games, runs[r].game + 1);
  std::vector<std::uint32_t> chunk_of_game(games, 0);  // the last one that has the game, counted from 1
  std::uint32_t chunk = 1;
  std::size_t begin = 0;
  std::size_t bytes = 0;
  for (std::size_t k = 0; k < bucket.runs.size(); ++k) {
    std::uint32_t& last = chunk_of_game[runs[bucket.runs[k]].game];
    const std::size_t more = cost.run_bytes + (last == chunk ? 0 : cost.game_bytes);
    if (k > begin && (more > memory_bytes - std::min(bytes, memory_bytes) || k - begin == most_runs)) {
      chunks.push_back({begin, k});
      begin = k;
      bytes = 0;
      ++chunk;
    }
    bytes += cost.run_bytes + (std::exchange(last, chunk) == chunk ? 0 : cost.game_bytes);
  }
  if (begin < bucket.runs.size()) chunks.push_back({begin, bucket.runs.size()});
  return chunks;
}

ChunkPlan plan_chunks(const Bucket& bucket, std::span<const Run> runs, const ChunkCost& cost,
                      const MachineSize& machine) {
  // Of two chunks on a device: copies of some milliseconds, runs enough to fill it, games that are little of a chunk.
  constexpr std::size_t paired_bytes = std::size_t{256} << 20;
  constexpr std::size_t paired_games = 16;
  const auto devices = static_cast<std::size_t>(machine.devices);
  const bool pairs = machine.apart && paired_games * (cost.game_bytes + cost.run_bytes) <= paired_bytes;
  const std::size_t bytes = pairs ? std::min(machine.memory_bytes / 2, paired_bytes) : machine.memory_bytes;
  ChunkPlan plan;
  plan.chunks = cut_chunks(bucket, runs, cost, bytes, (bucket.runs.size() + devices - 1) / devices);
  plan.workers = static_cast<int>(std::min(plan.chunks.size(), devices * (pairs ? 2 : 1)));
  return plan;
}

}  // namespace quantal
