#include "quantal/analysis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <variant>

#include "host/certificate.hpp"
#include "host/format.hpp"
#include "host/gap_course.hpp"
#include "host/local_stability.hpp"
#include "host/parallel.hpp"
#include "host/payoff_response.hpp"
#include "host/steps.hpp"
#include "quantal/classify.hpp"
#include "quantal/error.hpp"

namespace quantal {

namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();

constexpr std::string_view no_eigenvalues = "eigenvalues of the update's Jacobian were not found";

void check_temperatures(const Game& game, const std::vector<double>& tau) {
  if (tau.size() != agents_of(game)) {
    throw InputError(formatted("{} temperatures were given: expected one an agent, {}", tau.size(), agents_of(game)));
  }
  for (const double t : tau) {
    if (!(t >= 0)) throw InputError(formatted("tau = {}: expected a temperature of at least 0", t));
  }
}

void check_policies(const Game& game, std::span<const double> policies) {
  const std::size_t expected = action_begins(actions_of(game)).back();
  if (policies.size() == expected) return;
  throw InputError(formatted("policies of {} actions were given: expected {}", policies.size(), expected));
}

Contraction contraction_by(const Certificate& certificate, const std::vector<double>& tau) {
  return {certificate.contraction(tau), certificate.is_exact(),
          certificate.contraction(std::vector<double>(tau.size(), 1.0))};
}

double span_of(std::span<const double> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *high - *low;
}

/// Expected payoffs, but of Markov games, and each agent's residual in its logits.
struct Residuals {
  std::vector<double> payoff_span;  // (N) of rbar_i
  std::vector<double> residual;     // (N) at least span(rbar_i / tau_i - log pi_i)
};

/// Of a game that is no Markov game.
Residuals residuals(const Game& game, const std::vector<double>& tau, std::span<const double> policies) {
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  const ExpectedPayoffs expected = expected_payoffs(game, policies);
  const std::vector<std::size_t> begin = action_begins(actions_of(game));
  Residuals found;
  std::vector<double> error;
  for (std::size_t i = 0; i < tau.size(); ++i) {
    const std::span<const double> rbar(expected.rbar.data() + begin[i], begin[i + 1] - begin[i]);
    error.clear();
    double largest = 1;  // of the numbers that are subtracted
    for (std::size_t a = 0; a < rbar.size(); ++a) {
      const double target = std::isinf(tau[i]) ? 0 : rbar[a] / tau[i];
      const double logit = std::log(policies[begin[i] + a]);  // of a policy 0: infinitely far
      error.push_back(target - logit);
      if (std::isfinite(logit)) largest = std::max({largest, std::fabs(target), std::fabs(logit)});
    }
    const double rounding = 2 * (expected.rounding[i] / tau[i] + 4 * epsilon * largest);
    found.payoff_span.push_back(span_of(rbar));
    found.residual.push_back(rbar.size() == 1 ? 0 : span_of(error) + rounding);
    if (std::isnan(found.residual.back())) found.residual.back() = unbounded;
  }
  return found;
}

/// (N) bounds of total variations, given residuals e_i. With zero-sum weights w_i and d = pi - pi*, the sum of
/// w_i <rbar_i - rbar*_i, d_i> is 0, so that with W_i = w_i tau_i
///
///     sum_i W_i <rbar_i / tau_i - theta_i, d_i> = - sum_i W_i <theta_i - theta*_i, d_i>
///
/// whose left side is at least - sum_i W_i e_i TV_i. On the right stand two divergences, which by Pinsker are 2 TV_i^2
/// each or more: sum_i W_i TV_i (4 TV_i - e_i) <= 0, an ellipsoid around e / 8.
std::vector<double> variations(const Certificate& certificate, const std::optional<std::vector<double>>& weights,
                               const std::vector<double>& tau, const std::vector<double>& residual) {
  std::vector<double> bound = certificate.distance(tau, residual);
  for (double& u : bound) u = std::tanh(u / 4);  // 1 where u is infinite
  if (!weights) return bound;
  double sum = 0;
  for (std::size_t i = 0; i < tau.size(); ++i) sum += (*weights)[i] * tau[i] * residual[i] * residual[i];
  for (std::size_t i = 0; i < tau.size(); ++i) {
    const double of_ellipsoid = (residual[i] + std::sqrt(sum / ((*weights)[i] * tau[i]))) / 8;
    if (of_ellipsoid < bound[i]) bound[i] = of_ellipsoid;  // false where a temperature is infinite
  }
  return bound;
}

bool has_temperature(const std::vector<double>& tau) {
  return std::all_of(tau.begin(), tau.end(), [](double t) { return t > 0; });
}

/// What holds for all runs of a game.
struct KnownGame {
  explicit KnownGame(const Game& of) : game(of), certificate(of), weights(zero_sum_weights(of)) {}

