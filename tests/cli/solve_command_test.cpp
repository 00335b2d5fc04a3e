// `quantal solve` as its users see it: the runs of lists and files, and every format.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "process.hpp"
#include "quantal/quantal.hpp"
#include "small_games.hpp"

namespace quantal::cli_test {
namespace {

using nlohmann::json;

/// Runs it, expects success without a word on standard error, and reads the JSON.
json solve_json(std::vector<std::string> arguments, const std::string& input = "") {
  Invocation invocation;
  invocation.arguments = {"solve", "--format", "json"};
  invocation.arguments.insert(invocation.arguments.end(), arguments.begin(), arguments.end());
  invocation.input = input;
  const Outcome outcome = run(invocation);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.errors, "");
  return json::parse(outcome.output);
}

/// Records of RFC 4180.
std::vector<std::vector<std::string>> parse_csv(std::string_view text) {
  std::vector<std::vector<std::string>> records;
  std::vector<std::string> record;
  std::string field;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (quoted && letter == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      field += '"';
      ++i;
    } else if (letter == '"') {
      quoted = !quoted;
    } else if (!quoted && (letter == ',' || letter == '\n')) {
      record.push_back(field);
      field.clear();
      if (letter == '\n') {
        records.push_back(record);
        record.clear();
      }
    } else {
      field += letter;
    }
  }
  return records;
}

TEST(SolveCommand, KnowsEveryUpdateRuleByItsName) {
  const Folder folder;
  const std::string file = folder.file("pennies.json", pennies);
  for (const UpdateRule rule : {UpdateRule::natural_policy_gradient, UpdateRule::optimistic, UpdateRule::predictive,
                                UpdateRule::magnetic, UpdateRule::logit_response, UpdateRule::policy_gradient,
                                UpdateRule::replicator, UpdateRule::alternating, UpdateRule::anderson}) {
    const std::string name(to_string(rule));
    const json results = solve_json({file, "--tau", "2", "--rule", name});
    EXPECT_EQ(results.at("quantal").at("rule"), name);
    EXPECT_EQ(results.at("runs").at(0).at("status"), "converged") << name;
  }
}

TEST(Json, HoldsWhatTheSchemaSays) {
  const Folder folder;
  const json document =
      solve_json({folder.file("pd.nfg", prisoners), "--tau", "0.5", "--gap-every", "1", "--seed", "7"});

  const json& about = document.at("quantal");
  EXPECT_TRUE(about.at("version").is_string());
  EXPECT_TRUE(about.at("backend").is_string());
  EXPECT_EQ(about.at("precision"), "double");
  EXPECT_EQ(about.at("seed"), 7);
  EXPECT_TRUE(about.at("gap_tolerance").is_null());
  EXPECT_EQ(about.at("max_iterations"), 100000);
  EXPECT_EQ(about.at("gap_every"), 1);
  EXPECT_EQ(about.at("by_lambda"), false);
  EXPECT_EQ(about.at("runs"), 1);
  EXPECT_EQ(document.at("summary").at("finished"), 1);
  EXPECT_EQ(document.at("summary").at("converged"), 1);
  EXPECT_GE(document.at("summary").at("solve_seconds"), 0.0);

  ASSERT_EQ(document.at("runs").size(), 1u);
  const json& run = document.at("runs").front();
  EXPECT_EQ(run.at("game"), "Prisoner's dilemma");
  EXPECT_EQ(run.at("game_index"), 0);
  EXPECT_EQ(run.at("class"), "normal_form");
  EXPECT_EQ(run.at("run"), 0);
  EXPECT_EQ(run.at("tau"), 0.5);
  EXPECT_EQ(run.at("lambda"), 2);
  EXPECT_GT(run.at("eta"), 0.0);
  EXPECT_EQ(run.at("start"), 0);
  EXPECT_EQ(run.at("status"), "converged");

  const double defect = 1 / (1 + std::exp(-1 / 0.5));
  ASSERT_EQ(run.at("policies").size(), 2u);
  for (const json& policy : run.at("policies")) {
    ASSERT_EQ(policy.size(), 2u);
    EXPECT_NEAR(policy[0], 1 - defect, 1e-10);
    EXPECT_NEAR(policy[1], defect, 1e-10);
  }

  const std::vector<double> gaps = run.at("qre_gap_per_agent");
  ASSERT_EQ(gaps.size(), 2u);
  EXPECT_EQ(run.at("qre_gap"), std::max(gaps[0], gaps[1]));
  EXPECT_LE(run.at("qre_gap"), 1e-20);
  // What cooperating with probability 1 - defect loses against defecting for sure.
  EXPECT_NEAR(run.at("nash_gap"), 1 - defect, 1e-10);

  const json& history = run.at("gap_history");
  const std::vector<std::int64_t> iterations = history.at("iteration");
  ASSERT_EQ(iterations.size(), history.at("qre_gap").size());
  ASSERT_EQ(iterations.size(), run.at("iterations").get<std::size_t>() + 1);
  for (std::size_t t = 0; t < iterations.size(); ++t) EXPECT_EQ(iterations[t], static_cast<std::int64_t>(t));
  EXPECT_EQ(history.at("qre_gap").back(), run.at("qre_gap"));
}

