// `quantal generate`: the games it writes are the library's, and what it is asked wrongly it says.

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "process.hpp"
#include "quantal/quantal.hpp"

namespace quantal::cli_test {
namespace {

/// Runs `quantal generate polymatrix` with more arguments.
Outcome draw(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"generate", "polymatrix"});
  return run(arguments);
}

template <class Family>
void expect_games(const Outcome& outcome, const Family& family, std::uint64_t count) {
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(lines_of(outcome.output).size(), count);
  const std::vector<Game> games = parse_games(outcome.output, "<output>", "unnamed");
  ASSERT_EQ(games.size(), count);
  for (std::uint64_t g = 0; g < count; ++g) EXPECT_EQ(games[g], Game(generate(family, g)));
}

TEST(GenerateCommand, WritesTheGamesOfTheLibraryBitForBit) {
  NetworkFamily family;
  family.probability = 4.0 / 9;  // which only some graphs look at
  expect_games(draw({}), family, 1);
  expect_games(draw({"--count", "5"}), family, 5);
  family.graph = Graph::barabasi_albert;
  family.edges_per_agent = 3;
  family.agents = 20;
  family.payoffs = NetworkPayoffs::random;
  family.actions = {2, 1, 4};
  family.low = -1e-7;
  family.high = 1e22;
  family.seed = 123456789012345;
  expect_games(draw({"--graph", "barabasi-albert", "--edges-per-agent", "3", "--agents", "20", "--payoffs", "random",
                     "--actions", "2,1,4", "--range", "-1e-7:1e22", "--seed", "123456789012345", "--count", "2"}),
               family, 2);
}

TEST(GenerateCommand, HasDefaultsThatSuitTheFamily) {
  NetworkFamily family;
  family.graph = Graph::erdos_renyi;
  family.agents = 50;
  family.probability = 4.0 / 49;
  family.payoffs = NetworkPayoffs::rock_paper_scissors;
  family.actions = {3};
  family.low = family.high = 1;
  expect_games(draw({"--graph", "erdos-renyi", "--agents", "50", "--payoffs", "rock-paper-scissors"}), family, 1);
  family.agents = 3;
  family.probability = 1;
  family.payoffs = NetworkPayoffs::matching_pennies;
  family.actions = {2};
  expect_games(draw({"--graph", "erdos-renyi", "--agents", "3", "--payoffs", "matching-pennies"}), family, 1);
  family.graph = Graph::grid;
  family.agents = 12;
  family.rows = 2;
  expect_games(draw({"--graph", "grid", "--agents", "12", "--rows", "2", "--payoffs", "matching-pennies"}), family, 1);
}

TEST(GenerateCommand, WritesTheFormatOfTheName) {
  const Folder folder;
  const std::string h5 = folder.path("games.h5");
  EXPECT_EQ(draw({"--count", "100", "--seed", "3", "--compress", "1", "-o", h5}).exit_code, 0);
  EXPECT_EQ(run({"convert", h5}).output, draw({"--count", "100", "--seed", "3"}).output);
  EXPECT_EQ(draw({"-o", folder.path("games.txt")}).exit_code, 2);
  EXPECT_EQ(draw({"-o", folder.path("games.npy")}).exit_code, 2);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"games.h5"});
}

/// Runs `quantal generate markov` with more arguments.
Outcome draw_markov(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"generate", "markov"});
  return run(arguments);
}

TEST(GenerateCommand, WritesTheMarkovGamesOfTheLibraryBitForBit) {
  MarkovFamily family;
  expect_games(draw_markov({}), family, 1);
  family.seed = 7;
  expect_games(draw_markov({"--kind", "random", "--seed", "7", "--count", "3"}), family, 3);
  for (const MarkovKind kind :
       {MarkovKind::zero_sum, MarkovKind::mdp, MarkovKind::soccer, MarkovKind::navigation, MarkovKind::stag_hunt}) {
    const std::string word(markov_kinds()[static_cast<std::size_t>(kind)].name);
    expect_games(draw_markov({"--kind", word}), markov_family(kind), 1);
  }
  family.agents = 3;
  family.states = 6;
  family.actions = {2, 1, 4};
  family.next_states = 2;
  family.low = -1e-7;
  family.high = 1e22;
  family.discount = 0.3;
  family.seed = 123456789012345;
  expect_games(draw_markov({"--agents", "3", "--states", "6", "--actions", "2,1,4", "--next-states", "2", "--range",
                            "-1e-7:1e22", "--discount", "0.3", "--seed", "123456789012345", "--count", "2"}),
               family, 2);
  family = markov_family(MarkovKind::navigation);
  family.rows = 2;
  family.columns = 4;
  family.slip = 0;
  family.penalty = 5;
  expect_games(draw_markov({"--kind", "navigation", "--rows", "2", "--columns", "4", "--slip", "0", "--penalty", "5"}),
               family, 1);
  family = markov_family(MarkovKind::congestion);
  family.agents = 4;
  family.penalty = 0;
  expect_games(draw_markov({"--kind", "congestion", "--agents", "4", "--penalty", "0"}), family, 1);
}

