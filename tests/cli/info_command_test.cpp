// `quantal info FILE..`: what it says of games, and of files that hold none.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "process.hpp"
#include "small_games.hpp"

namespace quantal::cli_test {
namespace {

/// What it says of the games in a text.
std::vector<std::string> describe_with_plan(std::string_view games) {
  Invocation invocation;
  invocation.arguments = {"info", "-"};
  invocation.input = games;
  const Outcome outcome = run(invocation);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.errors, "");
  return lines_of(outcome.output);
}

/// The same without the plan for CUDA, which depends on the machine.
std::vector<std::string> describe(std::string_view games) {
  std::vector<std::string> lines = describe_with_plan(games);
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("  cuda "); });
  return lines;
}

std::vector<std::string> describe_drawn(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"generate", "polymatrix"});
  return describe(run(arguments).output);
}

/// The value of a line "  name   value".
std::string item(const std::vector<std::string>& lines, const std::string& name) {
  for (const std::string& line : lines) {
    if (line.starts_with("  " + name + " ")) return line.substr(15);
  }
  return "no line of that name";
}

TEST(InfoCommand, SaysHowRunsAreDealtOut) {
  const auto plan = [](const std::string& actions) {
    const std::vector<std::string> lines =
        describe_with_plan(run({"generate", "uniform", "--actions", actions, "--seed", "1"}).output);
    const std::string text = item(lines, "cuda");
    const std::string assumed = "on an H100: ";
    return text.starts_with(assumed) ? text.substr(assumed.size()) : text;
  };
  EXPECT_EQ(plan("2,2"), "lane tier, 1 thread a run, 128 runs a block, payoffs in registers");
  EXPECT_EQ(plan("16,16"),
            "warp tier, 4 threads a run, 32 runs a block, payoffs in registers; in double warp tier, 8 threads a run, "
            "16 runs a block, payoffs in registers");
  EXPECT_TRUE(plan("10,10,10").starts_with("warp tier, 32 threads a run, 4 runs a block, payoffs in registers; in "));
  EXPECT_EQ(plan("2,2,2,2,2,2,2,2,2,2").substr(0, 29), "block tier, 160 threads a run");
  EXPECT_TRUE(plan("1000,1000").ends_with("payoffs in device memory"));
  const std::vector<std::string> markov = describe_with_plan(run({"generate", "markov", "--kind", "soccer"}).output);
  EXPECT_TRUE(item(markov, "cuda").ends_with("payoffs in device memory"));
}

TEST(InfoCommand, DescribesNormalFormGames) {
  EXPECT_EQ(describe(prisoners),
            (std::vector<std::string>{"Prisoner's dilemma", "  class        normal_form",
                                      "  agents       2, with 2 actions each", "  payoffs      8",
                                      "  kind         zero-sum up to terms of the others' actions, exact potential",
                                      "  certificate  one QRE and linear convergence at every tau > 0"}));
  EXPECT_EQ(item(describe(pennies), "kind"), "zero-sum");
  EXPECT_EQ(item(describe(pennies), "certificate"),
            "one QRE at every tau > 0; linear convergence with eta = 1/tau for tau > 1.25");
  const std::string asymmetric =
      R"({"class": "normal_form", "actions": [2, 2], "payoffs": [[3.2, 0.4, 0.4, 0.8], [0.4, 0.8, 0.8, 0.4]]})";
  EXPECT_EQ(item(describe(asymmetric), "kind"), "zero-sum up to units of payoff and terms of the others' actions");
  EXPECT_EQ(item(describe(asymmetric), "certificate"),
            "one QRE at every tau > 0; linear convergence with eta = 1/tau for tau > 0.4");
  EXPECT_EQ(item(describe(ragged), "agents"), "3, with 2, 1, 3 actions");
  EXPECT_EQ(item(describe(ragged), "kind"), "general");
  const std::string coordination =
      R"({"class": "normal_form", "actions": [2, 2], "payoffs": [[0.3, 0, 0, 0.1], [0.3, 0, 0, 0.1]]})";
  EXPECT_EQ(item(describe(coordination), "kind"), "coordination");
  EXPECT_EQ(item(describe(coordination), "certificate"),
            "one QRE and linear convergence with eta = 1/tau for tau > 0.1");
  const std::string constant =
      R"({"class": "normal_form", "actions": [2, 2], "payoffs": [[0.3, 0, 0.9, 0.1], [0.7, 1, 0.1, 0.9]]})";
  EXPECT_EQ(item(describe(constant), "kind"), "constant-sum (the sum is 1)");
}

