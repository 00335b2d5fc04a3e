// What is wrong is said in one line, with exit code 2, and nothing is written.

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "process.hpp"
#include "small_games.hpp"

namespace quantal::cli_test {
namespace {

/// In the arguments, FILE and the expectations `@` stands for the test's directory.
std::string in_folder(std::string text, const Folder& folder) {
  for (std::size_t at = text.find('@'); at != std::string::npos; at = text.find('@')) {
    text.replace(at, 1, folder.path(""));
  }
  return text;
}

struct BadUsage {
  std::vector<std::string> arguments;
  std::vector<std::string> expected;  // parts of the message
};

void PrintTo(const BadUsage& usage, std::ostream* stream) {
  for (const std::string& argument : usage.arguments) *stream << argument << ' ';
}

class BadUsageTest : public testing::TestWithParam<BadUsage> {};

TEST_P(BadUsageTest, IsRefusedInOneLine) {
  const Folder folder;
  folder.file("pd.nfg", prisoners);
  std::vector<std::string> arguments;
  for (const std::string& argument : GetParam().arguments) arguments.push_back(in_folder(argument, folder));
  expect_refusal(run(arguments), GetParam().expected);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"pd.nfg"});
}

std::vector<BadUsage> solving_with(const std::vector<BadUsage>& usages) {
  std::vector<BadUsage> all;
  for (const BadUsage& usage : usages) {
    all.push_back({{"solve", "@pd.nfg", "-o", "@out.json"}, usage.expected});
    all.back().arguments.insert(all.back().arguments.end(), usage.arguments.begin(), usage.arguments.end());
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Commands, BadUsageTest,
                         testing::ValuesIn(std::vector<BadUsage>{
                             {{}, {"solve, fit, convert, generate, info, report, experiment or bench", "--help"}},
                             {{"solv"}, {"'solv'", "solve, fit, convert, generate, info, report, experiment or bench"}},
                             {{"--tau", "1"},
                              {"'--tau'", "solve, fit, convert, generate, info, report, experiment or bench"}},
                             {{"info", "@missing.nfg"}, {"missing.nfg", "No such file"}},
                             {{"info", "@pd.nfg", "--tau", "1"}, {"unknown option --tau", "quantal info --help"}},
                             {{"solve"}, {"no games", "standard input", "--tau 1"}},
                             {{"solve", "--tau", "1"}, {"no games"}},
                         }));

INSTANTIATE_TEST_SUITE_P(Temperatures, BadUsageTest,
                         testing::ValuesIn(solving_with({
                             {{}, {"no temperature", "--tau 0.1", "--lambda 10"}},
                             {{"--tau", "1", "--lambda", "1"}, {"both", "--tau 0.1", "--lambda 10"}},
                             {{"--tau"}, {"--tau needs a value"}},
                             {{"--tau", "1", "--tau", "2"}, {"--tau is given 2 times", "1 and 2"}},
                             {{"--tau", ""}, {"--tau: ''", "empty"}},
                             {{"--tau", "1,"}, {"--tau: '1,'", "empty entry", "1,0.5"}},
                             {{"--tau", "1,,2"}, {"'1,,2'", "empty entry"}},
                             {{"--tau", "1//2"}, {"'1//2'", "empty entry"}},
                             {{"--tau", "-1"}, {"'-1' is negative", "expected temperatures >= 0"}},
                             {{"--tau", "0.5,-1e-9"}, {"'-1e-9' in '0.5,-1e-9' is negative"}},
                             {{"--tau", "nan"}, {"'nan' is not a finite number"}},
                             {{"--tau", "inf"}, {"'inf' is not a finite number", "--lambda 0"}},
                             {{"--tau", "1x"}, {"'1x' is not a number"}},
                             {{"--tau", " 1"}, {"' 1' is not a number"}},
                             {{"--tau", "0x10"}, {"'0x10' is not a number"}},
                             {{"--tau", "1e999"}, {"'1e999' does not fit"}},
                             {{"--tau", "--eta"}, {"'--eta' is not a number"}},
                             {{"--tau", "1/0.5/0.25"}, {"1/0.5/0.25", "expected 2 numbers", "Prisoner's dilemma"}},
                             {{"--lambda", "-1"}, {"--lambda: '-1' is negative"}},
                             {{"--lambda", "nan"}, {"'nan' is not a finite number"}},
                             {{"--lambda", "1,inf"}, {"'inf' in '1,inf' is not a finite number", "--tau 0"}},
                             {{"--lambda", "0/1"}, {"'0/1' holds a 0"}},
                             {{"--lambda", "1e-310"}, {"'1e-310' is too small"}},
                         })));

INSTANTIATE_TEST_SUITE_P(Values, BadUsageTest,
                         testing::ValuesIn(solving_with({
                             {{"--tau", "1", "--eta", "2"}, {"--eta 2", "--tau 1", "eta tau <= 1", "at most 1"}},
                             {{"--tau", "0.1,3", "--eta", "auto,0.5"}, {"--eta 0.5", "--tau 3"}},
                             {{"--tau", "0.5/4", "--eta", "0.5"}, {"--eta 0.5", "--tau 0.5/4"}},
                             {{"--lambda", "0", "--eta", "1"}, {"--eta 1", "auto", "--lambda 0"}},
                             {{"--tau", "1", "--eta", "0"}, {"--eta: '0' is zero", "auto"}},
                             {{"--tau", "1", "--eta", "-1"}, {"'-1' is negative"}},
                             {{"--tau", "1", "--eta", "automatic"}, {"'automatic' is not a number", "auto"}},
                             {{"--tau", "1", "--gap-tolerance", "-1"}, {"--gap-tolerance: '-1' is negative"}},
                             {{"--tau", "1", "--gap-tolerance", "nan"}, {"'nan' is not a finite number"}},
                             {{"--tau", "1", "--max-iterations", "-1"}, {"--max-iterations: '-1'", "whole number"}},
                             {{"--tau", "1", "--max-iterations", "1.5"}, {"'1.5' is not a whole number"}},
                             {{"--tau", "1", "--max-iterations", "99999999999999999999"}, {"out of range"}},
                             {{"--tau", "1", "--gap-every", "x"}, {"--gap-every: 'x' is not a whole number"}},
                             {{"--tau", "1", "--starts", "0"}, {"--starts: '0' is out of range", "from 1"}},
                             {{"--tau", "1", "--seed", "-1"}, {"--seed: '-1'"}},
                             {{"--tau", "1", "--threads", "5000"}, {"--threads: '5000' is out of range", "4096"}},
                             {{"--tau", "1", "--init", "zero"}, {"--init: 'zero'", "uniform, random"}},
                             {{"--tau", "1", "--precision", "half"}, {"--precision: 'half'", "double, float"}},
                             {{"--tau", "1", "--half-payoffs"}, {"--half-payoffs", "--precision float"}},
                             {{"--tau", "1", "--backend", "gpu"}, {"--backend: 'gpu'", "auto, cpu, cuda"}},
                             {{"--tau", "1", "--tier", "core"}, {"--tier: 'core'", "lane"}},
                             {{"--tau", "1", "--markov-entropy", "all"}, {"--markov-entropy: 'all'", "own, none"}},
                             {{"--tau", "1", "--format", "xml"}, {"--format: 'xml'", "table, json, csv"}},
                             {{"--tau", "1", "--foo"}, {"unknown option --foo", "quantal solve --help"}},
                             {{"--tau", "1", "-x"}, {"unknown option -x"}},
                             {{"--lamda", "1"}, {"unknown option --lamda", "did you mean --lambda?"}},
                             {{"--tau", "1", "--starts", "1000000000000", "--eta", "auto,1"},
                              {"2e+12 runs", "at most 1e+12"}},
                         })));

INSTANTIATE_TEST_SUITE_P(Outputs, BadUsageTest,
                         testing::ValuesIn(std::vector<BadUsage>{
                             {{"solve", "@pd.nfg", "--tau", "1", "-o", "@missing/out.json"},
                              {"--output", "missing/out.json", "No such file or directory"}},
                             {{"solve", "@pd.nfg", "--tau", "1", "-o", "@"}, {"--output", "Is a directory"}},
                             {{"solve", "@pd.nfg", "--tau", "1", "-o", "@pd.nfg/x"}, {"Not a directory"}},
                             {{"solve", "@pd.nfg", "--tau", "1", "-o", "@pd.nfg"}, {"one of the games to read"}},
                             {{"solve", "@pd.nfg", "--tau", "1", "-o"}, {"-o needs a value"}},
                         }));

struct BadFile {
  std::string name;
  std::string content;
  std::vector<std::string> expected;  // parts of the message, which begins with the file's name anyway
};

void PrintTo(const BadFile& file, std::ostream* stream) {
  *stream << file.name;
}

class BadFileTest : public testing::TestWithParam<BadFile> {};

TEST_P(BadFileTest, IsRefusedInOneLine) {
  const Folder folder;
  const std::string good = folder.file("good.nfg", prisoners);
  const std::string bad = folder.file(GetParam().name, GetParam().content);
  const std::string before = "what was here before";
  const std::string output = folder.file("out.json", before);
  const std::vector<std::string> names = folder.names();

  std::vector<std::string> expected = GetParam().expected;
  expected.push_back("quantal: " + bad + ":");
  expect_refusal(run({"solve", good, bad, "--tau", "1"}), expected);
  expect_refusal(run({"solve", good, bad, "--tau", "1", "--output", output}), expected);
  EXPECT_EQ(content_of(output), before);
  EXPECT_EQ(folder.names(), names);
}

std::string json_game(std::string_view actions, std::string_view payoffs) {
  return std::string(R"({"class": "normal_form", "actions": )") + std::string(actions) +
         ", \"payoffs\": " + std::string(payoffs) + "}\n";
}

INSTANTIATE_TEST_SUITE_P(
    Files, BadFileTest,
    testing::Values(BadFile{"empty.nfg", "", {}},                                                            //
                    BadFile{"blank.json", " \n\n", {}},                                                      //
                    BadFile{"noise.nfg", "\x01\xFF\xFE\x80", {}},                                            //
                    BadFile{"header.nfg", "NFG 1 R", {}},                                                    //
                    BadFile{"truncated.nfg", "NFG 1 R \"cut\" { \"A\" \"B\" } { 2 2 }\n\n3 3 4 0 0", {}},    //
                    BadFile{"too_many.nfg", "NFG 1 R \"long\" { \"A\" \"B\" } { 1 1 }\n\n1 2 3 4 5", {}},    //
                    BadFile{"word.nfg", "NFG 1 R \"word\" { \"A\" \"B\" } { 1 1 }\n\n1 x", {":3:"}},         //
                    BadFile{"nan.nfg", "NFG 1 R \"nan\" { \"A\" \"B\" } { 1 1 }\n\n1 nan", {":3:"}},         //
                    BadFile{"infinity.nfg", "NFG 1 R \"inf\" { \"A\" \"B\" } { 1 1 }\n\n1 1e999", {":3:"}},  //
                    BadFile{"no_agents.nfg", "NFG 1 R \"none\" { } { }\n\n", {}},                            //
                    BadFile{"no_agents.json", json_game("[]", "[]"), {}},                                    //
                    BadFile{"no_actions.json", json_game("[2, 0]", "[[], []]"), {}},                         //
                    BadFile{
                        "overflow.json", json_game("[2000000000, 2000000000, 2000000000]", "[[1], [1], [1]]"), {}},  //
                    BadFile{"overflow.nfg", "NFG 1 R \"big\" { \"A\" \"B\" } { 99999999999 2 }\n\n1", {}},           //
                    BadFile{"few_payoffs.json", json_game("[2, 2]", "[[1, 2, 3, 4], [1, 2, 3]]"), {}},               //
                    BadFile{"few_agents.json", json_game("[2, 2]", "[[1, 2, 3, 4]]"), {}},                           //
                    BadFile{"nested.json", json_game("[2, 2]", "[[[1, 2], [3, 4]], [1, 2, 3, 4]]"), {}},             //
                    BadFile{"text.json", json_game("[1, 1]", "[[\"a\"], [1]]"), {}},                                 //
                    BadFile{"null.json", json_game("[1, 1]", "[[null], [1]]"), {}},                                  //
                    BadFile{"huge.json", json_game("[1, 1]", "[[1e999], [1]]"), {}},                                 //
                    BadFile{"array.json", "[1, 2]", {}},                                                             //
                    BadFile{"unknown.json", R"({"class": "chess"})", {}},                                            //
                    BadFile{"classless.json", R"({"actions": [1, 1], "payoffs": [[1], [1]]})", {}},                  //
                    BadFile{"rows.json",
                            R"({"class": "markov", "actions": [1], "states": 1, "discount": 0, "rewards": [[[1]]],
                                "transitions": [[[0.5]]]})",
                            {":2:", "transitions[0][0]", "sum to 1"}},
                    BadFile{"open.json", R"({"class": "normal_form", "actions": [2)", {}},  //
                    BadFile{"second.jsonl", json_game("[1, 1]", "[[1], [1]]") + "{\"class\"", {":2:"}}));

