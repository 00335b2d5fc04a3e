#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/files/hdf5_handle.hpp"

namespace quantal::files {

/// A group or the root of an HDF5 file that is being read.
struct Hdf5Group {
  Hdf5Handle handle;
  std::string place;  ///< for messages: "file: /normal_form/2x2", of the root "file: /"
};

/// The names of what is in the group, in their order. Throws InputError where it cannot be read.
std::vector<std::string> names_in(const Hdf5Group& group);

/// What goes by the name in the group, or nothing. Both throw InputError where it is not a group or no dataset, or is a
/// link: those may lead out of the file.
std::optional<Hdf5Group> open_group(const Hdf5Group& parent, const std::string& name);

/// The dataset of that name, or nothing. Only what the file itself holds is read: throws InputError where the name is a
/// link or no dataset, or its values are in other files or need filters from elsewhere. As many bytes of its chunks as
/// are given are kept.
Hdf5Handle open_dataset(const Hdf5Group& group, const std::string& name, std::size_t cache_bytes);

/// What a byte of a file can hold at most where it is deflated.
constexpr std::uint64_t most_inflation = 1100;

/// A dataset of numbers that is being read. Only what the file itself holds is read: no other file and no filter from
/// elsewhere has a part in it.
class Hdf5Table {
 public:
  /// Throws InputError unless it is a dataset of integers or floating-point numbers whose extents are believable for
  /// what the file holds.
  Hdf5Table(const Hdf5Group& group, const std::string& name);

  const std::string& place() const { return place_; }  ///< for messages: "file: /normal_form/2x2/payoffs"
  const std::vector<std::uint64_t>& extents() const { return extents_; }

  /// Numbers that the first axis goes over; those with one value of it are a row. One row of a scalar.
  std::uint64_t rows() const { return extents_.empty() ? 1 : extents_.front(); }
  std::size_t row_size() const { return row_size_; }

  /// Copies row k. Rows that follow are read with it, in slabs of some megabytes.
  void copy_row(std::uint64_t k, double* to);

  /// All numbers, which are to be whole and from `least` to `most`; at most 2^32 of them.
  std::vector<std::int64_t> whole_numbers(std::int64_t least, std::int64_t most);

  /// Row k, of the same kind.
  std::vector<std::int64_t> whole_row(std::uint64_t k, std::int64_t least, std::int64_t most);

 private:
  void check_storage(std::size_t number_bytes) const;
  void read(std::uint64_t row, std::uint64_t rows, double* to);
  std::int64_t whole(double number, std::int64_t least, std::int64_t most) const;

  std::string place_;
  Hdf5Handle dataset_;
  std::vector<std::uint64_t> extents_;
  std::size_t row_size_ = 1;
  std::uint64_t slab_rows_ = 1;
  std::vector<double> slab_;
  std::uint64_t slab_begin_ = 0;
  std::uint64_t slab_end_ = 0;
};

/// A dataset of strings, one a game.
class Hdf5Names {
 public:
  /// Throws InputError unless it is a dataset [G] of strings, of fixed or variable length.
  Hdf5Names(const Hdf5Group& group, const std::string& name, std::uint64_t games);

  std::string name(std::uint64_t k);

 private:
  void read(std::uint64_t begin, std::uint64_t count);

  std::string place_;
  Hdf5Handle dataset_;
  std::uint64_t games_;
  std::size_t fixed_bytes_ = 0;  // 0: variable
  std::vector<std::string> slab_;
  std::uint64_t slab_begin_ = 0;
};

}  // namespace quantal::files
