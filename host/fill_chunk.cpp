#include "host/fill_chunk.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "host/arrange_markov.hpp"
#include "host/arrange_payoffs.hpp"
#include "host/certificate.hpp"
#include "host/parallel.hpp"
#include "host/starts.hpp"
#include "host/steps.hpp"
#include "quantal/classify.hpp"

namespace quantal {

namespace {

/// The games of `which` runs, each once, in the order of their first run. game_of_run[k] becomes that of run which[k].
std::vector<std::size_t> distinct_games(std::span<const Run> runs, std::span<const std::size_t> which,
                                        std::span<std::int32_t> game_of_run) {
  std::size_t low = std::numeric_limits<std::size_t>::max();
  std::size_t high = 0;
  for (const std::size_t r : which) {
    low = std::min(low, runs[r].game);
    high = std::max(high, runs[r].game + 1);
  }
  std::vector<std::size_t> games;
  std::vector<std::int32_t> place(which.empty() ? 0 : high - low, -1);
  for (std::size_t k = 0; k < which.size(); ++k) {
    const std::size_t game = runs[which[k]].game;
    std::int32_t& at = place[game - low];
    if (at < 0) {
      at = static_cast<std::int32_t>(games.size());
      games.push_back(game);
    }
    game_of_run[k] = at;
  }
  return games;
}

/// Whether a backend can arrange the payoffs: they are all of normal forms, nothing else is to happen to them, and no
/// step depends on their spans.
bool can_be_left(std::span<const Game* const> games, std::span<const Run> runs, std::span<const std::size_t> which,
                 const Settings& settings) {
  const auto is_normal_form = [](const Game* game) { return std::holds_alternative<NormalFormGame>(*game); };
  return !settings.half_payoffs && std::all_of(games.begin(), games.end(), is_normal_form) &&
         std::none_of(which.begin(), which.end(), [&](std::size_t r) { return step_needs_span(runs[r]); });
}

void round_to_half(std::span<float> payoffs, int threads) {
  constexpr std::int64_t grain = std::int64_t{1} << 16;
  for_ranges(threads, static_cast<std::int64_t>(payoffs.size()), grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k) {
      payoffs[k] = kernels::float_of(kernels::half_of(payoffs[k]));
    }
  });
}

}  // namespace

