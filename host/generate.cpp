#include "quantal/generate.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "host/format.hpp"
#include "host/generate_graph.hpp"
#include "host/random_stream.hpp"
#include "host/rock_paper_scissors.hpp"

namespace quantal {
namespace {

constexpr auto graphs = std::to_array<NamedKind>({
    {"ring", "i with i + 1, and the last agent with agent 0."},
    {"path", "i with i + 1."},
    {"star", "Agent 0 with all others."},
    {"grid", "Rows times columns, each agent with those beside, above and below it."},
    {"complete", "Every agent with every other."},
    {"tree", "Random recursive tree: i with one of 0 .. i - 1, all as likely."},
    {"erdos-renyi",
     "G(N, p): each edge with probability p, independently. Gilbert, Random Graphs,\n"
     "Ann. Math. Stat. 30, 1959; Erdos and Renyi, On Random Graphs I, 1959."},
    {"barabasi-albert",
     "Preferential attachment: a star of k + 1 agents, then each agent that joins\n"
     "gets k edges, to agents with probability proportional to their degrees.\n"
     "Barabasi and Albert, Emergence of Scaling in Random Networks, Science 286,\n"
     "1999."},
});

constexpr auto payoff_kinds = std::to_array<NamedKind>({
    {"zero-sum",
     "A_ij uniform on the range, A_ji = -A_ij^T: each edge a zero-sum game. Cai et\n"
     "al., Zero-Sum Polymatrix Games: A Generalization of Minmax, Mathematics of\n"
     "Operations Research 41, 2016."},
    {"global-zero-sum",
     "Zero-sum altogether, but not edge by edge: zero-sum edges, and every agent\n"
     "i with several edges earns z_i(a_i) on its first, which its neighbour on its\n"
     "last one pays. A_ij and z_i are uniform on a third of the range. The class\n"
     "that Cai et al. (above) study."},
    {"coordination",
     "A_ij uniform on the range, A_ji = A_ij^T: both agents of an edge earn the\n"
     "same. Cai and Daskalakis, On Minmax Theorems for Multiplayer Games, SODA\n"
     "2011."},
    {"random", "A_ij and A_ji uniform on the range, independently."},
    {"rock-paper-scissors",
     "m odd, a beats b if (a - b) mod m is odd: for m = 3 each action beats the one\n"
     "before it. The loser pays the edge's stake, uniform on the range, to the\n"
     "winner."},
    {"matching-pennies",
     "Two actions: an edge's first agent wins the edge's stake, uniform on the\n"
     "range, from its second where both choose the same, and loses it where not."},
});

std::string_view name_of(NetworkPayoffs payoffs) {
  return payoff_kinds[static_cast<std::size_t>(payoffs)].name;
}

void validate_actions(const NetworkFamily& family) {
  if (family.actions.empty()) throw InputError("actions: expected at least one number of actions, found none");
  for (const int m : family.actions) {
    if (m < 1) throw InputError(formatted("actions: expected at least 1 for each agent, found {}", m));
    const bool is_odd_and_same = m % 2 == 1 && m >= 3 && m == family.actions.front();
    if (family.payoffs == NetworkPayoffs::rock_paper_scissors && !is_odd_and_same) {
      throw InputError(formatted("payoffs rock-paper-scissors: expected one odd number of actions from 3, found {}",
                                 joined(family.actions, ",")));
    }
    if (family.payoffs == NetworkPayoffs::matching_pennies && m != 2) {
      throw InputError(formatted("payoffs matching-pennies: expected 2 actions, found {}", m));
    }
  }
}

void validate_payoffs(const NetworkFamily& family) {
  if (!(family.low <= family.high) || !std::isfinite(family.high - family.low)) {
    throw InputError(
        formatted("range: expected finite numbers low:high with low <= high, found {}:{}", family.low, family.high));
  }
  if (family.payoffs != NetworkPayoffs::global_zero_sum) return;
  if (family.agents < 3) {
    throw InputError(
        formatted("payoffs global-zero-sum: expected at least 3 agents, found {}: one edge alone is "
                  "zero-sum if all are",
                  family.agents));
  }
  if (*std::max_element(family.actions.begin(), family.actions.end()) == 1 || family.low == family.high) {
    throw InputError(
        "payoffs global-zero-sum: expected agents with several actions and a range with low < high, without which "
        "every edge is constant-sum");
  }
}

std::vector<int> draw_actions(const NetworkFamily& family, std::uint64_t index) {
  RandomStream random(family.seed, index, Purpose::actions);
  std::vector<int> actions(static_cast<std::size_t>(family.agents), family.actions.front());
  if (family.actions.size() == 1) return actions;
  for (int& m : actions) m = family.actions[random.below(static_cast<std::uint32_t>(family.actions.size()))];
  return actions;
}

/// An edge's two matrices, [action of first][action of second].
struct Matrices {
  std::size_t rows;
  std::size_t columns;
  double* first;
  double* second;
};

void draw_matrices(const NetworkFamily& family, const Matrices& edge, RandomStream& random) {
  const std::size_t size = edge.rows * edge.columns;
  const auto draw = [&] { return random.uniform(family.low, family.high); };
  switch (family.payoffs) {
    case NetworkPayoffs::zero_sum:
      for (std::size_t k = 0; k < size; ++k) edge.second[k] = -(edge.first[k] = draw());
      break;
    case NetworkPayoffs::global_zero_sum:
      for (std::size_t k = 0; k < size; ++k) edge.second[k] = -(edge.first[k] = draw() / 3);
      break;
    case NetworkPayoffs::coordination:
      for (std::size_t k = 0; k < size; ++k) edge.second[k] = edge.first[k] = draw();
      break;
    case NetworkPayoffs::random:
      for (std::size_t k = 0; k < size; ++k) edge.first[k] = draw();
      for (std::size_t k = 0; k < size; ++k) edge.second[k] = draw();
      break;
    case NetworkPayoffs::rock_paper_scissors:
    case NetworkPayoffs::matching_pennies: {
      const double stake = draw();
      for (std::size_t k = 0; k < size; ++k) {
        const std::size_t a = k / edge.columns;
        const std::size_t b = k % edge.columns;
        const bool pennies = family.payoffs == NetworkPayoffs::matching_pennies;
        const int wins = pennies ? (a == b ? 1 : -1) : rock_paper_scissors(a, b, edge.rows);
        edge.first[k] = wins == 0 ? 0.0 : wins * stake;
        edge.second[k] = wins == 0 ? 0.0 : -wins * stake;
      }
      break;
    }
  }
}

/// What an agent earns by its action on its first edge and its neighbour on its last edge pays. Agents with fewer than
/// two edges have no such term.
class SideTerms {
 public:
  SideTerms(const PolymatrixGame& game, const NetworkFamily& family, std::uint64_t index)
      : begin_(game.actions.size() + 1, 0), earns_(game.actions.size(), none), pays_(game.actions.size(), none) {
    for (std::size_t e = 0; e < game.edges.size(); ++e) {
      for (const int agent : {game.edges[e].first, game.edges[e].second}) {
        const auto i = static_cast<std::size_t>(agent);
        if (earns_[i] == none)
          earns_[i] = e;
        else
          pays_[i] = e;
      }
    }
    for (std::size_t i = 0; i < game.actions.size(); ++i) {
      begin_[i + 1] = begin_[i] + static_cast<std::size_t>(game.actions[i]);
      if (pays_[i] == none) earns_[i] = none;
    }
    RandomStream random(family.seed, index, Purpose::terms);
    term_.resize(begin_.back());
    for (double& term : term_) term = random.uniform(family.low, family.high) / 3;
  }

