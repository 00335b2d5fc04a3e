// Compiled once for each instruction set, with QUANTAL_CPU_ISA_NAME, QUANTAL_CPU_ISA_TABLE, QUANTAL_CPU_ISA_MARKOV and
// QUANTAL_CPU_ISA_RULES naming it. Raw memory and plain interfaces only: see RunFeed.

#include <type_traits>

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

/// f(shape), with the numbers of actions that most networks have known to the compiler.
template <class F>
void with_network_shape(const kernels::NetworkView& network, const F& f) {
  switch (network.uniform) {
    case 2:
      return f(NetworkShapeOf<2>{network});
    case 3:
      return f(NetworkShapeOf<3>{network});
    case 4:
      return f(NetworkShapeOf<4>{network});
    default:
      return f(NetworkShapeOf<0>{network});
  }
}

template <class Real, class Scalar>
void work_with(const ChunkView<Scalar>& chunk, RunFeed<Scalar>& feed, void* memory) {
  const bool network = chunk.network.agents > 0;
  if constexpr (RealTraits<Real>::lanes > 1) {
    const auto with_shape = [&](auto shape) {
      Worker<Real, NormalForm<Real, decltype(shape)>>(chunk, {shape, nullptr}, feed, memory).work();
    };
    if (!network && kernels::with_static_shape(kernels::static_shape_index(chunk.table, chunk.agents), with_shape)) {
      return;
    }
  }
  if (network) {
    with_network_shape(chunk.network, [&](const auto& shape) {
      using Game = Polymatrix<Real, std::decay_t<decltype(shape)>>;
      const Game game{shape, nullptr, kernels::pieces_of_unit(chunk.network, chunk.game_payoffs, 0, 1)};
      Worker<Real, Game>(chunk, game, feed, memory).work();
    });
    return;
  }
  if constexpr (RealTraits<Real>::lanes > 1) {
    const DynamicShape shape{chunk.table, chunk.agents, chunk.actions};
    Worker<Real, NormalForm<Real, DynamicShape>>(chunk, {shape, nullptr}, feed, memory).work();
  }
}

/// A core with a normal form, or with several runs of it, to itself; or one of a crew's.
template <class Real, class Scalar>
void work_on_cores(const ChunkView<Scalar>& chunk, RunFeed<Scalar>& feed, void* memory, const Crew& crew) {
  const DynamicShape shape{chunk.table, chunk.agents, chunk.actions};
  Worker<Real, NormalForm<Scalar, DynamicShape>, CoreTeam>(chunk, {shape, nullptr}, feed, memory, CoreTeam(crew))
      .work();
}

/// One of the threads that share a large network.
template <class Scalar>
void work_together(const ChunkView<Scalar>& chunk, RunFeed<Scalar>& feed, void* memory, const Crew& crew) {
  with_network_shape(chunk.network, [&](const auto& shape) {
    using Game = Polymatrix<Scalar, std::decay_t<decltype(shape)>>;
    const auto mine = kernels::pieces_of_unit(chunk.network, chunk.game_payoffs, crew.rank, crew.size);
    Worker<Scalar, Game, CoreTeam>(chunk, {shape, nullptr, mine}, feed, memory, CoreTeam(crew)).work();
  });
}

template <class Scalar>
std::size_t worker_bytes(const ChunkView<Scalar>& chunk, Lanes lanes, int crew) {
  const WorkerReals reals = worker_reals(chunk, lanes, crew);
  return static_cast<std::size_t>(reals.payoffs + reals.gaps + reals.workspace) *
         (lanes == Lanes::within ? sizeof(Scalar) : sizeof(Pack<Scalar>));
}

template <class Scalar>
void work(const ChunkView<Scalar>& chunk, Lanes lanes, RunFeed<Scalar>& feed, void* memory, const Crew& crew) {
  if (chunk.rule != kernels::UpdateRule::natural_policy_gradient) {
    QUANTAL_CPU_ISA_RULES(chunk, lanes, feed, memory);
  } else if (chunk.markov.agents > 0) {
    QUANTAL_CPU_ISA_MARKOV(chunk, lanes, feed, memory, crew);
  } else if (lanes == Lanes::runs) {
    work_with<Pack<Scalar>>(chunk, feed, memory);
  } else if (lanes == Lanes::shared_game) {
    work_on_cores<Pack<Scalar>>(chunk, feed, memory, crew);
  } else if (chunk.network.agents == 0) {
    work_on_cores<Scalar>(chunk, feed, memory, crew);
  } else if (crew.size > 1) {
    work_together(chunk, feed, memory, crew);
  } else {
    work_with<Scalar>(chunk, feed, memory);
  }
}

template <class Scalar>
constexpr CpuKernels<Scalar> kernels_for{worker_bytes<Scalar>, work<Scalar>, static_cast<int>(Pack<Scalar>::size)};

}  // namespace

extern const CpuIsa QUANTAL_CPU_ISA_TABLE{QUANTAL_CPU_ISA_NAME, kernels_for<float>, kernels_for<double>};

}  // namespace quantal
