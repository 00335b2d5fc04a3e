#include "quantal/convert.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "input_error.hpp"
#include "random_networks.hpp"

namespace quantal {
namespace {

TEST(ToNormalForm, AddsUpTheEdges) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const PolymatrixGame network = random_mixed_network(seed);
    SCOPED_TRACE(network.name);
    const NormalFormGame game = to_normal_form(network);
    EXPECT_NO_THROW(validate(game));
    EXPECT_EQ(game, normal_form(network));  // payoff by payoff, from the definition
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
  testing::expect_message(refusal(100000), "expected a game of at most 268435456 payoffs",
                          "more than 1e308 (100000 agents)");
}

TEST(ToNormalForm, RefusesWhatIsNoGame) {
  testing::expect_message(testing::input_error([] {
                            to_normal_form({"", {1, 1}, {{0, 2, true, true}}, {1, 1}});
                          }),
                          "edge 0", "found 2");
}

}  // namespace
}  // namespace quantal
