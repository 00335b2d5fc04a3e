// `quantal solve --analyse`: what results say of certainty, speed and failure.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/files/results_source.hpp"
#include "process.hpp"
#include "small_games.hpp"

namespace quantal::cli_test {
namespace {

using nlohmann::json;

json runs_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"solve", "--format", "json", "--quiet"});
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  return json::parse(outcome.output).at("runs");
}

TEST(Analyse, AddsAnObjectToJson) {
  const Folder folder;
  const std::string game = folder.file("pennies.json", pennies);
  const json runs = runs_of({game, "--tau", "2,0.1", "--analyse"});
  ASSERT_EQ(runs.size(), 2u);
  // D_ij = 5: certified above 1.25.
  const json& warm = runs[0].at("analysis");
  EXPECT_EQ(warm.at("contraction"), 0.625);
  EXPECT_EQ(warm.at("exact_interactions"), true);
  EXPECT_EQ(warm.at("certified"), true);
  EXPECT_EQ(warm.at("certified_by"), "contraction");
  EXPECT_EQ(warm.at("certified_temperature"), 1.25);
  EXPECT_NEAR(warm.at("certified_rate"), 0.625, 1e-12);
  EXPECT_LE(warm.at("measured_rate"), 0.63);
  EXPECT_LE(warm.at("distance_bound"), 1e-9);
  EXPECT_EQ(warm.at("local").at("stable"), true);
  EXPECT_EQ(warm.at("local").at("isolated"), true);
  EXPECT_EQ(warm.at("local").at("distance"), 0);
  EXPECT_LE(warm.at("local").at("spectral_radius"), 0.625);
  EXPECT_TRUE(warm.at("diagnosis").is_null());
  EXPECT_TRUE(warm.at("advice").is_null());
  const json& cold = runs[1].at("analysis");
  EXPECT_EQ(cold.at("certified_by"), "zero_sum");
  EXPECT_LT(cold.at("local").at("stable_eta"), 1 / 0.1);
  // Neither a history that nobody asked for, nor an analysis.
  EXPECT_FALSE(runs[0].contains("gap_history"));
  EXPECT_FALSE(runs_of({game, "--tau", "2"}).at(0).contains("analysis"));
  EXPECT_TRUE(runs_of({game, "--tau", "2", "--gap-every", "3", "--analyse"}).at(0).contains("gap_history"));
}

TEST(Analyse, ChangesNoOtherNumber) {
  const Folder folder;
  const std::string games = folder.file("games.jsonl", std::string(pennies) + "\n" + std::string(ragged) + "\n");
  json with = runs_of({games, "--tau", "0.3", "--starts", "3", "--analyse"});
  for (json& run : with) run.erase("analysis");
  EXPECT_EQ(with, runs_of({games, "--tau", "0.3", "--starts", "3"}));
}

TEST(Analyse, SaysWhyARunDidNotConverge) {
  const Folder folder;
  const std::string game = folder.file("pennies.json", pennies);
  const json runs = runs_of({game, "--tau", "0.1", "--eta", "1,0.001", "--max-iterations", "2000", "--analyse"});
  EXPECT_EQ(runs[0].at("analysis").at("diagnosis"), "step_too_large");
  EXPECT_EQ(runs[0].at("analysis").at("certified"), false);
  EXPECT_TRUE(runs[0].at("analysis").at("certified_by").is_null());
  EXPECT_TRUE(runs[0].at("analysis").at("certified_rate").is_null());
  EXPECT_EQ(runs[1].at("analysis").at("diagnosis"), "slow");
  EXPECT_GT(runs[1].at("analysis").at("local").at("distance"), 0.0);
  for (const json& run : runs) EXPECT_GT(run.at("analysis").at("advice").get<std::string>().size(), 20u);
}

TEST(Analyse, SaysWhatItCannotDoForMarkovGames) {
  const Folder folder;
  const std::string game = folder.path("soccer.json");
  ASSERT_EQ(run({"generate", "markov", "--states", "3", "-o", game}).exit_code, 0);
  const json runs = runs_of({game, "--tau", "1", "--analyse"});
  const json& analysis = runs[0].at("analysis");
  EXPECT_TRUE(analysis.at("contraction").is_null());
  EXPECT_TRUE(analysis.at("local").is_null());
  EXPECT_EQ(analysis.at("local_missing"), "not offered for Markov games");
}

TEST(Analyse, AddsColumnsToCsv) {
  const Folder folder;
  const std::string game = folder.file("pennies.json", pennies);
  const Outcome outcome = run({"solve", game, "--tau", "2", "--eta", "0.5,1e-5", "--max-iterations", "900", "--analyse",
                               "--format", "csv", "--quiet"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  const std::vector<std::string> lines = lines_of(outcome.output);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(
      lines[0].starts_with("run,game,class,tau,lambda,eta,start,status,iterations,qre_gap,nash_gap,policies,"
                           "contraction,"))
      << lines[0];
  EXPECT_TRUE(lines[0].ends_with(",diagnosis,advice"));
  const auto commas = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
  EXPECT_EQ(commas(lines[1]), commas(lines[0]));
  EXPECT_NE(lines[1].find(",0.625,true,contraction,1.25,"), std::string::npos) << lines[1];
  EXPECT_TRUE(lines[1].ends_with(",none,"));
  EXPECT_NE(lines[2].find(",slow,\"the gap was still falling"), std::string::npos) << lines[2];  // holds commas
}

TEST(Analyse, EndsTheTable) {
  const Folder folder;
  const std::string game = folder.file("pennies.json", pennies);
  const Outcome outcome =
      run({"solve", game, "--tau", "2,0.1", "--eta", "auto,0.5", "--max-iterations", "3000", "--analyse"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NE(outcome.output.find("certified    3 of 4 runs: one QRE, to which NPG converges linearly (1 as zero-sum"),
            std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.output.find("\nlocal test   3 of 4 stable at their step size, 4 isolated; 0 not tested\n"),
            std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.output.find("\ndiagnosis    1 slow; run 2:\n"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("\ndiagnosis    1 step_too_large; run 3:\n"), std::string::npos) << outcome.output;
}

TEST(Analyse, IsNotNeededToSeeWhetherGapsFall) {
  const Folder folder;
  const std::string game = folder.file(
      "battle.json", R"({"class": "normal_form", "actions": [2, 2], "payoffs": [[3, 0, 0, 2], [2, 0, 0, 3]]})");
  // With the large step both agents change their minds at once, for ever.
  const Outcome outcome = run({"solve", game, "--tau", "0.25", "--eta", "1e-4,4", "--max-iterations", "3000"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NE(outcome.output.find("\ngaps         1 still falling, 1 recurring after 3000 iterations\n"),
            std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.errors.find("--analyse says more"), std::string::npos) << outcome.errors;
}

TEST(Analyse, GoesIntoHdf5AndReportsReadTheRest) {
  const Folder folder;
  const std::string games = folder.file("games.jsonl", std::string(pennies) + "\n" + std::string(ragged) + "\n");
  const std::string results = folder.path("r.h5");
  EXPECT_EQ(run({"solve", games, "--tau", "2,0.3", "--analyse", "--save-every", "0", "-o", results}).exit_code, 0);
  const auto source = files::open_results(results);
  const std::vector<files::RunRecord> runs = source->next(100);
  ASSERT_EQ(runs.size(), 4u);
  for (const files::RunRecord& run : runs) EXPECT_TRUE(run.history_gap.empty()) << "nobody asked for one";
  EXPECT_EQ(run({"report", results}).exit_code, 0);
}

}  // namespace
}  // namespace quantal::cli_test
