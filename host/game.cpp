#include "quantal/game.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "host/format.hpp"
#include "quantal/error.hpp"

namespace quantal {
namespace {

void check_actions(const std::vector<int>& actions) {
  if (actions.empty()) throw InputError("expected at least one agent, found none");
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (actions[i] < 1) {
      throw InputError(formatted("expected at least one action for agent {}, found {}", i, actions[i]));
    }
  }
}

void validate_normal_form(const NormalFormGame& game) {
  const std::size_t joint = joint_actions(game.actions);
  const std::size_t expected = game.actions.size() * joint;
  if (game.payoffs.size() != expected) {
    throw InputError(formatted("expected {} payoffs ({} agents x {} joint actions), found {}", expected,
                               game.actions.size(), joint, game.payoffs.size()));
  }
  for (std::size_t k = 0; k < expected; ++k) {
    if (!std::isfinite(game.payoffs[k])) {
      throw InputError(formatted("expected a finite payoff for agent {} at joint action {}, found {}", k / joint,
                                 k % joint, game.payoffs[k]));
    }
  }
}

void validate_polymatrix(const PolymatrixGame& game) {
  check_actions(game.actions);
  const auto agents = static_cast<std::int64_t>(game.actions.size());
  if (agents > std::numeric_limits<std::int32_t>::max()) {
    throw InputError(formatted("expected fewer than 2^31 agents, found {}", agents));
  }
  std::int64_t all_actions = 0;
  for (const int m : game.actions) all_actions += m;
  if (all_actions > std::numeric_limits<std::int32_t>::max()) {
    throw InputError(formatted("expected fewer than 2^31 actions of all agents, found {}", all_actions));
  }
  std::size_t expected = 0;
  for (std::size_t e = 0; e < game.edges.size(); ++e) {
    const PolymatrixEdge& edge = game.edges[e];
    for (const int agent : {edge.first, edge.second}) {
      if (agent < 0 || agent >= agents) {
        throw InputError(formatted("edge {}: expected agents 0 to {}, found {}", e, agents - 1, agent));
      }
    }
    if (edge.first == edge.second) {
      throw InputError(formatted("edge {}: expected two different agents, found {} twice", e, edge.first));
    }
    if (!edge.pays_first && !edge.pays_second) {
      throw InputError(formatted("edge {}: expected payoffs for at least one of its agents, found none", e));
    }
    const std::size_t matrix = edge_matrix_size(game, edge);
    expected += (edge.pays_first ? matrix : 0) + (edge.pays_second ? matrix : 0);
    if (expected > static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(double)) {
      throw InputError(formatted("edge {}: expected a game that fits in memory", e));
    }
  }
  if (const auto [e, earlier] = repeated_edge(game.edges); e < game.edges.size()) {
    throw InputError(formatted("edge {}: expected one edge between agents {} and {}, found edge {} before", e,
                               game.edges[e].first, game.edges[e].second, earlier));
  }
  if (game.payoffs.size() != expected) {
    throw InputError(
        formatted("expected {} payoffs for {} edges, found {}", expected, game.edges.size(), game.payoffs.size()));
  }
  for (std::size_t k = 0; k < expected; ++k) {
    if (!std::isfinite(game.payoffs[k])) {
      throw InputError(formatted("expected a finite payoff, found {} at place {}", game.payoffs[k], k));
    }
  }
}

/// What the probabilities of each distribution of the game miss: visit(sum - 1, smallest) for rows 0 .. M - 1.
template <class Visit>
void for_row_sums(const MarkovGame& game, std::size_t rows, Visit&& visit) {
  const auto S = static_cast<std::size_t>(game.states);
  for (std::size_t k = 0; k < rows; ++k) {
    const std::size_t begin = game.is_sparse() ? game.row_begin[k] : k * S;
    const std::size_t end = game.is_sparse() ? game.row_begin[k + 1] : begin + S;
    double sum = 0;
    double smallest = 0;
    for (std::size_t e = begin; e < end; ++e) {
      sum += game.transitions[e];
      // not-a-number must not slip through
      if (!(game.transitions[e] >= smallest)) smallest = game.transitions[e];
    }
    visit(k, sum - 1, smallest);
  }
}

/// How far probabilities may be from a sum of 1.
constexpr double probability_tolerance = 1e-9;

void validate_sparsity(const MarkovGame& game, std::size_t rows) {
  if (game.row_begin.size() != rows + 1 || game.row_begin.front() != 0 ||
      game.row_begin.back() != game.transitions.size() ||
      !std::is_sorted(game.row_begin.begin(), game.row_begin.end())) {
    throw InputError(formatted("expected sparse transitions in {} rows, one after the other", rows));
  }
  if (game.next_state.size() != game.transitions.size()) {
    throw InputError(formatted("expected as many next states as transition probabilities, {}, found {}",
                               game.transitions.size(), game.next_state.size()));
  }
  for (std::size_t k = 0; k < rows; ++k) {
    for (std::size_t e = game.row_begin[k]; e < game.row_begin[k + 1]; ++e) {
      const std::int32_t least = e > game.row_begin[k] ? game.next_state[e - 1] + 1 : 0;
      if (game.next_state[e] < least || game.next_state[e] >= game.states) {
        throw InputError(
            formatted("row {} of the transitions: expected next states from 0 to {} in ascending order, found {}", k,
                      game.states - 1, game.next_state[e]));
      }
    }
  }
}

void validate_markov(const MarkovGame& game) {
  const std::vector<std::size_t> before = rows_before_states(game);
  const std::size_t rows = before.back();
  const auto N = static_cast<std::size_t>(game.agents());
  if (!(game.discount >= 0 && game.discount < 1)) {
    throw InputError(formatted("expected a discount from 0 to below 1, found {}", game.discount));
  }
  if (game.rewards.size() != N * rows) {
    throw InputError(formatted("expected {} rewards ({} agents x {} joint actions of all states), found {}", N * rows,
                               N, rows, game.rewards.size()));
  }
  for (std::size_t k = 0; k < game.rewards.size(); ++k) {
    if (!std::isfinite(game.rewards[k])) {
      throw InputError(
          formatted("expected a finite reward for agent {} in row {}, found {}", k / rows, k % rows, game.rewards[k]));
    }
  }
  if (game.is_sparse()) {
    validate_sparsity(game, rows);
  } else if (game.transitions.size() != rows * static_cast<std::size_t>(game.states)) {
    throw InputError(
        formatted("expected {} transition probabilities ({} joint actions of all states x {} states), "
                  "found {}",
                  rows * static_cast<std::size_t>(game.states), rows, game.states, game.transitions.size()));
  }
  for_row_sums(game, rows, [&](std::size_t k, double miss, double smallest) {
    if (smallest < 0 || std::isnan(smallest)) {
      throw InputError(formatted("row {} of the transitions: expected probabilities, found {}", k, smallest));
    }
    if (!(std::fabs(miss) <= probability_tolerance)) {
      throw InputError(
          formatted("row {} of the transitions: expected probabilities that sum to 1, found {}", k, 1 + miss));
    }
  });
  if (game.initial.empty()) return;
  if (game.initial.size() != static_cast<std::size_t>(game.states)) {
    throw InputError(
        formatted("expected {} initial probabilities, one a state, found {}", game.states, game.initial.size()));
  }
  double sum = 0;
  for (const double p : game.initial) {
    if (!(p >= 0)) throw InputError(formatted("expected initial probabilities, found {}", p));
    sum += p;
  }
  if (!(std::fabs(sum - 1) <= probability_tolerance)) {
    throw InputError(formatted("expected initial probabilities that sum to 1, found {}", sum));
  }
}

}  // namespace

