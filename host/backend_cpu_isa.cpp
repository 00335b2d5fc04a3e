// Compiled once for each instruction set, with QUANTAL_CPU_ISA_NAME, QUANTAL_CPU_ISA_TABLE, QUANTAL_CPU_ISA_MARKOV and
// QUANTAL_CPU_ISA_RULES naming it. Raw memory and plain interfaces only: see RunFeed.

#include <type_traits>

#include "kernels/real_simd.hpp"
#include "kernels/several.hpp"

#include "host/cpu_worker.hpp"
#include "kernels/static_shapes.hpp"

namespace quantal {

// In backend_cpu_markov.cpp.
void QUANTAL_CPU_ISA_MARKOV(const kernels::ChunkView<float>& chunk, Lanes lanes, RunFeed<float>& feed, void* memory,
                            const Crew& crew);
void QUANTAL_CPU_ISA_MARKOV(const kernels::ChunkView<double>& chunk, Lanes lanes, RunFeed<double>& feed, void* memory,
                            const Crew& crew);

// In backend_cpu_rules.cpp.
void QUANTAL_CPU_ISA_RULES(const kernels::ChunkView<float>& chunk, Lanes lanes, RunFeed<float>& feed, void* memory);
void QUANTAL_CPU_ISA_RULES(const kernels::ChunkView<double>& chunk, Lanes lanes, RunFeed<double>& feed, void* memory);

namespace {

using kernels::DynamicShape;
using kernels::NetworkShapeOf;
using kernels::NormalForm;
using kernels::Polymatrix;
using kernels::ReducedPolymatrix;

template <class Scalar>
using PackPair = kernels::Several<Pack<Scalar>, 2>;

/// f(m), with the numbers of actions that most networks have known to the compiler. False: it has others.
template <class F>
bool with_few_actions(int uniform, const F& f) {
  static_assert(most_few_actions == 4);
  switch (uniform) {
    case 2:
      return f(kernels::Const<2>{}), true;
    case 3:
      return f(kernels::Const<3>{}), true;
    case 4:
      return f(kernels::Const<4>{}), true;
    default:
      return false;
  }
}

/// Normal forms of one shape, one in each lane of Real.
template <class Real, class Scalar, class Shape>
void work_in_lanes_of(const ChunkView<Scalar>& chunk, const Shape& shape, RunFeed<Scalar>& feed, void* memory) {
  Worker<Real, NormalForm<Real, Shape>>(chunk, {shape, nullptr}, feed, memory).work();
}

/// Larger games have enough to do in one pack, and in two run out of registers.
constexpr std::int64_t most_paired_payoffs = 32;

/// Whether a core advances two packs of games side by side, since in one most instructions wait for the one before:
/// small ones, of which there are enough to fill many packs.
template <class Scalar>
bool takes_pairs(const ChunkView<Scalar>& chunk) {
  constexpr int many_packs = 64;
  return chunk.table != nullptr && chunk.game_payoffs <= most_paired_payoffs &&
         kernels::static_shape_index(chunk.table, chunk.agents) >= 0 &&
         chunk.runs >= std::int64_t{many_packs} * RealTraits<Pack<Scalar>>::lanes;
}

/// Normal forms, one in each lane of a pack or of a pair of packs.
template <class Scalar>
void work_in_lanes(const ChunkView<Scalar>& chunk, RunFeed<Scalar>& feed, void* memory) {
  const auto with_shape = [&](const auto& shape) {
    if constexpr (std::decay_t<decltype(shape)>::payoff_count <= most_paired_payoffs) {
      if (takes_pairs(chunk)) return work_in_lanes_of<PackPair<Scalar>>(chunk, shape, feed, memory);
    }
    work_in_lanes_of<Pack<Scalar>>(chunk, shape, feed, memory);
  };
  if (kernels::with_static_shape(kernels::static_shape_index(chunk.table, chunk.agents), with_shape)) return;
  work_in_lanes_of<Pack<Scalar>>(chunk, DynamicShape{chunk.table, chunk.agents, chunk.actions}, feed, memory);
}

/// A core with a normal form, or with several runs of it, to itself; or one of a crew's.
template <class Real, class Scalar>
void work_on_cores(const ChunkView<Scalar>& chunk, RunFeed<Scalar>& feed, void* memory, const Crew& crew) {
  const DynamicShape shape{chunk.table, chunk.agents, chunk.actions};
  Worker<Real, NormalForm<Scalar, DynamicShape>, CoreTeam>(chunk, {shape, nullptr}, feed, memory, CoreTeam(crew))
      .work();
}

template <class Scalar>
kernels::PieceRange pieces_of(const ChunkView<Scalar>& chunk, int core, int cores) {
  const std::int64_t arc_payoffs = chunk.network.agent[chunk.network.agents].payoffs;
  return kernels::pieces_of_unit(chunk.network, arc_payoffs, core, cores);
}

/// Networks, one in each lane of a pack.
template <class Scalar>
void work_on_networks(const ChunkView<Scalar>& chunk, RunFeed<Scalar>& feed, void* memory) {
  const auto work_on = [&](auto m) {
    using Shape = NetworkShapeOf<decltype(m)::value>;
    const auto mine = pieces_of(chunk, 0, 1);
    Worker<Pack<Scalar>, Polymatrix<Pack<Scalar>, Shape>>(chunk, {Shape{chunk.network}, nullptr, mine}, feed, memory)
        .work();
  };
  if (!with_few_actions(chunk.network.uniform, work_on)) work_on(kernels::Const<0>{});
}

/// A core with a network, or of few actions with several runs of it, to itself; or one of a crew's. In double those of
/// few actions have reduced payoffs.
template <class Real, class Scalar>
void work_on_network(const ChunkView<Scalar>& chunk, RunFeed<Scalar>& feed, void* memory, const Crew& crew) {
  const CoreTeam team(crew);
  const auto mine = pieces_of(chunk, team.rank(), team.size());
  const auto work_on = [&]<class Game>(const Game& game) {
    Worker<Real, Game, CoreTeam>(chunk, game, feed, memory, team).work();
  };
  const auto work_on_few_actions = [&](auto m) {
    constexpr int M = decltype(m)::value;
    const Polymatrix<Scalar, NetworkShapeOf<M>> game{NetworkShapeOf<M>{chunk.network}, nullptr, mine};
    if constexpr (std::is_same_v<Scalar, double>) {
      work_on(ReducedPolymatrix<Scalar, M>{game});
    } else {
      work_on(game);
    }
  };
  if (with_few_actions(chunk.network.uniform, work_on_few_actions)) return;
  if constexpr (std::is_same_v<Real, Scalar>) {
    work_on(Polymatrix<Scalar, NetworkShapeOf<0>>{NetworkShapeOf<0>{chunk.network}, nullptr, mine});
  }
}

template <class Scalar>
std::size_t worker_bytes(const ChunkView<Scalar>& chunk, Lanes lanes, int crew) {
  const WorkerReals reals = worker_reals(chunk, lanes, crew);
  const std::size_t real_bytes = lanes == Lanes::within                       ? sizeof(Scalar)
                                 : lanes == Lanes::runs && takes_pairs(chunk) ? sizeof(PackPair<Scalar>)
                                                                              : sizeof(Pack<Scalar>);
  return static_cast<std::size_t>(reals.payoffs + reals.gaps + reals.workspace) * real_bytes;
}

template <class Scalar>
void work(const ChunkView<Scalar>& chunk, Lanes lanes, RunFeed<Scalar>& feed, void* memory, const Crew& crew) {
  if (chunk.rule != kernels::UpdateRule::natural_policy_gradient) {
    QUANTAL_CPU_ISA_RULES(chunk, lanes, feed, memory);
  } else if (chunk.markov.agents > 0) {
    QUANTAL_CPU_ISA_MARKOV(chunk, lanes, feed, memory, crew);
  } else if (chunk.network.agents > 0) {
    if (lanes == Lanes::runs) {
      work_on_networks(chunk, feed, memory);
    } else if (lanes == Lanes::shared_game) {
      work_on_network<Pack<Scalar>>(chunk, feed, memory, crew);
    } else {
      work_on_network<Scalar>(chunk, feed, memory, crew);
    }
  } else if (lanes == Lanes::runs) {
    work_in_lanes(chunk, feed, memory);
  } else if (lanes == Lanes::shared_game) {
    work_on_cores<Pack<Scalar>>(chunk, feed, memory, crew);
  } else {
    work_on_cores<Scalar>(chunk, feed, memory, crew);
  }
}

template <class Scalar>
constexpr CpuKernels<Scalar> kernels_for{worker_bytes<Scalar>, work<Scalar>, static_cast<int>(Pack<Scalar>::size)};

}  // namespace

extern const CpuIsa QUANTAL_CPU_ISA_TABLE{QUANTAL_CPU_ISA_NAME, kernels_for<float>, kernels_for<double>};

}  // namespace quantal