TEST(InfoCommand, NamesTheKindOfGamesOfManyAgents) {
  const auto kind_of = [](const std::string& payoffs) {
    return item(describe(R"({"class": "normal_form", "actions": [2, 2, 2], "payoffs": [)" + payoffs + "]}"), "kind");
  };
  const std::string some = "[1, 5, 2, 7, 3, 1, 8, 2]";
  EXPECT_EQ(kind_of(some + "," + some + "," + some), "identical interest");
  EXPECT_EQ(kind_of(some + "," + some + ",[1, 5, 2, 7, 3, 1, 8, 3]"), "general");
  EXPECT_EQ(kind_of(some + ",[0, 0, 0, 0, 0, 0, 0, 0],[-1, -5, -2, -7, -3, -1, -8, -2]"), "zero-sum");
  EXPECT_EQ(kind_of(some + ",[1, 1, 1, 1, 1, 1, 1, 1],[0, -4, -1, -6, -2, 0, -7, -1]"), "constant-sum (the sum is 2)");
  // The last agent earns 10 more where the first plays its second action.
  EXPECT_EQ(kind_of(some + "," + some + ",[1, 5, 2, 7, 13, 11, 18, 12]"), "exact potential");
}

TEST(InfoCommand, DescribesTheFirstOfMany) {
  std::string games;
  for (int k = 0; k < 20; ++k) games += std::string(pennies) + "\n";
  EXPECT_EQ(describe(games).back().substr(0, 13), "  certificate");
  EXPECT_EQ(describe(games + std::string(pennies)).back(), "… 1 more game");
  games += games + games;
  const std::vector<std::string> lines = describe(games);
  EXPECT_EQ(lines.back(), "… 40 more games");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "pennies"), 20);
}

TEST(InfoCommand, DescribesNetworks) {
  const std::vector<std::string> ring = describe_drawn({"--payoffs", "rock-paper-scissors"});
  EXPECT_EQ(ring.front(), "ring rock-paper-scissors 10x3 seed 0 #0");
  EXPECT_EQ(item(ring, "class"), "polymatrix");
  EXPECT_EQ(item(ring, "agents"), "10, with 3 actions each");
  EXPECT_EQ(item(ring, "edges"), "10, 2 an agent");
  EXPECT_EQ(item(ring, "payoffs"), "180");
  EXPECT_EQ(item(ring, "kind"), "zero-sum, each edge constant-sum");
  EXPECT_EQ(item(ring, "certificate"), "one QRE at every tau > 0; linear convergence with eta = 1/tau for tau > 1.5");

  const std::vector<std::string> star = describe_drawn({"--graph", "star", "--payoffs", "global-zero-sum"});
  EXPECT_EQ(item(star, "edges"), "9, 1 to 9 an agent, 1.8 on average");
  EXPECT_EQ(item(star, "kind"), "zero-sum, but not edge by edge");
  EXPECT_EQ(item(describe_drawn({"--payoffs", "coordination"}), "kind"), "coordination");
  EXPECT_EQ(item(describe_drawn({"--payoffs", "random"}), "kind"), "general");
  EXPECT_EQ(item(describe_drawn({"--agents", "40", "--actions", "2,3,4"}), "agents"), "40, with 2 to 4 actions");

  const std::string one_way =
      R"({"class": "polymatrix", "actions": [2, 1, 2],
          "edges": [{"agents": [0, 1], "payoffs": [[[1], [2]], null]}]})";
  EXPECT_EQ(item(describe(one_way), "edges"), "1 (1 paying one side only), 0 to 1 an agent, 0.667 on average");
  EXPECT_EQ(item(describe(R"({"class": "polymatrix", "actions": [2, 1], "edges": []})"), "edges"), "0");
}

std::vector<std::string> describe_markov(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"generate", "markov"});
  return describe(run(arguments).output);
}

