#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/experiment/statistics.hpp"
#include "host/experiment/study.hpp"
#include "host/experiment/two_by_two.hpp"
#include "quantal/classify.hpp"

namespace quantal::experiment {

namespace {

constexpr double highest = 1.3;     // temperature
constexpr double tolerance = 1e-3;  // of probabilities that count as the same

/// The limits of one game's runs, temperature by temperature.
struct Correspondence {
  double certified = 0;
  std::vector<std::vector<std::size_t>> limits;  // runs, by temperature
  double fork = 0;                               // the highest temperature with several; 0: none has
  std::size_t most = 0;
  std::size_t most_above = 0;  // of temperatures above the certified one
  std::size_t converged = 0;
  std::size_t runs = 0;
};

Correspondence follow(const Batch& batch, std::span<const double> taus) {
  Correspondence found;
  found.certified = certified_temperature(batch.games.front());
  for (std::size_t t = 0; t < taus.size(); ++t) {
    const std::vector<std::size_t> runs = batch.runs_at(t);
    found.runs += runs.size();
    found.converged += converged(batch.results, runs).size();
    const std::size_t count = found.limits.emplace_back(distinct_limits(batch.results, runs, tolerance)).size();
    found.most = std::max(found.most, count);
    if (taus[t] > found.certified) found.most_above = std::max(found.most_above, count);
    if (count > 1) found.fork = std::max(found.fork, taus[t]);
  }
  return found;
}

figure::Panel panel_of(const Batch& batch, const Correspondence& found, std::span<const double> taus) {
  figure::Panel panel{name_of(batch.games.front())};
  panel.x = {"temperature τ", figure::Scale::linear, 0.0, highest};
  panel.y = {"π(first action)", figure::Scale::linear, 0.0, 1.0};
  panel.marks = {{"certified", found.certified}};
  for (std::size_t agent = 0; agent < 2; ++agent) {
    figure::Series series{fmt::format("agent {}", agent)};
    series.shape = figure::Shape::points;
    for (std::size_t t = 0; t < taus.size(); ++t) {
      for (const std::size_t run : found.limits[t]) {
        series.x.push_back(taus[t]);
        series.y.push_back(batch.results.policies_of(run)[2 * agent]);
      }
    }
    panel.series.push_back(std::move(series));
  }
  return panel;
}

void tell(Study& study, const std::string& name, const Correspondence& found, double step) {
  study.expect(found.most_above == 1,
               fmt::format("{}: one limit at every temperature above the certified {:.4g}", name, found.certified));
  if (found.fork == 0) {
    study.note(fmt::format("{}: one limit at every temperature", name));
    return;
  }
  study.note(
      fmt::format("{}: up to {} limits, the first fork at tau between {:.4g} and {:.4g}, {:.3g} of the certified", name,
                  found.most, found.fork, found.fork + step, found.fork / found.certified));
}

void run(Study& study) {
  const bool quick = study.options().quick;
  const double step = quick ? 0.05 : 0.01;
  Sweep sweep;
  std::vector<double> taus;
  sweep.tau.clear();
  for (int k = 1; k * step <= highest + step / 2; ++k) {
    taus.push_back(k * step);
    sweep.tau.push_back({taus.back()});
  }
  sweep.starts = study.starts(64, 8);
  const std::vector<NormalFormGame> games = {coordination(), stag_hunt(),         battle_of_the_sexes(),
                                             chicken(),      prisoners_dilemma(), asymmetric_matching_pennies()};
  study.begin(sweep, {}, games.size());

  figure::Figure figure{"Limits of NPG from all starts, by temperature"};
  Table table{{"game", "certified tau", "fork at tau", "limits above", "limits, most", "runs", "converged"}, {}};
  for (const NormalFormGame& game : games) {
    const Batch batch = study.solve({game});
    const Correspondence found = follow(batch, taus);
    figure.panels.push_back(panel_of(batch, found, taus));
    table.rows.push_back({game.name, found.certified, found.fork == 0 ? std::nan("") : found.fork,
                          static_cast<double>(found.most_above), static_cast<double>(found.most),
                          static_cast<double>(found.runs), static_cast<double>(found.converged)});
    if (game.name == coordination().name) {
      study.expect(std::abs(found.fork - found.certified) <= step * 1.5 && found.fork < found.certified + step / 2,
                   fmt::format("{}: several limits up to tau = {:.4g} and one from {:.4g} on: the certified {:.4g} is "
                               "where it forks, as near as the temperatures tell",
                               game.name, found.fork, found.fork + step, found.certified));
    }
    tell(study, game.name, found, step);
  }
  study.draw("bifurcation", figure);
  study.set_summary(std::move(table));
}

}  // namespace

const Experiment bifurcation = {
    "bifurcation",
    "Games of two by two from the uniform and from random starts, along the temperature: where\n"
    "several limits become one, beside the temperature above which the certificate says so.",
    false, true, run};

}  // namespace quantal::experiment
