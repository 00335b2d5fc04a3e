#include "generate_families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "option_values.hpp"
#include "quantal/error.hpp"

namespace quantal::cli {

namespace {

constexpr int most = std::numeric_limits<int>::max();

/// "ring|path|..", in the order of the enumeration.
std::string words_of(std::span<const NamedKind> kinds) {
  std::string words;
  for (const NamedKind& kind : kinds) words += fmt::format("{}{}", words.empty() ? "" : "|", kind.name);
  return words;
}

/// The place of an option's value among `kinds`; the first where it is not given.
std::size_t kind_of(const Arguments& arguments, const std::string& name, std::span<const NamedKind> kinds) {
  return arguments.has(name) ? parse_word(name, arguments.value(name), words_of(kinds)) : 0;
}

int whole(const Arguments& arguments, const std::string& name, int otherwise, int first) {
  if (!arguments.has(name)) return otherwise;
  return static_cast<int>(parse_whole(name, arguments.value(name), static_cast<std::uint64_t>(first), most));
}

double not_negative(const Arguments& arguments, const std::string& name, double otherwise) {
  return arguments.has(name) ? parse_not_negative(name, arguments.value(name)) : otherwise;
}

std::uint64_t seed(const Arguments& arguments) {
  if (!arguments.has("--seed")) return 0;
  return parse_whole("--seed", arguments.value("--seed"), 0, std::numeric_limits<std::uint64_t>::max());
}

/// An option that some kinds of games know. With another kind, where it would do nothing, it must not be given.
template <class Kind>
struct Only {
  std::string_view option;
  std::vector<Kind> kinds;
};

/// "zero-sum, random or mdp"
template <class Kind>
std::string alternatives(const std::vector<Kind>& kinds, std::span<const NamedKind> names) {
  std::string text;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    const std::string_view between = k == 0 ? "" : k + 1 < kinds.size() ? ", " : " or ";
    text += fmt::format("{}{}", between, names[static_cast<std::size_t>(kinds[k])].name);
  }
  return text;
}

template <class Kind>
void refuse_unused(const Arguments& arguments, std::string_view chooser, std::span<const NamedKind> names, Kind chosen,
                   const std::vector<Only<Kind>>& options) {
  const auto name = [&](Kind kind) { return names[static_cast<std::size_t>(kind)].name; };
  for (const auto& [option, kinds] : options) {
    if (!arguments.has(std::string(option)) || std::find(kinds.begin(), kinds.end(), chosen) != kinds.end()) continue;
    throw InputError(fmt::format("{} is for {} {}, found {} {}", option, chooser, alternatives(kinds, names), chooser,
                                 name(chosen)));
  }
}

/// What only some kinds of games in normal form know, and no other class of games.
const std::vector<Only<NormalFormKind>>& normal_form_options() {
  using enum NormalFormKind;
  static const std::vector<Only<NormalFormKind>> options = {
      {"--rho", {covariant}},
      {"--facilities", {congestion}},
      {"--asymmetry", {matching_pennies}},
      {"--troops", {blotto}},
      {"--fields", {blotto}},
      {"--interval",
       {minimum_effort, travellers_dilemma, guess_two_thirds, cournot, bertrand, location, all_pay_auction}},
      {"--benefit", {minimum_effort}},
      {"--cost", {minimum_effort, cournot, bertrand}},
      {"--bonus", {travellers_dilemma}},
      {"--fraction", {guess_two_thirds}},
      {"--intercept", {cournot, bertrand}},
      {"--slope", {cournot, bertrand}},
      {"--value", {all_pay_auction}},
  };
  return options;
}

constexpr auto network_options =
    std::to_array<std::string_view>({"--graph", "--probability", "--edges-per-agent", "--payoffs"});
constexpr auto markov_options = std::to_array<std::string_view>(
    {"--kind", "--states", "--next-states", "--columns", "--slip", "--penalty", "--discount"});

/// An option that only another class of games knows must not be given. `chosen` is what is generated, of class `own`.
enum class GameClass : std::uint8_t { polymatrix, markov, normal_form };

void refuse_options_of_others(GameClass own, std::string_view chosen, const Arguments& arguments) {
  const auto refuse = [&](std::string_view option, std::string_view users) {
    if (!arguments.has(std::string(option))) return;
    throw InputError(fmt::format("{} is for quantal generate {}, found quantal generate {}", option, users, chosen));
  };
  for (const std::string_view option : network_options) {
    if (own != GameClass::polymatrix) refuse(option, "polymatrix");
  }
  for (const std::string_view option : markov_options) {
    if (own != GameClass::markov) refuse(option, "markov");
  }
  for (const auto& [option, kinds] : normal_form_options()) {
    if (own != GameClass::normal_form) refuse(option, alternatives(kinds, normal_form_kinds()));
  }
  if (own == GameClass::normal_form) refuse("--rows", "polymatrix or markov");
}

/// Numbers of actions, agent by agent: --actions has one for all or one for each, --agents says how many there are
/// where the list does not.
std::vector<int> actions_of_agents(const Arguments& arguments, std::vector<int> otherwise) {
  // Far more than a game with fewer than 2^28 payoffs can have, unless agents have no choice.
  constexpr int most_agents = 1000;
  const auto N = [&](std::size_t agents) {
    return static_cast<std::size_t>(
        arguments.has("--agents") ? parse_whole("--agents", arguments.value("--agents"), 1, most_agents) : agents);
  };
  if (!arguments.has("--actions")) return std::vector<int>(N(otherwise.size()), otherwise.front());
  std::vector<int> actions = parse_whole_numbers("--actions", arguments.value("--actions"), 1, most);
  if (actions.size() == 1) return std::vector<int>(N(otherwise.size()), actions.front());
  if (N(actions.size()) != actions.size()) {
    throw InputError(fmt::format("--actions {}: expected one number for all agents or {}, one an agent, found {}",
                                 arguments.value("--actions"), arguments.value("--agents"), actions.size()));
  }
  return actions;
}

}  // namespace