TEST(InfoCommand, DescribesMarkovGames) {
  EXPECT_EQ(
      describe_markov({"--kind", "soccer"}),
      (std::vector<std::string>{
          "soccer", "  class        markov", "  agents       2, with 5 actions each", "  states       760",
          "  discount     0.9", "  rewards      38000", "  transitions  20368, sparse: 1.07 a joint action on average",
          "  kind         zero-sum", "  certificate  no bound is known for Markov games of several agents"}));
  const std::vector<std::string> navigation = describe_markov({"--kind", "navigation"});
  EXPECT_EQ(item(navigation, "agents"), "2, with 1 to 4 actions, by the state");
  EXPECT_EQ(item(navigation, "states"), "58, 1 of them absorbing");
  EXPECT_EQ(item(navigation, "kind"), "general");

  const std::vector<std::string> mdp = describe_markov({"--kind", "mdp", "--discount", "0.5"});
  EXPECT_EQ(item(mdp, "agents"), "1, with 2 actions each");
  EXPECT_EQ(item(mdp, "discount"), "0.5");
  EXPECT_EQ(item(mdp, "transitions"), "200, dense");
  EXPECT_EQ(item(mdp, "kind"), "Markov decision process");
  EXPECT_EQ(item(mdp, "certificate"), "converges at every tau > 0 with eta = (1 - discount) / tau");

  const std::vector<std::string> hunt = describe_markov({"--kind", "stag-hunt", "--agents", "3"});
  EXPECT_EQ(item(hunt, "rewards"), "48");
  EXPECT_EQ(item(hunt, "kind"), "general");
  EXPECT_EQ(item(describe_markov({"--range", "2:2"}), "kind"), "constant-sum (rewards sum to 4), identical interest");
  EXPECT_EQ(item(describe_markov({"--states", "3", "--next-states", "1", "--actions", "1"}), "transitions"),
            "3, sparse: 1 a joint action on average");
}

TEST(InfoCommand, TakesSeveralFilesAndDirectories) {
  const Folder folder;
  const std::string first = folder.file("a.nfg", prisoners);
  folder.file("b.json", pennies);
  const Outcome outcome = run({"info", first, folder.path("")});
  EXPECT_EQ(outcome.exit_code, 0);
  std::vector<std::string> names;
  for (const std::string& line : lines_of(outcome.output)) {
    if (!line.empty() && !line.starts_with(' ')) names.push_back(line);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"Prisoner's dilemma", "Prisoner's dilemma", "pennies"}));
}

TEST(InfoCommand, RefusesBadFilesInOneLine) {
  const Folder folder;
  const std::string good = folder.file("good.nfg", prisoners);
  const std::string bad = folder.file("bad.nfg", "NFG 1 R \"cut\" { \"A\" \"B\" } { 2 2 }\n\n3 3");
  const Outcome outcome = run({"info", good, bad});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(lines_of(outcome.errors).size(), 1u) << outcome.errors;
  EXPECT_TRUE(outcome.errors.starts_with("quantal: " + bad + ":3")) << outcome.errors;
}

TEST(InfoCommand, SaysWhenTheInteractionsOfALargeGameAreOnlyBounded) {
  std::string payoffs = "0";
  for (int k = 1; k < 256 * 256; ++k) payoffs += k % 257 == 0 ? ",1" : ",0";
  const std::string game =
      R"({"class": "normal_form", "actions": [256, 256], "payoffs": [[)" + payoffs + "], [" + payoffs + "]]}";
  EXPECT_EQ(item(describe(game), "certificate"),
            "one QRE and linear convergence with eta = 1/tau for tau > 0.5, by an upper bound of D");
}

TEST(InfoCommand, NamesStayOnTheirLine) {
  const std::vector<std::string> lines =
      describe(R"({"class": "normal_form", "name": "two\nlines", "actions": [1], "payoffs": [[1]]})");
  EXPECT_EQ(lines.front(), "two\xEF\xBF\xBDlines");
  EXPECT_EQ(item(lines, "agents"), "1, with 1 action each");
}

TEST(InfoCommand, HelpTeaches) {
  const Outcome help = run({"info", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const std::string word : {"FILE...", "zero-sum", "certificate", "rho(D)/4", "Examples", "Exit codes"}) {
    EXPECT_NE(help.output.find(word), std::string::npos) << word;
  }
  for (const std::string& line : lines_of(help.output)) EXPECT_LE(line.size(), 100u) << line;
}

}  // namespace
}  // namespace quantal::cli_test
