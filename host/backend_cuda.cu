// The CUDA backend: chunks go up once, are advanced in rounds, and come back once.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/backend.hpp"
#include "host/cuda_check.cuh"
#include "host/cuda_info.hpp"
#include "host/device_chunk.cuh"
#include "host/device_memory.cuh"
#include "host/launch_plan.hpp"
#include "host/parallel.hpp"
#include "host/payoff_upload.cuh"
#include "host/steps.hpp"
#include "kernels/solve_chunk.cuh"
#include "kernels/tuning.hpp"
#include "quantal/error.hpp"

namespace quantal {

void throw_cuda_error(cudaError_t error, const char* call) {
  cudaGetLastError();  // an error that is not sticky is not to be met again by the next call
  int device = 0;
  int devices = 0;
  const bool one_of_several =
      cudaGetDeviceCount(&devices) == cudaSuccess && devices > 1 && cudaGetDevice(&device) == cudaSuccess;
  const std::string message = std::string("CUDA") + (one_of_several ? " device " + std::to_string(device) : "") + ": " +
                              cudaGetErrorString(error) + " (" + cudaGetErrorName(error) + ") in " + call;
  if (error == cudaErrorMemoryAllocation) throw OutOfMemory(message);
  throw BackendError(message);
}

namespace {

using kernels::GpuTier;
using kernels::LaunchPolicy;
using kernels::RoundView;

/// Payoffs that a place on the device may contract in one round, some tenths of a second's work or less, so that a stop
/// is soon heard; beside those that it contracts, an iteration takes as long as some hundred of them, on a whole grid,
/// for its barriers, as some thousand. A Markov game has its values to find, as if from so many times its payoffs: by
/// elimination, or by iteration.
constexpr std::int64_t round_payoffs = std::int64_t{1} << 26;
constexpr std::int64_t payoffs_of_iteration = 256;
constexpr std::int64_t payoffs_of_grid_iteration = 32'768;
constexpr std::int64_t direct_markov_factor = 8;
constexpr std::int64_t markov_factor = 64;
/// Blocks that a multiprocessor works on at a time, roughly.
constexpr std::int64_t blocks_a_multiprocessor = 8;
/// The first round where runs may converge: each is twice as long as the one before, so that those that take long do
/// not long keep places with those that have finished, and games move to the chip and back a few times only.
constexpr std::int64_t first_round = 256;
constexpr std::int64_t longest_round = 16'384;
/// Most memory for the histories of a round; a sixteenth of what is free, if that is less.
constexpr std::size_t most_history_bytes = std::size_t{512} << 20;
/// Payoffs go up in pieces of so many bytes, long enough for their copies to be so and not their launches; on a small
/// device less.
constexpr std::size_t most_upload_bytes = std::size_t{2} << 20;
constexpr std::size_t least_uploads_of_device = 512;

kernels::GameClass class_of(const Shape& shape) {
  return shape.is_markov()    ? kernels::GameClass::markov
         : shape.is_network() ? kernels::GameClass::network
                              : kernels::GameClass::normal_form;
}

/// The runs of a chunk that have not finished, kept compact on the device.
template <class Scalar>
class ActiveRuns {
 public:
  ActiveRuns(std::int64_t runs, const kernels::RunMemory<Scalar>* memory, const Stream& stream)
      : all_(static_cast<std::size_t>(runs)),
        memory_(memory),
        count_(static_cast<std::int32_t>(runs)),
        lists_{DeviceArray<std::int32_t>(all_.size(), stream), DeviceArray<std::int32_t>(all_.size(), stream)},
        counters_(2, stream) {
    std::iota(all_.begin(), all_.end(), 0);
    QUANTAL_CUDA_CHECK(cudaMemcpyAsync(lists_[0].data(), all_.data(), all_.size() * sizeof(std::int32_t),
                                       cudaMemcpyHostToDevice, stream.get()));
    counters_.fill_bytes(0);
    std::size_t bytes = 0;
    QUANTAL_CUDA_CHECK(select(nullptr, bytes, stream));
    temporary_.emplace(bytes, stream);
  }

