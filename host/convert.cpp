#include "quantal/convert.hpp"

#include <cmath>
#include <cstddef>
#include <utility>

#include "host/format.hpp"
#include "quantal/error.hpp"

namespace quantal {
namespace {

constexpr std::size_t most_payoffs = std::size_t{1} << 28;

std::size_t size_of(int actions) {
  return static_cast<std::size_t>(actions);
}

void check_size(const std::vector<int>& actions) {
  // In floating point, which the product of a large network's actions overflows to infinity at worst.
  double payoffs = static_cast<double>(actions.size());
  for (const int m : actions) payoffs *= m;
  if (payoffs <= static_cast<double>(most_payoffs)) return;
  throw InputError(formatted("expected a game of at most {} payoffs in normal form, found {} ({} agents)", most_payoffs,
                             std::isfinite(payoffs) ? formatted("{:.4g}", payoffs) : "more than 1e308",
                             actions.size()));
}

/// Product of the actions of the agents from `begin` to before `end`.
std::size_t joint_actions_between(const std::vector<int>& actions, int begin, int end) {
  std::size_t joint = 1;
  for (int i = begin; i < end; ++i) joint *= size_of(actions[size_of(i)]);
  return joint;
}

/// Adds what one agent earns on an edge, matrix[action of first][action of second], to its payoffs at all joint
/// actions. In their order these are five nested loops: the agents before the two, the one of the two that comes first,
/// the agents between them, the other one, the agents after.
void add_matrix(const PolymatrixGame& game, const PolymatrixEdge& edge, const double* matrix, double* payoffs) {
  const bool in_order = edge.first < edge.second;
  const int low = in_order ? edge.first : edge.second;
  const int high = in_order ? edge.second : edge.first;
  const std::vector<int>& m = game.actions;
  const std::size_t before = joint_actions_between(m, 0, low);
  const std::size_t between = joint_actions_between(m, low + 1, high);
  const std::size_t after = joint_actions_between(m, high + 1, static_cast<int>(m.size()));
  const std::size_t low_actions = size_of(m[size_of(low)]);
  const std::size_t high_actions = size_of(m[size_of(high)]);

  double* at = payoffs;
  for (std::size_t a = 0; a < before; ++a) {
    for (std::size_t a_low = 0; a_low < low_actions; ++a_low) {
      for (std::size_t b = 0; b < between; ++b) {
        for (std::size_t a_high = 0; a_high < high_actions; ++a_high) {
          const double pay = in_order ? matrix[a_low * high_actions + a_high] : matrix[a_high * low_actions + a_low];
          for (std::size_t c = 0; c < after; ++c) *at++ += pay;
        }
      }
    }
  }
}

}  // namespace

NormalFormGame to_normal_form(const PolymatrixGame& game) {
  validate(game);
  check_size(game.actions);
  const std::size_t joint = joint_actions(game.actions);
  NormalFormGame normal_form{game.name, game.actions, std::vector<double>(game.actions.size() * joint, 0.0)};
  const double* matrix = game.payoffs.data();
  for (const PolymatrixEdge& edge : game.edges) {
    const std::size_t size = edge_matrix_size(game, edge);
    for (const auto& [agent, is_paid] : {std::pair(edge.first, edge.pays_first), {edge.second, edge.pays_second}}) {
      if (!is_paid) continue;
      add_matrix(game, edge, matrix, normal_form.payoffs.data() + size_of(agent) * joint);
      matrix += size;
    }
  }
  return normal_form;
}

}  // namespace quantal
