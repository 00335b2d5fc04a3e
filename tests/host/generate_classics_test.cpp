// The classic games among the generated ones: small formulas, orderings and counts.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "normal_form_families.hpp"
#include "quantal/quantal.hpp"

namespace quantal {
namespace {

using enum NormalFormKind;

TEST(GenerateNormalForm, MatchingPennies) {
  EXPECT_EQ(game_of(matching_pennies).payoffs, (std::vector<double>{1, -1, -1, 1, -1, 1, 1, -1}));
  // Goeree and Holt's: 320, 40; 40, 80 against 40, 80; 80, 40, and 44 in place of 320.
  const std::vector<double> published = {320, 40, 40, 80, 40, 80, 80, 40};
  std::vector<double> found =
      game_of(matching_pennies, [](Family& f) { f.low = f.high = 20, f.asymmetry = 13; }).payoffs;
  for (double& payoff : found) payoff += 60;
  EXPECT_EQ(found, published);
  found = game_of(matching_pennies, [](Family& f) { f.low = f.high = 20, f.asymmetry = -0.8; }).payoffs;
  EXPECT_EQ(found[0] + 60, 44);
}

TEST(GenerateNormalForm, RockPaperScissors) {
  EXPECT_EQ(game_of(rock_paper_scissors, [](Family& f) { f.low = f.high = 2; }).payoffs,
            (std::vector<double>{0, -2, 2, 2, 0, -2, -2, 2, 0, 0, 2, -2, -2, 0, 2, 2, -2, 0}));
  const NormalFormGame five = game_of(rock_paper_scissors, [](Family& f) { f.actions = {5, 5}; });
  for (int a = 0; a < 5; ++a) {
    double sum = 0;
    for (int b = 0; b < 5; ++b) {
      sum += at(five, 0, {a, b});
      EXPECT_EQ(at(five, 0, {a, b}), at(five, 1, {b, a}));
      EXPECT_EQ(std::fabs(at(five, 0, {a, b})), a == b ? 0 : 1);
    }
    EXPECT_EQ(sum, 0);  // every action beats as many as beat it
  }
}

TEST(GenerateNormalForm, Coordination) {
  EXPECT_EQ(game_of(coordination).payoffs, (std::vector<double>{1, 0, 0, 1, 1, 0, 0, 1}));
  const NormalFormGame game = game_of(coordination, [](Family& f) { f.actions = {4, 4, 4}, f.low = 2, f.high = 3; });
  std::set<double> values;
  for (const Actions& action : joint_actions_of(game)) {
    const bool together = action[0] == action[1] && action[1] == action[2];
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(at(game, i, action), together ? at(game, 0, action) : 0);
    }
    if (together) values.insert(at(game, 0, action));
  }
  EXPECT_EQ(values.size(), 4u);
  EXPECT_GE(*values.begin(), 2);
}

TEST(GenerateNormalForm, DrawnTwoByTwoGamesHaveTheirOrder) {
  double smallest = 2;
  double largest = -3;
  for (std::uint64_t index = 0; index < 2000; ++index) {
    const auto draw = [&](NormalFormKind kind) {
      return generate(family_of(kind, [](Family& f) { f.low = -3, f.high = 2; }), index);
    };
    for (const NormalFormKind kind : {stag_hunt, chicken, prisoners_dilemma}) {
      const NormalFormGame game = draw(kind);
      const double R = at(game, 0, {0, 0});
      const double S = at(game, 0, {0, 1});
      const double T = at(game, 0, {1, 0});
      const double P = at(game, 0, {1, 1});
      EXPECT_EQ(game.payoffs, (std::vector<double>{R, S, T, P, R, T, S, P}));
      const auto expect_order = [&](double first, double second, double third, double fourth) {
        EXPECT_TRUE(first > second && second > third && third > fourth) << game.name;
      };
      if (kind == stag_hunt) expect_order(R, T, P, S);
      if (kind == chicken) expect_order(T, R, S, P);
      if (kind == prisoners_dilemma) {
        expect_order(T, R, P, S);
        EXPECT_GT(2 * R, T + S);
      }
      smallest = std::min({smallest, P, S});
      largest = std::max({largest, R, T});
    }
    const NormalFormGame sexes = draw(battle_of_the_sexes);
    const double A = at(sexes, 0, {0, 0});
    const double B = at(sexes, 0, {1, 1});
    const double C = at(sexes, 0, {0, 1});
    EXPECT_EQ(sexes.payoffs, (std::vector<double>{A, C, C, B, B, C, C, A}));
    EXPECT_TRUE(A > B && B > C);
  }
  EXPECT_GE(smallest, -3);
  EXPECT_LE(largest, 2);
  EXPECT_NEAR(smallest, -3, 0.01);
  EXPECT_NEAR(largest, 2, 0.01);
  // So that the least of ranges that are accepted is wide enough.
  const NormalFormGame narrow = game_of(chicken, [](Family& f) { f.low = 1, f.high = 1 + 2e-9; });
  EXPECT_GT(at(narrow, 0, {1, 0}), at(narrow, 0, {0, 0}));
}

TEST(GenerateNormalForm, MajorityVotingPaysByTheWinner) {
  const NormalFormGame game = game_of(majority_voting, [](Family& f) { f.actions = {3, 3, 3, 3}; });
  for (const Actions& action : joint_actions_of(game)) {
    std::array<int, 3> votes = {0, 0, 0};
    for (const int candidate : action) ++votes[static_cast<std::size_t>(candidate)];
    int winner = 0;
    if (votes[1] > votes[0]) winner = 1;
    if (votes[2] > votes[static_cast<std::size_t>(winner)]) winner = 2;
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(at(game, i, action), at(game, i, Actions(4, winner)));
  }
  std::set<double> different(game.payoffs.begin(), game.payoffs.end());
  EXPECT_EQ(different.size(), 12u);  // u_i(c)
}

TEST(GenerateNormalForm, DispersionPaysByTheOthersElsewhere) {
  const NormalFormGame game = game_of(dispersion, [](Family& f) { f.actions = {3, 3, 3}; });
  EXPECT_EQ(at(game, 0, {0, 1, 2}), 1);
  EXPECT_EQ(at(game, 0, {0, 0, 2}), 0.5);
  EXPECT_EQ(at(game, 2, {0, 0, 2}), 1);
  EXPECT_EQ(at(game, 1, {1, 1, 1}), 0);
  const std::set<Actions> apart = equilibria_of(game);
  EXPECT_EQ(apart, (std::set<Actions>{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}));
}

TEST(GenerateNormalForm, BlottoHasAllWaysToSpreadTroops) {
  const auto with = [](std::vector<int> troops, int fields) {
    return game_of(blotto, [&](Family& f) { f.troops = troops, f.fields = fields; });
  };
  EXPECT_EQ(with({5}, 3).actions, (Actions{21, 21}));       // C(7, 2)
  EXPECT_EQ(with({10}, 4).actions, (Actions{286, 286}));    // C(13, 3)
  EXPECT_EQ(with({120, 3}, 2).actions, (Actions{121, 4}));  // C(121, 1), C(4, 1)
  EXPECT_EQ(with({7, 0}, 1).actions, (Actions{1, 1}));
  EXPECT_EQ(with({0, 1}, 5).actions, (Actions{1, 5}));
  EXPECT_EQ(with({7, 0}, 1).payoffs, (std::vector<double>{1, -1}));
  // (0,2), (1,1), (2,0) against (0,1), (1,0)
  EXPECT_EQ(with({2, 1}, 2).payoffs, (std::vector<double>{1, 0, 1, 1, 0, 1, -1, 0, -1, -1, 0, -1}));

  std::vector<std::array<int, 3>> ways;
  for (int x = 0; x <= 4; ++x) {
    for (int y = 0; x + y <= 4; ++y) ways.push_back({x, y, 4 - x - y});
  }
  const NormalFormGame game = with({4}, 3);
  ASSERT_EQ(game.actions, Actions(2, static_cast<int>(ways.size())));
  for (std::size_t a = 0; a < ways.size(); ++a) {
    for (std::size_t b = 0; b < ways.size(); ++b) {
      int won = 0;
      for (std::size_t f = 0; f < 3; ++f) won += ways[a][f] > ways[b][f] ? 1 : ways[a][f] < ways[b][f] ? -1 : 0;
      EXPECT_EQ(at(game, 0, {static_cast<int>(a), static_cast<int>(b)}), won);
      EXPECT_EQ(at(game, 1, {static_cast<int>(a), static_cast<int>(b)}), -won);
    }
  }
}

TEST(GenerateNormalForm, CoordinationIsCertifiedWhereItBifurcates) {
  EXPECT_DOUBLE_EQ(certified_temperature(game_of(coordination)), 0.5);
}

}  // namespace
}  // namespace quantal