  std::int32_t count() const { return count_; }
  const std::int32_t* list() const { return lists_[current_].data(); }
  std::int32_t* converged() const { return counters_.data() + 1; }

  /// Drops what has finished. Returns how many runs have converged since the last call. Synchronises the stream.
  std::int64_t compact(const Stream& stream) {
    std::size_t bytes = temporary_->size();
    QUANTAL_CUDA_CHECK(select(temporary_->data(), bytes, stream));
    std::int32_t counts[2];
    counters_.copy_to(counts, 2);
    stream.synchronize();
    count_ = counts[0];
    current_ = 1 - current_;
    const std::int64_t newly = counts[1] - converged_before_;
    converged_before_ = counts[1];
    return newly;
  }

  /// The list on the host, valid until the next compaction. Synchronises the stream.
  const std::vector<std::int32_t>& on_host(const Stream& stream) {
    lists_[current_].copy_to(all_.data(), static_cast<std::size_t>(count_));
    stream.synchronize();
    all_.resize(static_cast<std::size_t>(count_));
    return all_;
  }

 private:
  cudaError_t select(void* temporary, std::size_t& bytes, const Stream& stream) const {
    return kernels::keep_active(temporary, bytes, memory_, lists_[current_].data(), lists_[1 - current_].data(),
                                counters_.data(), count_, stream.get());
  }

  std::vector<std::int32_t> all_;
  const kernels::RunMemory<Scalar>* memory_;
  std::int32_t count_;
  int current_ = 0;
  DeviceArray<std::int32_t> lists_[2];
  DeviceArray<std::int32_t> counters_;  // runs left, runs converged
  std::int32_t converged_before_ = 0;
  std::optional<DeviceArray<unsigned char>> temporary_;
};

kernels::DeviceLimits limits_of(const cudaDeviceProp& properties) {
  return {properties.multiProcessorCount, properties.sharedMemPerBlockOptin};
}

/// One of the devices that share a batch.
struct Device {
  explicit Device(int with_number) : number(with_number), pool(with_number) {
    const DeviceScope scope(number);
    cudaDeviceProp properties{};
    QUANTAL_CUDA_CHECK(cudaGetDeviceProperties(&properties, number));
    name = properties.name;
    limits = limits_of(properties);
    std::size_t total = 0;
    QUANTAL_CUDA_CHECK(cudaMemGetInfo(&free_bytes, &total));
  }

  int number;
  std::string name;
  kernels::DeviceLimits limits;
  std::size_t free_bytes = 0;
  DevicePool pool;
};

class CudaMachine final : public BackendMachine {
 public:
  explicit CudaMachine(const Settings& settings)
      : tier_(settings.tier), rule_(kernel_rule(settings)), threads_(thread_count(settings.threads)) {
    if (settings.devices.empty()) devices_.emplace_back(current_device());
    for (const int device : settings.devices) devices_.emplace_back(device);
    uploads_ = std::make_unique<PinnedMemory>(devices_.front().number);
    std::size_t free = SIZE_MAX;
    for (const Device& device : devices_) free = std::min(free, device.free_bytes);
    memory_ = settings.memory_bytes > 0 ? settings.memory_bytes : free / 8 * 5;
    history_bytes_ = std::min(most_history_bytes, free / 16);
  }

  std::string description() const override {
    std::string names;
    for (std::size_t k = 0; k < devices_.size(); ++k) {
      if (k == 0 || devices_[k].name != devices_[k - 1].name) names += (k == 0 ? "" : " and ") + devices_[k].name;
    }
    const std::size_t count = devices_.size();
    return "cuda (" + names + ", " + std::to_string(count) + (count == 1 ? " device)" : " devices)");
  }

  bool arranges() const override { return true; }

  MachineSize size() const override { return {memory_, static_cast<int>(devices_.size()), true}; }

  std::pmr::memory_resource* chunk_memory() override { return &pinned_.emplace(devices_.front().number); }

  void check_shape(const Shape& shape, Precision precision) const override {
    const std::size_t bytes = precision == Precision::float32 ? sizeof(float) : sizeof(double);
    for (const Device& device : devices_) check_shape(shape, bytes, device);
  }

