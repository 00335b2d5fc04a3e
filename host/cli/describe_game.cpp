#include "describe_game.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "display_text.hpp"
#include "quantal/analysis.hpp"
#include "quantal/classify.hpp"
#include "quantal/info.hpp"

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

/// Of a network's payoffs that sum to a constant: by edges or only together.
std::string_view sum_by_edges(const PolymatrixGame&, const NetworkClass& kind) {
  return kind.edgewise_constant_sum ? ", each edge constant-sum" : ", but not edge by edge";
}

std::string_view sum_by_edges(const NormalFormGame&, const NormalFormClass&) {
  return "";
}

std::string_view word_for_identical_interest(const PolymatrixGame&, const NetworkClass& kind) {
  return kind.coordination ? "coordination" : "";
}

std::string_view word_for_identical_interest(const NormalFormGame& game, const NormalFormClass& kind) {
  if (!kind.identical_interest || game.actions.size() == 1) return "";
  return game.actions.size() == 2 ? "coordination" : "identical interest";
}

/// Of a game in normal form or a network.
template <class AnyGame>
std::string kind_text(const AnyGame& game, bool has_zero_sum_weights) {
  if (game.actions.size() == 1) return "decision problem";
  const auto kind = classify(game);
  std::vector<std::string> words;
  if (kind.constant_sum) {
    words.push_back(kind.sum == 0 ? "zero-sum" : fmt::format("constant-sum (the sum is {})", kind.sum));
    words.back() += sum_by_edges(game, kind);
  } else if (kind.zero_sum_equivalent) {
    words.emplace_back("zero-sum up to terms of the others' actions");
  } else if (has_zero_sum_weights) {
    words.emplace_back("zero-sum up to units of payoff and terms of the others' actions");
  }
  if (const std::string_view word = word_for_identical_interest(game, kind); !word.empty()) {
    words.emplace_back(word);
  } else if (kind.exact_potential) {
    words.emplace_back("exact potential");
  }
  return words.empty() ? "general" : fmt::format("{}", fmt::join(words, ", "));
}

std::string certificate_text(const Game& game, bool has_zero_sum_weights) {
  const Contraction bound = contraction_of(game, std::vector<double>(agents_of(game), 1.0));
  const double tau = bound.certified_temperature;
  if (tau == 0) return "one QRE and linear convergence at every tau > 0";
  const std::string_view always = has_zero_sum_weights ? "one QRE at every tau > 0; " : "";
  if (std::isinf(tau)) return fmt::format("{}none, the payoffs are too large", always);
  return fmt::format("{}{}linear convergence with eta = 1/tau for tau > {:.6g}{}", always,
                     always.empty() ? "one QRE and " : "", tau,
                     bound.exact_interactions ? "" : ", by an upper bound of D");
}

/// Of a game in normal form or a network.
template <class AnyGame>
void describe(const AnyGame& game, Output& output) {
  constexpr bool is_network = std::is_same_v<AnyGame, PolymatrixGame>;
  const bool has_weights = zero_sum_weights(game).has_value();
  write_item(output, "agents", agents_text(game.actions));
  if constexpr (is_network) write_item(output, "edges", edges_text(game));
  write_item(output, "payoffs", fmt::format("{}", game.payoffs.size()));
  write_item(output, "kind", kind_text(game, has_weights));
  write_item(output, "certificate", certificate_text(game, has_weights));
}

/// Agents of a Markov game by their numbers of actions: one number each, where these do not depend on the state.
std::string markov_agents_text(const MarkovGame& game) {
  const auto S = static_cast<std::ptrdiff_t>(game.states);
  std::vector<int> actions;
  for (auto begin = game.actions.begin(); begin != game.actions.end(); begin += S) {
    const auto [fewest, most] = std::minmax_element(begin, begin + S);
    if (*fewest != *most) {
      const auto [least, largest] = std::minmax_element(game.actions.begin(), game.actions.end());
      return fmt::format("{}, with {} to {} actions, by the state", game.agents(), *least, *largest);
    }
    actions.push_back(*begin);
  }
  return agents_text(actions);
}