  bool is_markov() const { return std::holds_alternative<MarkovGame>(game); }

  const Game& game;
  Certificate certificate;
  std::optional<std::vector<double>> weights;  // zero_sum_weights
};

/// The largest total variation between an agent's policies in one profile and in another.
double largest_variation(const Game& game, std::span<const double> p, std::span<const double> q) {
  const std::vector<std::size_t> begin = action_begins(actions_of(game));
  double largest = 0;
  for (std::size_t i = 0; i + 1 < begin.size(); ++i) {
    double sum = 0;
    for (std::size_t a = begin[i]; a < begin[i + 1]; ++a) sum += std::fabs(p[a] - q[a]);
    largest = std::max(largest, sum / 2);
  }
  return largest;
}

/// One run's analysis, step by step.
class RunAnalyst {
 public:
  RunAnalyst(const KnownGame& known, const Run& run, const Results& results, std::size_t r, const Settings& settings)
      : known_(known), results_(results), r_(r), settings_(settings), eta_(results.eta[r]) {
    tau_ = temperatures(run, agents_of(known.game));
    for (std::size_t k = 0; k < results.history_of(r).size(); ++k) {
      iteration_.push_back(results.history_iteration(r, k));
    }
  }

  RunAnalysis analyse() {
    promise();
    measure();
    diagnose();
    return std::move(found_);
  }

 private:
  std::span<const double> policies() const { return results_.policies_of(r_); }
  double highest() const { return *std::max_element(tau_.begin(), tau_.end()); }
  double lowest() const { return *std::min_element(tau_.begin(), tau_.end()); }

  void promise() {
    found_.contraction = contraction_by(known_.certificate, tau_);
    if (known_.is_markov()) found_.contraction = {unbounded, false, unbounded};
    const double q = found_.contraction.contraction;
    if (q < 1 && lowest() > 0) {
      found_.guarantee = Guarantee::contraction;
      // An infinite temperature is taken at full step.
      const double slowest = std::isinf(highest()) ? (std::isinf(lowest()) ? 1.0 : 0.0) : eta_ * lowest();
      found_.certified_rate = std::max(0.0, 1 - slowest * (1 - q));
    } else if (known_.weights && lowest() == highest() && lowest() > 0) {
      const double largest = mirror_descent_step(found_.contraction.certified_temperature, lowest());
      if (!(eta_ <= largest * (1 + 1e-12))) return;
      found_.guarantee = Guarantee::zero_sum;
      found_.certified_rate = std::sqrt(std::max(0.0, 1 - eta_ * lowest()));
    }
  }

  void measure() {
    const double epsilon = settings_.precision == Precision::float32 ? 0x1p-23 : 0x1p-52;
    floor_ = default_tolerance(settings_.precision, tau_, discount());
    if (!known_.is_markov() && has_temperature(tau_)) {
      const Residuals at = residuals(known_.game, tau_, policies());
      const std::vector<double> bound = variations(known_.certificate, known_.weights, tau_, at.residual);
      found_.distance_bound = *std::max_element(bound.begin(), bound.end());
      // Logits as large as the payoffs' span over tau are rounded, and the gap is quadratic in that. Seen in runs that
      // had long come to rest: nearly always less than this, except close to a bifurcation.
      floor_ = 0;
      for (std::size_t i = 0; i < tau_.size(); ++i) {
        if (std::isinf(tau_[i])) continue;
        const double rounding = epsilon * (1 + at.payoff_span[i] / tau_[i]);
        floor_ = std::max(floor_, 100 * tau_[i] * rounding * rounding);
      }
    }
    found_.measured_rate = measured_rate(iteration_, results_.history_of(r_), floor_);
  }

  double discount() const {
    const auto* markov = std::get_if<MarkovGame>(&known_.game);
    return markov == nullptr ? 0 : markov->discount;
  }

  /// The gap that counts as converged. Where none was to stop a run, that which would by default.
  double goal() const {
    const double asked = quantal::tolerance(settings_, tau_, discount());
    return asked > 0 ? asked : default_tolerance(settings_.precision, tau_, discount());
  }

  void diagnose() {
    const Status status = results_.status[r_];
    const bool has_converged = status == Status::converged || results_.qre_gap[r_] <= goal();
    found_.local_missing = no_local_test(known_.game, tau_);
    if (status == Status::target_reached) {
      found_.local_missing = "the policies are those of another temperature";
      return;
    }
    if (status == Status::not_finite) {
      found_.local_missing = "the policies are not finite";
      return conclude(Diagnosis::overflow, "numbers overflowed: try payoffs of a smaller scale, or a smaller step");
    }
    if (found_.local_missing.empty()) test_locally(has_converged);
    if (has_converged) return;
    if (lowest() == 0) {
      return conclude(Diagnosis::no_temperature,
                      "without a temperature NPG need not converge: try a temperature above 0");
    }
    if (results_.qre_gap[r_] <= floor_) {
      return conclude(Diagnosis::precision_floor,
                      formatted("the gap is down to the rounding of {}: try a larger gap tolerance{}",
                                is_float() ? "float" : "double", is_float() ? ", or double" : ""));
    }
    judge_course();
  }

