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

/// Options of one class of games, which the other one would not look at.
void refuse_options_of(std::string_view other, std::span<const std::string_view> options, std::string_view chosen,
                       const Arguments& arguments) {
  for (const std::string_view option : options) {
    if (!arguments.has(std::string(option))) continue;
    throw InputError(fmt::format("{} is for quantal generate {}, found quantal generate {}", option, other, chosen));
  }
}

/// An option that some kinds of games know. With another kind, where it would do nothing, it must not be given.
template <class Kind>
struct Only {
  std::string_view option;
  std::vector<Kind> kinds;
};

template <class Kind>
void refuse_unused(const Arguments& arguments, std::string_view chooser, std::span<const NamedKind> names, Kind chosen,
                   const std::vector<Only<Kind>>& options) {
  const auto name = [&](Kind kind) { return names[static_cast<std::size_t>(kind)].name; };
  for (const auto& [option, kinds] : options) {
    if (!arguments.has(std::string(option)) || std::find(kinds.begin(), kinds.end(), chosen) != kinds.end()) continue;
    std::string users;
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      users += fmt::format("{}{}", k == 0 ? "" : k + 1 < kinds.size() ? ", " : " or ", name(kinds[k]));
    }
    throw InputError(fmt::format("{} is for {} {}, found {} {}", option, chooser, users, chooser, name(chosen)));
  }
}

}  // namespace

NetworkFamily network_family(const Arguments& arguments) {
  static constexpr auto of_markov = std::to_array<std::string_view>(
      {"--kind", "--states", "--next-states", "--columns", "--slip", "--penalty", "--discount"});
  refuse_options_of("markov", of_markov, "polymatrix", arguments);
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
  static constexpr auto of_networks =
      std::to_array<std::string_view>({"--graph", "--probability", "--edges-per-agent", "--payoffs"});
  refuse_options_of("polymatrix", of_networks, "markov", arguments);
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

}  // namespace quantal::cli
