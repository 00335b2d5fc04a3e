#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "input_error.hpp"
#include "quantal/io.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

using testing::expect_message;
using testing::input_error;

std::string gam_of(const NormalFormGame& game) {
  std::ostringstream text;
  write_gam(text, game);
  return text.str();
}

TEST(ReadGam, PayoffsComeAgentByAgentFirstPlayerFastest) {
  const NormalFormGame game = parse_gam("2\n\n2 3\n\n1 2 3 4 5 6\n10 20 30 40 50 60\n", "x.gam");
  EXPECT_EQ(game, (NormalFormGame{"", {2, 3}, {1, 3, 5, 2, 4, 6, 10, 30, 50, 20, 40, 60}}));
}

TEST(ReadGam, NumbersOfAllKindsOnLinesOfAnyLength) {
  EXPECT_EQ(parse_gam("\xEF\xBB\xBF 1 5 +1 -2.5e+1\t.5\n\n3. -0", "x.gam"),
            (NormalFormGame{"", {5}, {1, -25, 0.5, 3, -0.0}}));
  EXPECT_EQ(parse_gam("1 1 1e-999", "x.gam").payoffs[0], 0);
}

TEST(ReadGam, IsKnownByItsFirstCharacter) {
  EXPECT_EQ(parse_games(" \n1 2 3 4", "x.txt", "fallback")[0], Game(NormalFormGame{"fallback", {2}, {3, 4}}));
}

TEST(ReadGam, WhatIsWrongIsSaidWithItsLine) {
  const auto expect_refused = [](const std::string& text, const std::string& place, const std::string& words) {
    expect_message(input_error([&] { parse_gam(text, "x.gam"); }), "x.gam:" + place + ": ", words);
  };
  expect_refused("", "1", "expected the number of players, a whole number from 1, found the end of the file");
  expect_refused("0", "1", "expected the number of players");
  expect_refused("2.5\n2 2", "1", "found \"2.5\"");
  expect_refused("2\n2", "2", "expected the number of actions of player 2 of 2, from 1, found the end of the file");
  expect_refused("2\n2 0", "2", "found \"0\"");
  expect_refused("2\n2 x", "2", "found \"x\"");
  expect_refused("1\n2\n1", "3", "expected 2 payoffs (1 agents x 2 joint actions), the file ends after 1");
  expect_refused("1\n2\n1\n2\n3", "5", "expected the end of the file after 2 payoffs");
  for (const std::string word : {"nan", "inf", "1x", "0x10", "--1", "1e", ".", "1/2", "1,2", "-"}) {
    expect_refused("1\n2\n1\n" + word, "4", "expected a number for payoff 2 of 2, found \"" + word + "\"");
  }
  expect_refused("1\n2\n1\n1e999", "4", "expected a finite number for payoff 2 of 2");
  expect_refused("2147483647\n1 1", "2", "expected the number of actions of player 3");
  expect_refused("3\n2000000000 2000000000 2000000000\n1", "2", "expected a game that fits in memory");
  expect_refused("2\n1000000 1000000\n1 2", "3", "the file ends after 2");
}

TEST(WriteGam, ReadsBackBitForBit) {
  EXPECT_EQ(gam_of({"lost", {2, 3}, {1, 3, 5, 2, 4, 6, 10, 30, 50, 20, 40, -0.5}}),
            "2\n2 3\n\n1 2 3 4 5 6\n\n10 20 30 40 50 -0.5\n");
  for (const std::vector<int>& actions : {std::vector<int>{1}, {4}, {2, 2}, {3, 1, 2}, {2, 2, 2, 2, 2}}) {
    NormalFormGame game = random_game(actions, 3);
    game.name = "";
    game.payoffs[0] = 0x1p-1074;
    EXPECT_EQ(parse_gam(gam_of(game), "x.gam"), game);
  }
  EXPECT_NE(input_error([] { gam_of({"", {2}, {1}}); }).find("expected 2 payoffs"), std::string::npos);
}

}  // namespace
}  // namespace quantal
