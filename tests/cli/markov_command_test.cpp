// Markov games through the command: what is read, what is asked for, and every format of the results.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "process.hpp"
#include "quantal/quantal.hpp"
#include "small_games.hpp"

namespace quantal::cli_test {
namespace {

using nlohmann::json;

constexpr double discount = 0.5;

/// The prisoner's dilemma in state s for s + 1 times its payoffs, then the next state whatever was played, and round
/// again. So in every state defecting is worth s + 1 more, as if there were no other.
json round_of_dilemmas(int states) {
  const std::array<std::array<double, 4>, 2> payoffs = {{{3, 0, 4, 1}, {3, 4, 0, 1}}};
  json game = {{"class", "markov"}, {"name", "round"}, {"actions", {2, 2}}, {"states", states}, {"discount", discount}};
  for (int s = 0; s < states; ++s) {
    for (std::size_t i = 0; i < 2; ++i) {
      json rewards;
      for (const double payoff : payoffs[i]) rewards.push_back((s + 1) * payoff);
      game["rewards"][i].push_back(rewards);
    }
    const json row = {json{(s + 1) % states, 1}};
    game["transitions"].push_back(json{row, row, row, row});
  }
  return game;
}

double defecting(int state, double tau) {
  return 1 / (1 + std::exp(-(state + 1) / tau));
}

/// V(s) for two states, of either agent.
std::array<double, 2> values_of_two(double tau, bool with_entropy) {
  std::array<double, 2> stage{};
  for (int s = 0; s < 2; ++s) {
    const double d = defecting(s, tau);
    const double payoff = (s + 1) * (3 * (1 - d) * (1 - d) + 4 * d * (1 - d) + d * d);
    const double entropy = -d * std::log(d) - (1 - d) * std::log(1 - d);
    stage[static_cast<std::size_t>(s)] = payoff + (with_entropy ? tau * entropy : 0);
  }
  const double both = 1 - discount * discount;
  return {(stage[0] + discount * stage[1]) / both, (stage[1] + discount * stage[0]) / both};
}

/// The only run of the JSON, after success without a word on standard error.
json only_run(const std::vector<std::string>& arguments, const std::string& entropy = "own") {
  std::vector<std::string> all = {"solve", "--format", "json"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const Outcome outcome = run(all);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.errors, "");
  const json document = json::parse(outcome.output, nullptr, false);
  if (document.is_discarded() || document.at("runs").size() != 1) {
    ADD_FAILURE() << outcome.output;
    return {};
  }
  EXPECT_EQ(document.at("quantal").at("markov_entropy"), entropy);
  return document.at("runs").front();
}

TEST(MarkovCommand, JsonHasPoliciesOfEveryStateAndValuesOfTheFirst) {
  const Folder folder;
  json game = round_of_dilemmas(2);
  game["initial"] = {0.25, 0.75};
  const json run = only_run({folder.file("round.json", game.dump()), "--tau", "2"});
  ASSERT_TRUE(run.is_object());
  EXPECT_EQ(run.at("class"), "markov");
  EXPECT_EQ(run.at("status"), "converged");
  ASSERT_EQ(run.at("policies").size(), 2u);
  ASSERT_EQ(run.at("qre_gap_per_agent").size(), 2u);
  const std::array<double, 2> values = values_of_two(2, true);
  ASSERT_EQ(run.at("initial_values").size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    ASSERT_EQ(run.at("policies")[i].size(), 2u);
    for (int s = 0; s < 2; ++s) {
      const json& policy = run.at("policies")[i][static_cast<std::size_t>(s)];
      ASSERT_EQ(policy.size(), 2u);
      EXPECT_NEAR(policy[0], 1 - defecting(s, 2), 1e-9);
      EXPECT_NEAR(policy[1], defecting(s, 2), 1e-9);
    }
    EXPECT_NEAR(run.at("initial_values")[i], 0.25 * values[0] + 0.75 * values[1], 1e-8);
  }
  EXPECT_TRUE(run.at("evaluation") == "direct" || run.at("evaluation") == "iterative") << run.at("evaluation");
  EXPECT_LE(run.at("evaluation_residual"), 1e-8);
  EXPECT_FALSE(run.contains("values"));
  EXPECT_FALSE(run.contains("action_values"));
}

TEST(MarkovCommand, ValuesAreThereWhenAskedFor) {
  const Folder folder;
  const std::string game = folder.file("round.json", round_of_dilemmas(2).dump());
  for (const std::string entropy : {"own", "none"}) {
    const json run = only_run({game, "--tau", "2", "--values", "--markov-entropy", entropy}, entropy);
    ASSERT_TRUE(run.is_object());
    const std::array<double, 2> values = values_of_two(2, entropy == "own");
    ASSERT_EQ(run.at("values").size(), 2u);
    ASSERT_EQ(run.at("action_values").size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
      ASSERT_EQ(run.at("values")[i].size(), 2u);
      ASSERT_EQ(run.at("action_values")[i].size(), 2u);
      EXPECT_NEAR(run.at("initial_values")[i], (values[0] + values[1]) / 2, 1e-8);
      for (std::size_t s = 0; s < 2; ++s) {
        EXPECT_NEAR(run.at("values")[i][s], values[s], 1e-8);
        const double d = defecting(static_cast<int>(s), 2);
        const double scale = static_cast<double>(s) + 1;
        ASSERT_EQ(run.at("action_values")[i][s].size(), 2u);
        EXPECT_NEAR(run.at("action_values")[i][s][0], scale * 3 * (1 - d) + discount * values[1 - s], 1e-8);
        EXPECT_NEAR(run.at("action_values")[i][s][1], scale * (3 * (1 - d) + 1) + discount * values[1 - s], 1e-8);
      }
    }
  }
}

TEST(MarkovCommand, OtherClassesHaveNoValues) {
  const Folder folder;
  const Outcome outcome = run({"solve", folder.file("pd.nfg", prisoners), "--tau", "1", "--format", "json", "--values",
                               "--markov-entropy", "none"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output.find("values"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find("evaluation"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find("markov"), std::string::npos) << outcome.output;
}

TEST(MarkovCommand, CsvSeparatesStates) {
  const Folder folder;
  json game = round_of_dilemmas(3);
  game["actions"] = {{2, 2, 2}, {2, 2, 2}};
  const Outcome outcome = run({"solve", folder.file("round.json", game.dump()), "--tau", "1", "--format", "csv"});
  EXPECT_EQ(outcome.exit_code, 0);
  const std::vector<std::string> lines = lines_of(outcome.output);
  ASSERT_EQ(lines.size(), 2u) << outcome.output;
  const std::string policies = lines[1].substr(lines[1].rfind(',') + 1);
  std::string separators;
  std::copy_if(policies.begin(), policies.end(), std::back_inserter(separators),
               [](char letter) { return letter == ' ' || letter == ';' || letter == '|'; });
  EXPECT_EQ(separators, " ; ; | ; ; ") << policies;
}

TEST(MarkovCommand, TableShowsTheStatesThatFit) {
  const Folder folder;
  const auto table = [&](int states) {
    const Outcome outcome = run({"solve", folder.file("round.json", round_of_dilemmas(states).dump()), "--tau", "1"});
    EXPECT_EQ(outcome.exit_code, 0);
    return outcome.output;
  };
  const std::string note = "… more states; --format json shows the policies of all\n";
  const std::string one = table(1);
  EXPECT_NE(one.find(" 1 state, 2x2 "), std::string::npos) << one;
  EXPECT_NE(one.find("[0.269 0.731] [0.269 0.731]\n"), std::string::npos) << one;
  EXPECT_EQ(one.find(note), std::string::npos) << one;
  const std::string twelve = table(12);
  EXPECT_NE(twelve.find(" 12 states, 2x2 "), std::string::npos) << twelve;
  EXPECT_NE(twelve.find("  [0.269 0.731]"), std::string::npos) << twelve;
  EXPECT_NE(twelve.find("… 11 more states\n"), std::string::npos) << twelve;
  EXPECT_NE(twelve.find(note), std::string::npos) << twelve;
}

TEST(MarkovCommand, SaysOnceThatProbabilitiesAreNormalised) {
  const Folder folder;
  json game = round_of_dilemmas(2);
  game["transitions"][0][0] = {{0, 0.25}, {1, 0.7500000002}};
  const std::string bad = folder.file("bad.json", game.dump());
  const std::string good = folder.file("good.json", round_of_dilemmas(2).dump());
  const std::string note = " miss a sum of 1 by up to 2e-10; they are normalised\n";
  EXPECT_EQ(run({"solve", good, bad, "--tau", "1"}).errors, "quantal: probabilities of 1 Markov game" + note);
  EXPECT_EQ(run({"solve", bad, bad, "--tau", "1"}).errors, "quantal: probabilities of 2 Markov games" + note);
  EXPECT_EQ(run({"solve", bad, "--tau", "1", "--quiet"}).errors, "");
}

TEST(MarkovCommand, OneTemperatureAnAgentNotAState) {
  const Folder folder;
  const std::string game = folder.file("round.json", round_of_dilemmas(3).dump());
  const Outcome outcome = run({"solve", game, "--tau", "1/2/3/4/5/6"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.errors.find("expected 2 numbers, one per agent of game 'round', not 6"), std::string::npos)
      << outcome.errors;
  const json run = only_run({game, "--tau", "1/2"});
  ASSERT_TRUE(run.is_object());
  EXPECT_NEAR(run.at("policies")[0][2][1], defecting(2, 1), 1e-9);
  EXPECT_NEAR(run.at("policies")[1][2][1], defecting(2, 2), 1e-9);
}

TEST(MarkovCommand, ConvertKeepsThem) {
  const Folder folder;
  json ragged = round_of_dilemmas(1);
  ragged["actions"] = {{2, 1}, {2, 1}};
  ragged["states"] = 2;
  ragged["initial"] = {0.1, 0.9};
  for (json& rewards : ragged["rewards"]) rewards.push_back({0.1});
  ragged["transitions"] = {{{0.1, 0.9}, {0, 1}, {1, 0}, {0.3, 0.7}}, {{0, 1}}};
  const std::string several =
      folder.file("several.jsonl", round_of_dilemmas(3).dump() + "\n" + ragged.dump() + "\n" + std::string(pennies));
  const std::vector<Game> games = read_games(several);
  ASSERT_EQ(games.size(), 3u);
  EXPECT_TRUE(std::get<MarkovGame>(games[0]).is_sparse());
  EXPECT_FALSE(std::get<MarkovGame>(games[1]).is_sparse());
  for (const std::string name : {"out.json", "out.jsonl"}) {
    const Outcome outcome = run({"convert", several, "-o", folder.path(name)});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.output + outcome.errors, "");
    EXPECT_EQ(read_games(folder.path(name)), games);
  }
}

TEST(MarkovCommand, ConvertHasNoOtherFormForThem) {
  const Folder folder;
  const std::string game = folder.file("round.json", round_of_dilemmas(2).dump());
  const auto refused = [&](const std::vector<std::string>& arguments, const std::vector<std::string>& words) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.output, "");
    EXPECT_EQ(lines_of(outcome.errors).size(), 1u) << outcome.errors;
    for (const std::string& word : words) EXPECT_NE(outcome.errors.find(word), std::string::npos) << outcome.errors;
  };
  refused({"convert", game, "-o", folder.path("out.nfg")}, {"expected a game in normal form", "the markov game 'round'",
                                                            ".json, .jsonl and .h5 take games of every class"});
  refused({"convert", game, "--to", "normal-form"}, {"game 'round'", "found a markov game, which has states"});
  EXPECT_EQ(folder.names(), std::vector<std::string>{"round.json"});
}

}  // namespace
}  // namespace quantal::cli_test
