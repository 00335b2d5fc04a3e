// `quantal fit`: lambda from a table of observed play, and one line where that cannot be.

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "places.hpp"
#include "process.hpp"
#include "small_games.hpp"

namespace quantal::cli_test {
namespace {

using nlohmann::json;

/// 21 of 120 cooperate, so lambda is log(99 / 21).
constexpr std::string_view prisoners_play = "agent,action,count\n0,0,12\n0,1,48\n1,0,9\n1,1,51\n";

const double prisoners_lambda = std::log(99.0 / 21);

json fitted(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "fit");
  arguments.insert(arguments.end(), {"--format", "json"});
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  return json::parse(outcome.output);
}

TEST(FitCommand, PrintsATable) {
  const Folder folder;
  const Outcome outcome =
      run({"fit", folder.file("pd.nfg", prisoners), "--play", folder.file("play.csv", prisoners_play)});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.output,
            "game                observed  lambda   95 % interval   log L  of chance  p chance  p fit\n"
            "Prisoner's dilemma       120  1.5506  1.101 .. 2.048  -55.65     -83.18   5.8e-14   0.47\n"
            "\n"
            "play                agent     observed       fitted\n"
            "Prisoner's dilemma      0  0.200 0.800  0.175 0.825\n"
            "Prisoner's dilemma      1  0.150 0.850  0.175 0.825\n");
}

TEST(FitCommand, WritesJsonAndCsvWithAllDigits) {
  const Folder folder;
  const std::string game = folder.file("pd.nfg", prisoners);
  const std::string play = folder.file("play.csv", prisoners_play);
  const json fits = fitted({game, "--play", play, "--level", "0.9"});
  EXPECT_EQ(fits["level"], 0.9);
  ASSERT_EQ(fits["games"].size(), 1u);
  const json& fit = fits["games"][0];
  EXPECT_EQ(fit["game"], "Prisoner's dilemma");
  EXPECT_EQ(fit["observations"], 120);
  EXPECT_NEAR(fit["lambda"], prisoners_lambda, 1e-6);
  EXPECT_LT(fit["lower"], prisoners_lambda);
  EXPECT_GT(fit["upper"], prisoners_lambda);
  EXPECT_EQ(fit["at_end"], false);
  EXPECT_TRUE(fit["jump"].is_null());
  EXPECT_NEAR(fit["policies"][0][1], 99.0 / 120, 1e-6);
  EXPECT_NEAR(fit["policies"][1][1], 99.0 / 120, 1e-6);
  EXPECT_FALSE(fits.contains("together"));

  EXPECT_FALSE(fit.contains("profile"));
  EXPECT_GT(fitted({game, "--play", play, "--profile"})["games"][0]["profile"].size(), 100u);

  const std::string file = folder.path("fit.csv");
  const Outcome outcome = run({"fit", game, "--play", play, "--level", "0.9", "-o", file});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output + outcome.errors, "");
  const std::vector<std::string> lines = lines_of(content_of(file));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].starts_with("game,observations,lambda,lower,upper,"));
  EXPECT_TRUE(lines[1].starts_with("Prisoner's dilemma,120," + fit["lambda"].dump() + "," + fit["lower"].dump()));
}

TEST(FitCommand, TakesRawDataOfSeveralGames) {
  const Folder folder;
  const std::string games =
      folder.file("games.jsonl", R"({"class": "normal_form", "name": "a", "actions": [2], "payoffs": [[0, 1]]}
{"class": "normal_form", "name": "b, \"too\"", "actions": [2], "payoffs": [[2, 0]]}
)");
  // One choice a line, counted from 1, other columns beside, a game by its name and by its number.
  std::string play = "\xef\xbb\xbfsubject;action;game;round;agent\r\n";
  for (int k = 0; k < 80; ++k) play += "s1;" + std::string(k < 30 ? "1" : "2") + ";a;7;1\r\n";
  for (int k = 0; k < 60; ++k) {
    play += "\"s;2\"; " + std::string(k < 45 ? "1" : "2") + (k % 2 == 0 ? ";\"b, \"\"too\"\"\"" : ";1") + ";;1\r\n\r\n";
  }
  const json fits = fitted({games, "--play", folder.file("play.csv", play), "--count-from", "1"});
  EXPECT_NEAR(fits["games"][0]["lambda"], std::log(5.0 / 3), 1e-6);
  EXPECT_NEAR(fits["games"][1]["lambda"], std::log(3.0) / 2, 1e-6);
  EXPECT_EQ(fits["together"]["observations"], 140);
  const double apart =
      fits["games"][0]["log_likelihood"].get<double>() + fits["games"][1]["log_likelihood"].get<double>();
  const double ratio = 2 * (apart - fits["together"]["log_likelihood"].get<double>());
  EXPECT_NEAR(fits["p_of_one_lambda"], std::erfc(std::sqrt(ratio / 2)), 1e-9);
  EXPECT_EQ(fits["games"][1]["policies_together"][0].size(), 2u);

  const Outcome table = run({"fit", games, "--play", folder.file("play.csv", play), "--count-from", "1"});
  EXPECT_NE(table.output.find("\nall, one lambda       140  "), std::string::npos) << table.output;
  EXPECT_NE(table.output.find("\none lambda for all against one for each: p = "), std::string::npos);
}

