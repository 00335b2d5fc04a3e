#include "host/qre_branches.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <variant>

#include "host/payoff_response.hpp"

namespace quantal {

namespace {

// The branch is followed at lambda = 10^(k / steps_a_decade), so many steps in one call of the solver.
constexpr int steps_a_decade = 20;
constexpr int steps_at_a_time = 10;
constexpr double first_step = 1e-3;  // in units of 1 / (largest payoff difference)

constexpr double least_probability = 1e-300;  // of a policy to start from
constexpr double large_change = 0.25;         // of a policy between two steps, in total variation

double lambda_at(int k) {
  return std::pow(10.0, static_cast<double>(k) / steps_a_decade);
}

/// The last k with lambda_at(k) <= lambda.
int step_below(double lambda) {
  return static_cast<int>(std::floor(steps_a_decade * std::log10(lambda) + 1e-9));
}

double spread(std::span<const double> numbers) {
  const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
  return numbers.empty() ? 0 : *most - *least;
}

/// The most by which an agent's payoffs or values may differ.
double payoff_difference(const NormalFormGame& game) {
  const std::size_t joint = joint_actions(game.actions);
  double largest = 0;
  for (std::size_t i = 0; i < game.actions.size(); ++i) {
    largest = std::max(largest, spread(std::span(game.payoffs).subspan(i * joint, joint)));
  }
  return largest;
}

double payoff_difference(const PolymatrixGame& game) {
  std::vector<double> of_agent(game.actions.size(), 0.0);
  std::span<const double> payoffs = game.payoffs;
  for (const PolymatrixEdge& edge : game.edges) {
    const std::size_t size = edge_matrix_size(game, edge);
    for (const auto& [agent, pays] :
         {std::pair(edge.first, edge.pays_first), std::pair(edge.second, edge.pays_second)}) {
      if (!pays) continue;
      of_agent[static_cast<std::size_t>(agent)] += spread(payoffs.first(size));
      payoffs = payoffs.subspan(size);
    }
  }
  return *std::max_element(of_agent.begin(), of_agent.end());
}

double payoff_difference(const MarkovGame& game) {
  const std::size_t rows = game.rewards.size() / static_cast<std::size_t>(game.agents());
  double largest = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(game.agents()); ++i) {
    largest = std::max(largest, spread(std::span(game.rewards).subspan(i * rows, rows)));
  }
  return largest / (1 - game.discount);
}

/// sum of counts times log softmax(lambda payoffs), agent by agent and state by state. At a QRE these are its policies;
/// unlike the logarithms of policies that are good to 1e-11, they are exact where a probability is smaller than that.
double log_likelihood_of(const Game& game, std::span<const double> counts, std::span<const double> payoffs,
                         double lambda) {
  double sum = 0;
  for (const int actions : actions_of(game)) {
    const std::span<const double> own = payoffs.first(static_cast<std::size_t>(actions));
    const double most = *std::max_element(own.begin(), own.end());
    double normaliser = 0;
    for (const double payoff : own) normaliser += std::exp(lambda * (payoff - most));
    for (std::size_t a = 0; a < own.size(); ++a) {
      if (counts[a] > 0) sum += counts[a] * (lambda * (own[a] - most) - std::log(normaliser));
    }
    counts = counts.subspan(own.size());
    payoffs = payoffs.subspan(own.size());
  }
  return sum;
}

/// The largest total variation between an agent's two policies, of a Markov game in any state.
double largest_change(const Game& game, std::span<const double> before, std::span<const double> after) {
  double largest = 0;
  for (const int actions : actions_of(game)) {
    double sum = 0;
    for (std::size_t a = 0; a < static_cast<std::size_t>(actions); ++a) sum += std::fabs(after[a] - before[a]);
    largest = std::max(largest, sum / 2);
    before = before.subspan(static_cast<std::size_t>(actions));
    after = after.subspan(static_cast<std::size_t>(actions));
  }
  return largest;
}

}  // namespace

