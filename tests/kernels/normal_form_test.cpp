// Layout of payoffs, and expected payoffs against the oracle's sums over all joint actions.

#include "kernels/real_simd.hpp"  // before the templates that use it

#include "kernels/normal_form.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "host/fill_chunk.hpp"
#include "kernel_shapes.hpp"
#include "kernels/static_shapes.hpp"
#include "oracle.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

/// The payoffs in the kernels' layout. They are centred, so rbar is compared up to a constant for each agent.
struct Laid {
  Shape shape;
  Chunk<double> chunk;
};

Laid lay_out(const NormalFormGame& game) {
  Laid laid{Shape(game.actions), {}};
  const std::vector<Game> games = {game};
  const std::vector<quantal::Run> runs(1);
  const std::vector<std::size_t> which = {0};
  std::vector<double> eta(1);
  laid.chunk = fill_chunk<double>(laid.shape, games, runs, which, Settings{}, eta);
  return laid;
}

void expect_differences(const NormalFormGame& game, const oracle::Profile& policies, const std::vector<double>& rbar) {
  const oracle::Profile exact = oracle::expected_payoffs({game.actions, game.payoffs}, policies);
  std::size_t first = 0;
  for (const auto& agent : exact) {
    for (std::size_t a = 0; a < agent.size(); ++a) {
      EXPECT_NEAR(rbar[first + a] - rbar[first], static_cast<double>(agent[a] - agent[0]), 4e-15);
    }
    first += agent.size();
  }
}

TEST(ExpectedPayoffs, OfAnyShape) {
  for (const auto& actions : kernel_shapes) {
    SCOPED_TRACE(shape_name(actions));
    const NormalFormGame game = random_game(actions, 3);
    const std::vector<double> pi = random_policies(actions, 4);
    const Laid laid = lay_out(game);
    const kernels::DynamicShape shape{laid.shape.table.data(), laid.shape.agents, laid.shape.all_actions};
    const kernels::NormalForm<double, kernels::DynamicShape> view{shape, laid.chunk.payoffs.data()};
    std::vector<double> rbar(pi.size());
    // Scratch of exactly the size asked for, so that a sanitizer sees a step beyond.
    std::vector<double> scratch(static_cast<std::size_t>(laid.shape.scratch));
    kernels::expected_payoffs(kernels::SerialTeam{}, view, pi.data(), rbar.data(), scratch.data());
    expect_differences(game, oracle::policies_from(actions, pi.data()), rbar);
  }
}

template <int... M>
void expect_exact(kernels::StaticShape<M...> shape) {
  const std::vector<int> actions = {M...};
  SCOPED_TRACE(shape_name(actions));
  const NormalFormGame game = random_game(actions, 5);
  const std::vector<double> pi = random_policies(actions, 6);
  const Laid laid = lay_out(game);
  std::vector<double> rbar(pi.size());
  std::vector<double> scratch(static_cast<std::size_t>(laid.shape.scratch));
  const kernels::NormalForm<double, kernels::StaticShape<M...>> view{shape, laid.chunk.payoffs.data()};
  kernels::expected_payoffs(kernels::SerialTeam{}, view, pi.data(), rbar.data(), scratch.data());
  expect_differences(game, oracle::policies_from(actions, pi.data()), rbar);
}

template <class... Shapes>
void expect_all_exact(kernels::ShapeList<Shapes...>) {
  (expect_exact(Shapes{}), ...);
}

TEST(ExpectedPayoffs, OfStaticShapes) {
  expect_all_exact(kernels::StaticShapes{});
  expect_all_exact(kernels::LaneShapes{});
}

TEST(ExpectedPayoffs, OfSimdLanesWithDifferentGames) {
  using Real = xsimd::batch<double>;
  constexpr int lanes = kernels::RealTraits<Real>::lanes;
  for (const auto& actions : kernel_shapes) {
    SCOPED_TRACE(shape_name(actions));
    std::vector<NormalFormGame> games;
    std::vector<std::vector<double>> policies;
    const Shape counted(actions);
    const auto A = static_cast<std::size_t>(counted.all_actions);
    std::vector<Real> payoffs(static_cast<std::size_t>(counted.payoffs));
    std::vector<Real> pi(A);
    for (int lane = 0; lane < lanes; ++lane) {
      games.push_back(random_game(actions, 10 + static_cast<std::uint64_t>(lane)));
      policies.push_back(random_policies(actions, 20 + static_cast<std::uint64_t>(lane)));
      const Laid laid = lay_out(games.back());
      for (std::size_t p = 0; p < payoffs.size(); ++p) {
        reinterpret_cast<double*>(&payoffs[p])[lane] = laid.chunk.payoffs[p];
      }
      for (std::size_t a = 0; a < A; ++a) reinterpret_cast<double*>(&pi[a])[lane] = policies.back()[a];
    }
    std::vector<Real> rbar(A);
    std::vector<Real> scratch(static_cast<std::size_t>(counted.scratch));
    const kernels::DynamicShape shape{counted.table.data(), counted.agents, counted.all_actions};
    const kernels::NormalForm<Real, kernels::DynamicShape> view{shape, payoffs.data()};
    kernels::expected_payoffs(kernels::SerialTeam{}, view, pi.data(), rbar.data(), scratch.data());
    for (int lane = 0; lane < lanes; ++lane) {
      std::vector<double> mine;
      for (Real& x : rbar) mine.push_back(reinterpret_cast<double*>(&x)[lane]);
      const auto l = static_cast<std::size_t>(lane);
      expect_differences(games[l], oracle::policies_from(actions, policies[l].data()), mine);
    }
  }
}

TEST(FillChunk, LaysOutPayoffsUpToWhatTheOthersAdd) {
  for (const auto& actions : kernel_shapes) {
    SCOPED_TRACE(shape_name(actions));
    const NormalFormGame game = random_game(actions, 8);
    const Laid laid = lay_out(game);
    const std::size_t joint = joint_actions(actions);
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const auto m = static_cast<std::size_t>(actions[i]);
      std::size_t stride = 1;  // of agent i's action in the caller's order
      for (std::size_t j = i + 1; j < actions.size(); ++j) stride *= static_cast<std::size_t>(actions[j]);
      const double* from = game.payoffs.data() + i * joint;
      const double* laid_out = laid.chunk.payoffs.data() + laid.shape.table[i].payoffs;
      // The opponents' joint actions in the caller's order: those before agent i, then those after.
      for (std::size_t o = 0; o < joint / m; ++o) {
        const std::size_t base = o / stride * stride * m + o % stride;
        for (std::size_t a = 1; a < m; ++a) {
          EXPECT_NEAR(laid_out[o * m + a] - laid_out[o * m], from[base + a * stride] - from[base], 1e-15);
        }
      }
    }
  }
}

}  // namespace
}  // namespace quantal
