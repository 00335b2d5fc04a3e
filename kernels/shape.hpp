#pragma once

/// Shape of a normal-form game and the layout of its payoffs in the kernels.
///
/// Agent i's expected payoffs contract its payoff tensor with the policies of its opponents 0, .., i-1, i+1, .., N-1.
/// The opponents are cut, in that order, into a *high* and a *low* group, with H_i and L_i joint actions, and agent i's
/// payoffs are stored as
///
///     P_i  (H_i, L_i, m_i)     row-major: agent i's own action is the fastest index
///
/// so that neighbouring members of a team read neighbouring payoffs, and a contraction costs one multiply-add a payoff
/// and one more for every L_i payoffs. The cut makes H_i + L_i, the number of product weights, smallest.
/// The cores of a CPU see the same numbers as a matrix (R_i, C_i), R_i the joint actions of the first opponents and C_i
/// those of the others and of agent i; see normal_form_cores.hpp.
/// A game's payoffs are P_0, .., P_{N-1} one after another: N M numbers for M joint actions.

#include <cstdint>

#include "kernels/platform.hpp"

namespace quantal {
namespace kernels {

// Plain data and host-side arithmetic: the same in every translation unit, so not in the inline namespace.

/// What the kernels know of one agent.
struct AgentShape {
  std::int64_t payoffs;  // where P_i begins among the game's payoffs
  int actions;           // m_i
  int first;             // where agent i's actions begin among all agents' actions
  int split;             // opponents in the high group
  int high;              // H_i
  int low;               // L_i
  int row_opponents;     // opponents whose joint actions are rows for cores
  std::int64_t rows;     // R_i
  std::int64_t columns;  // C_i
};

/// Of an agent's m actions, those whose payoffs are not all 0: see normal_form.hpp.
QUANTAL_HD constexpr int paying_actions(int actions) {
  return actions == 2 ? 1 : actions;
}

/// What payoffs of an agent's m actions, against the same joint action of its opponents, are relative to, given the
/// second one's and the highest.
QUANTAL_HD constexpr double payoff_reference(int actions, double second, double highest) {
  return actions == 2 ? second : highest;
}

/// The k-th opponent of agent i.
QUANTAL_HD constexpr int opponent(int i, int k) {
  return k < i ? k : k + 1;
}

/// Number of agent i's opponents that go into the high group.
template <class Actions>
constexpr int split_of(const Actions& actions, int agents, int i) {
  if (agents == 1) return 0;
  int best = 0;
  std::int64_t best_weights = -1;
  std::int64_t high = 1;
  for (int split = 0; split < agents - 1; ++split) {
    std::int64_t low = 1;
    for (int k = split; k < agents - 1; ++k) low *= actions[opponent(i, k)];
    if (best_weights < 0 || high + low < best_weights) {
      best_weights = high + low;
      best = split;
    }
    high *= actions[opponent(i, split)];
  }
  return best;
}

/// Number of agent i's opponents whose joint actions are rows for cores. Columns, C_i of them, fill SIMD lanes, and are
/// contracted with the other opponents afterwards, in some 2 C_i steps; each row takes a weight. Fewer than
/// `fewest_columns` leave lanes and the multiply-adds under way at once unused.
template <class Actions>
constexpr int row_opponents_of(const Actions& actions, int agents, int i) {
  constexpr double fewest_columns = 64;
  double payoffs = 1;
  for (int j = 0; j < agents; ++j) payoffs *= actions[j];
  int best = 0;
  double least = -1;
  double rows = 1;
  for (int k = 0; k < agents; ++k) {
    const double columns = payoffs / rows;
    double cost = rows + (k < agents - 1 ? 2 * columns : 0);
    if (columns < fewest_columns) cost += payoffs * (fewest_columns / columns - 1);
    if (least < 0 || cost < least) {
      least = cost;
      best = k;
    }
    if (k < agents - 1) rows *= actions[opponent(i, k)];
  }
  return best;
}

/// Whether some group of opponents is of several agents, so that its weights are products of policies and not a policy.
QUANTAL_HD constexpr bool has_products(const AgentShape* table, int agents) {
  bool found = agents > 3;
  for (int i = 0; agents == 3 && i < agents; ++i) found |= table[i].split != 1;
  return found;
}

/// Fills `table` (N entries) for the given action counts. The caller has checked that the joint actions times N fit
/// an int64.
template <class Actions, class Table>
constexpr void fill_shape(const Actions& actions, int agents, Table& table) {
  std::int64_t payoffs = 0;
  int first = 0;
  for (int i = 0; i < agents; ++i) {
    AgentShape agent{};
    agent.payoffs = payoffs;
    agent.actions = actions[i];
    agent.first = first;
    agent.split = split_of(actions, agents, i);
    std::int64_t high = 1;
    std::int64_t low = 1;
    for (int k = 0; k < agents - 1; ++k) (k < agent.split ? high : low) *= actions[opponent(i, k)];
    agent.high = static_cast<int>(high);
    agent.low = static_cast<int>(low);
    agent.row_opponents = row_opponents_of(actions, agents, i);
    agent.rows = 1;
    for (int k = 0; k < agent.row_opponents; ++k) agent.rows *= actions[opponent(i, k)];
    agent.columns = high * low / agent.rows * actions[i];
    table[i] = agent;
    payoffs += high * low * actions[i];
    first += actions[i];
  }
}

inline namespace QUANTAL_ISA {

/// A shape known when the program runs: a table of N entries that outlives the kernel.
struct DynamicShape {
  const AgentShape* table;
  int agent_count;
  int action_count;  // sum of m_i

  QUANTAL_HD int agents() const { return agent_count; }
  QUANTAL_HD int opponents() const { return agent_count - 1; }
  QUANTAL_HD int opponent(int i, int k) const { return kernels::opponent(i, k); }
  QUANTAL_HD int all_actions() const { return action_count; }
  QUANTAL_HD int actions(int i) const { return table[i].actions; }
  QUANTAL_HD int first(int i) const { return table[i].first; }
  QUANTAL_HD std::int64_t payoffs(int i) const { return table[i].payoffs; }
  QUANTAL_HD int split(int i) const { return table[i].split; }
  QUANTAL_HD int high(int i) const { return table[i].high; }
  QUANTAL_HD int low(int i) const { return table[i].low; }
};

/// A shape known to the compiler: loops unroll and a run's numbers stay in registers.
template <int... M>
struct StaticShape {
  static constexpr int N = static_cast<int>(sizeof...(M));
  static_assert(N >= 2);
  static constexpr int payoff_count = N * (M * ...);

  struct Table {
    AgentShape entry[N];
    constexpr AgentShape& operator[](int i) { return entry[i]; }
  };
  static constexpr Table make_table() {
    const int actions[N] = {M...};
    Table table{};
    fill_shape(actions, N, table);
    return table;
  }
  static constexpr Table table = make_table();

  QUANTAL_HD static constexpr Const<N> agents() { return {}; }
  QUANTAL_HD static constexpr Const<N - 1> opponents() { return {}; }
  template <int I, int K>
  QUANTAL_HD static constexpr auto opponent(Const<I>, Const<K>) {
    return Const<kernels::opponent(I, K)>{};
  }
  QUANTAL_HD static constexpr Const<(M + ...)> all_actions() { return {}; }
  template <int I>
  QUANTAL_HD static constexpr auto actions(Const<I>) {
    return Const<table.entry[I].actions>{};
  }
  template <int I>
  QUANTAL_HD static constexpr auto first(Const<I>) {
    return Const<table.entry[I].first>{};
  }
  template <int I>
  QUANTAL_HD static constexpr auto payoffs(Const<I>) {
    return Const<static_cast<int>(table.entry[I].payoffs)>{};
  }
  template <int I>
  QUANTAL_HD static constexpr auto split(Const<I>) {
    return Const<table.entry[I].split>{};
  }
  template <int I>
  QUANTAL_HD static constexpr auto high(Const<I>) {
    return Const<table.entry[I].high>{};
  }
  template <int I>
  QUANTAL_HD static constexpr auto low(Const<I>) {
    return Const<table.entry[I].low>{};
  }
};

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
