// Generated games whose actions are numbers: published examples, equilibria and finer grids.

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

TEST(GenerateNormalForm, MinimumEffortIsThePublishedTable) {
  const NormalFormGame game = game_of(minimum_effort);
  // In dollars, of one's own effort and the least: Van Huyck, Battalio and Beil's payoff table A.
  const auto dollars = [&](int own, int other) { return at(game, 0, {own - 1, other - 1}) + 0.6; };
  EXPECT_NEAR(dollars(7, 7), 1.30, 1e-12);
  EXPECT_NEAR(dollars(1, 7), 0.70, 1e-12);
  EXPECT_NEAR(dollars(7, 1), 0.10, 1e-12);
  EXPECT_NEAR(dollars(4, 3), 0.80, 1e-12);
  std::set<Actions> same;
  for (int effort = 0; effort < 7; ++effort) same.insert({effort, effort});
  EXPECT_EQ(equilibria_of(game), same);
  const NormalFormGame three = game_of(minimum_effort, [](Family& f) {
    f.actions = {3, 3, 3};
    f.lowest = 0, f.highest = 2;
    f.benefit = 1;
    f.cost = {0.25, 0.5, 2};
  });
  EXPECT_EQ(at(three, 0, {2, 1, 1}), 0.5);
  EXPECT_EQ(at(three, 1, {2, 1, 1}), 0.5);
  EXPECT_EQ(at(three, 2, {2, 1, 1}), -1);
}

TEST(GenerateNormalForm, TravellersDilemmaIsBasus) {
  const NormalFormGame game = game_of(travellers_dilemma);
  ASSERT_EQ(game.actions, (Actions{99, 99}));
  const auto claims = [&](int first, int second) {
    return std::pair(at(game, 0, {first - 2, second - 2}), at(game, 1, {first - 2, second - 2}));
  };
  EXPECT_EQ(claims(100, 100), std::pair(100.0, 100.0));
  EXPECT_EQ(claims(99, 100), std::pair(101.0, 97.0));
  EXPECT_EQ(claims(100, 2), std::pair(0.0, 4.0));
  EXPECT_EQ(claims(2, 2), std::pair(2.0, 2.0));
  EXPECT_EQ(equilibria_of(game), (std::set<Actions>{{0, 0}}));
}

TEST(GenerateNormalForm, GuessTwoThirdsAgreesWithWholeNumbers) {
  for (const std::size_t N : {2u, 3u}) {
    for (const double highest : {100.0, 1.0, 0.7}) {
      // Number k of 21 is k units. Rounding must not break ties of guesses on either side of the target.
      const NormalFormGame game =
          game_of(guess_two_thirds, [&](Family& f) { f.actions = Actions(N, 21), f.highest = highest; });
      bool has_tie_across = false;
      for (const Actions& action : joint_actions_of(game)) {
        const int sum = std::accumulate(action.begin(), action.end(), 0);
        std::vector<int> distance;  // 3 N |k - (2/3) sum / N|
        for (const int k : action) distance.push_back(std::abs(static_cast<int>(3 * N) * k - 2 * sum));
        const int nearest = *std::min_element(distance.begin(), distance.end());
        const auto winners = std::count(distance.begin(), distance.end(), nearest);
        for (std::size_t i = 0; i < N; ++i) {
          ASSERT_EQ(at(game, i, action), distance[i] == nearest ? 1.0 / static_cast<double>(winners) : 0.0);
        }
        has_tie_across |= distance[0] == nearest && distance[1] == nearest && action[0] != action[1];
      }
      EXPECT_EQ(has_tie_across, N == 3);
    }
  }
}

TEST(GenerateNormalForm, CournotHasItsEquilibriumOnTheGrid) {
  const NormalFormGame duopoly = game_of(cournot);
  EXPECT_EQ(at(duopoly, 0, {3, 3}), 9);   // (10 - 6 - 1) 3
  EXPECT_EQ(at(duopoly, 0, {9, 9}), -9);  // the price is 0, not less
  EXPECT_TRUE(is_equilibrium(duopoly, {3, 3}));

  // q_i = (A - (N + 1) c_i + sum c) / (B (N + 1)) = 3.5, 2.5, 1.5, in steps of 1/2
  const NormalFormGame three = game_of(cournot, [](Family& f) {
    f.actions = {19, 19, 19};
    f.intercept = 24;
    f.slope = 2;
    f.cost = {2, 4, 6};
  });
  EXPECT_TRUE(is_equilibrium(three, {7, 5, 3}));
  for (const Actions& action : joint_actions_of(three)) {
    const double total = 0.5 * (action[0] + action[1] + action[2]);
    const double price = 24 - 2 * total > 0 ? 24 - 2 * total : 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const double cost = 2 * static_cast<double>(i + 1);
      EXPECT_EQ(at(three, i, action), 0.5 * action[i] * (price - cost));
    }
  }
}

