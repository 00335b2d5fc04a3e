#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "host/experiment/statistics.hpp"
#include "host/experiment/study.hpp"
#include "quantal/generate.hpp"

namespace quantal::experiment {

namespace {

constexpr double tau = 1;
constexpr double eta = 0.1;  // 1 - discount of the Markov games, the largest that they take

/// Games that grow along one of their dimensions.
struct Growth {
  std::string name;       ///< of the games
  std::string dimension;  ///< "agents"
  std::vector<int> sizes;
  std::function<Game(int size, std::uint64_t index)> draw;
};

struct Point {
  int size = 0;
  double payoffs = 0;
  double iterations = 0;  // median, and what one run in ten is below and above
  double few = 0;
  double many = 0;
  double microseconds = 0;  // of wall time by update of a game
  std::size_t runs = 0;
  std::size_t converged = 0;
};

/// Payoffs, or rewards and transition probabilities, that an update reads.
double numbers_in(const Game& game) {
  if (const auto* normal = std::get_if<NormalFormGame>(&game)) return static_cast<double>(normal->payoffs.size());
  if (const auto* network = std::get_if<PolymatrixGame>(&game)) return static_cast<double>(network->payoffs.size());
  const auto& markov_game = std::get<MarkovGame>(game);
  return static_cast<double>(markov_game.rewards.size() + markov_game.transitions.size());
}

std::vector<Growth> growths(std::uint64_t seed, bool quick) {
  const auto upto = [quick](std::vector<int> sizes) {
    if (quick) sizes.resize(3);
    return sizes;
  };
  const auto uniform = [seed](std::vector<int> actions, std::uint64_t index) -> Game {
    NormalFormFamily family = normal_form_family(NormalFormKind::uniform);
    family.actions = std::move(actions);
    family.seed = seed;
    return generate(family, index);
  };
  const auto ring = [seed](int agents, std::uint64_t index) -> Game {
    NetworkFamily family;
    family.payoffs = NetworkPayoffs::random;
    family.agents = agents;
    family.seed = seed;
    return generate(family, index);
  };
  const auto random_markov = [seed](int states, std::uint64_t index) -> Game {
    MarkovFamily family = quantal::markov_family(MarkovKind::random);
    family.states = states;
    family.next_states = std::min(states, 4);
    family.low = -0.1;
    family.high = 0.1;
    family.seed = seed;
    return generate(family, index);
  };
  return {
      {"normal form, 2 actions", "agents", upto({2, 3, 4, 6, 8, 10, 12, 14}),
       [=](int agents, std::uint64_t index) {
         return uniform(std::vector<int>(static_cast<std::size_t>(agents), 2), index);
       }},
      {"ring, 2 actions", "agents", upto({4, 8, 16, 32, 64, 128, 256, 512, 1024}), ring},
      {"normal form, 2 agents", "actions", upto({2, 4, 8, 16, 32, 64, 128, 256, 512}),
       [=](int actions, std::uint64_t index) {
         return uniform({actions, actions}, index);
       }},
      {"Markov, 2 agents, 2 actions", "states", upto({2, 4, 8, 16, 32, 64, 128, 256}), random_markov},
  };
}

/// Enough games of a size for their time to be measured, few enough for it to be short.
std::size_t games_at(double numbers, std::size_t most) {
  constexpr double numbers_in_all = 1e6;
  constexpr double least = 4;
  return static_cast<std::size_t>(std::clamp(numbers_in_all / numbers, least, static_cast<double>(most)));
}

Point measure(Study& study, const Growth& growth, int size, std::size_t most) {
  std::vector<Game> games = {growth.draw(size, 0)};
  const double numbers = numbers_in(games.front());
  for (std::uint64_t k = 1; k < games_at(numbers, most); ++k) games.push_back(growth.draw(size, k));
  const Batch batch = study.solve(std::move(games));
  const std::vector<std::size_t> runs = batch.runs_at(0);
  const std::vector<double> iterations = take(batch.results.iterations, runs);
  double all = 0;
  for (const double each : iterations) all += each;
  return {size,
          numbers,
          quantile(iterations, 0.5),
          quantile(iterations, 0.1),
          quantile(iterations, 0.9),
          1e6 * batch.results.solve_seconds / std::max(all, 1.0),
          runs.size(),
          converged(batch.results, runs).size()};
}

/// A panel for each dimension.
figure::Figure draw_growths(std::string title, const std::string& y_title, const std::vector<Growth>& all,
                            const std::vector<std::vector<Point>>& points, double Point::*number, bool band) {
  figure::Figure figure{std::move(title)};
  for (std::size_t g = 0; g < all.size(); ++g) {
    if (figure.panels.empty() || figure.panels.back().x.title != all[g].dimension) {
      figure.panels.push_back({fmt::format("more {}", all[g].dimension),
                               {all[g].dimension, figure::Scale::log},
                               {y_title, figure::Scale::log}});
    }
    figure::Series series{all[g].name};
    series.shape = figure::Shape::line_with_markers;
    for (const Point& point : points[g]) {
      series.x.push_back(point.size);
      series.y.push_back(point.*number);
      if (band) series.low.push_back(point.few);
      if (band) series.high.push_back(point.many);
    }
    figure.panels.back().series.push_back(std::move(series));
  }
  return figure;
}

/// Of the time by update against the payoffs, over the larger half of the sizes.
double exponent(const std::vector<Point>& points) {
  std::vector<double> x;
  std::vector<double> y;
  for (std::size_t k = points.size() / 2; k < points.size(); ++k) {
    x.push_back(std::log(points[k].payoffs));
    y.push_back(std::log(points[k].microseconds));
  }
  return fit_line(x, y).slope;
}

void tell(Study& study, const Growth& growth, const std::vector<Point>& points) {
  const auto [fewest, most] = std::minmax_element(
      points.begin(), points.end(), [](const Point& a, const Point& b) { return a.iterations < b.iterations; });
  study.note(
      fmt::format("{}: from {} to {} {} the median run takes {:.0f} to {:.0f} iterations; the time of an update "
                  "grows as the payoffs to the power {:.2f}",
                  growth.name, points.front().size, points.back().size, growth.dimension, fewest->iterations,
                  most->iterations, exponent(points)));
}

void run(Study& study) {
  const bool quick = study.options().quick;
  const std::size_t most = study.games(2000, 20);
  const std::vector<Growth> all = growths(study.options().seed, quick);
  Sweep sweep;
  sweep.tau = {{tau}};
  sweep.eta = {eta};
  Settings settings;
  settings.max_iterations = 20'000;
  std::size_t games = 0;
  for (const Growth& growth : all) {
    for (const int size : growth.sizes) games += games_at(numbers_in(growth.draw(size, 0)), most);
  }
  study.begin(sweep, settings, games);

  Table table{{"games", "size", "of", "payoffs", "runs", "converged", "iterations", "10 % within", "90 % within",
               "us an update"},
              {}};
  std::vector<std::vector<Point>> points;
  std::size_t runs = 0;
  std::size_t done = 0;
  for (const Growth& growth : all) {
    std::vector<Point>& of_growth = points.emplace_back();
    for (const int size : growth.sizes) {
      const Point& p = of_growth.emplace_back(measure(study, growth, size, most));
      table.rows.push_back({growth.name, static_cast<double>(size), growth.dimension, p.payoffs,
                            static_cast<double>(p.runs), static_cast<double>(p.converged), p.iterations, p.few, p.many,
                            p.microseconds});
      runs += p.runs;
      done += p.converged;
    }
    tell(study, growth, of_growth);
  }
  study.draw("iterations", draw_growths("Iterations at τ = 1, η = 0.1: median and 80 % of games", "iterations", all,
                                        points, &Point::iterations, true));
  study.draw("time", draw_growths("Wall time, whole batches on all cores", "µs by update of a game", all, points,
                                  &Point::microseconds, false));
  study.set_summary(std::move(table));
  study.expect(done == runs, fmt::format("every run converges: {} of {}", done, runs));
}

}  // namespace

const Experiment scaling = {"scaling",
                            "Random games at tau = 1, step size 0.1, with more and more agents, actions and states:\n"
                            "iterations, and wall time by update, measured on this machine.",
                            true, false, run};

}  // namespace quantal::experiment
