#pragma once

/// Chunks in device memory.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <type_traits>
#include <vector>

#include "host/chunk.hpp"
#include "host/device_memory.cuh"
#include "host/parallel.hpp"
#include "kernels/chunk.hpp"

namespace quantal {

/// A network's tables in device memory.
class DeviceNetwork {
 public:
  DeviceNetwork(const NetworkTables& tables, const Stream& stream)
      : agent_(tables.agent, stream),
        neighbour_(tables.graph.neighbour, stream),
        arc_payoffs_(tables.arc_payoffs, stream),
        owner_(tables.owner, stream),
        piece_(tables.piece, stream),
        split_(tables.split, stream),
        view_(tables.view()) {
    view_.agent = agent_.data();
    view_.neighbour = neighbour_.data();
    view_.arc_payoffs = arc_payoffs_.data();
    view_.owner = owner_.data();
    view_.piece = piece_.data();
    view_.split = split_.data();
  }

  const kernels::NetworkView& view() const { return view_; }

 private:
  DeviceArray<kernels::NetworkAgent> agent_;
  DeviceArray<std::int32_t> neighbour_;
  DeviceArray<std::int64_t> arc_payoffs_;
  DeviceArray<std::int32_t> owner_;
  DeviceArray<kernels::NetworkPiece> piece_;
  DeviceArray<kernels::SplitAgent> split_;
  kernels::NetworkView view_;
};

/// A Markov game's tables in device memory.
class DeviceMarkov {
 public:
  DeviceMarkov(const MarkovTables& tables, const Stream& stream)
      : first_(tables.first, stream),
        row_(tables.row, stream),
        state_of_row_(tables.state_of_row, stream),
        slot_(tables.slot, stream),
        pair_of_action_(tables.pair_of_action, stream),
        low_(tables.low, stream),
        row_begin_(tables.row_begin, stream),
        position_(tables.position, stream),
        union_begin_(tables.union_begin, stream),
        successor_(tables.successor, stream),
        view_(tables.view()) {
    view_.first = first_.data();
    view_.row = row_.data();
    view_.state_of_row = state_of_row_.data();
    view_.slot = slot_.data();
    view_.pair_of_action = pair_of_action_.data();
    view_.low = low_.data();
    if (!tables.is_sparse()) return;
    view_.row_begin = row_begin_.data();
    view_.position = position_.data();
    view_.union_begin = union_begin_.data();
    view_.successor = successor_.data();
  }

  const kernels::MarkovView& view() const { return view_; }

 private:
  DeviceArray<std::int32_t> first_;
  DeviceArray<std::int32_t> row_;
  DeviceArray<std::int32_t> state_of_row_;
  DeviceArray<std::int32_t> slot_;
  DeviceArray<std::int32_t> pair_of_action_;
  DeviceArray<std::int32_t> low_;
  DeviceArray<std::int32_t> row_begin_;
  DeviceArray<std::int32_t> position_;
  DeviceArray<std::int32_t> union_begin_;
  DeviceArray<std::int32_t> successor_;
  kernels::MarkovView view_;
};

/// The payoffs of a chunk in half precision, which holds them; nothing where it is not asked for.
inline std::vector<kernels::Half> halves_of(const Chunk<float>& chunk, bool wanted, int threads) {
  std::vector<kernels::Half> halves(wanted ? chunk.payoffs.size() : 0);
  constexpr std::int64_t grain = std::int64_t{1} << 16;
  for_ranges(threads, static_cast<std::int64_t>(halves.size()), grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k) {
      halves[k] = kernels::half_of(chunk.payoffs[k]);
    }
  });
  return halves;
}
inline std::vector<kernels::Half> halves_of(const Chunk<double>&, bool, int) {
  return {};
}

