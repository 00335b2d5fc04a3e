// Generated games in normal form: their payoffs against small formulas, counts and published examples, and that a seed
// means the same games everywhere.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
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

#include "host/normal_stream.hpp"
#include "quantal/generate.hpp"
#include "quantal/quantal.hpp"

namespace quantal {
namespace {

using enum NormalFormKind;
using Family = NormalFormFamily;
using Actions = std::vector<int>;

NormalFormFamily family_of(NormalFormKind kind, const std::function<void(Family&)>& change = {}) {
  NormalFormFamily family = normal_form_family(kind);
  if (change) change(family);
  return family;
}

NormalFormGame game_of(NormalFormKind kind, const std::function<void(Family&)>& change = {}) {
  return generate(family_of(kind, change), 0);
}

std::vector<NormalFormKind> all_kinds() {
  std::vector<NormalFormKind> kinds;
  for (std::size_t k = 0; k < normal_form_kinds().size(); ++k) kinds.push_back(static_cast<NormalFormKind>(k));
  return kinds;
}

std::size_t joint_of(const NormalFormGame& game) {
  return game.payoffs.size() / game.actions.size();
}

/// What an agent earns at a joint action.
double at(const NormalFormGame& game, std::size_t agent, const Actions& action) {
  std::size_t k = 0;
  for (std::size_t i = 0; i < action.size(); ++i) {
    k = k * static_cast<std::size_t>(game.actions[i]) + static_cast<std::size_t>(action[i]);
  }
  return game.payoffs[agent * joint_of(game) + k];
}

/// All joint actions, row-major.
std::vector<Actions> joint_actions_of(const NormalFormGame& game) {
  std::vector<Actions> all = {{}};
  for (const int m : game.actions) {
    std::vector<Actions> longer;
    for (const Actions& action : all) {
      for (int a = 0; a < m; ++a) {
        longer.push_back(action);
        longer.back().push_back(a);
      }
    }
    all = std::move(longer);
  }
  return all;
}

/// Whether no agent gains by another action.
bool is_equilibrium(const NormalFormGame& game, const Actions& action) {
  for (std::size_t i = 0; i < action.size(); ++i) {
    Actions other = action;
    for (int a = 0; a < game.actions[i]; ++a) {
      other[i] = a;
      if (at(game, i, other) > at(game, i, action) + 1e-12) return false;
    }
  }
  return true;
}

std::set<Actions> equilibria_of(const NormalFormGame& game) {
  std::set<Actions> found;
  for (const Actions& action : joint_actions_of(game)) {
    if (is_equilibrium(game, action)) found.insert(action);
  }
  return found;
}

/// The most that two agents gain together on the way round a square of their actions, the others staying where they
/// are: 0 if and only if there is an exact potential (Monderer and Shapley, Corollary 2.9).
double potential_defect(const NormalFormGame& game) {
  double most = 0;
  for (const Actions& action : joint_actions_of(game)) {
    for (std::size_t i = 0; i < action.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        for (int a = 0; a < action[i]; ++a) {
          for (int b = 0; b < action[j]; ++b) {
            Actions one = action;
            Actions other = action;
            Actions both = action;
            one[i] = both[i] = a;
            other[j] = both[j] = b;
            const double gain = at(game, i, one) - at(game, i, action) + at(game, j, both) - at(game, j, one) +
                                at(game, i, other) - at(game, i, both) + at(game, j, action) - at(game, j, other);
            most = std::max(most, std::fabs(gain));
          }
        }
      }
    }
  }
  return most;
}

NetworkClass class_of_two(const NormalFormGame& game) {
  return classify(PolymatrixGame{"", game.actions, {{0, 1, true, true}}, game.payoffs});
}

/// FNV-1a of a game's shape and the bits of its payoffs.
std::uint64_t checksum(const NormalFormGame& game) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](std::uint64_t word) {
    for (int byte = 0; byte < 8; ++byte) hash = (hash ^ (word >> 8 * byte & 0xff)) * 0x100000001b3;
  };
  for (const int m : game.actions) add(static_cast<std::uint64_t>(m));
  for (const double payoff : game.payoffs) add(std::bit_cast<std::uint64_t>(payoff));
  return hash;
}

