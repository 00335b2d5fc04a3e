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
#include "quantal/generate.hpp"

namespace quantal::experiment {

namespace {

const std::vector<double> taus = {0, 0.05, 0.1, 0.2, 0.3};  // 0: plain NPG, whose gap is the Nash gap
constexpr double eta = 0.05;
constexpr double tolerance = 1e-14;
constexpr std::int64_t most_iterations = 20'000;

std::vector<Game> random_teams(std::size_t count, std::uint64_t seed) {
  NormalFormFamily family = normal_form_family(NormalFormKind::identical_interest);
  family.actions = {5, 5};
  family.low = 0;
  return draw_games(family, count, seed);
}

struct Panel {
  std::string name;
  std::vector<Game> games;
  bool alike = false;  ///< all agents start from the uniform policy, else each from a random one of its own
};

/// Start 0 is uniform, the others are random.
std::vector<std::size_t> runs_at(const Batch& batch, std::size_t t, bool alike) {
  std::vector<std::size_t> runs;
  for (std::size_t game = 0; game < batch.games.size(); ++game) {
    if (alike) runs.push_back(batch.run(game, t));
    for (std::size_t start = 1; start < batch.starts && !alike; ++start) runs.push_back(batch.run(game, t, start));
  }
  return runs;
}

/// How the median gap falls towards the end: ln of it against ln of the iteration, over the last decade of updates.
double power_of(const Results& results, std::span<const std::size_t> runs, std::int64_t last) {
  std::vector<double> x;
  std::vector<double> y;
  for (const std::int64_t iteration : by_ratio_to(last)) {
    if (iteration < last / 10) continue;
    std::vector<double> gaps;
    for (const std::size_t run : runs) gaps.push_back(gap_after(results, run, iteration));
    const double gap = quantile(std::move(gaps), 0.5);
    if (!(gap > 0)) continue;
    x.push_back(std::log(static_cast<double>(iteration)));
    y.push_back(std::log(gap));
  }
  return fit_line(x, y).slope;
}

void add_rows(Table& table, const Panel& panel, const Batch& batch) {
  for (std::size_t t = 0; t < taus.size(); ++t) {
    const std::vector<std::size_t> runs = runs_at(batch, t, panel.alike);
    const std::vector<double> iterations = take(batch.results.iterations, runs);
    table.rows.push_back({panel.name, taus[t], static_cast<double>(runs.size()),
                          static_cast<double>(converged(batch.results, runs).size()), quantile(iterations, 0.5),
                          quantile(iterations, 0.9), quantile(take(batch.results.qre_gap, runs), 0.5),
                          quantile(take(batch.results.nash_gap, runs), 0.5)});
  }
}

figure::Panel gap_panel(const Panel& of, const Batch& batch, std::int64_t last) {
  figure::Panel panel{of.name};
  panel.x = {"iteration", figure::Scale::log, 1.0, static_cast<double>(last)};
  panel.y = {"QRE gap (τ = 0: Nash gap)", figure::Scale::log, 1e-13};
  const std::vector<std::int64_t> iterations = by_ratio_to(last);
  for (std::size_t t = 0; t < taus.size(); ++t) {
    panel.series.push_back(
        gap_course(fmt::format("τ = {}", to_text(taus[t])), batch.results, runs_at(batch, t, of.alike), iterations));
  }
  return panel;
}

/// Entropy makes runs converge that do not without, and takes none away.
void expect_convergence(Study& study, const Panel& panel, const Batch& batch) {
  const auto share_of = [](std::size_t done, std::size_t runs) {
    return static_cast<double>(done) / static_cast<double>(runs);
  };
  const std::vector<std::size_t> plain = runs_at(batch, 0, panel.alike);
  const std::size_t plain_done = converged(batch.results, plain).size();
  std::size_t runs = 0;
  std::size_t done = 0;
  for (std::size_t t = 1; t < taus.size(); ++t) {
    const std::vector<std::size_t> of_temperature = runs_at(batch, t, panel.alike);
    runs += of_temperature.size();
    done += converged(batch.results, of_temperature).size();
  }
  study.expect(share_of(done, runs) >= share_of(plain_done, plain.size()),
               fmt::format("{}: with entropy {} of {} runs converge within {} updates, without it {} of {}", panel.name,
                           done, runs, most_iterations, plain_done, plain.size()));
}

/// The Nash gap that entropy leaves, which plain NPG closes where it converges at all.
void expect_bias(Study& study, const Panel& panel, const Batch& batch) {
  std::vector<double> left;
  for (std::size_t t = 0; t < taus.size(); ++t) {
    left.push_back(quantile(take(batch.results.nash_gap, runs_at(batch, t, panel.alike)), 0.5));
  }
  const bool least_first = left[0] < left[1] && *std::min_element(left.begin() + 1, left.end()) == left[1];
  study.expect(least_first,
               fmt::format("{}: entropy leaves a Nash gap, the least at the least temperature: {} for tau = {}",
                           panel.name, list(left), list(taus)));
}

/// An equilibrium that is not strict: the less likely a mistake is, the less it costs.
void tell_pitfall(Study& study, const Panel& panel, const Batch& batch) {
  const double power = power_of(batch.results, runs_at(batch, 0, true), most_iterations);
  study.expect(power < -1 && power > -4,
               fmt::format("{}: without entropy the gap falls as a power of the iteration, k^{:.2f}, not linearly",
                           panel.name, power));
  const std::size_t run = batch.run(0, 1);
  const double early = decay(batch.results, run, 1e-6, 1e-9);
  const double late = decay(batch.results, run, 1e-9, 1e-13);
  constexpr double alike = 0.05;
  study.expect(
      std::abs(late / early - 1) < alike,
      fmt::format("{}: with tau = {} it falls linearly, by a factor of {:.5f} an update from 1e-6 to 1e-9 and of "
                  "{:.5f} from there to 1e-13",
                  panel.name, taus[1], std::exp(early), std::exp(late)));
}

/// A zero-sum game, around whose equilibrium plain NPG goes.
void tell_pennies(Study& study, const Panel& panel, const Batch& batch) {
  std::vector<double> growth;
  for (const std::size_t run : runs_at(batch, 0, false)) {
    growth.push_back(batch.results.qre_gap[run] / gap_after(batch.results, run, 0));
  }
  study.expect(
      quantile(growth, 0.5) > 0.5,
      fmt::format("{}: without entropy the last policies come no nearer: the Nash gap after {} updates is {:.3g} "
                  "times the first one, by the median",
                  panel.name, most_iterations, quantile(growth, 0.5)));
}

void run(Study& study) {
  Sweep sweep;
  sweep.tau.clear();
  for (const double tau : taus) sweep.tau.push_back({tau});
  sweep.eta = {eta};
  sweep.starts = 1 + study.starts(8, 3);
  Settings settings;
  settings.max_iterations = most_iterations;
  settings.gap_every = 1;
  settings.gap_tolerance = tolerance;
  const std::vector<Panel> panels = {{"coordination", {coordination()}},
                                     {"random teams, 5x5", random_teams(study.games(10, 3), study.options().seed)},
                                     {"common pitfall, agents start alike", {common_pitfall()}, true},
                                     {"matching pennies", {matching_pennies()}}};
  std::size_t games = 0;
  for (const Panel& panel : panels) games += panel.games.size();
  study.begin(sweep, settings, games);

  figure::Figure figure{"NPG with and without entropy, step size 0.05: median and middle half of all starts"};
  figure.columns = 2;
  Table table{{"game", "tau", "runs", "converged", "iterations", "90 % within", "QRE gap", "Nash gap"}, {}};
  std::vector<Batch> batches;
  for (const Panel& panel : panels) {
    const Batch& batch = batches.emplace_back(study.solve(panel.games));
    figure.panels.push_back(gap_panel(panel, batch, most_iterations));
    add_rows(table, panel, batch);
    expect_convergence(study, panel, batch);
  }
  study.draw("entropy", figure);
  study.set_summary(std::move(table));

  expect_bias(study, panels[0], batches[0]);
  expect_bias(study, panels[1], batches[1]);
  tell_pitfall(study, panels[2], batches[2]);
  tell_pennies(study, panels[3], batches[3]);
}

}  // namespace

const Experiment entropy = {
    "entropy",
    "NPG with and without entropy (tau = 0) from random starts, step size 0.05: two by two\n"
    "coordination, random teams, a team whose equilibrium is not strict, matching pennies. What\n"
    "entropy costs, a Nash gap, and what it gives, linear convergence of the policies.",
    true, true, run};

}  // namespace quantal::experiment
