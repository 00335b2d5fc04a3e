// Sweeps as people type them: ranges, starts from a file, and the summary at the end.

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "process.hpp"
#include "small_games.hpp"

namespace quantal::cli_test {
namespace {

using nlohmann::json;

json runs_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"solve", "--format", "json"});
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  return json::parse(outcome.output).at("runs");
}

std::vector<double> values_of(const json& runs, const std::string& key) {
  std::vector<double> values;
  for (const json& run : runs) values.push_back(run.at(key));
  return values;
}

TEST(Ranges, HaveEqualRatiosOrDistances) {
  const Folder folder;
  const std::string game = folder.file("pd.nfg", prisoners);
  EXPECT_EQ(values_of(runs_of({game, "--tau", "0.01:10:log4"}), "tau"), (std::vector<double>{0.01, 0.1, 1, 10}));
  EXPECT_EQ(values_of(runs_of({game, "--lambda", "0:1:lin11"}), "lambda"),
            (std::vector<double>{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}));
  EXPECT_EQ(values_of(runs_of({game, "--tau", "4:1:lin4,9,0.5/0.5"}), "eta").size(), 6U);
  EXPECT_EQ(values_of(runs_of({game, "--tau", "1", "--eta", "0.25:1:log3"}), "eta"),
            (std::vector<double>{0.25, 0.5, 1}));

  EXPECT_EQ(values_of(runs_of({game, "--tau", "1:0.1:inv4"}), "tau"), (std::vector<double>{1, 0.25, 0.142857, 0.1}));
  EXPECT_EQ(values_of(runs_of({game, "--tau", "0.5:2:inv4"}), "tau"), (std::vector<double>{0.5, 0.666667, 1, 2}));

  EXPECT_EQ(values_of(runs_of({game, "--tau", "2,0.5x3"}), "tau"), (std::vector<double>{2, 0.5, 0.5, 0.5}));

  // Rounded to what reads well, which keeps ratios to a thousandth and neighbours apart.
  const std::vector<double> many = values_of(runs_of({game, "--tau", "0.01:10:log25"}), "tau");
  ASSERT_EQ(many.size(), 25U);
  for (std::size_t k = 1; k < many.size(); ++k) EXPECT_NEAR(many[k] / many[k - 1], std::pow(1000, 1 / 24.0), 1e-5);
  EXPECT_EQ(many[12], 0.316228);
  const std::vector<double> close = values_of(runs_of({game, "--tau", "1:1.0000001:lin5"}), "tau");
  for (std::size_t k = 1; k < close.size(); ++k) EXPECT_NEAR(close[k] - close[k - 1], 2.5e-8, 1e-10);
}

TEST(Ranges, OutOfTheOrdinaryAreRefused) {
  const Folder folder;
  const std::string game = folder.file("pd.nfg", prisoners);
  for (const std::string range :
       {"1:2",      "1:2:3",      "1:2:lin",    "1:2:lin1", "1:2:log1000001", "0:2:log5", "2:0:log5",  "2:0:inv5",
        "1x0",      "1x",         "x3",         "1x2.5",    "1:2:inv1",       "1:1:lin3", "-1:2:lin4", "x:2:lin4",
        "1:y:lin4", "1:2:lin2.5", "1:2:lin4:5", "1:2:LOG4", "1:inf:lin4",     ":2:lin4"}) {
    const Outcome outcome = run({"solve", game, "--tau", range});
    EXPECT_EQ(outcome.exit_code, 2) << range;
    EXPECT_EQ(lines_of(outcome.errors).size(), 1U) << outcome.errors;
    EXPECT_NE(outcome.errors.find("--tau: "), std::string::npos) << outcome.errors;
  }
}

TEST(InitialPolicies, ComeFromAFile) {
  const Folder folder;
  const std::string game = folder.file("ragged.json", ragged);
  const std::string starts = folder.file("starts.json", R"([[[0.25, 0.75], [1], [0.5, 0.25, 0.25]],
                                                            [[0.5, 0.5], [1.0], [0.125, 0.125, 0.75]]])");
  const json runs = runs_of({game, "--tau", "1,2", "--init", starts, "--max-iterations", "0"});
  ASSERT_EQ(runs.size(), 4U);
  const json given = json::parse(content_of(starts));
  for (std::size_t r = 0; r < runs.size(); ++r) {
    EXPECT_EQ(runs[r].at("start"), r % 2);
    for (std::size_t i = 0; i < 3; ++i) {
      const std::vector<double> policy = runs[r].at("policies")[i];
      const std::vector<double> expected = given[r % 2][i];
      ASSERT_EQ(policy.size(), expected.size());
      for (std::size_t a = 0; a < policy.size(); ++a) EXPECT_NEAR(policy[a], expected[a], 1e-15);
    }
  }
}

TEST(InitialPolicies, OfAMarkovGameAreByState) {
  const Folder folder;
  const std::string game = folder.file("markov.json", R"({"class": "markov", "actions": [2, 1], "states": 2,
      "discount": 0.5, "rewards": [[[3, 0], [1, 2]], [[0, 1], [2, 2]]],
      "transitions": [[[0.5, 0.5], [0, 1]], [[1, 0], [0.5, 0.5]]]})");
  const json start = {{{{0.25, 0.75}, {0.5, 0.5}}, {{1.0}, {1.0}}}};
  const json runs =
      runs_of({game, "--tau", "1", "--init", folder.file("s.json", start.dump()), "--max-iterations", "0"});
  EXPECT_NEAR(runs[0].at("policies")[0][0][1], 0.75, 1e-15);
}

