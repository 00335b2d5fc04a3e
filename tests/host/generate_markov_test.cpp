// Generated Markov games: that drawn ones have the distributions that they promise and are the same everywhere, and
// that those of the literature follow its rules, by hand.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "quantal/quantal.hpp"

namespace quantal {
namespace {

const std::vector<MarkovKind> all_kinds = {MarkovKind::random,    MarkovKind::zero_sum,   MarkovKind::mdp,
                                           MarkovKind::soccer,    MarkovKind::navigation, MarkovKind::stag_hunt,
                                           MarkovKind::congestion};
const std::vector<MarkovKind> drawn_kinds = {MarkovKind::random, MarkovKind::zero_sum, MarkovKind::mdp};

using Row = std::map<int, double>;  // probabilities above 0 by next state

/// A game's rows by state and joint action.
class Rows {
 public:
  explicit Rows(const MarkovGame& game) : game_(game), before_(rows_before_states(game)) {}

  std::size_t count() const { return before_.back(); }

  std::size_t row(int state, const std::vector<int>& joint) const {
    std::size_t at = 0;
    for (std::size_t i = 0; i < joint.size(); ++i) {
      at = at * static_cast<std::size_t>(
                    game_.actions[i * static_cast<std::size_t>(game_.states) + static_cast<std::size_t>(state)]) +
           static_cast<std::size_t>(joint[i]);
    }
    return before_[static_cast<std::size_t>(state)] + at;
  }

  Row next(std::size_t row) const {
    Row found;
    const auto S = static_cast<std::size_t>(game_.states);
    const std::size_t begin = game_.is_sparse() ? game_.row_begin[row] : row * S;
    const std::size_t end = game_.is_sparse() ? game_.row_begin[row + 1] : begin + S;
    for (std::size_t e = begin; e < end; ++e) {
      const int state = game_.is_sparse() ? game_.next_state[e] : static_cast<int>(e - begin);
      if (game_.transitions[e] > 0) found[state] = game_.transitions[e];
    }
    return found;
  }

  /// (N)
  std::vector<double> rewards(std::size_t row) const {
    std::vector<double> found;
    for (std::size_t k = row; k < game_.rewards.size(); k += count()) found.push_back(game_.rewards[k]);
    return found;
  }

  Row next(int state, const std::vector<int>& joint) const { return next(row(state, joint)); }
  std::vector<double> rewards(int state, const std::vector<int>& joint) const { return rewards(row(state, joint)); }

 private:
  const MarkovGame& game_;
  std::vector<std::size_t> before_;
};

using Payoffs = std::vector<double>;

/// FNV-1a of all that is in a game but its name.
std::uint64_t checksum(const MarkovGame& game) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](std::uint64_t word) {
    for (int byte = 0; byte < 8; ++byte) hash = (hash ^ (word >> 8 * byte & 0xff)) * 0x100000001b3;
  };
  add(static_cast<std::uint64_t>(game.states));
  for (const int m : game.actions) add(static_cast<std::uint64_t>(m));
  for (const std::size_t begin : game.row_begin) add(begin);
  for (const std::int32_t state : game.next_state) add(static_cast<std::uint64_t>(state));
  for (const auto& numbers : {game.initial, game.rewards, game.transitions, std::vector<double>{game.discount}}) {
    for (const double number : numbers) add(std::bit_cast<std::uint64_t>(number));
  }
  return hash;
}

TEST(GenerateMarkov, GamesAreValid) {
  for (const MarkovKind kind : all_kinds) {
    MarkovFamily family = markov_family(kind);
    family.states = 6;
    family.actions = {3, 1, 2};
    for (const int next_states : {0, 1, 4, 6}) {
      family.next_states = next_states;
      for (std::uint64_t index = 0; index < 5; ++index) {
        const MarkovGame game = generate(family, index);
        SCOPED_TRACE(game.name);
        validate(Game(game));
        EXPECT_LE(largest_probability_error(game), 1e-15);
        EXPECT_EQ(game.discount, family.discount);
      }
    }
  }
}

