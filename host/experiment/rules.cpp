#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/experiment/ladder.hpp"
#include "host/experiment/statistics.hpp"
#include "host/experiment/study.hpp"
#include "quantal/generate.hpp"

namespace quantal::experiment {

namespace {

constexpr double tau = 0.1;
constexpr double tolerance = 1e-12;
constexpr std::int64_t most_iterations = 20'000;

/// Rules, and how often each evaluates a game of N agents in an iteration.
struct Compared {
  UpdateRule rule;
  bool by_agent = false;
  int evaluations = 1;
};
constexpr std::array<Compared, 9> compared = {{{UpdateRule::natural_policy_gradient},
                                               {UpdateRule::optimistic},
                                               {UpdateRule::predictive, false, 2},
                                               {UpdateRule::magnetic},
                                               {UpdateRule::alternating, true},
                                               {UpdateRule::anderson},
                                               {UpdateRule::logit_response},
                                               {UpdateRule::policy_gradient},
                                               {UpdateRule::replicator}}};

std::vector<Population> populations_of(std::size_t count, std::uint64_t seed) {
  NormalFormFamily general = normal_form_family(NormalFormKind::uniform);
  general.actions = {3, 3, 3};
  general.low = 0;
  NormalFormFamily teams = normal_form_family(NormalFormKind::identical_interest);
  teams.actions = {5, 5};
  teams.low = 0;
  NetworkFamily network;
  network.graph = Graph::ring;
  network.payoffs = NetworkPayoffs::zero_sum;
  network.agents = 8;
  network.actions = {3};
  MarkovFamily markov = markov_family(MarkovKind::random);
  markov.states = 4;
  markov.actions = {3};
  markov.discount = 0.8;
  return {{"general-sum, 3x3x3", draw_games(general, count, seed)},
          {"teams, 5x5", draw_games(teams, count, seed)},
          {"zero-sum rings of 8", draw_games(network, count, seed)},
          {"Markov, 4 states", draw_games(markov, count, seed)}};
}

/// What became of one population under one rule.
struct Outcome {
  std::size_t runs = 0;
  std::size_t done = 0;
  double median = 0;  ///< iterations, of those that did not converge as many as they made
};

/// What the sources of the rules say of them, in numbers.
void expect_savings(Study& study, const std::vector<Population>& populations,
                    const std::vector<std::vector<Outcome>>& outcomes) {
  const auto at = [&](UpdateRule rule, std::size_t p) -> const Outcome& {
    const auto* found =
        std::find_if(compared.begin(), compared.end(), [&](const Compared& each) { return each.rule == rule; });
    return outcomes[static_cast<std::size_t>(found - compared.begin())][p];
  };
  constexpr UpdateRule npg = UpdateRule::natural_policy_gradient;
  constexpr std::size_t networks = 2;
  for (const UpdateRule rule : {UpdateRule::optimistic, UpdateRule::predictive}) {
    const double saved = at(npg, networks).median / at(rule, networks).median;
    study.expect(saved > 3, fmt::format("{}: {} takes {:.1f} times fewer iterations than npg, by the medians",
                                        populations[networks].name, to_string(rule), saved));
  }
  for (std::size_t p = 0; p < populations.size(); ++p) {
    const Outcome& plain = at(npg, p);
    const Outcome& fast = at(UpdateRule::anderson, p);
    study.expect(fast.done >= plain.done, fmt::format("{}: {} of {} runs converge with anderson, {} with npg",
                                                      populations[p].name, fast.done, fast.runs, plain.done));
    study.note(fmt::format("{}: anderson takes {:.1f} times fewer iterations than npg, by the medians",
                           populations[p].name, plain.median / fast.median));
  }
}

/// Zero-sum games of two agents: how iterations grow as the temperature falls. Cen, Wei and Chi promise O(1 / tau) for
/// the two rules that extrapolate, Sokota et al. O(1 / tau^2) for NPG and mirror descent at the certified step.
void compare_growth(Study& study) {
  NormalFormFamily family = normal_form_family(NormalFormKind::zero_sum);
  family.actions = {3, 3};
  const std::size_t count = study.games(20, 6);
  std::vector<double> taus = {0.2, 0.1, 0.05, 0.02, 0.01};
  if (study.options().quick) taus.resize(3);
  Sweep sweep;
  sweep.tau.clear();
  for (const double each : taus) sweep.tau.push_back({each});
  Settings settings;
  settings.gap_tolerance = 1e-8;
  settings.max_iterations = 10'000'000;

  figure::Figure figure{"Zero-sum games: iterations to a gap of 1e-8"};
  figure::Panel& panel = figure.panels.emplace_back(figure::Panel{"3x3, automatic steps"});
  panel.x = {"temperature", figure::Scale::log};
  panel.y = {"iterations", figure::Scale::log};
  for (const UpdateRule rule :
       {UpdateRule::natural_policy_gradient, UpdateRule::magnetic, UpdateRule::optimistic, UpdateRule::predictive}) {
    const std::string name(to_string(rule));
    settings.rule = rule;
    study.begin(sweep, settings, count, "zero-sum-" + name);
    const Batch batch = study.solve(draw_games(family, count, study.options().seed));
    figure::Series& series = panel.series.emplace_back(figure::Series{name});
    series.shape = figure::Shape::line_with_markers;
    std::vector<double> x;
    std::vector<double> y;
    for (std::size_t t = 0; t < taus.size(); ++t) {
      const std::vector<double> iterations = take(batch.results.iterations, batch.runs_at(t));
      series.x.push_back(taus[t]);
      series.y.push_back(quantile(iterations, 0.5));
      series.low.push_back(quantile(iterations, 0.25));
      series.high.push_back(quantile(iterations, 0.75));
      x.push_back(-std::log(taus[t]));
      y.push_back(std::log(series.y.back()));
    }
    const double power = fit_line(x, y).slope;
    const bool extrapolates = rule == UpdateRule::optimistic || rule == UpdateRule::predictive;
    const std::size_t done = static_cast<std::size_t>(
        std::count(batch.results.status.begin(), batch.results.status.end(), Status::converged));
    study.expect(done == batch.results.size() && power < (extrapolates ? 1.2 : 2.2),
                 fmt::format("zero-sum, 3x3: {} of {} runs converge with {}, in iterations that grow as tau^-{:.2f}",
                             done, batch.results.size(), name, power));
  }
  study.draw("zero-sum", figure);
}

void run(Study& study) {
  const std::vector<Population> populations = populations_of(study.games(100, 8), study.options().seed);
  std::size_t games = 0;
  for (const Population& population : populations) games += population.games.size();
  Sweep sweep;
  sweep.tau = {{tau}};
  Settings settings;
  settings.max_iterations = most_iterations;
  settings.gap_every = 1;
  settings.gap_tolerance = tolerance;

  figure::Figure figure{"Update rules with their automatic steps, tau 0.1: the median gap"};
  figure.columns = 2;
  for (const Population& population : populations) {
    figure::Panel& panel = figure.panels.emplace_back(figure::Panel{population.name});
    panel.x = {"iteration", figure::Scale::log, 1.0, static_cast<double>(most_iterations)};
    panel.y = {"QRE gap", figure::Scale::log, tolerance};
  }
  Table table{{"games", "rule", "runs", "converged", "iterations", "90 % within", "evaluations", "seconds"}, {}};
  std::vector<std::vector<Outcome>> outcomes;
  for (const Compared& each : compared) {
    settings.rule = each.rule;
    const bool is_npg = each.rule == UpdateRule::natural_policy_gradient;
    study.begin(sweep, settings, games, is_npg ? "results" : std::string(to_string(each.rule)));
    outcomes.emplace_back();
    for (std::size_t p = 0; p < populations.size(); ++p) {
      const Batch batch = study.solve(populations[p].games);
      const std::vector<std::size_t> runs = batch.runs_at(0);
      const std::vector<double> iterations = take(batch.results.iterations, runs);
      const Outcome outcome{runs.size(), converged(batch.results, runs).size(), quantile(iterations, 0.5)};
      outcomes.back().push_back(outcome);
      const auto evaluations = static_cast<double>(each.by_agent ? agents_of(batch.games.front())
                                                                 : static_cast<std::size_t>(each.evaluations));
      table.rows.push_back({populations[p].name, std::string(to_string(each.rule)), static_cast<double>(outcome.runs),
                            static_cast<double>(outcome.done), outcome.median, quantile(iterations, 0.9), evaluations,
                            batch.results.solve_seconds});
      figure::Series& course = figure.panels[p].series.emplace_back(
          gap_course(std::string(to_string(each.rule)), batch.results, runs, by_ratio_to(most_iterations)));
      course.low.clear();  // nine bands hide each other
      course.high.clear();
    }
  }
  std::stable_sort(table.rows.begin(), table.rows.end(), [&](const auto& first, const auto& second) {
    const auto place = [&](const Cell& cell) {
      return std::find_if(populations.begin(), populations.end(),
                          [&](const Population& each) { return each.name == std::get<std::string>(cell); });
    };
    return place(first[0]) < place(second[0]);
  });
  study.draw("rules", figure);
  study.set_summary(std::move(table));
  expect_savings(study, populations, outcomes);
  compare_growth(study);
}

}  // namespace

const Experiment rules = {"rules",
                          "All update rules on games of all classes, tau 0.1, with their automatic steps: iterations\n"
                          "and seconds to a gap of 1e-12, and what each iteration costs. Plain NPG is in `entropy`.\n"
                          "And how iterations grow in zero-sum games as the temperature falls.",
                          true, false, run};

}  // namespace quantal::experiment