TEST(Json, IsOneRunALineAndHasNoHistoryUnasked) {
  const Folder folder;
  const Outcome outcome =
      run({"solve", folder.file("pd.nfg", prisoners), "--tau", "1,0.5,2", "--format", "json", "--eta", "auto"});
  std::size_t lines = 0;
  for (const std::string& line : lines_of(outcome.output)) lines += line.starts_with("{\"game\"") ? 1u : 0u;
  EXPECT_EQ(lines, 3u);
  EXPECT_EQ(outcome.output.find("gap_history"), std::string::npos);
}

TEST(Json, HistoryHasEveryStrideAndTheLast) {
  const Folder folder;
  const json document = solve_json({folder.file("pd.nfg", prisoners), "--tau", "1", "--eta", "0.25", "--gap-tolerance",
                                    "0", "--max-iterations", "10", "--gap-every", "4"});
  const json& run = document.at("runs").front();
  EXPECT_EQ(run.at("status"), "max_iterations");
  EXPECT_EQ(run.at("iterations"), 10);
  EXPECT_EQ(run.at("eta"), 0.25);
  EXPECT_EQ(run.at("gap_history").at("iteration"), (std::vector<int>{0, 4, 8, 10}));
  EXPECT_EQ(document.at("quantal").at("gap_tolerance"), 0);
}

TEST(Json, TemperatureZeroAndInfinityAreNull) {
  const Folder folder;
  const std::string game = folder.file("pd.nfg", prisoners);
  const json uniform = solve_json({game, "--lambda", "0"}).at("runs").front();
  EXPECT_TRUE(uniform.at("tau").is_null());
  EXPECT_EQ(uniform.at("lambda"), 0);
  EXPECT_EQ(uniform.at("policies"), (json{{0.5, 0.5}, {0.5, 0.5}}));

  const json plain =
      solve_json({game, "--tau", "0", "--gap-tolerance", "0", "--max-iterations", "5"}).at("runs").front();
  EXPECT_EQ(plain.at("tau"), 0);
  EXPECT_TRUE(plain.at("lambda").is_null());
  EXPECT_EQ(plain.at("qre_gap"), plain.at("nash_gap"));
}

TEST(Json, RaggedGamesHaveAPolicyForEachAgent) {
  const Folder folder;
  const json run = solve_json({folder.file("ragged.json", ragged), "--tau", "2/1/0.5"}).at("runs").front();
  EXPECT_EQ(run.at("tau"), (std::vector<double>{2, 1, 0.5}));
  EXPECT_EQ(run.at("lambda"), (std::vector<double>{0.5, 1, 2}));
  ASSERT_EQ(run.at("policies").size(), 3u);
  EXPECT_EQ(run.at("policies")[0].size(), 2u);
  EXPECT_EQ(run.at("policies")[1], std::vector<double>{1});
  EXPECT_EQ(run.at("policies")[2].size(), 3u);
  EXPECT_EQ(run.at("qre_gap_per_agent").size(), 3u);
}

TEST(Json, NamesSurvive) {
  const Folder folder;
  const std::string name = "tab\t \"quoted\" back\\slash ünï 囚人 \x7F";
  json game = json::parse(pennies);
  game["name"] = name;
  EXPECT_EQ(solve_json({folder.file("name.json", game.dump()), "--tau", "3"}).at("runs").front().at("game"), name);
}

