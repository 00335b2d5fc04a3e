#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "host/cuda_check.cuh"

namespace quantal {

/// A stream of its own, so that concurrent solves do not wait for each other.
class Stream {
 public:
  Stream() { QUANTAL_CUDA_CHECK(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
  ~Stream() { cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  cudaStream_t get() const { return stream_; }
  void synchronize() const { QUANTAL_CUDA_CHECK(cudaStreamSynchronize(stream_)); }

 private:
  cudaStream_t stream_ = nullptr;
};

/// Device memory for `size` T, uninitialised. Owns it.
template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t size) : size_(size) {
    if (size > 0) QUANTAL_CUDA_CHECK(cudaMalloc(reinterpret_cast<void**>(&data_), size * sizeof(T)));
  }
  /// Copies `from`, which must stay until the stream has been synchronised.
  DeviceArray(const std::vector<T>& from, const Stream& stream) : DeviceArray(from.size()) {
    if (size_ == 0) return;
    QUANTAL_CUDA_CHECK(cudaMemcpyAsync(data_, from.data(), size_ * sizeof(T), cudaMemcpyHostToDevice, stream.get()));
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* data() const { return data_; }
  std::size_t size() const { return size_; }

  /// Every byte 0xff: not-a-number in floating point.
  void fill_bytes(int value, const Stream& stream) const {
    if (size_ > 0) QUANTAL_CUDA_CHECK(cudaMemsetAsync(data_, value, size_ * sizeof(T), stream.get()));
  }
  /// The first `count` entries to host memory; there after the stream has been synchronised.
  void copy_to(T* to, std::size_t count, const Stream& stream) const {
    if (count == 0) return;
    QUANTAL_CUDA_CHECK(cudaMemcpyAsync(to, data_, count * sizeof(T), cudaMemcpyDeviceToHost, stream.get()));
  }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace quantal
