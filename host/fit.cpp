#include "quantal/fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "host/chi_square.hpp"
#include "host/format.hpp"
#include "host/likelihood_profile.hpp"
#include "host/qre_branches.hpp"

namespace quantal {

namespace {

// How often a profile is refined: around the maximum, then at both ends of the interval.
constexpr int maximum_rounds = 6;
constexpr int interval_rounds = 5;

/// One lambda for some games.
struct Profile {
  std::vector<std::size_t> games;
  LikelihoodProfile likelihood;
};

/// At the steps whose QRE was found in all of the games.
Profile profile_of(const QreBranches& branches, std::vector<std::size_t> games) {
  std::size_t steps = std::numeric_limits<std::size_t>::max();
  double chance = 0;
  for (const std::size_t g : games) {
    steps = std::min(steps, branches.steps(g));
    chance += branches.log_likelihood_of_chance(g);
  }
  std::vector<LikelihoodPoint> samples = {{0, chance}};
  for (std::size_t step = 0; step < steps; ++step) {
    double sum = 0;
    for (const std::size_t g : games) sum += branches.log_likelihood(g, step);
    samples.push_back({branches.lambda(step), sum});
  }
  return {std::move(games), LikelihoodProfile(std::move(samples))};
}

/// Adds to every profile the log likelihoods at the lambdas that `ask` wants of it, all in one call of the solver.
template <class Ask>
void extend(const QreBranches& branches, std::vector<Profile>& profiles, const Ask& ask) {
  std::vector<QreBranches::Point> points;
  std::vector<std::vector<double>> lambdas;
  for (const Profile& profile : profiles) {
    lambdas.push_back(ask(profile.likelihood));
    for (const double lambda : lambdas.back()) {
      for (const std::size_t g : profile.games) points.push_back({g, lambda});
    }
  }
  if (points.empty()) return;
  const std::vector<QreBranches::Equilibrium> found = branches.equilibria(points);
  std::size_t point = 0;
  for (std::size_t p = 0; p < profiles.size(); ++p) {
    for (const double lambda : lambdas[p]) {
      double sum = 0;
      for (std::size_t k = 0; k < profiles[p].games.size(); ++k, ++point) sum += found[point].log_likelihood;
      profiles[p].likelihood.add({lambda, sum});
    }
  }
}

void check(std::span<const Game> games, std::span<const std::vector<double>> counts) {
  if (games.empty()) throw InputError("expected at least one game to fit");
  if (games.size() != counts.size()) {
    throw InputError(formatted("expected observed play of {} games, found {}", games.size(), counts.size()));
  }
  for (std::size_t g = 0; g < games.size(); ++g) {
    validate(games[g]);
    const std::vector<int>& actions = actions_of(games[g]);
    const auto all = static_cast<std::size_t>(std::accumulate(actions.begin(), actions.end(), std::ptrdiff_t{0}));
    if (counts[g].size() != all) {
      throw InputError(formatted("expected {} counts for game {}, one an action, found {}", all, g, counts[g].size()));
    }
    double sum = 0;
    for (const double count : counts[g]) {
      if (!(count >= 0) || !std::isfinite(count)) {
        throw InputError(formatted("expected counts of at least 0 for game {}, found {}", g, count));
      }
      sum += count;
    }
    if (!(sum > 0)) throw InputError(formatted("expected observations of game {}, found none", g));
  }
}

Fit summary(std::span<const Game> games, std::span<const std::vector<double>> counts, const QreBranches& branches,
            const Profile& profile, double fall) {
  Fit fit;
  const LikelihoodPoint& maximum = profile.likelihood.maximum();
  fit.lambda = maximum.lambda;
  fit.log_likelihood = maximum.log_likelihood;
  fit.lower = profile.likelihood.lower(maximum.log_likelihood - fall);
  fit.upper = profile.likelihood.upper(maximum.log_likelihood - fall);
  fit.log_likelihood_of_chance = profile.likelihood.first().log_likelihood;
  for (const std::size_t g : profile.games) {
    for_observed(games[g], counts[g], [&](std::span<const double> own, double sum) {
      fit.observations += sum;
      fit.free_frequencies += own.size() - 1;
      for (const double count : own) {
        if (count > 0) fit.log_likelihood_of_frequencies += count * std::log(count / sum);
      }
    });
    const std::optional<double> jump = branches.jump(g);
    if (jump && (!fit.jump || *jump < *fit.jump)) fit.jump = jump;
  }
  const double over_chance = 2 * (fit.log_likelihood - fit.log_likelihood_of_chance);
  fit.p_of_chance = over_chance > 0 ? chi_square_tail(over_chance, 1) / 2 : 1;
  if (fit.free_frequencies > 1) {
    const double short_of = 2 * (fit.log_likelihood_of_frequencies - fit.log_likelihood);
    fit.p_of_fit = chi_square_tail(std::max(short_of, 0.0), static_cast<double>(fit.free_frequencies - 1));
  }
  fit.searched_to = profile.likelihood.last().lambda;
  fit.at_end = profile.likelihood.is_largest_at_end();
  return fit;
}

}  // namespace

Settings FitSettings::default_solver() {
  Settings solver;
  solver.rule = UpdateRule::anderson;
  solver.max_iterations = 1000;
  return solver;
}

void FitSettings::validate() const {
  if (!(level > 0 && level < 1)) throw InputError(formatted("level = {}: expected a number between 0 and 1", level));
  if (!(reach >= 1 && reach <= 1e6)) throw InputError(formatted("reach = {}: expected 1 .. 1e6", reach));
  solve.validate();
  if (solve.gap_tolerance == 0.0) throw InputError("gap_tolerance = 0: expected one above 0, for runs to converge");
  if (solve.target_nash_gap) throw InputError("expected no target_nash_gap for a fit");
}

Fits fit(std::span<const Game> games, std::span<const std::vector<double>> counts, const FitSettings& settings) {
  settings.validate();
  check(games, counts);
  const QreBranches branches(games, counts, settings);
  std::vector<Profile> profiles;
  for (std::size_t g = 0; g < games.size(); ++g) profiles.push_back(profile_of(branches, {g}));
  if (games.size() > 1) {
    std::vector<std::size_t> all(games.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    profiles.push_back(profile_of(branches, std::move(all)));
  }
  for (int round = 0; round < maximum_rounds; ++round) {
    extend(branches, profiles, [](const LikelihoodProfile& likelihood) { return likelihood.around_maximum(); });
  }
  extend(branches, profiles,
         [](const LikelihoodProfile& likelihood) { return std::vector<double>{likelihood.vertex()}; });
  const double fall = chi_square_quantile(settings.level) / 2;
  for (int round = 0; round < interval_rounds; ++round) {
    extend(branches, profiles, [&](const LikelihoodProfile& likelihood) {
      return likelihood.around_ends(likelihood.maximum().log_likelihood - fall);
    });
  }

  Fits fits;
  std::vector<QreBranches::Point> points;
  for (const Profile& profile : profiles) {
    Fit fit = summary(games, counts, branches, profile, fall);
    if (settings.keep_profile) fit.profile = profile.likelihood.samples();
    for (const std::size_t g : profile.games) points.push_back({g, fit.lambda});
    if (fits.each.size() < games.size()) {
      fits.each.push_back(std::move(fit));
    } else {
      fits.together = std::move(fit);
    }
  }
  std::vector<QreBranches::Equilibrium> found = branches.equilibria(points);
  for (std::size_t k = 0; k < found.size(); ++k) {
    (k < games.size() ? fits.policies : fits.policies_together).push_back(std::move(found[k].policies));
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