QreBranches::QreBranches(std::span<const Game> games, std::span<const std::vector<double>> counts,
                         const FitSettings& settings)
    : games_(games), counts_(counts), settings_(settings.solve), steps_(games.size()) {
  settings_.keep_action_values = true;
  std::vector<double> differences;
  for (const Game& game : games) {
    const double difference = std::visit([](const auto& each) { return payoff_difference(each); }, game);
    differences.push_back(difference > 0 ? difference : 1);
  }
  first_ = step_below(first_step / *std::max_element(differences.begin(), differences.end()));
  std::vector<int> last;
  for (const double difference : differences) last.push_back(step_below(settings.reach / difference));
  std::vector<std::size_t> unfinished(games.size());
  std::iota(unfinished.begin(), unfinished.end(), std::size_t{0});
  for (int from = first_; !unfinished.empty(); from += steps_at_a_time) {
    follow(unfinished, from, last);
    std::erase_if(unfinished, [&](std::size_t g) {
      const int next = first_ + static_cast<int>(steps(g));
      return next < from + steps_at_a_time || next > last[g];
    });
  }
}

double QreBranches::lambda(std::size_t step) const {
  return lambda_at(first_ + static_cast<int>(step));
}

double QreBranches::log_likelihood_of_chance(std::size_t g) const {
  double sum = 0;
  for_observed(games_[g], counts_[g], [&](std::span<const double> own, double count) {
    sum -= count * std::log(static_cast<double>(own.size()));
  });
  return sum;
}

std::optional<std::size_t> QreBranches::jump(std::size_t g) const {
  for (std::size_t step = 0; step + 1 < steps(g); ++step) {
    const double change = largest_change(games_[g], steps_[g][step].policies, steps_[g][step + 1].policies);
    if (change > large_change) return step;
  }
  return std::nullopt;
}

Results QreBranches::solve_at(std::span<const Point> points) const {
  std::vector<Run> runs;
  for (const Point& point : points) {
    const int below = point.lambda > 0 ? step_below(point.lambda) - first_ : -1;
    const int step = std::min(below, static_cast<int>(steps(point.game)) - 1);
    runs.push_back(run_at(point, step));
  }
  return solved(runs);
}

double QreBranches::log_likelihood(const Point& point, const Results& results, std::size_t run) const {
  if (results.status[run] != Status::converged) return -std::numeric_limits<double>::infinity();
  const Game& game = games_[point.game];
  const std::vector<double>& counts = counts_[point.game];
  if (std::holds_alternative<MarkovGame>(game)) {
    return log_likelihood_of(game, counts, results.action_values_of(run), point.lambda);
  }
  return log_likelihood_of(game, counts, expected_payoffs(game, results.policies_of(run)).rbar, point.lambda);
}

/// From the policies of that step; before the first one uniform.
Run QreBranches::run_at(const Point& point, int step) const {
  Run run;
  run.game = point.game;
  run.tau = 1 / point.lambda;
  if (step >= 0) {
    for (const double p : steps_[point.game][static_cast<std::size_t>(step)].policies) {
      run.initial_policies.push_back(std::max(p, least_probability));
    }
  }
  return run;
}

/// The next steps of some games' branches, from k = `from` on, `last` being that of each game.
void QreBranches::follow(std::span<const std::size_t> games, int from, std::span<const int> last) {
  std::vector<Run> runs;
  for (const std::size_t g : games) {
    const int end = std::min(from + steps_at_a_time, last[g] + 1);
    for (int k = from; k < end; ++k) {
      runs.push_back(run_at({g, lambda_at(k)}, k == from ? static_cast<int>(steps(g)) - 1 : -1));
      if (k > from) runs.back().after = runs.size() - 2;
    }
  }
  const Results results = solved(runs);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (results.status[r] != Status::converged) {
      // What comes after a QRE that was not found is not on the branch.
      while (r + 1 < runs.size() && runs[r + 1].after) ++r;
      continue;
    }
    std::vector<Step>& branch = steps_[runs[r].game];
    const std::span<const double> policies = results.policies_of(r);
    const Point point{runs[r].game, lambda(branch.size())};
    branch.push_back({{policies.begin(), policies.end()}, log_likelihood(point, results, r)});
  }
}

Results QreBranches::solved(std::span<const Run> runs) const {
  Results results = solve(games_, runs, settings_);
  if (!results.failure.empty()) throw BackendError(results.failure);
  return results;
}

}  // namespace quantal