/// States that all joint actions lead back to, with probability 1.
std::size_t absorbing_states(const MarkovGame& game, const std::vector<std::size_t>& rows_before) {
  const auto S = static_cast<std::size_t>(game.states);
  std::size_t count = 0;
  for (std::size_t s = 0; s < S; ++s) {
    bool leaves = false;
    for (std::size_t row = rows_before[s]; row < rows_before[s + 1] && !leaves; ++row) {
      const std::size_t begin = game.is_sparse() ? game.row_begin[row] : row * S;
      const std::size_t end = game.is_sparse() ? game.row_begin[row + 1] : begin + S;
      for (std::size_t e = begin; e < end && !leaves; ++e) {
        const std::size_t next = game.is_sparse() ? static_cast<std::size_t>(game.next_state[e]) : e - begin;
        leaves = next != s && game.transitions[e] > 0;
      }
    }
    count += leaves ? 0 : 1;
  }
  return count;
}

std::string transitions_text(const MarkovGame& game, std::size_t rows) {
  if (!game.is_sparse()) return fmt::format("{}, dense", game.transitions.size());
  const double mean = static_cast<double>(game.transitions.size()) / static_cast<double>(rows);
  return fmt::format("{}, sparse: {:.3g} a joint action on average", game.transitions.size(), mean);
}

std::string markov_kind_text(const MarkovGame& game) {
  if (game.agents() == 1) return "Markov decision process";
  const MarkovClass kind = classify(game);
  std::vector<std::string> words;
  if (kind.constant_sum) {
    words.push_back(kind.sum == 0 ? "zero-sum" : fmt::format("constant-sum (rewards sum to {})", kind.sum));
  }
  if (kind.identical_interest) words.emplace_back("identical interest");
  return words.empty() ? "general" : fmt::format("{}", fmt::join(words, ", "));
}

void describe(const MarkovGame& game, Output& output) {
  const std::vector<std::size_t> rows_before = rows_before_states(game);
  const std::size_t absorbing = absorbing_states(game, rows_before);
  write_item(output, "agents", markov_agents_text(game));
  write_item(output, "states",
             absorbing == 0 ? fmt::format("{}", game.states)  //
                            : fmt::format("{}, {} of them absorbing", game.states, absorbing));
  write_item(output, "discount", fmt::format("{}", game.discount));
  write_item(output, "rewards", fmt::format("{}", game.rewards.size()));
  write_item(output, "transitions", transitions_text(game, rows_before.back()));
  write_item(output, "kind", markov_kind_text(game));
  write_item(output, "certificate",
             certified_temperature(game) == 0 ? "converges at every tau > 0 with eta = (1 - discount) / tau"
                                              : "no bound is known for Markov games of several agents");
}

/// "warp tier, 8 threads a run, 16 runs a block, payoffs in registers"
std::string plan_text(const CudaPlan& plan) {
  const std::string runs = plan.runs > 1 ? fmt::format("{} runs a block, ", plan.runs) : "";
  const std::string fullest =
      plan.fullest_block == 1 ? "" : fmt::format(", fullest block {:.2f} times the mean", plan.fullest_block);
  return fmt::format("{} tier, {} thread{} a run, {}payoffs in {}{}", to_string(plan.tier), plan.threads,
                     plan.threads == 1 ? "" : "s", runs, plan.payoffs, fullest);
}

std::string cuda_text(const Game& game) {
  Settings settings;
  settings.precision = Precision::float32;
  const CudaPlan plan = cuda_plan(game, settings);
  const std::string in_float = plan_text(plan);
  settings.precision = Precision::float64;
  const std::string in_double = plan_text(cuda_plan(game, settings));
  const std::string device = plan.device.empty() ? "on an H100: " : "";
  return in_float == in_double ? device + in_float : fmt::format("{}{}; in double {}", device, in_float, in_double);
}

}  // namespace

void describe_game(const Game& game, Output& output) {
  output.print("{}\n", one_line(name_of(game)));
  write_item(output, "class", class_of(game));
  std::visit([&](const auto& g) { describe(g, output); }, game);
  write_item(output, "cuda", cuda_text(game));
}

}  // namespace quantal::cli
