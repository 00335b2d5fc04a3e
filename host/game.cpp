#include "quantal/game.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "quantal/error.hpp"

namespace quantal {
namespace {

void validate_normal_form(const NormalFormGame& game) {
  const std::size_t joint = joint_actions(game.actions);
  const std::size_t expected = game.actions.size() * joint;
  if (game.payoffs.size() != expected) {
    throw InputError(fmt::format("expected {} payoffs ({} agents x {} joint actions), found {}", expected,
                                 game.actions.size(), joint, game.payoffs.size()));
  }
  for (std::size_t k = 0; k < expected; ++k) {
    if (!std::isfinite(game.payoffs[k])) {
      throw InputError(fmt::format("expected a finite payoff for agent {} at joint action {}, found {}", k / joint,
                                   k % joint, game.payoffs[k]));
    }
  }
}

}  // namespace

const std::string& name_of(const Game& game) {
  return std::visit([](const auto& g) -> const std::string& { return g.name; }, game);
}

std::string_view class_of(const Game& game) {
  struct {
    std::string_view operator()(const NormalFormGame&) const { return "normal_form"; }
  } word;
  return std::visit(word, game);
}

std::size_t joint_actions(const std::vector<int>& actions) {
  if (actions.empty()) throw InputError("expected at least one agent, found none");
  // What a pointer difference can span, in payoffs of one agent.
  const std::size_t limit = static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(double) / actions.size();
  std::size_t joint = 1;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (actions[i] < 1) {
      throw InputError(fmt::format("expected at least one action for agent {}, found {}", i, actions[i]));
    }
    const auto m = static_cast<std::size_t>(actions[i]);
    if (joint > limit / m) {
      throw InputError(fmt::format(
          "expected a game that fits in memory, found one of {} agents with too many joint actions", actions.size()));
    }
    joint *= m;
  }
  return joint;
}

void validate(const Game& game) {
  struct {
    void operator()(const NormalFormGame& g) const { validate_normal_form(g); }
  } check;
  std::visit(check, game);
}

}  // namespace quantal
