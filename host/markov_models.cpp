#include "host/markov_models.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace quantal {
namespace {

struct Outcome {
  std::size_t state;
  double probability;
};

/// Appends a row to sparse transitions. Outcomes may repeat states and have probability 0.
void append_row(MarkovGame& game, std::vector<Outcome>& outcomes) {
  if (game.row_begin.empty()) game.row_begin.push_back(0);
  std::stable_sort(outcomes.begin(), outcomes.end(),
                   [](const Outcome& a, const Outcome& b) { return a.state < b.state; });
  for (const Outcome& outcome : outcomes) {
    if (outcome.probability == 0) continue;
    const auto state = static_cast<std::int32_t>(outcome.state);
    if (game.transitions.size() > game.row_begin.back() && game.next_state.back() == state) {
      game.transitions.back() += outcome.probability;
      continue;
    }
    game.next_state.push_back(state);
    game.transitions.push_back(outcome.probability);
  }
  game.row_begin.push_back(game.transitions.size());
  outcomes.clear();
}

/// A square of a grid, or one beside it.
struct Square {
  int row;
  int column;

  bool operator==(const Square&) const = default;
};

/// One step north, south, east, west, or none.
Square step(Square from, std::size_t action) {
  constexpr std::array<Square, 5> steps = {{{-1, 0}, {1, 0}, {0, 1}, {0, -1}, {0, 0}}};
  return {from.row + steps[action].row, from.column + steps[action].column};
}

struct Grid {
  int rows;
  int columns;

  bool has(Square square) const {
    return square.row >= 0 && square.row < rows && square.column >= 0 && square.column < columns;
  }
  int count() const { return rows * columns; }
  Square square(int number) const { return {number / columns, number % columns}; }
  int number(Square square) const { return square.row * columns + square.column; }
};

/// Soccer in the course of a period.
struct Board {
  static constexpr Grid grid = {4, 5};
  static constexpr std::size_t states = 20 * 19 * 2;

  std::array<Square, 2> at;
  std::size_t owner;  // of the ball

  static Board of_state(std::size_t state) {
    const int first = static_cast<int>(state / 2 / 19);
    const int other = static_cast<int>(state / 2 % 19);
    return {{grid.square(first), grid.square(other < first ? other : other + 1)}, state % 2};
  }

  /// As in the left of Littman's figure 2: it looks the same from both sides.
  static Board kick_off(std::size_t owner) { return {{Square{1, 3}, Square{2, 1}}, owner}; }

  std::size_t state() const {
    const int first = grid.number(at[0]);
    const int second = grid.number(at[1]);
    return 2 * static_cast<std::size_t>(19 * first + (second < first ? second : second - 1)) + owner;
  }

  /// Makes an agent's move. Returns whether it scores: agent 0 on the left, agent 1 on the right.
  bool move(std::size_t agent, std::size_t action) {
    const Square to = step(at[agent], action);
    const bool in_goal = (to.row == 1 || to.row == 2) && to.column == (agent == 0 ? -1 : grid.columns);
    if (in_goal && owner == agent) return true;
    if (to == at[1 - agent]) {
      owner = 1 - agent;
    } else if (grid.has(to)) {
      at[agent] = to;
    }
    return false;
  }
};

/// Joint actions of agents with the same number of actions.
std::size_t power(std::size_t actions, int agents) {
  std::size_t joint = 1;
  for (int i = 0; i < agents; ++i) joint *= actions;
  return joint;
}

}  // namespace

MarkovGame soccer() {
  constexpr std::size_t actions = 5;
  constexpr std::size_t rows = Board::states * actions * actions;
  MarkovGame game;
  game.states = Board::states;
  game.actions.assign(2 * Board::states, actions);
  game.rewards.assign(2 * rows, 0.0);
  game.initial.assign(Board::states, 0.0);
  for (const std::size_t owner : {0U, 1U}) game.initial[Board::kick_off(owner).state()] = 0.5;

  std::vector<Outcome> outcomes;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::array<std::size_t, 2> action = {row / actions % actions, row % actions};
    for (const std::size_t first : {0U, 1U}) {
      Board board = Board::of_state(row / (actions * actions));
      bool scored = false;
      for (const std::size_t agent : {first, 1 - first}) {
        if (scored || !board.move(agent, action[agent])) continue;
        scored = true;
        game.rewards[agent * rows + row] += 0.5;
        game.rewards[(1 - agent) * rows + row] -= 0.5;
      }
      if (scored) {
        for (const std::size_t owner : {0U, 1U}) outcomes.push_back({Board::kick_off(owner).state(), 0.25});
      } else {
        outcomes.push_back({board.state(), 0.5});
      }
    }
    append_row(game, outcomes);
  }
  return game;
}

