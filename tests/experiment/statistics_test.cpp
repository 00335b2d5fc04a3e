// What experiments say of results, on results whose statistics are known.

#include "host/experiment/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "host/experiment/table.hpp"

namespace quantal::experiment {
namespace {

/// Runs of one agent with two actions, whose gaps fall from `first` by a factor an update.
struct Decaying {
  double first;
  double factor;
  std::int64_t iterations;
};

Results results_of(const std::vector<Decaying>& runs, std::int64_t gap_every) {
  Results results;
  results.gap_every = gap_every;
  for (const Decaying& run : runs) {
    const auto gap = [&](std::int64_t k) { return run.first * std::pow(run.factor, static_cast<double>(k)); };
    results.status.push_back(Status::converged);
    results.policy_begin.push_back(results.policies.size());
    results.policies.insert(results.policies.end(), {0.5, 0.5});
    results.iterations.push_back(run.iterations);
    results.qre_gap.push_back(gap(run.iterations));
    results.history_begin.push_back(results.gap_history.size());
    for (std::int64_t k = 0; k < run.iterations; k += gap_every) results.gap_history.push_back(gap(k));
    results.gap_history.push_back(gap(run.iterations));
    results.history_length.push_back(results.gap_history.size() - results.history_begin.back());
  }
  results.policy_begin.push_back(results.policies.size());
  return results;
}

TEST(Statistics, QuantilesAreNumbersThatAreThere) {
  EXPECT_EQ(quantile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(quantile({4, 1, 3, 2}, 0.5), 2);
  EXPECT_EQ(quantile({5, 1, 4, 2, 3}, 0.9), 5);
  EXPECT_EQ(quantile({5, 1, 4, 2, 3}, 0), 1);
  EXPECT_EQ(quantile({7}, 0.25), 7);
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
}

TEST(Statistics, LinesAreFitted) {
  const std::vector<double> x = {1, 2, 4, 7};
  std::vector<double> y;
  for (const double each : x) y.push_back(3 - 2 * each);
  const Line line = fit_line(x, y);
  EXPECT_NEAR(line.slope, -2, 1e-14);
  EXPECT_NEAR(line.intercept, 3, 1e-14);
  EXPECT_TRUE(std::isnan(fit_line(std::vector<double>{1, 1}, std::vector<double>{0, 1}).slope));
}

TEST(Statistics, DecayIsThatOfTheGap) {
  for (const std::int64_t every : {1, 3}) {
    const Results results = results_of({{0.5, 0.9, 400}, {0.5, 0.5, 60}, {1e-30, 0.5, 60}}, every);
    EXPECT_NEAR(decay(results, 0), std::log(0.9), 1e-12);
    EXPECT_NEAR(decay(results, 1), std::log(0.5), 1e-12);
    EXPECT_TRUE(std::isnan(decay(results, 2))) << "all of its gaps are rounding";
  }
}

TEST(Statistics, GapsOfRunsThatEndedAreTheirLast) {
  const Results results = results_of({{1, 0.5, 10}, {1, 0.25, 4}}, 2);
  EXPECT_EQ(gap_after(results, 0, 0), 1);
  EXPECT_EQ(gap_after(results, 0, 4), std::pow(0.5, 4));
  EXPECT_EQ(gap_after(results, 0, 10), std::pow(0.5, 10));
  EXPECT_EQ(gap_after(results, 1, 4), std::pow(0.25, 4));
  EXPECT_EQ(gap_after(results, 1, 1000), std::pow(0.25, 4));

  const std::vector<std::size_t> both = {0, 1};
  const std::vector<std::int64_t> iterations = {0, 2, 4, 6, 100, 200};
  const figure::Series course = gap_course("name", results, both, iterations);
  ASSERT_EQ(course.x, (std::vector<double>{0, 2, 4, 6, 100})) << "as far as the longest of them, and once beyond";
  EXPECT_EQ(course.high[2], std::pow(0.5, 4));
  EXPECT_EQ(course.low[2], std::pow(0.25, 4));
  EXPECT_EQ(course.y[2], std::pow(0.25, 4));
}

TEST(Statistics, IterationsAscendToTheLast) {
  for (const std::int64_t last : {1, 2, 7, 64, 1000, 1'000'000}) {
    for (const std::vector<std::int64_t>& iterations : {evenly_to(last), by_ratio_to(last)}) {
      EXPECT_GE(iterations.back(), last);
      EXPECT_LE(iterations.size(), 70u);
      for (std::size_t k = 1; k < iterations.size(); ++k) EXPECT_GT(iterations[k], iterations[k - 1]);
    }
    EXPECT_EQ(evenly_to(last).front(), 0);
    EXPECT_EQ(by_ratio_to(last).front(), 1);
  }
}

TEST(Statistics, LimitsAreCountedUpToTheTolerance) {
  Results results;
  results.status = {Status::converged, Status::converged, Status::max_iterations, Status::converged};
  results.policies = {0.5, 0.5, 0.5005, 0.4995, 1, 0, 0.7, 0.3};
  results.policy_begin = {0, 2, 4, 6, 8};
  const std::vector<std::size_t> all = {0, 1, 2, 3};
  EXPECT_EQ(distinct_limits(results, all, 1e-3), (std::vector<std::size_t>{0, 3}));
  EXPECT_EQ(distinct_limits(results, all, 1e-4), (std::vector<std::size_t>{0, 1, 3}));
  EXPECT_EQ(distinct_limits(results, all, 1), (std::vector<std::size_t>{0}));
}

TEST(Table, BecomesCsvWithAllDigitsAndTextWithFew) {
  const Table table{{"name", "number"},
                    {{std::string("a, \"b\""), 0.1 + 0.2}, {std::string("c"), std::nan("")}, {std::string(), 3.0}}};
  EXPECT_EQ(to_csv(table),
            "name,number\r\n"
            "\"a, \"\"b\"\"\",0.30000000000000004\r\n"
            "c,\r\n"
            ",3\r\n");
  EXPECT_EQ(to_text(table.rows[0][1]), "0.3");
  EXPECT_EQ(to_text(table.rows[1][1]), "-");
  EXPECT_EQ(to_text(1234567.0), "1234567");
  EXPECT_EQ(to_text(0.0000123456), "1.235e-05");
}

}  // namespace
}  // namespace quantal::experiment
