#include "host/launch_plan.hpp"

#include <algorithm>

#include "host/cuda_info.hpp"
#include "host/steps.hpp"
#include "kernels/markov_layouts.hpp"
#include "kernels/polymatrix.hpp"
#include "kernels/static_shapes.hpp"
#include "kernels/workspace.hpp"
#include "quantal/error.hpp"
#include "quantal/info.hpp"

namespace quantal {

namespace {

using kernels::GpuTier;

GpuTier gpu_tier(Tier tier) {
  switch (tier) {
    case Tier::automatic:
      return GpuTier::none;
    case Tier::lane:
      return GpuTier::lane;
    case Tier::warp:
      return GpuTier::warp;
    case Tier::block:
      return GpuTier::block;
    case Tier::stream:
      return GpuTier::stream;
  }
  return GpuTier::none;
}

/// What the planner asks of a shape.
kernels::RunSize run_size(const Shape& shape, kernels::UpdateRule rule, std::size_t scalar_bytes,
                          const kernels::DeviceLimits& device) {
  kernels::RunSize size;
  size.payoffs = shape.payoffs;
  size.workspace = kernels::workspace_reals(shape.agents, shape.all_actions,
                                            kernels::rule_reals(rule, shape.all_actions), shape.scratch, 1);
  if (shape.is_markov()) {
    size.side_by_side = std::max(32, shape.all_actions);
    size.table_bytes = static_cast<std::size_t>(kernels::markov_table_bytes(shape.markov.view()));
    if (shape.markov.is_direct() && !shape.markov.is_sparse()) {
      size.warp_rows = kernels::markov_row_choice(shape.markov.agents, shape.markov.states, shape.markov.largest,
                                                  shape.markov.most_rows(), scalar_bytes,
                                                  device.shared_bytes - kernels::markov_policy_bytes);
    }
  } else if (shape.is_network()) {
    size.side_by_side = shape.all_actions;
    size.static_shape = kernels::static_network_index(shape.actions.data(), shape.agents);
    size.table_bytes = static_cast<std::size_t>(kernels::block_table_bytes(
        shape.agents, static_cast<int>(shape.network.graph.neighbour.size()), shape.all_actions));
    size.warp_rows =
        kernels::network_row_choice(shape.agents, shape.network.largest, shape.network.most_neighbours, scalar_bytes);
  } else {
    // Whole warps, for what has no rows.
    size.side_by_side = std::max(32, *std::max_element(shape.actions.begin(), shape.actions.end()));
    size.static_shape = kernels::lane_shape_index(shape.table.data(), shape.agents, shape.payoffs, scalar_bytes);
    size.warp_rows = kernels::row_choice(shape.table.data(), shape.agents, scalar_bytes, false, device.shared_bytes);
    size.block_rows = kernels::row_choice(shape.table.data(), shape.agents, scalar_bytes, true,
                                          device.shared_bytes - kernels::block_team_bytes);
  }
  if (rule != kernels::UpdateRule::natural_policy_gradient) {
    // They have neither lanes nor narrow tiles.
    size.static_shape = -1;
    size.warp_rows = {};
    size.block_rows = {};
    size.side_by_side = std::max(size.side_by_side, 32);
  }
  return size;
}

/// Payoffs of the block that has most of a network's, over the mean of all.
double fullest_block(const Shape& shape, const kernels::LaunchPolicy& policy) {
  const kernels::NetworkView network = shape.network.view();
  const int units = policy.team / 32;
  const int units_of_block = units / policy.blocks;
  const auto begin = [&](int piece) { return piece < network.pieces ? network.piece[piece].payoffs : shape.payoffs; };
  std::int64_t most = 0;
  for (int first = 0; first < units; first += units_of_block) {
    const int last = first + units_of_block - 1;
    most = std::max(most, begin(kernels::pieces_of_unit(network, shape.payoffs, last, units).end) -
                              begin(kernels::pieces_of_unit(network, shape.payoffs, first, units).begin));
  }
  return static_cast<double>(most) / (static_cast<double>(shape.payoffs) / policy.blocks);
}

}  // namespace

bool in_blocks_alone(const Shape& shape, kernels::UpdateRule rule) {
  return shape.is_markov() && rule != kernels::UpdateRule::natural_policy_gradient;
}

kernels::LaunchPolicy launch_policy_for(const Shape& shape, kernels::UpdateRule rule, Tier tier,
                                        std::size_t scalar_bytes, const kernels::DeviceLimits& device) {
  const bool blocks = in_blocks_alone(shape, rule);
  if (blocks && tier != Tier::automatic && tier != Tier::block) return {};
  return kernels::launch_policy(run_size(shape, rule, scalar_bytes, device), scalar_bytes, device,
                                blocks ? GpuTier::block : gpu_tier(tier));
}

CudaPlan cuda_plan(const Game& game, const Settings& settings) {
  validate(game);
  // Where none answers, an H100.
  const auto device = cuda_device().value_or(
      std::pair(std::string(), kernels::DeviceLimits{.multiprocessors = 132, .shared_bytes = std::size_t{227} << 10}));
  const std::vector<Bucket> buckets =
      make_buckets(std::span(&game, 1), std::vector<Run>(1), false, settings.markov_entropy);
  const Shape& shape = buckets.front().shape;
  const std::size_t scalar_bytes = settings.precision == Precision::float32 ? sizeof(float) : sizeof(double);
  const kernels::LaunchPolicy policy =
      launch_policy_for(shape, kernel_rule(settings), settings.tier, scalar_bytes, device.second);

  CudaPlan plan;
  plan.device = device.first;
  plan.threads = policy.team;
  plan.runs = policy.runs_per_block;
  plan.shared_bytes = policy.shared_bytes;
  const bool in_registers =
      (policy.row_layout >= 0 && policy.row_layout < kernels::first_split_layout) ||
      (policy.row_layout >= kernels::first_action_layout && policy.row_layout < kernels::first_markov_layout);
  switch (policy.tier) {
    case GpuTier::none:
      throw InputError("no tier that is asked for can hold the game");
    case GpuTier::lane:
      plan.tier = Tier::lane;
      plan.payoffs = "registers";
      break;
    case GpuTier::warp:
    case GpuTier::block:
      plan.tier = policy.tier == GpuTier::warp ? Tier::warp : Tier::block;
      plan.payoffs = in_registers ? "registers" : "shared memory";
      break;
    case GpuTier::stream:
      plan.tier = Tier::stream;
      if (shape.is_network() && shape.payoffs > 0) plan.fullest_block = fullest_block(shape, policy);
      plan.payoffs = "device memory";
      break;
  }
  return plan;
}

}  // namespace quantal