  void solve(Chunk<float>& chunk, int device, Monitor& monitor) override {
    solve_with(chunk, devices_[device], monitor);
  }
  void solve(Chunk<double>& chunk, int device, Monitor& monitor) override {
    solve_with(chunk, devices_[device], monitor);
  }

 private:
  void check_shape(const Shape& shape, std::size_t scalar_bytes, const Device& device) const {
    if (policy_for(shape, scalar_bytes, device).tier == GpuTier::none) {
      if (in_blocks_alone(shape, rule_)) {
        throw InputError(
            "on CUDA, this update rule takes Markov games in the tier block alone, which cannot hold one of " +
            std::to_string(shape.states()) + " states on this device; the CPU backend takes all");
      }
      if (shape.is_markov()) {
        throw InputError("the tier asked for cannot hold a Markov game of " + std::to_string(shape.states()) +
                         " states on this device");
      }
      std::string actions;
      for (const int m : shape.actions) actions += (actions.empty() ? "" : "x") + std::to_string(m);
      throw InputError("the tier asked for cannot hold a game of " + actions + " actions on this device");
    }
  }

  LaunchPolicy policy_for(const Shape& shape, std::size_t scalar_bytes, const Device& device) const {
    return launch_policy_for(shape, rule_, tier_, scalar_bytes, device.limits);
  }

  template <class Scalar>
  LaunchPolicy resident_policy(const Chunk<Scalar>& chunk, const Device& device) const {
    const Shape& shape = *chunk.shape;
    LaunchPolicy policy = policy_for(shape, sizeof(Scalar), device);
    if (policy.tier == GpuTier::stream) {
      // A cooperative launch must fit the device as a whole.
      int resident = 0;
      QUANTAL_CUDA_CHECK(kernels::resident_blocks<Scalar>(class_of(shape), rule_, &resident));
      policy.blocks = std::max(1, std::min(policy.blocks, resident * device.limits.multiprocessors));
      policy.team = policy.blocks * kernels::stream_threads;
      policy.shares_games = shares_games(chunk);
    }
    return policy;
  }

  /// Whether so many runs follow others of their game that they are to share its payoffs.
  template <class Scalar>
  bool shares_games(const Chunk<Scalar>& chunk) const {
    return rule_ == kernels::UpdateRule::natural_policy_gradient && !chunk.shape->is_markov() &&
           chunk.runs() >= 2 * chunk.stretches();
  }

  /// Of a round, for it to be short.
  template <class Scalar>
  static std::int64_t most_iterations(const Chunk<Scalar>& chunk, const LaunchPolicy& policy, const Device& on) {
    const bool stream = policy.tier == GpuTier::stream;
    const std::int64_t places =
        stream ? 1 : std::int64_t{policy.runs_per_block} * on.limits.multiprocessors * blocks_a_multiprocessor;
    const std::int64_t turns = (chunk.runs() + places - 1) / places;
    const bool markov = chunk.shape->is_markov();
    std::int64_t payoffs = stream ? chunk.shape->payoffs / policy.blocks + payoffs_of_grid_iteration
                                  : chunk.shape->payoffs + payoffs_of_iteration;
    if (markov) payoffs *= chunk.shape->markov.is_direct() ? direct_markov_factor : markov_factor;
    const std::int64_t within_time =
        std::clamp<std::int64_t>(round_payoffs / payoffs / turns, markov ? 1 : 8, longest_round);
    return std::min(within_time - 1, chunk.most_updates) + 1;
  }

  /// Payoffs that the device is to arrange.
  template <class Scalar>
  void upload_payoffs(const Chunk<Scalar>& chunk, const DeviceChunk<Scalar>& device, const Device& on,
                      const Stream& stream) const {
    const std::size_t piece = std::min(most_upload_bytes, on.free_bytes / least_uploads_of_device);
    const std::size_t all = chunk.games.size() * static_cast<std::size_t>(chunk.shape->payoffs) * sizeof(double);
    const PayoffUpload<Scalar> upload(chunk.games, *chunk.shape, std::min(piece, all));
    // For a single piece, pinning memory takes longer than copying it.
    std::pmr::memory_resource& memory = upload.pieces() > 1 ? *uploads_ : *std::pmr::new_delete_resource();
    upload.run(device.payoffs(), on.number, threads_, memory, stream);
  }

