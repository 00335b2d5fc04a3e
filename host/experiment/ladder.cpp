#include "host/experiment/ladder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "host/experiment/statistics.hpp"

namespace quantal::experiment {

namespace {

/// What is said of one population at one temperature.
struct Rung {
  double iterations = 0;  // medians of all runs
  double eta = 0;
  double decay = 0;  // of those that converged
  double certain_decay = 0;
  double nash_gap = 0;
  double nash_low = 0;
  double nash_high = 0;
  double late = 0;  // iterations that nine of ten runs stay within
  std::size_t runs = 0;
  std::size_t converged = 0;
};

/// How measured decays compare to certain ones.
struct Certainty {
  std::size_t runs = 0;
  std::size_t converged = 0;
  std::vector<double> ratios;  // of ln of the measured factor to ln of the certain one, where it could be measured
};

Rung climb(const Ladder& ladder, const Batch& batch, std::size_t t, Certainty& certainty) {
  const Results& results = batch.results;
  const std::vector<std::size_t> runs = batch.runs_at(t);
  const std::vector<std::size_t> done = converged(results, runs);
  std::vector<double> decays;
  std::vector<double> certain;
  for (std::size_t game = 0; game < batch.games.size(); ++game) {
    const std::size_t run = batch.run(game, t);
    const double measured = decay(results, run);
    const bool is_done = results.status[run] == Status::converged;
    if (is_done && !std::isnan(measured)) decays.push_back(measured);
    const double bound =
        ladder.certain_decay ? ladder.certain_decay(batch.games[game], ladder.taus[t], results.eta[run]) : 0.0;
    if (!(bound < 0)) continue;
    certain.push_back(bound);
    ++certainty.runs;
    certainty.converged += is_done ? 1 : 0;
    if (std::isnan(measured) || std::isinf(bound)) continue;
    certainty.ratios.push_back(measured / bound);
  }
  Rung rung;
  rung.runs = runs.size();
  rung.converged = done.size();
  rung.iterations = quantile(take(results.iterations, runs), 0.5);
  rung.late = quantile(take(results.iterations, runs), 0.9);
  rung.eta = quantile(take(results.eta, runs), 0.5);
  rung.decay = quantile(decays, 0.5);
  rung.certain_decay = quantile(certain, 0.5);
  const std::vector<double> nash = take(results.nash_gap, done);
  rung.nash_gap = quantile(nash, 0.5);
  rung.nash_low = quantile(nash, 0.25);
  rung.nash_high = quantile(nash, 0.75);
  return rung;
}

Table summary_of(const Ladder& ladder, const std::vector<std::vector<Rung>>& rungs) {
  Table table{{"games", "tau", "eta", "runs", "converged", "iterations", "90 % within", "gap factor", "certain factor",
               "Nash gap"},
              {}};
  for (std::size_t p = 0; p < rungs.size(); ++p) {
    for (std::size_t t = 0; t < ladder.taus.size(); ++t) {
      const Rung& rung = rungs[p][t];
      table.rows.push_back({ladder.populations[p].name, ladder.taus[t], rung.eta, static_cast<double>(rung.runs),
                            static_cast<double>(rung.converged), rung.iterations, rung.late, std::exp(rung.decay),
                            std::exp(rung.certain_decay), rung.nash_gap});
    }
  }
  if (!ladder.certain_decay) {
    constexpr std::ptrdiff_t certain_column = 8;
    table.columns.erase(table.columns.begin() + certain_column);
    for (std::vector<Cell>& row : table.rows) row.erase(row.begin() + certain_column);
  }
  return table;
}

/// Expects numbers of each population, in the order of the temperatures from the highest, to be in that order too.
/// Runs that do not converge take all the iterations they may, and have no equilibrium.
void expect_order(Study& study, const Ladder& ladder, const std::vector<std::vector<Rung>>& rungs, bool falling,
                  const std::string& what, double Rung::*number) {
  bool holds = true;
  std::string numbers;
  for (std::size_t p = 0; p < rungs.size(); ++p) {
    std::vector<double> of_population;
    for (const Rung& rung : rungs[p]) {
      if (std::isfinite(rung.*number) && 2 * rung.converged >= rung.runs) of_population.push_back(rung.*number);
    }
    holds = holds && of_population.size() > 1 &&
            (falling ? std::is_sorted(of_population.begin(), of_population.end(), std::greater<>())
                     : std::is_sorted(of_population.begin(), of_population.end()));
    if (p > 0) numbers += "; ";
    numbers += fmt::format("{}: {}", ladder.populations[p].name, list(of_population));
  }
  study.expect(holds, fmt::format("{} (medians from tau = {} down, as far as half of the runs converge): {}", what,
                                  to_text(ladder.taus.front()), numbers));
}

void expect_certainty(Study& study, const Certainty& certainty) {
  if (certainty.runs == 0) {
    study.note("no temperature of the ladder is certain to converge");
    return;
  }
  study.expect(certainty.converged == certainty.runs,
               fmt::format("all runs that are certain to converge do: {} of {}", certainty.converged, certainty.runs));
  if (certainty.ratios.empty()) return;
  // What is certain holds up to a constant, since it holds in a norm that weighs agents; over the 18 decades of gaps
  // that a slope is fitted to, that is some percent.
  constexpr double leeway = 0.9;
  const double least = quantile(certainty.ratios, 0);
  study.expect(
      least >= leeway,
      fmt::format("their gaps fall as fast as is certain, up to {:.0f} % for what a fit misses: ln of the factor "
                  "is {:.3g} times the certain one or more, {:.3g} times by the median of {} runs",
                  100 * (1 - leeway), least, quantile(certainty.ratios, 0.5), certainty.ratios.size()));
}

figure::Figure gap_figure(const Ladder& ladder) {
  figure::Figure figure;
  figure.title = ladder.title;
  figure.columns = ladder.populations.size() == 4 ? 2 : 3;
  figure.ordered = true;
  return figure;
}

/// The panel ends where the third slowest temperature is done, so that fast ones can be told apart and slow ones seen.
figure::Panel gap_panel(const Ladder& ladder, const Population& population, const Batch& batch,
                        const std::vector<Rung>& rungs) {
  figure::Panel panel{population.name};
  const std::size_t slow = rungs.size() > 2 ? rungs.size() - 3 : rungs.size() - 1;
  const auto last = static_cast<std::int64_t>(std::max(8.0, rungs[slow].iterations * 1.1));
  panel.x = {"iteration", figure::Scale::linear, 0.0, static_cast<double>(last)};
  panel.y = {std::string(ladder.gap_name), figure::Scale::log, 1e-16};
  const std::vector<std::int64_t> iterations = evenly_to(last);
  for (std::size_t t = 0; t < ladder.taus.size(); ++t) {
    panel.series.push_back(
        gap_course(fmt::format("τ = {}", to_text(ladder.taus[t])), batch.results, batch.runs_at(t), iterations));
  }
  return panel;
}

figure::Figure nash_figure(const Ladder& ladder, const std::vector<std::vector<Rung>>& rungs) {
  figure::Panel panel{"", {"temperature τ", figure::Scale::log}, {"Nash gap of the QRE", figure::Scale::log}};
  for (std::size_t p = 0; p < rungs.size(); ++p) {
    figure::Series series{ladder.populations[p].name};
    series.shape = figure::Shape::line_with_markers;
    for (std::size_t t = 0; t < ladder.taus.size(); ++t) {
      if (2 * rungs[p][t].converged < rungs[p][t].runs) continue;  // those that do are no fair sample
      series.x.push_back(ladder.taus[t]);
      series.y.push_back(rungs[p][t].nash_gap);
      series.low.push_back(rungs[p][t].nash_low);
      series.high.push_back(rungs[p][t].nash_high);
    }
    panel.series.push_back(std::move(series));
  }
  return {"What agents could gain by playing best responses", {std::move(panel)}, 1};
}

}  // namespace

void run_ladder(Study& study, const Ladder& ladder) {
  Sweep sweep;
  sweep.tau.clear();
  for (const double tau : ladder.taus) sweep.tau.push_back({tau});
  sweep.eta = {ladder.eta};
  Settings settings;
  settings.max_iterations = ladder.max_iterations;
  settings.gap_every = ladder.gap_every;
  std::size_t games = 0;
  for (const Population& population : ladder.populations) games += population.games.size();
  study.begin(sweep, settings, games);

  figure::Figure gaps = gap_figure(ladder);
  std::vector<std::vector<Rung>> rungs;
  Certainty certainty;
  for (const Population& population : ladder.populations) {
    const Batch batch = study.solve(population.games);
    std::vector<Rung>& of_population = rungs.emplace_back();
    for (std::size_t t = 0; t < ladder.taus.size(); ++t) {
      of_population.push_back(climb(ladder, batch, t, certainty));
    }
    gaps.panels.push_back(gap_panel(ladder, population, batch, of_population));
  }
  study.draw("gap", gaps);
  study.draw("nash_gap", nash_figure(ladder, rungs));
  study.set_summary(summary_of(ladder, rungs));
  expect_order(study, ladder, rungs, false, "a larger temperature takes fewer iterations", &Rung::iterations);
  expect_order(study, ladder, rungs, true, "and leaves the equilibrium farther from Nash's", &Rung::nash_gap);
  if (ladder.certain_decay) expect_certainty(study, certainty);
}

}  // namespace quantal::experiment
