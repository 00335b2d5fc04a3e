#include "host/qre_branches.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <variant>

#include "host/own_difference.hpp"
#include "host/payoff_response.hpp"

namespace quantal {

namespace {

// Steps are at lambda = 10^(k / steps_a_decade), k an integer, and cut into parts where the branch bends.
constexpr int steps_a_decade = 20;
constexpr int parts = 16;
constexpr int strides_to_lengthen = 8;  // so many in a row that went well
constexpr double first_step = 1e-3;     // in units of 1 / (largest difference that an action makes)

constexpr double least_probability = 1e-300;  // of a policy to start from
constexpr double most_surprise = 0.05;        // a policy that is found, from where it was expected, in total variation

double lambda_at(int k, int part = 0) {
  return std::pow(10.0, (k + static_cast<double>(part) / parts) / steps_a_decade);
}

/// The last k with lambda_at(k) <= lambda.
int step_below(double lambda) {
  return static_cast<int>(std::floor(steps_a_decade * std::log10(lambda) + 1e-9));
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

/// Policies at `lambda` by the line through the logarithms at two lambdas, normalised. Log policies are lambda times
/// expected payoffs, and so nearly lines both near lambda = 0 and near an equilibrium of Nash.
std::vector<double> on_line(const Game& game, double lambda, double lambda_a, std::span<const double> a,
                            double lambda_b, std::span<const double> b) {
  const double part = (lambda - lambda_a) / (lambda_b - lambda_a);
  std::vector<double> policies;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double from = std::log(std::max(a[k], least_probability));
    const double to = std::log(std::max(b[k], least_probability));
    policies.push_back(from + part * (to - from));
  }
  std::span<double> rest = policies;
  for (const int actions : actions_of(game)) {
    const std::span<double> own = rest.first(static_cast<std::size_t>(actions));
    const double most = *std::max_element(own.begin(), own.end());
    double sum = 0;
    for (double& p : own) sum += p = std::exp(p - most);
    for (double& p : own) p = std::max(p / sum, least_probability);
    rest = rest.subspan(own.size());
  }
  return policies;
}

std::vector<double> uniform_policies(const Game& game) {
  std::vector<double> policies;
  for (const int actions : actions_of(game)) {
    policies.insert(policies.end(), static_cast<std::size_t>(actions), 1.0 / actions);
  }
  return policies;
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

/// How far a game's branch has been followed: to lambda_at(step, part), and where it was before.
struct QreBranches::Trail {
  std::size_t game;
  int last_step;
  int step;
  int part = 0;
  int stride = parts;       // a power of two
  int good_strides = 0;     // of this length, in a row
  bool jumps = false;       // next, to wherever it leads
  bool has_jumped = false;  // since `step`
  double lambda = 0;
  std::vector<double> policies;
  double lambda_before = 0;
  std::vector<double> policies_before{};  // empty at the beginning and after a jump: the next QRE is expected here
};

QreBranches::QreBranches(std::span<const Game> games, std::span<const std::vector<double>> counts,
                         const FitSettings& settings)
    : games_(games), counts_(counts), settings_(settings.solve), steps_(games.size()) {
  settings_.keep_action_values = true;
  std::vector<double> differences;
  for (const Game& game : games) {
    const double difference = own_difference(game);
    differences.push_back(difference > 0 ? difference : 1);
  }
  first_ = step_below(first_step / *std::max_element(differences.begin(), differences.end()));
  std::vector<Trail> trails;
  for (std::size_t g = 0; g < games.size(); ++g) {
    trails.push_back({.game = g,
                      .last_step = step_below(settings.reach / differences[g]),
                      .step = first_ - 1,
                      .policies = uniform_policies(games[g])});
  }
  while (!trails.empty()) follow(trails);
}

double QreBranches::lambda(std::size_t step) const {
  return lambda_at(first_ + static_cast<int>(step));
}

std::optional<double> QreBranches::jump(std::size_t g) const {
  for (std::size_t step = 1; step < steps(g); ++step) {
    if (steps_[g][step].is_after_jump) return lambda(step - 1);
  }
  return std::nullopt;
}

double QreBranches::log_likelihood_of_chance(std::size_t g) const {
  double sum = 0;
  for_observed(games_[g], counts_[g], [&](std::span<const double> own, double count) {
    sum -= count * std::log(static_cast<double>(own.size()));
  });
  return sum;
}

/// From the steps around it.
QreBranches::Expectation QreBranches::expected_at(const Point& point) const {
  const Game& game = games_[point.game];
  const std::vector<Step>& branch = steps_[point.game];
  const int below = point.lambda > 0 ? step_below(point.lambda) - first_ : -1;
  const std::size_t next = std::min(static_cast<std::size_t>(std::max(below + 1, 0)), branch.size());
  const std::vector<double> from = next == 0 ? uniform_policies(game) : branch[next - 1].found.policies;
  if (next == branch.size() || branch[next].is_after_jump) return {from, 1};
  const std::vector<double>& to = branch[next].found.policies;
  return {on_line(game, point.lambda, next == 0 ? 0 : lambda(next - 1), from, lambda(next), to),
          most_surprise + largest_change(game, from, to)};
}

std::vector<QreBranches::Equilibrium> QreBranches::equilibria(std::span<const Point> points) const {
  std::vector<std::vector<double>> starts;
  std::vector<double> most_changes;
  for (const Point& point : points) {
    Expectation expected = expected_at(point);
    starts.push_back(std::move(expected.policies));
    most_changes.push_back(expected.most_change);
  }
  std::vector<Equilibrium> found = solved(points, starts);
  for (std::size_t k = 0; k < found.size(); ++k) {
    const bool is_near = largest_change(games_[points[k].game], starts[k], found[k].policies) <= most_changes[k];
    if (!is_near) found[k].log_likelihood = -std::numeric_limits<double>::infinity();
  }
  return found;
}

/// One stride on every trail, and drops those that have come to their end.
void QreBranches::follow(std::vector<Trail>& trails) {
  std::vector<Point> points;
  std::vector<std::vector<double>> expected;
  for (const Trail& trail : trails) {
    const Point point{trail.game, lambda_at(trail.step, trail.jumps ? parts : trail.part + trail.stride)};
    points.push_back(point);
    expected.push_back(trail.jumps || trail.policies_before.empty()
                           ? trail.policies
                           : on_line(games_[trail.game], point.lambda, trail.lambda_before, trail.policies_before,
                                     trail.lambda, trail.policies));
  }
  std::vector<Equilibrium> found = solved(points, expected);
  for (std::size_t k = 0; k < trails.size(); ++k) {
    Trail& trail = trails[k];
    const bool is_found = std::isfinite(found[k].log_likelihood);
    const bool is_near =
        is_found && largest_change(games_[trail.game], expected[k], found[k].policies) <= most_surprise;
    if (!is_near && !trail.jumps) {
      trail.jumps = trail.stride == 1;
      trail.stride = std::max(trail.stride / 2, 1);
      trail.good_strides = 0;
      continue;
    }
    if (!is_found) {
      trail.last_step = trail.step;
      continue;
    }
    trail.lambda_before = trail.lambda;
    trail.policies_before = std::move(trail.policies);
    trail.lambda = points[k].lambda;
    trail.policies = found[k].policies;
    if (trail.jumps) {
      trail.policies_before.clear();
      trail.jumps = false;
      trail.has_jumped = true;
      trail.part = parts;
      trail.stride = parts;
    } else {
      trail.part += trail.stride;
    }
    if (trail.part == parts) {
      steps_[trail.game].push_back({std::move(found[k]), trail.has_jumped});
      trail.has_jumped = false;
      trail.part = 0;
      ++trail.step;
    }
    if (++trail.good_strides >= strides_to_lengthen && trail.part % (2 * trail.stride) == 0 && trail.stride < parts) {
      trail.stride *= 2;
      trail.good_strides = 0;
    }
  }
  std::erase_if(trails, [](const Trail& trail) { return trail.step >= trail.last_step; });
}

/// The QREs that the solver finds from policies `from` (points).
std::vector<QreBranches::Equilibrium> QreBranches::solved(std::span<const Point> points,
                                                          std::span<const std::vector<double>> from) const {
  std::vector<Run> runs(points.size());
  for (std::size_t r = 0; r < runs.size(); ++r) {
    runs[r].game = points[r].game;
    runs[r].tau = 1 / points[r].lambda;
    runs[r].initial_policies = from[r];
  }
  const Results results = solve(games_, runs, settings_);
  if (!results.failure.empty()) throw BackendError(results.failure);
  std::vector<Equilibrium> found;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const std::span<const double> policies = results.policies_of(r);
    found.push_back({{policies.begin(), policies.end()}, -std::numeric_limits<double>::infinity()});
    if (results.status[r] != Status::converged) continue;
    const Game& game = games_[points[r].game];
    const std::vector<double>& counts = counts_[points[r].game];
    found.back().log_likelihood =
        std::holds_alternative<MarkovGame>(game)
            ? log_likelihood_of(game, counts, results.action_values_of(r), points[r].lambda)
            : log_likelihood_of(game, counts, expected_payoffs(game, policies).rbar, points[r].lambda);
  }
  return found;
}

}  // namespace quantal