  template <class Scalar>
  void solve_with(Chunk<Scalar>& chunk, const Device& on, Monitor& monitor) const {
    const DeviceScope scope(on.number);
    const LaunchPolicy policy = resident_policy(chunk, on);
    const Stream stream(on.pool);
    const bool reads_halves = chunk.half_payoffs && policy.tier == GpuTier::stream &&
                              chunk.rule == kernels::UpdateRule::natural_policy_gradient;
    const std::vector<kernels::Half> halves = halves_of(chunk, reads_halves, threads_);
    const DeviceChunk<Scalar> device(chunk, halves, stream);
    if (!chunk.games.empty()) upload_payoffs(chunk, device, on, stream);
    ActiveRuns<Scalar> active(chunk.runs(), device.view().memory, stream);
    const DeviceArray<Scalar> workspace(
        policy.tier == GpuTier::stream ? static_cast<std::size_t>(kernels::stream_workspace(device.view(), policy)) : 0,
        stream);

    const bool histories = chunk.gap_every > 0;
    std::int64_t longest = most_iterations(chunk, policy, on);
    std::int64_t rows = 0;  // of gaps that a round records at most
    if (histories) {
      const std::int64_t row_bytes = chunk.runs() * static_cast<std::int64_t>(sizeof(Scalar));
      const std::int64_t most_rows = std::max<std::int64_t>(1, static_cast<std::int64_t>(history_bytes_) / row_bytes);
      if (chunk.gap_every < (longest - 1) / most_rows + 1) longest = most_rows * chunk.gap_every;
      rows = (longest - 1) / chunk.gap_every + 1;
    }
    const DeviceArray<Scalar> history(static_cast<std::size_t>(rows * chunk.runs()), stream);
    history.fill_bytes(0xff);
    std::vector<Scalar> history_rows;

    const bool may_converge =
        std::any_of(chunk.memory.begin(), chunk.memory.end(), [](const auto& memory) { return memory.tolerance > 0; });
    std::int64_t round = may_converge ? std::min(longest, first_round) : longest;
    std::int64_t credited = 0;
    for (std::int64_t first = 0; active.count() > 0; first += std::exchange(round, std::min(longest, 2 * round))) {
      RoundView<Scalar> view{};
      view.active = active.list();
      view.active_count = active.count();
      view.iterations = static_cast<std::int32_t>(round);
      view.phase = static_cast<std::int32_t>(first % kernels::window);
      view.converged = active.converged();
      view.workspace = workspace.data();
      view.history = history.data();
      std::int64_t records = 0;
      if (histories) {
        // The first multiple of the stride from `first` on.
        const std::int64_t skip = (chunk.gap_every - first % chunk.gap_every) % chunk.gap_every;
        records = skip < round ? (round - skip - 1) / chunk.gap_every + 1 : 0;
        view.gap_every = static_cast<std::int32_t>(std::min<std::int64_t>(chunk.gap_every, round + 1));
        view.first_record = static_cast<std::int32_t>(records > 0 ? skip : -1);
      }
      QUANTAL_CUDA_CHECK(kernels::solve_chunk_round(device.view(), view, policy, stream.get()));
      if (records > 0) {
        history_rows.resize(static_cast<std::size_t>(records * chunk.runs()));
        history.copy_to(history_rows.data(), static_cast<std::size_t>(records * chunk.runs()));
        const std::vector<std::int32_t>& list = active.on_host(stream);
        for_ranges(threads_, static_cast<std::int64_t>(list.size()), 64, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t k = begin; k < end; ++k) {
            const std::int64_t r = list[static_cast<std::size_t>(k)];
            chunk.history.append(static_cast<std::size_t>(r), static_cast<std::size_t>(records), [&](std::size_t row) {
              return static_cast<double>(
                  history_rows[row * static_cast<std::size_t>(chunk.runs()) + static_cast<std::size_t>(r)]);
            });
          }
        });
      }
      const std::int64_t before = active.count();
      const std::int64_t converged = active.compact(stream);
      monitor.finished(before - active.count(), converged);
      credited += active.count() * round;
      if (!monitor.advanced(active.count() * round)) break;
    }
    device.bring_back(chunk, stream);
    if (histories) trim_histories(chunk);
    // Rounds in which runs finished count as far as they went.
    monitor.advanced(std::accumulate(chunk.iterations.begin(), chunk.iterations.end(), std::int64_t{0}) - credited);
  }

