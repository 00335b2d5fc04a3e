// Update rules other than NPG in one instruction set, compiled as backend_cpu_isa.cpp is. They take games of any shape
// as they come: those who compare rules count iterations.

#include "host/cpu_worker.hpp"
#include "kernels/update_rules.hpp"

namespace quantal {
namespace {

using kernels::ChosenRule;
using kernels::DynamicShape;
using kernels::Markov;
using kernels::MarkovShape;
using kernels::NetworkShape;
using kernels::NormalForm;
using kernels::Polymatrix;

template <class Real, class Scalar>
void work_as(const ChunkView<Scalar>& chunk, RunFeed<Scalar>& feed, void* memory) {
  const auto work_on = [&](const auto& game) {
    using Game = std::decay_t<decltype(game)>;
    Worker<Real, Game, SerialTeam, ChosenRule>(chunk, game, feed, memory, {}, ChosenRule(chunk.rule)).work();
  };
  if (chunk.markov.agents > 0) {
    work_on(Markov<Real, MarkovShape>{{chunk.markov}, nullptr});
  } else if (chunk.network.agents > 0) {
    work_on(Polymatrix<Real, NetworkShape>{
        {chunk.network}, nullptr, kernels::pieces_of_unit(chunk.network, chunk.game_payoffs, 0, 1)});
  } else {
    work_on(NormalForm<Real, DynamicShape>{{chunk.table, chunk.agents, chunk.actions}, nullptr});
  }
}

template <class Scalar>
void work(const ChunkView<Scalar>& chunk, Lanes lanes, RunFeed<Scalar>& feed, void* memory) {
  if (lanes == Lanes::runs) {
    work_as<Pack<Scalar>>(chunk, feed, memory);
  } else {
    work_as<Scalar>(chunk, feed, memory);
  }
}

}  // namespace

void QUANTAL_CPU_ISA_RULES(const kernels::ChunkView<float>& chunk, Lanes lanes, RunFeed<float>& feed, void* memory) {
  work(chunk, lanes, feed, memory);
}
void QUANTAL_CPU_ISA_RULES(const kernels::ChunkView<double>& chunk, Lanes lanes, RunFeed<double>& feed, void* memory) {
  work(chunk, lanes, feed, memory);
}

}  // namespace quantal