TEST(GenerateMarkov, NamesSayTheFamily) {
  MarkovFamily family;
  EXPECT_EQ(generate(family, 3).name, "random 2x2 states 10 seed 0 #3");
  family.actions = {2, 3};
  family.next_states = 4;
  family.seed = 9;
  family.agents = 3;
  EXPECT_EQ(generate(family, 0).name, "random 3x2,3 states 10 next 4 seed 9 #0");
  family.kind = MarkovKind::mdp;
  EXPECT_EQ(generate(family, 0).name, "mdp 1x2,3 states 10 next 4 seed 9 #0");
  family.kind = MarkovKind::zero_sum;
  EXPECT_EQ(generate(family, 0).name, "zero-sum 2x2,3 states 10 next 4 seed 9 #0");
  EXPECT_EQ(generate(markov_family(MarkovKind::soccer), 7).name, "soccer");
  EXPECT_EQ(generate(markov_family(MarkovKind::navigation), 7).name, "navigation 3x3 slip 0.1");
  EXPECT_EQ(generate(markov_family(MarkovKind::stag_hunt), 7).name, "stag-hunt 2 agents");
  EXPECT_EQ(generate(markov_family(MarkovKind::congestion), 7).name, "congestion 8 agents");
}

TEST(GenerateMarkov, GamesOfASeedAreTheSameEverywhere) {
  std::uint64_t all = 0;
  for (const MarkovKind kind : all_kinds) {
    for (const int next_states : {0, 3}) {
      MarkovFamily family = markov_family(kind);
      family.states = 7;
      family.actions = {2, 4, 3};
      family.low = -0.3;
      family.high = 1.7;
      family.next_states = next_states;
      family.seed = 0x1234567890;
      all = all * 31 + checksum(generate(family, 77));
    }
  }
  EXPECT_EQ(all, 11492687077758529380U) << "changed: games of older versions can no longer be drawn again";
}

TEST(GenerateMarkov, SeedAndIndexMakeTheDrawnGames) {
  for (const MarkovKind kind : all_kinds) {
    MarkovFamily family = markov_family(kind);
    family.seed = 1;
    family.next_states = 3;
    const MarkovGame game = generate(family, 4);
    EXPECT_EQ(generate(family, 4), game);
    EXPECT_EQ(is_drawn(kind), std::count(drawn_kinds.begin(), drawn_kinds.end(), kind) == 1);
    if (!is_drawn(kind)) {
      EXPECT_EQ(generate(family, 5), game);
    }
    std::set<std::uint64_t> sums = {checksum(game)};
    for (const std::uint64_t seed : {std::uint64_t{2}, std::uint64_t{1} << 32 | 1, std::uint64_t{1} << 63 | 1}) {
      MarkovFamily other = family;
      other.seed = seed;
      EXPECT_EQ(sums.insert(checksum(generate(other, 4))).second, is_drawn(kind));
    }
    for (const std::uint64_t index : {std::uint64_t{5}, std::uint64_t{1} << 32 | 4, std::uint64_t{1} << 47 | 4}) {
      EXPECT_EQ(sums.insert(checksum(generate(family, index))).second, is_drawn(kind));
    }
  }
}

TEST(GenerateMarkov, DrawnRowsAreUniformAmongDistributions) {
  for (const int next_states : {0, 1, 2, 5}) {
    MarkovFamily family;
    family.states = 20;
    family.actions = {10};
    family.next_states = next_states;
    const MarkovGame game = generate(family, 0);
    SCOPED_TRACE(game.name);
    const int K = next_states == 0 ? family.states : next_states;
    EXPECT_EQ(game.is_sparse(), K < family.states);
    EXPECT_EQ(largest_probability_error(game), 0);  // exactly
    const Rows rows(game);
    ASSERT_EQ(rows.count(), 2000U);
    ASSERT_EQ(game.transitions.size(), 2000U * static_cast<std::size_t>(K));
    std::vector<double> seen(20, 0.0);
    double squares = 0;
    double most = 0;
    for (std::size_t row = 0; row < rows.count(); ++row) {
      const Row next = rows.next(row);
      EXPECT_EQ(next.size(), static_cast<std::size_t>(K));
      for (const auto& [state, probability] : next) {
        seen[static_cast<std::size_t>(state)] += probability;
        squares += probability * probability;
        most = std::max(most, probability);
      }
    }
    // Of Dirichlet(1, .., 1) on K of 20 states: E p = 1/20, E p^2 = 2 / (K (K + 1)) on each of the K.
    const double second_moment = 2.0 / (K + 1) / 20;
    for (const double sum : seen) {
      EXPECT_NEAR(sum, 2000 / 20.0, 5 * std::sqrt(2000 * (second_moment - 1 / 400.0)));
    }
    EXPECT_NEAR(squares / 2000, 2.0 / (K + 1), 0.02);
    EXPECT_EQ(most == 1, K == 1);
  }
}

