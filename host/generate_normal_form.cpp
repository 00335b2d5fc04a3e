#include "host/generate_normal_form.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/format.hpp"
#include "quantal/generate.hpp"

namespace quantal {
namespace {

using enum NormalFormKind;

constexpr auto kinds = std::to_array<NamedKind>({
    {"uniform", "All payoffs uniform on the range, independently. GAMUT."},
    {"normal",
     "All payoffs standard normal, independently: up to units of payoff the random\n"
     "game of McLennan, The Expected Number of Nash Equilibria of a Normal Form\n"
     "Game, Econometrica 73, 2005."},
    {"covariant",
     "At each joint action the agents' payoffs are standard normal with correlation\n"
     "rho between any two: 1 is identical interest, 0 is normal, and -1/(N-1), the\n"
     "least, is zero-sum. Rinott and Scarsini, On the Number of Pure Strategy Nash\n"
     "Equilibria in Random Games, Games and Economic Behavior 33, 2000. GAMUT."},
    {"zero-sum",
     "Payoffs uniform on the range, but for the last agent, who loses what the\n"
     "others earn. Von Neumann, Zur Theorie der Gesellschaftsspiele, Mathematische\n"
     "Annalen 100, 1928. GAMUT, for two agents."},
    {"identical-interest",
     "One payoff for all agents at each joint action, uniform on the range.\n"
     "Monderer and Shapley, Fictitious Play Property for Games with Identical\n"
     "Interests, J. of Economic Theory 68, 1996."},
    {"exact-potential",
     "r_i(a) = P(a) + d_i(a_-i), a potential and a term of the others' actions,\n"
     "which are all the games with an exact potential; both uniform on half the\n"
     "range, LOW/2 to HIGH/2. Monderer and Shapley, Potential Games, Games and\n"
     "Economic Behavior 14, 1996."},
    {"congestion",
     "An action is a set of facilities; facility f pays w_f(k) to each of its k\n"
     "users. Each agent's M sets are drawn from all that are not empty; w_f(1) >=\n"
     "w_f(2) >= .. are N numbers uniform on the range, sorted. Rosenthal, A Class\n"
     "of Games Possessing Pure-Strategy Nash Equilibria, Int. J. of Game Theory 2,\n"
     "1973. GAMUT."},
    {"matching-pennies",
     "Two agents, two actions: agent 0 wins the stake, uniform on the range, from\n"
     "agent 1 where both choose the same, and loses it where not. Asymmetry x: at\n"
     "(0, 0) agent 0 earns x stakes, 13 or -0.8 in Goeree and Holt, Ten Little\n"
     "Treasures of Game Theory and Ten Intuitive Contradictions, American Economic\n"
     "Review 91, 2001, up to units. GAMUT, without it."},
    {"rock-paper-scissors",
     "Two agents, m odd: a beats b if (a - b) mod m is odd, for m = 3 each action\n"
     "the one before it. The loser pays the stake, uniform on the range, to the\n"
     "winner. GAMUT, for m = 3."},
    {"coordination",
     "Where all agents choose action a, each earns v_a, uniform on the range;\n"
     "elsewhere all earn 0. Schelling, The Strategy of Conflict, 1960. GAMUT."},
    {"stag-hunt",
     "Two agents hunt stag (action 0) or hare (1). Both stag pays R each, both hare\n"
     "P; stag alone S, hare alone T. R > T > P > S, four numbers uniform on the\n"
     "range. After Rousseau, Discourse on Inequality, 1755; Skyrms, The Stag Hunt\n"
     "and the Evolution of Social Structure, 2004."},
    {"chicken",
     "Two agents swerve (action 0) or go straight (1). Both swerve pays R each,\n"
     "both straight P; swerving alone S, straight alone T. T > R > S > P, four\n"
     "numbers uniform on the range. Rapoport and Chammah, The Game of Chicken,\n"
     "American Behavioral Scientist 10, 1966. GAMUT."},
    {"prisoners-dilemma",
     "Two agents cooperate (action 0) or defect (1). Both cooperate pays R each,\n"
     "both defect P; cooperating alone S, defecting alone T. T > R > P > S and\n"
     "2 R > T + S, four numbers uniform on the range. Rapoport and Chammah,\n"
     "Prisoner's Dilemma, 1965. GAMUT."},
    {"battle-of-the-sexes",
     "Two agents, two actions: both at 0 pays A to agent 0 and B to agent 1, both\n"
     "at 1 pays B and A, elsewhere both earn C. A > B > C, three numbers uniform on\n"
     "the range. Luce and Raiffa, Games and Decisions, 1957. GAMUT."},
    {"majority-voting",
     "Each agent votes for one of M candidates. The most votes win, in a tie the\n"
     "first candidate that has them; agent i earns u_i(winner), all u_i(c) uniform\n"
     "on the range. GAMUT."},
    {"dispersion",
     "r_i(a) = the share of the other agents who choose another action than i: 1\n"
     "for being alone, 0 for being all together. After Grenager, Powers and Shoham,\n"
     "Dispersion Games, AAAI 2002. GAMUT. Not drawn, like all that follow."},
    {"blotto",
     "Two agents spread their troops over K fields, in C(T+K-1, K-1) ways; the more\n"
     "troops win a field, even ones draw. Agent 0 earns the fields it wins minus\n"
     "those it loses, agent 1 the opposite. Borel, La theorie du jeu et les\n"
     "equations integrales a noyau symetrique, 1921; with whole troops Hart,\n"
     "Discrete Colonel Blotto and General Lotto Games, Int. J. of Game Theory 36,\n"
     "2008, up to units."},
    {"minimum-effort",
     "Efforts e_i: r_i = benefit min_j e_j - cost e_i. Van Huyck, Battalio and\n"
     "Beil, Tacit Coordination Games, Strategic Uncertainty, and Coordination\n"
     "Failure, American Economic Review 80, 1990: benefit 0.2, cost 0.1, efforts 1\n"
     "to 7, and 0.6 for all, which is left out here. GAMUT."},
    {"travellers-dilemma",
     "Two agents claim x_i and both get the lower claim; who made it gets the bonus\n"
     "besides, from the other. Basu, The Traveler's Dilemma: Paradoxes of\n"
     "Rationality in Game Theory, American Economic Review 84, 1994: claims 2, 3,\n"
     "..., 100, bonus 2. GAMUT."},
    {"guess-two-thirds",
     "Who guesses nearest to the fraction (2/3) of the mean of all guesses wins 1;\n"
     "those in a tie share it. Nagel, Unraveling in Guessing Games: An Experimental\n"
     "Study, American Economic Review 85, 1995. GAMUT."},
    {"cournot",
     "Firms sell quantities q_i at the price p = max(0, intercept - slope sum q_j):\n"
     "r_i = (p - cost) q_i. Of the continuous game with one cost c all q_i =\n"
     "(intercept - c) / (slope (N + 1)) is an equilibrium. Cournot, Recherches sur\n"
     "les principes mathematiques de la theorie des richesses, 1838. GAMUT, for two\n"
     "agents."},
    {"bertrand",
     "Firms set prices p_i. The k firms with the lowest one, p, share the demand\n"
     "D = max(0, intercept - slope p) and earn (p - cost) D/k, the others 0.\n"
     "Bertrand, Theorie mathematique de la richesse sociale, J. des Savants, 1883.\n"
     "GAMUT."},
    {"location",
     "Sellers choose places on the interval. Buyers, evenly spread over it, go to\n"
     "the nearest; sellers at one place share them. r_i = the share of all buyers.\n"
     "Hotelling, Stability in Competition, Economic Journal 39, 1929, with fixed\n"
     "prices. GAMUT."},
    {"all-pay-auction",
     "All pay their bids b_i; the highest wins the prize, ties share it:\n"
     "r_i = value/k - b_i for the k highest, -b_i for the others. Baye, Kovenock\n"
     "and de Vries, The All-Pay Auction with Complete Information, Economic Theory\n"
     "8, 1996; its logit equilibria: Anderson, Goeree and Holt, Rent Seeking with\n"
     "Bounded Rationality, J. of Political Economy 106, 1998."},
});
static_assert(kinds.size() == static_cast<std::size_t>(all_pay_auction) + 1);

/// What all numbers of a family are at most, in size: no payoff made of them overflows.
constexpr double largest_number = 1e100;

/// How agents and actions of a kind may be.
struct Shape {
  std::size_t fewest_agents;
  std::size_t most_agents;
  bool alike;  // all have the same number of actions
};

constexpr std::size_t any = static_cast<std::size_t>(-1);

Shape shape_of(NormalFormKind kind) {
  switch (kind) {
    case uniform:
    case normal:
    case identical_interest:
    case exact_potential:
    case congestion:
      return {1, any, false};
    case matching_pennies:
    case rock_paper_scissors:
    case stag_hunt:
    case chicken:
    case prisoners_dilemma:
    case battle_of_the_sexes:
      return {2, 2, true};
    case blotto:
    case travellers_dilemma:
      return {2, 2, false};
    case coordination:
    case majority_voting:
    case dispersion:
      return {2, any, true};
    default:
      return {2, any, false};
  }
}

bool is_two_by_two(NormalFormKind kind) {
  return kind == matching_pennies || (kind >= stag_hunt && kind <= battle_of_the_sexes);
}

/// Whether the kind's payoffs are in a strict order.
bool is_ordered(NormalFormKind kind) {
  return kind >= stag_hunt && kind <= battle_of_the_sexes;
}

template <class... Arguments>
[[noreturn]] void refuse(NormalFormKind kind, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  throw InputError(formatted("{}: {}", name_of(kind), formatted(text, std::forward<Arguments>(arguments)...)));
}

void validate_shape(const NormalFormFamily& family) {
  const Shape shape = shape_of(family.kind);
  const std::size_t agents = family.actions.size();
  if (agents < shape.fewest_agents || agents > shape.most_agents) {
    refuse(family.kind, "expected {}{} agent{}, found {}", shape.fewest_agents == shape.most_agents ? "" : "at least ",
           shape.fewest_agents, shape.fewest_agents == 1 ? "" : "s", agents);
  }
  if (family.kind == blotto) return;
  const int first = family.actions[0];
  const int fewest = has_interval(family.kind) ? 2 : 1;
  for (const int m : family.actions) {
    if (is_two_by_two(family.kind) && m != 2) refuse(family.kind, "expected 2 actions, found {}", m);
    if (m < fewest) refuse(family.kind, "expected at least {} for each agent's number of actions, found {}", fewest, m);
    if (shape.alike && m != first) {
      refuse(family.kind, "expected one number of actions for all agents, found {}", joined(family.actions, ","));
    }
  }
  if (family.kind == rock_paper_scissors && (first % 2 == 0 || first < 3)) {
    refuse(family.kind, "expected an odd number of actions from 3, found {}", first);
  }
}

/// Whether a number may be a parameter: not infinite, not-a-number or huge.
bool is_moderate(double number) {
  return std::fabs(number) <= largest_number;
}

bool is_moderate_from_0(double number) {
  return number >= 0 && number <= largest_number;
}

void expect_from_0(NormalFormKind kind, std::string_view what, double number) {
  if (!is_moderate_from_0(number)) {
    refuse(kind, "expected {} from 0 to {}, found {}", what, largest_number, number);
  }
}

/// One number for all agents, or one an agent.
void expect_of_agents(NormalFormKind kind, std::string_view what, const std::vector<double>& numbers, std::size_t N) {
  if (numbers.size() != 1 && numbers.size() != N) {
    refuse(kind, "expected one {} for all agents or {}, one an agent, found {}", what, N, numbers.size());
  }
  for (const double number : numbers) expect_from_0(kind, what, number);
}

void validate_range(const NormalFormFamily& family) {
  const double low = family.low;
  const double high = family.high;
  if (!(low <= high) || !is_moderate(low) || !is_moderate(high)) {
    throw InputError(formatted("range: expected numbers low:high of at most {} in size with low <= high, found {}:{}",
                               largest_number, low, high));
  }
  if (family.kind == coordination && low < 0) {
    refuse(family.kind, "expected a range from 0 on, found {}:{}", low, high);
  }
  // Wide enough that different numbers are soon drawn.
  constexpr double narrow = 1e-9;
  const double size = std::max(std::fabs(low), std::fabs(high));
  if (is_ordered(family.kind) && !(high - low >= narrow * size && high - low >= 1 / largest_number)) {
    refuse(family.kind, "expected a range low:high wide enough for payoffs that differ, low < high, found {}:{}", low,
           high);
  }
}

void validate_congestion(const NormalFormFamily& family) {
  constexpr int most = 24;
  if (family.facilities < 1 || family.facilities > most) {
    refuse(family.kind, "expected 1 to {} facilities, found {}", most, family.facilities);
  }
  const int sets = (1 << family.facilities) - 1;
  for (const int m : family.actions) {
    if (m > sets) {
      refuse(family.kind, "expected at most {} actions, as many as {} facilities have sets, found {}", sets,
             family.facilities, m);
    }
  }
}

void validate_rho(const NormalFormFamily& family) {
  const auto others = static_cast<double>(family.actions.size() - 1);
  constexpr double rounding = 1e-12;  // of -1/3, say, in decimal
  if (!(family.rho <= 1 && 1 + others * family.rho >= -rounding)) {
    refuse(family.kind, "expected a rho from -1/(N-1) = {:.6g} to 1 for {} agents, found {}", -1 / others,
           family.actions.size(), family.rho);
  }
}

void validate_interval(const NormalFormFamily& family) {
  if (!(family.lowest < family.highest) || !is_moderate(family.lowest) || !is_moderate(family.highest)) {
    refuse(family.kind, "expected an interval low:high of numbers of at most {} in size with low < high, found {}:{}",
           largest_number, family.lowest, family.highest);
  }
  const bool is_amount = family.kind == cournot || family.kind == bertrand || family.kind == all_pay_auction;
  if (is_amount && family.lowest < 0) {
    refuse(family.kind, "expected an interval from 0 on, found {}:{}", family.lowest, family.highest);
  }
}

/// C(troops + fields - 1, fields - 1); of what is more than the limit, some number more than it.
double ways(int troops, int fields, double limit) {
  double count = 1;
  const int smaller = std::min(troops, fields - 1);
  const double larger = std::max(troops, fields - 1);
  for (int k = 1; k <= smaller && count <= limit; ++k) count = count * (larger + k) / k;
  return count;
}

constexpr double most_payoffs = 1 << 28;

void validate_blotto(const NormalFormFamily& family) {
  if (family.troops.size() != 1 && family.troops.size() != 2) {
    refuse(family.kind, "expected one number of troops for both agents or 2, one an agent, found {}",
           family.troops.size());
  }
  for (const int troops : family.troops) {
    if (troops < 0) refuse(family.kind, "expected at least 0 troops, found {}", troops);
  }
  if (family.fields < 1) refuse(family.kind, "expected at least 1 field, found {}", family.fields);
  const double first = ways(family.troops.front(), family.fields, most_payoffs);
  const double second = ways(family.troops.back(), family.fields, most_payoffs);
  if (2 * first * second > most_payoffs || (first + second) * family.fields > most_payoffs) {
    refuse(family.kind, "expected a game of at most 2^28 payoffs, found {} troops on {} fields",
           joined(family.troops, " and "), family.fields);
  }
}

void validate_size(const NormalFormFamily& family) {
  double payoffs = static_cast<double>(family.actions.size());
  for (const int m : family.actions) payoffs *= m;
  if (payoffs > most_payoffs) {
    refuse(family.kind, "expected a game of at most 2^28 payoffs, found {:.3g} of {} agents", payoffs,
           family.actions.size());
  }
}

/// "2x3"; of many agents that are alike "20x2" would be another game, so all are told.
void append_shape(std::string& name, const NormalFormFamily& family) {
  char before = ' ';
  for (const int m : family.actions) {
    name += before;
    name += std::to_string(m);
    before = 'x';
  }
}

void append_parameters(std::string& name, const NormalFormFamily& family) {
  const auto append = [&]<class... T>(fmt::format_string<T...> text, T&&... values) {
    name += formatted(text, std::forward<T>(values)...);
  };
  if (has_interval(family.kind)) append(" on {}:{}", family.lowest, family.highest);
  switch (family.kind) {
    case covariant:
      return append(" rho {}", family.rho);
    case congestion:
      return append(" facilities {}", family.facilities);
    case blotto:
      return append(" troops {} fields {}", joined(family.troops, ","), family.fields);
    case minimum_effort:
      return append(" benefit {} cost {}", family.benefit, joined(family.cost, ","));
    case travellers_dilemma:
      return append(" bonus {}", family.bonus);
    case guess_two_thirds:
      return append(" fraction {:.6g}", family.fraction);
    case cournot:
    case bertrand:
      return append(" intercept {} slope {} cost {}", family.intercept, family.slope, joined(family.cost, ","));
    case all_pay_auction:
      return append(" value {}", joined(family.value, ","));
    default:
      return;
  }
}

/// A million small games a second are to be named, so the usual ones go without `formatted`.
std::string name_of(const NormalFormFamily& family, std::uint64_t index) {
  std::string name(name_of(family.kind));
  if (family.kind != blotto) append_shape(name, family);
  append_parameters(name, family);
  if (is_drawn(family.kind)) {
    name += " seed ";
    name += std::to_string(family.seed);
    name += " #";
    name += std::to_string(index);
  }
  return name;
}

}  // namespace

std::string_view name_of(NormalFormKind kind) {
  return kinds[static_cast<std::size_t>(kind)].name;
}

std::span<const NamedKind> normal_form_kinds() {
  return kinds;
}

bool is_drawn(NormalFormKind kind) {
  return kind <= majority_voting;
}

bool has_interval(NormalFormKind kind) {
  return kind >= minimum_effort;
}

NormalFormFamily normal_form_family(NormalFormKind kind) {
  NormalFormFamily family;
  family.kind = kind;
  const auto on_interval = [&](double lowest, double highest, std::vector<int> actions) {
    family.lowest = lowest;
    family.highest = highest;
    family.actions = std::move(actions);
  };
  switch (kind) {
    case matching_pennies:
    case coordination:
      family.low = family.high = 1;
      break;
    case rock_paper_scissors:
      family.low = family.high = 1;
      family.actions = {3, 3};
      break;
    case congestion:
      family.actions = {3, 3};
      break;
    case majority_voting:
    case dispersion:
      family.actions = {3, 3, 3};
      break;
    case minimum_effort:
      on_interval(1, 7, {7, 7});
      family.cost = {0.1};
      break;
    case travellers_dilemma:
      on_interval(2, 100, {99, 99});
      break;
    case guess_two_thirds:
      on_interval(0, 100, {21, 21, 21});
      break;
    case cournot:
      on_interval(0, 9, {10, 10});
      break;
    case bertrand:
      on_interval(0, 10, {11, 11});
      break;
    case location:
    case all_pay_auction:
      on_interval(0, 1, {11, 11});
      break;
    default:
      break;
  }
  return family;
}

void validate(const NormalFormFamily& family) {
  const NormalFormKind kind = family.kind;
  const std::size_t N = family.actions.size();
  validate_shape(family);
  if (is_drawn(kind) && kind != normal && kind != covariant) validate_range(family);
  if (has_interval(kind)) validate_interval(family);
  switch (kind) {
    case covariant:
      validate_rho(family);
      break;
    case congestion:
      validate_congestion(family);
      break;
    case matching_pennies:
      if (!(family.asymmetry > -1 && family.asymmetry <= largest_number)) {
        refuse(kind, "expected an asymmetry above -1, to {}, found {}", largest_number, family.asymmetry);
      }
      break;
    case blotto:
      return validate_blotto(family);
    case minimum_effort:
      expect_from_0(kind, "benefit", family.benefit);
      expect_of_agents(kind, "cost", family.cost, N);
      break;
    case travellers_dilemma:
      expect_from_0(kind, "bonus", family.bonus);
      break;
    case guess_two_thirds:
      expect_from_0(kind, "fraction", family.fraction);
      break;
    case cournot:
    case bertrand:
      expect_from_0(kind, "intercept", family.intercept);
      expect_from_0(kind, "slope", family.slope);
      expect_of_agents(kind, "cost", family.cost, N);
      break;
    case all_pay_auction:
      expect_of_agents(kind, "value", family.value, N);
      break;
    default:
      break;
  }
  validate_size(family);
}

std::vector<int> actions_of(const NormalFormFamily& family) {
  validate(family);
  if (family.kind != blotto) return family.actions;
  return {static_cast<int>(ways(family.troops.front(), family.fields, most_payoffs)),
          static_cast<int>(ways(family.troops.back(), family.fields, most_payoffs))};
}

NormalFormGame generate(const NormalFormFamily& family, std::uint64_t index) {
  NormalFormGame game;
  game.actions = actions_of(family);
  if (index >> 48 != 0) throw InputError(formatted("game {}: expected a number below 2^48", index));
  game.name = name_of(family, index);
  game.payoffs.resize(game.actions.size() * joint_actions(game.actions));
  if (family.kind <= congestion) {
    draw_random_game(game, family, index);
  } else if (!has_interval(family.kind)) {
    make_classic_game(game, family, index);
  } else {
    make_game_of_numbers(game, family);
  }
  return game;
}

}  // namespace quantal
