#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "host/generate_normal_form.hpp"
#include "host/normal_stream.hpp"
#include "host/random_stream.hpp"

namespace quantal {
namespace {

/// Row-major steps from one action of each agent to the next.
std::vector<std::size_t> strides_of(const std::vector<int>& actions) {
  std::vector<std::size_t> strides(actions.size(), 1);
  for (std::size_t i = actions.size() - 1; i > 0; --i) {
    strides[i - 1] = strides[i] * static_cast<std::size_t>(actions[i]);
  }
  return strides;
}

void draw_zero_sum(NormalFormGame& game, std::size_t joint) {
  const std::size_t others = (game.actions.size() - 1) * joint;
  for (std::size_t k = 0; k < joint; ++k) {
    double sum = 0;
    for (std::size_t at = k; at < others; at += joint) sum += game.payoffs[at];
    game.payoffs[others + k] = -sum;
  }
}

/// Payoffs of one joint action after another: a z_i + b (z_0 + .. + z_{N-1}) with independent standard normal z, that
/// is, z times the symmetric square root of the matrix of correlations.
void draw_covariant(NormalFormGame& game, double rho, RandomStream& random) {
  const std::size_t agents = game.actions.size();
  const std::size_t joint = game.payoffs.size() / agents;
  const auto N = static_cast<double>(agents);
  const double a = std::sqrt(1 - rho);
  const double b = (std::sqrt(std::max(0.0, 1 + (N - 1) * rho)) - a) / N;  // of -1/(N-1) rounding may leave less than 0
  NormalStream normal(random);
  std::vector<double> z(agents);
  for (std::size_t k = 0; k < joint; ++k) {
    double sum = 0;
    for (double& each : z) sum += each = normal.next();
    for (std::size_t i = 0; i < agents; ++i) game.payoffs[i * joint + k] = a * z[i] + b * sum;
  }
}

/// r_i(a) = P(a) + d_i(a_-i), all terms uniform on half the range: the potential, then agent by agent the terms of the
/// others' actions.
void draw_exact_potential(NormalFormGame& game, const NormalFormFamily& family, RandomStream& random) {
  const std::size_t agents = game.actions.size();
  const std::size_t joint = game.payoffs.size() / agents;
  const std::vector<std::size_t> strides = strides_of(game.actions);
  const auto draw = [&] { return random.uniform(family.low / 2, family.high / 2); };
  std::vector<double> potential(joint);
  for (double& each : potential) each = draw();
  std::vector<double> term;
  for (std::size_t i = 0; i < agents; ++i) {
    const std::size_t block = strides[i] * static_cast<std::size_t>(game.actions[i]);
    term.resize(joint / static_cast<std::size_t>(game.actions[i]));
    for (double& each : term) each = draw();
    for (std::size_t k = 0; k < joint; ++k) {
      game.payoffs[i * joint + k] = potential[k] + term[k / block * strides[i] + k % strides[i]];
    }
  }
}

/// So many different sets of facilities, none of them empty: ascending bit masks, all choices of them as likely.
/// Floyd's algorithm: Bentley and Floyd, A Sample of Brilliance, Communications of the ACM 30, 1987.
std::vector<std::uint32_t> draw_sets(int count, int facilities, RandomStream& random) {
  const std::uint32_t all = (std::uint32_t{1} << facilities) - 1;
  std::set<std::uint32_t> sets;
  for (std::uint32_t last = all - static_cast<std::uint32_t>(count) + 1; last <= all; ++last) {
    if (!sets.insert(1 + random.below(last)).second) sets.insert(last);
  }
  return {sets.begin(), sets.end()};
}

void draw_congestion(NormalFormGame& game, const NormalFormFamily& family, std::uint64_t index) {
  const std::size_t agents = game.actions.size();
  const std::size_t joint = game.payoffs.size() / agents;
  const auto F = static_cast<std::size_t>(family.facilities);
  RandomStream choices(family.seed, index, Purpose::actions);
  std::vector<std::vector<std::uint32_t>> sets;  // agent by agent, action by action
  for (const int m : game.actions) sets.push_back(draw_sets(m, family.facilities, choices));

  RandomStream random(family.seed, index, Purpose::payoffs);
  std::vector<double> pays(F * agents);  // [facility][users - 1], falling with the users
  for (double& each : pays) each = random.uniform(family.low, family.high);
  for (std::size_t f = 0; f < F; ++f) {
    double* const of_facility = pays.data() + f * agents;
    std::sort(of_facility, of_facility + agents, std::greater<>());
  }

  std::vector<double> pay(F);  // what each facility pays each of its users at the joint action
  for_joint_actions(game.actions, [&](std::size_t k, std::span<const std::size_t> action) {
    for (std::size_t f = 0; f < F; ++f) {
      std::size_t users = 0;
      for (std::size_t i = 0; i < agents; ++i) users += sets[i][action[i]] >> f & 1;
      if (users > 0) pay[f] = pays[f * agents + users - 1];
    }
    for (std::size_t i = 0; i < agents; ++i) {
      double sum = 0;
      for (std::size_t f = 0; f < F; ++f) {
        if (sets[i][action[i]] >> f & 1) sum += pay[f];
      }
      game.payoffs[i * joint + k] = sum;
    }
  });
}

}  // namespace

void draw_random_game(NormalFormGame& game, const NormalFormFamily& family, std::uint64_t index) {
  const std::size_t joint = game.payoffs.size() / game.actions.size();
  RandomStream random(family.seed, index, Purpose::payoffs);
  const auto draw_uniform = [&](std::size_t count) {
    for (std::size_t k = 0; k < count; ++k) game.payoffs[k] = random.uniform(family.low, family.high);
  };
  switch (family.kind) {
    case NormalFormKind::normal: {
      NormalStream normal(random);
      for (double& payoff : game.payoffs) payoff = normal.next();
      break;
    }
    case NormalFormKind::covariant:
      return draw_covariant(game, family.rho, random);
    case NormalFormKind::zero_sum:
      draw_uniform(game.payoffs.size() - joint);
      return draw_zero_sum(game, joint);
    case NormalFormKind::identical_interest:
      draw_uniform(joint);
      for (std::size_t k = joint; k < game.payoffs.size(); ++k) game.payoffs[k] = game.payoffs[k - joint];
      break;
    case NormalFormKind::exact_potential:
      return draw_exact_potential(game, family, random);
    case NormalFormKind::congestion:
      return draw_congestion(game, family, index);
    default:
      draw_uniform(game.payoffs.size());
  }
}

}  // namespace quantal