  bool is_float() const { return settings_.precision == Precision::float32; }

  void test_locally(bool has_converged) {
    std::vector<double> at(policies().begin(), policies().end());
    if (!has_converged) {
      const auto equilibrium = equilibrium_near(known_.game, tau_, policies());
      if (!equilibrium) {
        found_.local_missing = "Newton's method found no equilibrium from the last policies";
        return;
      }
      at = *equilibrium;
      found_.local_distance = largest_variation(known_.game, at, policies());
    }
    found_.local = local_stability_at(known_.game, tau_, eta_, at);
    if (!found_.local) found_.local_missing = no_eigenvalues;
  }

  /// From the gap history, and the test at an equilibrium if one was found.
  void judge_course() {
    const GapCourse course = gap_course(iteration_, results_.history_of(r_));
    const bool stalled = results_.status[r_] == Status::stalled;  // judged by all its gaps, not by those in the history
    const bool cycling = results_.status[r_] == Status::cycling;
    if (!stalled && !cycling && !course.is_known) {
      return conclude(Diagnosis::unknown, iteration_.empty()
                                              ? "no gap history was kept to tell why: keep one"
                                              : "the gap history is too short to tell: try more iterations");
    }
    if (!stalled && course.falls) {
      return conclude(Diagnosis::slow, advice_on_slowness("the gap was still falling", found_.measured_rate));
    }

    const auto recurs = [](std::int64_t period) {
      return period == 1 ? std::string("the gap stays the same")
                         : formatted("the gap recurs every {} iterations", period);
    };
    const std::string seen = stalled           ? formatted("the gap does not fall, even at eta {:.2g}", eta_)
                             : course.period   ? recurs(*course.period)
                             : course.is_known ? "the gap neither falls nor recurs"
                                               : "the gap does not fall";
    const std::string larger_temperature = formatted("a larger temperature{}", certified_text());
    if (found_.local && !found_.local->stable) {
      const std::string where = formatted("the QRE found at a distance of {:.2g} is unstable", found_.local_distance);
      const double stable_eta = found_.local->stable_eta;
      if (stable_eta > 0) {
        return conclude(Diagnosis::step_too_large,
                        formatted("{}, and {} at eta {:.4g}, but stable below {:.4g}: try eta {:.2g}, or auto", seen,
                                  where, eta_, stable_eta, stable_eta / 2));
      }
      return conclude(
          Diagnosis::unstable_equilibrium,
          formatted("{}, and {} at every step size: try {}, or other starts", seen, where, larger_temperature));
    }
    std::string found;
    if (found_.local) {
      found = formatted(", though the QRE found at a distance of {:.2g} is locally stable", found_.local_distance);
      const double rate = found_.local->spectral_radius;
      // An oscillation longer than the history hides a fall. So few iterations are not enough even close to the QRE.
      const bool was_short = static_cast<double>(results_.iterations[r_]) < iterations_left(rate);
      if (!stalled && !course.period && was_short) {
        return conclude(Diagnosis::slow, advice_on_slowness(seen + found, rate));
      }
    }
    conclude(!stalled && course.period ? Diagnosis::cycle : Diagnosis::irregular,
             formatted("{}{}: try {}{}", seen, found, stalled ? "other starts or " : "a smaller step or ",
                       larger_temperature));
  }

  /// " (certain above 1.5)", where that is known.
  std::string certified_text() const {
    const double certified = found_.contraction.certified_temperature;
    return std::isfinite(certified) && certified > 0 ? formatted(" (certain above {:.3g})", certified) : "";
  }

  /// To the gap that counts as converged, where the distance falls by this factor in each iteration.
  double iterations_left(double rate) const { return std::log(goal() / results_.qre_gap[r_]) / (2 * std::log(rate)); }

  std::string advice_on_slowness(std::string seen, const std::optional<double>& rate) const {
    std::string help = "more iterations";
    if (rate && *rate < 1) {
      seen += formatted(", and distances fall by a factor of {:.3g} in 1000 iterations", std::pow(*rate, 1000));
      const double left = iterations_left(*rate);
      if (left > 0 && left < 1e15) help = formatted("about {:.2g} more iterations", left);
    }
    const double q = found_.contraction.contraction;
    if (q < 1 && eta_ * highest() < 0.999) {
      help += formatted(", or a step of up to {:.4g}, which is certain to converge", 1 / highest());
    } else if (std::isfinite(q) && q >= 1) {
      help += formatted(", or a larger temperature{}", certified_text());
    }
    return seen + ": try " + help;
  }

