#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/files/hdf5_handle.hpp"

namespace quantal::files {

/// A dataset of numbers that grows row by row along its first axis. Rows are held until there are enough for a chunk.
class Hdf5Column {
 public:
  /// `extents` are those of a row and `type` is that in the file. The dataset is made when rows are written.
  Hdf5Column(hid_t group, std::string name, std::vector<std::uint64_t> extents, hid_t type, int compression);

  /// Takes the numbers of one row.
  void append(const double* row);

  /// Writes what is held.
  void flush();

 private:
  void write(const double* rows, std::uint64_t count);

  hid_t group_;
  std::string name_;
  std::vector<std::uint64_t> extents_;
  hid_t type_;
  int compression_;
  std::size_t row_size_ = 1;
  std::uint64_t chunk_rows_ = 1;
  Hdf5Handle dataset_;
  std::uint64_t rows_ = 0;  // in the file
  std::vector<double> held_;
  std::uint64_t held_rows_ = 0;
};

/// A dataset of strings of one length in bytes, which grows like the longest of them. It is left out if all are empty.
class Hdf5NamesColumn {
 public:
  Hdf5NamesColumn(hid_t group, int compression) : group_(group), compression_(compression) {}

  void append(const std::string& name);
  void flush();

  /// Whether it can hold the name.
  static bool fits(const std::string& name);

 private:
  Hdf5Handle make_dataset(std::size_t bytes, std::uint64_t rows);
  void make_wider(std::size_t bytes);

  hid_t group_;
  int compression_;
  Hdf5Handle dataset_;
  std::size_t bytes_ = 0;  // of a name
  std::uint64_t rows_ = 0;
  std::vector<std::string> held_;
};

/// A small dataset of whole numbers, written at once.
void write_whole_numbers(hid_t group, const std::string& name, const std::vector<std::uint64_t>& extents, hid_t type,
                         const std::vector<std::int64_t>& numbers);

}  // namespace quantal::files
