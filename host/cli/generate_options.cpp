#include "generate_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "option_values.hpp"
#include "quantal/error.hpp"

namespace quantal::cli {

namespace {

constexpr auto options = std::to_array<OptionText>({
    {"Network", "--graph", "G",
     "ring, path, star, grid, complete, tree, erdos-renyi or barabasi-albert;\n"
     "--list says what they are. [default: ring]"},
    {"", "--agents", "N", "Agents, N >= 2. [default: 10]"},
    {"", "--rows", "R", "Rows of a grid, a divisor of N. [default: the nearest to a square]"},
    {"", "--probability", "P",
     "Probability of each edge of erdos-renyi, 0 to 1.\n"
     "[default: four neighbours on average]"},
    {"", "--edges-per-agent", "K", "Edges of each agent that joins, of barabasi-albert. [default: 2]"},

    {"Payoffs", "--payoffs", "P",
     "zero-sum, global-zero-sum, coordination, random, rock-paper-scissors or\n"
     "matching-pennies; --list gives their formulas. [default: zero-sum]"},
    {"", "--actions", "M[,M..]",
     "Actions of every agent; of a list each agent draws its number.\n"
     "[default: 2; rock-paper-scissors: 3]"},
    {"", "--range", "LOW:HIGH",
     "Range of the uniform payoffs, or of the stakes. [default: -1:1;\n"
     "rock-paper-scissors and matching-pennies: 1:1]"},

    {"Batch", "--count", "K", "Games to draw, K >= 1. [default: 1]"},
    {"", "--seed", "S",
     "S >= 0. Game k depends on S, k and the options above alone, whatever\n"
     "the count and the machine. [default: 0]"},

    {"Output", "-o,--output", "FILE",
     "Write the games to FILE, which appears when it is complete; - is\n"
     "standard output. [default: -]"},
    {"", "--list", "", "Describe every graph and every kind of payoffs, with formula and source."},
    {"", "-h,--help", "", "This text."},
});

constexpr std::string_view introduction =
    R"(Draws games at random, the same ones from the same seed everywhere.

In a network (polymatrix) game the agents sit on a graph. Each edge (i, j) is a
game of two, which pays A_ij[a_i][a_j] to i and A_ji[a_j][a_i] to j, and an agent
earns the sum over its edges. Zero-sum networks have one QRE at every temperature;
other ones need not. quantal info FILE says what is known of a game.

Usage: quantal generate polymatrix [OPTION...]
       quantal generate --list
)";

constexpr std::string_view ending =
    R"(
Examples
  quantal generate polymatrix --graph ring --agents 5 | quantal solve - --tau 0.1
      a zero-sum ring, solved
  quantal generate polymatrix --payoffs coordination --count 1000 --seed 7 -o games.jsonl
      a thousand games of coordination
  quantal generate polymatrix --graph barabasi-albert --agents 100000 --edges-per-agent 10 \
      --actions 3 -o large.jsonl
      one game of a million edges
  quantal generate polymatrix --graph grid --agents 12 --rows 3 --actions 2,3,4 --payoffs random
      agents with two, three and four actions

Output
  One game a line (.jsonl):
  {"class": "polymatrix", "name": "..", "actions": [2, 3], "edges": [{"agents": [0, 1],
   "payoffs": [[[1, 2, 3], [4, 5, 6]], [[-1, -2, -3], [-4, -5, -6]]]}]}
  payoffs[0][a_i][a_j] goes to the edge's first agent, payoffs[1][a_i][a_j] to its second.
  Numbers have as many digits as it takes to read back the same ones.

Exit codes
  0  all games were written
  1  they could not be written
  2  bad usage: one line on standard error, nothing is written
)";

/// "ring|path|..", in the order of the enumeration.
std::string words_of(std::span<const NamedKind> kinds) {
  std::string words;
  for (const NamedKind& kind : kinds) words += fmt::format("{}{}", words.empty() ? "" : "|", kind.name);
  return words;
}

