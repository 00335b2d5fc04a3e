// The page as text: what is in it, and that nothing that results can hold gets out of its place.

#include "host/report/report_page.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "held_results.hpp"

namespace quantal::report {
namespace {

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

files::RunRecord a_run(const std::string& name) {
  files::RunRecord run;
  run.game_name = name;
  run.game_class = "normal_form";
  run.actions = {2, 2};
  run.tau = {0.5};
  run.iterations = 3;
  run.qre_gap = 1e-9;
  run.policies = {0.25, 0.75, 0.5, 0.5};
  run.history_iteration = {0, 3};
  run.history_gap = {1, 1e-9};
  return run;
}

std::string page_of(const std::vector<files::RunRecord>& runs, const PageText& text, files::ResultsHead head = {}) {
  return write_page(gather_report([&] { return std::make_unique<report_test::HeldResults>(head, runs); }), text);
}

nlohmann::json data_of(const std::string& page) {
  constexpr std::string_view opening = "<script type=\"application/json\" id=\"data\">";
  const std::size_t begin = page.find(opening) + opening.size();
  return nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

const std::vector<std::string> hostile = {
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "]]>\"'`&amp;${1}",
    "{{script}} {{data}}",
    "\xff\xfe not UTF-8 \xc3",
    "line\nbreak\r\t\x01\x7f",
    "\xe2\x80\xae reversed, \xe2\x80\xa8 separated",
    std::string(100'000, '<'),
    std::string("nul\0inside", 10),
    "\xe5\x8d\x9a\xe5\xbc\x88 \xf0\x9f\x8e\xb2",
};

TEST(ReportPage, LoadsNothingAndSaysSo) {
  const std::string page = page_of({a_run("a game")}, {"A title", "results.json"});
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(page.find("<title>A title</title>"), std::string::npos);
  EXPECT_NE(page.find("<noscript>"), std::string::npos);
  EXPECT_EQ(page.find("{{"), std::string::npos);
  // The one address in it is the name of SVG.
  EXPECT_EQ(occurrences(page, "http"), occurrences(page, "http://www.w3.org/2000/svg") + 1);  // and http-equiv
  EXPECT_EQ(occurrences(page, "</script>"), 2u);
}

TEST(ReportPage, KeepsHostileNamesInTheirPlace) {
  std::vector<files::RunRecord> runs;
  for (const std::string& name : hostile) {
    runs.push_back(a_run(name));
    runs.back().game = runs.back().run = runs.size() - 1;
  }
  for (const std::string& text : hostile) {
    files::ResultsHead head;
    head.backend = head.version = head.precision = text;
    const std::string page = page_of(runs, {text, text}, head);
    EXPECT_EQ(occurrences(page, "</script"), 2u);
    EXPECT_EQ(occurrences(page, "<script"), 2u);
    EXPECT_EQ(occurrences(page, "<img"), 0u);
    EXPECT_EQ(occurrences(page, "<!--"), 0u);
    const nlohmann::json data = data_of(page);
    ASSERT_EQ(data.at("shown_runs").size(), hostile.size());
    EXPECT_EQ(data.at("shown_games")[0].at("name"), hostile[0]);
    EXPECT_EQ(data.at("shown_games")[3].at("name"), hostile[3]);
    EXPECT_EQ(data.at("shown_games")[9].at("name"), hostile[9]);
    EXPECT_LT(data.at("shown_games")[7].at("name").get<std::string>().size(), 300u);
    const std::size_t begin = page.find("id=\"data\">");
    const std::string block = page.substr(begin, page.find("</script>", begin) - begin);
    EXPECT_TRUE(std::all_of(block.begin(), block.end(), [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; }));
  }
}

TEST(ReportPage, TakesNumbersThatJsonLacks) {
  files::RunRecord run = a_run("overflow");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  run.tau = {infinity};
  run.eta = nan;
  run.qre_gap = nan;
  run.nash_gap = -infinity;
  run.policies = {nan, infinity, 0.5, 0.5};
  run.history_gap = {infinity, nan};
  run.iterations = std::numeric_limits<std::int64_t>::max();
  run.status = Status::not_finite;
  files::ResultsHead head;
  head.solve_seconds = nan;
  const nlohmann::json data = data_of(page_of({run}, {"t", "s"}, head));
  EXPECT_TRUE(data.at("worst_gap").is_null());
  EXPECT_TRUE(data.at("shown_runs")[0].at("policies")[0].is_null());
  EXPECT_TRUE(data.at("temperatures")[0].at("tau")[0].is_null());
}

TEST(ReportPage, IsTheSameForTheSameResults) {
  EXPECT_EQ(page_of({a_run("a")}, {"t", "s"}), page_of({a_run("a")}, {"t", "s"}));
}

TEST(ReportPage, OfNoRunsIsAPage) {
  EXPECT_EQ(data_of(page_of({}, {"t", "s"})).at("runs"), 0);
}

}  // namespace
}  // namespace quantal::report
