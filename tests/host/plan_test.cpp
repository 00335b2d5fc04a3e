// Buckets and chunks.

#include "host/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "quantal/generate.hpp"
#include "quantal/info.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

TEST(Buckets, HoldEachRunOnceInOrder) {
  std::vector<Game> games;
  const std::vector<std::vector<int>> shapes = {{2, 2}, {3, 2}, {2, 3}, {2, 2, 2}, {6}};
  std::mt19937_64 bits(4);
  for (std::uint64_t g = 0; g < 30; ++g) games.emplace_back(random_game(shapes[bits() % shapes.size()], g));
  std::vector<quantal::Run> runs(200);
  for (quantal::Run& run : runs) run.game = bits() % games.size();
  const std::vector<Bucket> buckets = make_buckets(games, runs);
  std::set<std::vector<int>> seen;
  std::vector<bool> taken(runs.size());
  std::size_t first_before = 0;
  for (const Bucket& bucket : buckets) {
    EXPECT_TRUE(seen.insert(bucket.shape.actions).second) << "two buckets of one shape";
    ASSERT_FALSE(bucket.runs.empty());
    EXPECT_TRUE(std::is_sorted(bucket.runs.begin(), bucket.runs.end()));
    EXPECT_GE(bucket.runs[0], first_before);
    first_before = bucket.runs[0];
    for (const std::size_t r : bucket.runs) {
      EXPECT_FALSE(taken[r]);
      taken[r] = true;
      EXPECT_EQ(std::get<NormalFormGame>(games[runs[r].game]).actions, bucket.shape.actions);
    }
  }
  EXPECT_TRUE(std::all_of(taken.begin(), taken.end(), [](bool b) { return b; }));
  EXPECT_TRUE(make_buckets(games, {}).empty());
}

TEST(Shapes, CountWhatTheyHold) {
  const Shape shape({2, 3, 4});
  EXPECT_EQ(shape.agents, 3);
  EXPECT_EQ(shape.all_actions, 9);
  EXPECT_EQ(shape.payoffs, 72);
  // The cut that leaves the fewest weights: 3 + 4, 2 + 4, 2 + 3.
  EXPECT_EQ(shape.scratch, 7);
  const Shape single({5});
  EXPECT_EQ(single.all_actions, 5);
  EXPECT_EQ(single.payoffs, 5);
  EXPECT_EQ(single.scratch, 2);
}

TEST(Chunks, CoverTheBucketAndFitTheMemory) {
  std::mt19937_64 bits(6);
  for (int trial = 0; trial < 200; ++trial) {
    SCOPED_TRACE(trial);
    std::vector<Game> games;
    for (std::uint64_t g = 0; g < 8; ++g) games.emplace_back(random_game({2, 2}, g));
    std::vector<quantal::Run> runs(static_cast<std::size_t>(integer(bits, 1, 60)));
    for (quantal::Run& run : runs) run.game = bits() % games.size();
    if (trial % 2 == 0) {
      std::sort(runs.begin(), runs.end(), [](const quantal::Run& a, const quantal::Run& b) { return a.game < b.game; });
    }
    const std::vector<Bucket> buckets = make_buckets(games, runs);
    ASSERT_EQ(buckets.size(), 1U);
    const ChunkCost cost{static_cast<std::size_t>(integer(bits, 1, 500)),
                         static_cast<std::size_t>(integer(bits, 1, 500))};
    const auto memory = static_cast<std::size_t>(integer(bits, 0, 4000));
    const auto bytes_of = [&](std::size_t begin, std::size_t end) {
      std::set<std::size_t> distinct;
      for (std::size_t k = begin; k < end; ++k) distinct.insert(runs[buckets[0].runs[k]].game);
      return distinct.size() * cost.game_bytes + (end - begin) * cost.run_bytes;
    };
    std::size_t at = 0;
    for (const ChunkRange& chunk : cut_chunks(buckets[0], runs, cost, memory)) {
      EXPECT_EQ(chunk.begin, at);
      ASSERT_GT(chunk.end, chunk.begin);
      at = chunk.end;
      if (chunk.end - chunk.begin > 1) {
        EXPECT_LE(bytes_of(chunk.begin, chunk.end), memory);
      }
      // None could have taken one more.
      if (chunk.end < runs.size()) {
        EXPECT_GT(bytes_of(chunk.begin, chunk.end + 1), memory);
      }
    }
    EXPECT_EQ(at, runs.size());
  }
}

