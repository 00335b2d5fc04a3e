#pragma once

#include <hdf5.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quantal::files {

/// An identifier of the HDF5 library, closed at the end of its life. Negative: none.
class Hdf5Id {
 public:
  Hdf5Id() = default;
  Hdf5Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Hdf5Id(Hdf5Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Hdf5Id& operator=(Hdf5Id&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Id() {
    if (id_ >= 0) close_(id_);
  }

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

  /// Leaves it open: where closing would write what must not be written.
  void abandon() { id_ = -1; }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

/// Keeps the library from writing to standard error, from locking files, and from writing to files that were abandoned
/// when the process ends. Call it before anything else of HDF5.
void prepare_hdf5();

/// What the library says of its last failure: the innermost reason, the system's where it is one ("No space left on
/// device").
std::string hdf5_reason();

}  // namespace quantal::files