TEST(GenerateNormalForm, EveryKindHasGames) {
  ASSERT_EQ(all_kinds().size(), 24u);
  std::set<std::string_view> names;
  for (const NormalFormKind kind : all_kinds()) {
    const NamedKind& named = normal_form_kinds()[static_cast<std::size_t>(kind)];
    SCOPED_TRACE(named.name);
    EXPECT_TRUE(names.insert(named.name).second);
    const NormalFormFamily family = normal_form_family(kind);
    EXPECT_EQ(family.kind, kind);
    const NormalFormGame game = generate(family, 2);
    EXPECT_NO_THROW(validate(Game(game)));
    EXPECT_EQ(game.actions, actions_of(family));
    EXPECT_TRUE(game.name.starts_with(named.name)) << game.name;
    EXPECT_EQ(game.name.ends_with(" seed 0 #2"), is_drawn(kind)) << game.name;
    EXPECT_EQ(std::all_of(game.payoffs.begin(), game.payoffs.end(), [](double r) { return r == 0; }), false);
  }
}

TEST(GenerateNormalForm, NamesTellTheParameters) {
  EXPECT_EQ(generate(family_of(uniform), 17).name, "uniform 2x2 seed 0 #17");
  EXPECT_EQ(game_of(covariant,
                    [](Family& f) {
                      f.actions = {2, 3, 4}, f.rho = -0.25;
                    })
                .name,
            "covariant 2x3x4 rho -0.25 seed 0 #0");
  EXPECT_EQ(game_of(cournot).name, "cournot 10x10 on 0:9 intercept 10 slope 1 cost 1");
  EXPECT_EQ(game_of(blotto, [](Family& f) { f.troops = {3, 2}; }).name, "blotto troops 3,2 fields 3");
}

TEST(GenerateNormalForm, SeedAndIndexMakeTheDrawnGames) {
  for (const NormalFormKind kind : all_kinds()) {
    NormalFormFamily family = normal_form_family(kind);
    SCOPED_TRACE(normal_form_kinds()[static_cast<std::size_t>(kind)].name);
    family.low = 0.5;
    family.high = 2;
    family.seed = 1;
    std::set<std::uint64_t> sums = {checksum(generate(family, 4))};
    EXPECT_EQ(generate(family, 4), generate(family, 4));
    for (const std::uint64_t index : {std::uint64_t{5}, std::uint64_t{1} << 32 | 4, std::uint64_t{1} << 47 | 4}) {
      EXPECT_EQ(sums.insert(checksum(generate(family, index))).second, is_drawn(kind));
    }
    for (const std::uint64_t seed : {std::uint64_t{2}, std::uint64_t{1} << 32 | 1, std::uint64_t{1} << 63 | 1}) {
      family.seed = seed;
      EXPECT_EQ(sums.insert(checksum(generate(family, 4))).second, is_drawn(kind));
    }
  }
}

