#include "quantal/fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <variant>

#include "host/chi_square.hpp"
#include "host/payoff_response.hpp"
#include "quantal/solve.hpp"

#include <fmt/format.h>

namespace quantal {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The branch is followed at lambda = 10^(k / steps_a_decade), so many steps in one call of the solver.
constexpr int steps_a_decade = 20;
constexpr int steps_at_a_time = 10;
constexpr double first_step = 1e-3;  // in units of 1 / (largest payoff difference)

// Points between two neighbours, and how often they are taken: around the maximum, then at both ends of the interval.
constexpr int points_between = 7;
constexpr int maximum_rounds = 6;
constexpr int interval_rounds = 5;

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

/// f(its actions' counts) for every agent, and state, with observations.
template <class F>
void for_observed(const Game& game, std::span<const double> counts, const F& f) {
  for (const int actions : actions_of(game)) {
    const std::span<const double> own = counts.first(static_cast<std::size_t>(actions));
    counts = counts.subspan(own.size());
    const double sum = std::accumulate(own.begin(), own.end(), 0.0);
    if (sum > 0) f(own, sum);
  }
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

struct Point {
  std::size_t game;
  double lambda;
};

/// The games' QREs from uniform policies upwards, and what play says of them.
class Branches {
 public:
  Branches(std::span<const Game> games, std::span<const std::vector<double>> counts, const FitSettings& settings)
      : games_(games), counts_(counts), settings_(settings.solve), steps_(games.size()) {
    settings_.keep_action_values = true;
    std::vector<double> differences;
    for (const Game& game : games) {
      const double difference = std::visit([](const auto& each) { return payoff_difference(each); }, game);
      differences.push_back(difference > 0 ? difference : 1);
    }
    first_ = step_below(first_step / *std::max_element(differences.begin(), differences.end()));
    std::vector<std::size_t> unfinished(games.size());
    std::iota(unfinished.begin(), unfinished.end(), std::size_t{0});
    for (int from = first_; !unfinished.empty(); from += steps_at_a_time) {
      const auto last_of = [&](std::size_t g) { return step_below(settings.reach / differences[g]); };
      follow(unfinished, from, last_of);
      std::erase_if(unfinished, [&](std::size_t g) {
        const int next = first_ + static_cast<int>(steps(g));
        return next < from + steps_at_a_time || next > last_of(g);
      });
    }
  }

  /// Steps of game g's branch whose QRE was found: the first ones.
  std::size_t steps(std::size_t g) const { return steps_[g].size(); }
  double lambda(std::size_t step) const { return lambda_at(first_ + static_cast<int>(step)); }
  double log_likelihood(std::size_t g, std::size_t step) const { return steps_[g][step].log_likelihood; }
  double log_likelihood_of_chance(std::size_t g) const {
    double sum = 0;
    for_observed(games_[g], counts_[g], [&](std::span<const double> own, double count) {
      sum -= count * std::log(static_cast<double>(own.size()));
    });
    return sum;
  }
  /// The first step after which a policy changes much.
  std::optional<std::size_t> jump(std::size_t g) const {
    for (std::size_t step = 0; step + 1 < steps(g); ++step) {
      const double change = largest_change(games_[g], steps_[g][step].policies, steps_[g][step + 1].policies);
      if (change > large_change) return step;
    }
    return std::nullopt;
  }

  /// The QREs at any lambdas on the way, from the step below each.
  Results solve_at(std::span<const Point> points) const {
    std::vector<Run> runs;
    for (const Point& point : points) {
      const int below = point.lambda > 0 ? step_below(point.lambda) - first_ : -1;
      const int step = std::min(below, static_cast<int>(steps(point.game)) - 1);
      runs.push_back(run_at(point, step));
    }
    return solved(runs);
  }
  double log_likelihood(const Point& point, const Results& results, std::size_t run) const {
    if (results.status[run] != Status::converged) return -infinity;
    const Game& game = games_[point.game];
    const std::vector<double>& counts = counts_[point.game];
    if (std::holds_alternative<MarkovGame>(game)) {
      return log_likelihood_of(game, counts, results.action_values_of(run), point.lambda);
    }
    return log_likelihood_of(game, counts, expected_payoffs(game, results.policies_of(run)).rbar, point.lambda);
  }

 private:
  /// A QRE of a branch.
  struct Step {
    std::vector<double> policies;
    double log_likelihood;
  };

  /// From the policies of that step; before the first one uniform.
  Run run_at(const Point& point, int step) const {
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

  /// The next steps of some games' branches, from k = `from` on.
  template <class LastOf>
  void follow(std::span<const std::size_t> games, int from, const LastOf& last_of) {
    std::vector<Run> runs;
    for (const std::size_t g : games) {
      const int end = std::min(from + steps_at_a_time, last_of(g) + 1);
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

  Results solved(std::span<const Run> runs) const {
    Results results = solve(games_, runs, settings_);
    if (!results.failure.empty()) throw BackendError(results.failure);
    return results;
  }

  std::span<const Game> games_;
  std::span<const std::vector<double>> counts_;
  Settings settings_;
  int first_ = 0;
  std::vector<std::vector<Step>> steps_;  // (G)
};

/// The log likelihood of one lambda of some games, where it is known.
class Profile {
 public:
  Profile(const Branches& branches, std::vector<std::size_t> games) : games_(std::move(games)) {
    std::size_t steps = std::numeric_limits<std::size_t>::max();
    double chance = 0;
    for (const std::size_t g : games_) {
      steps = std::min(steps, branches.steps(g));
      chance += branches.log_likelihood_of_chance(g);
    }
    samples_.push_back({0, chance});
    for (std::size_t step = 0; step < steps; ++step) {
      double sum = 0;
      for (const std::size_t g : games_) sum += branches.log_likelihood(g, step);
      samples_.push_back({branches.lambda(step), sum});
    }
  }

  const std::vector<std::size_t>& games() const { return games_; }
  const LikelihoodPoint& first() const { return samples_.front(); }
  const LikelihoodPoint& last() const { return samples_.back(); }
  /// The largest sample; up to rounding as large, the first one, lambda = 0, or else the last one.
  std::size_t best() const {
    const auto less = [](const LikelihoodPoint& a, const LikelihoodPoint& b) {
      return a.log_likelihood < b.log_likelihood;
    };
    const auto largest = std::max_element(samples_.begin(), samples_.end(), less);
    const double level = largest->log_likelihood - 1e-14 * std::fabs(first().log_likelihood);
    if (first().log_likelihood >= level) return 0;
    if (last().log_likelihood >= level) return samples_.size() - 1;
    return static_cast<std::size_t>(largest - samples_.begin());
  }
  const std::vector<LikelihoodPoint>& samples() const { return samples_; }
  const LikelihoodPoint& maximum() const { return samples_[best()]; }
  bool is_largest_at_end() const { return best() + 1 == samples_.size() && samples_.size() > 1; }

  /// Lambdas around the largest sample.
  std::vector<double> around_maximum() const {
    std::vector<double> lambdas;
    const std::size_t at = best();
    if (at > 0) add_between(at - 1, lambdas);
    if (at + 1 < samples_.size()) add_between(at, lambdas);
    return lambdas;
  }
  /// Lambdas where the likelihood crosses `level` the first time and the last time.
  std::vector<double> around_ends(double level) const {
    std::vector<double> lambdas;
    const auto [begin, end] = reaching(level);
    if (begin > 0) add_between(begin - 1, lambdas);
    if (end + 1 < samples_.size()) add_between(end, lambdas);
    return lambdas;
  }
  void add(const LikelihoodPoint& sample) {
    const auto before = [](const LikelihoodPoint& a, const LikelihoodPoint& b) { return a.lambda < b.lambda; };
    const auto place = std::lower_bound(samples_.begin(), samples_.end(), sample, before);
    if (place == samples_.end() || place->lambda != sample.lambda) samples_.insert(place, sample);
  }

  /// The vertex of the parabola through the largest sample and its neighbours, or that sample's lambda where there is
  /// none between these.
  double vertex() const {
    const std::size_t at = best();
    const double middle = samples_[at].lambda;
    if (at == 0 || at + 1 == samples_.size()) return middle;
    const double left = samples_[at - 1].lambda - middle;
    const double right = samples_[at + 1].lambda - middle;
    const double left_slope = (samples_[at - 1].log_likelihood - samples_[at].log_likelihood) / left;
    const double right_slope = (samples_[at + 1].log_likelihood - samples_[at].log_likelihood) / right;
    const double curvature = (right_slope - left_slope) / (right - left);
    const double vertex = (left + right) / 2 - (left_slope + right_slope) / (4 * curvature);
    return vertex > left && vertex < right ? middle + vertex : middle;
  }
  double lower(double level) const {
    const std::size_t begin = reaching(level).first;
    return begin == 0 ? 0 : crossing(samples_[begin - 1], samples_[begin], level);
  }
  double upper(double level) const {
    const std::size_t end = reaching(level).second;
    return end + 1 == samples_.size() ? infinity : crossing(samples_[end], samples_[end + 1], level);
  }

 private:
  /// Points between samples `at` and `at + 1`.
  void add_between(std::size_t at, std::vector<double>& lambdas) const {
    const double low = samples_[at].lambda;
    const double high = samples_[at + 1].lambda;
    for (int k = 1; k <= points_between; ++k) lambdas.push_back(low + (high - low) * k / (points_between + 1));
  }
  /// The first and the last sample of at least `level`; the largest has more.
  std::pair<std::size_t, std::size_t> reaching(double level) const {
    const auto reaches = [&](const LikelihoodPoint& sample) { return sample.log_likelihood >= level; };
    const auto begin = std::find_if(samples_.begin(), samples_.end(), reaches);
    const auto end = std::find_if(samples_.rbegin(), samples_.rend(), reaches);
    return {static_cast<std::size_t>(begin - samples_.begin()), static_cast<std::size_t>(samples_.rend() - end) - 1};
  }
  static double crossing(const LikelihoodPoint& a, const LikelihoodPoint& b, double level) {
    const double part = (level - a.log_likelihood) / (b.log_likelihood - a.log_likelihood);
    return std::isfinite(part) ? a.lambda + part * (b.lambda - a.lambda) : (a.lambda + b.lambda) / 2;
  }

  std::vector<std::size_t> games_;
  std::vector<LikelihoodPoint> samples_;  // ascending lambda, from 0
};

/// Adds to every profile the log likelihoods at the lambdas that `ask` wants of it, all in one call of the solver.
template <class Ask>
void extend(const Branches& branches, std::vector<Profile>& profiles, const Ask& ask) {
  std::vector<Point> points;
  std::vector<std::vector<double>> lambdas;
  for (const Profile& profile : profiles) {
    lambdas.push_back(ask(profile));
    for (const double lambda : lambdas.back()) {
      for (const std::size_t g : profile.games()) points.push_back({g, lambda});
    }
  }
  if (points.empty()) return;
  const Results results = branches.solve_at(points);
  std::size_t run = 0;
  for (std::size_t p = 0; p < profiles.size(); ++p) {
    for (const double lambda : lambdas[p]) {
      double sum = 0;
      for (std::size_t k = 0; k < profiles[p].games().size(); ++k, ++run) {
        sum += branches.log_likelihood(points[run], results, run);
      }
      profiles[p].add({lambda, sum});
    }
  }
}

void check(std::span<const Game> games, std::span<const std::vector<double>> counts) {
  if (games.empty()) throw InputError("expected at least one game to fit");
  if (games.size() != counts.size()) {
    throw InputError(fmt::format("expected observed play of {} games, found {}", games.size(), counts.size()));
  }
  for (std::size_t g = 0; g < games.size(); ++g) {
    validate(games[g]);
    const std::vector<int>& actions = actions_of(games[g]);
    const auto all = static_cast<std::size_t>(std::accumulate(actions.begin(), actions.end(), std::ptrdiff_t{0}));
    if (counts[g].size() != all) {
      throw InputError(
          fmt::format("expected {} counts for game {}, one an action, found {}", all, g, counts[g].size()));
    }
    double sum = 0;
    for (const double count : counts[g]) {
      if (!(count >= 0) || !std::isfinite(count)) {
        throw InputError(fmt::format("expected counts of at least 0 for game {}, found {}", g, count));
      }
      sum += count;
    }
    if (!(sum > 0)) throw InputError(fmt::format("expected observations of game {}, found none", g));
  }
}

Fit summary(std::span<const Game> games, std::span<const std::vector<double>> counts, const Branches& branches,
            const Profile& profile, double fall) {
  Fit fit;
  const LikelihoodPoint& maximum = profile.maximum();
  fit.lambda = maximum.lambda;
  fit.log_likelihood = maximum.log_likelihood;
  fit.lower = profile.lower(maximum.log_likelihood - fall);
  fit.upper = profile.upper(maximum.log_likelihood - fall);
  fit.log_likelihood_of_chance = profile.first().log_likelihood;
  for (const std::size_t g : profile.games()) {
    for_observed(games[g], counts[g], [&](std::span<const double> own, double sum) {
      fit.observations += sum;
      fit.free_frequencies += own.size() - 1;
      for (const double count : own) {
        if (count > 0) fit.log_likelihood_of_frequencies += count * std::log(count / sum);
      }
    });
    if (const std::optional<std::size_t> step = branches.jump(g)) {
      const double lambda = branches.lambda(*step);
      if (!fit.jump || lambda < *fit.jump) fit.jump = lambda;
    }
  }
  const double over_chance = 2 * (fit.log_likelihood - fit.log_likelihood_of_chance);
  fit.p_of_chance = over_chance > 0 ? chi_square_tail(over_chance, 1) / 2 : 1;
  if (fit.free_frequencies > 1) {
    const double short_of = 2 * (fit.log_likelihood_of_frequencies - fit.log_likelihood);
    fit.p_of_fit = chi_square_tail(std::max(short_of, 0.0), static_cast<double>(fit.free_frequencies - 1));
  }
  fit.searched_to = profile.last().lambda;
  fit.at_end = profile.is_largest_at_end();
  return fit;
}

}  // namespace

void FitSettings::validate() const {
  if (!(level > 0 && level < 1)) throw InputError(fmt::format("level = {}: expected a number between 0 and 1", level));
  if (!(reach >= 1 && reach <= 1e6)) throw InputError(fmt::format("reach = {}: expected 1 .. 1e6", reach));
  solve.validate();
}

Fits fit(std::span<const Game> games, std::span<const std::vector<double>> counts, const FitSettings& settings) {
  settings.validate();
  check(games, counts);
  FitSettings own;
  own.level = settings.level;
  own.reach = settings.reach;
  own.solve.backend = settings.solve.backend;
  own.solve.devices = settings.solve.devices;
  own.solve.threads = settings.solve.threads;
  own.solve.max_iterations = settings.solve.max_iterations;
  own.solve.markov_entropy = settings.solve.markov_entropy;
  own.solve.memory_bytes = settings.solve.memory_bytes;

  const Branches branches(games, counts, own);
  std::vector<Profile> profiles;
  for (std::size_t g = 0; g < games.size(); ++g) profiles.emplace_back(branches, std::vector<std::size_t>{g});
  if (games.size() > 1) {
    std::vector<std::size_t> all(games.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    profiles.emplace_back(branches, all);
  }
  for (int round = 0; round < maximum_rounds; ++round) {
    extend(branches, profiles, [](const Profile& profile) { return profile.around_maximum(); });
  }
  extend(branches, profiles, [](const Profile& profile) { return std::vector<double>{profile.vertex()}; });
  const double fall = chi_square_quantile(settings.level) / 2;
  for (int round = 0; round < interval_rounds; ++round) {
    extend(branches, profiles,
           [&](const Profile& profile) { return profile.around_ends(profile.maximum().log_likelihood - fall); });
  }

  Fits fits;
  std::vector<Point> points;
  for (const Profile& profile : profiles) {
    Fit fit = summary(games, counts, branches, profile, fall);
    if (settings.keep_profile) fit.profile = profile.samples();
    for (const std::size_t g : profile.games()) points.push_back({g, fit.lambda});
    if (fits.each.size() < games.size()) {
      fits.each.push_back(std::move(fit));
    } else {
      fits.together = std::move(fit);
    }
  }
  const Results results = branches.solve_at(points);
  for (std::size_t run = 0; run < points.size(); ++run) {
    const std::span<const double> policies = results.policies_of(run);
    (run < games.size() ? fits.policies : fits.policies_together).emplace_back(policies.begin(), policies.end());
  }
  if (fits.together) {
    double apart = 0;
    for (const Fit& fit : fits.each) apart += fit.log_likelihood;
    fits.p_of_one_lambda = chi_square_tail(std::max(2 * (apart - fits.together->log_likelihood), 0.0),
                                           static_cast<double>(games.size() - 1));
  }
  return fits;
}

}  // namespace quantal