NetworkFamily network_family(const Arguments& arguments) {
  refuse_options_of_others(GameClass::polymatrix, "polymatrix", arguments);
  NetworkFamily family;
  family.graph = static_cast<Graph>(kind_of(arguments, "--graph", network_graphs()));
  family.payoffs = static_cast<NetworkPayoffs>(kind_of(arguments, "--payoffs", network_payoffs()));
  refuse_unused<Graph>(arguments, "--graph", network_graphs(), family.graph,
                       {{"--rows", {Graph::grid}},
                        {"--probability", {Graph::erdos_renyi}},
                        {"--edges-per-agent", {Graph::barabasi_albert}}});
  family.agents = whole(arguments, "--agents", family.agents, 2);
  family.rows = whole(arguments, "--rows", 0, 1);
  family.edges_per_agent = whole(arguments, "--edges-per-agent", family.edges_per_agent, 1);
  family.probability = not_negative(arguments, "--probability", std::min(1.0, 4.0 / (family.agents - 1)));

  const bool scissors = family.payoffs == NetworkPayoffs::rock_paper_scissors;
  const bool stakes = scissors || family.payoffs == NetworkPayoffs::matching_pennies;
  family.actions = parse_whole_numbers("--actions", arguments.value("--actions", scissors ? "3" : "2"), 1, most);
  std::tie(family.low, family.high) = parse_range("--range", arguments.value("--range", stakes ? "1:1" : "-1:1"));
  family.seed = seed(arguments);
  validate(family);
  return family;
}