TEST(GenerateMarkov, NextStatesAreAnySubset) {
  MarkovFamily family;
  family.kind = MarkovKind::mdp;
  family.states = 5;
  family.next_states = 3;
  family.actions = {2000};
  const MarkovGame game = generate(family, 0);
  std::map<std::vector<int>, int> subsets;
  for (std::size_t row = 0; row + 1 < game.row_begin.size(); ++row) {
    const auto begin = game.next_state.begin() + static_cast<std::ptrdiff_t>(game.row_begin[row]);
    ++subsets[std::vector<int>(begin, begin + 3)];
  }
  EXPECT_EQ(subsets.size(), 10U);
  for (const auto& [subset, count] : subsets) EXPECT_NEAR(count, 1000, 5 * std::sqrt(900));
}

TEST(GenerateMarkov, RewardsFillTheRange) {
  for (const MarkovKind kind : drawn_kinds) {
    MarkovFamily family = markov_family(kind);
    family.states = 40;
    family.actions = {6};
    family.low = 2.5;
    family.high = 3.5;
    const MarkovGame game = generate(family, 0);
    const auto end = kind == MarkovKind::zero_sum
                         ? game.rewards.begin() + static_cast<std::ptrdiff_t>(game.rewards.size() / 2)
                         : game.rewards.end();
    const auto [least, most] = std::minmax_element(game.rewards.begin(), end);
    EXPECT_GE(*least, 2.5);
    EXPECT_NEAR(*least, 2.5, 0.03);
    EXPECT_LE(*most, 3.5);
    EXPECT_NEAR(*most, 3.5, 0.03);
    EXPECT_EQ(classify(game), (MarkovClass{kind == MarkovKind::zero_sum, 0, kind == MarkovKind::mdp}));
  }
}

TEST(GenerateMarkov, ActionsAreDrawnFromTheListInEveryState) {
  MarkovFamily family;
  family.states = 600;
  family.agents = 2;
  family.actions = {2, 5, 3};
  family.next_states = 1;
  const MarkovGame game = generate(family, 1);
  ASSERT_EQ(game.actions.size(), 1200U);
  for (const int m : family.actions) {
    EXPECT_NEAR(static_cast<double>(std::count(game.actions.begin(), game.actions.end(), m)), 400, 85);
  }
  EXPECT_FALSE(std::equal(game.actions.begin(), game.actions.begin() + 600, game.actions.begin() + 600));
}

// Soccer. Actions: north, south, east, west, stand.
constexpr int N = 0, S = 1, E = 2, W = 3, stand = 4;

int soccer_state(int row_a, int column_a, int row_b, int column_b, int owner) {
  const int a = 5 * row_a + column_a;
  const int b = 5 * row_b + column_b;
  return 2 * (19 * a + (b > a ? b - 1 : b)) + owner;
}

