// Numbers in SIMD lanes: accurate functions, and no lane's result depends on its neighbours.
//
// The suites are named after the instruction set that this file is compiled for, so that it can be compiled for
// several.

#include "kernels/real_simd.hpp"  // before the templates that use it

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/agents_in_lanes.hpp"
#include "kernels/qre_gap.hpp"
#include "random_games.hpp"

namespace quantal {
namespace kernels {
namespace {

template <class T>
using Pack = xsimd::batch<T>;

template <class T>
constexpr int lanes = static_cast<int>(Pack<T>::size);

template <class T>
T lane_of(const Pack<T>& x, int lane) {
  T values[lanes<T>];
  x.store_unaligned(values);
  return values[lane];
}

template <class T>
Pack<T> pack_of(const std::vector<T>& values) {
  return Pack<T>::load_unaligned(values.data());
}

/// Of two not-a-numbers, whose sign depends on which operand a compiler puts first, all are the same.
template <class T>
bool same_bits(T a, T b) {
  if (std::isnan(a) && std::isnan(b)) return true;
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b);
}

/// Error in units in the last place of the exact value.
template <class T>
long double ulps(T value, long double exact) {
  const T rounded = static_cast<T>(exact);
  const T above = std::nextafter(rounded, std::numeric_limits<T>::infinity());
  const long double ulp = std::max(static_cast<long double>(above) - static_cast<long double>(rounded),
                                   static_cast<long double>(std::numeric_limits<T>::min()) *
                                       static_cast<long double>(std::numeric_limits<T>::epsilon()));
  return std::fabs(static_cast<long double>(value) - exact) / ulp;
}

template <class T>
class SimdMath : public testing::Test {};
using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(SimdMath, Scalars);

/// Largest error of `f` on a pack against `exact`, over numbers `x` drawn by `draw`.
template <class T, class F, class Exact, class Draw>
long double worst_error(F f, Exact exact, Draw draw) {
  std::mt19937_64 bits(7);
  long double worst = 0;
  for (int k = 0; k < 20'000; ++k) {
    std::vector<T> x;
    for (int lane = 0; lane < lanes<T>; ++lane) x.push_back(static_cast<T>(draw(bits)));
    const Pack<T> found = f(pack_of(x));
    for (int lane = 0; lane < lanes<T>; ++lane) {
      worst = std::max(worst,
                       ulps(lane_of(found, lane), exact(static_cast<long double>(x[static_cast<std::size_t>(lane)]))));
    }
  }
  return worst;
}

TYPED_TEST(SimdMath, ExpIsAccurateWhereItIsUsed) {
  using T = TypeParam;
  // Policies: arguments from 0 down until they vanish; the gap: up to 40.
  const double least = sizeof(T) == 4 ? -87 : -708;
  const auto exp = [](const Pack<T>& x) { return math::exp(x); };
  const auto exact = [](long double x) { return std::exp(x); };
  EXPECT_LE(worst_error<T>(exp, exact, [&](auto& bits) { return uniform(bits, least, 0); }), 2);
  EXPECT_LE(worst_error<T>(exp, exact, [](auto& bits) { return uniform(bits, -1, 40); }), 2);
  EXPECT_LE(worst_error<T>(exp, exact, [](auto& bits) { return std::exp(uniform(bits, -30, 0)); }), 2);
  EXPECT_EQ(lane_of(math::exp(Pack<T>(T(0))), 0), T(1));
  EXPECT_EQ(lane_of(math::exp(Pack<T>(-std::numeric_limits<T>::infinity())), 0), T(0));
  EXPECT_EQ(lane_of(math::exp(Pack<T>(T(-1e6))), 0), T(0));
  EXPECT_EQ(lane_of(math::exp(Pack<T>(T(1e6))), 0), std::numeric_limits<T>::infinity());
  EXPECT_TRUE(std::isnan(lane_of(math::exp(Pack<T>(std::numeric_limits<T>::quiet_NaN())), 0)));
}

TYPED_TEST(SimdMath, LogIsAccurateWhereItIsUsed) {
  using T = TypeParam;
  // The sum of exponentials of which the largest is 1.
  const auto log = [](const Pack<T>& x) { return math::log(x); };
  const auto exact = [](long double x) { return std::log(x); };
  EXPECT_LE(worst_error<T>(log, exact, [](auto& bits) { return 1 + std::exp(uniform(bits, -15, 0)); }), 2);
  EXPECT_LE(worst_error<T>(log, exact, [](auto& bits) { return uniform(bits, 1, 1000); }), 2);
  EXPECT_EQ(lane_of(math::log(Pack<T>(T(1))), 0), T(0));
}

TYPED_TEST(SimdMath, Log1pIsAccurateWhereItIsUsed) {
  using T = TypeParam;
  // Above 1e-5; below, a series takes its place.
  const auto log1p = [](const Pack<T>& x) { return math::log1p(x); };
  const auto exact = [](long double x) { return std::log1p(x); };
  EXPECT_LE(worst_error<T>(log1p, exact, [](auto& bits) { return std::exp(uniform(bits, std::log(1e-5), 0)); }), 2);
  EXPECT_LE(worst_error<T>(log1p, exact, [](auto& bits) { return std::exp(uniform(bits, 0, 40)); }), 2);
}

/// Agents with a few actions whose lanes meet every branch of the gap: at equilibrium, near it, far from it, so far
/// that exponentials overflow, temperature 0, and not a number.
template <class T>
struct MixedAgent {
  static constexpr int actions = 3;
  AgentStep<T> step;
  T theta[actions];
  T rbar[actions];
};

template <class T>
MixedAgent<T> mixed_agent(std::mt19937_64& bits) {
  MixedAgent<T> agent{};
  const int kind = integer(bits, 0, 6);
  const double tau = kind == 5 ? 0 : std::exp(uniform(bits, -2, 2));
  agent.step.tau = static_cast<T>(tau);
  agent.step.lambda = static_cast<T>(tau > 0 ? 1 / tau : 1);
  agent.step.leak = static_cast<T>(tau > 0 ? 1 : 0);
  agent.step.kappa = T(0.5);
  for (int a = 0; a < agent.actions; ++a) {
    const double rbar = uniform(bits, -1, 1);
    double theta = tau > 0 ? rbar / tau : uniform(bits, -3, 0);
    if (kind == 1) theta += uniform(bits, -1e-4, 1e-4);
    if (kind == 2) theta += uniform(bits, -1, 1);
    if (kind == 3) theta += uniform(bits, -20, 20);
    if (kind == 4) theta += uniform(bits, -150, 0);
    agent.theta[a] = static_cast<T>(theta);
    agent.rbar[a] = static_cast<T>(rbar);
  }
  if (kind == 6) agent.rbar[1] = std::numeric_limits<T>::quiet_NaN();
  return agent;
}

template <class T>
struct Found {
  T pi[MixedAgent<T>::actions];
  T theta[MixedAgent<T>::actions];
  T gap;
  T gain;
};

/// softmax, gap, best response and update of several agents, one a lane, by their first m actions.
template <class T, class Actions = int>
std::vector<Found<T>> in_lanes(const std::vector<MixedAgent<T>>& agents, Actions m = MixedAgent<T>::actions) {
  using Real = Pack<T>;
  const auto gather = [&](auto&& field) {
    std::vector<T> values;
    for (const auto& agent : agents) values.push_back(field(agent));
    return pack_of(values);
  };
  AgentStep<Real> step{};
  step.tau = gather([](const auto& agent) { return agent.step.tau; });
  step.lambda = gather([](const auto& agent) { return agent.step.lambda; });
  step.leak = gather([](const auto& agent) { return agent.step.leak; });
  step.kappa = gather([](const auto& agent) { return agent.step.kappa; });
  Real theta[MixedAgent<T>::actions];
  Real rbar[MixedAgent<T>::actions];
  Real pi[MixedAgent<T>::actions];
  for (int a = 0; a < m; ++a) {
    theta[a] = gather([&](const auto& agent) { return agent.theta[a]; });
    rbar[a] = gather([&](const auto& agent) { return agent.rbar[a]; });
  }
  const SerialTeam team;
  softmax(team, m, step, theta, pi);
  const Real gap = qre_gap(team, m, step, theta, pi, rbar);
  const Real gain = best_response_gain(team, m, pi, rbar);
  natural_policy_gradient(team, m, step, rbar, theta);
  std::vector<Found<T>> found(agents.size());
  for (std::size_t l = 0; l < agents.size(); ++l) {
    const int lane = static_cast<int>(l);
    for (int a = 0; a < m; ++a) {
      found[l].pi[a] = lane_of(pi[a], lane);
      found[l].theta[a] = lane_of(theta[a], lane);
    }
    found[l].gap = lane_of(gap, lane);
    found[l].gain = lane_of(gain, lane);
  }
  return found;
}

template <class T>
class SimdLanes : public testing::Test {};
TYPED_TEST_SUITE(SimdLanes, Scalars);

TYPED_TEST(SimdLanes, DoNotDependOnTheirNeighbours) {
  using T = TypeParam;
  std::mt19937_64 bits(11);
  for (int trial = 0; trial < 500; ++trial) {
    std::vector<MixedAgent<T>> agents;
    for (int lane = 0; lane < lanes<T>; ++lane) agents.push_back(mixed_agent<T>(bits));
    const auto compare = [&](auto m) {
      const auto together = in_lanes(agents, m);
      for (std::size_t lane = 0; lane < agents.size(); ++lane) {
        const auto alone = in_lanes(std::vector<MixedAgent<T>>(agents.size(), agents[lane]), m);
        for (std::size_t copy : {std::size_t{0}, agents.size() - 1}) {
          SCOPED_TRACE("trial " + std::to_string(trial) + ", lane " + std::to_string(lane));
          for (int a = 0; a < m; ++a) {
            ASSERT_TRUE(same_bits(together[lane].pi[a], alone[copy].pi[a]));
            ASSERT_TRUE(same_bits(together[lane].theta[a], alone[copy].theta[a]));
          }
          ASSERT_TRUE(same_bits(together[lane].gap, alone[copy].gap)) << together[lane].gap << " " << alone[copy].gap;
          ASSERT_TRUE(same_bits(together[lane].gain, alone[copy].gain));
        }
      }
    };
    compare(MixedAgent<T>::actions);
    compare(Const<2>{});
  }
}

TYPED_TEST(SimdLanes, SeriesAndLogarithmsDoNotDependOnTheirNeighbours) {
  using T = TypeParam;
  std::mt19937_64 bits(13);
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<T> x;
    for (int lane = 0; lane < lanes<T>; ++lane) {
      x.push_back(static_cast<T>(std::exp(uniform(bits, -25, 8)) * (trial % 7 == 0 && lane == 0 ? 0 : 1)));
    }
    const Pack<T> together = log1p_of_sum(pack_of(x));
    for (int lane = 0; lane < lanes<T>; ++lane) {
      const T value = x[static_cast<std::size_t>(lane)];
      const Pack<T> alone = log1p_of_sum(Pack<T>(value));
      ASSERT_TRUE(same_bits(lane_of(together, lane), lane_of(alone, 0))) << value;
    }
  }
}

TYPED_TEST(SimdLanes, AgreeWithScalars) {
  using T = TypeParam;
  std::mt19937_64 bits(17);
  for (int trial = 0; trial < 500; ++trial) {
    std::vector<MixedAgent<T>> agents;
    for (int lane = 0; lane < lanes<T>; ++lane) agents.push_back(mixed_agent<T>(bits));
    const auto packed = in_lanes(agents);
    for (std::size_t lane = 0; lane < agents.size(); ++lane) {
      MixedAgent<T> agent = agents[lane];
      T pi[MixedAgent<T>::actions];
      const SerialTeam team;
      softmax(team, agent.actions, agent.step, agent.theta, pi);
      const T gap = qre_gap(team, agent.actions, agent.step, agent.theta, pi, agent.rbar);
      if (std::isnan(gap)) {
        EXPECT_TRUE(std::isnan(packed[lane].gap));
        continue;
      }
      // Both are exact up to roundings of logits of some tens and of exponentials.
      const T epsilon = std::numeric_limits<T>::epsilon();
      EXPECT_NEAR(std::sqrt(gap), std::sqrt(packed[lane].gap), 200 * epsilon * (1 + std::sqrt(gap)));
      for (int a = 0; a < agent.actions; ++a) EXPECT_NEAR(pi[a], packed[lane].pi[a], 4 * epsilon);
    }
  }
}

template <class T, int M>
void expect_agents_in_lanes() {
  std::vector<T> numbers(M * lanes<T> + 2, T(-1));
  for (int k = 0; k < M * lanes<T>; ++k) numbers[static_cast<std::size_t>(k) + 1] = static_cast<T>(k);
  Pack<T> batch[M];
  Interleaved<Pack<T>, M>::load(numbers.data() + 1, batch);
  for (int a = 0; a < M; ++a) {
    for (int l = 0; l < lanes<T>; ++l) EXPECT_EQ(lane_of(batch[a], l), static_cast<T>(M * l + a)) << M << " " << a;
  }
  for (Pack<T>& all : batch) all = all + Pack<T>(T(100));
  Interleaved<Pack<T>, M>::store(batch, numbers.data() + 1);
  for (int k = 0; k < M * lanes<T>; ++k) {
    EXPECT_EQ(numbers[static_cast<std::size_t>(k) + 1], static_cast<T>(100 + k)) << M;
  }
  EXPECT_EQ(numbers.front(), T(-1));
  EXPECT_EQ(numbers.back(), T(-1));
}

TYPED_TEST(SimdMath, BringsNeighbouringAgentsIntoLanesAndBack) {
  expect_agents_in_lanes<TypeParam, 2>();
  expect_agents_in_lanes<TypeParam, 3>();
  expect_agents_in_lanes<TypeParam, 4>();
  expect_agents_in_lanes<TypeParam, 5>();
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
