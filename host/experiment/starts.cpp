#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "host/experiment/statistics.hpp"
#include "host/experiment/study.hpp"
#include "quantal/classify.hpp"
#include "quantal/generate.hpp"

namespace quantal::experiment {

namespace {

constexpr double tolerance = 1e-4;  // of probabilities that count as the same

struct Kind {
  std::string name;
  std::vector<Game> games;
  bool has_several = false;  ///< Nash equilibria that are strict, in games enough of them
};

std::vector<Game> draw(NormalFormKind kind, const std::vector<int>& actions, std::size_t count, std::uint64_t seed) {
  NormalFormFamily family = normal_form_family(kind);
  family.actions = actions;
  family.low = kind == NormalFormKind::coordination ? 1 : -1;
  family.high = 1;
  return draw_games(family, count, seed);
}

/// What is said of one kind of games at one temperature.
struct Spread {
  std::vector<double> limits;  // game by game
  double iterations = 0;       // median of all runs,
  double few = 0;              // of which one in ten takes no more
  double many = 0;             // and one in ten no fewer
  std::size_t runs = 0;
  std::size_t converged = 0;

  /// Of the games that have a limit from one start at least.
  double mean_limits() const {
    double sum = 0;
    double games = 0;
    for (const double each : limits) {
      sum += each;
      games += each > 0 ? 1 : 0;
    }
    return sum / games;
  }
};

Spread spread_of(const Batch& batch, std::size_t t) {
  Spread spread;
  for (std::size_t game = 0; game < batch.games.size(); ++game) {
    std::vector<std::size_t> runs;
    for (std::size_t start = 0; start < batch.starts; ++start) runs.push_back(batch.run(game, t, start));
    spread.limits.push_back(static_cast<double>(distinct_limits(batch.results, runs, tolerance).size()));
  }
  const std::vector<std::size_t> runs = batch.runs_at(t);
  const std::vector<double> iterations = take(batch.results.iterations, runs);
  spread.runs = runs.size();
  spread.converged = converged(batch.results, runs).size();
  spread.iterations = quantile(iterations, 0.5);
  spread.few = quantile(iterations, 0.1);
  spread.many = quantile(iterations, 0.9);
  return spread;
}

figure::Figure draw_spreads(const std::vector<Kind>& kinds, const std::vector<double>& taus,
                            const std::vector<std::vector<Spread>>& spreads) {
  figure::Panel limits{
      "Distinct limits, mean of games", {"temperature τ", figure::Scale::log}, {"limits", figure::Scale::linear, 0.0}};
  figure::Panel iterations{"Iterations: median, band of 80 % of runs",
                           {"temperature τ", figure::Scale::log},
                           {"iterations", figure::Scale::log}};
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    figure::Series of_limits{kinds[k].name};
    of_limits.shape = figure::Shape::line_with_markers;
    figure::Series of_iterations = of_limits;
    of_limits.x = taus;
    of_iterations.x = taus;
    for (const Spread& spread : spreads[k]) {
      of_limits.y.push_back(spread.mean_limits());
      of_iterations.y.push_back(spread.iterations);
      of_iterations.low.push_back(spread.few);
      of_iterations.high.push_back(spread.many);
    }
    limits.series.push_back(std::move(of_limits));
    iterations.series.push_back(std::move(of_iterations));
  }
  return {"Sensitivity to initial policies", {std::move(limits), std::move(iterations)}, 2};
}

/// Games whose limits are counted at temperatures above their certified one, and those among them with several.
struct Uniqueness {
  std::size_t games = 0;
  std::size_t with_several = 0;
};

Uniqueness uniqueness_of(const Batch& batch, const std::vector<double>& taus, const std::vector<Spread>& spreads) {
  Uniqueness found;
  for (std::size_t game = 0; game < batch.games.size(); ++game) {
    const double certified = certified_temperature(batch.games[game]);
    for (std::size_t t = 0; t < taus.size(); ++t) {
      if (taus[t] <= certified) continue;
      ++found.games;
      found.with_several += spreads[t].limits[game] == 1 ? 0 : 1;
    }
  }
  return found;
}

void run(Study& study) {
  const bool quick = study.options().quick;
  const std::uint64_t seed = study.options().seed;
  const std::size_t count = study.games(20, 3);
  std::vector<double> taus = {2, 1.4, 1, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05};
  if (quick) taus = {2, 0.5, 0.1};
  const std::vector<Kind> kinds = {
      {"coordination, 3x3", draw(NormalFormKind::coordination, {3, 3}, 1, seed), true},
      {"coordination, 4x4x4", draw(NormalFormKind::coordination, {4, 4, 4}, 1, seed), true},
      {"random teams, 4x4", draw(NormalFormKind::identical_interest, {4, 4}, count, seed), true},
      {"uniform, 4x4", draw(NormalFormKind::uniform, {4, 4}, count, seed)},
  };
  Sweep sweep;
  sweep.tau.clear();
  for (const double tau : taus) sweep.tau.push_back({tau});
  sweep.starts = study.starts(64, 12);
  Settings settings;
  settings.max_iterations = 20'000;
  std::size_t games = 0;
  for (const Kind& kind : kinds) games += kind.games.size();
  study.begin(sweep, settings, games);

  Table table{
      {"games", "tau", "runs", "converged", "limits, mean", "limits, most", "iterations", "10 % within", "90 % within"},
      {}};
  std::vector<std::vector<Spread>> spreads;
  Uniqueness unique;
  for (const Kind& kind : kinds) {
    const Batch batch = study.solve(kind.games);
    std::vector<Spread>& of_kind = spreads.emplace_back();
    for (std::size_t t = 0; t < taus.size(); ++t) {
      const Spread& spread = of_kind.emplace_back(spread_of(batch, t));
      table.rows.push_back({kind.name, taus[t], static_cast<double>(spread.runs), static_cast<double>(spread.converged),
                            spread.mean_limits(), *std::max_element(spread.limits.begin(), spread.limits.end()),
                            spread.iterations, spread.few, spread.many});
    }
    const Uniqueness of_games = uniqueness_of(batch, taus, of_kind);
    unique.games += of_games.games;
    unique.with_several += of_games.with_several;
  }
  study.draw("starts", draw_spreads(kinds, taus, spreads));
  study.set_summary(std::move(table));

  study.expect(unique.with_several == 0,
               fmt::format("from {} starts there is one limit at all temperatures above a game's certified one: {} of "
                           "{} games and temperatures",
                           sweep.starts, unique.games - unique.with_several, unique.games));
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    const double first = spreads[k].front().mean_limits();
    const double last = spreads[k].back().mean_limits();
    const std::string text = fmt::format("{}: {:.3g} limits at tau = {}, {:.3g} at tau = {}", kinds[k].name, first,
                                         taus.front(), last, taus.back());
    if (kinds[k].has_several) {
      study.expect(last > first, text);
    } else {
      study.note(text);
    }
  }
}

}  // namespace

const Experiment starts = {"starts",
                           "Coordination games, random teams and uniform games from 64 starts, or as many as --starts\n"
                           "says: how many different limits there are at each temperature, and how much the number of\n"
                           "iterations depends on the start.",
                           true, true, run};

}  // namespace quantal::experiment