TEST(Soccer, HasLittmansRules) {
  const MarkovGame game = generate(markov_family(MarkovKind::soccer), 0);
  EXPECT_EQ(game.states, 760);
  EXPECT_EQ(game.discount, 0.9);
  EXPECT_EQ(game.actions, std::vector<int>(1520, 5));
  EXPECT_EQ(classify(game), (MarkovClass{true, 0, false}));
  EXPECT_EQ(largest_probability_error(game), 0);
  const Rows rows(game);
  const auto at = soccer_state;
  const int with_a = at(1, 3, 2, 1, 0);
  const int with_b = at(1, 3, 2, 1, 1);
  const Row kick_off = {{with_a, 0.5}, {with_b, 0.5}};
  for (int state = 0; state < 760; ++state) {
    EXPECT_EQ(game.initial[static_cast<std::size_t>(state)], kick_off.count(state) ? 0.5 : 0);
  }

  // Goals, at the two middle squares of the sides: A's on the left, B's on the right.
  for (const int row : {0, 1, 2, 3}) {
    const bool goal = row == 1 || row == 2;
    EXPECT_EQ(rows.rewards(at(row, 0, 3, 3, 0), {W, stand}), goal ? (Payoffs{1, -1}) : (Payoffs{0, 0}));
    EXPECT_EQ(rows.next(at(row, 0, 3, 3, 0), {W, stand}), goal ? kick_off : (Row{{at(row, 0, 3, 3, 0), 1}}));
    EXPECT_EQ(rows.rewards(at(3, 3, row, 4, 1), {N, E}), goal ? (Payoffs{-1, 1}) : (Payoffs{0, 0}));
    EXPECT_EQ(rows.next(at(3, 3, row, 4, 1), {N, E}), goal ? kick_off : (Row{{at(2, 3, row, 4, 1), 1}}));
  }
  // No goal without the ball, nor in one's own goal.
  EXPECT_EQ(rows.next(at(1, 0, 3, 3, 1), {W, stand}), (Row{{at(1, 0, 3, 3, 1), 1}}));
  EXPECT_EQ(rows.next(at(1, 4, 3, 3, 0), {E, stand}), (Row{{at(1, 4, 3, 3, 0), 1}}));
  EXPECT_EQ(rows.rewards(at(1, 4, 3, 3, 0), {E, stand}), (Payoffs{0, 0}));

  // Steps, and steps off the board.
  EXPECT_EQ(rows.next(with_a, {N, S}), (Row{{at(0, 3, 3, 1, 0), 1}}));
  EXPECT_EQ(rows.next(with_b, {E, W}), (Row{{at(1, 4, 2, 0, 1), 1}}));
  EXPECT_EQ(rows.next(at(0, 0, 3, 4, 1), {N, S}), (Row{{at(0, 0, 3, 4, 1), 1}}));

  // Who runs into the other loses the ball to it.
  EXPECT_EQ(rows.next(at(1, 2, 1, 3, 0), {E, stand}), (Row{{at(1, 2, 1, 3, 1), 1}}));
  EXPECT_EQ(rows.next(at(1, 2, 1, 3, 0), {stand, W}), (Row{{at(1, 2, 1, 3, 0), 1}}));
  EXPECT_EQ(rows.next(at(1, 2, 1, 3, 1), {stand, W}), (Row{{at(1, 2, 1, 3, 0), 1}}));
  // In the order of the moves: both want the square between them; each the other's.
  EXPECT_EQ(rows.next(at(1, 1, 1, 3, 0), {E, W}), (Row{{at(1, 2, 1, 3, 0), 0.5}, {at(1, 1, 1, 2, 1), 0.5}}));
  EXPECT_EQ(rows.next(at(1, 2, 1, 3, 0), {E, W}), (Row{{at(1, 2, 1, 3, 0), 0.5}, {at(1, 2, 1, 3, 1), 0.5}}));
  // The second goes where the first left.
  EXPECT_EQ(rows.next(at(1, 1, 1, 2, 0), {N, W}), (Row{{at(0, 1, 1, 1, 0), 0.5}, {at(0, 1, 1, 2, 0), 0.5}}));
  // B runs into A, who scores with the ball if it moves after that.
  EXPECT_EQ(rows.rewards(at(1, 0, 1, 1, 1), {W, W}), (Payoffs{0.5, -0.5}));
  EXPECT_EQ(rows.next(at(1, 0, 1, 1, 1), {W, W}), (Row{{with_a, 0.25}, {with_b, 0.25}, {at(1, 0, 1, 1, 0), 0.5}}));
}