// Payoffs to the last bit, computed by another implementation of Philox4x32-10 and of the formulas, in Python.
TEST(GenerateNormalForm, PayoffsOfASeedHaveTheseBits) {
  const auto seven = [](NormalFormKind kind, double rho = 0) {
    return generate(family_of(kind, [&](Family& f) { f.seed = 7, f.rho = rho; }), 3).payoffs;
  };
  EXPECT_EQ(seven(uniform), (std::vector<double>{0x1.bc381969e4f5cp-1, -0x1.d264e681a0896p-1, -0x1.a496581ca7750p-2,
                                                 0x1.c06dba88fb078p-3, 0x1.548166a1c7a60p-2, -0x1.8efdb16bd7360p-3,
                                                 0x1.ab575e819e9f0p-3, -0x1.257654ab273b6p-1}));
  EXPECT_EQ(seven(normal), (std::vector<double>{-0x1.8b1b9bc72c339p+0, 0x1.a543362dedb62p-1, 0x1.af5e8859117fap+0,
                                                -0x1.f9762d4e45c02p-1, 0x1.ec965211205fbp-2, -0x1.5244851409941p+0,
                                                0x1.00d7272893d3dp-1, 0x1.781f82f0ca8c9p+0}));
  EXPECT_EQ(
      seven(covariant, -0.4),
      (std::vector<double>{-0x1.adcebc9064ca2p+0, 0x1.d9e7cb10f1754p+0, 0x1.7b522fe3ab6c9p-1, 0x1.86ed2337533cep-3,
                           0x1.1ee9a1d7773aap+0, -0x1.4f885e7248bb6p+0, -0x1.644adc2877704p+0, 0x1.55f3a7d10e6d3p+0}));
  constexpr double T = 0x1.bc381969e4f5cp-1;
  constexpr double R = 0x1.c06dba88fb078p-3;
  constexpr double P = -0x1.a496581ca7750p-2;
  constexpr double S = -0x1.d264e681a0896p-1;
  EXPECT_EQ(seven(prisoners_dilemma), (std::vector<double>{R, S, T, P, R, T, S, P}));
  const NormalFormFamily far = family_of(uniform, [](Family& f) {
    f.seed = (std::uint64_t{1} << 63) + 5;
    f.low = 0;
  });
  EXPECT_EQ(
      generate(far, (std::uint64_t{1} << 40) + 1).payoffs,
      (std::vector<double>{0x1.db1a4c1d1b1a8p-2, 0x1.9b7f6db289b24p-2, 0x1.ba20633022a96p-2, 0x1.4ec7886ec5b24p-3,
                           0x1.afb04ff833b33p-1, 0x1.25417aa91ef0ep-2, 0x1.c0f0d946d9980p-2, 0x1.c5c116c3e461cp-2}));
}

TEST(GenerateNormalForm, GamesOfASeedAreTheSameEverywhere) {
  std::uint64_t all = 0;
  for (const NormalFormKind kind : all_kinds()) {
    NormalFormFamily family = normal_form_family(kind);
    family.low = 0.3;
    family.high = 1.7;
    family.seed = 0x1234567890;
    if (kind == uniform || kind == covariant || kind == exact_potential) family.actions = {3, 2, 4};
    all = all * 31 + checksum(generate(family, 77));
  }
  EXPECT_EQ(all, 16013450707966215974U) << "changed: games of older versions can no longer be drawn again";
}

TEST(GenerateNormalForm, PayoffsFillTheRange) {
  for (const auto& [low, high] : {std::pair(-1.0, 1.0), {2.5, 3.5}, {-1e100, 1e100}, {0.7, 0.7}}) {
    for (const NormalFormKind kind : {uniform, zero_sum, identical_interest, exact_potential}) {
      const NormalFormGame game = game_of(kind, [low = low, high = high](Family& f) {
        f.actions = {40, 50};
        f.low = low;
        f.high = high;
      });
      // Of zero_sum, the second agent's are the opposite.
      const auto end = game.payoffs.begin() + (kind == zero_sum ? 2000 : 4000);
      const auto [least, most] = std::minmax_element(game.payoffs.begin(), end);
      EXPECT_GE(*least, low);
      EXPECT_LE(*most, high);
      // The sum of two uniform numbers comes less near to its ends.
      const double slack = (kind == exact_potential ? 0.05 : 0.01) * (high - low);
      EXPECT_LE(*least, low + slack);
      EXPECT_GE(*most, high - slack);
    }
  }
}