TEST(Json, NamesThatAreNotUtf8AreStillJson) {
  const Folder folder;
  const std::string game = folder.file("latin.nfg", "NFG 1 R \"caf\xE9\" { \"A\" } { 2 }\n\n1 2\n");
  EXPECT_EQ(solve_json({game, "--tau", "1"}).at("runs").front().at("game"), "caf\uFFFD");
}

TEST(SolveCommand, RoundsPayoffsToHalfPrecisionWhereItIsAskedTo) {
  // 2.049 is 1049.09 of the 512ths that it is rounded to.
  const std::string game = R"({"class": "normal_form", "actions": [2, 1], "payoffs": [[2.049, 0], [0, 0]]})";
  const auto first_policy = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"-", "--tau", "1", "--precision", "float"});
    const json result = solve_json(more, game);
    EXPECT_EQ(result["quantal"].contains("half_payoffs"), more[0] == "--half-payoffs");
    return result["runs"][0]["policies"][0][0].get<double>();
  };
  EXPECT_NEAR(first_policy({}), 1 / (1 + std::exp(-2.049)), 1e-6);
  EXPECT_NEAR(first_policy({"--half-payoffs"}), 1 / (1 + std::exp(-1049.0 / 512)), 1e-6);
}

TEST(Sweep, RunsAreGamesTimesTemperaturesTimesStepsTimesStarts) {
  const Folder folder;
  const json runs = solve_json({folder.file("pd.nfg", prisoners), folder.file("pennies.json", pennies), "--tau", "4,2",
                                "--eta", "0.125,auto", "--starts", "3"})
                        .at("runs");
  ASSERT_EQ(runs.size(), 2u * 2 * 2 * 3);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    EXPECT_EQ(runs[r].at("run"), r);
    EXPECT_EQ(runs[r].at("game"), r < 12 ? "Prisoner's dilemma" : "pennies");
    EXPECT_EQ(runs[r].at("tau"), r / 6 % 2 == 0 ? 4 : 2);
    if (r / 3 % 2 == 0) {
      EXPECT_EQ(runs[r].at("eta"), 0.125);
    }
    EXPECT_EQ(runs[r].at("start"), r % 3);
    EXPECT_EQ(runs[r].at("status"), "converged");
  }
}

TEST(Sweep, LambdaIsTheInverseOfTau) {
  const Folder folder;
  const std::string game = folder.file("pennies.json", pennies);
  const json by_tau = solve_json({game, "--tau", "2,0.5,2/4"}).at("runs");
  const json by_lambda = solve_json({game, "--lambda", "0.5,2,0.5/0.25"}).at("runs");
  EXPECT_EQ(by_tau, by_lambda);
}

TEST(Sweep, LambdaIsShownAsGiven) {
  const Folder folder;
  const json runs = solve_json({folder.file("pd.nfg", prisoners), "--lambda", "49,0.3"}).at("runs");
  EXPECT_EQ(runs[0].at("lambda"), 49);  // 1 / (1 / 49.0) is another number
  EXPECT_EQ(runs[0].at("tau"), 1 / 49.0);
  EXPECT_EQ(runs[1].at("lambda"), 0.3);
}

TEST(Sweep, StartsDependOnTheSeed) {
  const Folder folder;
  const auto start = [&](const std::string& seed, const std::string& init) {
    return solve_json({folder.file("pennies.json", pennies), "--tau", "1", "--max-iterations", "0", "--gap-tolerance",
                       "0", "--starts", "2", "--seed", seed, "--init", init})
        .at("runs");
  };
  const json uniform = {{0.5, 0.5}, {0.5, 0.5}};
  EXPECT_EQ(start("1", "uniform")[0].at("policies"), uniform);
  EXPECT_NE(start("1", "uniform")[1].at("policies"), uniform);
  EXPECT_NE(start("1", "random")[0].at("policies"), uniform);
  EXPECT_EQ(start("1", "random"), start("1", "random"));
  EXPECT_NE(start("1", "random"), start("2", "random"));
}

