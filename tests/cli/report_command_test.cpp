// `quantal report`: a page from results, and one line where there can be none.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "process.hpp"
#include "small_games.hpp"

namespace quantal::cli_test {
namespace {

/// Results of the prisoners at two temperatures.
std::string solved(const Folder& folder) {
  const std::string file = folder.path("results.json");
  const Outcome outcome =
      run({"solve", folder.file("pd.nfg", prisoners), "--tau", "1,0.5", "--gap-every", "1", "-o", file});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  return file;
}

TEST(ReportCommand, WritesAPageBesideTheResults) {
  const Folder folder;
  const std::string results = solved(folder);
  const Outcome outcome = run({"report", results});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.errors, "quantal: wrote " + folder.path("results.html") + "\n");
  const std::string page = content_of(folder.path("results.html"));
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
  EXPECT_NE(page.find("<h1>results.json</h1>"), std::string::npos);
  EXPECT_NE(page.find("Prisoner's dilemma"), std::string::npos);
}

TEST(ReportCommand, WritesWhereItIsTold) {
  const Folder folder;
  const std::string results = solved(folder);
  const std::string there = folder.path("there.html");
  const Outcome outcome = run({"report", results, "-o", there, "--title", "Tit for <tat> & more"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output + outcome.errors, "");
  EXPECT_NE(content_of(there).find("<h1>Tit for &lt;tat&gt; &amp; more</h1>"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder.path("results.html")));

  // The same page, whichever way it goes out.
  const Outcome printed = run({"report", "--output=-", "--title=Tit for <tat> & more", "--", results});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_EQ(printed.output, content_of(there));
}

TEST(ReportCommand, RefusesWhatItCannotReadAndLeavesNothing) {
  const Folder folder;
  const std::string results = solved(folder);
  const std::string content = content_of(results);
  const std::string cut = folder.file("cut.json", content.substr(0, content.size() - 4));
  const std::string out = folder.file("out.html", "what was here before");
  const std::vector<std::string> names = folder.names();

  expect_refusal(run({"report", cut, "-o", out}), {cut + ":", "expected", "found the end"});
  expect_refusal(run({"report", folder.path("pd.nfg"), "-o", out}), {"pd.nfg:1: ", "results of quantal solve"});
  expect_refusal(run({"report", folder.path("none.json"), "-o", out}), {"none.json", "No such file"});
  expect_refusal(run({"report", folder.path(""), "-o", out}), {"expected a file"});
  expect_refusal(run({"report", results, "-o", results}), {"--output", "is the results file to read"});
  expect_refusal(run({"report", results, "-o", folder.path("missing/out.html")}), {"No such file or directory"});
  expect_refusal(run({"report"}), {"no results", "quantal report results.json"});
  expect_refusal(run({"report", results, cut}), {"2 files", "expected one results file"});
  expect_refusal(run({"report", "-"}), {"standard input", "expected a file"});
  expect_refusal(run({"report", results, "--titel", "x"}), {"unknown option --titel", "did you mean --title?"});
  EXPECT_EQ(content_of(out), "what was here before");
  EXPECT_EQ(content_of(results), content);
  EXPECT_EQ(folder.names(), names);
}

TEST(ReportCommand, HelpTeaches) {
  const Outcome help = run({"report", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const std::string word : {"--output", "--title", "--gap-every", "SVG", "Examples", "Exit codes"}) {
    EXPECT_NE(help.output.find(word), std::string::npos) << word;
  }
  for (const std::string& line : lines_of(help.output)) EXPECT_LE(line.size(), 100u) << line;
  EXPECT_NE(run({"--help"}).output.find("quantal report --help"), std::string::npos);
}

}  // namespace
}  // namespace quantal::cli_test
