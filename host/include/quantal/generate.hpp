#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "quantal/error.hpp"
#include "quantal/game.hpp"

namespace quantal {

/// Graphs that network games are generated on; `network_graphs` says what they are. N is the number of agents.
enum class Graph : std::uint8_t { ring, path, star, grid, complete, tree, erdos_renyi, barabasi_albert };

/// How the payoffs of an edge are drawn; `network_payoffs` says it.
enum class NetworkPayoffs : std::uint8_t {
  zero_sum,
  global_zero_sum,
  coordination,
  random,
  rock_paper_scissors,
  matching_pennies
};

/// A name as the command takes it, and what it stands for, with its source where it has one: lines of plain text.
struct NamedKind {
  std::string_view name;
  std::string_view description;
};

/// (8) by Graph.
std::span<const NamedKind> network_graphs();

/// (6) by NetworkPayoffs.
std::span<const NamedKind> network_payoffs();

/// A random family of network games: game 0, 1, 2, .. of a seed.
struct NetworkFamily {
  Graph graph = Graph::ring;
  NetworkPayoffs payoffs = NetworkPayoffs::zero_sum;
  int agents = 10;                 ///< N >= 2; ring: N >= 3
  std::vector<int> actions = {2};  ///< each agent draws its number of actions from these, all as likely
  double low = -1;                 ///< payoffs are uniform on [low, high], finite numbers; what that means for each
  double high = 1;                 ///<   NetworkPayoffs its description says
  int rows = 0;                    ///< grid: its rows, a divisor of N; 0: as near to a square as N allows
  double probability = 0.1;        ///< erdos_renyi: of each edge, 0 to 1
  int edges_per_agent = 2;         ///< barabasi_albert: of each agent that joins, 1 to N - 1
  std::uint64_t seed = 0;
};

/// Throws InputError, saying what was expected, unless games can be drawn from the family.
void validate(const NetworkFamily& family);

/// Game `index` (below 2^48) of the family. It depends on the arguments alone: it is the same to the last bit on every
/// machine, whichever games are drawn beside it. Payoffs that cancel or are equal by the family's definition do so
/// exactly or, in global_zero_sum, up to rounding; `classify` sees it. The game is named after family and index.
/// Takes time linear in agents, edges and payoffs. Throws InputError as `validate` does. Thread-safe.
PolymatrixGame generate(const NetworkFamily& family, std::uint64_t index);

/// Kinds of Markov games; `markov_kinds` says what they are. The first three are drawn at random, the others are models
/// of the literature, which depend on their parameters alone.
enum class MarkovKind : std::uint8_t { random, zero_sum, mdp, soccer, navigation, stag_hunt, congestion };

/// (7) by MarkovKind.
std::span<const NamedKind> markov_kinds();

/// Whether games of the kind are drawn, and differ with seed and index.
bool is_drawn(MarkovKind kind);

/// A family of Markov games. A kind looks at the members that name it, and at the discount.
struct MarkovFamily {
  MarkovKind kind = MarkovKind::random;
  double discount = 0.9;  ///< from 0 to below 1

  // random, zero_sum, mdp
  int states = 10;                 ///< S >= 1
  std::vector<int> actions = {2};  ///< each agent draws its number of actions in each state from these, all as likely
  double low = -1;                 ///< rewards are uniform on [low, high], finite numbers; zero_sum: those of agent 0
  double high = 1;
  int next_states = 0;  ///< each row leads to so many different states, 1 to S; 0: to all
  std::uint64_t seed = 0;

  int agents = 2;      ///< random: N >= 1; stag_hunt, congestion: N >= 2. The others have 2, mdp has 1.
  int rows = 3;        ///< navigation: of the grid, >= 2
  int columns = 3;     ///< navigation: of the grid, >= 2
  double slip = 0.1;   ///< navigation: the probability that a move fails, from 0 to below 1
  double penalty = 1;  ///< navigation: what a bounce costs; congestion: what all lose in the distancing state
};

/// The kind with the parameters of its source: soccer, for one, with a discount of 0.9, congestion with one of 0.99,
/// eight agents and a penalty of 100.
MarkovFamily markov_family(MarkovKind kind);

/// Throws InputError, saying what was expected, unless the family has games, of fewer than 2^31 rewards and transition
/// probabilities each.
void validate(const MarkovFamily& family);

/// Game `index` (below 2^48) of the family: as above, the same everywhere, and named after family and index; the kinds
/// that are not drawn have one game. The probabilities of a row sum to 1 up to a rounding; of drawn ones exactly.
/// Transitions are sparse, except where rows lead to all states. Takes time linear in rewards and, up to a logarithm,
/// in transition probabilities. Throws InputError as `validate` does. Thread-safe.
MarkovGame generate(const MarkovFamily& family, std::uint64_t index);

}  // namespace quantal
