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
#include "quantal/generate.hpp"

namespace quantal::experiment {

namespace {

const std::vector<double> scales = {1, 10, 100, 1000};  // of agent 1's payoffs, and of its temperatures

std::vector<Game> draw(int actions, double scale, std::size_t count, std::uint64_t seed) {
  NormalFormFamily family = normal_form_family(NormalFormKind::uniform);
  family.actions = {2, actions};
  family.seed = seed;
  std::vector<Game> games;
  for (std::size_t k = 0; k < count; ++k) {
    NormalFormGame game = generate(family, k);
    game.name += fmt::format(" scale {}", scale);
    for (std::size_t a = game.payoffs.size() / 2; a < game.payoffs.size(); ++a) game.payoffs[a] *= scale;
    games.emplace_back(std::move(game));
  }
  return games;
}

/// Agent 1's temperature: agent 0's, or in proportion to its payoffs.
enum class Rule : std::uint8_t { equal, proportional };
constexpr std::string_view name_of(Rule rule) {
  return rule == Rule::equal ? "τ = 1 for both" : "τ in proportion to payoffs";
}

/// The temperature's place in the sweep, for payoffs of that scale.
std::size_t temperature(Rule rule, std::size_t scale) {
  return rule == Rule::equal ? 0 : scale;
}

/// The largest difference of a probability between two batches of games that differ in scale alone.
double largest_difference(const Batch& a, std::size_t tau_a, const Batch& b, std::size_t tau_b) {
  double largest = 0;
  for (std::size_t game = 0; game < a.games.size(); ++game) {
    const std::span<const double> p = a.results.policies_of(a.run(game, tau_a));
    const std::span<const double> q = b.results.policies_of(b.run(game, tau_b));
    for (std::size_t k = 0; k < p.size(); ++k) largest = std::max(largest, std::abs(p[k] - q[k]));
  }
  return largest;
}

void add_rows(Table& table, int actions, std::size_t scale, const Batch& batch) {
  for (const Rule rule : {Rule::equal, Rule::proportional}) {
    const std::vector<std::size_t> runs = batch.runs_at(temperature(rule, scale));
    const std::vector<double> iterations = take(batch.results.iterations, runs);
    table.rows.push_back({fmt::format("2x{}", actions), scales[scale], std::string(name_of(rule)),
                          static_cast<double>(runs.size()), static_cast<double>(converged(batch.results, runs).size()),
                          quantile(iterations, 0.5), quantile(iterations, 0.9),
                          quantile(take(batch.results.eta, runs), 0.5)});
  }
}

/// Iterations by scale. A median over runs of which most were given up is no number of iterations.
figure::Panel iterations_panel(int actions, const std::vector<Batch>& by_scale) {
  figure::Panel panel{fmt::format("2 against {} actions", actions)};
  panel.x = {"scale of agent 1's payoffs", figure::Scale::log};
  panel.y = {"iterations to convergence", figure::Scale::log};
  for (const Rule rule : {Rule::equal, Rule::proportional}) {
    figure::Series series{std::string(name_of(rule))};
    series.shape = figure::Shape::line_with_markers;
    for (std::size_t s = 0; s < scales.size(); ++s) {
      const std::vector<std::size_t> runs = by_scale[s].runs_at(temperature(rule, s));
      const std::vector<std::size_t> done = converged(by_scale[s].results, runs);
      const std::vector<double> iterations = take(by_scale[s].results.iterations, done);
      if (2 * done.size() < runs.size()) continue;
      series.x.push_back(scales[s]);
      series.y.push_back(quantile(iterations, 0.5));
      series.low.push_back(quantile(iterations, 0.1));
      series.high.push_back(quantile(iterations, 0.9));
    }
    panel.series.push_back(std::move(series));
  }
  return panel;
}

figure::Panel gap_panel(int actions, const std::vector<Batch>& by_scale) {
  constexpr std::int64_t last = 30'000;
  figure::Panel panel{fmt::format("2 against {} actions", actions)};
  panel.x = {"iteration", figure::Scale::log, 1.0, static_cast<double>(last)};
  panel.y = {"QRE gap", figure::Scale::log, 1e-16};
  const std::vector<std::int64_t> iterations = by_ratio_to(last);
  for (std::size_t s = 0; s < scales.size(); ++s) {
    panel.series.push_back(gap_course(fmt::format("scale and τ ratio {}", to_text(scales[s])), by_scale[s].results,
                                      by_scale[s].runs_at(temperature(Rule::proportional, s)), iterations));
  }
  return panel;
}

void tell(Study& study, int actions, const std::vector<Batch>& by_scale) {
  std::vector<double> medians;
  std::size_t done = 0;
  std::size_t runs = 0;
  double difference = 0;
  for (std::size_t s = 0; s < scales.size(); ++s) {
    const std::vector<std::size_t> of_scale = by_scale[s].runs_at(temperature(Rule::proportional, s));
    runs += of_scale.size();
    done += converged(by_scale[s].results, of_scale).size();
    medians.push_back(quantile(take(by_scale[s].results.iterations, of_scale), 0.5));
    difference = std::max(difference, largest_difference(by_scale[0], 0, by_scale[s], s));
  }
  const std::string name = fmt::format("2 against {} actions", actions);
  study.expect(done == runs && difference < 1e-7,
               fmt::format("{}: temperatures in proportion to payoffs give the same equilibrium at every scale: {} of "
                           "{} converge, no probability differs by more than {:.1e}",
                           name, done, runs, difference));
  const double growth =
      std::log(medians.back() / medians[medians.size() - 2]) / std::log(scales.back() / scales[scales.size() - 2]);
  study.expect(growth > 0.5,
               fmt::format("{}: one step size for both costs iterations, {} at scales {}: they grow as the "
                           "scale to the power {:.2f}",
                           name, list(medians), list(scales), growth));
  const std::vector<std::size_t> equal = by_scale.back().runs_at(0);
  study.note(fmt::format("{}: at one temperature for both and scale {}, {} of {} converge", name, scales.back(),
                         converged(by_scale.back().results, equal).size(), equal.size()));
}

void run(Study& study) {
  const bool quick = study.options().quick;
  const std::size_t count = study.games(12, 3);
  const std::vector<int> sizes = quick ? std::vector<int>{2, 20} : std::vector<int>{2, 20, 200};
  Sweep sweep;
  sweep.tau.clear();
  for (const double scale : scales) sweep.tau.push_back({1, scale});
  Settings settings;
  settings.max_iterations = 100'000;
  settings.gap_every = 1;
  study.begin(sweep, settings, sizes.size() * scales.size() * count);

  figure::Figure iterations{"Payoffs and temperatures of different scales: median and 80 % of games"};
  figure::Figure gaps{"The QRE gap by iteration, τ in proportion to payoffs: median and middle half"};
  gaps.ordered = true;
  Table table{{"game", "scale", "temperatures", "runs", "converged", "iterations", "90 % within", "eta"}, {}};
  for (const int actions : sizes) {
    std::vector<Batch> by_scale;
    for (std::size_t s = 0; s < scales.size(); ++s) {
      by_scale.push_back(study.solve(draw(actions, scales[s], count, study.options().seed)));
      add_rows(table, actions, s, by_scale.back());
    }
    iterations.panels.push_back(iterations_panel(actions, by_scale));
    gaps.panels.push_back(gap_panel(actions, by_scale));
    tell(study, actions, by_scale);
  }
  study.draw("iterations", iterations);
  study.draw("gap", gaps);
  study.set_summary(std::move(table));
}

}  // namespace

const Experiment asymmetric = {
    "asymmetric",
    "Two agents of which one has 2 actions and the other 2 to 200, with payoffs 1 to 1000 times\n"
    "as large, at one temperature for both and at temperatures in proportion to the payoffs:\n"
    "what it costs, and that proportion changes no equilibrium.",
    true, false, run};

}  // namespace quantal::experiment