/// Runs `quantal generate KIND` with more arguments.
Outcome draw_normal_form(NormalFormKind kind, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(),
                   {"generate", std::string(normal_form_kinds()[static_cast<std::size_t>(kind)].name)});
  return run(arguments);
}

TEST(GenerateCommand, WritesTheNormalFormGamesOfTheLibraryBitForBit) {
  using enum NormalFormKind;
  for (std::size_t k = 0; k < normal_form_kinds().size(); ++k) {
    const auto kind = static_cast<NormalFormKind>(k);
    SCOPED_TRACE(normal_form_kinds()[k].name);
    expect_games(draw_normal_form(kind, {}), normal_form_family(kind), 1);
  }
  const auto expect = [](NormalFormKind kind, const std::vector<std::string>& arguments, auto change) {
    NormalFormFamily family = normal_form_family(kind);
    change(family);
    const bool many = std::find(arguments.begin(), arguments.end(), "--count") != arguments.end();
    expect_games(draw_normal_form(kind, arguments), family, many ? 3 : 1);
  };
  using F = NormalFormFamily;
  expect(uniform, {"--actions", "3,2,4", "--range", "-1e-7:1e22", "--seed", "123456789012345", "--count", "3"},
         [](F& f) {
           f.actions = {3, 2, 4}, f.low = -1e-7, f.high = 1e22, f.seed = 123456789012345;
         });
  expect(normal, {"--agents", "4", "--count", "3"}, [](F& f) { f.actions = {2, 2, 2, 2}; });
  expect(covariant, {"--agents", "3", "--actions", "4", "--rho", "-0.5", "--count", "3"}, [](F& f) {
    f.actions = {4, 4, 4}, f.rho = -0.5;
  });
  expect(zero_sum, {"--agents", "2", "--actions", "3,4"}, [](F& f) { f.actions = {3, 4}; });
  expect(congestion, {"--facilities", "2", "--actions", "3,1"}, [](F& f) { f.facilities = 2, f.actions = {3, 1}; });
  expect(matching_pennies, {"--asymmetry", "-0.8", "--range", "20:20"},
         [](F& f) { f.asymmetry = -0.8, f.low = f.high = 20; });
  expect(majority_voting, {"--agents", "5", "--actions", "2"}, [](F& f) { f.actions = {2, 2, 2, 2, 2}; });
  expect(blotto, {"--troops", "4,3", "--fields", "2"}, [](F& f) { f.troops = {4, 3}, f.fields = 2; });
  expect(minimum_effort, {"--benefit", "1", "--cost", "0.5,0.25", "--interval", "110:170", "--actions", "61"},
         [](F& f) {
           f.benefit = 1, f.cost = {0.5, 0.25}, f.lowest = 110, f.highest = 170, f.actions = {61, 61};
         });
  expect(travellers_dilemma, {"--bonus", "5"}, [](F& f) { f.bonus = 5; });
  expect(guess_two_thirds, {"--fraction", "0.5", "--agents", "2"}, [](F& f) {
    f.fraction = 0.5, f.actions = {21, 21};
  });
  expect(cournot, {"--intercept", "12", "--slope", "2", "--cost", "3", "--agents", "3"}, [](F& f) {
    f.intercept = 12, f.slope = 2, f.cost = {3}, f.actions = {10, 10, 10};
  });
  expect(all_pay_auction, {"--value", "2,1", "--interval", "0:2"}, [](F& f) { f.value = {2, 1}, f.highest = 2; });
}

