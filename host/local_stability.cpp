#include "host/local_stability.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "host/format.hpp"
#include "host/payoff_response.hpp"

#include <Eigen/Dense>

namespace quantal {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// An eigenvalue is 0, up to the accuracy of policies and eigenvalues.
constexpr double singular_below = 1e-7;

/// Logits matter up to a constant of each agent: its first m_i - 1 less its last, agent by agent. In these coordinates
/// x the agents' update is x' = x + eta g(x), g_i = rbar_i - tau_i x_i (its differences to the last action), and g = 0
/// at the QRE.
class ReducedLogits {
 public:
  explicit ReducedLogits(const std::vector<int>& actions) : begin_(action_begins(actions)) {}

  std::size_t agents() const { return begin_.size() - 1; }
  Eigen::Index size() const { return static_cast<Eigen::Index>(begin_.back() - agents()); }

  /// Calls body(reduced index, agent, action in the list of all, last action of the agent).
  template <class Body>
  void for_all(const Body& body) const {
    Eigen::Index k = 0;
    for (std::size_t i = 0; i < agents(); ++i) {
      for (std::size_t a = begin_[i]; a + 1 < begin_[i + 1]; ++a) body(k++, i, a, begin_[i + 1] - 1);
    }
  }

  VectorXd logits(std::span<const double> policies) const {
    constexpr double least = 1e-300;
    VectorXd x(size());
    for_all([&](Eigen::Index k, std::size_t, std::size_t a, std::size_t last) {
      x[k] = std::log(std::max(policies[a], least) / std::max(policies[last], least));
    });
    return x;
  }

  std::vector<double> policies(const VectorXd& x) const {
    std::vector<double> pi(begin_.back(), 0.0);
    for_all([&](Eigen::Index k, std::size_t, std::size_t a, std::size_t) { pi[a] = x[k]; });
    for (std::size_t i = 0; i < agents(); ++i) {
      const std::span<double> policy(pi.data() + begin_[i], begin_[i + 1] - begin_[i]);
      const double largest = *std::max_element(policy.begin(), policy.end());
      double sum = 0;
      for (double& p : policy) sum += p = std::exp(p - largest);
      for (double& p : policy) p /= sum;
    }
    return pi;
  }

  /// g at x, whose policies are pi.
  VectorXd drift(const std::vector<double>& rbar, const std::vector<double>& tau, const VectorXd& x) const {
    VectorXd g(size());
    for_all([&](Eigen::Index k, std::size_t i, std::size_t a, std::size_t last) {
      g[k] = rbar[a] - rbar[last] - tau[i] * x[k];
    });
    return g;
  }

  /// The derivative of g in x. That of pi_j(c) in x_j(b) is pi_j(b) (1 if c = b, else 0, less pi_j(c)).
  MatrixXd drift_derivative(const std::vector<double>& of_payoffs, const std::vector<double>& tau,
                            std::span<const double> pi) const {
    const std::size_t A = begin_.back();
    MatrixXd derivative(size(), size());
    std::vector<double> difference(A);
    std::vector<double> mean(A);  // of the differences of the agent that an action belongs to
    for_all([&](Eigen::Index row, std::size_t i, std::size_t a, std::size_t last) {
      for (std::size_t b = 0; b < A; ++b) difference[b] = of_payoffs[a * A + b] - of_payoffs[last * A + b];
      for (std::size_t j = 0; j < agents(); ++j) {
        double sum = 0;
        for (std::size_t b = begin_[j]; b < begin_[j + 1]; ++b) sum += difference[b] * pi[b];
        for (std::size_t b = begin_[j]; b < begin_[j + 1]; ++b) mean[b] = sum;
      }
      for_all([&](Eigen::Index column, std::size_t, std::size_t b, std::size_t) {
        derivative(row, column) = pi[b] * (difference[b] - mean[b]);
      });
      derivative(row, row) = -tau[i];
    });
    return derivative;
  }