TEST(FitCommand, AgreesWithGambitOnMatchingPennies) {
  // Lambda and log likelihood as pygambit 17.0's logit_estimate finds them. The symmetric game's QRE is uniform play at
  // every lambda.
  const std::string folder = (tests_folder() / "data/play/matching_pennies").string();
  const json fits = fitted({folder + ".jsonl", "--play", folder + ".csv", "--reach", "40"});
  EXPECT_EQ(fits["games"][0]["lambda"], 0);
  EXPECT_TRUE(fits["games"][0]["upper"].is_null());
  EXPECT_NEAR(fits["games"][1]["lambda"], 0.04263118874, 1e-7);
  EXPECT_NEAR(fits["games"][1]["log_likelihood"], -17.67330795986, 1e-8);
  EXPECT_NEAR(fits["games"][2]["lambda"], 0.09814349716, 1e-7);
  EXPECT_NEAR(fits["games"][2]["log_likelihood"], -24.59029241270, 1e-8);
}

TEST(FitCommand, TakesStatesOfMarkovGames) {
  const Folder folder;
  const std::string game =
      folder.file("switch.json", R"({"class": "markov", "name": "switch", "actions": [2], "states": 2,
    "discount": 0, "rewards": [[[0, 1], [2, 0]]], "transitions": [[[0, 1], [1, 0]], [[0, 1], [1, 0]]]})");
  const json fits =
      fitted({game, "--play",
              folder.file("play.tsv", "agent\tstate\taction\tcount\n0\t0\t0\t30\n0\t0\t1\t50\n0\t1\t1\t0.5\n")});
  EXPECT_EQ(fits["games"][0]["free_frequencies"], 2);
  EXPECT_EQ(fits["games"][0]["observations"], 80.5);
  EXPECT_EQ(fits["games"][0]["policies"][0].size(), 2u);
}

TEST(FitCommand, TakesAnotherRule) {
  const Folder folder;
  const std::string game = folder.file(
      "pennies.json",
      R"({"class": "normal_form", "actions": [2, 2], "payoffs": [[3.2, 0.4, 0.4, 0.8], [0.4, 0.8, 0.8, 0.4]]})");
  const std::string play = folder.file("play.csv", "agent,action,count\n0,0,9\n0,1,4\n1,0,3\n1,1,10\n");
  const auto searched_to = [&](const std::string& rule) {
    const json fits = fitted({game, "--play", play, "--rule", rule, "--max-iterations", "100"});
    return fits["games"][0]["searched_to"].get<double>();
  };
  // Anderson's method needs fewer updates than NPG.
  EXPECT_GT(searched_to("anderson"), 3 * searched_to("npg"));
  EXPECT_GT(searched_to("npg"), 0);
  expect_refusal(run({"fit", game, "--play", play, "--rule", "nash"}), {"--rule: 'nash'", "anderson"});
}

TEST(FitCommand, SaysWhereTheLikelihoodHasNoMaximum) {
  const Folder folder;
  const Outcome outcome =
      run({"fit", folder.file("pd.nfg", prisoners), "--play", folder.file("p.csv", "agent,action\n0,1\n1,1\n")});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.output.find(">= "), std::string::npos);
  EXPECT_NE(outcome.output.find(" .. inf"), std::string::npos);
  EXPECT_NE(outcome.errors.find("still rises"), std::string::npos);
  const json fits = fitted({folder.path("pd.nfg"), "--play", folder.path("p.csv"), "--reach", "10"});
  EXPECT_TRUE(fits["games"][0]["upper"].is_null());
  EXPECT_LE(fits["games"][0]["lambda"], 10);
}

