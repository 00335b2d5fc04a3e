#include "generate_options.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "game_output.hpp"
#include "generate_families.hpp"
#include "option_values.hpp"
#include "quantal/error.hpp"

namespace quantal::cli {

namespace {

constexpr auto options = std::to_array<OptionText>({
    {"Normal-form games, drawn", "--rho", "RHO",
     "Correlation of any two agents' payoffs in covariant, -1/(N-1) to 1.\n"
     "[default: 0.5]"},
    {"", "--facilities", "F", "Facilities of congestion, 1 to 24. [default: 4]"},
    {"", "--asymmetry", "X",
     "What agent 0 of matching-pennies earns at (0, 0), in stakes, X > -1.\n"
     "[default: 1]"},

    {"Normal-form games, actions that are numbers", "--interval", "LOW:HIGH",
     "Where the numbers are: the M actions of an agent are evenly spaced on\n"
     "it, ends included. The same interval with more actions comes nearer to\n"
     "the continuous game; twice as many steps keep all numbers, --actions\n"
     "11, 21, 41. [default: minimum-effort 1:7, travellers-dilemma 2:100,\n"
     "guess-two-thirds 0:100, cournot 0:9, bertrand 0:10, location and\n"
     "all-pay-auction 0:1]"},
    {"", "--benefit", "B", "Of a unit of the least effort in minimum-effort, B >= 0. [default: 0.2]"},
    {"", "--cost", "C[,C..]",
     "Of a unit of effort in minimum-effort, of output in cournot and\n"
     "bertrand, C >= 0: one for all agents, or one an agent. [default: 0.1;\n"
     "cournot and bertrand: 1]"},
    {"", "--bonus", "B", "For the lower claim in travellers-dilemma, B >= 0. [default: 2]"},
    {"", "--fraction", "P", "Of the mean, to be guessed in guess-two-thirds, P >= 0. [default: 2/3]"},
    {"", "--intercept", "A",
     "Price at which cournot sells nothing, demand at price 0 of bertrand,\n"
     "A >= 0. [default: 10]"},
    {"", "--slope", "B",
     "How far a unit sold lowers that price, or a unit of price that demand,\n"
     "B >= 0. [default: 1]"},
    {"", "--value", "V[,V..]",
     "Of the prize in all-pay-auction, V >= 0: one for all agents, or one an\n"
     "agent. [default: 1]"},

    {"Normal-form games, blotto", "--troops", "T[,T]", "Of each agent, T >= 0, or of one and the other. [default: 5]"},
    {"", "--fields", "K", "Battlefields, K >= 1. [default: 3]"},

    {"Network games", "--graph", "G",
     "ring, path, star, grid, complete, tree, erdos-renyi or barabasi-albert;\n"
     "--list says what they are. [default: ring]"},
    {"", "--probability", "P",
     "Probability of each edge of erdos-renyi, 0 to 1.\n"
     "[default: four neighbours on average]"},
    {"", "--edges-per-agent", "K", "Edges of each agent that joins, of barabasi-albert. [default: 2]"},
    {"", "--payoffs", "P",
     "zero-sum, global-zero-sum, coordination, random, rock-paper-scissors or\n"
     "matching-pennies; --list gives their formulas. [default: zero-sum]"},

    {"Markov games", "--kind", "K",
     "random, zero-sum, mdp, soccer, navigation, stag-hunt or congestion;\n"
     "--list says what they are. [default: random]"},
    {"", "--states", "S", "States of random, zero-sum and mdp, S >= 1. [default: 10]"},
    {"", "--next-states", "K",
     "Each joint action of these leads to K random states, 1 <= K <= S.\n"
     "[default: to all]"},
    {"", "--columns", "C", "Columns of navigation, C >= 2. [default: 3]"},
    {"", "--slip", "P", "Probability that a step of navigation fails, 0 <= P < 1. [default: 0.1]"},
    {"", "--penalty", "X",
     "What a bounce costs in navigation, and the distancing state in\n"
     "congestion, X >= 0. [default: 1; congestion: 100]"},
    {"", "--discount", "D", "0 <= D < 1. [default: 0.9; navigation and congestion: 0.99]"},

    {"Several classes of games", "--agents", "N",
     "Agents: of networks N >= 2; of Markov games random, stag-hunt and\n"
     "congestion. [default: 10; Markov games: 2, congestion: 8; normal form:\n"
     "as many as --actions lists, else 2, guess-two-thirds, majority-voting\n"
     "and dispersion: 3]"},
    {"", "--actions", "M[,M..]",
     "Actions of every agent. In normal form a list has each agent's own,\n"
     "agent by agent: 2,3 is a 2x3 game. Elsewhere each agent draws its number\n"
     "from the list, in each state. Of random, zero-sum and mdp among Markov\n"
     "games. [default: 2; rock-paper-scissors, congestion, majority-voting and\n"
     "dispersion: 3; minimum-effort 7, travellers-dilemma 99,\n"
     "guess-two-thirds 21, cournot 10, bertrand, location and\n"
     "all-pay-auction 11]"},
    {"", "--range", "LOW:HIGH",
     "Range of the uniform payoffs and rewards, or of the stakes. [default:\n"
     "-1:1; rock-paper-scissors, matching-pennies and coordination: 1:1]"},
    {"", "--rows", "R",
     "Rows of a grid: a divisor of N, of navigation R >= 2. [default: the\n"
     "nearest to a square; navigation: 3]"},

    {"Batch", "--count", "K",
     "Games to draw, K >= 1. Dispersion, blotto, games whose actions are\n"
     "numbers, and the Markov games soccer, navigation, stag-hunt and\n"
     "congestion are not drawn: one game each. [default: 1]"},
    {"", "--seed", "S",
     "S >= 0. Game k depends on S, k and the options above alone, whatever\n"
     "the count and the machine. [default: 0]"},

    {"Output", "-o,--output", "FILE",
     "Write the games to FILE, which appears when it is complete, in the\n"
     "format of its name, as quantal convert --help tells: .jsonl, .json, .h5,\n"
     ".nfg, .gam, .npy or .npz. - is .jsonl on standard output. [default: -]"},
    {"", "--compress", "1..9", "Deflate an .h5 file: 1 is fast, 9 is small. [default: not]"},
    {"", "--list", "", "Describe all families, graphs and payoffs, with formula and source."},
    {"", "-h,--help", "", "This text."},
});

constexpr std::string_view introduction =
    R"(Draws games at random, the same ones from the same seed everywhere, and writes down
some of the literature.

A normal-form game pays r_i(a) to agent i at the joint action a. There are these
families; --list gives their formulas and sources.