 private:
  std::vector<std::size_t> begin_;  // (N + 1)
};

std::optional<Eigen::VectorXcd> eigenvalues(const MatrixXd& matrix) {
  if (!matrix.allFinite()) return {};
  const Eigen::EigenSolver<MatrixXd> solver(matrix, false);
  if (solver.info() != Eigen::Success) return {};
  return solver.eigenvalues();
}

/// Multiplications that all derivatives of the expected payoffs take.
double operations_of_derivatives(const Game& game) {
  const auto* normal = std::get_if<NormalFormGame>(&game);
  if (normal == nullptr) return 0;
  const auto N = static_cast<double>(normal->actions.size());
  return 2 * N * static_cast<double>(normal->payoffs.size());
}

/// Newton's method for g = 0 from the logits x, which it leaves at the solution. False: none was found.
bool solve_by_newton(const Game& game, const ReducedLogits& reduced, const std::vector<double>& tau, VectorXd& x) {
  constexpr int most_steps = 60;
  constexpr double accuracy = 1e-9;
  constexpr double shortest = 1e-6;
  const auto drift_at = [&](const VectorXd& at) {
    return reduced.drift(expected_payoffs(game, reduced.policies(at)).rbar, tau, at);
  };
  const double coldest = *std::min_element(tau.begin(), tau.end());
  VectorXd g = drift_at(x);
  for (int step = 0; step < most_steps && g.allFinite(); ++step) {
    if (g.lpNorm<Eigen::Infinity>() <= accuracy * coldest * (1 + x.lpNorm<Eigen::Infinity>())) return true;
    const std::vector<double> pi = reduced.policies(x);
    const VectorXd direction = reduced.drift_derivative(payoff_derivatives(game, pi), tau, pi).partialPivLu().solve(-g);
    if (!direction.allFinite()) return false;
    // The longest of the steps 1, 1/2, 1/4, .. that brings g nearer to 0.
    double length = 1;
    VectorXd next = x + direction;
    VectorXd next_g = drift_at(next);
    while (!(next_g.norm() < (1 - length / 4) * g.norm())) {
      length /= 2;
      if (length < shortest) return false;
      next = x + length * direction;
      next_g = drift_at(next);
    }
    x = next;
    g = next_g;
  }
  return false;
}

}  // namespace

std::string no_local_test(const Game& game, const std::vector<double>& tau) {
  if (std::holds_alternative<MarkovGame>(game)) return "not offered for Markov games";
  std::int64_t all = 0;
  for (const int m : actions_of(game)) all += m;
  if (all > most_actions_of_local_test) {
    return formatted("more than {} actions of all agents together", most_actions_of_local_test);
  }
  const auto is_usual = [](double t) { return t > 0 && std::isfinite(t); };
  if (!std::all_of(tau.begin(), tau.end(), is_usual)) return "a temperature is 0 or infinite";
  return {};
}

std::optional<LocalStability> local_stability_at(const Game& game, const std::vector<double>& tau, double eta,
                                                 std::span<const double> policies) {
  const ReducedLogits reduced(actions_of(game));
  LocalStability found;
  found.stable = true;
  found.isolated = true;
  found.stable_eta = 1 / *std::max_element(tau.begin(), tau.end());
  if (reduced.size() == 0) return found;
  const MatrixXd derivative = reduced.drift_derivative(payoff_derivatives(game, policies), tau, policies);
  // That of x - rbar(x) / tau, which is singular where 1 is an eigenvalue of the logit response's.
  MatrixXd of_response = -derivative;
  reduced.for_all([&](Eigen::Index k, std::size_t i, std::size_t, std::size_t) { of_response.row(k) /= tau[i]; });
  const auto of_drift = eigenvalues(derivative);
  const auto from_response = eigenvalues(of_response);
  if (!of_drift || !from_response) return {};
  for (const std::complex<double> mu : *of_drift) {
    found.spectral_radius = std::max(found.spectral_radius, std::abs(1.0 + eta * mu));
    // |1 + eta mu| < 1 if and only if eta < -2 Re mu / |mu|^2.
    const double size = std::abs(mu);
    found.stable_eta = std::min(found.stable_eta, mu.real() < 0 ? 2 * (-mu.real() / size) / size : 0.0);
  }
  for (const std::complex<double> lambda : *from_response) {
    found.isolated = found.isolated && std::abs(lambda) > singular_below;
  }
  found.stable = found.spectral_radius < 1;
  return found;
}

std::optional<std::vector<double>> equilibrium_near(const Game& game, const std::vector<double>& tau,
                                                    std::span<const double> policies) {
  constexpr double most_operations = 1 << 24;
  if (operations_of_derivatives(game) > most_operations) return {};
  const ReducedLogits reduced(actions_of(game));
  if (reduced.size() == 0) return std::vector<double>(policies.begin(), policies.end());
  VectorXd x = reduced.logits(policies);
  if (solve_by_newton(game, reduced, tau, x)) return reduced.policies(x);
  // Equilibria are easier to find at higher temperatures, and seldom change much from one to the next.
  constexpr double highest = 16;
  constexpr double factor = 0.8;
  x = reduced.logits(policies);
  for (double multiple = highest; multiple > 1 / factor; multiple *= factor) {
    std::vector<double> higher = tau;
    for (double& t : higher) t *= multiple;
    if (!solve_by_newton(game, reduced, higher, x)) return {};
  }
  if (!solve_by_newton(game, reduced, tau, x)) return {};
  return reduced.policies(x);
}

}  // namespace quantal