TEST(GenerateNormalForm, BertrandFirmsUndercut) {
  const NormalFormGame game = game_of(bertrand);
  EXPECT_EQ(at(game, 0, {5, 5}), 10);  // (5 - 1) (10 - 5) / 2
  EXPECT_EQ(at(game, 0, {4, 5}), 18);  // (4 - 1) (10 - 4)
  EXPECT_EQ(at(game, 1, {4, 5}), 0);
  EXPECT_EQ(at(game, 0, {0, 5}), -10);
  EXPECT_EQ(at(game, 0, {10, 10}), 0);
  // At cost, and one step above it, where undercutting earns nothing.
  EXPECT_EQ(equilibria_of(game), (std::set<Actions>{{1, 1}, {2, 2}}));
  const NormalFormGame three = game_of(bertrand, [](Family& f) {
    f.actions = {11, 11, 11};
    f.intercept = 12;
    f.slope = 0.5;
    f.cost = {0, 1, 2};
  });
  EXPECT_EQ(at(three, 1, {4, 4, 4}), 10);  // (4 - 1) (12 - 2) / 3
  EXPECT_EQ(at(three, 2, {5, 4, 4}), 10);  // (4 - 2) (12 - 2) / 2
}

TEST(GenerateNormalForm, LocationSharesTheBuyers) {
  const NormalFormGame two = game_of(location);
  EXPECT_NEAR(at(two, 0, {2, 6}), 0.4, 1e-15);
  EXPECT_NEAR(at(two, 1, {2, 6}), 0.6, 1e-15);
  EXPECT_EQ(at(two, 0, {7, 7}), 0.5);
  EXPECT_EQ(equilibria_of(two), (std::set<Actions>{{5, 5}}));  // Hotelling: both in the middle

  const NormalFormGame three = game_of(location, [](Family& f) {
    f.actions = {11, 11, 11}, f.lowest = -10, f.highest = 10;
  });
  EXPECT_NEAR(at(three, 1, {1, 4, 8}), 0.35, 1e-15);  // from 0.25 to 0.6
  EXPECT_NEAR(at(three, 2, {1, 4, 8}), 0.4, 1e-15);
  EXPECT_NEAR(at(three, 0, {4, 4, 8}), 0.3, 1e-15);
  EXPECT_NEAR(at(three, 0, {6, 6, 6}), 1.0 / 3, 1e-15);
  for (const Actions& action : joint_actions_of(three)) {
    EXPECT_NEAR(at(three, 0, action) + at(three, 1, action) + at(three, 2, action), 1, 1e-15);
  }
  EXPECT_TRUE(equilibria_of(three).empty());  // Eaton and Lipsey: three have none
}

TEST(GenerateNormalForm, AllPayAuction) {
  const NormalFormGame game = game_of(all_pay_auction, [](Family& f) {
    f.actions = {5, 5, 5};
    f.highest = 4;
    f.value = {6, 3, 1};
  });
  EXPECT_EQ(at(game, 0, {2, 1, 0}), 4);
  EXPECT_EQ(at(game, 1, {2, 1, 0}), -1);
  EXPECT_EQ(at(game, 2, {2, 1, 0}), 0);
  EXPECT_EQ(at(game, 0, {2, 2, 1}), 1);
  EXPECT_EQ(at(game, 1, {2, 2, 1}), -0.5);
  EXPECT_EQ(at(game, 1, {0, 0, 0}), 1);
  EXPECT_TRUE(equilibria_of(game_of(all_pay_auction)).empty());  // there is always a reason to bid one step more or 0
}

TEST(GenerateNormalForm, FinerGridsHoldTheCoarserOnes) {
  for (const NormalFormKind kind : kinds_on_an_interval) {
    for (const double highest : {0.7, 0.9}) {  // whose parts are rounded
      const auto with = [&](int m) {
        return game_of(kind, [&](Family& f) { f.actions = Actions(2, m), f.lowest = 0, f.highest = highest; });
      };
      const NormalFormGame coarse = with(7);
      const NormalFormGame fine = with(19);
      SCOPED_TRACE(coarse.name);
      for (int a = 0; a < 7; ++a) {
        for (int b = 0; b < 7; ++b) {
          EXPECT_EQ(at(fine, 0, {3 * a, 3 * b}), at(coarse, 0, {a, b}));
          EXPECT_EQ(at(fine, 1, {3 * a, 3 * b}), at(coarse, 1, {a, b}));
        }
      }
    }
  }
}

TEST(GenerateNormalForm, TiesAreTiesAcrossGrids) {
  for (const NormalFormKind kind : {guess_two_thirds, bertrand, location, travellers_dilemma}) {
    const NormalFormGame game = game_of(kind, [&](Family& f) {
      f.actions = {7, 19};
      f.lowest = 0, f.highest = 0.9;
      f.cost = {0};
    });
    SCOPED_TRACE(game.name);
    for (int k = 0; k < 7; ++k) EXPECT_EQ(at(game, 0, {k, 3 * k}), at(game, 1, {k, 3 * k})) << k;
  }
}

}  // namespace
}  // namespace quantal