MarkovFamily markov_family(const Arguments& arguments) {
  using enum MarkovKind;
  refuse_options_of_others(GameClass::markov, "markov", arguments);
  const auto kind = static_cast<MarkovKind>(kind_of(arguments, "--kind", markov_kinds()));
  const std::vector<MarkovKind> drawn = {random, zero_sum, mdp};
  refuse_unused<MarkovKind>(arguments, "--kind", markov_kinds(), kind,
                            {{"--agents", {random, stag_hunt, congestion}},
                             {"--states", drawn},
                             {"--actions", drawn},
                             {"--range", drawn},
                             {"--next-states", drawn},
                             {"--rows", {navigation}},
                             {"--columns", {navigation}},
                             {"--slip", {navigation}},
                             {"--penalty", {navigation, congestion}},
                             {"--count", drawn},
                             {"--seed", drawn}});
  MarkovFamily family = markov_family(kind);
  family.agents = whole(arguments, "--agents", family.agents, 1);
  family.states = whole(arguments, "--states", family.states, 1);
  family.actions = parse_whole_numbers("--actions", arguments.value("--actions", "2"), 1, most);
  std::tie(family.low, family.high) = parse_range("--range", arguments.value("--range", "-1:1"));
  family.next_states = whole(arguments, "--next-states", family.next_states, 1);
  family.rows = whole(arguments, "--rows", family.rows, 1);
  family.columns = whole(arguments, "--columns", family.columns, 1);
  family.slip = not_negative(arguments, "--slip", family.slip);
  family.penalty = not_negative(arguments, "--penalty", family.penalty);
  family.discount = not_negative(arguments, "--discount", family.discount);
  family.seed = seed(arguments);
  validate(family);
  return family;
}

NormalFormFamily normal_form_family(const Arguments& arguments, NormalFormKind kind) {
  using enum NormalFormKind;
  const std::string_view name = normal_form_kinds()[static_cast<std::size_t>(kind)].name;
  refuse_options_of_others(GameClass::normal_form, name, arguments);
  refuse_unused(arguments, "quantal generate", normal_form_kinds(), kind, normal_form_options());
  const auto refuse = [&](const std::string& option, std::string_view why) {
    if (arguments.has(option)) throw InputError(fmt::format("{}: {} {}", option, name, why));
  };
  if (!is_drawn(kind)) {
    for (const char* const option : {"--range", "--count", "--seed"}) {
      refuse(option, "is one game, of which nothing is drawn");
    }
  }
  if (kind == normal || kind == covariant) refuse("--range", "has standard normal payoffs");
  if (kind == blotto) refuse("--actions", "has as many as --troops and --fields ask for");

  NormalFormFamily family = quantal::normal_form_family(kind);
  family.actions = actions_of_agents(arguments, family.actions);
  const auto range = [&](const std::string& option, double& low, double& high) {
    if (arguments.has(option)) std::tie(low, high) = parse_range(option, arguments.value(option));
  };
  const auto number = [&](const std::string& option, double& value) {
    if (arguments.has(option)) value = parse_number(option, arguments.value(option));
  };
  const auto numbers = [&](const std::string& option, std::vector<double>& values) {
    if (arguments.has(option)) values = parse_not_negatives(option, arguments.value(option));
  };
  range("--range", family.low, family.high);
  range("--interval", family.lowest, family.highest);
  number("--rho", family.rho);
  number("--asymmetry", family.asymmetry);
  family.facilities = whole(arguments, "--facilities", family.facilities, 1);
  family.fields = whole(arguments, "--fields", family.fields, 1);
  if (arguments.has("--troops")) {
    family.troops = parse_whole_numbers("--troops", arguments.value("--troops"), 0, most);
  }
  family.benefit = not_negative(arguments, "--benefit", family.benefit);
  family.bonus = not_negative(arguments, "--bonus", family.bonus);
  family.fraction = not_negative(arguments, "--fraction", family.fraction);
  family.intercept = not_negative(arguments, "--intercept", family.intercept);
  family.slope = not_negative(arguments, "--slope", family.slope);
  numbers("--cost", family.cost);
  numbers("--value", family.value);
  family.seed = seed(arguments);
  validate(family);
  return family;
}

}  // namespace quantal::cli