TEST(GenerateNormalForm, ZeroSumGamesSumToZero) {
  for (const Actions& actions : {Actions{2, 2}, Actions{3, 5}, Actions{2, 3, 4}, Actions{2, 2, 3, 2}}) {
    const NormalFormGame game = game_of(zero_sum, [&](Family& f) { f.actions = actions; });
    for (const Actions& action : joint_actions_of(game)) {
      double sum = 0;
      for (std::size_t i = 0; i < actions.size(); ++i) sum += at(game, i, action);
      EXPECT_LE(std::fabs(sum), actions.size() == 2 ? 0 : 4 * 0x1p-52);
    }
  }
}

TEST(GenerateNormalForm, ClassifyKnowsTheStructureOfTwoAgents) {
  const NetworkClass constant{true, 0, true, true, false, false};
  const NetworkClass potential{false, 0, false, false, false, true};
  const NetworkClass common{false, 0, false, false, true, true};
  for (std::uint64_t index = 0; index < 200; ++index) {
    const auto found = [&](NormalFormKind kind, const std::function<void(Family&)>& change = {}) {
      return class_of_two(generate(family_of(kind, change), index));
    };
    const auto large = [](Family& f) { f.actions = {5, 7}; };
    EXPECT_EQ(found(uniform, large), NetworkClass{});
    EXPECT_EQ(found(covariant, large), NetworkClass{});
    EXPECT_EQ(found(zero_sum, large), constant);
    EXPECT_EQ(found(covariant, [](Family& f) { f.actions = {5, 7}, f.rho = -1; }), constant);
    EXPECT_EQ(found(covariant, [](Family& f) { f.actions = {5, 7}, f.rho = 1; }), common);
    EXPECT_EQ(found(identical_interest, large), common);
    EXPECT_EQ(found(exact_potential, large), potential);
    EXPECT_EQ(found(congestion, [](Family& f) { f.actions = {9, 7}, f.facilities = 5; }), potential);
    EXPECT_EQ(found(matching_pennies), constant);
    EXPECT_EQ(found(rock_paper_scissors, [](Family& f) { f.actions = {7, 7}; }), constant);
    EXPECT_EQ(found(coordination), common);
  }
  EXPECT_EQ(class_of_two(game_of(dispersion, [](Family& f) { f.actions = {4, 4}; })), common);
  EXPECT_EQ(class_of_two(game_of(blotto)), constant);
  NetworkClass shares = class_of_two(game_of(location));
  EXPECT_TRUE(shares.constant_sum);
  EXPECT_DOUBLE_EQ(shares.sum, 1);
}

TEST(GenerateNormalForm, PotentialGamesHaveAPotential) {
  for (const Actions& actions : {Actions{4, 3}, Actions{3, 2, 4}, Actions{2, 3, 2, 2}}) {
    const auto change = [&](Family& f) { f.actions = actions; };
    EXPECT_GT(potential_defect(game_of(uniform, change)), 0.1);  // others have none
    EXPECT_LT(potential_defect(game_of(exact_potential, change)), 1e-14);
    EXPECT_LT(potential_defect(game_of(congestion, change)), 1e-14);
    EXPECT_LT(potential_defect(game_of(identical_interest, change)), 1e-14);
  }
  const auto three = [](Family& f) { f.actions = {3, 3, 3}; };
  EXPECT_EQ(potential_defect(game_of(coordination, three)), 0);
  EXPECT_EQ(potential_defect(game_of(dispersion, three)), 0);
  EXPECT_LT(potential_defect(game_of(minimum_effort, three)), 1e-14);
}

TEST(GenerateNormalForm, ExactPotentialTermsDependOnAllOthers) {
  const NormalFormGame game = game_of(exact_potential, [](Family& f) { f.actions = {2, 3, 4}; });
  for (std::size_t i = 0; i < 3; ++i) {
    // d_i(a_-i) - d_j(a_-j) is another number at every joint action.
    std::vector<double> terms;
    for (const Actions& action : joint_actions_of(game)) {
      terms.push_back(at(game, i, action) - at(game, (i + 1) % 3, action));
    }
    std::sort(terms.begin(), terms.end());
    for (std::size_t k = 1; k < terms.size(); ++k) EXPECT_GT(terms[k] - terms[k - 1], 1e-9);
  }
}