TEST(Soccer, LooksTheSameFromBothSides) {
  const MarkovGame game = generate(markov_family(MarkovKind::soccer), 0);
  const Rows rows(game);
  // Turned by half a turn, with the players' roles exchanged.
  std::vector<int> turned(760);
  for (int a = 0; a < 20; ++a) {
    for (int b = 0; b < 20; ++b) {
      for (int owner = 0; owner < 2 && a != b; ++owner) {
        turned[static_cast<std::size_t>(soccer_state(a / 5, a % 5, b / 5, b % 5, owner))] =
            soccer_state((19 - b) / 5, (19 - b) % 5, (19 - a) / 5, (19 - a) % 5, 1 - owner);
      }
    }
  }
  constexpr std::array<int, 5> opposite = {S, N, W, E, stand};
  for (int state = 0; state < 760; ++state) {
    for (int a = 0; a < 5; ++a) {
      for (int b = 0; b < 5; ++b) {
        const int other = turned[static_cast<std::size_t>(state)];
        const std::vector<int> joint = {opposite[static_cast<std::size_t>(b)], opposite[static_cast<std::size_t>(a)]};
        Row next;
        for (const auto& [to, probability] : rows.next(other, joint)) {
          next[turned[static_cast<std::size_t>(to)]] = probability;
        }
        ASSERT_EQ(rows.next(state, {a, b}), next);
        Payoffs rewards = rows.rewards(other, joint);
        std::reverse(rewards.begin(), rewards.end());
        ASSERT_EQ(rows.rewards(state, {a, b}), rewards);
      }
    }
  }
}

/// The squares of a navigation game's states, and its end.
class Squares {
 public:
  Squares(int rows, int columns) : columns_(columns) {
    int state = 0;
    for (int a = 0; a < rows * columns; ++a) {
      for (int b = 0; b < rows * columns; ++b) {
        if (a != b && a != columns - 1 && b != 0) number_[{a, b}] = state++;
      }
    }
  }
  int at(int row_a, int column_a, int row_b, int column_b) const {
    return number_.at({row_a * columns_ + column_a, row_b * columns_ + column_b});
  }
  int end() const { return static_cast<int>(number_.size()); }

 private:
  int columns_;
  std::map<std::pair<int, int>, int> number_;
};

TEST(Navigation, IsHuAndWellmansGridGameWithoutSlip) {
  MarkovFamily family = markov_family(MarkovKind::navigation);
  family.slip = 0;
  const MarkovGame game = generate(family, 0);
  const Rows rows(game);
  const Squares squares(3, 3);
  EXPECT_EQ(game.states, 58);  // the paper's 57, and the end
  EXPECT_EQ(squares.end(), 57);
  EXPECT_EQ(game.transitions, std::vector<double>(57 * 16 + 1, 1.0));
  const int start = squares.at(2, 0, 2, 2);
  EXPECT_EQ(game.initial[static_cast<std::size_t>(start)], 1);
  EXPECT_EQ(rows.next(57, {0, 0}), (Row{{57, 1}}));
  EXPECT_EQ(rows.rewards(57, {0, 0}), (Payoffs{0, 0}));

  // A shortest path for both pays each 100 x 0.99^3 = 97.0, the value of the paper's equilibria at the start.
  int state = start;
  std::array<double, 2> value = {0, 0};
  double discount = 1;
  for (const auto& joint : {std::vector<int>{E, N}, {E, N}, {N, W}, {N, W}}) {
    for (std::size_t i = 0; i < 2; ++i) value[i] += discount * rows.rewards(state, joint)[i];
    state = rows.next(state, joint).begin()->first;
    discount *= game.discount;
  }
  EXPECT_EQ(state, squares.end());
  EXPECT_NEAR(value[0], 97.0299, 1e-10);
  EXPECT_NEAR(value[1], 97.0299, 1e-10);

  const auto bounces = [&](int at, const std::vector<int>& joint, const Payoffs& rewards) {
    EXPECT_EQ(rows.rewards(at, joint), rewards);
    EXPECT_EQ(rows.next(at, joint), (Row{{at, 1}}));
  };
  bounces(start, {E, W}, {-1, -1});                   // for one square
  bounces(squares.at(1, 0, 1, 1), {E, W}, {-1, -1});  // past each other
  bounces(squares.at(1, 1, 1, 0), {W, W}, {-1, 0});   // into one at the wall
  bounces(squares.at(2, 0, 1, 2), {S, E}, {0, 0});    // steps off the grid do nothing
  // Following is possible.
  EXPECT_EQ(rows.next(squares.at(1, 1, 1, 0), {N, E}), (Row{{squares.at(0, 1, 1, 1), 1}}));
  // Nothing keeps an agent from its goal: not one that stands there, nor one that steps there or past it.
  for (const int other : {N, W}) {
    EXPECT_EQ(rows.rewards(squares.at(0, 1, 0, 2), {E, other}), (Payoffs{100, 0}));
    EXPECT_EQ(rows.next(squares.at(0, 1, 0, 2), {E, other}), (Row{{squares.end(), 1}}));
  }
  EXPECT_EQ(rows.rewards(squares.at(0, 1, 1, 2), {E, N}), (Payoffs{100, 0}));
}

