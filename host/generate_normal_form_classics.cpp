#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "host/generate_normal_form.hpp"
#include "host/random_stream.hpp"
#include "host/rock_paper_scissors.hpp"

namespace quantal {
namespace {

/// Different numbers, uniform on the range and then sorted, the largest first.
template <std::size_t count>
std::array<double, count> draw_falling(const NormalFormFamily& family, RandomStream& random) {
  std::array<double, count> numbers;
  do {
    for (double& each : numbers) each = random.uniform(family.low, family.high);
    std::sort(numbers.begin(), numbers.end(), std::greater<>());
  } while (std::adjacent_find(numbers.begin(), numbers.end()) != numbers.end());
  return numbers;
}

/// The payoffs of a symmetric game of two agents and two actions, by the names of the dilemma's: both cooperate, one
/// does it alone, one defects alone, both defect.
struct Symmetric {
  double reward;
  double sucker;
  double temptation;
  double punishment;
};

void write(NormalFormGame& game, const Symmetric& r) {
  game.payoffs = {r.reward, r.sucker,     r.temptation, r.punishment,  //
                  r.reward, r.temptation, r.sucker,     r.punishment};
}

Symmetric draw_dilemma(const NormalFormFamily& family, RandomStream& random) {
  while (true) {
    const auto [temptation, reward, punishment, sucker] = draw_falling<4>(family, random);
    // Halves, whose sums do not overflow. Taking turns must not beat cooperation; it does in a quarter of the draws.
    if (reward > temptation / 2 + sucker / 2) return {reward, sucker, temptation, punishment};
  }
}

void draw_rock_paper_scissors(NormalFormGame& game, double stake) {
  const auto m = static_cast<std::size_t>(game.actions[0]);
  for (std::size_t k = 0; k < m * m; ++k) {
    const int wins = rock_paper_scissors(k / m, k % m, m);
    game.payoffs[k] = wins == 0 ? 0.0 : wins * stake;
    game.payoffs[m * m + k] = wins == 0 ? 0.0 : -wins * stake;
  }
}

void draw_coordination(NormalFormGame& game, const NormalFormFamily& family, RandomStream& random) {
  const auto m = static_cast<std::size_t>(game.actions[0]);
  const std::size_t joint = game.payoffs.size() / game.actions.size();
  const std::size_t step = m == 1 ? 0 : (joint - 1) / (m - 1);  // from all at one action to all at the next
  for (std::size_t a = 0; a < m; ++a) {
    const double worth = random.uniform(family.low, family.high);
    for (std::size_t k = a * step; k < game.payoffs.size(); k += joint) game.payoffs[k] = worth;
  }
}

void make_dispersion(NormalFormGame& game) {
  const std::size_t agents = game.actions.size();
  const std::size_t joint = game.payoffs.size() / agents;
  const auto others = static_cast<double>(agents - 1);
  for_joint_actions(game.actions, [&](std::size_t k, std::span<const std::size_t> action) {
    for (std::size_t i = 0; i < agents; ++i) {
      const auto elsewhere = agents - static_cast<std::size_t>(std::count(action.begin(), action.end(), action[i]));
      game.payoffs[i * joint + k] = static_cast<double>(elsewhere) / others;
    }
  });
}

void draw_majority_voting(NormalFormGame& game, const NormalFormFamily& family, RandomStream& random) {
  const std::size_t agents = game.actions.size();
  const std::size_t joint = game.payoffs.size() / agents;
  const auto m = static_cast<std::size_t>(game.actions[0]);
  std::vector<double> worth(agents * m);  // [agent][candidate]
  for (double& each : worth) each = random.uniform(family.low, family.high);
  std::vector<int> votes(m);
  for_joint_actions(game.actions, [&](std::size_t k, std::span<const std::size_t> action) {
    std::fill(votes.begin(), votes.end(), 0);
    for (const std::size_t candidate : action) ++votes[candidate];
    const auto winner = static_cast<std::size_t>(std::max_element(votes.begin(), votes.end()) - votes.begin());
    for (std::size_t i = 0; i < agents; ++i) game.payoffs[i * joint + k] = worth[i * m + winner];
  });
}

/// All ways to spread troops over fields, fewest on the first fields first: [way][field].
std::vector<int> list_ways(int troops, std::size_t fields) {
  std::vector<int> ways;
  std::vector<int> way(fields, 0);
  way.back() = troops;
  while (true) {
    ways.insert(ways.end(), way.begin(), way.end());
    // One more on the last field that has some behind it; what is behind goes to the end.
    int behind = way.back();
    std::size_t field = fields - 1;
    while (field > 0 && behind == 0) behind += way[--field];
    if (field == 0) return ways;
    ++way[field - 1];
    std::fill(way.begin() + static_cast<std::ptrdiff_t>(field), way.end(), 0);
    way.back() = behind - 1;
  }
}

void make_blotto(NormalFormGame& game, const NormalFormFamily& family) {
  const auto fields = static_cast<std::size_t>(family.fields);
  const std::vector<int> first = list_ways(family.troops.front(), fields);
  const std::vector<int> second = list_ways(family.troops.back(), fields);
  const std::size_t joint = game.payoffs.size() / 2;
  std::size_t k = 0;
  for (auto a = first.begin(); a != first.end(); a += family.fields) {
    for (auto b = second.begin(); b != second.end(); b += family.fields) {
      int won = 0;
      for (std::ptrdiff_t f = 0; f < family.fields; ++f) won += (a[f] > b[f] ? 1 : 0) - (a[f] < b[f] ? 1 : 0);
      game.payoffs[k] = won;
      game.payoffs[joint + k++] = -won;
    }
  }
}

}  // namespace

void make_classic_game(NormalFormGame& game, const NormalFormFamily& family, std::uint64_t index) {
  RandomStream random(family.seed, index, Purpose::payoffs);
  switch (family.kind) {
    case NormalFormKind::matching_pennies: {
      const double stake = random.uniform(family.low, family.high);
      game.payoffs = {family.asymmetry * stake, -stake, -stake, stake, -stake, stake, stake, -stake};
      break;
    }
    case NormalFormKind::rock_paper_scissors:
      return draw_rock_paper_scissors(game, random.uniform(family.low, family.high));
    case NormalFormKind::coordination:
      return draw_coordination(game, family, random);
    case NormalFormKind::stag_hunt: {
      const auto [reward, temptation, punishment, sucker] = draw_falling<4>(family, random);
      return write(game, {reward, sucker, temptation, punishment});
    }
    case NormalFormKind::chicken: {
      const auto [temptation, reward, sucker, punishment] = draw_falling<4>(family, random);
      return write(game, {reward, sucker, temptation, punishment});
    }
    case NormalFormKind::prisoners_dilemma:
      return write(game, draw_dilemma(family, random));
    case NormalFormKind::battle_of_the_sexes: {
      const auto [best, good, apart] = draw_falling<3>(family, random);
      game.payoffs = {best, apart, apart, good, good, apart, apart, best};
      break;
    }
    case NormalFormKind::dispersion:
      return make_dispersion(game);
    case NormalFormKind::majority_voting:
      return draw_majority_voting(game, family, random);
    default:
      make_blotto(game, family);
  }
}

}  // namespace quantal