TEST(GenerateNormalForm, IdenticalInterestIsOnePayoffForAll) {
  const NormalFormGame game = game_of(identical_interest, [](Family& f) { f.actions = {2, 3, 4}; });
  for (const Actions& action : joint_actions_of(game)) {
    EXPECT_EQ(at(game, 1, action), at(game, 0, action));
    EXPECT_EQ(at(game, 2, action), at(game, 0, action));
  }
}

/// Means, variances and correlations over the joint actions of a large game of three agents.
void expect_correlation(const NormalFormGame& game, double rho) {
  const std::size_t joint = joint_of(game);
  const auto n = static_cast<double>(joint);
  for (std::size_t i = 0; i < 3; ++i) {
    double mean = 0;
    for (std::size_t k = 0; k < joint; ++k) mean += game.payoffs[i * joint + k] / n;
    EXPECT_NEAR(mean, 0, 5 / std::sqrt(n));
    for (std::size_t j = 0; j < 3; ++j) {
      double product = 0;
      for (std::size_t k = 0; k < joint; ++k) product += game.payoffs[i * joint + k] * game.payoffs[j * joint + k] / n;
      // Of x y, normal with correlation c, the variance is 1 + c^2.
      const double expected = i == j ? 1 : rho;
      EXPECT_NEAR(product, expected, 5 * std::sqrt((1 + expected * expected) / n)) << i << ' ' << j;
    }
  }
}

TEST(GenerateNormalForm, CovariantPayoffsHaveTheirCorrelation) {
  for (const double rho : {-0.5, -0.3, 0.0, 0.4, 1.0}) {
    SCOPED_TRACE(rho);
    const auto change = [&](Family& f) { f.actions = {40, 50, 60}, f.rho = rho; };
    expect_correlation(game_of(covariant, change), rho);
  }
  expect_correlation(game_of(normal, [](Family& f) { f.actions = {40, 50, 60}; }), 0);
  // At its ends: zero-sum, -1/3 in decimal, and identical interest.
  const auto four = [](double rho) {
    return game_of(covariant, [=](Family& f) { f.actions = {2, 3, 2, 2}, f.rho = rho; });
  };
  const NormalFormGame least = four(-0.333333333333333);
  const NormalFormGame most = four(1);
  for (const Actions& action : joint_actions_of(least)) {
    EXPECT_NEAR(at(least, 0, action) + at(least, 1, action) + at(least, 2, action) + at(least, 3, action), 0, 1e-6);
    EXPECT_EQ(at(most, 3, action), at(most, 0, action));
  }
}

TEST(GenerateNormalForm, NormalPayoffsHaveTheNormalDistribution) {
  const NormalFormGame game = game_of(normal, [](Family& f) { f.actions = {500, 500}; });
  const auto n = static_cast<double>(game.payoffs.size());
  for (const double x : {-3.5, -2.0, -1.0, -0.1, 0.0, 0.5, 1.5, 3.0}) {
    const double expected = std::erfc(-x / std::sqrt(2.0)) / 2;
    const auto below =
        static_cast<double>(std::count_if(game.payoffs.begin(), game.payoffs.end(), [&](double r) { return r < x; }));
    EXPECT_NEAR(below / n, expected, 5 * std::sqrt(expected * (1 - expected) / n)) << x;
  }
}

TEST(GenerateNormalForm, LogarithmIsTheNaturalOne) {
  RandomStream random(1, 0, Purpose::payoffs);
  for (int k = 0; k < 20'000; ++k) {
    const double x = random.positive() * std::ldexp(1.0, -(k % 200));
    EXPECT_LE(std::fabs(NormalStream::logarithm(x) - std::log(x)), 1e-15 * std::fabs(std::log(x))) << x;
  }
  EXPECT_EQ(NormalStream::logarithm(1), 0);
}