  /// A round records to its end for a run that finishes within it: cuts what lies after, and adds the last gap.
  template <class Scalar>
  static void trim_histories(Chunk<Scalar>& chunk) {
    for (std::size_t r = 0; r < chunk.memory.size(); ++r) {
      if (chunk.memory[r].outcome == Scalar(kernels::running)) continue;
      const std::int64_t last = chunk.iterations[r];
      chunk.history.cut(r, static_cast<std::size_t>(last / chunk.gap_every + 1));
      if (last % chunk.gap_every == 0) continue;
      chunk.history.append(r, 1, [&](std::size_t) { return static_cast<double>(chunk.memory[r].gap); });
    }
  }

  Tier tier_;
  kernels::UpdateRule rule_;
  int threads_;
  std::size_t memory_ = 0;
  std::size_t history_bytes_ = 0;
  std::vector<Device> devices_;
  std::optional<PinnedMemory> pinned_;
  std::unique_ptr<PinnedMemory> uploads_;  // what payoffs are copied from
};

/// Devices that answer, or why none does.
int device_count(std::string& reason) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) {
    cudaGetLastError();
    reason = cudaGetErrorString(error);
    return 0;
  }
  if (count == 0) reason = "no device";
  return count;
}

std::string cuda_version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

}  // namespace

std::unique_ptr<BackendMachine> make_cuda_backend(const Settings& settings) {
  std::string reason;
  const int count = device_count(reason);
  if (count == 0) throw BackendError("no CUDA device answers: " + reason);
  for (const int device : settings.devices) {
    if (device >= count) {
      throw BackendError("there is no CUDA device " + std::to_string(device) + ": the last is " +
                         std::to_string(count - 1));
    }
  }
  return std::make_unique<CudaMachine>(settings);
}

bool cuda_answers() {
  std::string reason;
  return device_count(reason) > 0;
}

std::optional<std::pair<std::string, kernels::DeviceLimits>> cuda_device() {
  int device = 0;
  cudaDeviceProp properties{};
  if (!cuda_answers() || cudaGetDevice(&device) != cudaSuccess ||
      cudaGetDeviceProperties(&properties, device) != cudaSuccess) {
    return std::nullopt;
  }
  return std::pair(std::string(properties.name), limits_of(properties));
}

void describe_cuda(Capabilities& capabilities) {
  capabilities.cuda_built = true;
  std::string name;
  for (const char c : std::string(QUANTAL_CUDA_ARCHITECTURES) + ",") {
    if (c != ',') {
      name += c;
    } else if (!name.empty()) {
      capabilities.cuda_architectures.push_back(name);
      name.clear();
    }
  }
  int version = 0;
  if (cudaRuntimeGetVersion(&version) == cudaSuccess) capabilities.cuda_runtime = cuda_version(version);
  const int count = device_count(capabilities.cuda_unavailable);
  for (int device = 0; device < count; ++device) {
    cudaDeviceProp properties{};
    if (cudaGetDeviceProperties(&properties, device) != cudaSuccess) continue;
    capabilities.cuda_devices.push_back(std::string(properties.name) + ", compute capability " +
                                        std::to_string(properties.major) + "." + std::to_string(properties.minor) +
                                        ", " + std::to_string(properties.multiProcessorCount) + " multiprocessors, " +
                                        std::to_string(properties.totalGlobalMem >> 20) + " MiB");
  }
}

}  // namespace quantal