TEST(BadFile, MissingIsRefused) {
  const Folder folder;
  const std::string missing = folder.path("missing.nfg");
  expect_refusal(run({"solve", missing, "--tau", "1"}), {missing});
}

TEST(BadFile, DirectoryWithoutGamesIsRefused) {
  const Folder folder;
  folder.file("readme.txt", "no game");
  expect_refusal(run({"solve", folder.path(""), "--tau", "1"}), {});
}

TEST(BadFile, NameWithLineBreakStaysOneLine) {
  const Folder folder;
  expect_refusal(run({"solve", folder.file("two\nlines\x1b[31m.nfg", "no game"), "--tau", "1"}), {});
}

TEST(BadFile, StandardInputIsNamed) {
  Invocation invocation;
  invocation.arguments = {"solve", "-", "--tau", "1"};
  invocation.input = "NFG 1 R \"cut\" { \"A\" \"B\" } { 2 2 }\n\n3 3";
  expect_refusal(run(invocation), {"<stdin>:"});
}

TEST(BadBackend, CannotRunIsExitCodeOne) {
  if (run({"info"}).output.find("not built in") == std::string::npos) GTEST_SKIP() << "CUDA is in this build";
  const Folder folder;
  const Outcome outcome =
      run({"solve", folder.file("pd.nfg", prisoners), "--tau", "1", "--backend", "cuda", "-o", folder.path("out")});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(lines_of(outcome.errors).size(), 1u);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"pd.nfg"});
}

}  // namespace
}  // namespace quantal::cli_test