  void add(const PolymatrixEdge& edge, std::size_t e, const Matrices& matrices) const {
    const auto first = static_cast<std::size_t>(edge.first);
    const auto second = static_cast<std::size_t>(edge.second);
    for (std::size_t a = 0; a < matrices.rows; ++a) {
      for (std::size_t b = 0; b < matrices.columns; ++b) {
        const double of_first = term_[begin_[first] + a];
        const double of_second = term_[begin_[second] + b];
        double& to_first = matrices.first[a * matrices.columns + b];
        double& to_second = matrices.second[a * matrices.columns + b];
        if (earns_[first] == e) to_first += of_first;
        if (pays_[first] == e) to_second -= of_first;
        if (earns_[second] == e) to_second += of_second;
        if (pays_[second] == e) to_first -= of_second;
      }
    }
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::vector<std::size_t> begin_;  // (N + 1)
  std::vector<std::size_t> earns_;  // (N) edges
  std::vector<std::size_t> pays_;   // (N)
  std::vector<double> term_;        // agent by agent, action by action
};

void draw_payoffs(PolymatrixGame& game, const NetworkFamily& family, std::uint64_t index) {
  std::size_t payoffs = 0;
  for (const PolymatrixEdge& edge : game.edges) payoffs += 2 * edge_matrix_size(game, edge);
  game.payoffs.resize(payoffs);
  RandomStream random(family.seed, index, Purpose::payoffs);
  const bool is_global = family.payoffs == NetworkPayoffs::global_zero_sum;
  const SideTerms terms(is_global ? game : PolymatrixGame{}, family, index);
  double* next = game.payoffs.data();
  for (std::size_t e = 0; e < game.edges.size(); ++e) {
    const PolymatrixEdge& edge = game.edges[e];
    const std::size_t size = edge_matrix_size(game, edge);
    const auto rows = static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.first)]);
    const Matrices matrices{rows, size / rows, next, next + size};
    draw_matrices(family, matrices, random);
    if (is_global) terms.add(edge, e, matrices);
    next += 2 * size;
  }
}

}  // namespace

std::span<const NamedKind> network_graphs() {
  return graphs;
}

std::span<const NamedKind> network_payoffs() {
  return payoff_kinds;
}

void validate(const NetworkFamily& family) {
  validate_graph(family);
  validate_actions(family);
  validate_payoffs(family);
}

PolymatrixGame generate(const NetworkFamily& family, std::uint64_t index) {
  validate(family);
  if (index >> 48 != 0) throw InputError(formatted("game {}: expected a number below 2^48", index));
  PolymatrixGame game;
  game.name = formatted("{} {} {}x{} seed {} #{}", graphs[static_cast<std::size_t>(family.graph)].name,
                        name_of(family.payoffs), family.agents, joined(family.actions, ","), family.seed, index);
  game.actions = draw_actions(family, index);
  game.edges = draw_edges(family, index);
  draw_payoffs(game, family, index);
  return game;
}

}  // namespace quantal
