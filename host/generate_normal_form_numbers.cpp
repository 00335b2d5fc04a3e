// Games whose actions are numbers: m of them, evenly spaced on an interval.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "host/generate_normal_form.hpp"

namespace quantal {
namespace {

/// Number k of m. The same number has the same bits in every grid that it is in, so that ties are ties.
double grid_number(const NormalFormFamily& family, int k, int m) {
  const int common = std::gcd(k, m - 1);
  const int part = k / common;
  const int parts = (m - 1) / common;
  if (part == parts) return family.highest;
  return family.lowest + (family.highest - family.lowest) * part / parts;
}

/// A parameter that is one for all agents or one an agent.
double of_agent(const std::vector<double>& numbers, std::size_t agent) {
  return numbers[numbers.size() == 1 ? 0 : agent];
}

using Numbers = std::span<const double>;  // (N) what the agents chose
using Payoffs = std::span<double>;        // (N)

void minimum_effort(const NormalFormFamily& family, Numbers effort, Payoffs r) {
  const double least = *std::min_element(effort.begin(), effort.end());
  for (std::size_t i = 0; i < r.size(); ++i) r[i] = family.benefit * least - of_agent(family.cost, i) * effort[i];
}

void travellers_dilemma(const NormalFormFamily& family, Numbers claim, Payoffs r) {
  const double lower = std::min(claim[0], claim[1]);
  const double transfer = claim[0] == claim[1] ? 0 : claim[0] < claim[1] ? family.bonus : -family.bonus;
  r[0] = lower + transfer;
  r[1] = lower - transfer;
}

void guess_two_thirds(const NormalFormFamily& family, Numbers guess, Payoffs r) {
  const double mean = std::accumulate(guess.begin(), guess.end(), 0.0) / static_cast<double>(guess.size());
  const double target = family.fraction * mean;
  double nearest = std::numeric_limits<double>::infinity();
  for (const double each : guess) nearest = std::min(nearest, std::fabs(each - target));
  // Guesses on either side of the target may be as near but for rounding.
  nearest += 1e-12 * std::max(std::fabs(family.lowest), std::fabs(family.highest));
  const auto wins = [&](double each) { return std::fabs(each - target) <= nearest; };
  const auto winners = static_cast<double>(std::count_if(guess.begin(), guess.end(), wins));
  for (std::size_t i = 0; i < r.size(); ++i) r[i] = wins(guess[i]) ? 1 / winners : 0;
}

/// Price or demand, which falls in a line down to 0.
double falling(const NormalFormFamily& family, double at) {
  return std::max(0.0, family.intercept - family.slope * at);
}

void cournot(const NormalFormFamily& family, Numbers quantity, Payoffs r) {
  const double price = falling(family, std::accumulate(quantity.begin(), quantity.end(), 0.0));
  for (std::size_t i = 0; i < r.size(); ++i) r[i] = (price - of_agent(family.cost, i)) * quantity[i];
}

void bertrand(const NormalFormFamily& family, Numbers price, Payoffs r) {
  const double lowest = *std::min_element(price.begin(), price.end());
  const auto sellers = static_cast<double>(std::count(price.begin(), price.end(), lowest));
  for (std::size_t i = 0; i < r.size(); ++i) {
    r[i] = price[i] > lowest ? 0 : (lowest - of_agent(family.cost, i)) * (falling(family, lowest) / sellers);
  }
}

void location(const NormalFormFamily& family, Numbers place, Payoffs r) {
  for (std::size_t i = 0; i < r.size(); ++i) {
    double sellers = 0;           // at the place
    double left = family.lowest;  // ends of what is nearest to it
    double right = family.highest;
    for (const double other : place) {
      const double middle = place[i] / 2 + other / 2;
      if (other == place[i]) sellers += 1;
      if (other < place[i]) left = std::max(left, middle);
      if (other > place[i]) right = std::min(right, middle);
    }
    r[i] = (right - left) / (family.highest - family.lowest) / sellers;
  }
}

void all_pay_auction(const NormalFormFamily& family, Numbers bid, Payoffs r) {
  const double highest = *std::max_element(bid.begin(), bid.end());
  const auto winners = static_cast<double>(std::count(bid.begin(), bid.end(), highest));
  for (std::size_t i = 0; i < r.size(); ++i) {
    r[i] = (bid[i] == highest ? of_agent(family.value, i) / winners : 0) - bid[i];
  }
}

using Rule = void (*)(const NormalFormFamily&, Numbers, Payoffs);

Rule rule_of(NormalFormKind kind) {
  switch (kind) {
    case NormalFormKind::minimum_effort:
      return minimum_effort;
    case NormalFormKind::travellers_dilemma:
      return travellers_dilemma;
    case NormalFormKind::guess_two_thirds:
      return guess_two_thirds;
    case NormalFormKind::cournot:
      return cournot;
    case NormalFormKind::bertrand:
      return bertrand;
    case NormalFormKind::location:
      return location;
    default:
      return all_pay_auction;
  }
}

}  // namespace

void make_game_of_numbers(NormalFormGame& game, const NormalFormFamily& family) {
  const std::size_t agents = game.actions.size();
  const std::size_t joint = game.payoffs.size() / agents;
  std::vector<std::vector<double>> numbers;  // agent by agent, action by action
  for (const int m : game.actions) {
    numbers.emplace_back();
    for (int k = 0; k < m; ++k) numbers.back().push_back(grid_number(family, k, m));
  }
  const Rule rule = rule_of(family.kind);
  std::vector<double> chosen(agents);
  std::vector<double> payoff(agents);
  for_joint_actions(game.actions, [&](std::size_t k, std::span<const std::size_t> action) {
    for (std::size_t i = 0; i < agents; ++i) chosen[i] = numbers[i][action[i]];
    rule(family, chosen, payoff);
    for (std::size_t i = 0; i < agents; ++i) game.payoffs[i * joint + k] = payoff[i];
  });
}

}  // namespace quantal
