// What the report says of many runs, against all of them sorted.

#include "host/report/report_data.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "held_results.hpp"
#include "host/report/histograms.hpp"

namespace quantal::report {
namespace {

using files::RunRecord;

constexpr double infinity = std::numeric_limits<double>::infinity();
const double nan = std::nan("");

/// Runs of `games` games at each temperature, with gaps that fall at random rates; some stop early, some overflow.
std::vector<RunRecord> random_runs(std::size_t games, const std::vector<std::vector<double>>& taus, std::size_t starts,
                                   std::int64_t stride, unsigned seed) {
  std::mt19937_64 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  std::vector<RunRecord> runs;
  for (std::size_t game = 0; game < games; ++game) {
    for (const std::vector<double>& tau : taus) {
      for (std::size_t start = 0; start < starts; ++start) {
        RunRecord run;
        run.run = runs.size();
        run.game = game;
        run.game_name = "game " + std::to_string(game);
        run.game_class = "normal_form";
        run.actions = {2, 3};
        run.tau = tau;
        run.start = start;
        run.status = uniform() < 0.8 ? Status::converged : Status::max_iterations;
        run.iterations = static_cast<std::int64_t>(std::pow(10.0, 3 * uniform())) - 1;
        const double rate = 3 * uniform();
        for (std::int64_t t = 0; t <= run.iterations;
             t += (t + stride > run.iterations && t < run.iterations) ? run.iterations - t : stride) {
          run.history_iteration.push_back(t);
          run.history_gap.push_back(std::pow(10.0, -rate * static_cast<double>(t) - uniform()));
          if (uniform() < 0.01) run.history_gap.back() = 0;
          if (uniform() < 0.01) run.history_gap.back() = nan;
        }
        run.qre_gap = run.history_gap.back();
        run.nash_gap = uniform();
        run.policies = {0.25, 0.75, 0.125, 0.125, 0.75};
        runs.push_back(run);
      }
    }
  }
  return runs;
}

ReportData report_of(const std::vector<RunRecord>& runs, const Limits& limits = {}) {
  return gather_report([&] { return std::make_unique<report_test::HeldResults>(files::ResultsHead{}, runs); }, limits);
}

template <typename Number>
Number exact_quantile(std::vector<Number> values, double share) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

void expect_same_to_a_bin(double gap, double exact) {
  if (exact == 0 || exact < 1e-40) {
    EXPECT_EQ(gap, 0) << exact;
  } else if (exact >= 1e10) {
    EXPECT_EQ(gap, infinity);
  } else {
    EXPECT_NEAR(std::log10(gap), std::log10(exact), 0.5 / GapHistogram::bins_per_decade + 1e-9) << gap << " " << exact;
  }
}

double last_gap(const RunRecord& run, std::int64_t iteration) {
  double gap = nan;
  for (std::size_t k = 0; k < run.history_gap.size(); ++k) {
    if (run.history_iteration[k] <= iteration) gap = run.history_gap[k];
  }
  return std::isfinite(gap) ? gap : infinity;
}

TEST(GapHistogram, HasQuantilesToItsBins) {
  std::mt19937_64 random(3);
  for (const int size : {1, 2, 3, 10, 999}) {
    GapHistogram histogram;
    std::vector<double> gaps;
    for (int k = 0; k < size; ++k) {
      gaps.push_back(std::pow(10.0, static_cast<double>(random() % 6000) / 100 - 45));
      histogram.add(gaps.back());
    }
    EXPECT_EQ(histogram.count(), static_cast<std::uint64_t>(size));
    for (const double share : {0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0}) {
      expect_same_to_a_bin(histogram.quantile(share), exact_quantile(gaps, share));
    }
  }
}

TEST(GapHistogram, TakesEveryNumber) {
  for (const double gap : {0.0, -0.0, -1.0, 1e-320, 1e-41})
    EXPECT_EQ(GapHistogram::gap_of(GapHistogram::bin_of(gap)), 0);
  for (const double gap : {infinity, -infinity, nan, 1e300, 1e11}) {
    EXPECT_EQ(GapHistogram::gap_of(GapHistogram::bin_of(gap)), infinity);
  }
  for (double gap = 1.1e-40; gap < 9e9; gap *= 1.37) {
    expect_same_to_a_bin(GapHistogram::gap_of(GapHistogram::bin_of(gap)), gap);
  }
}

TEST(IterationCounts, AreExactForSmallNumbersAndCloseForLargeOnes) {
  std::mt19937_64 random(4);
  IterationCounts counts;
  std::vector<std::int64_t> all;
  for (int k = 0; k < 1001; ++k) {
    all.push_back(static_cast<std::int64_t>(random() % 2048));
    counts.add(all.back());
  }
  for (const double share : {0.0, 0.25, 0.5, 1.0}) EXPECT_EQ(counts.quantile(share), exact_quantile(all, share));
  for (const std::int64_t large : {std::int64_t{100'000}, std::int64_t{123'456'789}, INT64_MAX}) {
    IterationCounts one;
    one.add(large);
    EXPECT_LE(one.quantile(0.5), large);
    EXPECT_GT(static_cast<double>(one.quantile(0.5)), static_cast<double>(large) * (1 - 1.0 / 1024));
    EXPECT_EQ(one.most(), large);
  }
}

TEST(Report, CurvesAreQuantilesOfAllRuns) {
  for (const std::int64_t stride : {1, 7}) {
    const std::vector<RunRecord> runs = random_runs(20, {{1}, {0.5}, {0.25, 0.5}}, 5, stride, 11);
    const ReportData data = report_of(runs);
    ASSERT_EQ(data.temperatures.size(), 3u);
    ASSERT_EQ(data.curves.size(), 3u);
    ASSERT_LE(data.iterations.size(), Limits{}.curve_points);
    std::int64_t longest = 0;
    for (const RunRecord& run : runs) longest = std::max(longest, run.iterations);
    EXPECT_EQ(data.iterations.front(), 0);
    EXPECT_EQ(data.iterations.back(), longest);
    EXPECT_TRUE(std::is_sorted(data.iterations.begin(), data.iterations.end()));
    for (const GapCurve& curve : data.curves) {
      EXPECT_EQ(curve.runs, 100u);
      ASSERT_EQ(curve.gaps.size(), data.iterations.size());
      for (std::size_t k = 0; k < data.iterations.size(); ++k) {
        std::vector<double> gaps;
        for (const RunRecord& run : runs) {
          if (run.tau == data.temperatures[curve.temperature].tau) gaps.push_back(last_gap(run, data.iterations[k]));
        }
        for (std::size_t q = 0; q < quantile_shares.size(); ++q) {
          expect_same_to_a_bin(curve.gaps[k][q], exact_quantile(gaps, quantile_shares[q]));
        }
      }
    }
  }
}

TEST(Report, SummarisesEachTemperature) {
  const std::vector<RunRecord> runs = random_runs(13, {{0}, {0.125}, {infinity}, {2}}, 3, 5, 12);
  const ReportData data = report_of(runs);
  ASSERT_EQ(data.temperatures.size(), 4u);
  EXPECT_EQ(data.temperatures[0].tau, std::vector<double>{infinity});
  EXPECT_EQ(data.temperatures[3].tau, std::vector<double>{0});
  EXPECT_EQ(data.runs, runs.size());
  EXPECT_EQ(data.games, 13u);
  StatusCounts statuses{};
  for (const TemperatureSummary& summary : data.temperatures) {
    std::vector<std::int64_t> iterations;
    std::vector<double> nash_gaps;
    StatusCounts expected{};
    for (const RunRecord& run : runs) {
      if (run.tau != summary.tau) continue;
      iterations.push_back(run.iterations);
      nash_gaps.push_back(run.nash_gap);
      ++expected[static_cast<std::size_t>(run.status)];
    }
    EXPECT_EQ(summary.runs, iterations.size());
    EXPECT_EQ(summary.statuses, expected);
    for (std::size_t k = 0; k < statuses.size(); ++k) statuses[k] += expected[k];
    EXPECT_EQ(summary.median_iterations, exact_quantile(iterations, 0.5));
    EXPECT_EQ(summary.most_iterations, *std::max_element(iterations.begin(), iterations.end()));
    for (std::size_t q = 0; q < quantile_shares.size(); ++q) {
      expect_same_to_a_bin(summary.nash_gap[q], exact_quantile(nash_gaps, quantile_shares[q]));
    }
  }
  EXPECT_EQ(data.statuses, statuses);
}

TEST(Report, CountsRunsByTheirIterations) {
  const std::vector<RunRecord> runs = random_runs(50, {{1}}, 4, 100, 13);
  const ReportData data = report_of(runs);
  const IterationHistogram& histogram = data.histogram;
  EXPECT_TRUE(std::is_sorted(histogram.bounds.begin(), histogram.bounds.end()));
  for (std::size_t status = 0; status < number_of_statuses; ++status) {
    ASSERT_EQ(histogram.counts[status].size(), histogram.bounds.size());
    for (std::size_t bin = 0; bin < histogram.bounds.size(); ++bin) {
      const std::int64_t begin = bin == 0 ? 0 : histogram.bounds[bin - 1];
      const auto in_bin = [&](const RunRecord& run) {
        return static_cast<std::size_t>(run.status) == status && run.iterations >= begin &&
               run.iterations < histogram.bounds[bin];
      };
      EXPECT_EQ(histogram.counts[status][bin],
                static_cast<std::uint64_t>(std::count_if(runs.begin(), runs.end(), in_bin)));
    }
  }
}

TEST(Report, ShowsAllRunsOfASmallFile) {
  const std::vector<RunRecord> runs = random_runs(5, {{1}, {0.5}}, 2, 1, 14);
  const ReportData data = report_of(runs);
  ASSERT_EQ(data.shown_runs.size(), runs.size());
  ASSERT_EQ(data.shown_games.size(), 5u);
  for (std::size_t k = 0; k < runs.size(); ++k) {
    EXPECT_EQ(data.shown_runs[k].record.run, k);
    EXPECT_EQ(data.shown_runs[k].record.policies, runs[k].policies);
    EXPECT_EQ(data.shown_runs[k].record.history_iteration.back(), runs[k].iterations);
    EXPECT_TRUE(data.shown_runs[k].is_sample);
    EXPECT_EQ(data.shown_games[data.shown_runs[k].game].number, runs[k].game);
  }
  for (const ShownGame& game : data.shown_games) EXPECT_EQ(game.runs, 4u);
}

TEST(Report, ShowsTheWorstAndSlowestOfMany) {
  std::vector<RunRecord> runs = random_runs(400, {{1}, {0.5}}, 2, 50, 15);
  for (RunRecord& run : runs) {
    if (!std::isfinite(run.qre_gap)) run.qre_gap = 1e-3;
  }
  runs[777].qre_gap = nan;
  runs[888].qre_gap = 1e6;
  runs[999].iterations = 1'000'000;
  Limits limits;
  limits.slowest_runs = 10;
  limits.worst_runs = 10;
  limits.sampled_runs = 20;
  const ReportData data = report_of(runs, limits);

  std::set<std::uint64_t> slow;
  std::set<std::uint64_t> worst;
  std::set<std::uint64_t> sample;
  for (const ShownRun& run : data.shown_runs) {
    if (run.is_slow) slow.insert(run.record.run);
    if (run.is_worst) worst.insert(run.record.run);
    if (run.is_sample) sample.insert(run.record.run);
  }
  EXPECT_EQ(slow.size(), 10u);
  EXPECT_EQ(worst.size(), 10u);
  EXPECT_EQ(sample.size(), 20u);
  EXPECT_TRUE(slow.contains(999));
  EXPECT_TRUE(worst.contains(777) && worst.contains(888));
  std::int64_t least_slow = INT64_MAX;
  for (const std::uint64_t run : slow) least_slow = std::min(least_slow, runs[run].iterations);
  for (const RunRecord& run : runs) {
    EXPECT_TRUE(slow.contains(run.run) || run.iterations <= least_slow) << run.run;
  }
  EXPECT_EQ(data.worst_gap, infinity);

  // The same every time, and games whole.
  const ReportData again = report_of(runs, limits);
  ASSERT_EQ(again.shown_runs.size(), data.shown_runs.size());
  for (std::size_t k = 0; k < data.shown_runs.size(); ++k) {
    EXPECT_EQ(again.shown_runs[k].record.run, data.shown_runs[k].record.run);
  }
  EXPECT_LE(data.shown_games.size(), limits.worst_games + limits.first_games + limits.sampled_games);
  std::map<std::size_t, int> runs_of;
  for (const ShownRun& run : data.shown_runs) ++runs_of[run.game];
  for (std::size_t k = 0; k < data.shown_games.size(); ++k) EXPECT_EQ(runs_of[k], 4) << data.shown_games[k].name;
  const auto has_game = [&](std::uint64_t number) {
    return std::any_of(data.shown_games.begin(), data.shown_games.end(),
                       [&](const ShownGame& game) { return game.number == number; });
  };
  EXPECT_TRUE(has_game(0) && has_game(3) && has_game(777 / 4) && has_game(888 / 4));
}

TEST(Report, IsBoundedInTemperaturesPoliciesAndHistories) {
  std::vector<std::vector<double>> taus;
  for (int k = 0; k < 300; ++k) taus.push_back({std::pow(1.01, k)});
  std::vector<RunRecord> runs = random_runs(1, taus, 4, 1, 16);
  Limits limits;
  limits.temperatures = 100;
  limits.policy_numbers = 3500;
  limits.curve_points = 20;
  limits.worst_runs = limits.slowest_runs = limits.sampled_runs = 3;
  const ReportData data = report_of(runs, limits);
  EXPECT_EQ(data.temperatures.size(), 100u);
  EXPECT_EQ(data.further_temperatures_runs, 200u * 4);
  EXPECT_EQ(data.curves.size(), limits.curves);
  EXPECT_EQ(data.curves.front().temperature, 0u);
  EXPECT_EQ(data.curves.back().temperature, 99u);
  EXPECT_LE(data.iterations.size(), limits.curve_points);
  EXPECT_LE(data.shown_runs.size(), 3500u / 35 + 9);
  EXPECT_GE(data.shown_runs.size(), 3500u / 35);
  ASSERT_EQ(data.shown_games.size(), 1u);
  EXPECT_EQ(data.shown_games[0].runs, 1200u);
  for (const ShownRun& run : data.shown_runs) {
    EXPECT_LE(run.record.history_gap.size(), 2 * limits.curve_points);
    EXPECT_EQ(run.record.history_gap.size(), run.record.history_iteration.size());
  }
}

TEST(Report, KeepsTheFirstStatesAndAgentsOfLargeGames) {
  RunRecord run;
  run.game_class = "markov";
  run.states = 100;
  run.tau = {1};
  for (int i = 0; i < 3; ++i) {
    for (int s = 0; s < 100; ++s) {
      run.actions.push_back(2);
      run.policies.push_back(i + s / 1000.0);
      run.policies.push_back(0);
    }
  }
  Limits limits;
  limits.run_numbers = 100;
  const ReportData data = report_of({run}, limits);
  ASSERT_EQ(data.shown_runs.size(), 1u);
  const ShownRun& shown = data.shown_runs[0];
  EXPECT_EQ(shown.agents, 3u);
  EXPECT_EQ(shown.agents_kept, 3u);
  EXPECT_EQ(shown.states_kept, 13);
  EXPECT_EQ(shown.record.policies.size(), 3u * 13 * 2);
  EXPECT_EQ(shown.record.policies[13 * 2], 1);
  EXPECT_EQ(shown.record.policies[13 * 2 + 2], 1.001);

  // One agent with more actions than the page takes.
  run.states = 1;
  run.actions = {1000};
  run.policies.assign(1000, 0.001);
  EXPECT_EQ(report_of({run}, limits).shown_runs[0].agents_kept, 0u);
}

TEST(Report, TakesRunsWithoutAResult) {
  RunRecord run;
  run.tau = {1};
  run.actions = {2, 2};
  run.status = Status::failed;
  for (const int states : {1, 2, 0}) {
    run.states = states;
    const ReportData data = report_of({run});
    ASSERT_EQ(data.shown_runs.size(), 1u);
    EXPECT_EQ(data.shown_runs[0].agents_kept, 0u);
    EXPECT_TRUE(data.shown_runs[0].record.actions.empty());
  }
}

TEST(Report, OfNoRunsIsEmpty) {
  const ReportData data = report_of({});
  EXPECT_EQ(data.runs, 0u);
  EXPECT_TRUE(data.temperatures.empty() && data.curves.empty() && data.shown_runs.empty());
}

TEST(Report, OfRunsWithoutHistoriesHasNoCurves) {
  std::vector<RunRecord> runs = random_runs(3, {{1}}, 1, 1, 17);
  for (RunRecord& run : runs) {
    run.history_gap = {};
    run.history_iteration = {};
  }
  const ReportData data = report_of(runs);
  EXPECT_TRUE(data.curves.empty() && data.iterations.empty());
  EXPECT_EQ(data.shown_runs.size(), 3u);
}

}  // namespace
}  // namespace quantal::report