  void conclude(Diagnosis diagnosis, std::string advice) {
    found_.diagnosis = diagnosis;
    found_.advice = std::move(advice);
  }

  const KnownGame& known_;
  const Results& results_;
  std::size_t r_;
  const Settings& settings_;
  double eta_;
  std::vector<double> tau_;
  std::vector<std::int64_t> iteration_;  // of the gap history
  double floor_ = 0;                     // gaps up to this may be rounding
  RunAnalysis found_;
};

}  // namespace

std::string_view to_string(Diagnosis diagnosis) {
  static constexpr auto words =
      std::to_array<std::string_view>({"none", "slow", "step_too_large", "unstable_equilibrium", "cycle", "irregular",
                                       "precision_floor", "no_temperature", "overflow", "unknown"});
  return words[static_cast<std::size_t>(diagnosis)];
}

std::string_view to_string(Guarantee guarantee) {
  static constexpr auto words = std::to_array<std::string_view>({"none", "contraction", "zero_sum"});
  return words[static_cast<std::size_t>(guarantee)];
}

Contraction contraction_of(const Game& game, const std::vector<double>& tau) {
  check_temperatures(game, tau);
  if (std::holds_alternative<MarkovGame>(game)) return {unbounded, false, unbounded};
  return contraction_by(Certificate(game), tau);
}

std::vector<double> distance_bound(const Game& game, const std::vector<double>& tau, std::span<const double> policies) {
  check_temperatures(game, tau);
  check_policies(game, policies);
  if (std::holds_alternative<MarkovGame>(game) || !has_temperature(tau)) return std::vector<double>(tau.size(), 1.0);
  return variations(Certificate(game), zero_sum_weights(game), tau, residuals(game, tau, policies).residual);
}

std::string no_local_stability(const Game& game, const std::vector<double>& tau) {
  check_temperatures(game, tau);
  return no_local_test(game, tau);
}

LocalStability local_stability(const Game& game, const std::vector<double>& tau, double eta,
                               std::span<const double> policies) {
  check_temperatures(game, tau);
  check_policies(game, policies);
  if (const std::string reason = no_local_test(game, tau); !reason.empty()) {
    throw InputError(formatted("no test of local stability: {}", reason));
  }
  const double highest = *std::max_element(tau.begin(), tau.end());
  if (!(eta > 0) || !(eta * highest <= 1 + 1e-12)) {
    throw InputError(formatted("eta = {}: expected a step size above 0 and at most {}", eta, 1 / highest));
  }
  const std::optional<LocalStability> found = local_stability_at(game, tau, eta, policies);
  if (!found) throw Error(formatted("no test of local stability: {}", no_eigenvalues));
  return *found;
}

Diagnosis diagnose(std::span<const std::int64_t> iteration, std::span<const double> gap) {
  const GapCourse course = gap_course(iteration, gap);
  if (!course.is_known) return Diagnosis::unknown;
  if (course.falls) return Diagnosis::slow;
  return course.period ? Diagnosis::cycle : Diagnosis::irregular;
}

std::vector<RunAnalysis> analyse(std::span<const Game> games, std::span<const Run> runs, const Results& results,
                                 const Settings& settings) {
  if (runs.size() != results.size()) {
    throw InputError(formatted("{} runs and results of {} were given: expected as many", runs.size(), results.size()));
  }
  if (settings.rule != UpdateRule::natural_policy_gradient) {
    throw InputError(
        formatted("analyse: expected the rule npg, whose rates it gives, not {}", to_string(settings.rule)));
  }
  const int threads = thread_count(settings.threads);
  std::vector<char> is_needed(games.size(), 0);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (has_result(results.status[r])) is_needed.at(runs[r].game) = 1;
  }
  std::vector<std::optional<KnownGame>> known(games.size());
  for_ranges(threads, static_cast<std::int64_t>(games.size()), 16, [&](std::int64_t begin, std::int64_t end) {
    for (auto g = static_cast<std::size_t>(begin); g < static_cast<std::size_t>(end); ++g) {
      if (is_needed[g]) known[g].emplace(games[g]);
    }
  });
  std::vector<RunAnalysis> analyses(runs.size());
  for_ranges(threads, static_cast<std::int64_t>(runs.size()), 4, [&](std::int64_t begin, std::int64_t end) {
    for (auto r = static_cast<std::size_t>(begin); r < static_cast<std::size_t>(end); ++r) {
      if (has_result(results.status[r]))
        analyses[r] = RunAnalyst(*known[runs[r].game], runs[r], results, r, settings).analyse();
    }
  });
  return analyses;
}

}  // namespace quantal
