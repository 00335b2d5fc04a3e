#include "describe_game.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "display_text.hpp"
#include "quantal/classify.hpp"

namespace quantal::cli {

namespace {

void write_item(Output& output, std::string_view name, std::string_view value) {
  output.print("  {:<13}{}\n", name, value);
}

/// "3, with 2, 3 and 2 actions" in few words.
std::string agents_text(const std::vector<int>& actions) {
  constexpr std::size_t few = 10;
  const auto [fewest, most] = std::minmax_element(actions.begin(), actions.end());
  const std::string agents = fmt::format("{}", actions.size());
  if (*fewest == *most) return fmt::format("{}, with {} action{} each", agents, *most, *most == 1 ? "" : "s");
  if (actions.size() <= few) return fmt::format("{}, with {} actions", agents, fmt::join(actions, ", "));
  return fmt::format("{}, with {} to {} actions", agents, *fewest, *most);
}

std::string edges_text(const PolymatrixGame& game) {
  if (game.edges.empty()) return "0";
  std::vector<std::size_t> degree(game.actions.size(), 0);
  std::size_t one_sided = 0;
  for (const PolymatrixEdge& edge : game.edges) {
    ++degree[static_cast<std::size_t>(edge.first)];
    ++degree[static_cast<std::size_t>(edge.second)];
    one_sided += edge.pays_first && edge.pays_second ? 0 : 1;
  }
  const auto [fewest, most] = std::minmax_element(degree.begin(), degree.end());
  const double mean = 2 * static_cast<double>(game.edges.size()) / static_cast<double>(degree.size());
  const std::string sides = one_sided == 0 ? "" : fmt::format(" ({} paying one side only)", one_sided);
  if (*fewest == *most) return fmt::format("{}{}, {} an agent", game.edges.size(), sides, *most);
  return fmt::format("{}{}, {} to {} an agent, {:.3g} on average", game.edges.size(), sides, *fewest, *most, mean);
}

/// What is known of a game's equilibria; nothing where it is neither a network nor of two agents.
struct Kind {
  bool is_known = false;
  NetworkClass network;
  bool has_zero_sum_weights = false;
};

Kind kind_of(const PolymatrixGame& game) {
  return {true, classify(game), zero_sum_weights(game).has_value()};
}

Kind kind_of(const NormalFormGame& game) {
  if (game.actions.size() != 2) return {};
  return kind_of(PolymatrixGame{game.name, game.actions, {{0, 1, true, true}}, game.payoffs});  // a network of one edge
}

Kind kind_of(const MarkovGame&) {
  return {};
}

std::size_t payoff_count(const NormalFormGame& game) {
  return game.payoffs.size();
}
std::size_t payoff_count(const PolymatrixGame& game) {
  return game.payoffs.size();
}
std::size_t payoff_count(const MarkovGame& game) {
  return game.rewards.size();
}

std::string kind_text(const Kind& found, bool has_edges) {
  const NetworkClass& kind = found.network;
  std::vector<std::string> words;
  if (kind.constant_sum) {
    words.push_back(kind.sum == 0 ? "zero-sum" : fmt::format("constant-sum (the sum is {})", kind.sum));
    if (has_edges) words.back() += kind.edgewise_constant_sum ? ", each edge constant-sum" : ", but not edge by edge";
  } else if (kind.zero_sum_equivalent) {
    words.emplace_back("zero-sum up to terms of the others' actions");
  } else if (found.has_zero_sum_weights) {
    words.emplace_back("zero-sum up to units of payoff and terms of the others' actions");
  }
  if (kind.coordination) {
    words.emplace_back("coordination");
  } else if (kind.exact_potential) {
    words.emplace_back("exact potential");
  }
  return words.empty() ? "general" : fmt::format("{}", fmt::join(words, ", "));
}

std::string certificate_text(const Game& game, const Kind& kind) {
  const double tau = certified_temperature(game);
  if (tau == 0) return "one QRE and linear convergence at every tau > 0";
  const std::string_view always = kind.has_zero_sum_weights ? "one QRE at every tau > 0; " : "";
  if (std::isinf(tau)) return fmt::format("{}not computed, the game is too large", always);
  return fmt::format("{}{}linear convergence with eta = 1/tau for tau > {:.6g}", always,
                     always.empty() ? "one QRE and " : "", tau);
}

}  // namespace

void describe_game(const Game& game, Output& output) {
  const auto* network = std::get_if<PolymatrixGame>(&game);
  const Kind kind = std::visit([](const auto& g) { return kind_of(g); }, game);
  output.print("{}\n", one_line(name_of(game)));
  write_item(output, "class", class_of(game));
  write_item(output, "agents", agents_text(actions_of(game)));
  if (network != nullptr) write_item(output, "edges", edges_text(*network));
  write_item(output, "payoffs", fmt::format("{}", std::visit([](const auto& g) { return payoff_count(g); }, game)));
  if (kind.is_known) write_item(output, "kind", kind_text(kind, network != nullptr));
  write_item(output, "certificate", certificate_text(game, kind));
}

}  // namespace quantal::cli
