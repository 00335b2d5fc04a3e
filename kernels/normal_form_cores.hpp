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

#include "kernels/lane_team.hpp"
#include "kernels/normal_form.hpp"

namespace quantal {
namespace kernels {
inline namespace QUANTAL_ISA {

/// Columns that are not divided among cores: more than a cache line has.
constexpr int columns_of_core = 32;

/// C_i, the columns of an agent's matrix.
inline std::int64_t columns_of(const AgentShape& agent) {
  return std::int64_t{agent.high} * agent.low / agent.rows * agent.actions;
}

/// Whether `count` agents of m actions each go into lanes, m batches of agents, or one after the other with their
/// actions in lanes, which takes fewer batches an agent and some five sums across lanes.
inline bool agents_in_lanes(int count, int m, int lanes) {
  return std::int64_t{m} * ((count + lanes - 1) / lanes) <= std::int64_t{count} * ((m + lanes - 1) / lanes + 5);
}

/// Scratch for one core: weights and sums of the columns, or three arrays of agents in lanes, from where a batch
/// may begin.
inline std::int64_t core_scratch_reals(const AgentShape* table, int agents, int lanes) {
  std::int64_t most = 0;
  for (int i = 0; i < agents; ++i) {
    const std::int64_t contraction = table[i].rows + columns_of(table[i]) + lanes;
    const int m = table[i].actions;
    const bool in_lanes = agents_in_lanes(agents < lanes ? agents : lanes, m, lanes);
    const std::int64_t arrays = 3 * (in_lanes ? std::int64_t{m} * lanes : std::int64_t{m} + lanes);
    const std::int64_t needed = contraction > arrays ? contraction : arrays;
    if (needed > most) most = needed;
  }
  return most + lanes;
}

template <class Team>
concept OfCores = static_cast<bool>(Team::of_cores);

template <class Real>
using LanesWithin = typename PackOf<ScalarOf<Real>>::Type;

template <class Real>
Real* scratch_of_core(const DynamicShape& shape, Real* scratch, int rank) {
  constexpr int lanes = RealTraits<LanesWithin<Real>>::lanes;
  scratch += rank * core_scratch_reals(shape.table, shape.agent_count, lanes);
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

/// out(c) = block(c) for all columns. Where these do not fill the last batch, it overlaps the one before, and is found
/// before anything is written: `block` may read `out`.
template <bool along, class Column, class Real, class Block>
QUANTAL_HD void for_column_blocks(int columns, Real* out, Block&& block) {
  constexpr int step = along ? RealTraits<Column>::lanes : 1;
  const int last = columns - step;
  const Column end = block(last);
  const auto write = [&](int c, const Column& x) {
    if constexpr (along) {
      x.store_unaligned(out + c);
    } else {
      out[c] = x;
    }
  };
  for (int c = 0; c < last; c += step) write(c, block(c));
  write(last, end);
}

/// out(c) = sum_r weights(r) P(r, c), rows in order. Lanes along columns: eight rows stream by at a time.
template <class Column, class Payoff, class Real>
void add_streams(const Payoff* payoffs, std::int64_t stride, std::int64_t rows, const Real* weights, int columns,
                 Real* out) {
  const auto add = [&](auto count, std::int64_t r) {
    Column weight[decltype(count)::value];
    for_each(count, [&](auto k) { weight[k] = Column(weights[r + k]); });
    const Payoff* row = payoffs + r * stride;
    for_column_blocks<true, Column>(columns, out, [&](int c) {
      Column sum = r == 0 ? constant<Column>(0) : read_column<true, Column>(out + c);
      for_each(count, [&](auto k) {
        sum = math::multiply_add(read_column<true, Column>(row + k * stride + c), weight[k], sum);
      });
      return sum;
    });
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

/// Whether columns are too few, for rows that are many, to keep multiply-adds under way.
inline bool takes_turns(std::int64_t columns, std::int64_t rows, int lanes) {
  return columns <= 4 * lanes && rows >= 16;
}

/// The same of few columns: rows take turns among several sums, which are added in order.
template <bool along, class Column, class Payoff, class Real>
void add_rows_in_turns(const Payoff* payoffs, std::int64_t stride, std::int64_t rows, const Real* weights, int columns,
                       Real* out) {
  constexpr int turns = 8;
  for_column_blocks<along, Column>(columns, out, [&](int c) {
    Column part[turns];
    for_each(Const<turns>{}, [&](auto k) { part[k] = constant<Column>(0); });
    const auto add = [&](std::int64_t r, auto k) {
      part[k] = math::multiply_add(read_column<along, Column>(payoffs + (r + k) * stride + c), Column(weights[r + k]),
                                   part[k]);
    };
    std::int64_t r = 0;
    for (; r + turns <= rows; r += turns) for_each(Const<turns>{}, [&](auto k) { add(r, k); });
    for_each(Const<turns>{}, [&](auto k) {
      if (r + k < rows) add(r, k);
    });
    Column sum = part[0];
    for_each(Const<turns - 1>{}, [&](auto k) { sum = sum + part[k + 1]; });
    return sum;
  });
}

/// Columns [begin, end) of a matrix that has `columns` in all.
template <class Payoff, class Real>
void contract_rows(const Payoff* payoffs, std::int64_t columns, std::int64_t rows, const Real* weights,
                   std::int64_t begin, std::int64_t end, Real* out) {
  using Pack = LanesWithin<Real>;
  constexpr int lanes = RealTraits<Pack>::lanes;
  const int count = static_cast<int>(end - begin);
  if (count <= 0) return;
  const auto contract = [&](auto along, auto column) {
    using Column = decltype(column);
    constexpr bool lanes_along = decltype(along)::value != 0;
    if (takes_turns(columns, rows, lanes)) {
      add_rows_in_turns<lanes_along, Column>(payoffs + begin, columns, rows, weights, count, out + begin);
    } else if constexpr (lanes_along) {
      add_streams<Column>(payoffs + begin, columns, rows, weights, count, out + begin);
    } else {
      add_columns(payoffs + begin, columns, rows, weights, count, out + begin);
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

/// Contracts what is left of an agent's payoffs with one more opponent: (rows, columns) sums to (columns), which may
/// lie at the same place. Sums are followed by enough memory for a batch.
template <class Real>
void contract_opponent(const Real* sums, std::int64_t columns, std::int64_t rows, const Real* policy, Real* out) {
  using Pack = LanesWithin<Real>;
  if constexpr (!std::is_same_v<Real, Pack>) {
    constexpr int lanes = RealTraits<Pack>::lanes;
    if (columns < lanes) {
      alignas(Pack) Real found[lanes];
      if (takes_turns(columns, rows, lanes)) {
        add_rows_in_turns<true, Pack>(sums, columns, rows, policy, lanes, found);
      } else {
        add_streams<Pack>(sums, columns, rows, policy, lanes, found);
      }
      for (int c = 0; c < static_cast<int>(columns); ++c) out[c] = found[c];
      return;
    }
  }
  contract_rows(sums, columns, rows, policy, 0, columns, out);
}

template <OfCores Team, class Real, class Payoff>
void expected_payoffs(const Team& team, const NormalForm<Payoff, DynamicShape>& game, const Real* pi, Real* rbar,
                      Real* scratch) {
  const DynamicShape& shape = game.shape;
  const AgentShape* table = shape.table;
  const int N = shape.agents();
  Real* const own = scratch_of_core(shape, scratch, team.rank());
  const AgentShape& last = table[N - 1];
  const std::int64_t all = last.payoffs + last.rows * columns_of(last);
  // This core's share are the columns, or agents, that begin in its part of the payoffs.
  const std::int64_t from = all / team.size() * team.rank() + all % team.size() * team.rank() / team.size();
  const int next = team.rank() + 1;
  const std::int64_t to = all / team.size() * next + all % team.size() * next / team.size();
  team.sync();  // all policies are there
  for (int i = 0; i < N; ++i) {
    const AgentShape& agent = table[i];
    const std::int64_t columns = columns_of(agent);
    const Payoff* payoffs = game.payoffs + agent.payoffs;
    Real* const result = rbar + agent.first;
    if (agent.row_opponents == N - 1) {
      const std::int64_t block = agent.rows * columns_of_core;
      const auto first_from = [&](std::int64_t at) {
        const std::int64_t c = at <= agent.payoffs ? 0 : (at - agent.payoffs + block - 1) / block * columns_of_core;
        return c < columns ? c : columns;
      };
      const std::int64_t begin = first_from(from);
      const std::int64_t end = first_from(to);
      if (begin < end)
        contract_rows(payoffs, columns, agent.rows, product_weights(shape, i, 0, agent.row_opponents, pi, own), begin,
                      end, result);
      continue;
    }
    if (agent.payoffs < from || agent.payoffs >= to) continue;
    Real* const sums = own + agent.rows;
    contract_rows(payoffs, columns, agent.rows, product_weights(shape, i, 0, agent.row_opponents, pi, own), 0, columns,
                  sums);
    std::int64_t left = columns;
    for (int k = agent.row_opponents; k < N - 1; ++k) {
      const int j = shape.opponent(i, k);
      left /= shape.actions(j);
      contract_opponent(sums, left, shape.actions(j), pi + shape.first(j), k == N - 2 ? result : sums);
    }
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
/// as many as they take. Lanes to spare hold copies of others' numbers.
template <class Pack>
class GroupBatches {
  using Scalar = ScalarOf<Pack>;
  static constexpr int lanes = RealTraits<Pack>::lanes;

 public:
  GroupBatches(bool agents_in_lanes, const AgentGroup& group)
      : in_lanes_(agents_in_lanes), count_(group.count), m_(group.actions) {}

  int batches() const { return in_lanes_ ? m_ : LaneTeam<Pack>::batches(m_); }

  /// From, and to, numbers agent by agent.
  void take(Pack* batch, const Scalar* from) const {
    Scalar* const to = reinterpret_cast<Scalar*>(batch);
    if (in_lanes_) {
      for (int a = 0; a < m_; ++a) batch[a] = Pack(from[a]);
      for (int lane = 1; lane < count_; ++lane) {
        for (int a = 0; a < m_; ++a) to[a * lanes + lane] = from[lane * m_ + a];
      }
    } else {
      for (int a = 0; a < m_; ++a) to[a] = from[a];
      for (int a = m_; a < batches() * lanes; ++a) to[a] = from[0];
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
  batches.take(theta, run.theta + where);
  if constexpr (uses.pi) batches.take(pi, run.pi + where);
  if constexpr (uses.rbar) batches.take(rbar, run.rbar + where);
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
