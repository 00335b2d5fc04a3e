#include "host/files/normal_form_table.hpp"

#include <fmt/format.h>

#include <limits>

#include "host/files/place.hpp"

namespace quantal::files {

std::size_t numbers_of_a_game(std::span<const std::uint64_t> extents, std::string_view place) {
  std::uint64_t product = 1;
  for (const std::uint64_t extent : extents) {
    if (extent == 0) return 0;
  }
  for (const std::uint64_t extent : extents) {
    if (product > most_numbers_of_a_game / extent) {
      fail_at(place, fmt::format("expected at most 2^32 numbers a game, found {}", fmt::join(extents, " x ")));
    }
    product *= extent;
  }
  return product;
}

NormalFormTable normal_form_table(std::span<const std::uint64_t> extents, std::string_view place) {
  constexpr std::string_view expected = "expected payoffs of the shape (games, agents, actions of each agent ..)";
  if (extents.size() < 3) fail_at(place, fmt::format("{}, found {}", expected, extents_text(extents)));
  const std::uint64_t agents = extents[1];
  const std::span<const std::uint64_t> actions = extents.subspan(2);
  if (agents != actions.size()) {
    // A single game's own axes come to mind easily.
    const bool is_one_game = extents[0] + 1 == extents.size();
    fail_at(place, fmt::format("{}, found {}: {}", expected, extents_text(extents),
                               is_one_game ? "one game needs an axis of length 1 in front"
                                           : fmt::format("{} agents need {} axes", agents, agents + 2)));
  }
  NormalFormTable table;
  table.games = extents[0];
  for (const std::uint64_t m : actions) {
    if (m < 1 || m > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
      fail_at(place, fmt::format("expected at least one action for each agent and fewer than 2^31, found {}",
                                 extents_text(extents)));
    }
    table.actions.push_back(static_cast<int>(m));
  }
  table.payoffs = numbers_of_a_game(extents.subspan(1), place);
  return table;
}

std::string extents_text(std::span<const std::uint64_t> extents) {
  return fmt::format("({}{})", fmt::join(extents, ", "), extents.size() == 1 ? "," : "");
}

std::size_t bytes_of(const Game& game) {
  struct {
    std::size_t operator()(const NormalFormGame& g) const { return g.payoffs.size(); }
    std::size_t operator()(const PolymatrixGame& g) const { return g.payoffs.size(); }
    std::size_t operator()(const MarkovGame& g) const { return g.rewards.size() + g.transitions.size(); }
  } numbers;
  return sizeof(double) * std::visit(numbers, game);
}

}  // namespace quantal::files
