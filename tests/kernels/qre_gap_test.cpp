// Policies, series and gaps of one agent against the oracle.

#include "kernels/qre_gap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "oracle.hpp"
#include "random_games.hpp"

namespace quantal {
namespace kernels {
namespace {

using oracle::Number;

template <class T>
class OneAgent : public testing::Test {
 protected:
  static constexpr T epsilon = std::numeric_limits<T>::epsilon();

  static AgentStep<T> step(double tau) {
    return {static_cast<T>(tau), static_cast<T>(tau > 0 ? 1 / tau : 1), static_cast<T>(tau > 0 ? 1 : 0), T(0.5)};
  }

  /// The kernels' gap for logits and payoffs, by themselves; of two actions in the form for two.
  static T gap_of(const std::vector<T>& theta, const std::vector<T>& rbar, double tau) {
    const auto of_actions = [&](auto m) {
      std::vector<T> logits = theta;
      std::vector<T> pi(theta.size());
      softmax(SerialTeam{}, m, step(tau), logits.data(), pi.data());
      return qre_gap(SerialTeam{}, m, step(tau), logits.data(), pi.data(), rbar.data());
    };
    return theta.size() == 2 ? of_actions(Const<2>{}) : of_actions(static_cast<int>(theta.size()));
  }

  static Number exact_gap(const std::vector<T>& theta, const std::vector<T>& rbar, double tau) {
    return oracle::qre_gap({theta.begin(), theta.end()}, {rbar.begin(), rbar.end()}, tau);
  }
};

using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(OneAgent, Scalars);

TYPED_TEST(OneAgent, SoftmaxIsNormalisedAndFreeOfOverflow) {
  using T = TypeParam;
  std::mt19937_64 bits(1);
  for (int trial = 0; trial < 2000; ++trial) {
    const int m = integer(bits, 1, 12);
    const double size = std::exp(uniform(bits, -5, 12));
    std::vector<T> theta;
    for (int a = 0; a < m; ++a) theta.push_back(static_cast<T>(uniform(bits, -size, size)));
    const std::vector<Number> exact = oracle::softmax({theta.begin(), theta.end()});
    for (const double tau : {1.0, 0.0}) {
      std::vector<T> logits = theta;
      std::vector<T> pi(theta.size());
      softmax(SerialTeam{}, m, this->step(tau), logits.data(), pi.data());
      T sum = 0;
      for (std::size_t a = 0; a < pi.size(); ++a) {
        EXPECT_NEAR(static_cast<double>(pi[a]), static_cast<double>(exact[a]), static_cast<double>(8 * this->epsilon));
        sum += pi[a];
      }
      EXPECT_NEAR(sum, T(1), 8 * this->epsilon);
      // Temperature 0: the largest logit becomes 0; else logits stay what they are, to the bit.
      const T largest = *std::max_element(theta.begin(), theta.end());
      for (std::size_t a = 0; a < pi.size(); ++a) EXPECT_EQ(logits[a], tau > 0 ? theta[a] : theta[a] - largest);
    }
  }
}

TYPED_TEST(OneAgent, LogSumExp) {
  using T = TypeParam;
  std::mt19937_64 bits(2);
  for (int trial = 0; trial < 1000; ++trial) {
    const int m = integer(bits, 1, 9);
    const double size = std::exp(uniform(bits, -5, 6));
    std::vector<T> x;
    for (int a = 0; a < m; ++a) x.push_back(static_cast<T>(uniform(bits, -size, size)));
    const auto exact = static_cast<double>(oracle::log_sum_exp({x.begin(), x.end()}));
    const T found = log_sum_exp<T>(SerialTeam{}, m, [&](auto a) { return x[static_cast<std::size_t>(int{a})]; });
    EXPECT_NEAR(static_cast<double>(found), exact, static_cast<double>(4 * this->epsilon) * (3 + size));
  }
}

TYPED_TEST(OneAgent, SeriesIsAccurateToItsPromise) {
  using T = TypeParam;
  const double bar = sizeof(T) == 4 ? 4e-7 : 2e-14;  // the series' own error, and roundings
  for (double x = -0.5; x <= 0.5; x += 0.0009765625) {
    const auto exact = static_cast<double>(oracle::exp_less_linear(static_cast<Number>(static_cast<T>(x))));
    const auto found = static_cast<double>(phi_series(static_cast<T>(x)));
    EXPECT_NEAR(found, exact, bar * exact) << x;
    EXPECT_GE(found, 0);
  }
  for (const double x : {1e-3, -1e-3, 1e-6, -1e-8, 1e-12}) {
    const auto exact = static_cast<double>(oracle::exp_less_linear(static_cast<Number>(static_cast<T>(x))));
    EXPECT_NEAR(static_cast<double>(phi_series(static_cast<T>(x))) / exact, 1, bar);
  }
}

TYPED_TEST(OneAgent, SeriesOfALeadIsAccurateToItsPromise) {
  using T = TypeParam;
  const double bar = sizeof(T) == 4 ? 5e-7 : 6e-15;  // the series' own error, and roundings
  for (const double size : {small_lead<T>, small_lead<T> / 3, 1e-3, 1e-6}) {
    for (double p = 1.0 / 1024; p < 1; p += 1.0 / 1024) {
      for (const double lead : {size, -size}) {
        const auto D = static_cast<Number>(static_cast<T>(lead));
        const auto P = static_cast<Number>(p);
        const Number excess = P * oracle::exp_less_linear((1 - P) * D) + (1 - P) * oracle::exp_less_linear(-P * D);
        const auto exact = static_cast<double>(std::log1p(excess));
        const auto found =
            static_cast<double>(lead_series(static_cast<T>(p), static_cast<T>(1 - p), static_cast<T>(lead)));
        EXPECT_NEAR(found / exact, 1, bar) << p << ", " << lead;
      }
    }
  }
}

TYPED_TEST(OneAgent, LogOfOnePlusASum) {
  using T = TypeParam;
  EXPECT_EQ(log1p_of_sum(T(0)), T(0));
  for (double s = 1e-30; s < 1e30; s *= 1.07) {
    const auto exact = static_cast<double>(std::log1p(static_cast<Number>(static_cast<T>(s))));
    EXPECT_NEAR(static_cast<double>(log1p_of_sum(static_cast<T>(s))) / exact, 1, static_cast<double>(4 * this->epsilon))
        << s;
  }
}

TYPED_TEST(OneAgent, GapsFarFromTheEquilibrium) {
  using T = TypeParam;
  std::mt19937_64 bits(3);
  for (int trial = 0; trial < 5000; ++trial) {
    const int m = integer(bits, 1, 8);
    const double tau = std::exp(uniform(bits, -4, 4));
    const double size = std::exp(uniform(bits, -2, 6));
    std::vector<T> theta;
    std::vector<T> rbar;
    for (int a = 0; a < m; ++a) {
      theta.push_back(static_cast<T>(uniform(bits, -size, size)));
      rbar.push_back(static_cast<T>(uniform(bits, -1, 1)));
    }
    const auto exact = static_cast<double>(this->exact_gap(theta, rbar, tau));
    const auto found = static_cast<double>(this->gap_of(theta, rbar, tau));
    // x is off by some roundings of the logits and of rbar / tau.
    const double delta = 16 * static_cast<double>(this->epsilon) * (1 + size + 1 / tau);
    EXPECT_GE(found, 0);
    EXPECT_NEAR(std::sqrt(found), std::sqrt(exact), delta * (std::sqrt(tau) + std::sqrt(exact)))
        << "trial " << trial << ", " << m << " actions, tau " << tau << ", logits within " << size;
  }
}

TYPED_TEST(OneAgent, GapsNearTheEquilibriumKeepTheirDigits) {
  using T = TypeParam;
  std::mt19937_64 bits(4);
  long double worst = 0;
  for (int trial = 0; trial < 5000; ++trial) {
    const int m = integer(bits, 2, 8);
    const double tau = std::exp(uniform(bits, -0.7, 0.7));
    const double off = std::exp(uniform(bits, std::log(sizeof(T) == 4 ? 2e-5 : 1e-10), 0));
    std::vector<T> theta;
    std::vector<T> rbar;
    for (int a = 0; a < m; ++a) {
      rbar.push_back(static_cast<T>(uniform(bits, -1, 1)));
      theta.push_back(static_cast<T>(static_cast<double>(rbar.back()) / tau + off * uniform(bits, -1, 1)));
    }
    const Number exact = this->exact_gap(theta, rbar, tau);
    const Number floor = sizeof(T) == 4 ? 1e-11L : 1e-23L;
    if (exact < floor) continue;
    const Number error = std::fabs(static_cast<Number>(this->gap_of(theta, rbar, tau)) - exact) / exact;
    worst = std::max(worst, error);
    EXPECT_LE(error, sizeof(T) == 4 ? 0.05L : 1e-3L) << exact;
  }
  std::printf("worst relative error %.1Lg\n", worst);
}

TYPED_TEST(OneAgent, GapsThatAreNothing) {
  using T = TypeParam;
  // At the response itself, with one action, and with infinite temperature at the uniform policies.
  EXPECT_EQ(this->gap_of({T(0.5), T(-0.25)}, {T(0.5), T(-0.25)}, 1.0), T(0));
  EXPECT_EQ(this->gap_of({T(3)}, {T(100)}, 0.5), T(0));
  EXPECT_EQ(this->gap_of({T(3)}, {T(100)}, 0.0), T(0));
  AgentStep<T> hot{std::numeric_limits<T>::infinity(), T(0), T(1), T(1)};
  T theta[] = {T(0), T(0), T(0)};
  T pi[3];
  const T rbar[] = {T(5), T(-5), T(1)};
  softmax(SerialTeam{}, 3, hot, theta, pi);
  EXPECT_EQ(qre_gap(SerialTeam{}, 3, hot, theta, pi, rbar), T(0));
  theta[1] = T(0.5);
  softmax(SerialTeam{}, 3, hot, theta, pi);
  EXPECT_EQ(qre_gap(SerialTeam{}, 3, hot, theta, pi, rbar), std::numeric_limits<T>::infinity());
}

TYPED_TEST(OneAgent, TheWideBranchJoinsTheOther) {
  using T = TypeParam;
  // x of the vanishing action rises through 40, with policies from those that matter to those that underflow.
  for (const double logit : {-5.0, -30.0, -39.0, -45.0, -60.0, -80.0, -200.0, -700.0, -800.0}) {
    for (double payoff = -logit - 20; payoff < -logit + 60; payoff += 0.37) {
      const std::vector<T> theta = {T(0), static_cast<T>(logit), T(-1)};
      const std::vector<T> rbar = {T(0), static_cast<T>(payoff), T(-1)};
      const auto exact = static_cast<double>(this->exact_gap(theta, rbar, 1.0));
      const auto found = static_cast<double>(this->gap_of(theta, rbar, 1.0));
      const double delta = 16 * static_cast<double>(this->epsilon) * (std::fabs(logit) + std::fabs(payoff));
      EXPECT_NEAR(std::sqrt(found), std::sqrt(exact), delta * (1 + std::sqrt(exact)))
          << "logit " << logit << ", payoff " << payoff;
    }
  }
}

TYPED_TEST(OneAgent, TwoActionsFarFromTheirEquilibrium) {
  using T = TypeParam;
  // Either one ahead, in policy and in payoff, from where the series of a lead ends to where all exponentials overflow.
  for (const double logit : {0.0, 1e-3, 0.7, 5.0, 30.0, 45.0, 90.0, 300.0, 800.0}) {
    for (double payoff = 0.02; payoff < 2000; payoff *= 1.13) {
      for (const double sign : {1.0, -1.0}) {
        for (const std::size_t ahead : {0U, 1U}) {
          std::vector<T> theta(2, T(0));
          std::vector<T> rbar(2, T(0));
          theta[ahead] = static_cast<T>(logit);
          rbar[ahead] = static_cast<T>(sign * payoff);
          const auto exact = static_cast<double>(this->exact_gap(theta, rbar, 1.0));
          const auto found = static_cast<double>(this->gap_of(theta, rbar, 1.0));
          const double delta = 4 * static_cast<double>(this->epsilon) * (1 + logit + payoff);
          EXPECT_NEAR(std::sqrt(found), std::sqrt(exact), delta * (1 + std::sqrt(exact)))
              << "logit " << logit << ", payoff " << sign * payoff << " of action " << ahead;
        }
      }
    }
  }
}

TYPED_TEST(OneAgent, NotANumberIsNeverSmall) {
  using T = TypeParam;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const T infinity = std::numeric_limits<T>::infinity();
  for (const double tau : {1.0, 0.0}) {
    for (const T bad : {nan, infinity}) {
      for (const std::size_t m : {2U, 3U}) {
        for (std::size_t at = 0; at < m; ++at) {
          std::vector<T> rbar(m, T(0.5));
          rbar[at] = bad;
          const T gap = this->gap_of(m == 2 ? std::vector<T>{T(0), T(1)} : std::vector<T>{T(0), T(1), T(2)}, rbar, tau);
          EXPECT_FALSE(gap <= T(1e30)) << gap;
        }
      }
    }
  }
}

}  // namespace
}  // namespace kernels
}  // namespace quantal