TEST(Games, ComeFromFilesDirectoriesAndStandardInput) {
  const Folder folder;
  const std::string nfg = folder.file("b.nfg", prisoners);
  folder.file("a.jsonl", std::string(pennies) + "\n" + std::string(pennies) + "\n");
  folder.file("note.txt", "not a game");
  const auto names = [](const json& document) {
    std::vector<std::string> found;
    for (const json& run : document.at("runs")) found.push_back(run.at("game"));
    return found;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(solve_json({folder.path(""), "--tau", "4"})), (Names{"pennies", "pennies", "Prisoner's dilemma"}));
  EXPECT_EQ(names(solve_json({"-", "--tau", "4"}, std::string(pennies))), Names{"pennies"});
  EXPECT_EQ(names(solve_json({nfg, "-", nfg, "--tau", "4"}, std::string(ragged))),
            (Names{"Prisoner's dilemma", "ragged", "Prisoner's dilemma"}));
  EXPECT_EQ(names(solve_json({"--tau", "4", "--", nfg})), Names{"Prisoner's dilemma"});
}

TEST(Csv, HoldsTheSameNumbersAsJson) {
  const Folder folder;
  json named = json::parse(ragged);
  named["name"] = "three, \"ragged\"";
  const std::vector<std::string> arguments = {folder.file("ragged.json", named.dump()), "--lambda", "0,1.7,0.1/2/3",
                                              "--gap-every", "3"};
  const json runs = solve_json(arguments).at("runs");

  std::vector<std::string> csv_arguments = {"solve", "--format", "csv"};
  csv_arguments.insert(csv_arguments.end(), arguments.begin(), arguments.end());
  const auto records = parse_csv(run(csv_arguments).output);
  ASSERT_EQ(records.size(), runs.size() + 1);
  const std::vector<std::string> header = {"run",      "game",     "class",      "tau",        "lambda",
                                           "eta",      "start",    "status",     "iterations", "qre_gap",
                                           "nash_gap", "policies", "gap_history"};
  ASSERT_EQ(records.front(), header);

  for (std::size_t r = 0; r < runs.size(); ++r) {
    std::map<std::string, std::string> row;
    ASSERT_EQ(records[r + 1].size(), header.size());
    for (std::size_t c = 0; c < header.size(); ++c) row[header[c]] = records[r + 1][c];
    const json& run = runs[r];
    EXPECT_EQ(row["run"], std::to_string(r));
    EXPECT_EQ(row["game"], "three, \"ragged\"");
    EXPECT_EQ(row["class"], "normal_form");
    EXPECT_EQ(row["status"], run.at("status"));
    EXPECT_EQ(row["iterations"], run.at("iterations").dump());
    for (const std::string name : {"eta", "qre_gap", "nash_gap"}) EXPECT_EQ(std::stod(row[name]), run.at(name)) << name;

    std::string policies;
    for (const json& policy : run.at("policies")) {
      for (std::size_t a = 0; a < policy.size(); ++a) {
        policies += a > 0 ? " " : policies.empty() ? "" : "|";
        policies += std::to_string(policy[a].get<double>());
      }
    }
    std::string read_back;
    for (std::size_t i = 0; i < row["policies"].size();) {
      std::size_t length = 0;
      read_back += std::to_string(std::stod(row["policies"].substr(i), &length));
      i += length;
      if (i < row["policies"].size()) read_back += row["policies"][i++];
    }
    EXPECT_EQ(read_back, policies);
    EXPECT_TRUE(row["gap_history"].starts_with("0:")) << row["gap_history"];
  }
  EXPECT_EQ(records[1][3], "inf");
  EXPECT_EQ(records[1][4], "0");
  EXPECT_EQ(records[3][4], "0.1/2/3");
}