  at random           uniform, normal, covariant, zero-sum, identical-interest,
                      exact-potential, congestion, majority-voting
  two by two          matching-pennies, stag-hunt, chicken, prisoners-dilemma,
                      battle-of-the-sexes
  other classics      rock-paper-scissors, coordination, dispersion, blotto
  actions that are    minimum-effort, travellers-dilemma, guess-two-thirds,
  numbers             cournot, bertrand, location, all-pay-auction

In a network (polymatrix) game the agents sit on a graph. Each edge (i, j) is a
game of two, which pays A_ij[a_i][a_j] to i and A_ji[a_j][a_i] to j, and an agent
earns the sum over its edges. Zero-sum networks have one QRE at every temperature;
other ones need not.

In a Markov (stochastic) game a joint action a in state s pays r_i(s, a) to agent i
and leads to state s' with probability P(s' | s, a); an agent's value is the sum of
what it earns, discounted. quantal info FILE says what is known of a game.

Usage: quantal generate FAMILY [OPTION...]
       quantal generate polymatrix [OPTION...]
       quantal generate markov [OPTION...]
       quantal generate --list
)";

constexpr std::string_view ending =
    R"(
Examples
  quantal generate uniform --actions 3,3 --count 10000 --seed 1 -o games.jsonl
      ten thousand 3x3 games
  quantal generate covariant --agents 3 --actions 4 --rho -0.4 --count 100 -o games.jsonl
      a hundred 4x4x4 games, nearly zero-sum
  quantal generate cournot --actions 91 | quantal solve - --tau 0.1
      a duopoly with quantities 0, 0.1, .., 9
  quantal generate travellers-dilemma --interval 80:200 --actions 121 --bonus 5
      claims 80, 81, .., 200
  quantal generate polymatrix --graph ring --agents 5 | quantal solve - --tau 0.1
      a zero-sum ring, solved
  quantal generate polymatrix --payoffs coordination --count 1000 --seed 7 -o games.jsonl
      a thousand games of coordination
  quantal generate polymatrix --graph barabasi-albert --agents 100000 --edges-per-agent 10 \
      --actions 3 -o large.jsonl
      one game of a million edges
  quantal generate polymatrix --graph grid --agents 12 --rows 3 --actions 2,3,4 --payoffs random
      agents with two, three and four actions
  quantal generate markov --kind soccer -o soccer.json
      Littman's soccer, 760 states
  quantal generate markov --kind zero-sum --states 1000 --next-states 5 --count 100 -o games.jsonl
      a hundred zero-sum Markov games with sparse transitions

