#include "host/fill_chunk.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "host/certificate.hpp"
#include "host/parallel.hpp"
#include "host/starts.hpp"
#include "host/steps.hpp"

namespace quantal {

namespace {

/// Agent i's payoffs as P_i(h, l, a), relative to its best action's. Returns the largest difference that its own action
/// makes.
template <class Scalar>
double arrange_payoffs(const NormalFormGame& game, const Shape& shape, int agent, Scalar* out) {
  const auto N = static_cast<std::size_t>(shape.agents);
  const auto i = static_cast<std::size_t>(agent);
  std::vector<std::size_t> stride(N, 1);
  for (std::size_t j = N - 1; j > 0; --j) stride[j - 1] = stride[j] * static_cast<std::size_t>(shape.actions[j]);
  const std::size_t M = stride[0] * static_cast<std::size_t>(shape.actions[0]);
  const double* payoffs = game.payoffs.data() + i * M;
  const auto m = static_cast<std::size_t>(shape.actions[i]);
  double span = 0;
  std::vector<int> joint(N, 0);  // the opponents' actions; agent i's stays 0
  std::size_t at = 0;
  for (std::size_t o = 0; o < M / m; ++o, out += m) {
    double low = payoffs[at];
    double high = low;
    for (std::size_t a = 1; a < m; ++a) {
      low = std::min(low, payoffs[at + a * stride[i]]);
      high = std::max(high, payoffs[at + a * stride[i]]);
    }
    span = std::max(span, high - low);
    for (std::size_t a = 0; a < m; ++a) out[a] = static_cast<Scalar>(payoffs[at + a * stride[i]] - high);
    // The next joint action of the opponents, the last fastest.
    for (std::size_t j = N; j-- > 0;) {
      if (j == i) continue;
      at += stride[j];
      if (++joint[j] < shape.actions[j]) break;
      at -= stride[j] * static_cast<std::size_t>(shape.actions[j]);
      joint[j] = 0;
    }
  }
  return span;
}

}  // namespace

template <class Scalar>
Chunk<Scalar> fill_chunk(const Shape& shape, std::span<const Game> games, std::span<const Run> runs,
                         std::span<const std::size_t> which, const Settings& settings, std::span<double> eta) {
  const std::size_t R = which.size();
  const auto A = static_cast<std::size_t>(shape.all_actions);
  const auto N = static_cast<std::size_t>(shape.agents);
  const int threads = thread_count(settings.threads);

  Chunk<Scalar> chunk;
  chunk.shape = &shape;
  chunk.most_updates = settings.max_iterations;
  chunk.gap_every = settings.gap_every;
  chunk.game.resize(R);
  chunk.theta.resize(R * A);
  chunk.steps.resize(R * N);
  chunk.memory.resize(R);
  chunk.iterations.assign(R, 0);
  chunk.pi.resize(R * A);
  chunk.agent_gap.resize(R * N);
  chunk.nash_gap.resize(R);
  if (settings.gap_every > 0) {
    chunk.history.resize(R);
    if (settings.gap_tolerance == 0.0) chunk.entries = settings.max_iterations / settings.gap_every + 2;
  }

  // Games, each once, in the order of their first run; those with an automatic step need a certificate.
  std::vector<const NormalFormGame*> distinct;
  std::vector<char> needs_certificate;
  std::unordered_map<std::size_t, std::int32_t> known;
  for (std::size_t k = 0; k < R; ++k) {
    const Run& run = runs[which[k]];
    const auto [entry, is_new] = known.try_emplace(run.game, static_cast<std::int32_t>(distinct.size()));
    if (is_new) {
      distinct.push_back(&std::get<NormalFormGame>(games[run.game]));
      needs_certificate.push_back(0);
    }
    chunk.game[k] = entry->second;
    if (!run.eta) needs_certificate[static_cast<std::size_t>(entry->second)] = 1;
  }

  const auto G = static_cast<std::int64_t>(distinct.size());
  chunk.payoffs.resize(distinct.size() * static_cast<std::size_t>(shape.payoffs));
  std::vector<double> span(distinct.size() * N);
  std::vector<std::optional<Certificate>> certificate(distinct.size());
  // Some 2^14 payoffs at a time make the threads' turns worth taking.
  const std::int64_t grain = std::max<std::int64_t>(1, (std::int64_t{1} << 14) / shape.payoffs);
  for_ranges(threads, G * shape.agents, grain * shape.agents, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const auto g = static_cast<std::size_t>(k / shape.agents);
      const auto i = static_cast<std::size_t>(k % shape.agents);
      Scalar* out = chunk.payoffs.data() + static_cast<std::int64_t>(g) * shape.payoffs + shape.table[i].payoffs;
      span[static_cast<std::size_t>(k)] = arrange_payoffs(*distinct[g], shape, static_cast<int>(i), out);
      if (i == 0 && needs_certificate[g]) certificate[g].emplace(*distinct[g]);
    }
  });

  for_ranges(threads, static_cast<std::int64_t>(R), 1024, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> logits(A);
    for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k) {
      const Run& run = runs[which[k]];
      const auto g = static_cast<std::size_t>(chunk.game[k]);
      initial_logits(run, shape.actions, settings.seed, logits);
      std::transform(logits.begin(), logits.end(), chunk.theta.begin() + static_cast<std::ptrdiff_t>(k * A),
                     [](double x) { return static_cast<Scalar>(x); });
      const std::vector<double> tau = temperatures(run, N);
      const double widest = *std::max_element(span.begin() + static_cast<std::ptrdiff_t>(g * N),
                                              span.begin() + static_cast<std::ptrdiff_t>((g + 1) * N));
      eta[k] = first_eta(run, tau, certificate[g] ? &*certificate[g] : nullptr, widest);
      for (std::size_t i = 0; i < N; ++i) chunk.steps[k * N + i] = agent_step<Scalar>(tau[i], eta[k]);
      kernels::RunMemory<Scalar>& memory = chunk.memory[k];
      memory.tolerance = static_cast<Scalar>(tolerance(settings, tau));
      memory.automatic = Scalar(run.eta ? 0 : 1);
      memory.best = std::numeric_limits<Scalar>::infinity();
      memory.window_best = std::numeric_limits<Scalar>::infinity();
      memory.windows_left = Scalar(1);
      memory.halvings = Scalar(0);
      memory.outcome = Scalar(kernels::running);
      memory.gap = Scalar(0);
    }
  });
  return chunk;
}

template Chunk<float> fill_chunk(const Shape&, std::span<const Game>, std::span<const Run>,
                                 std::span<const std::size_t>, const Settings&, std::span<double>);
template Chunk<double> fill_chunk(const Shape&, std::span<const Game>, std::span<const Run>,
                                  std::span<const std::size_t>, const Settings&, std::span<double>);

}  // namespace quantal
