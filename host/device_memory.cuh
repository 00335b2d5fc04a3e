#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "host/cuda_check.cuh"

namespace quantal {

inline int current_device() {
  int device = 0;
  QUANTAL_CUDA_CHECK(cudaGetDevice(&device));
  return device;
}

/// Makes a device the calling thread's current one, and then the one before it again.
class DeviceScope {
 public:
  explicit DeviceScope(int device) : before_(current_device()) { QUANTAL_CUDA_CHECK(cudaSetDevice(device)); }
  ~DeviceScope() { cudaSetDevice(before_); }
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  int before_;
};

/// Memory of a device that is taken and given back in the order of a stream's work, and kept for the next taker until
/// the pool ends: neither makes the device wait, as cudaFree does, so that chunks overlap.
class DevicePool {
 public:
  explicit DevicePool(int device) {
    int supported = 0;
    QUANTAL_CUDA_CHECK(cudaDeviceGetAttribute(&supported, cudaDevAttrMemoryPoolsSupported, device));
    if (supported == 0) return;
    cudaMemPoolProps properties{};
    properties.allocType = cudaMemAllocationTypePinned;
    properties.location = {cudaMemLocationTypeDevice, device};
    cudaMemPool_t pool = nullptr;
    QUANTAL_CUDA_CHECK(cudaMemPoolCreate(&pool, &properties));
    pool_.reset(pool);
    std::uint64_t keep = UINT64_MAX;
    QUANTAL_CUDA_CHECK(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &keep));
  }

  void* take(std::size_t bytes, cudaStream_t stream) const {
    void* memory = nullptr;
    if (!pool_) {
      QUANTAL_CUDA_CHECK(cudaMalloc(&memory, bytes));
      return memory;
    }
    if (cudaMallocFromPoolAsync(&memory, bytes, pool_.get(), stream) == cudaSuccess) return memory;
    // What is kept in other sizes goes back first. An error that lasts shows in the second attempt.
    cudaGetLastError();
    QUANTAL_CUDA_CHECK(cudaStreamSynchronize(stream));
    QUANTAL_CUDA_CHECK(cudaMemPoolTrimTo(pool_.get(), 0));
    QUANTAL_CUDA_CHECK(cudaMallocFromPoolAsync(&memory, bytes, pool_.get(), stream));
    return memory;
  }

  void give_back(void* memory, cudaStream_t stream) const {
    if (pool_) {
      cudaFreeAsync(memory, stream);
    } else {
      cudaFree(memory);
    }
  }

 private:
  struct Destroy {
    void operator()(cudaMemPool_t pool) const { cudaMemPoolDestroy(pool); }
  };
  std::unique_ptr<std::remove_pointer_t<cudaMemPool_t>, Destroy> pool_;  // none where the device has no pools
};

/// A stream of its own, so that concurrent solves do not wait for each other, with its device's memory.
class Stream {
 public:
  explicit Stream(const DevicePool& pool) : pool_(pool) {
    QUANTAL_CUDA_CHECK(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
  }
  ~Stream() { cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  cudaStream_t get() const { return stream_; }
  const DevicePool& pool() const { return pool_; }
  void synchronize() const { QUANTAL_CUDA_CHECK(cudaStreamSynchronize(stream_)); }

 private:
  const DevicePool& pool_;
  cudaStream_t stream_ = nullptr;
};

/// Copies `from`, which must stay until the stream has been synchronised.
template <class T>
void copy_to_device(T* to, std::span<const T> from, const Stream& stream) {
  if (from.empty()) return;
  QUANTAL_CUDA_CHECK(cudaMemcpyAsync(to, from.data(), from.size_bytes(), cudaMemcpyHostToDevice, stream.get()));
}

/// Device memory for `size` T, uninitialised, for the work of a stream that outlives it. Owns it.
template <class T>
class DeviceArray {
 public:
  DeviceArray(std::size_t size, const Stream& stream) : stream_(stream), size_(size) {
    if (size > 0) data_ = static_cast<T*>(stream.pool().take(size * sizeof(T), stream.get()));
  }
  /// A copy of `from`, which must stay until the stream has been synchronised.
  DeviceArray(std::span<const T> from, const Stream& stream) : DeviceArray(from.size(), stream) {
    copy_to_device(data_, from, stream);
  }
  ~DeviceArray() {
    if (data_ != nullptr) stream_.pool().give_back(data_, stream_.get());
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* data() const { return data_; }
  std::size_t size() const { return size_; }

  /// Every byte 0xff: not-a-number in floating point.
  void fill_bytes(int value) const {
    if (size_ > 0) QUANTAL_CUDA_CHECK(cudaMemsetAsync(data_, value, size_ * sizeof(T), stream_.get()));
  }
  /// The first `count` entries to host memory; there after the stream has been synchronised.
  void copy_to(T* to, std::size_t count) const {
    if (count == 0) return;
    QUANTAL_CUDA_CHECK(cudaMemcpyAsync(to, data_, count * sizeof(T), cudaMemcpyDeviceToHost, stream_.get()));
  }

 private:
  const Stream& stream_;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A point in a stream's work, for the host to wait for.
class Event {
 public:
  Event() { QUANTAL_CUDA_CHECK(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming)); }
  ~Event() {
    cudaEventSynchronize(event_);
    cudaEventDestroy(event_);
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record(const Stream& stream) const { QUANTAL_CUDA_CHECK(cudaEventRecord(event_, stream.get())); }
  /// Returns at once if it has not been recorded.
  void wait() const { QUANTAL_CUDA_CHECK(cudaEventSynchronize(event_)); }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Host memory that devices copy from and to by themselves (pinned), kept for the next taker until this ends: to pin it
/// takes longer than to copy it once. Where there is none left it is ordinary memory.
class PinnedMemory final : public std::pmr::memory_resource {
 public:
  /// For all devices; taken by way of one of them, so that no other one is woken.
  explicit PinnedMemory(int device) : device_(device) {}
  ~PinnedMemory() override {
    for (const Block& block : blocks_) cudaFreeHost(block.memory);
  }

 private:
  struct Block {
    void* memory;
    std::size_t bytes;
    bool taken;
  };

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const std::lock_guard lock(mutex_);
    Block* best = nullptr;
    for (Block& block : blocks_) {
      if (block.taken || block.bytes < bytes || block.bytes / 2 > bytes) continue;
      if (best == nullptr || block.bytes < best->bytes) best = &block;
    }
    if (best == nullptr) {
      void* memory = nullptr;
      const DeviceScope scope(device_);
      if (cudaHostAlloc(&memory, bytes, cudaHostAllocPortable) != cudaSuccess) {
        cudaGetLastError();
        return std::pmr::new_delete_resource()->allocate(bytes, alignment);
      }
      best = &blocks_.emplace_back(Block{memory, bytes, false});
    }
    best->taken = true;
    return best->memory;
  }

  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    const std::lock_guard lock(mutex_);
    for (Block& block : blocks_) {
      if (block.memory != memory) continue;
      block.taken = false;
      return;
    }
    std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

  int device_;
  std::mutex mutex_;
  std::vector<Block> blocks_;
};

}  // namespace quantal
