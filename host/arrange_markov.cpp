#include "host/arrange_markov.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <variant>

#include "host/parallel.hpp"

namespace quantal {

namespace {

/// Row k's probabilities, in place; places that the shape has and the game has not become 0.
template <class Scalar>
void arrange_row(const MarkovGame& game, const MarkovTables& tables, std::size_t k, Scalar* transitions) {
  const auto S = static_cast<std::size_t>(game.states);
  const std::size_t begin = game.is_sparse() ? game.row_begin[k] : k * S;
  const std::size_t end = game.is_sparse() ? game.row_begin[k + 1] : begin + S;
  const auto first = game.transitions.begin() + static_cast<std::ptrdiff_t>(begin);
  const double sum = std::accumulate(first, game.transitions.begin() + static_cast<std::ptrdiff_t>(end), 0.0);
  if (tables.is_sparse()) {  // the pattern is the game's own
    for (std::size_t e = begin; e < end; ++e) transitions[e] = static_cast<Scalar>(game.transitions[e] / sum);
    return;
  }
  Scalar* const row = transitions + k * static_cast<std::size_t>(tables.stride);
  std::fill_n(row, tables.stride, Scalar(0));
  for (std::size_t e = begin; e < end; ++e) {
    const std::size_t next = game.is_sparse() ? static_cast<std::size_t>(game.next_state[e]) : e - begin;
    row[next] = static_cast<Scalar>(game.transitions[e] / sum);
  }
}

template <class Scalar>
void arrange_game(const MarkovGame& game, const MarkovTables& tables, Scalar* out, double* centre, double* span) {
  const auto rows = static_cast<std::size_t>(tables.rows());
  *out++ = static_cast<Scalar>(game.discount);
  for (std::size_t i = 0; i < static_cast<std::size_t>(tables.agents); ++i) {
    const auto first = game.rewards.begin() + static_cast<std::ptrdiff_t>(i * rows);
    const auto [low, high] = std::minmax_element(first, first + static_cast<std::ptrdiff_t>(rows));
    centre[i] = *low / 2 + *high / 2;
    span[i] = (*high - *low) / (1 - game.discount);
    out = std::transform(first, first + static_cast<std::ptrdiff_t>(rows), out,
                         [&](double reward) { return static_cast<Scalar>(reward - centre[i]); });
  }
  for (std::size_t k = 0; k < rows; ++k) arrange_row(game, tables, k, out);
}

}  // namespace

template <class Scalar>
void arrange_markov_games(std::span<const Game* const> games, const Shape& shape, int threads, Scalar* out,
                          std::span<double> centre, std::span<double> span) {
  const auto N = static_cast<std::size_t>(shape.markov.agents);
  for_ranges(threads, static_cast<std::int64_t>(games.size()), 16, [&](std::int64_t begin, std::int64_t end) {
    for (auto g = static_cast<std::size_t>(begin); g < static_cast<std::size_t>(end); ++g) {
      arrange_game(std::get<MarkovGame>(*games[g]), shape.markov, out + static_cast<std::int64_t>(g) * shape.payoffs,
                   centre.data() + g * N, span.data() + g * N);
    }
  });
}

template void arrange_markov_games(std::span<const Game* const>, const Shape&, int, float*, std::span<double>,
                                   std::span<double>);
template void arrange_markov_games(std::span<const Game* const>, const Shape&, int, double*, std::span<double>,
                                   std::span<double>);

}  // namespace quantal
