#pragma once

/// Normal-form games on the cores of a CPU, each with SIMD lanes within a game: one core a run, or several on a large
/// one.
///
///     rbar_i(a) = sum_c pi_l(c) .. sum_b pi_k(b) sum_r w_i(r) P_i(r, b, .., c, a)
///
/// P          payoffs  (N; R_i, C_i)  shape.hpp's matrix of rows and columns
/// w          weights  (R_i)          products of the policies of the opponents that are rows
/// pi_k, ..            (m_k)          policies of the other opponents, contracted one after the other
/// rbar       result   (sum of m_i)
/// scratch             (core_scratch_reals) for each core
///
/// Rows are added up in order, column by column, so that lanes lie along columns: for one run they hold neighbouring
/// payoffs. Where Real is a SIMD batch, its lanes are runs of the same game, and each payoff is read once for all: a
/// matrix of policies times one of payoffs. A run's sums are the same in both. Where columns are too few to keep
/// multiply-adds under way, rows take turns among several sums, which depends on the shape alone. So results depend
/// neither on the number of cores nor on the runs beside a run.
///
/// Cores take columns in proportion to payoffs; softmax, gap and update of an agent are one core's, its lanes being a
/// team (lane_team.hpp).

#include <cstdint>
#include <type_traits>
#include <utility>

#include "kernels/lane_team.hpp"
#include "kernels/normal_form.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Columns that are not divided among cores: more than a cache line has.
constexpr int columns_of_core = 32;

/// Whether `count` agents of m actions each go into lanes, m batches of agents, or one after the other with their
/// actions in lanes, which takes fewer batches an agent and some five sums across lanes.
inline bool agents_in_lanes(int count, int m, int lanes) {
  return std::int64_t{m} * ((count + lanes - 1) / lanes) <= std::int64_t{count} * ((m + lanes - 1) / lanes + 5);
}

/// The most rows that an agent has.
inline std::int64_t most_rows(const AgentShape* table, int agents) {
  std::int64_t most = 0;
  for (int i = 0; i < agents; ++i) most = table[i].rows > most ? table[i].rows : most;
  return most;
}

/// Scratch for one core: two places for weights of an agent's rows and, for each agent, two for sums of its columns; or
/// three arrays of agents in lanes, from where a batch may begin.
inline std::int64_t core_scratch_reals(const AgentShape* table, int agents, int lanes) {
  std::int64_t contraction = 2 * (most_rows(table, agents) + lanes);
  std::int64_t most = 0;
  for (int i = 0; i < agents; ++i) {
    if (table[i].row_opponents < agents - 1) contraction += 2 * (table[i].columns + lanes);
    const int m = table[i].actions;
    const bool in_lanes = agents_in_lanes(agents < lanes ? agents : lanes, m, lanes);
    const std::int64_t arrays = 3 * (in_lanes ? std::int64_t{m} * lanes : std::int64_t{m} + lanes);
    most = arrays > most ? arrays : most;
  }
  return (contraction > most ? contraction : most) + lanes;
}

template <class Team>
concept OfCores = static_cast<bool>(Team::of_cores);

template <class Real>
using LanesWithin = typename PackOf<ScalarOf<Real>>::Type;

template <class Real>
constexpr int lanes_within = RealTraits<LanesWithin<Real>>::lanes;

template <class Real>
Real* scratch_of_core(const DynamicShape& shape, Real* scratch, int rank) {
  if (rank > 0) scratch += rank * core_scratch_reals(shape.table, shape.agent_count, lanes_within<Real>);
  const auto past = reinterpret_cast<std::uintptr_t>(scratch) % sizeof(LanesWithin<Real>);
  return past == 0 ? scratch : scratch + (sizeof(LanesWithin<Real>) - past) / sizeof(Real);
}

/// One column, or where lanes lie along columns a batch of them.
template <bool along, class Column, class T>
QUANTAL_HD Column read_column(const T* at) {
  if constexpr (along) {
    return Column::load_unaligned(at);
  } else {
    return Column(*at);
  }
}