TEST(Table, IsReadAtAGlance) {
  const Folder folder;
  const Outcome outcome =
      run({"solve", folder.file("pd.nfg", prisoners), folder.file("ragged.json", ragged), "--tau", "1,0.5"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.errors, "");
  const std::vector<std::string> lines = lines_of(outcome.output);
  ASSERT_GE(lines.size(), 8u);
  EXPECT_TRUE(lines[0].starts_with("game ")) << lines[0];
  const std::size_t status = lines[0].find("status");
  const std::size_t policies = lines[0].find("policies");
  for (std::size_t row = 1; row <= 4; ++row) {
    EXPECT_EQ(lines[row].find("converged"), status) << lines[row];
    EXPECT_EQ(lines[row].find('['), policies) << lines[row];
  }
  EXPECT_NE(lines[1].find("[0.269 0.731] [0.269 0.731]"), std::string::npos) << lines[1];
  EXPECT_NE(lines[3].find("2x1x3"), std::string::npos) << lines[3];
  EXPECT_NE(outcome.output.find("\n4 runs, 100 % converged\n"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find('\x1b'), std::string::npos) << "colours are for terminals";
}

TEST(Table, AlignsAndCleansNames) {
  const Folder folder;
  std::string games = "[";
  for (const std::string name : {"囚人のジレンマ", "cafe\u0301", "escape \x1b[31m", "line\nbreak", "flip\u202E",
                                 "a name that is much longer than the table has room for"}) {
    json game = json::parse(pennies);
    game["name"] = name;
    games += (games.size() > 1 ? "," : "") + game.dump();
  }
  const Outcome outcome =
      run({"solve", folder.file("names.json", games + "]"), "--tau", "4", "--starts", "2", "--eta", "0.1"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output.find('\x1b'), std::string::npos);
  EXPECT_EQ(outcome.output.find("\u202E"), std::string::npos);
  const std::vector<std::string> lines = lines_of(outcome.output);
  ASSERT_GT(lines.size(), 13u);
  EXPECT_EQ(lines[13], "");
  // Seven wide characters are 21 bytes in 14 columns; the accent is 2 bytes in none.
  const std::size_t shape = lines[0].find("shape");
  EXPECT_EQ(lines[1].find("2x2"), shape + 7) << lines[1];
  EXPECT_EQ(lines[3].find("2x2"), shape + 2) << lines[3];
  EXPECT_NE(lines[11].find("…"), std::string::npos) << lines[11];
}

TEST(Table, CountsTheAgentsThatItHasNoRoomFor) {
  const Folder folder;
  const auto table = [&](const std::vector<int>& actions) {
    std::size_t joint = 1;
    for (const int count : actions) joint *= static_cast<std::size_t>(count);
    const std::vector<std::vector<double>> payoffs(actions.size(), std::vector<double>(joint, 1.0));
    const json game = {{"class", "normal_form"}, {"name", "n"}, {"actions", actions}, {"payoffs", payoffs}};
    return run({"solve", folder.file("game.json", game.dump()), "--tau", "1"}).output;
  };
  const std::string note = "… more agents; --format json shows the policies of all\n";
  const std::string few = table(std::vector<int>(10, 2));
  EXPECT_EQ(few.find("more"), std::string::npos) << few;

  const std::string alike = table(std::vector<int>(11, 2));
  EXPECT_NE(lines_of(alike)[1].find("2^11"), std::string::npos) << alike;
  EXPECT_NE(lines_of(alike)[1].find("[0.500 0.500] [0.500 0.500] … 9 more"), std::string::npos) << alike;
  EXPECT_NE(alike.find(note), std::string::npos) << alike;

  std::vector<int> ragged_actions(12, 1);
  ragged_actions.front() = 40;
  const std::string ragged_table = table(ragged_actions);
  EXPECT_NE(lines_of(ragged_table)[1].find("12 agents"), std::string::npos) << ragged_table;
  EXPECT_NE(lines_of(ragged_table)[1].find("… 11 more"), std::string::npos) << ragged_table;
  for (const std::string& line : lines_of(ragged_table)) EXPECT_LE(line.size(), 104u) << line;
}

TEST(Advice, CountsRunsShortOfTheTolerance) {
  const Folder folder;
  const std::string game = folder.file("pennies.json", pennies);
  const std::vector<std::string> arguments = {"solve", game,    "--tau", "0.1,5", "--max-iterations",
                                              "20",    "--eta", "0.2"};
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.exit_code, 0);
  ASSERT_EQ(lines_of(outcome.errors).size(), 1u) << outcome.errors;
  EXPECT_NE(outcome.errors.find("1 of 2 runs"), std::string::npos) << outcome.errors;
  EXPECT_NE(outcome.errors.find("1 max_iterations"), std::string::npos) << outcome.errors;
  EXPECT_NE(outcome.errors.find("--max-iterations (now 20)"), std::string::npos) << outcome.errors;

  std::vector<std::string> quietly = arguments;
  quietly.push_back("--quiet");
  EXPECT_EQ(run(quietly).errors, "");
  std::vector<std::string> as_asked = arguments;
  as_asked.insert(as_asked.end(), {"--gap-tolerance", "0"});
  EXPECT_EQ(run(as_asked).errors, "");
}

TEST(Output, FileAppearsWithTheFormatOfItsName) {
  const Folder folder;
  const std::string game = folder.file("pd.nfg", prisoners);
  for (const std::string name : {"out.json", "out.csv", "out.txt"}) {
    const Outcome outcome = run({"solve", game, "--tau", "1", "-o", folder.path(name)});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.output + outcome.errors, "");
  }
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"out.csv", "out.json", "out.txt", "pd.nfg"}));
  EXPECT_EQ(json::parse(content_of(folder.path("out.json"))).at("runs").size(), 1u);
  EXPECT_TRUE(content_of(folder.path("out.csv")).starts_with("run,game,"));
  EXPECT_TRUE(content_of(folder.path("out.txt")).starts_with("game "));

  EXPECT_EQ(run({"solve", game, "--tau", "1", "--output", folder.path("out.txt"), "--format", "csv"}).exit_code, 0);
  EXPECT_TRUE(content_of(folder.path("out.txt")).starts_with("run,game,"));
  EXPECT_TRUE(run({"solve", game, "--tau", "1", "--output", "-", "--format=csv"}).output.starts_with("run,game,"));
}

