#include "quantal/game.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "quantal/error.hpp"

namespace quantal {
namespace {

void check_actions(const std::vector<int>& actions) {
  if (actions.empty()) throw InputError("expected at least one agent, found none");
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (actions[i] < 1) {
      throw InputError(fmt::format("expected at least one action for agent {}, found {}", i, actions[i]));
    }
  }
}

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

void validate_polymatrix(const PolymatrixGame& game) {
  check_actions(game.actions);
  const auto agents = static_cast<std::int64_t>(game.actions.size());
  if (agents > std::numeric_limits<std::int32_t>::max()) {
    throw InputError(fmt::format("expected fewer than 2^31 agents, found {}", agents));
  }
  std::int64_t all_actions = 0;
  for (const int m : game.actions) all_actions += m;
  if (all_actions > std::numeric_limits<std::int32_t>::max()) {
    throw InputError(fmt::format("expected fewer than 2^31 actions of all agents, found {}", all_actions));
  }
  std::size_t expected = 0;
  for (std::size_t e = 0; e < game.edges.size(); ++e) {
    const PolymatrixEdge& edge = game.edges[e];
    for (const int agent : {edge.first, edge.second}) {
      if (agent < 0 || agent >= agents) {
        throw InputError(fmt::format("edge {}: expected agents 0 to {}, found {}", e, agents - 1, agent));
      }
    }
    if (edge.first == edge.second) {
      throw InputError(fmt::format("edge {}: expected two different agents, found {} twice", e, edge.first));
    }
    if (!edge.pays_first && !edge.pays_second) {
      throw InputError(fmt::format("edge {}: expected payoffs for at least one of its agents, found none", e));
    }
    const std::size_t matrix = edge_matrix_size(game, edge);
    expected += (edge.pays_first ? matrix : 0) + (edge.pays_second ? matrix : 0);
    if (expected > static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(double)) {
      throw InputError(fmt::format("edge {}: expected a game that fits in memory", e));
    }
  }
  if (const auto [e, earlier] = repeated_edge(game.edges); e < game.edges.size()) {
    throw InputError(fmt::format("edge {}: expected one edge between agents {} and {}, found edge {} before", e,
                                 game.edges[e].first, game.edges[e].second, earlier));
  }
  if (game.payoffs.size() != expected) {
    throw InputError(
        fmt::format("expected {} payoffs for {} edges, found {}", expected, game.edges.size(), game.payoffs.size()));
  }
  for (std::size_t k = 0; k < expected; ++k) {
    if (!std::isfinite(game.payoffs[k])) {
      throw InputError(fmt::format("expected a finite payoff, found {} at place {}", game.payoffs[k], k));
    }
  }
}

}  // namespace

std::size_t edge_matrix_size(const PolymatrixGame& game, const PolymatrixEdge& edge) {
  return static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.first)]) *
         static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.second)]);
}

std::pair<std::size_t, std::size_t> repeated_edge(const std::vector<PolymatrixEdge>& edges) {
  std::vector<std::pair<std::uint64_t, std::size_t>> pairs(edges.size());
  for (std::size_t e = 0; e < edges.size(); ++e) {
    // Not std::minmax: it returns references, here to temporaries that are gone.
    const auto low = static_cast<std::uint64_t>(std::min(edges[e].first, edges[e].second));
    const auto high = static_cast<std::uint64_t>(std::max(edges[e].first, edges[e].second));
    pairs[e] = {low << 32 | high, e};
  }
  std::sort(pairs.begin(), pairs.end());
  std::pair<std::size_t, std::size_t> found{edges.size(), edges.size()};
  for (std::size_t k = 1; k < pairs.size(); ++k) {
    if (pairs[k].first == pairs[k - 1].first && pairs[k].second < found.first) {
      found = {pairs[k].second, pairs[k - 1].second};
    }
  }
  return found;
}

const std::vector<int>& actions_of(const Game& game) {
  return std::visit([](const auto& g) -> const std::vector<int>& { return g.actions; }, game);
}

const std::string& name_of(const Game& game) {
  return std::visit([](const auto& g) -> const std::string& { return g.name; }, game);
}

std::string_view class_of(const Game& game) {
  struct {
    std::string_view operator()(const NormalFormGame&) const { return "normal_form"; }
    std::string_view operator()(const PolymatrixGame&) const { return "polymatrix"; }
  } word;
  return std::visit(word, game);
}

std::size_t joint_actions(const std::vector<int>& actions) {
  check_actions(actions);
  // What a pointer difference can span, in payoffs of one agent.
  const std::size_t limit = static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(double) / actions.size();
  std::size_t joint = 1;
  for (const int action_count : actions) {
    const auto m = static_cast<std::size_t>(action_count);
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
    void operator()(const PolymatrixGame& g) const { validate_polymatrix(g); }
  } check;
  std::visit(check, game);
}

}  // namespace quantal
