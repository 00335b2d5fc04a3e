#include "host/starts.hpp"

#include <cmath>
#include <cstddef>

#include "host/format.hpp"
#include "quantal/error.hpp"

#include <Random123/philox.h>
namespace quantal {

namespace {

/// Exponential variates e(k), k = 0, 1, .., of the stream (seed, game, start). e / sum e is uniform on the simplex.
double exponential(std::uint64_t seed, std::uint64_t game, std::uint64_t start, std::uint32_t k) {
  const r123::Philox4x32::key_type key = {{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
  // A game's index and a start's number take 48 bits each; the last word counts the actions.
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<std::uint32_t>(game), static_cast<std::uint32_t>((game >> 32) << 16 | ((start >> 32) & 0xffff)),
       static_cast<std::uint32_t>(start), k}};
  const r123::Philox4x32::ctr_type bits = r123::Philox4x32{}(counter, key);
  const std::uint64_t word = static_cast<std::uint64_t>(bits[1]) << 32 | bits[0];
  const double uniform = (static_cast<double>(word >> 11) + 0.5) * 0x1p-53;  // in (0, 1), never an end
  return -std::log(uniform);
}

}  // namespace

void validate_start(const Run& run, const std::vector<int>& actions, std::uint64_t first_game) {
  constexpr std::uint64_t end = std::uint64_t{1} << 48;
  if (run.random_start && (*run.random_start >= end || first_game >= end || run.game >= end - first_game)) {
    throw InputError(formatted("random_start = {} of game {} + {}: expected numbers below 2^48", *run.random_start,
                               first_game, run.game));
  }
  if (run.initial_policies.empty()) return;
  std::size_t expected = 0;
  for (const int m : actions) expected += static_cast<std::size_t>(m);
  if (run.initial_policies.size() != expected) {
    throw InputError(formatted("initial policies: expected {} probabilities, one for each action of each agent, got {}",
                               expected, run.initial_policies.size()));
  }
  std::size_t at = 0;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    double sum = 0;
    for (int a = 0; a < actions[i]; ++a) {
      const double p = run.initial_policies[at++];
      if (!(p > 0) || !std::isfinite(p)) {
        throw InputError(formatted(
            "initial policy of agent {}: {} is not positive, and natural policy gradient never leaves the boundary", i,
            p));
      }
      sum += p;
    }
    if (!(std::fabs(sum - 1) <= 1e-6)) {
      throw InputError(formatted("initial policy of agent {}: expected probabilities that sum to 1, got {}", i, sum));
    }
  }
}

void initial_logits(const Run& run, const std::vector<int>& actions, const Settings& settings,
                    std::span<double> theta) {
  if (!run.initial_policies.empty()) {
    for (std::size_t a = 0; a < theta.size(); ++a) theta[a] = std::log(run.initial_policies[a]);
  } else if (run.random_start) {
    for (std::size_t a = 0; a < theta.size(); ++a) {
      theta[a] = std::log(
          exponential(settings.seed, settings.first_game + run.game, *run.random_start, static_cast<std::uint32_t>(a)));
    }
  } else {
    for (double& logit : theta) logit = 0;
    return;
  }
  // Normalised policies, so that logits are of the size of log pi.
  std::size_t first = 0;
  for (const int m : actions) {
    double sum = 0;
    for (int a = 0; a < m; ++a) sum += std::exp(theta[first + static_cast<std::size_t>(a)]);
    for (int a = 0; a < m; ++a) theta[first + static_cast<std::size_t>(a)] -= std::log(sum);
    first += static_cast<std::size_t>(m);
  }
}

}  // namespace quantal
