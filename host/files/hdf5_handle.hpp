#pragma once

#include <hdf5.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "quantal/error.hpp"

namespace quantal::files {

/// Owns an HDF5 identifier: of a file, group, dataset, type, ..
class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  explicit Hdf5Handle(hid_t id) : id_(id) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Hdf5Handle() {
    if (id_ >= 0) H5Idec_ref(id_);
  }

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

  /// Leaves it open: where closing would write what must not be written.
  void abandon() { id_ = -1; }

 private:
  hid_t id_ = -1;
};

/// Axes that a dataset may have. The library allows one more, and then divides by what it never set (in 1.10.8, where a
/// part of the dataset is read or written).
constexpr std::size_t most_hdf5_axes = H5S_MAX_RANK - 1;

/// Keeps the library from printing its errors on this thread, from locking files, which fails on some file systems and
/// knows nothing of processes that were killed, and from loading filters from elsewhere: to be called before anything
/// else.
void prepare_hdf5();

/// What the library's last error on this thread says, in a few words.
std::string last_hdf5_error();

/// In single-writer mode what does not fit together may be about to be written: the library tries again, and waits
/// twice as long each time. This is for a millisecond in all; by default it goes on for longer than anybody lives.
void bound_read_attempts(const Hdf5Handle& access);

/// The library could not write; `what()` is the reason alone.
class Hdf5WriteError : public Error {
 public:
  using Error::Error;
};

/// Throws Hdf5WriteError where the library's call has failed.
template <class Result>
Result wrote(Result result) {
  if (result < 0) throw Hdf5WriteError(last_hdf5_error());
  return result;
}

/// UTF-8 of at most `bytes`, zeros after it; or H5T_VARIABLE.
Hdf5Handle text_type(std::size_t bytes);

/// How a dataset is created without the time of day: the same numbers make the same file.
Hdf5Handle timeless();

/// How a dataset is created that grows along its first axis, in chunks of these extents. Deflate from 1, none at 0.
Hdf5Handle growing(const std::vector<hsize_t>& chunk, int compression);

}  // namespace quantal::files