TEST(GenerateNormalForm, CongestionPaysByTheUsersOfAFacility) {
  // Two facilities and all their sets: the first alone, the second alone, both.
  for (std::uint64_t index = 0; index < 100; ++index) {
    const NormalFormGame game = generate(family_of(congestion,
                                                   [](Family& f) {
                                                     f.actions = {3, 3, 3}, f.facilities = 2;
                                                   }),
                                         index);
    for (int b = 0; b < 3; ++b) {
      for (int c = 0; c < 3; ++c) {
        EXPECT_EQ(at(game, 0, {2, b, c}), at(game, 0, {0, b, c}) + at(game, 0, {1, b, c}));
        EXPECT_EQ(at(game, 0, {0, b, c}), at(game, 1, {b, 0, c}));  // agents are alike
        EXPECT_EQ(at(game, 0, {0, b, c}), at(game, 2, {b, c, 0}));
      }
    }
    EXPECT_GE(at(game, 0, {0, 1, 1}), at(game, 0, {0, 0, 1}));  // alone, two, three
    EXPECT_GE(at(game, 0, {0, 0, 1}), at(game, 0, {0, 0, 0}));
    EXPECT_EQ(at(game, 0, {0, 0, 1}), at(game, 0, {0, 1, 0}));
    EXPECT_GE(at(game, 0, {0, 0, 0}), -1);
    EXPECT_LE(at(game, 0, {0, 1, 1}), 1);
  }
}

TEST(GenerateNormalForm, CongestionDrawsAllSetsAsOften) {
  // An agent alone with w_f(1) of three facilities: its two actions are two different ones of seven sums.
  constexpr int games = 7000;
  std::vector<int> drawn(8, 0);
  for (std::uint64_t index = 0; index < games; ++index) {
    const auto change = [](int m) { return [m](Family& f) { f.actions = {m}, f.facilities = 3; }; };
    const NormalFormGame every = generate(family_of(congestion, change(7)), index);
    const NormalFormGame some = generate(family_of(congestion, change(2)), index);
    ASSERT_NE(some.payoffs[0], some.payoffs[1]);
    for (const double payoff : some.payoffs) {
      const auto set = std::find(every.payoffs.begin(), every.payoffs.end(), payoff) - every.payoffs.begin();
      ++drawn[static_cast<std::size_t>(set)];
    }
  }
  EXPECT_EQ(drawn[7], 0);
  for (int set = 0; set < 7; ++set) {
    const double p = 2.0 / 7;
    EXPECT_NEAR(drawn[static_cast<std::size_t>(set)], games * p, 5 * std::sqrt(games * p * (1 - p))) << set;
  }
}

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

const std::vector<NormalFormKind> kinds_on_an_interval = {minimum_effort, travellers_dilemma, guess_two_thirds, cournot,
                                                          bertrand,       location,           all_pay_auction};

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

TEST(GenerateNormalForm, CoordinationIsCertifiedWhereItBifurcates) {
  EXPECT_DOUBLE_EQ(certified_temperature(game_of(coordination)), 0.5);
}

void expect_refused(NormalFormKind kind, const std::function<void(Family&)>& change, const std::string& reason) {
  const NormalFormFamily family = family_of(kind, change);
  try {
    generate(family, 0);
    FAIL() << "not refused: " << reason;
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
    EXPECT_THROW(validate(family), InputError);
  }
}

