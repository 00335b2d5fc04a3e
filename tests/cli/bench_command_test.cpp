// `quantal bench`: figures of every batch, and refusals of what makes none.

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "process.hpp"

namespace quantal::cli_test {
namespace {

TEST(BenchCommand, MeasuresEveryBatchInBothPrecisions) {
  const Outcome outcome = run({"bench", "--seconds", "0.001", "--threads", "1", "--backend", "cpu"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.errors, "");
  const std::vector<std::string> lines = lines_of(outcome.output);
  ASSERT_EQ(lines.size(), 16u) << outcome.output;
  EXPECT_NE(lines[0].find("1 thread"), std::string::npos) << lines[0];
  EXPECT_NE(lines[2].find("float: M iterations/s"), std::string::npos) << lines[2];
  EXPECT_NE(lines[2].find("double: M iterations/s"), std::string::npos) << lines[2];
  for (std::size_t k = 3; k < lines.size(); ++k) {
    std::istringstream numbers(lines[k].substr(24));
    std::vector<double> found;
    for (double number = 0; numbers >> number;) found.push_back(number);
    EXPECT_EQ(found.size(), lines[k].starts_with("Markov") ? 3u : 5u) << lines[k];
    for (const double number : found) EXPECT_GT(number, 0) << lines[k];
  }
}

TEST(BenchCommand, MeasuresOnePrecision) {
  const Outcome outcome = run({"bench", "--seconds", "0.001", "--precision", "float", "--backend", "cpu"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.output.find("double"), std::string::npos);
}

TEST(BenchCommand, RefusesWhatItDoesNotTake) {
  expect_refusal(run({"bench", "games.json"}), {"expected no operand", "games.json"});
  expect_refusal(run({"bench", "--seconds", "0"}), {"--seconds 0", "0.001 to 60"});
  expect_refusal(run({"bench", "--precision", "half"}), {"--precision", "half"});
  expect_refusal(run({"bench", "--tau", "1"}), {"--tau"});
}

}  // namespace
}  // namespace quantal::cli_test