/// Sums that a column's rows take turns among: several where columns are too few, for rows that are many, to keep
/// multiply-adds under way.
inline int turns_of(std::int64_t columns, std::int64_t rows, int lanes) {
  if (rows < 16) return 1;
  return columns <= lanes ? 8 : columns <= 2 * lanes ? 4 : columns <= 4 * lanes ? 2 : 1;
}

/// out(c) = sum_r weights(r) P(r, c) for `Width` columns, or batches of neighbouring columns of which the last one
/// begins at column `last`. Sums stay in registers: row r goes to the one of its turn, and those of all turns are added
/// in order.
template <int Width, int Turns, bool along, class Column, class Payoff, class Real>
void add_block(const Payoff* payoffs, std::int64_t stride, std::int64_t rows, const Real* weights, int last,
               Real* out) {
  // Plain loops, which compilers unroll, and without optimisation compile in no time.
  constexpr int step = along ? RealTraits<Column>::lanes : 1;
  int column[Width];
  Column sum[Turns][Width];
#pragma GCC unroll 8
  for (int c = 0; c < Width; ++c) column[c] = c == Width - 1 ? last : c * step;
#pragma GCC unroll 8
  for (int t = 0; t < Turns; ++t) {
#pragma GCC unroll 8
    for (int c = 0; c < Width; ++c) sum[t][c] = constant<Column>(0);
  }
  const Payoff* row = payoffs;
  std::int64_t r = 0;
  const auto add = [&](Column* to) {
    const Column weight(weights[r]);
#pragma GCC unroll 8
    for (int c = 0; c < Width; ++c) {
      to[c] = math::multiply_add(read_column<along, Column>(row + column[c]), weight, to[c]);
    }
    ++r;
    row += stride;
  };
  while (r + Turns <= rows) {
#pragma GCC unroll 8
    for (int t = 0; t < Turns; ++t) add(sum[t]);
  }
#pragma GCC unroll 8
  for (int t = 0; t < Turns - 1; ++t) {
    if (r < rows) add(sum[t]);
  }
#pragma GCC unroll 8
  for (int c = 0; c < Width; ++c) {
    Column total = sum[0][c];
#pragma GCC unroll 8
    for (int t = 1; t < Turns; ++t) total = total + sum[t][c];
    if constexpr (along) {
      total.store_unaligned(out + column[c]);
    } else {
      out[column[c]] = total;
    }
  }
}

/// The same for `count` columns, which are at least a batch where lanes lie along them. What does not fill the last
/// batch overlaps the one before.
template <int Turns, bool along, class Column, class Payoff, class Real>
void add_blocks(const Payoff* payoffs, std::int64_t stride, std::int64_t rows, const Real* weights, int count,
                Real* out) {
  constexpr int step = along ? RealTraits<Column>::lanes : 1;
  constexpr int wide = 8 / Turns;
  int c = 0;
  for (; c + wide * step < count; c += wide * step) {
    add_block<wide, Turns, along, Column>(payoffs + c, stride, rows, weights, (wide - 1) * step, out + c);
  }
  const int left = (count - c + step - 1) / step;
  for_each(Const<wide>{}, [&](auto fewer) {
    constexpr int width = decltype(fewer)::value + 1;
    if (left == width) {
      add_block<width, Turns, along, Column>(payoffs + c, stride, rows, weights, count - c - step, out + c);
    }
  });
}

/// The same in order, where columns are many and lanes lie along them: eight rows stream by at a time.
template <class Column, class Payoff, class Real>
void add_streams(const Payoff* payoffs, std::int64_t stride, std::int64_t rows, const Real* weights, int columns,
                 Real* out) {
  constexpr int step = RealTraits<Column>::lanes;
  const auto add = [&](auto count, std::int64_t r) {
    Column weight[decltype(count)::value];
    for_each(count, [&](auto k) { weight[k] = Column(weights[r + k]); });
    const Payoff* row = payoffs + r * stride;
    const auto block = [&](int c) {
      Column sum = r == 0 ? constant<Column>(0) : Column::load_unaligned(out + c);
      for_each(count, [&](auto k) {
        sum = math::multiply_add(read_column<true, Column>(row + k * stride + c), weight[k], sum);
      });
      return sum;
    };
    // The last batch may overlap the one before, so it is found before that is written.
    const int last = columns - step;
    const Column end = block(last);
    for (int c = 0; c < last; c += step) block(c).store_unaligned(out + c);
    end.store_unaligned(out + last);
  };
  std::int64_t r = 0;
  for (; r + 8 <= rows; r += 8) add(Const<8>{}, r);
  for (; r + 2 <= rows; r += 2) add(Const<2>{}, r);
  for (; r < rows; ++r) add(Const<1>{}, r);
}