MarkovGame navigation(int rows, int columns, double slip, double penalty) {
  constexpr std::size_t actions = 4;
  constexpr double at_goal = 100;
  const Grid grid{rows, columns};
  const std::array<Square, 2> start = {{{rows - 1, 0}, {rows - 1, columns - 1}}};
  const std::array<Square, 2> goal = {{{0, columns - 1}, {0, 0}}};

  std::vector<std::array<Square, 2>> squares_of;  // by state
  const auto C = static_cast<std::size_t>(grid.count());
  std::vector<std::size_t> state_of(C * C);
  const auto pair = [&](Square first, Square second) {
    return static_cast<std::size_t>(grid.number(first)) * C + static_cast<std::size_t>(grid.number(second));
  };
  for (int first = 0; first < grid.count(); ++first) {
    for (int second = 0; second < grid.count(); ++second) {
      const std::array<Square, 2> at = {grid.square(first), grid.square(second)};
      if (first == second || at[0] == goal[0] || at[1] == goal[1]) continue;
      state_of[pair(at[0], at[1])] = squares_of.size();
      squares_of.push_back(at);
    }
  }
  const std::size_t end = squares_of.size();

  MarkovGame game;
  game.states = static_cast<int>(end) + 1;
  for (int agent = 0; agent < 2; ++agent) {
    game.actions.insert(game.actions.end(), end, static_cast<int>(actions));
    game.actions.push_back(1);
  }
  game.initial.assign(end + 1, 0.0);
  game.initial[state_of[pair(start[0], start[1])]] = 1;
  const std::size_t all_rows = end * actions * actions + 1;
  game.rewards.assign(2 * all_rows, 0.0);

  std::vector<Outcome> outcomes;
  for (std::size_t row = 0; row + 1 < all_rows; ++row) {
    const std::array<Square, 2>& at = squares_of[row / (actions * actions)];
    const std::array<std::size_t, 2> action = {row / actions % actions, row % actions};
    for (const unsigned slips : {0U, 1U, 2U, 3U}) {  // bit i: agent i
      std::array<Square, 2> to = at;
      double probability = 1;
      for (std::size_t i = 0; i < 2; ++i) {
        const bool slipped = (slips >> i & 1) != 0;
        probability *= slipped ? slip : 1 - slip;
        const Square aim = step(at[i], action[i]);
        if (!slipped && grid.has(aim)) to[i] = aim;
      }
      if (to[0] == goal[0] || to[1] == goal[1]) {
        for (std::size_t i = 0; i < 2; ++i) {
          if (to[i] == goal[i]) game.rewards[i * all_rows + row] += probability * at_goal;
        }
        outcomes.push_back({end, probability});
        continue;
      }
      if (to[0] == to[1] || (to[0] == at[1] && to[1] == at[0])) {
        for (std::size_t i = 0; i < 2; ++i) {
          if (to[i] != at[i]) game.rewards[i * all_rows + row] -= probability * penalty;
        }
        to = at;
      }
      outcomes.push_back({state_of[pair(to[0], to[1])], probability});
    }
    append_row(game, outcomes);
  }
  outcomes.push_back({end, 1});
  append_row(game, outcomes);
  return game;
}

MarkovGame stag_hunt(int agents) {
  constexpr double hare = 1;
  constexpr std::array<double, 2> share_of_stag = {2, 4};         // by state
  constexpr std::array<double, 2> many_after_hunt = {0.25, 0.5};  // probability of state 1 after all hunted the stag
  constexpr std::array<double, 2> many_otherwise = {0.5, 1};      // and after any other joint action
  const std::size_t joint = power(2, agents);
  const auto N = static_cast<std::size_t>(agents);
  MarkovGame game;
  game.states = 2;
  game.actions.assign(2 * N, 2);
  game.initial = {0, 1};
  game.rewards.resize(N * 2 * joint);
  for (std::size_t row = 0; row < 2 * joint; ++row) {
    const std::size_t state = row / joint;
    const std::size_t hunters = row % joint;  // bit N - 1 - i: agent i hunts the stag
    const bool all = hunters == joint - 1;
    for (std::size_t i = 0; i < N; ++i) {
      const bool hunts = (hunters >> (N - 1 - i) & 1) != 0;
      game.rewards[i * 2 * joint + row] = !hunts ? hare : all ? share_of_stag[state] : 0;
    }
    const double many = all ? many_after_hunt[state] : many_otherwise[state];
    game.transitions.insert(game.transitions.end(), {1 - many, many});
  }
  return game;
}

MarkovGame congestion(int agents, double penalty) {
  constexpr std::array<double, 4> weight = {1, 2, 4, 6};
  const std::size_t joint = power(weight.size(), agents);
  const auto N = static_cast<std::size_t>(agents);
  MarkovGame game;
  game.states = 2;
  game.actions.assign(2 * N, static_cast<int>(weight.size()));
  game.rewards.resize(N * 2 * joint);
  game.row_begin.push_back(0);
  std::vector<std::size_t> facility(N);
  for (std::size_t row = 0; row < 2 * joint; ++row) {
    const bool distancing = row >= joint;
    std::array<std::size_t, weight.size()> users = {};
    std::size_t rest = row % joint;
    for (std::size_t i = N; i-- > 0; rest /= weight.size()) ++users[facility[i] = rest % weight.size()];
    for (std::size_t i = 0; i < N; ++i) {
      const double pay = static_cast<double>(users[facility[i]]) * weight[facility[i]];
      game.rewards[i * 2 * joint + row] = distancing ? pay - penalty : pay;
    }
    const std::size_t most = *std::max_element(users.begin(), users.end());
    const std::size_t evenly = (N + weight.size() - 1) / weight.size();
    const bool keeps_distance = distancing ? most > evenly : 2 * most > N;
    game.next_state.push_back(keeps_distance ? 1 : 0);
    game.transitions.push_back(1);
    game.row_begin.push_back(row + 1);
  }
  return game;
}

}  // namespace quantal