TEST(InitialPolicies, OfAResultContinueIt) {
  const Folder folder;
  const std::string game = folder.file("pennies.json", pennies);
  const std::vector<std::string> common = {game, "--tau", "1", "--eta", "0.1", "--gap-tolerance", "0"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), common.begin(), common.end());
    return more;
  };
  const Outcome half = run([&] {
    std::vector<std::string> arguments =
        with({"--init", "random", "--starts", "2", "--max-iterations", "7", "-o", folder.path("half.json")});
    arguments.insert(arguments.begin(), "solve");
    return arguments;
  }());
  ASSERT_EQ(half.exit_code, 0);
  const json whole = runs_of(with({"--init", "random", "--starts", "2", "--max-iterations", "12"}));
  const json rest = runs_of(with({"--init", folder.path("half.json"), "--max-iterations", "5"}));
  ASSERT_EQ(rest.size(), 2U);
  for (std::size_t r = 0; r < 2; ++r) {
    EXPECT_NEAR(rest[r].at("policies")[0][0], whole[r].at("policies")[0][0], 1e-13);
    EXPECT_NEAR(rest[r].at("policies")[1][0], whole[r].at("policies")[1][0], 1e-13);
  }
}

TEST(InitialPolicies, ThatDoNotFitAreRefused) {
  const Folder folder;
  const std::string game = folder.file("pennies.json", pennies);
  const auto expect_refusal = [&](const std::string& content, const std::string& part,
                                  const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"solve", game, "--tau", "1", "--init", folder.file("s.json", content)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << content;
    EXPECT_EQ(outcome.output, "");
    EXPECT_EQ(lines_of(outcome.errors).size(), 1U) << outcome.errors;
    EXPECT_NE(outcome.errors.find("s.json"), std::string::npos) << outcome.errors;
    EXPECT_NE(outcome.errors.find(part), std::string::npos) << outcome.errors;
  };
  expect_refusal("", "expected JSON");
  expect_refusal("{}", "expected an array of starts");
  expect_refusal("[]", "expected an array of starts");
  expect_refusal("[[0.5, 0.5], [0.5, 0.5]]", "[0]: expected an array of policies");
  expect_refusal("[[[0.5, 0.5], [0.5, 0.4]]]", "[0][1]: expected probabilities that sum to 1");
  expect_refusal("[[[0.5, 0.5], [1, 0]]]", "[0][1]: expected positive probabilities");
  expect_refusal("[[[0.5, \"x\"], [1, 0]]]", "[0][0]: expected probabilities, found something else");
  expect_refusal("[[[0.5, 0.5], []]]", "[0][1]: expected an array");
  expect_refusal("[[[0.5, 0.5], [0.5, 0.25, 0.25]]]", "start 0: expected policies of 2, 2 probabilities");
  expect_refusal("[[[0.5, 0.5], [0.5, 0.5]]]", "--starts: expected none", {"--starts", "2"});
  expect_refusal("{\"runs\": [{}]}", "runs[0].policies: expected policies, found none");
  EXPECT_EQ(run({"solve", game, "--tau", "1", "--init", folder.path("missing.json")}).exit_code, 2);
  EXPECT_EQ(run({"solve", game, "--tau", "1", "--init", "uniformly"}).exit_code, 2);
}

TEST(Summary, HasALineATemperatureAndTheGapsCourse) {
  const Folder folder;
  const std::string game = folder.file("pennies.json", pennies);
  const std::string several = run({"solve", game, "--tau", "1,2", "--starts", "3"}).output;
  const std::vector<std::string> lines = lines_of(several);
  ASSERT_GE(lines.size(), 3U);
  EXPECT_NE(lines[lines.size() - 3].find("median iterations"), std::string::npos) << several;
  EXPECT_NE(lines[lines.size() - 2].find(" 1 "), std::string::npos) << several;
  EXPECT_NE(lines[lines.size() - 1].find("100 %"), std::string::npos) << several;
  EXPECT_NE(several.find("QRE gap      █"), std::string::npos) << several;

  const std::string one = run({"solve", game, "--tau", "1"}).output;
  EXPECT_EQ(one.find("median iterations"), std::string::npos) << one;

  // Quantiles count runs: of 1, 1, 1 and 20 iterations, say. Here by the runs themselves.
  const json runs = runs_of({game, "--tau", "1,2", "--starts", "3"});
  std::vector<double> iterations = values_of(runs, "iterations");
  std::sort(iterations.begin(), iterations.end());
  const auto whole = [](double x) { return std::to_string(static_cast<long>(x)); };
  EXPECT_NE(several.find("median " + whole(iterations[2]) + ", 90 % within " + whole(iterations[4]) + ", most " +
                         whole(iterations[5])),
            std::string::npos)
      << several;
}

}  // namespace
}  // namespace quantal::cli_test