TEST(Navigation, StepsFailWithProbabilitySlip) {
  MarkovFamily family = markov_family(MarkovKind::navigation);
  family.slip = 0.25;
  family.penalty = 2;
  const MarkovGame game = generate(family, 0);
  const Rows rows(game);
  const Squares squares(3, 3);
  const int start = squares.at(2, 0, 2, 2);
  EXPECT_EQ(rows.next(start, {N, N}), (Row{{squares.at(1, 0, 1, 2), 0.5625},
                                           {squares.at(1, 0, 2, 2), 0.1875},
                                           {squares.at(2, 0, 1, 2), 0.1875},
                                           {start, 0.0625}}));
  EXPECT_EQ(rows.next(start, {E, W}), (Row{{start, 0.625},  // both stay, or both bounce
                                           {squares.at(2, 1, 2, 2), 0.1875},
                                           {squares.at(2, 0, 2, 1), 0.1875}}));
  EXPECT_EQ(rows.rewards(start, {E, W}), (Payoffs{-1.125, -1.125}));
  EXPECT_EQ(rows.rewards(squares.at(0, 1, 0, 2), {E, W}), (Payoffs{75, -2 * 0.1875}));
}

TEST(Navigation, EveryStateLeadsToTheEnd) {
  for (const auto& [rows_of, columns] : {std::pair(2, 2), {2, 5}, {4, 3}}) {
    MarkovFamily family = markov_family(MarkovKind::navigation);
    family.rows = rows_of;
    family.columns = columns;
    const MarkovGame game = generate(family, 0);
    const int C = rows_of * columns;
    ASSERT_EQ(game.states, (C - 1) * (C - 1) - (C - 2) + 1);
    const Rows rows(game);
    std::vector<bool> ends(static_cast<std::size_t>(game.states), false);
    ends.back() = true;
    for (bool more = true; more;) {
      more = false;
      for (int state = 0; state + 1 < game.states; ++state) {
        for (int joint = 0; joint < 16 && !ends[static_cast<std::size_t>(state)]; ++joint) {
          for (const auto& [next, probability] : rows.next(state, {joint / 4, joint % 4})) {
            if (!ends[static_cast<std::size_t>(next)]) continue;
            ends[static_cast<std::size_t>(state)] = more = true;
          }
        }
      }
    }
    EXPECT_EQ(std::count(ends.begin(), ends.end(), true), game.states);
  }
}

TEST(StagHunt, PaysWhoHuntTogether) {
  MarkovFamily family = markov_family(MarkovKind::stag_hunt);
  family.agents = 3;
  const MarkovGame game = generate(family, 0);
  const Rows rows(game);
  EXPECT_EQ(rows.count(), 16U);
  EXPECT_EQ(game.initial, (std::vector<double>{0, 1}));
  EXPECT_EQ(rows.rewards(0, {1, 1, 1}), (Payoffs{2, 2, 2}));
  EXPECT_EQ(rows.rewards(1, {1, 1, 1}), (Payoffs{4, 4, 4}));
  for (const int state : {0, 1}) {
    EXPECT_EQ(rows.rewards(state, {0, 0, 0}), (Payoffs{1, 1, 1}));
    EXPECT_EQ(rows.rewards(state, {0, 1, 1}), (Payoffs{1, 0, 0}));
    EXPECT_EQ(rows.rewards(state, {1, 0, 0}), (Payoffs{0, 1, 1}));
  }
  EXPECT_EQ(rows.next(0, {1, 1, 1}), (Row{{0, 0.75}, {1, 0.25}}));
  EXPECT_EQ(rows.next(1, {1, 1, 1}), (Row{{0, 0.5}, {1, 0.5}}));
  EXPECT_EQ(rows.next(0, {1, 1, 0}), (Row{{0, 0.5}, {1, 0.5}}));
  EXPECT_EQ(rows.next(1, {1, 1, 0}), (Row{{1, 1}}));
}