/// The same column by column, for runs in lanes: sums of `Width` columns stay in registers while a stretch of rows goes
/// by, and each payoff is multiplied with all runs' weights.
template <int Width, class Payoff, class Real>
void add_stretch(const Payoff* payoffs, std::int64_t stride, const Real* weights, std::int64_t begin, std::int64_t end,
                 Real* out) {
  constexpr std::int64_t ahead = 16;  // rows, whose payoffs are asked for before they are needed
  Real sum[Width];
  for_each(Const<Width>{}, [&](auto c) { sum[c] = begin == 0 ? constant<Real>(0) : out[c]; });
  const Payoff* row = payoffs + begin * stride;
  for (std::int64_t r = begin; r < end; ++r, row += stride) {
    __builtin_prefetch(row + ahead * stride);
    __builtin_prefetch(row + ahead * stride + Width - 1);
    const Real weight = weights[r];
    for_each(Const<Width>{}, [&](auto c) { sum[c] = math::multiply_add(Real(row[c]), weight, sum[c]); });
  }
  for_each(Const<Width>{}, [&](auto c) { out[c] = sum[c]; });
}
template <class Payoff, class Real>
void add_columns(const Payoff* payoffs, std::int64_t stride, std::int64_t rows, const Real* weights, int columns,
                 Real* out) {
  constexpr std::int64_t stretch = 64;
  constexpr int wide = 16;
  for (std::int64_t begin = 0; begin < rows; begin += stretch) {
    const std::int64_t end = begin + stretch < rows ? begin + stretch : rows;
    int c = 0;
    for (; c + wide <= columns; c += wide) {
      add_stretch<wide>(payoffs + c, stride, weights, begin, end, out + c);
    }
    for (; c + 4 <= columns; c += 4) add_stretch<4>(payoffs + c, stride, weights, begin, end, out + c);
    for (; c < columns; ++c) add_stretch<1>(payoffs + c, stride, weights, begin, end, out + c);
  }
}

/// Columns [begin, end) of a matrix that has `columns` in all. `out` does not overlap the matrix.
template <class Payoff, class Real>
void contract_rows(const Payoff* payoffs, std::int64_t columns, std::int64_t rows, const Real* weights,
                   std::int64_t begin, std::int64_t end, Real* out) {
  using Pack = LanesWithin<Real>;
  constexpr int lanes = lanes_within<Real>;
  constexpr int most_in_blocks = 32 * lanes;
  const int count = static_cast<int>(end - begin);
  if (count <= 0) return;
  const auto contract = [&](auto along, auto column) {
    using Column = decltype(column);
    constexpr bool lanes_along = decltype(along)::value != 0;
    const auto in_turns = [&](auto turns) {
      add_blocks<decltype(turns)::value, lanes_along, Column>(payoffs + begin, columns, rows, weights, count,
                                                              out + begin);
    };
    switch (turns_of(columns, rows, lanes)) {
      case 8:
        return in_turns(Const<8>{});
      case 4:
        return in_turns(Const<4>{});
      case 2:
        return in_turns(Const<2>{});
    }
    if constexpr (!lanes_along) {
      add_columns(payoffs + begin, columns, rows, weights, count, out + begin);
    } else if (count <= most_in_blocks) {
      in_turns(Const<1>{});
    } else {
      add_streams<Column>(payoffs + begin, columns, rows, weights, count, out + begin);
    }
  };
  if constexpr (std::is_same_v<Real, Pack>) {
    contract(Const<0>{}, Real());
  } else if (count >= lanes) {
    contract(Const<1>{}, Pack());
  } else {
    contract(Const<0>{}, Real());
  }
}