TEST(Output, ReplacesTheFileBehindALinkAndKeepsItsMode) {
  namespace fs = std::filesystem;
  const Folder folder;
  const std::string game = folder.file("pd.nfg", prisoners);
  const std::string target = folder.file("target.json", "old");
  fs::permissions(target, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("target.json", folder.path("link.json"));
  EXPECT_EQ(run({"solve", game, "--tau", "1", "-o", folder.path("link.json")}).exit_code, 0);
  EXPECT_TRUE(fs::is_symlink(folder.path("link.json")));
  EXPECT_TRUE(json::parse(content_of(target)).contains("runs"));
  EXPECT_EQ(fs::status(target).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(folder.names().size(), 3u);
}

TEST(Output, ManyRunsInEveryFormat) {
  const Folder folder;
  const std::string game = folder.file("pd.nfg", prisoners);
  for (const std::string format : {"json", "csv", "table"}) {
    const Outcome outcome = run({"solve", game, "--tau", "1", "--starts", "3000", "--format", format});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_GE(lines_of(outcome.output).size(), 3000u) << format;
    if (format == "json") {
      EXPECT_EQ(json::parse(outcome.output).at("runs").size(), 3000u);
    }
  }
}

TEST(Help, TeachesEveryOption) {
  const Outcome help = run({"solve", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.errors, "");
  for (const std::string word : {"--tau",       "--lambda",      "--eta",     "--max-iterations", "--gap-tolerance",
                                 "--gap-every", "--init",        "--starts",  "--seed",           "--precision",
                                 "--backend",   "--tier",        "--threads", "--format",         "--output",
                                 "-o",          "--quiet",       "--help",    "Examples",         "Exit codes",
                                 ".nfg",        "\"payoffs\"",   "1/tau",     "--markov-entropy", "--values",
                                 "\"markov\"",  "Output formats"}) {
    EXPECT_NE(help.output.find(word), std::string::npos) << word;
  }
  for (const std::string& line : lines_of(help.output)) EXPECT_LE(line.size(), 100u) << line;
  EXPECT_EQ(run({"solve", "-h"}).output, help.output);
  EXPECT_NE(run({"--help"}).output.find("quantal solve --help"), std::string::npos);
}

TEST(Help, VersionAndInfo) {
  EXPECT_TRUE(run({"--version"}).output.starts_with("quantal "));
  const Outcome info = run({"info"});
  EXPECT_EQ(info.exit_code, 0);
  for (const std::string word : {"compiler", "instruction sets", "(used)", "threads", "CUDA"}) {
    EXPECT_NE(info.output.find(word), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace quantal::cli_test