TEST(StagHunt, HasTwoEquilibria) {
  for (const double discount : {0.0, 0.5, 0.9, 0.999}) {
    MarkovFamily family = markov_family(MarkovKind::stag_hunt);
    family.discount = discount;
    const MarkovGame game = generate(family, 0);
    const Rows rows(game);
    for (const int action : {0, 1}) {
      std::array<double, 2> value = {0, 0};
      const auto worth = [&](int state, const std::vector<int>& joint) {
        double sum = rows.rewards(state, joint)[0];
        for (const auto& [next, p] : rows.next(state, joint))
          sum += discount * p * value[static_cast<std::size_t>(next)];
        return sum;
      };
      for (int sweep = 0; sweep < 40'000; ++sweep) value = {worth(0, {action, action}), worth(1, {action, action})};
      for (const int state : {0, 1}) {
        EXPECT_GT(worth(state, {action, action}), worth(state, {1 - action, action}) + 0.3);
      }
    }
  }
}

TEST(Congestion, IsTheGameOfLeonardosEtAl) {
  const MarkovGame game = generate(markov_family(MarkovKind::congestion), 0);
  const Rows rows(game);
  EXPECT_EQ(game.states, 2);
  EXPECT_EQ(game.discount, 0.99);
  EXPECT_EQ(rows.count(), 2U * 65536);
  const Row safe = {{0, 1}};
  const Row distancing = {{1, 1}};

  const std::vector<int> all_on_best(8, 3);
  EXPECT_EQ(rows.rewards(0, all_on_best), Payoffs(8, 48));
  EXPECT_EQ(rows.rewards(1, all_on_best), Payoffs(8, -52));
  EXPECT_EQ(rows.next(0, all_on_best), distancing);
  EXPECT_EQ(rows.next(1, all_on_best), distancing);

  const std::vector<int> halves = {0, 0, 0, 0, 1, 1, 1, 1};
  EXPECT_EQ(rows.rewards(0, halves), (Payoffs{4, 4, 4, 4, 8, 8, 8, 8}));
  EXPECT_EQ(rows.next(0, halves), safe);
  EXPECT_EQ(rows.next(1, halves), distancing);

  const std::vector<int> five = {3, 2, 2, 2, 0, 2, 2, 3};
  EXPECT_EQ(rows.rewards(0, five), (Payoffs{12, 20, 20, 20, 1, 20, 20, 12}));
  EXPECT_EQ(rows.next(0, five), distancing);

  const std::vector<int> even = {3, 2, 1, 0, 0, 1, 2, 3};
  EXPECT_EQ(rows.rewards(1, even), (Payoffs{-88, -92, -96, -98, -98, -96, -92, -88}));
  EXPECT_EQ(rows.next(0, even), safe);
  EXPECT_EQ(rows.next(1, even), safe);
  EXPECT_EQ(rows.next(1, {3, 2, 1, 0, 0, 1, 2, 2}), distancing);
}

TEST(Congestion, ThresholdsFollowTheNumberOfAgents) {
  for (const int agents : {2, 3, 4, 5, 6}) {
    MarkovFamily family = markov_family(MarkovKind::congestion);
    family.agents = agents;
    family.penalty = 0.5;
    const MarkovGame game = generate(family, 0);
    const Rows rows(game);
    std::vector<int> joint(static_cast<std::size_t>(agents), 0);
    for (int others = 0; others <= agents; ++others) {  // agents - others on facility 0, the others spread
      for (int i = 0; i < others; ++i) joint[static_cast<std::size_t>(i)] = 1 + i % 3;
      const int first = agents - others;
      const int most = std::max(first, (others + 2) / 3);
      EXPECT_EQ(rows.next(0, joint), (Row{{2 * most > agents ? 1 : 0, 1}}));
      EXPECT_EQ(rows.next(1, joint), (Row{{4 * most > agents + 3 ? 1 : 0, 1}}));
      if (first > 0) {
        EXPECT_EQ(rows.rewards(0, joint).back(), first);
        EXPECT_EQ(rows.rewards(1, joint).back(), first - 0.5);
      }
    }
  }
}

void expect_refused(const MarkovFamily& family, const std::string& reason) {
  try {
    validate(family);
    FAIL() << "not refused: " << reason;
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  }
  EXPECT_THROW(generate(family, 0), InputError);
}

TEST(GenerateMarkov, ImpossibleFamiliesAreRefused) {
  using enum MarkovKind;
  using F = MarkovFamily;
  const auto refuse = [](MarkovKind kind, const std::function<void(F&)>& change, const std::string& reason) {
    MarkovFamily family = markov_family(kind);
    change(family);
    expect_refused(family, reason);
  };
  for (const MarkovKind kind : all_kinds) {
    for (const double discount : {-0.1, 1.0, std::nan("")}) {
      refuse(
          kind, [&](F& f) { f.discount = discount; }, "discount: expected a number from 0 to below 1");
    }
  }
  for (const MarkovKind kind : drawn_kinds) {
    refuse(
        kind, [](F& f) { f.states = 0; }, "states: expected at least 1, found 0");
    refuse(
        kind, [](F& f) { f.actions = {}; }, "at least one number of actions");
    refuse(
        kind,
        [](F& f) {
          f.actions = {2, 0};
        },
        "at least 1 for each agent, found 0");
    refuse(
        kind, [](F& f) { f.low = 2; }, "low <= high, found 2:1");
    refuse(
        kind, [](F& f) { f.high = HUGE_VAL; }, "finite numbers");
    refuse(
        kind, [](F& f) { f.next_states = -1; }, "next states: expected 1 to 10");
    refuse(
        kind, [](F& f) { f.next_states = 11; }, "found 11");
    refuse(
        kind, [](F& f) { f.states = 1 << 16; }, "fewer than 2^31");
    refuse(
        kind,
        [](F& f) {
          f.actions = {2, 1 << 30};
        },
        "fewer than 2^31");
  }
  refuse(
      random, [](F& f) { f.agents = 0; }, "kind random: expected at least 1 agent, found 0");
  refuse(
      random, [](F& f) { f.agents = std::numeric_limits<int>::max(); }, "fewer than 2^31");
  refuse(
      stag_hunt, [](F& f) { f.agents = 1; }, "kind stag-hunt: expected at least 2 agents, found 1");
  refuse(
      stag_hunt, [](F& f) { f.agents = 40; }, "fewer than 2^31");
  refuse(
      congestion, [](F& f) { f.agents = -3; }, "at least 2 agents, found -3");
  refuse(
      congestion, [](F& f) { f.agents = 14; }, "found 14 agents");
  refuse(
      congestion, [](F& f) { f.penalty = -1; }, "kind congestion: expected a finite penalty of at least 0, found -1");
  refuse(
      navigation, [](F& f) { f.penalty = HUGE_VAL; }, "finite penalty");
  refuse(
      navigation, [](F& f) { f.rows = 1; }, "at least 2 rows and 2 columns, found 1 and 3");
  refuse(
      navigation, [](F& f) { f.columns = 0; }, "found 3 and 0");
  refuse(
      navigation, [](F& f) { f.rows = f.columns = 46341; }, "fewer than 2^31");
  refuse(
      navigation, [](F& f) { f.slip = 1; }, "a slip from 0 to below 1, found 1");
  refuse(
      navigation, [](F& f) { f.slip = std::nan(""); }, "found nan");
  EXPECT_THROW(generate(MarkovFamily{}, std::uint64_t{1} << 48), InputError);
}

}  // namespace
}  // namespace quantal