TEST(GenerateNormalForm, ImpossibleFamiliesAreRefused) {
  using F = NormalFormFamily;
  expect_refused(
      uniform, [](F& f) { f.actions = {}; }, "uniform: expected at least 1 agent, found 0");
  expect_refused(
      zero_sum, [](F& f) { f.actions = {2}; }, "zero-sum: expected at least 2 agents, found 1");
  expect_refused(
      covariant, [](F& f) { f.actions = {2}; }, "covariant: expected at least 2 agents, found 1");
  expect_refused(
      chicken,
      [](F& f) {
        f.actions = {2, 2, 2};
      },
      "chicken: expected 2 agents, found 3");
  expect_refused(
      blotto,
      [](F& f) {
        f.actions = {2, 2, 2};
      },
      "blotto: expected 2 agents, found 3");
  expect_refused(
      uniform,
      [](F& f) {
        f.actions = {2, 0};
      },
      "expected at least 1 for each agent's number of actions");
  expect_refused(
      uniform,
      [](F& f) {
        f.actions = {2, -3};
      },
      "found -3");
  expect_refused(
      cournot,
      [](F& f) {
        f.actions = {10, 1};
      },
      "expected at least 2 for each agent's number of actions");
  expect_refused(
      chicken,
      [](F& f) {
        f.actions = {3, 3};
      },
      "chicken: expected 2 actions, found 3");
  expect_refused(
      dispersion,
      [](F& f) {
        f.actions = {3, 4};
      },
      "one number of actions for all agents, found 3,4");
  expect_refused(
      rock_paper_scissors,
      [](F& f) {
        f.actions = {4, 4};
      },
      "an odd number of actions from 3, found 4");
  expect_refused(
      rock_paper_scissors,
      [](F& f) {
        f.actions = {1, 1};
      },
      "an odd number of actions from 3, found 1");
  expect_refused(
      rock_paper_scissors,
      [](F& f) {
        f.actions = {3, 5};
      },
      "for all agents, found 3,5");

  expect_refused(
      uniform, [](F& f) { f.low = 2; }, "low <= high, found 2:1");
  expect_refused(
      uniform, [](F& f) { f.high = HUGE_VAL; }, "numbers low:high of at most 1e+100 in size");
  expect_refused(
      uniform, [](F& f) { f.low = std::nan(""); }, "found nan:1");
  expect_refused(
      zero_sum, [](F& f) { f.low = -2e100; }, "found -2e+100:1");
  expect_refused(
      coordination, [](F& f) { f.low = -1; }, "a range from 0 on, found -1:1");
  for (const NormalFormKind kind : {stag_hunt, chicken, prisoners_dilemma, battle_of_the_sexes}) {
    expect_refused(
        kind, [](F& f) { f.low = 1; }, "low < high, found 1:1");
    expect_refused(
        kind, [](F& f) { f.low = 1, f.high = 1 + 0x1p-52; }, "low < high");
    expect_refused(
        kind, [](F& f) { f.low = 0, f.high = 5e-324; }, "low < high");
  }
  expect_refused(
      covariant, [](F& f) { f.rho = 1.01; }, "a rho from -1/(N-1) = -1 to 1 for 2 agents, found 1.01");
  expect_refused(
      covariant,
      [](F& f) {
        f.actions = {2, 2, 2}, f.rho = -0.51;
      },
      "= -0.5 to 1 for 3 agents");
  expect_refused(
      covariant, [](F& f) { f.rho = std::nan(""); }, "found nan");
  expect_refused(
      congestion, [](F& f) { f.facilities = 0; }, "1 to 24 facilities, found 0");
  expect_refused(
      congestion, [](F& f) { f.facilities = 25; }, "1 to 24 facilities, found 25");
  expect_refused(
      congestion, [](F& f) { f.facilities = 1; }, "at most 1 actions, as many as 1 facilities have sets");
  expect_refused(
      matching_pennies, [](F& f) { f.asymmetry = -1; }, "an asymmetry above -1, to 1e+100, found -1");

  for (const NormalFormKind kind : kinds_on_an_interval) {
    expect_refused(
        kind, [](F& f) { f.lowest = f.highest = 3; }, "with low < high, found 3:3");
    expect_refused(
        kind, [](F& f) { f.highest = HUGE_VAL; }, "interval low:high of numbers of at most 1e+100");
  }
  for (const NormalFormKind kind : {cournot, bertrand, all_pay_auction}) {
    expect_refused(
        kind, [](F& f) { f.lowest = -1; }, "an interval from 0 on, found -1:");
  }
  expect_refused(
      minimum_effort, [](F& f) { f.benefit = -1; }, "expected benefit from 0 to 1e+100, found -1");
  expect_refused(
      minimum_effort, [](F& f) { f.cost = {}; }, "one cost for all agents or 2, one an agent, found 0");
  expect_refused(
      cournot,
      [](F& f) {
        f.cost = {1, 1, 1};
      },
      "one cost for all agents or 2, one an agent, found 3");
  expect_refused(
      cournot,
      [](F& f) {
        f.cost = {1, -1};
      },
      "expected cost from 0 to 1e+100, found -1");
  expect_refused(
      cournot, [](F& f) { f.intercept = std::nan(""); }, "expected intercept from 0");
  expect_refused(
      bertrand, [](F& f) { f.slope = HUGE_VAL; }, "expected slope from 0 to 1e+100, found inf");
  expect_refused(
      travellers_dilemma, [](F& f) { f.bonus = -2; }, "expected bonus from 0 to 1e+100, found -2");
  expect_refused(
      travellers_dilemma,
      [](F& f) {
        f.actions = {9, 9, 9};
      },
      "expected 2 agents, found 3");
  expect_refused(
      guess_two_thirds, [](F& f) { f.fraction = -1; }, "expected fraction from 0");
  expect_refused(
      all_pay_auction,
      [](F& f) {
        f.value = {1, 2, 3};
      },
      "one value for all agents or 2");
  expect_refused(
      blotto, [](F& f) { f.troops = {}; }, "2, one an agent, found 0");
  expect_refused(
      blotto,
      [](F& f) {
        f.troops = {2, -1};
      },
      "at least 0 troops, found -1");
  expect_refused(
      blotto, [](F& f) { f.fields = 0; }, "at least 1 field, found 0");
  EXPECT_THROW(generate(NormalFormFamily{}, std::uint64_t{1} << 48), InputError);
}

