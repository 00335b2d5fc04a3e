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

}  // namespace quantal
