// Layout of payoffs, and the shapes known to the compiler.

#include "kernels/shape.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "kernel_shapes.hpp"
#include "kernels/static_shapes.hpp"
#include "kernels/team.hpp"

namespace quantal {
namespace kernels {
namespace {

TEST(ShapeTable, CutsTheOpponentsWhereTheWeightsAreFewest) {
  for (const auto& actions : kernel_shapes) {
    const int agents = static_cast<int>(actions.size());
    for (int i = 0; i < agents; ++i) {
      const auto weights = [&](int split) {
        std::int64_t high = 1;
        std::int64_t low = 1;
        for (int k = 0, j = 0; j < agents; ++j) {
          if (j == i) continue;
          (k++ < split ? high : low) *= actions[static_cast<std::size_t>(j)];
        }
        return high + low;
      };
      const std::int64_t chosen = weights(split_of(actions, agents, i));
      for (int split = 0; split < agents; ++split) EXPECT_LE(chosen, weights(split));
    }
  }
}

TEST(ShapeTable, HoldsWhatFollowsFromTheActions) {
  for (const auto& actions : kernel_shapes) {
    const int agents = static_cast<int>(actions.size());
    std::vector<AgentShape> table(actions.size());
    fill_shape(actions, agents, table);
    std::int64_t joint = 1;
    for (const int m : actions) joint *= m;
    int first = 0;
    for (std::size_t i = 0; i < actions.size(); ++i) {
      EXPECT_EQ(table[i].actions, actions[i]);
      EXPECT_EQ(table[i].first, first);
      EXPECT_EQ(table[i].payoffs, static_cast<std::int64_t>(i) * joint);
      EXPECT_EQ(std::int64_t{table[i].high} * table[i].low * actions[i], joint);
      first += actions[i];
    }
  }
}

TEST(ShapeTable, OpponentsSkipTheAgentItself) {
  EXPECT_EQ(opponent(0, 0), 1);
  EXPECT_EQ(opponent(1, 0), 0);
  EXPECT_EQ(opponent(1, 1), 2);
  EXPECT_EQ(opponent(2, 1), 1);
}

template <int... M>
void expect_same_as_dynamic(StaticShape<M...> shape) {
  const std::vector<int> actions = {M...};
  std::vector<AgentShape> table(actions.size());
  fill_shape(actions, static_cast<int>(actions.size()), table);
  const DynamicShape dynamic{table.data(), static_cast<int>(actions.size()), shape.all_actions()};
  EXPECT_EQ(shape.agents(), dynamic.agents());
  EXPECT_EQ(shape.opponents(), dynamic.opponents());
  int all = 0;
  for (const int m : actions) all += m;
  EXPECT_EQ(shape.all_actions(), all);
  std::int64_t payoffs = 0;
  for_each(shape.agents(), [&](auto i) {
    EXPECT_EQ(shape.actions(i), dynamic.actions(i));
    EXPECT_EQ(shape.first(i), dynamic.first(i));
    EXPECT_EQ(shape.payoffs(i), dynamic.payoffs(i));
    EXPECT_EQ(shape.split(i), dynamic.split(i));
    EXPECT_EQ(shape.high(i), dynamic.high(i));
    EXPECT_EQ(shape.low(i), dynamic.low(i));
    payoffs += std::int64_t{shape.high(i)} * shape.low(i) * shape.actions(i);
  });
  EXPECT_EQ(shape.payoff_count, payoffs);
}

template <class... Shapes>
void expect_all_same_as_dynamic(ShapeList<Shapes...>) {
  (expect_same_as_dynamic(Shapes{}), ...);
}

TEST(StaticShapes, AreTheirDynamicTwins) {
  expect_all_same_as_dynamic(StaticShapes{});
  expect_all_same_as_dynamic(LaneShapes{});
}

TEST(StaticShapes, AreFoundByTheirActions) {
  const auto index_of = [](const std::vector<int>& actions) {
    std::vector<AgentShape> table(actions.size());
    fill_shape(actions, static_cast<int>(actions.size()), table);
    return static_shape_index(table.data(), static_cast<int>(actions.size()));
  };
  const std::vector<std::vector<int>> known = {{2, 2},    {2, 3},       {3, 3},         {4, 4},
                                               {2, 2, 2}, {2, 2, 2, 2}, {2, 2, 2, 2, 2}};
  for (const auto& actions : known) {
    const int index = index_of(actions);
    ASSERT_GE(index, 0);
    std::vector<int> found;
    EXPECT_TRUE(with_static_shape(
        index, [&](auto shape) { for_each(shape.agents(), [&](auto i) { found.push_back(shape.actions(i)); }); }));
    EXPECT_EQ(found, actions);
  }
  for (const auto& actions :
       std::vector<std::vector<int>>{{2}, {3, 2}, {2, 2, 3}, {2, 2, 2, 3}, {2, 2, 2, 2, 2, 2}, {5, 5}, {1, 1}}) {
    EXPECT_EQ(index_of(actions), -1);
  }
  EXPECT_FALSE(with_static_shape(-1, [](auto) { ADD_FAILURE(); }));
  EXPECT_FALSE(with_static_shape(1000, [](auto) { ADD_FAILURE(); }));
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