TEST(GenerateCommand, DrawsTheSameNormalFormGamesWhateverTheCount) {
  const std::vector<std::string> five = lines_of(draw_normal_form(NormalFormKind::normal, {"--count", "5"}).output);
  const std::vector<std::string> three = lines_of(draw_normal_form(NormalFormKind::normal, {"--count", "3"}).output);
  ASSERT_EQ(five.size(), 5u);
  EXPECT_EQ(three, std::vector<std::string>(five.begin(), five.begin() + 3));
  EXPECT_TRUE(five[4].starts_with(R"({"class": "normal_form", "name": "normal 2x2 seed 0 #4", "actions": [2, 2])"));
}

TEST(GenerateCommand, WritesMarkovGamesOneALine) {
  const Outcome outcome = draw_markov({"--kind", "mdp", "--count", "3", "--seed", "2"});
  EXPECT_EQ(outcome.exit_code, 0);
  const std::vector<std::string> lines = lines_of(outcome.output);
  ASSERT_EQ(lines.size(), 3u);
  for (std::size_t g = 0; g < lines.size(); ++g) {
    const std::string name = "mdp 1x2 states 10 seed 2 #" + std::to_string(g);
    EXPECT_TRUE(lines[g].starts_with(R"({"class": "markov", "name": ")" + name + '"')) << lines[g];
  }
}

TEST(GenerateCommand, WritesAFile) {
  const Folder folder;
  const std::string games = folder.path("games.jsonl");
  EXPECT_EQ(draw({"--count", "3", "--seed", "4", "-o", games}).output, "");
  EXPECT_EQ(content_of(games), draw({"--count", "3", "--seed", "4"}).output);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"games.jsonl"});
}

TEST(GenerateCommand, StopsWhenItsReaderDoes) {
  Invocation invocation;
  invocation.arguments = {"generate", "polymatrix", "--count", "1000000000"};
  invocation.stop_reading = true;
  EXPECT_EQ(run(invocation).exit_code, 0);
}

TEST(GenerateCommand, DescribesEveryKind) {
  const Outcome list = run({"generate", "--list"});
  EXPECT_EQ(list.exit_code, 0);
  const Outcome help = run({"generate", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const auto kinds : {normal_form_kinds(), network_graphs(), network_payoffs(), markov_kinds()}) {
    for (const NamedKind& kind : kinds) {
      EXPECT_NE(list.output.find("  " + std::string(kind.name) + " "), std::string::npos) << kind.name;
      EXPECT_NE(help.output.find(kind.name), std::string::npos) << kind.name;
    }
  }
  for (const std::string& line : lines_of(list.output + help.output)) EXPECT_LE(line.size(), 100u) << line;
  EXPECT_NE(run({"--help"}).output.find("quantal generate --help"), std::string::npos);
}

struct BadDraw {
  std::vector<std::string> arguments;
  std::vector<std::string> expected;  // parts of the message
};

void PrintTo(const BadDraw& usage, std::ostream* stream) {
  for (const std::string& argument : usage.arguments) *stream << argument << ' ';
}

class BadDrawTest : public testing::TestWithParam<BadDraw> {};

TEST_P(BadDrawTest, IsRefusedInOneLine) {
  const Folder folder;
  std::vector<std::string> arguments = GetParam().arguments;
  arguments.insert(arguments.end(), {"-o", folder.path("out.jsonl")});
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.output, "");
  ASSERT_EQ(lines_of(outcome.errors).size(), 1u) << outcome.errors;
  for (const std::string& part : GetParam().expected) {
    EXPECT_NE(outcome.errors.find(part), std::string::npos) << "no '" << part << "' in: " << outcome.errors;
  }
  EXPECT_TRUE(folder.names().empty());
}

INSTANTIATE_TEST_SUITE_P(
    GenerateCommand, BadDrawTest,
    testing::ValuesIn(std::vector<BadDraw>{
        {{"generate"}, {"quantal generate uniform", "quantal generate polymatrix", "found none", "--list"}},
        {{"generate", "normal_form"}, {"quantal generate polymatrix or", "generate markov", "found 'normal_form'"}},
        {{"generate", "polymatrix", "polymatrix"}, {"found 'polymatrix polymatrix'"}},
        {{"generate", "polymatrix", "--graph", "torus"}, {"--graph: 'torus'", "ring, path, star", "barabasi-albert"}},
        {{"generate", "polymatrix", "--payoffs", "zero"}, {"--payoffs: 'zero'", "zero-sum, global-zero-sum"}},
        {{"generate", "polymatrix", "--agents", "1"}, {"--agents: '1' is out of range", "from 2"}},
        {{"generate", "polymatrix", "--agents", "2"}, {"graph ring", "at least 3 agents, found 2"}},
        {{"generate", "polymatrix", "--agents", "99999999999"}, {"--agents", "out of range"}},
        {{"generate", "polymatrix", "--actions", "2,,3"}, {"--actions: '2,,3' has an empty entry"}},
        {{"generate", "polymatrix", "--actions", "2,0"}, {"--actions: '0' in '2,0' is out of range"}},
        {{"generate", "polymatrix", "--actions", "2.5"}, {"--actions: '2.5' is not a whole number"}},
        {{"generate", "polymatrix", "--range", "1"}, {"--range: '1' is no range", "LOW:HIGH"}},
        {{"generate", "polymatrix", "--range", "0:x"}, {"--range: 'x' in '0:x' is not a number"}},
        {{"generate", "polymatrix", "--range", "1:inf"}, {"'inf' in '1:inf' is not a finite number"}},
        {{"generate", "polymatrix", "--range", "2:1"}, {"low <= high, found 2:1"}},
        {{"generate", "polymatrix", "--rows", "2"}, {"--rows is for --graph grid, found --graph ring"}},
        {{"generate", "polymatrix", "--graph", "grid", "--rows", "3"}, {"rows that divide 10 agents, found 3"}},
        {{"generate", "polymatrix", "--graph", "erdos-renyi", "--probability", "2"}, {"from 0 to 1, found 2"}},
        {{"generate", "polymatrix", "--graph", "tree", "--edges-per-agent", "2"}, {"for --graph barabasi-albert"}},
        {{"generate", "polymatrix", "--payoffs", "matching-pennies", "--actions", "3"}, {"2 actions, found 3"}},
        {{"generate", "polymatrix", "--payoffs", "rock-paper-scissors", "--actions", "4"}, {"one odd number"}},
        {{"generate", "polymatrix", "--count", "0"}, {"--count: '0' is out of range", "from 1"}},
        {{"generate", "polymatrix", "--seed", "-1"}, {"--seed: '-1'"}},
        {{"generate", "polymatrix", "--seed", "1", "--seed", "2"}, {"--seed is given 2 times"}},
        {{"generate", "polymatrix", "--agnets", "5"}, {"unknown option --agnets", "quantal generate --help"}},
        {{"generate", "polymatrix", "--payof", "5"}, {"did you mean --payoffs?"}},
        {{"generate", "polymatrix", "--kind", "soccer"}, {"--kind is for quantal generate markov, found"}},
        {{"generate", "polymatrix", "--discount", "0.5"}, {"--discount is for quantal generate markov"}},
        {{"generate", "polymatrix", "--rho", "0"},
         {"--rho is for quantal generate covariant, found quantal generate poly"}},
        {{"generate", "markov", "--cost", "1"}, {"for quantal generate minimum-effort, cournot or bertrand, found"}},
        {{"generate", "uniform", "uniform"}, {"found 'uniform uniform'"}},
        {{"generate", "Uniform"}, {"found 'Uniform'"}},
        {{"generate", "uniform", "--graph", "ring"},
         {"--graph is for quantal generate polymatrix, found quantal generate u"}},
        {{"generate", "uniform", "--kind", "soccer"}, {"--kind is for quantal generate markov, found"}},
        {{"generate", "uniform", "--rows", "2"}, {"--rows is for quantal generate polymatrix or markov"}},
        {{"generate", "uniform", "--rho", "0"},
         {"--rho is for quantal generate covariant, found quantal generate uniform"}},
        {{"generate", "uniform", "--interval", "0:1"}, {"--interval is for quantal generate minimum-effort, trav"}},
        {{"generate", "uniform", "--agents", "3", "--actions", "2,3"},
         {"--actions 2,3", "or 3, one an agent, found 2"}},
        {{"generate", "uniform", "--agents", "0"}, {"--agents: '0' is out of range"}},
        {{"generate", "uniform", "--agents", "30"}, {"at most 2^28 payoffs"}},
        {{"generate", "uniform", "--agents", "99999999999"}, {"--agents", "out of range"}},
        {{"generate", "uniform", "--actions", "2000000000"}, {"at most 2^28 payoffs, found 8e+18"}},
        {{"generate", "uniform", "--range", "2:1"}, {"low <= high, found 2:1"}},
        {{"generate", "normal", "--range", "0:1"}, {"--range: normal has standard normal payoffs"}},
        {{"generate", "covariant", "--rho", "-2"}, {"-1/(N-1) = -1 to 1 for 2 agents, found -2"}},
        {{"generate", "covariant", "--rho", "nan"}, {"--rho: 'nan' is not a finite number; expected a number"}},
        {{"generate", "congestion", "--facilities", "40"}, {"1 to 24 facilities, found 40"}},
        {{"generate", "rock-paper-scissors", "--actions", "4"}, {"an odd number of actions from 3, found 4"}},
        {{"generate", "chicken", "--agents", "3"}, {"chicken: expected 2 agents, found 3"}},
        {{"generate", "chicken", "--range", "1:1"}, {"low < high, found 1:1"}},
        {{"generate", "matching-pennies", "--asymmetry", "-1"}, {"an asymmetry above -1"}},
        {{"generate", "cournot", "--count", "2"}, {"--count: cournot is one game, of which nothing is drawn"}},
        {{"generate", "minimum-effort", "--seed", "1"}, {"--seed: minimum-effort is one game"}},
        {{"generate", "dispersion", "--range", "0:1"}, {"--range: dispersion is one game"}},
        {{"generate", "cournot", "--cost", "1,,2"}, {"--cost: '1,,2' has an empty entry"}},
        {{"generate", "cournot", "--cost", "1,2,3"}, {"one cost for all agents or 2, one an agent, found 3"}},
        {{"generate", "cournot", "--slope", "-1"}, {"--slope: '-1' is negative"}},
        {{"generate", "cournot", "--interval", "1"}, {"--interval: '1' is no range"}},
        {{"generate", "cournot", "--interval", "-1:1"}, {"cournot: expected an interval from 0 on"}},
        {{"generate", "location", "--actions", "1"}, {"expected at least 2 for each agent's number of actions"}},
        {{"generate", "location", "--interval", "1:1"}, {"low < high, found 1:1"}},
        {{"generate", "blotto", "--actions", "3"}, {"--actions: blotto has as many as --troops and --fields ask for"}},
        {{"generate", "blotto", "--troops", "1,2,3"}, {"2, one an agent, found 3"}},
        {{"generate", "blotto", "--troops", "1000"}, {"at most 2^28 payoffs, found 1000 troops on 3 fields"}},
        {{"generate", "markov", "polymatrix"}, {"found 'markov polymatrix'"}},
        {{"generate", "markov", "--graph", "ring"}, {"--graph is for quantal generate polymatrix, found"}},
        {{"generate", "markov", "--kind", "hockey"}, {"--kind: 'hockey'", "random, zero-sum, mdp, soccer"}},
        {{"generate", "markov", "--kind", "soccer", "--seed", "1"}, {"--seed is for --kind random, zero-sum or mdp"}},
        {{"generate", "markov", "--kind", "stag-hunt", "--count", "2"}, {"--count is for", "found --kind stag-hunt"}},
        {{"generate", "markov", "--kind", "zero-sum", "--agents", "3"}, {"--agents is for", "found --kind zero-sum"}},
        {{"generate", "markov", "--kind", "congestion", "--states", "3"}, {"--states is for --kind random"}},
        {{"generate", "markov", "--slip", "0.5"}, {"--slip is for --kind navigation, found --kind random"}},
        {{"generate", "markov", "--rows", "2"}, {"--rows is for --kind navigation"}},
        {{"generate", "markov", "--kind", "soccer", "--penalty", "1"}, {"for --kind navigation or congestion"}},
        {{"generate", "markov", "--agents", "0"}, {"--agents: '0' is out of range"}},
        {{"generate", "markov", "--kind", "congestion", "--agents", "1"}, {"at least 2 agents, found 1"}},
        {{"generate", "markov", "--states", "0"}, {"--states: '0' is out of range"}},
        {{"generate", "markov", "--next-states", "11"}, {"next states: expected 1 to 10", "found 11"}},
        {{"generate", "markov", "--discount", "1"}, {"discount: expected a number from 0 to below 1, found 1"}},
        {{"generate", "markov", "--discount", "-1"}, {"--discount: '-1'"}},
        {{"generate", "markov", "--discount", "nan"}, {"--discount: 'nan'"}},
        {{"generate", "markov", "--kind", "navigation", "--slip", "1"}, {"a slip from 0 to below 1, found 1"}},
        {{"generate", "markov", "--kind", "navigation", "--columns", "1"}, {"2 columns, found 3 and 1"}},
        {{"generate", "markov", "--range", "2:1"}, {"low <= high, found 2:1"}},
        {{"generate", "markov", "--agents", "40"}, {"fewer than 2^31 rewards"}},
    }));

}  // namespace
}  // namespace quantal::cli_test
