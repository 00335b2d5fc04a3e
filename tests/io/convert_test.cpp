#include "quantal/convert.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "input_error.hpp"
#include "random_networks.hpp"

namespace quantal {
namespace {

/// What an agent earns at a joint action, edge by edge.
double payoff_at(const PolymatrixGame& game, int agent, const std::vector<int>& action) {
  double sum = 0;
  std::size_t at = 0;
  for (const PolymatrixEdge& edge : game.edges) {
    const auto first = static_cast<std::size_t>(edge.first);
    const auto second = static_cast<std::size_t>(edge.second);
    const auto columns = static_cast<std::size_t>(game.actions[second]);
    const std::size_t size = static_cast<std::size_t>(game.actions[first]) * columns;
    const std::size_t place =
        static_cast<std::size_t>(action[first]) * columns + static_cast<std::size_t>(action[second]);
    if (edge.pays_first) {
      if (edge.first == agent) sum += game.payoffs[at + place];
      at += size;
    }
    if (edge.pays_second) {
      if (edge.second == agent) sum += game.payoffs[at + place];
      at += size;
    }
  }
  return sum;
}

TEST(ToNormalForm, AddsUpTheEdges) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const PolymatrixGame network = random_network(seed);
    SCOPED_TRACE(network.name);
    const NormalFormGame game = to_normal_form(network);
    ASSERT_NO_THROW(validate(game));
    EXPECT_EQ(game.name, network.name);
    EXPECT_EQ(game.actions, network.actions);

    const std::size_t joint = joint_actions(game.actions);
    for (std::size_t index = 0; index < joint; ++index) {
      std::vector<int> action(game.actions.size());
      std::size_t rest = index;
      for (std::size_t i = action.size(); i-- > 0;) {
        action[i] = static_cast<int>(rest % static_cast<std::size_t>(game.actions[i]));
        rest /= static_cast<std::size_t>(game.actions[i]);
      }
      for (std::size_t i = 0; i < action.size(); ++i) {
        EXPECT_EQ(game.payoffs[i * joint + index], payoff_at(network, static_cast<int>(i), action));
      }
    }
  }
}

TEST(ToNormalForm, OfAgentsWithoutEdgesIsZero) {
  EXPECT_EQ(to_normal_form({"x", {2, 1}, {}, {}}), (NormalFormGame{"x", {2, 1}, {0, 0, 0, 0}}));
}

TEST(ToNormalForm, RefusesWhatIsTooLarge) {
  const auto refusal = [](int agents) {
    const PolymatrixGame network{"", std::vector<int>(static_cast<std::size_t>(agents), 2), {}, {}};
    return testing::input_error([&] { to_normal_form(network); });
  };
  testing::expect_message(refusal(30), "expected a game of at most 268435456 payoffs in normal form",
                          "3.221e+10 (30 agents)");
  testing::expect_message(refusal(100), "expected a game of at most 268435456 payoffs", "1.268e+32 (100 agents)");
  testing::expect_message(refusal(100000), "expected a game of at most 268435456 payoffs", "more than 1e308 (100000 agents)");
}

TEST(ToNormalForm, RefusesWhatIsNoGame) {
  testing::expect_message(testing::input_error([] {
                            to_normal_form({"", {1, 1}, {{0, 2, true, true}}, {1, 1}});
                          }),
                          "edge 0", "found 2");
}

}  // namespace
}  // namespace quantal
