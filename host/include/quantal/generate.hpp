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

/// Kinds of games in normal form; `normal_form_kinds` says what they are.
enum class NormalFormKind : std::uint8_t {
  uniform,
  normal,
  covariant,
  zero_sum,
  identical_interest,
  exact_potential,
  congestion,
  matching_pennies,
  rock_paper_scissors,
  coordination,
  stag_hunt,
  chicken,
  prisoners_dilemma,
  battle_of_the_sexes,
  majority_voting,
  dispersion,
  blotto,
  minimum_effort,
  travellers_dilemma,
  guess_two_thirds,
  cournot,
  bertrand,
  location,
  all_pay_auction
};

/// (24) by NormalFormKind.
std::span<const NamedKind> normal_form_kinds();

/// Whether games of the kind are drawn, and differ with seed and index. The others depend on their parameters alone.
bool is_drawn(NormalFormKind kind);

/// A family of games in normal form. A kind looks at `actions` and at the members that name it; all numbers are at most
/// 1e100 in size.
struct NormalFormFamily {
  NormalFormKind kind = NormalFormKind::uniform;

  /// (N) numbers of actions, agent by agent. N >= 1 for uniform, normal, identical_interest, exact_potential and
  /// congestion, N = 2 for all of two agents, N >= 2 for the others. rock_paper_scissors, coordination, dispersion and
  /// majority_voting: all the same, rock_paper_scissors odd and >= 3. blotto: only N matters, the numbers follow from
  /// troops and fields.
  std::vector<int> actions = {2, 2};

  // Drawn kinds
  double low = -1;       ///< all but normal and covariant: payoffs, stakes or terms are uniform on [low, high], as the
  double high = 1;       ///<   description says; low < high where payoffs are ordered, low >= 0 for coordination
  double rho = 0.5;      ///< covariant: the correlation of two agents' payoffs, -1/(N-1) to 1
  int facilities = 4;    ///< congestion: 1 to 24, and enough for 2^facilities - 1 actions
  double asymmetry = 1;  ///< matching_pennies: what agent 0 earns at (0, 0), in stakes; > -1
  std::uint64_t seed = 0;

  // Actions that are numbers: minimum_effort and all after it. Action k of m is the k-th of m evenly spaced numbers
  // from lowest to highest: more actions approach the continuous game on the same interval.
  double lowest = 0;   ///< cournot, bertrand, all_pay_auction: >= 0
  double highest = 1;  ///< > lowest

  std::vector<double> cost = {1};   ///< >= 0, one for all agents or one an agent. minimum_effort: of a unit of effort;
                                    ///<   cournot, bertrand: of a unit of output
  double benefit = 0.2;             ///< minimum_effort: of a unit of the least effort, >= 0
  double bonus = 2;                 ///< travellers_dilemma: what the lower claim earns from the higher one, >= 0
  double fraction = 2.0 / 3;        ///< guess_two_thirds: of the mean that is to be guessed, >= 0
  double intercept = 10;            ///< cournot: the price when nothing is sold; bertrand: demand at price 0; >= 0
  double slope = 1;                 ///< cournot: by which a unit lowers the price; bertrand: by which the price lowers
                                    ///<   demand; >= 0
  std::vector<double> value = {1};  ///< all_pay_auction: of the prize, >= 0, one for all agents or one an agent
  std::vector<int> troops = {5};    ///< blotto: >= 0, one number for both agents or one an agent
  int fields = 3;                   ///< blotto: battlefields, >= 1
};

/// The kind with the parameters that it has on the command line where nothing else is asked for, those of its source
/// where this has some: travellers_dilemma, for one, with claims 2, 3, .., 100.
NormalFormFamily normal_form_family(NormalFormKind kind);

/// (N) the numbers of actions of the family's games: `actions`, of blotto what troops and fields ask for. Throws
/// InputError as `validate` does.
std::vector<int> actions_of(const NormalFormFamily& family);

/// Throws InputError, saying what was expected, unless the family has games, of at most 2^28 payoffs each.
void validate(const NormalFormFamily& family);

/// Game `index` (below 2^48) of the family: as above, the same to the last bit everywhere, and named after family and
/// index; the kinds that are not drawn have one game. Payoffs that cancel, are equal or have a potential by the kind's
/// definition do so exactly or up to rounding; of two agents `classify` sees it. Takes time linear in payoffs, times N
/// or facilities for some kinds. Throws InputError as `validate` does. Thread-safe.
NormalFormGame generate(const NormalFormFamily& family, std::uint64_t index);

}  // namespace quantal
