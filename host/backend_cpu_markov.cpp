// Markov games in one instruction set, compiled as backend_cpu_isa.cpp is, and a file of their own because they take
// long.

#include <type_traits>

#include "host/cpu_worker.hpp"

namespace quantal {
namespace {

using kernels::Markov;
using kernels::MarkovShapeOf;

/// f(shape), with the numbers of actions that most games have known to the compiler.
template <class F>
void with_shape(const kernels::MarkovView& markov, const F& f) {
  switch (markov.uniform) {
    case 2:
      return f(MarkovShapeOf<2>{markov});
    case 3:
      return f(MarkovShapeOf<3>{markov});
    default:
      return f(MarkovShapeOf<0>{markov});
  }
}

template <class Real, class Team, class Scalar>
void work_as(const ChunkView<Scalar>& chunk, RunFeed<Scalar>& feed, void* memory, const Team& team) {
  with_shape(chunk.markov, [&](const auto& shape) {
    Worker<Real, Markov<Real, std::decay_t<decltype(shape)>>, Team>(chunk, {shape, nullptr}, feed, memory, team).work();
  });
}

template <class Scalar>
void work(const ChunkView<Scalar>& chunk, Lanes lanes, RunFeed<Scalar>& feed, void* memory, const Crew& crew) {
  if (lanes == Lanes::runs) {
    work_as<Pack<Scalar>>(chunk, feed, memory, SerialTeam{});
  } else {
    work_as<Scalar>(chunk, feed, memory, CoreTeam(crew));
  }
}

}  // namespace

void QUANTAL_CPU_ISA_MARKOV(const kernels::ChunkView<float>& chunk, Lanes lanes, RunFeed<float>& feed, void* memory,
                            const Crew& crew) {
  work(chunk, lanes, feed, memory, crew);
}
void QUANTAL_CPU_ISA_MARKOV(const kernels::ChunkView<double>& chunk, Lanes lanes, RunFeed<double>& feed, void* memory,
                            const Crew& crew) {
  work(chunk, lanes, feed, memory, crew);
}

}  // namespace quantal