/// A chunk in device memory. Payoffs are there as `halves` if there are any; there is room for those that are still to
/// be arranged (Chunk::games).
template <class Scalar>
class DeviceChunk {
 public:
  DeviceChunk(Chunk<Scalar>& chunk, const std::vector<kernels::Half>& halves, const Stream& stream)
      : view_(chunk.view()),
        table_(chunk.shape->table, stream),
        network_(chunk.shape->network, stream),
        markov_(chunk.shape->markov, stream),
        payoffs_(halves.empty() ? chunk.payoffs.size() + unarranged(chunk) : 0, stream),
        half_payoffs_(halves, stream),
        game_(chunk.game, stream),
        theta_(chunk.theta, stream),
        steps_(chunk.steps, stream),
        rule_memory_(chunk.rule_memory, stream),
        results_(result_bytes(chunk), stream) {
    view_.table = table_.data();
    view_.network = network_.view();
    view_.markov = markov_.view();
    view_.payoffs = payoffs_.data();
    if (!halves.empty()) view_.half_payoffs = half_payoffs_.data();
    view_.game = game_.data();
    view_.theta = theta_.data();
    view_.steps = steps_.data();
    if (!chunk.rule_memory.empty()) view_.rule_memory = rule_memory_.data();
    for_results(chunk, view_, [&](const auto& array, auto*& on_device, std::size_t at) {
      if (!array.empty()) on_device = reinterpret_cast<std::decay_t<decltype(on_device)>>(results_.data() + at);
    });
    if (halves.empty()) copy_to_device(payoffs_.data(), std::span<const Scalar>(chunk.payoffs), stream);
    // Runs that are stopped have no results; what comes back for them is not-a-number, not old memory.
    results_.fill_bytes(0xff);
    copy_to_device(view_.memory, std::span<const kernels::RunMemory<Scalar>>(chunk.memory), stream);
    copy_to_device(view_.iterations, std::span<const std::int64_t>(chunk.iterations), stream);
    copy_to_device(view_.values, std::span<const Scalar>(chunk.values), stream);
  }

  const kernels::ChunkView<Scalar>& view() const { return view_; }
  Scalar* payoffs() const { return payoffs_.data(); }

  /// All results, in one copy from the device.
  void bring_back(Chunk<Scalar>& chunk, const Stream& stream) const {
    std::pmr::vector<std::byte> all(results_.size(), chunk.pi.get_allocator());
    results_.copy_to(all.data(), all.size());
    stream.synchronize();
    kernels::ChunkView<Scalar> unused{};
    for_results(chunk, unused, [&](auto& array, auto*&, std::size_t at) {
      std::copy_n(all.data() + at, array.size() * sizeof(array[0]), reinterpret_cast<std::byte*>(array.data()));
    });
  }

 private:
  static std::size_t unarranged(const Chunk<Scalar>& chunk) {
    return chunk.games.size() * static_cast<std::size_t>(chunk.shape->payoffs);
  }
  /// f(array, its member of the view, at) for the arrays that come back, `at` being where one begins among all of them,
  /// in bytes; returns the bytes of all.
  template <class F>
  static std::size_t for_results(Chunk<Scalar>& chunk, kernels::ChunkView<Scalar>& view, const F& f) {
    std::size_t at = 0;
    const auto next = [&](auto& array, auto*& member) {
      f(array, member, at);
      at += (array.size() * sizeof(array[0]) + 15) / 16 * 16;
    };
    next(chunk.memory, view.memory);
    next(chunk.iterations, view.iterations);
    next(chunk.values, view.values);
    next(chunk.pi, view.pi);
    next(chunk.agent_gap, view.agent_gap);
    next(chunk.nash_gap, view.nash_gap);
    next(chunk.residual, view.residual);
    next(chunk.action_values, view.action_values);
    return at;
  }
  static std::size_t result_bytes(Chunk<Scalar>& chunk) {
    kernels::ChunkView<Scalar> unused{};
    return for_results(chunk, unused, [](const auto&, auto*&, std::size_t) {});
  }

  kernels::ChunkView<Scalar> view_;
  DeviceArray<kernels::AgentShape> table_;
  DeviceNetwork network_;
  DeviceMarkov markov_;
  DeviceArray<Scalar> payoffs_;
  DeviceArray<kernels::Half> half_payoffs_;
  DeviceArray<std::int32_t> game_;
  DeviceArray<Scalar> theta_;
  DeviceArray<kernels::AgentStep<Scalar>> steps_;
  DeviceArray<Scalar> rule_memory_;
  DeviceArray<std::byte> results_;
};

}  // namespace quantal