/// Contracts what is left of an agent's payoffs with one more opponent: (rows, columns) sums to (columns) at another
/// place. Sums are followed by enough memory for a batch, and so is `out` but for the last opponent.
template <class Real>
void contract_opponent(const Real* sums, std::int64_t columns, std::int64_t rows, const Real* policy, bool is_last,
                       Real* out) {
  using Pack = LanesWithin<Real>;
  if constexpr (!std::is_same_v<Real, Pack>) {
    constexpr int lanes = RealTraits<Pack>::lanes;
    if (columns < lanes) {
      alignas(Pack) Real own[lanes];
      Real* const found = is_last ? own : out;
      if (turns_of(columns, rows, lanes) > 1) {
        add_block<1, 8, true, Pack>(sums, columns, rows, policy, 0, found);
      } else {
        add_block<1, 1, true, Pack>(sums, columns, rows, policy, 0, found);
      }
      for (int c = 0; is_last && c < static_cast<int>(columns); ++c) out[c] = found[c];
      return;
    }
  }
  contract_rows(sums, columns, rows, policy, 0, columns, out);
}

/// Weights of agent i's rows, products of policies, the first opponent slowest; from the last opponent to the first, so
/// that lanes lie along products. `place` has two places for all of them, each with a batch to spare.
template <class Real>
const Real* row_weights(const DynamicShape& shape, int i, const Real* pi, Real* place) {
  using Pack = LanesWithin<Real>;
  constexpr int step = std::is_same_v<Real, Pack> ? 1 : lanes_within<Real>;
  const AgentShape& agent = shape.table[i];
  if (agent.row_opponents == 1) return pi + shape.first(shape.opponent(i, 0));
  Real* found = place;
  Real* other = place + agent.rows + lanes_within<Real>;
  found[0] = constant<Real>(1);
  std::int64_t size = 1;
  for (int k = agent.row_opponents; k-- > 0;) {
    const int j = shape.opponent(i, k);
    const int m = shape.actions(j);
    const Real* policy = pi + shape.first(j);
    if (size == 1) {
      for (int a = 0; a < m; ++a) found[a] = policy[a];
    } else {
      for (int a = 0; a < m; ++a) {
        const Pack factor(policy[a]);
        for (std::int64_t w = 0; w < size; w += step) {
          if constexpr (step == 1) {
            other[a * size + w] = found[w] * factor;
          } else {
            // Past the last product is what the next action overwrites.
            (Pack::load_unaligned(found + w) * factor).store_unaligned(other + a * size + w);
          }
        }
      }
      std::swap(found, other);
    }
    size *= m;
  }
  return found;
}

/// Whether agent i's rows are those of agent i - 1, which has the same product weights then.
inline bool shares_rows(const AgentShape* table, int i) {
  return i > 0 && table[i].row_opponents == table[i - 1].row_opponents && table[i].row_opponents < i;
}

