#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>

#include "host/chunk.hpp"
#include "host/large_pages.hpp"
#include "host/plan.hpp"
#include "quantal/error.hpp"
#include "quantal/settings.hpp"

namespace quantal {

/// Where a backend reports to while it works on a chunk. Safe to call from several threads.
class Monitor {
 public:
  /// `iterations` more were made. Returns whether to go on.
  virtual bool advanced(std::int64_t iterations) = 0;
  /// Runs have finished.
  virtual void finished(std::int64_t runs, std::int64_t converged) = 0;

 protected:
  ~Monitor() = default;
};

/// A device's memory does not hold a chunk, of which nothing has been computed: a smaller one may fit.
class OutOfMemory : public BackendError {
 public:
  using BackendError::BackendError;
};

/// A machine that advances the runs of a chunk until all have finished or the monitor says stop. Unfinished runs keep
/// the outcome `running`. As many calls at a time as a ChunkPlan of its size has workers.
class BackendMachine {
 public:
  virtual ~BackendMachine() = default;

  /// For a person: "cpu (avx512, 2 threads)".
  virtual std::string description() const = 0;

  virtual MachineSize size() const = 0;

  /// Memory that the chunks of a bucket of many are best kept in, one after another. It ends with the next call, when
  /// none of them is left.
  virtual std::pmr::memory_resource* chunk_memory() { return large_pages(); }

  /// Throws InputError if the forced tier cannot hold the shape.
  virtual void check_shape(const Shape& shape, Precision precision) const = 0;

  /// Whether networks of the shape are to come with reduced payoffs; see kernels/network_shape.hpp.
  virtual bool reduces(const Shape&, Precision) const { return false; }

  /// Whether it can bring payoffs of normal forms into the kernels' layout by itself; see Chunk::games.
  virtual bool arranges() const { return false; }

  /// On a device, 0 .. size().devices - 1.
  virtual void solve(Chunk<float>& chunk, int device, Monitor& monitor) = 0;
  virtual void solve(Chunk<double>& chunk, int device, Monitor& monitor) = 0;
};

std::unique_ptr<BackendMachine> make_cpu_backend(const Settings& settings);

/// Throws BackendError if CUDA is not in the build or no device answers.
std::unique_ptr<BackendMachine> make_cuda_backend(const Settings& settings);

/// Whether make_cuda_backend would find a device.
bool cuda_answers();

}  // namespace quantal
