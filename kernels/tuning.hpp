#pragma once

/// How a chunk is launched on a GPU: a plain value from the shape and the device, computed on the host, printable and
/// testable without one.

#include <cstddef>
#include <cstdint>

#include "kernels/row_layouts.hpp"

namespace quantal {
namespace kernels {

/// The tiers of the README: one run a thread, a tile of a warp, a block, a grid.
enum class GpuTier : int { none, lane, warp, block, stream };

struct DeviceLimits {
  int multiprocessors = 1;
  std::size_t shared_bytes = 48 * 1024;  // most that a block can have, after opting in
};

/// What a run takes in Scalars: its game's payoffs, and its workspace without the partial sums of a team.
struct RunSize {
  std::int64_t payoffs = 0;
  std::int64_t workspace = 0;
  int side_by_side = 1;         // actions that a team works on at once: the most of any agent; in a network all of them
  int static_shape = -1;        // its index among the lane shapes (a network: the static networks), or -1
  RowChoice warp_rows{};        // of a normal form, in the warp tier
  RowChoice block_rows{};       // in the block tier
  std::size_t table_bytes = 0;  // of a network's tables, which the runs of a block share
};

struct LaunchPolicy {
  GpuTier tier = GpuTier::none;
  int team = 1;                  // threads that share a run; stream: threads of the grid
  int block_threads = 1;         // threads of a block
  int runs_per_block = 1;        // stream: 1
  int blocks = 0;                // stream: blocks of the grid; others: as many as the runs need
  std::size_t shared_bytes = 0;  // dynamic shared memory of a block
  int static_shape = -1;         // lane: which of the lane shapes
  int row_layout = -1;           // warp and block: RowChoice::layout; -1: the kernel for any shape
  bool shares_games = false;     // stream: runs of one game share each reading of its payoffs, run_lanes at a time

  bool operator==(const LaunchPolicy&) const = default;
};

constexpr int lane_block = 128;
constexpr int warp_block = 128;
constexpr int block_threads = 256;
constexpr int stream_threads = 256;

/// Largest run, payoffs and workspace, that is given a warp rather than a block.
constexpr std::size_t largest_warp_run = 16 * 1024;
/// Payoffs that a thread of the stream tier reads at least, each iteration.
constexpr std::int64_t stream_payoffs_a_thread = 8;
/// Blocks of the stream tier on one multiprocessor: as many as its kernels leave registers for on every device, since
/// sums depend on their number.
constexpr int stream_blocks_a_multiprocessor = 2;

/// Dynamic shared memory of one run of a team, rounded up to 16 bytes.
constexpr std::size_t shared_bytes_of_run(const RunSize& run, int team, std::size_t scalar_bytes) {
  const auto reals = static_cast<std::size_t>(run.payoffs + run.workspace + team);
  return (reals * scalar_bytes + 15) / 16 * 16;
}

constexpr LaunchPolicy lane_policy(const RunSize& run) {
  if (run.static_shape < 0) return {};
  return {GpuTier::lane, 1, lane_block, lane_block, 0, 0, run.static_shape};
}

constexpr LaunchPolicy row_policy(GpuTier tier, const RowChoice& choice) {
  const int block = choice.threads > 32 ? choice.threads : choice.runs / (32 / choice.threads) * 32;
  return {tier, choice.threads, block, choice.runs, 0, choice.shared_bytes, -1, choice.layout};
}

/// Narrow tiles for games whose agents have few actions, so that lanes do not idle.
constexpr LaunchPolicy warp_policy(const RunSize& run, std::size_t scalar_bytes, const DeviceLimits& device) {
  if (run.warp_rows.layout >= 0) return row_policy(GpuTier::warp, run.warp_rows);
  const int team = run.side_by_side <= 8 && run.payoffs <= 512 ? 8 : 32;
  const std::size_t run_bytes = shared_bytes_of_run(run, team, scalar_bytes);
  const auto block_bytes = [&](int runs) { return static_cast<std::size_t>(runs) * run_bytes + run.table_bytes; };
  int runs = warp_block / team;
  while (runs > 1 && block_bytes(runs) > device.shared_bytes) runs /= 2;
  // A warp is never divided among blocks.
  if (runs * team < 32 || block_bytes(runs) > device.shared_bytes) return {};
  return {GpuTier::warp, team, runs * team, runs, 0, block_bytes(runs)};
}

/// Static shared memory that a kernel takes beside its runs, for reductions, at most.
constexpr std::size_t block_team_bytes = 1024;

constexpr LaunchPolicy block_policy(const RunSize& run, std::size_t scalar_bytes, const DeviceLimits& device) {
  if (run.block_rows.layout >= 0) return row_policy(GpuTier::block, run.block_rows);
  const std::size_t bytes = shared_bytes_of_run(run, block_threads, scalar_bytes) + run.table_bytes;
  if (bytes + block_team_bytes > device.shared_bytes) return {};
  return {GpuTier::block, block_threads, block_threads, 1, 0, bytes};
}

constexpr LaunchPolicy stream_policy(const RunSize& run, const DeviceLimits& device) {
  const std::int64_t wanted = run.payoffs / (stream_payoffs_a_thread * stream_threads);
  const int most = device.multiprocessors * stream_blocks_a_multiprocessor;
  const int blocks = wanted < 2 ? 2 : wanted > most ? most : static_cast<int>(wanted);
  return {GpuTier::stream, blocks * stream_threads, stream_threads, 1, blocks, 0};
}

/// The policy of a forced tier (GpuTier::none as its tier if it cannot hold the run), or of the best one.
constexpr LaunchPolicy launch_policy(const RunSize& run, std::size_t scalar_bytes, const DeviceLimits& device,
                                     GpuTier forced = GpuTier::none) {
  switch (forced) {
    case GpuTier::lane:
      return lane_policy(run);
    case GpuTier::warp:
      return warp_policy(run, scalar_bytes, device);
    case GpuTier::block:
      return block_policy(run, scalar_bytes, device);
    case GpuTier::stream:
      return stream_policy(run, device);
    case GpuTier::none:
      break;
  }
  if (run.static_shape >= 0) return lane_policy(run);
  const bool rows = run.warp_rows.layout >= 0;
  if (run.block_rows.layout >= 0 && (!rows || run.block_rows.cost < run.warp_rows.cost)) {
    return block_policy(run, scalar_bytes, device);
  }
  if (rows || shared_bytes_of_run(run, 32, scalar_bytes) <= largest_warp_run) {
    const LaunchPolicy warp = warp_policy(run, scalar_bytes, device);
    if (warp.tier != GpuTier::none) return warp;
  }
  const LaunchPolicy block = block_policy(run, scalar_bytes, device);
  if (block.tier != GpuTier::none) return block;
  return stream_policy(run, device);
}

}  // namespace kernels
}  // namespace quantal
