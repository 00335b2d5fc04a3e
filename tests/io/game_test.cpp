#include "quantal/game.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "input_error.hpp"

namespace quantal {
namespace {

using testing::expect_message;
using testing::input_error;

TEST(JointActions, AreTheProductOfTheActions) {
  EXPECT_EQ(joint_actions({1}), 1u);
  EXPECT_EQ(joint_actions({7}), 7u);
  EXPECT_EQ(joint_actions({2, 3, 4}), 24u);
  EXPECT_EQ(joint_actions(std::vector<int>(1000000, 1)), 1u);
  EXPECT_EQ(joint_actions(std::vector<int>(40, 2)), std::size_t{1} << 40);
}

TEST(JointActions, RefuseShapesThatAreNone) {
  expect_message(input_error([] { joint_actions({}); }), "expected", "at least one agent");
  expect_message(input_error([] { joint_actions({2, 0, 2}); }), "expected", "at least one action for agent 1, found 0");
  expect_message(input_error([] { joint_actions({-3}); }), "expected", "at least one action for agent 0, found -3");
  // Agents without actions are reported even where the others alone would overflow.
  expect_message(input_error([] { joint_actions({0, 2000000000, 2000000000, 2000000000}); }), "expected", "agent 0");
}

TEST(JointActions, RefuseWhatCannotBeAddressed) {
  constexpr int most = std::numeric_limits<int>::max();
  for (const std::vector<int>& actions :
       {std::vector<int>(4, 100000), std::vector<int>(70, 2), std::vector<int>(64, 2), std::vector<int>(60, 2),
        std::vector<int>(3, most), std::vector<int>(1000000, 2)}) {
    expect_message(input_error([&] { joint_actions(actions); }), "expected", "fits in memory");
  }
}

TEST(Validate, AcceptsACompleteGame) {
  EXPECT_NO_THROW(validate(NormalFormGame{"", {2, 1}, {1, 2, 3, 4}}));
  EXPECT_NO_THROW(validate(NormalFormGame{"one agent", {3}, {1, -2, 3}}));
}

TEST(Validate, SaysWhatIsWrong) {
  const auto error = [](NormalFormGame game) { return input_error([&] { validate(game); }); };
  expect_message(error({"", {2, 2}, {1, 2, 3}}), "expected 8 payoffs (2 agents x 4 joint actions), found 3", "");
  expect_message(error({"", {2}, {1, 2, 3}}), "expected 2 payoffs (1 agents x 2 joint actions), found 3", "");
  expect_message(error({"", {}, {}}), "expected", "at least one agent");
  expect_message(error({"", {0}, {}}), "expected", "at least one action");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  expect_message(error({"", {2, 1}, {1, 2, 3, nan}}), "expected a finite payoff",
                 "agent 1 at joint action 1, found nan");
  expect_message(error({"", {2}, {-infinity, 0}}), "expected a finite payoff", "agent 0 at joint action 0, found -inf");
}

TEST(Game, KnowsItsNameAndClass) {
  const Game game = NormalFormGame{"pd", {1}, {0}};
  EXPECT_EQ(name_of(game), "pd");
  EXPECT_EQ(class_of(game), "normal_form");
}

}  // namespace
}  // namespace quantal