TEST(FitCommand, RefusesWhatItCannotRead) {
  const Folder folder;
  const std::string pd = folder.file("pd.nfg", prisoners);
  const std::string two = folder.file("two.jsonl", std::string(pennies) + "\n" + std::string(pennies) + "\n");
  const std::string markov = folder.file("m.json", R"({"class": "markov", "actions": [2], "states": 2, "discount": 0,
    "rewards": [[[0, 1], [2, 0]]], "transitions": [[[0, 1], [1, 0]], [[0, 1], [1, 0]]]})");
  const std::string play = folder.file("play.csv", prisoners_play);
  const auto refused = [&](const std::string& games, std::string_view table, const std::vector<std::string>& parts) {
    const std::string file = folder.file("bad.csv", table);
    expect_refusal(run({"fit", games, "--play", file}), parts);
  };
  refused(pd, "", {"bad.csv:1: ", "a line that names the columns"});
  refused(pd, "player,action\n0,0\n", {"bad.csv:1: ", "expected a column 'agent', found player, action"});
  refused(pd, "agent,action,agent\n0,0,0\n", {"bad.csv:1: ", "one column 'agent'"});
  refused(pd, "agent,action\n", {"expected observations of game 'Prisoner's dilemma', found none"});
  refused(pd, "agent,action,count\n0,0,0\n", {"found none"});
  refused(pd, "agent,action\n0,0\n0\n", {"bad.csv:3: ", "expected 2 fields", "found 1"});
  refused(pd, "agent,action\n2,0\n", {"bad.csv:2: ", "agent '2': expected a number from 0 to 1 (--count-from 0)"});
  refused(pd, "agent,action\n1,-1\n", {"bad.csv:2: ", "action '-1' of agent 1: expected a number from 0 to 1"});
  refused(pd, "agent,action\n1,1x\n", {"action '1x'"});
  refused(pd, "agent,action\n1,\n", {"action ''"});
  refused(pd, "agent,action,count\n1,1,-2\n", {"bad.csv:2: ", "count '-2': expected a finite number of at least 0"});
  refused(pd, "agent,action,count\n1,1,nan\n", {"count 'nan'"});
  refused(pd, "agent,action,count\n1,1,1e308\n1,1,1e308\n", {"too large"});
  refused(pd, "agent,action,game\n1,1,chicken\n",
          {"bad.csv:2: ", "game 'chicken': expected the name of a game or its number, 0 .. 0"});
  refused(pd, "agent,action,note\n1,1,\"open\n", {"bad.csv:2: ", "expected a quote at the end of a field"});
  refused(pd, "agent,action\n\"1\"1,1\n", {"bad.csv:2: ", "between a quote and the next field"});
  refused(two, "agent,action\n0,0\n", {"bad.csv:1: ", "expected a column 'game', since there are 2 games"});
  refused(two, "game,agent,action\npennies,0,0\n", {"game 'pennies': expected a name that one game has"});
  refused(two, "game,agent,action\n0,0,0\n", {"expected observations of game 'pennies', found none"});
  refused(markov, "agent,action\n0,0\n", {"expected a column 'state'", "has 2"});
  refused(markov, "agent,action,state\n0,0,2\n", {"state '2'"});

  expect_refusal(run({"fit"}), {"no games"});
  expect_refusal(run({"fit", pd}), {"no observed play", "--play FILE"});
  expect_refusal(run({"fit", pd, "--play", folder.path("none.csv")}), {"none.csv", "No such file"});
  expect_refusal(run({"fit", folder.path("none.nfg"), "--play", play}), {"none.nfg", "No such file"});
  expect_refusal(run({"fit", pd, "--play", play, "--level", "1"}), {"--level 1", "between 0 and 1"});
  expect_refusal(run({"fit", pd, "--play", play, "--reach", "0.1"}), {"--reach 0.1", "from 1 to 1e6"});
  expect_refusal(run({"fit", pd, "--play", play, "--count-from", "2"}), {"--count-from", "0", "1"});
  expect_refusal(run({"fit", pd, "--play", play, "--format", "h5"}), {"--format", "table"});
  expect_refusal(run({"fit", pd, "--play", play, "--profile"}), {"--profile", "json"});
  expect_refusal(run({"fit", pd, "--play", play, "-o", play}), {"--output"});
  EXPECT_EQ(content_of(play), prisoners_play);
}

TEST(FitCommand, HelpTeaches) {
  const Outcome help = run({"fit", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const std::string part : {"Usage: quantal fit FILE... --play FILE", "--count-from", "McKelvey", "Exit codes"}) {
    EXPECT_NE(help.output.find(part), std::string::npos) << part;
  }
  for (const std::string& line : lines_of(help.output)) EXPECT_LE(line.size(), 100u) << line;
}

}  // namespace
}  // namespace quantal::cli_test