std::string describe(std::string_view title, std::span<const NamedKind> kinds) {
  constexpr std::size_t column = 23;
  std::string text = fmt::format("{}\n", title);
  for (const NamedKind& kind : kinds) {
    text += fmt::format("  {:<{}}", kind.name, column - 2);
    for (const char letter : kind.description) {
      text += letter;
      if (letter == '\n') text.append(column, ' ');
    }
    text += '\n';
  }
  return text;
}

std::string list_text() {
  return describe("Graphs (--graph), with N agents 0 .. N - 1", network_graphs()) + "\n" +
         describe("Payoffs (--payoffs); A_ij[a_i][a_j] is what edge (i, j) pays to i", network_payoffs());
}

/// An option that only one graph knows must not be given with another one, where it would do nothing.
void check_graph(const Arguments& arguments, Graph graph) {
  struct Only {
    std::string option;
    Graph graph;
  };
  for (const auto& [option, only] : {Only{"--rows", Graph::grid}, Only{"--probability", Graph::erdos_renyi},
                                     Only{"--edges-per-agent", Graph::barabasi_albert}}) {
    if (!arguments.has(option) || graph == only) continue;
    const auto name = [](Graph any) { return network_graphs()[static_cast<std::size_t>(any)].name; };
    throw InputError(fmt::format("{} is for --graph {}, found --graph {}", option, name(only), name(graph)));
  }
}

NetworkFamily family_of(const Arguments& arguments) {
  const auto word = [&](const std::string& name, std::span<const NamedKind> kinds) -> std::size_t {
    return arguments.has(name) ? parse_word(name, arguments.value(name), words_of(kinds)) : 0;
  };
  constexpr int most = std::numeric_limits<int>::max();
  const auto whole = [&](const std::string& name, int otherwise, int first) {
    return arguments.has(name)
               ? static_cast<int>(parse_whole(name, arguments.value(name), static_cast<std::uint64_t>(first), most))
               : otherwise;
  };
  NetworkFamily family;
  family.graph = static_cast<Graph>(word("--graph", network_graphs()));
  family.payoffs = static_cast<NetworkPayoffs>(word("--payoffs", network_payoffs()));
  check_graph(arguments, family.graph);
  family.agents = whole("--agents", family.agents, 2);
  family.rows = whole("--rows", 0, 1);
  family.edges_per_agent = whole("--edges-per-agent", family.edges_per_agent, 1);
  family.probability = std::min(1.0, 4.0 / (family.agents - 1));
  if (arguments.has("--probability")) {
    family.probability = parse_not_negative("--probability", arguments.value("--probability"));
  }

  const bool scissors = family.payoffs == NetworkPayoffs::rock_paper_scissors;
  const bool stakes = scissors || family.payoffs == NetworkPayoffs::matching_pennies;
  family.actions = parse_whole_numbers("--actions", arguments.value("--actions", scissors ? "3" : "2"), 1, most);
  std::tie(family.low, family.high) = parse_range("--range", arguments.value("--range", stakes ? "1:1" : "-1:1"));
  family.seed = arguments.has("--seed")
                    ? parse_whole("--seed", arguments.value("--seed"), 0, std::numeric_limits<std::uint64_t>::max())
                    : 0;
  validate(family);
  return family;
}

}  // namespace

const CommandText generate_command = {"generate", options, introduction, ending};

Command generate_options(const Arguments& arguments) {
  if (arguments.flag("--list")) return PrintText{list_text()};
  const std::vector<std::string>& operands = arguments.operands();
  if (operands != std::vector<std::string>{"polymatrix"}) {
    throw InputError(fmt::format("expected the class of games to draw, quantal generate polymatrix, found {}",
                                 operands.empty() ? "none" : fmt::format("'{}'", fmt::join(operands, " "))));
  }
  GenerateOptions options;
  options.family = family_of(arguments);
  constexpr std::uint64_t most_games = std::uint64_t{1} << 48;
  if (arguments.has("--count")) options.count = parse_whole("--count", arguments.value("--count"), 1, most_games);
  options.output = arguments.value("--output", "-");
  return options;
}

}  // namespace quantal::cli