template <OfCores Team, class Real, class Payoff>
void expected_payoffs(const Team& team, const NormalForm<Payoff, DynamicShape>& game, const Real* pi, Real* rbar,
                      Real* scratch) {
  const DynamicShape& shape = game.shape;
  const AgentShape* table = shape.table;
  const int N = shape.agents();
  Real* const weights = scratch_of_core(shape, scratch, team.rank());
  const AgentShape& last = table[N - 1];
  const std::int64_t all = last.payoffs + last.rows * last.columns;
  // This core's share are the columns, or agents, that begin in its part of the payoffs.
  const auto part_begin = [&](int rank) {
    const int size = team.size();
    return size == 1 ? all * rank : all / size * rank + all % size * rank / size;
  };
  const std::int64_t from = part_begin(team.rank());
  const std::int64_t to = part_begin(team.rank() + 1);
  team.sync();  // all policies are there
  const auto is_mine = [&](const AgentShape& agent) {
    return agent.row_opponents < N - 1 && agent.payoffs >= from && agent.payoffs < to;
  };
  // Rows first, of all agents, whose sums have settled in the cache when the other opponents come.
  const Real* found = nullptr;  // weights of the agent before, if its rows were this core's
  Real* const all_sums = weights + 2 * (most_rows(table, N) + lanes_within<Real>);
  Real* sums = all_sums;
  for (int i = 0; i < N; ++i) {
    const AgentShape& agent = table[i];
    const std::int64_t columns = agent.columns;
    const Payoff* payoffs = game.payoffs + agent.payoffs;
    if (agent.row_opponents == N - 1) {
      const std::int64_t block = agent.rows * columns_of_core;
      const auto first_from = [&](std::int64_t at) {
        const std::int64_t c = at <= agent.payoffs ? 0 : (at - agent.payoffs + block - 1) / block * columns_of_core;
        return c < columns ? c : columns;
      };
      const std::int64_t begin = first_from(from);
      const std::int64_t end = first_from(to);
      if (begin < end)
        contract_rows(payoffs, columns, agent.rows, row_weights(shape, i, pi, weights), begin, end, rbar + agent.first);
      found = nullptr;
    } else if (is_mine(agent)) {
      if (found == nullptr || !shares_rows(table, i)) found = row_weights(shape, i, pi, weights);
      contract_rows(payoffs, columns, agent.rows, found, 0, columns, sums);
      sums += 2 * (columns + lanes_within<Real>);
    }
  }
  sums = all_sums;
  for (int i = 0; i < N; ++i) {
    const AgentShape& agent = table[i];
    if (!is_mine(agent)) continue;
    std::int64_t left = agent.columns;
    const std::int64_t place = left + lanes_within<Real>;
    Real* at = sums;
    Real* other = sums + place;
    for (int k = agent.row_opponents; k < N - 1; ++k) {
      const int j = shape.opponent(i, k);
      left /= shape.actions(j);
      const bool is_last = k == N - 2;
      contract_opponent(at, left, shape.actions(j), pi + shape.first(j), is_last, is_last ? rbar + agent.first : other);
      std::swap(at, other);
    }
    sums += 2 * place;
  }
  team.sync();  // all expected payoffs are there
}

/// The agents from `first` on that have as many actions as it.
struct AgentGroup {
  int first;
  int count;
  int actions;
};
inline AgentGroup group_from(const DynamicShape& shape, int first) {
  const int m = shape.actions(first);
  int end = first + 1;
  while (end < shape.agents() && shape.actions(end) == m) ++end;
  return {first, end - first, m};
}

/// Batches that hold numbers of a group: its agents in the lanes of m batches, or one agent's m actions in the lanes of
/// as many as they take. Lanes to spare hold copies of others' numbers; those of an agent's policy 0.
template <class Pack>
class GroupBatches {
  using Scalar = ScalarOf<Pack>;
  static constexpr int lanes = RealTraits<Pack>::lanes;

 public:
  GroupBatches(bool agents_in_lanes, const AgentGroup& group)
      : in_lanes_(agents_in_lanes), count_(group.count), m_(group.actions) {}

  int batches() const { return in_lanes_ ? m_ : LaneTeam<Pack>::batches(m_); }

  /// From, and to, numbers agent by agent. `spare`: for lanes beyond one agent's actions.
  void take(Pack* batch, const Scalar* from, Scalar spare) const {
    Scalar* const to = reinterpret_cast<Scalar*>(batch);
    if (in_lanes_) {
      for (int a = 0; a < m_; ++a) batch[a] = Pack(from[a]);
      for (int lane = 1; lane < count_; ++lane) {
        for (int a = 0; a < m_; ++a) to[a * lanes + lane] = from[lane * m_ + a];
      }
    } else {
      for (int a = 0; a < m_; ++a) to[a] = from[a];
      for (int a = m_; a < batches() * lanes; ++a) to[a] = spare;
    }
  }
  void give(const Pack* batch, Scalar* to) const {
    const Scalar* const from = reinterpret_cast<const Scalar*>(batch);
    if (in_lanes_) {
      for (int lane = 0; lane < count_; ++lane) {
        for (int a = 0; a < m_; ++a) to[lane * m_ + a] = from[a * lanes + lane];
      }
    } else {
      for (int a = 0; a < m_; ++a) to[a] = from[a];
    }
  }