TEST(Chunks, EnoughMemoryMakesOne) {
  const std::vector<Game> games = {random_game({2, 2}, 1)};
  const std::vector<quantal::Run> runs(1000);
  const std::vector<Bucket> buckets = make_buckets(games, runs);
  const ChunkCost cost = chunk_cost(buckets[0].shape, sizeof(float), 0);
  EXPECT_EQ(cost.game_bytes, 8 * sizeof(float));
  EXPECT_EQ(cut_chunks(buckets[0], runs, cost, SIZE_MAX).size(), 1U);
  // Runs share the game: it is counted once.
  EXPECT_EQ(cut_chunks(buckets[0], runs, cost, cost.game_bytes + 1000 * cost.run_bytes).size(), 1U);
  EXPECT_EQ(cut_chunks(buckets[0], runs, cost, cost.game_bytes + 1000 * cost.run_bytes - 1).size(), 2U);
  // Histories cost too.
  EXPECT_GT(chunk_cost(buckets[0].shape, sizeof(float), 100).run_bytes, cost.run_bytes + 100 * sizeof(float));
}

TEST(Chunks, AreEnoughForAllDevices) {
  std::vector<Game> games;
  for (std::uint64_t g = 0; g < 10; ++g) games.emplace_back(random_game({2, 2}, g));
  std::vector<quantal::Run> runs(games.size());
  for (std::size_t g = 0; g < games.size(); ++g) runs[g].game = g;
  const Bucket bucket = make_buckets(games, runs).at(0);
  constexpr std::size_t MiB = std::size_t{1} << 20;
  const auto plan = [&](std::size_t game_bytes, const MachineSize& machine) {
    const ChunkPlan made = plan_chunks(bucket, runs, {game_bytes, 1}, machine);
    std::vector<std::size_t> sizes;
    for (const ChunkRange& chunk : made.chunks) sizes.push_back(chunk.end - chunk.begin);
    return std::pair(sizes, made.workers);
  };
  using Sizes = std::vector<std::size_t>;
  // The host alone, in one chunk after another.
  EXPECT_EQ(plan(100, {SIZE_MAX}), std::pair(Sizes{10}, 1));
  EXPECT_EQ(plan(100, {505}), std::pair(Sizes({5, 5}), 1));
  // A share for each device.
  EXPECT_EQ(plan(100, {SIZE_MAX, 1, true}), std::pair(Sizes{10}, 1));
  EXPECT_EQ(plan(100, {SIZE_MAX, 4, true}), std::pair(Sizes({3, 3, 3, 1}), 4));
  EXPECT_EQ(plan(100, {SIZE_MAX, 20, true}), std::pair(Sizes(10, 1), 10));
  // Two chunks are on a device at a time, and share its memory.
  EXPECT_EQ(plan(100, {1010, 1, true}), std::pair(Sizes({5, 5}), 2));
  EXPECT_EQ(plan(100, {505, 2, true}), std::pair(Sizes({2, 2, 2, 2, 2}), 4));
  // Where games are small beside a chunk, for copies of large batches not to be waited for.
  EXPECT_EQ(plan(15 * MiB, {1000 * MiB, 1, true}), std::pair(Sizes{10}, 1));
  EXPECT_EQ(plan(15 * MiB, {80 * MiB, 1, true}), std::pair(Sizes({2, 2, 2, 2, 2}), 2));
  // Games that are much of a device have it to themselves.
  EXPECT_EQ(plan(30 * MiB, {80 * MiB, 1, true}), std::pair(Sizes({2, 2, 2, 2, 2}), 1));
}

TEST(CudaPlans, DealOutHubsWithTheOthers) {
  // A power law of degrees: the blocks of a grid have about the same work, of networks that fill it and that do not.
  NetworkFamily family;
  family.graph = Graph::barabasi_albert;
  family.edges_per_agent = 10;
  family.actions = {3};
  for (const int agents : {1000, 2000, 10'000, 30'000}) {
    family.agents = agents;
    Settings settings;
    settings.tier = Tier::stream;
    const CudaPlan plan = cuda_plan(generate(family, 1), settings);
    EXPECT_EQ(plan.tier, Tier::stream);
    EXPECT_GT(plan.fullest_block, 1) << agents;
    EXPECT_LE(plan.fullest_block, 1.5) << agents;
  }
  EXPECT_EQ(cuda_plan(random_game({300, 300}, 1), {}).fullest_block, 1);
}

}  // namespace
}  // namespace quantal
