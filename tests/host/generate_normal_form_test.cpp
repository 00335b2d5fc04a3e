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
#include "normal_form_families.hpp"
#include "quantal/generate.hpp"
#include "quantal/quantal.hpp"

namespace quantal {
namespace {

using enum NormalFormKind;

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