template <class Scalar>
Chunk<Scalar> fill_chunk(const Shape& shape, std::span<const Game> games, std::span<const Run> runs,
                         std::span<const std::size_t> which, const Settings& settings, std::span<double> eta,
                         std::pmr::memory_resource* place, bool backend_arranges) {
  const std::size_t R = which.size();
  const auto A = static_cast<std::size_t>(shape.all_actions);
  const auto N = static_cast<std::size_t>(shape.agents);
  const int threads = thread_count(settings.threads);

  Chunk<Scalar> chunk(place);
  chunk.shape = &shape;
  chunk.most_updates = settings.max_iterations;
  chunk.gap_every = settings.gap_every;
  chunk.game.resize(R);
  chunk.theta.resize(R * A);
  chunk.steps.resize(R * N);
  chunk.memory.resize(R);
  chunk.iterations.assign(R, 0);
  chunk.rule = kernel_rule(settings);
  const auto kept = static_cast<std::size_t>(kernels::rule_reals(chunk.rule, shape.all_actions));
  chunk.rule_memory.assign(R * kept, Scalar(0));
  chunk.pi.resize(R * A);
  chunk.agent_gap.resize(R * N);
  chunk.nash_gap.resize(R);
  if (shape.is_markov()) {
    chunk.values.assign(R * N, Scalar(0));
    chunk.residual.resize(R);
    if (settings.keep_action_values) chunk.action_values.resize(R * A);
  }
  const std::size_t game_agents = N / static_cast<std::size_t>(shape.states());

  std::vector<const Game*> distinct;
  for (const std::size_t game : distinct_games(runs, which, chunk.game)) distinct.push_back(&games[game]);
  // Those with an automatic step need a certificate.
  std::vector<char> needs_certificate(distinct.size(), 0);
  for (std::size_t k = 0; k < R; ++k) {
    if (!runs[which[k]].eta) needs_certificate[static_cast<std::size_t>(chunk.game[k])] = 1;
  }

  if (backend_arranges && can_be_left(distinct, runs, which, settings)) {
    chunk.games = distinct;
  } else {
    chunk.payoffs.resize(distinct.size() * static_cast<std::size_t>(shape.payoffs));
  }
  std::vector<double> span(distinct.size() * game_agents);
  std::vector<std::optional<Certificate>> certificate(distinct.size());
  std::vector<char> zero_sum(distinct.size());
  if (shape.is_markov()) {
    chunk.reward_centre.resize(distinct.size() * game_agents);
    arrange_markov_games<Scalar>(distinct, shape, threads, chunk.payoffs.data(), chunk.reward_centre, span);
  } else if (chunk.games.empty()) {
    arrange_payoffs<Scalar>(distinct, shape, threads, chunk.payoffs.data(), span);
  }
  if constexpr (std::is_same_v<Scalar, float>) {
    chunk.half_payoffs = settings.half_payoffs;
    if (settings.half_payoffs) round_to_half(chunk.payoffs, threads);
  }
  for_ranges(threads, static_cast<std::int64_t>(distinct.size()), 16, [&](std::int64_t begin, std::int64_t end) {
    for (auto g = static_cast<std::size_t>(begin); g < static_cast<std::size_t>(end); ++g) {
      if (!needs_certificate[g]) continue;
      certificate[g].emplace(*distinct[g]);
      zero_sum[g] = zero_sum_weights(*distinct[g]).has_value();
    }
  });

  // The last of four begins before the run's last evaluation, and does not end.
  const std::int64_t quarter = settings.max_iterations / (4 * kernels::window) + 1;
  for_ranges(threads, static_cast<std::int64_t>(R), 1024, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> logits(A);
    std::vector<double> tau(game_agents);
    for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k) {
      const Run& run = runs[which[k]];
      const auto g = static_cast<std::size_t>(chunk.game[k]);
      initial_logits(run, shape.actions, settings, logits);
      std::transform(logits.begin(), logits.end(), chunk.theta.begin() + static_cast<std::ptrdiff_t>(k * A),
                     [](double x) { return static_cast<Scalar>(x); });
      if (kept > 0) {
        std::copy_n(chunk.theta.begin() + static_cast<std::ptrdiff_t>(k * A), A,
                    chunk.rule_memory.begin() + static_cast<std::ptrdiff_t>(k * kept));
        if (chunk.rule == kernels::UpdateRule::magnetic) {
          std::fill_n(chunk.theta.begin() + static_cast<std::ptrdiff_t>(k * A), A, Scalar(0));
        }
      }
      if (run.tau_per_agent.empty()) {
        std::fill(tau.begin(), tau.end(), run.tau);
      } else {
        tau = run.tau_per_agent;
      }
      const double widest = *std::max_element(span.begin() + static_cast<std::ptrdiff_t>(g * game_agents),
                                              span.begin() + static_cast<std::ptrdiff_t>((g + 1) * game_agents));
      const auto* markov = std::get_if<MarkovGame>(distinct[g]);
      const double discount = markov == nullptr ? 0.0 : markov->discount;
      const FirstStep step = first_step(run, tau,
                                        {certificate[g] ? &*certificate[g] : nullptr, zero_sum[g] != 0,
                                         sizeof(Scalar) == sizeof(float), widest, discount, settings.rule});
      eta[k] = step.eta;
      const auto S = static_cast<std::size_t>(shape.states());
      for (std::size_t p = 0; p < N; ++p) {
        chunk.steps[k * N + p] = agent_step<Scalar>(tau[p / S], eta[k] / (1 - discount), settings.rule);
      }
      kernels::RunMemory<Scalar>& memory = chunk.memory[k];
      memory.tolerance = static_cast<Scalar>(tolerance(settings, tau, discount));
      memory.automatic = Scalar(step.automatic ? 1 : 0);
      memory.best = std::numeric_limits<Scalar>::infinity();
      memory.window_best = std::numeric_limits<Scalar>::infinity();
      memory.worst = std::numeric_limits<Scalar>::infinity();
      memory.window_worst = Scalar(0);
      memory.quarter = static_cast<Scalar>(quarter);
      memory.windows_left = step.automatic ? Scalar(1) : memory.quarter;
      memory.halvings = Scalar(0);
      memory.outcome = Scalar(kernels::running);
      memory.gap = Scalar(0);
    }
  });
  return chunk;
}

template Chunk<float> fill_chunk(const Shape&, std::span<const Game>, std::span<const Run>,
                                 std::span<const std::size_t>, const Settings&, std::span<double>,
                                 std::pmr::memory_resource*, bool);
template Chunk<double> fill_chunk(const Shape&, std::span<const Game>, std::span<const Run>,
                                  std::span<const std::size_t>, const Settings&, std::span<double>,
                                  std::pmr::memory_resource*, bool);

}  // namespace quantal