std::vector<std::size_t> rows_before_states(const MarkovGame& game) {
  if (game.states < 1) throw InputError(formatted("expected at least one state, found {}", game.states));
  const auto S = static_cast<std::size_t>(game.states);
  if (game.actions.empty() || game.actions.size() % S != 0) {
    throw InputError(formatted("expected a number of actions for each agent in each of {} states, found {} numbers",
                               game.states, game.actions.size()));
  }
  const std::size_t N = game.actions.size() / S;
  const std::size_t limit = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()) / N;
  std::vector<std::size_t> before(S + 1, 0);
  for (std::size_t s = 0; s < S; ++s) {
    std::size_t joint = 1;
    for (std::size_t i = 0; i < N; ++i) {
      const int m = game.actions[i * S + s];
      if (m < 1)
        throw InputError(formatted("expected at least one action for agent {} in state {}, found {}", i, s, m));
      if (joint > limit / static_cast<std::size_t>(m)) {
        throw InputError(formatted("expected fewer than 2^31 rewards, found more in state {}", s));
      }
      joint *= static_cast<std::size_t>(m);
    }
    before[s + 1] = before[s] + joint;
    if (before[s + 1] > limit) throw InputError("expected fewer than 2^31 rewards, found more");
  }
  return before;
}

double largest_probability_error(const MarkovGame& game) {
  double largest = 0;
  for_row_sums(game, rows_before_states(game).back(),
               [&](std::size_t, double miss, double) { largest = std::max(largest, std::fabs(miss)); });
  double sum = 0;
  for (const double p : game.initial) sum += p;
  return game.initial.empty() ? largest : std::max(largest, std::fabs(sum - 1));
}

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

std::size_t states_of(const Game& game) {
  const auto* markov = std::get_if<MarkovGame>(&game);
  return markov == nullptr ? 1 : static_cast<std::size_t>(markov->states);
}

std::size_t agents_of(const Game& game) {
  return actions_of(game).size() / std::max<std::size_t>(1, states_of(game));
}

std::string_view class_of(const Game& game) {
  struct {
    std::string_view operator()(const NormalFormGame&) const { return "normal_form"; }
    std::string_view operator()(const PolymatrixGame&) const { return "polymatrix"; }
    std::string_view operator()(const MarkovGame&) const { return "markov"; }
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
      throw InputError(formatted(
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
    void operator()(const MarkovGame& g) const { validate_markov(g); }
  } check;
  std::visit(check, game);
}

}  // namespace quantal
