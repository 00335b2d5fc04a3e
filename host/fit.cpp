#include "quantal/fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "host/chi_square.hpp"
#include "host/likelihood_profile.hpp"
#include "host/qre_branches.hpp"

#include <fmt/format.h>

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
  const Results results = branches.solve_at(points);
  std::size_t run = 0;
  for (std::size_t p = 0; p < profiles.size(); ++p) {
    for (const double lambda : lambdas[p]) {
      double sum = 0;
      for (std::size_t k = 0; k < profiles[p].games.size(); ++k, ++run) {
        sum += branches.log_likelihood(points[run], results, run);
      }
      profiles[p].likelihood.add({lambda, sum});
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
  fit.searched_to = profile.likelihood.last().lambda;
  fit.at_end = profile.likelihood.is_largest_at_end();
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

  const QreBranches branches(games, counts, own);
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