TEST(GenerateNormalForm, SizesAreCheckedBeforeAllocation) {
  const auto with = [](Actions actions) { return family_of(uniform, [&](Family& f) { f.actions = actions; }); };
  EXPECT_NO_THROW(validate(with({1 << 14, 1 << 13})));  // 2^28 payoffs
  expect_refused(
      uniform,
      [](Family& f) {
        f.actions = {1 << 14, (1 << 13) + 1};
      },
      "at most 2^28 payoffs, found 2.68e+08");
  EXPECT_NO_THROW(validate(with(Actions(23, 2))));
  expect_refused(
      uniform, [](Family& f) { f.actions = Actions(24, 2); }, "found 4.03e+08 of 24 agents");
  expect_refused(
      uniform, [](Family& f) { f.actions = Actions(1000, 2'000'000'000); }, "found inf of 1000 agents");
  expect_refused(
      blotto, [](Family& f) { f.troops = {1'000'000'000}, f.fields = 1'000'000'000; }, "2^28 payoffs");
  expect_refused(
      blotto, [](Family& f) { f.troops = {30}, f.fields = 6; }, "found 30 troops on 6 fields");
  // Few ways, but each of them is long.
  expect_refused(
      blotto,
      [](Family& f) {
        f.troops = {1, 0}, f.fields = 100'000'000;
      },
      "found 1 and 0 troops");
}

TEST(GenerateNormalForm, ParametersAtTheirEndsMakeFinitePayoffs) {
  for (const NormalFormKind kind : all_kinds()) {
    NormalFormFamily family = normal_form_family(kind);
    if (family.kind == uniform || family.kind == zero_sum || kind == congestion) family.actions = {2, 2, 2, 2, 2};
    const double most = 1e100;
    family.low = kind == coordination ? most : -most;
    family.high = family.asymmetry = family.benefit = family.bonus = family.fraction = most;
    family.intercept = family.slope = family.highest = most;
    family.cost = family.value = {most};
    EXPECT_NO_THROW(validate(Game(generate(family, 0)))) << generate(family, 0).name;
  }
}

}  // namespace
}  // namespace quantal