 private:
  bool in_lanes_;
  int count_;
  int m_;
};

/// f for a group's agents, whose actions begin at `where`, of one run; their gaps go to `gap`.
template <Uses uses, class Scalar, class F>
void for_group(RunState<Scalar>& run, bool in_lanes, const AgentGroup& group, int where, F&& f, Scalar* memory,
               Scalar* gap) {
  using Pack = LanesWithin<Scalar>;
  const GroupBatches<Pack> batches(in_lanes, group);
  Pack* const theta = reinterpret_cast<Pack*>(memory);
  Pack* const pi = theta + batches.batches();
  Pack* const rbar = pi + batches.batches();
  batches.take(theta, run.theta + where, run.theta[where]);
  if constexpr (uses.pi) batches.take(pi, run.pi + where, Scalar(0));
  if constexpr (uses.rbar) batches.take(rbar, run.rbar + where, run.rbar[where]);
  const AgentStep<Scalar>* const steps = run.steps + group.first;
  AgentStep<Pack> step{Pack(steps->tau), Pack(steps->lambda), Pack(steps->leak), Pack(steps->kappa)};
  for (int lane = 1; in_lanes && lane < group.count; ++lane) {
    const auto take = [&](Pack& mine, Scalar own) { reinterpret_cast<Scalar*>(&mine)[lane] = own; };
    take(step.tau, steps[lane].tau);
    take(step.lambda, steps[lane].lambda);
    take(step.leak, steps[lane].leak);
    take(step.kappa, steps[lane].kappa);
  }
  Pack found{};
  const AgentNumbers<Pack, int> numbers{group.actions, &step, theta, pi, rbar, &found, nullptr, group.first};
  if (in_lanes) {
    f(SerialTeam{}, numbers);
  } else {
    f(LaneTeam<Pack>(group.actions), numbers);
  }
  if constexpr (uses.writes_theta) batches.give(theta, run.theta + where);
  if constexpr (uses.writes_pi) batches.give(pi, run.pi + where);
  for (int k = 0; k < group.count; ++k) gap[k] = reinterpret_cast<const Scalar*>(&found)[k];
}

/// f for every agent, each by one core, always the same one. *largest becomes the largest gap that f finds among this
/// core's, if that is asked for.
template <Uses uses, OfCores Team, class Real, class Payoff, class F>
void for_agents(const Team& team, const NormalForm<Payoff, DynamicShape>& game, RunState<Real>& run, F&& f,
                Real* largest = nullptr) {
  static_assert(!uses.kept);
  using Pack = LanesWithin<Real>;
  constexpr int lanes = RealTraits<Pack>::lanes;
  const DynamicShape& shape = game.shape;
  int turn = 0;
  for (int i = 0; i < shape.agents();) {
    AgentGroup group = group_from(shape, i);
    const bool in_lanes = agents_in_lanes(group.count, group.actions, lanes);
    group.count = in_lanes ? (group.count < lanes ? group.count : lanes) : 1;
    i += group.count;
    if (turn++ % team.size() != team.rank()) continue;
    if constexpr (std::is_same_v<Real, Pack>) {
      // Each lane has a run: nothing to rearrange.
      for (int j = group.first; j < i; ++j) {
        if (in_lanes) {
          for_agent<uses>(SerialTeam{}, shape, run, j, f, largest);
        } else {
          for_agent<uses>(RunLanes{}, shape, run, j, f, largest);
        }
      }
    } else {
      Real gap[lanes];
      for_group<uses>(run, in_lanes, group, shape.first(group.first), f,
                      scratch_of_core(shape, run.scratch, team.rank()), gap);
      if (largest == nullptr) continue;
      for (int k = 0; k < group.count; ++k) {
        if (uses.writes_gap) run.agent_gap[group.first + k] = gap[k];
        *largest = largest_or_nan(*largest, gap[k]);
      }
    }
  }
}

template <OfCores Team, class Payoff, class Real>
Real largest_of_agents(const Team& team, const NormalForm<Payoff, DynamicShape>&, const Real& mine) {
  return team.max(mine);
}

}  // namespace QUANTAL_ISA
}  // namespace kernels
}  // namespace quantal