Output
  By default one game a line (.jsonl), as quantal solve --help describes them, with as many
  digits as it takes to read back the same numbers:
  {"class": "polymatrix", "name": "..", "actions": [2, 3], "edges": [{"agents": [0, 1],
   "payoffs": [[[1, 2, 3], [4, 5, 6]], [[-1, -2, -3], [-4, -5, -6]]]}]}
  payoffs[0][a_i][a_j] goes to the edge's first agent, payoffs[1][a_i][a_j] to its second.

Exit codes
  0  all games were written
  1  they could not be written
  2  bad usage: one line on standard error, nothing is written
)";

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
  return describe(
             "Normal-form games; r_i(a) is what agent i earns at joint action a. GAMUT: it is also in\n"
             "Nudelman, Wortman, Shoham and Leyton-Brown, Run the GAMUT, AAMAS 2004",
             normal_form_kinds()) +
         "\n" + describe("Graphs (--graph), with N agents 0 .. N - 1", network_graphs()) + "\n" +
         describe("Payoffs (--payoffs); A_ij[a_i][a_j] is what edge (i, j) pays to i", network_payoffs()) + "\n" +
         describe("Markov games (--kind); r_i(s, a) is what agent i earns, P(. | s, a) where s leads", markov_kinds());
}

/// The kind that is named, if one is.
std::optional<NormalFormKind> normal_form_kind(const std::vector<std::string>& operands) {
  if (operands.size() != 1) return {};
  const std::span<const NamedKind> kinds = normal_form_kinds();
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    if (kinds[k].name == operands.front()) return static_cast<NormalFormKind>(k);
  }
  return {};
}

}  // namespace

const CommandText generate_command = {"generate", options, introduction, ending};

Command generate_options(const Arguments& arguments) {
  if (arguments.flag("--list")) return PrintText{list_text()};
  GenerateOptions options;
  const std::vector<std::string>& operands = arguments.operands();
  if (operands == std::vector<std::string>{"polymatrix"}) {
    options.family = network_family(arguments);
  } else if (operands == std::vector<std::string>{"markov"}) {
    options.family = markov_family(arguments);
  } else if (const std::optional<NormalFormKind> kind = normal_form_kind(operands)) {
    options.family = normal_form_family(arguments, *kind);
  } else {
    throw InputError(fmt::format(
        "expected what to draw, a family such as quantal generate uniform, quantal generate polymatrix or quantal "
        "generate markov, found {}; see quantal generate --list",
        operands.empty() ? "none" : fmt::format("'{}'", fmt::join(operands, " "))));
  }
  constexpr std::uint64_t most_games = std::uint64_t{1} << 48;
  if (arguments.has("--count")) options.count = parse_whole("--count", arguments.value("--count"), 1, most_games);
  options.output = arguments.value("--output", "-");
  options.format = game_format(options.output);
  options.compression = parse_compression(arguments, options.format);
  return options;
}

}  // namespace quantal::cli
