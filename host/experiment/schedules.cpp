#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "host/experiment/statistics.hpp"
#include "host/experiment/study.hpp"
#include "quantal/generate.hpp"

namespace quantal::experiment {

namespace {

constexpr double first_tau = 2;
constexpr double last_tau = 0.02;
constexpr std::size_t stages = 24;
constexpr double tolerance = 1e-10;

/// Temperatures one after another, each from where the one before ended.
struct Schedule {
  std::string name;
  std::string file;  ///< without extension
  std::vector<double> taus;
  bool waits = false;  ///< for convergence at each temperature, rather than for a number of updates
};

std::vector<Schedule> schedules_of() {
  const auto of = [](auto&& tau_at) {
    std::vector<double> taus;
    for (std::size_t k = 0; k < stages; ++k) taus.push_back(tau_at(static_cast<double>(k) / (stages - 1)));
    taus.back() = last_tau;
    return taus;
  };
  const std::vector<double> geometric = of([](double x) { return first_tau * std::pow(last_tau / first_tau, x); });
  return {{"constant", "results", of([](double) { return last_tau; })},
          {"linear", "linear", of([](double x) { return first_tau + x * (last_tau - first_tau); })},
          {"geometric", "geometric", geometric},
          {"1/k", "inverse", of([](double x) { return first_tau / (1 + x * (first_tau / last_tau - 1)); })},
          {"geometric, on convergence", "on-convergence", geometric, true}};
}

std::vector<Game> draw(std::size_t count, std::uint64_t seed) {
  NormalFormFamily family = normal_form_family(NormalFormKind::uniform);
  family.actions = {3, 3, 3};
  family.low = 0;
  return draw_games(family, count, seed);
}

/// The Nash gap at the end of each stage against the updates made until then, by the medians.
figure::Series nash_course(const Schedule& schedule, const Batch& batch) {
  figure::Series series{schedule.name};
  series.shape = figure::Shape::line_with_markers;
  std::vector<double> updates(batch.games.size(), 0.0);
  for (std::size_t t = 0; t < stages; ++t) {
    const std::vector<std::size_t> runs = batch.runs_at(t);
    const std::vector<double> more = take(batch.results.iterations, runs);
    for (std::size_t k = 0; k < updates.size(); ++k) updates[k] += more[k];
    const std::vector<double> gaps = take(batch.results.nash_gap, runs);
    series.x.push_back(std::max(quantile(updates, 0.5), 1.0));
    series.y.push_back(quantile(gaps, 0.5));
    series.low.push_back(quantile(gaps, 0.25));
    series.high.push_back(quantile(gaps, 0.75));
  }
  return series;
}

void run(Study& study) {
  const std::vector<Game> games = draw(study.games(200, 12), study.options().seed);
  Sweep sweep;
  sweep.warm_starts = true;
  figure::Figure figure{"Cooling from temperature 2 to 0.02: the Nash gap by updates"};
  figure::Panel& panel = figure.panels.emplace_back(figure::Panel{"general-sum, 3x3x3"});
  panel.x = {"updates", figure::Scale::log};
  panel.y = {"Nash gap", figure::Scale::log};
  Table table{{"schedule", "runs", "at a QRE of tau 0.02", "updates", "QRE gap", "Nash gap"}, {}};
  std::vector<std::size_t> done;
  for (const Schedule& schedule : schedules_of()) {
    sweep.tau.clear();
    for (const double tau : schedule.taus) sweep.tau.push_back({tau});
    Settings settings;
    settings.gap_tolerance = schedule.waits ? tolerance : 0.0;
    settings.max_iterations = schedule.waits ? 5000 : 100;
    study.begin(sweep, settings, games.size(), schedule.file);
    const Batch batch = study.solve(games);
    panel.series.push_back(nash_course(schedule, batch));
    const std::vector<std::size_t> last = batch.runs_at(stages - 1);
    const std::vector<double> gaps = take(batch.results.qre_gap, last);
    done.push_back(
        static_cast<std::size_t>(std::count_if(gaps.begin(), gaps.end(), [](double gap) { return gap <= tolerance; })));
    table.rows.push_back({schedule.name, static_cast<double>(last.size()), static_cast<double>(done.back()),
                          panel.series.back().x.back(), quantile(gaps, 0.5),
                          quantile(take(batch.results.nash_gap, last), 0.5)});
  }
  study.draw("schedules", figure);
  study.set_summary(std::move(table));
  const std::size_t best = *std::max_element(done.begin() + 1, done.end());
  study.expect(best >= done.front(),
               fmt::format("cooling loses nothing: at a gap of {:g} at tau {} are {} of {} games after the best of the "
                           "schedules, {} where the temperature was {} from the first update on",
                           tolerance, last_tau, best, games.size(), done.front(), last_tau));
}

}  // namespace

const Experiment schedules = {
    "schedules",
    "Temperatures that fall from 2 to 0.02 in 24 stages, each from where the one before ended:\n"
    "linearly, geometrically, as 1/k, by a number of updates or on convergence, against 0.02\n"
    "from the start. How near to Nash's equilibria games of three agents are.",
    true, false, run};

}  // namespace quantal::experiment
