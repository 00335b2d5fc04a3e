#include "host/files/hdf5_column.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace quantal::files {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 18;
constexpr std::size_t longest_name = 1 << 16;

/// Chunks are written whole: none need to be kept.
Hdf5Handle uncached() {
  Hdf5Handle access(wrote(H5Pcreate(H5P_DATASET_ACCESS)));
  wrote(H5Pset_chunk_cache(access.get(), 1, 0, 1.0));
  return access;
}

/// Makes room for more rows and returns the selection of them in the file.
Hdf5Handle more_rows(const Hdf5Handle& dataset, std::vector<hsize_t> extents, std::uint64_t before,
                     std::uint64_t count) {
  extents[0] = before + count;
  wrote(H5Dset_extent(dataset.get(), extents.data()));
  Hdf5Handle file(wrote(H5Dget_space(dataset.get())));
  std::vector<hsize_t> begin(extents.size(), 0);
  begin[0] = before;
  extents[0] = count;
  wrote(H5Sselect_hyperslab(file.get(), H5S_SELECT_SET, begin.data(), nullptr, extents.data(), nullptr));
  return file;
}

std::vector<char> padded(const std::vector<std::string>& names, std::size_t bytes) {
  std::vector<char> text(names.size() * bytes, '\0');
  for (std::size_t k = 0; k < names.size(); ++k) {
    std::copy(names[k].begin(), names[k].end(), text.begin() + static_cast<std::ptrdiff_t>(k * bytes));
  }
  return text;
}

}  // namespace

Hdf5Column::Hdf5Column(hid_t group, std::string name, std::vector<std::uint64_t> extents, hid_t type, int compression)
    : group_(group), name_(std::move(name)), extents_(std::move(extents)), type_(type), compression_(compression) {
  for (const std::uint64_t extent : extents_) row_size_ *= extent;
  chunk_rows_ = std::max<std::uint64_t>(1, chunk_bytes / sizeof(double) / std::max<std::size_t>(row_size_, 1));
}

void Hdf5Column::append(const double* row) {
  if (chunk_rows_ == 1) return write(row, 1);
  held_.insert(held_.end(), row, row + row_size_);
  if (++held_rows_ == chunk_rows_) flush();
}

void Hdf5Column::flush() {
  if (held_rows_ > 0) write(held_.data(), held_rows_);
  held_.clear();
  held_rows_ = 0;
}

void Hdf5Column::write(const double* rows, std::uint64_t count) {
  std::vector<hsize_t> extents(extents_.begin(), extents_.end());
  extents.insert(extents.begin(), count);
  if (!dataset_) {
    // The first rows are a chunk, so few rows take little room; a row that is too long for one is cut.
    std::vector<hsize_t> chunk = extents;
    for (hsize_t& extent : chunk) extent = std::max<hsize_t>(extent, 1);
    std::uint64_t numbers = count * std::max<std::size_t>(row_size_, 1);
    constexpr std::uint64_t most_numbers = std::uint64_t{1} << 23;
    for (std::size_t k = 0; k < chunk.size() && numbers > most_numbers; ++k) {
      numbers /= chunk[k];
      chunk[k] = std::clamp<hsize_t>(most_numbers / numbers, 1, chunk[k]);
      numbers *= chunk[k];
    }
    std::vector<hsize_t> most = extents;
    most[0] = H5S_UNLIMITED;
    std::vector<hsize_t> none = extents;
    none[0] = 0;
    const Hdf5Handle space(wrote(H5Screate_simple(static_cast<int>(none.size()), none.data(), most.data())));
    const Hdf5Handle creation = growing(chunk, compression_);
    const Hdf5Handle access = uncached();
    dataset_ = Hdf5Handle(
        wrote(H5Dcreate2(group_, name_.c_str(), type_, space.get(), H5P_DEFAULT, creation.get(), access.get())));
  }
  const Hdf5Handle file = more_rows(dataset_, extents, rows_, count);
  const hsize_t numbers = count * row_size_;
  if (numbers > 0) {
    const Hdf5Handle memory(wrote(H5Screate_simple(1, &numbers, nullptr)));
    wrote(H5Dwrite(dataset_.get(), H5T_NATIVE_DOUBLE, memory.get(), file.get(), H5P_DEFAULT, rows));
  }
  rows_ += count;
}

bool Hdf5NamesColumn::fits(const std::string& name) {
  return name.size() <= longest_name;
}

void Hdf5NamesColumn::append(const std::string& name) {
  held_.push_back(name);
  const std::size_t bytes = std::max(bytes_, name.size());
  if (held_.size() * std::max<std::size_t>(bytes, 16) >= chunk_bytes) flush();
}

void Hdf5NamesColumn::flush() {
  std::size_t longest = 0;
  for (const std::string& name : held_) longest = std::max(longest, name.size());
  if (held_.empty() || (longest == 0 && !dataset_)) {
    rows_ += held_.size();  // empty, should one follow that is not
    held_.clear();
    return;
  }
  if (!dataset_) {
    bytes_ = longest;
    dataset_ = make_dataset(bytes_, held_.size());
    wrote(H5Olink(dataset_.get(), group_, "names", H5P_DEFAULT, H5P_DEFAULT));
  }
  if (longest > bytes_) make_wider(std::bit_ceil(longest));
  const Hdf5Handle file = more_rows(dataset_, {0}, rows_, held_.size());
  const hsize_t count = held_.size();
  const Hdf5Handle memory(wrote(H5Screate_simple(1, &count, nullptr)));
  const Hdf5Handle type = text_type(bytes_);
  const std::vector<char> text = padded(held_, bytes_);
  wrote(H5Dwrite(dataset_.get(), type.get(), memory.get(), file.get(), H5P_DEFAULT, text.data()));
  rows_ += held_.size();
  held_.clear();
}

/// A dataset without rows or a name, in chunks of about `rows`.
Hdf5Handle Hdf5NamesColumn::make_dataset(std::size_t bytes, std::uint64_t rows) {
  const hsize_t none = 0;
  const hsize_t most = H5S_UNLIMITED;
  const Hdf5Handle space(wrote(H5Screate_simple(1, &none, &most)));
  const hsize_t chunk = std::clamp<hsize_t>(chunk_bytes / bytes, 1, rows);
  const Hdf5Handle creation = growing({chunk}, compression_);
  const Hdf5Handle type = text_type(bytes);
  return Hdf5Handle(wrote(H5Dcreate_anon(group_, type.get(), space.get(), creation.get(), H5P_DEFAULT)));
}

/// Goes on in a dataset of longer strings. Lengths double, so all of this takes no more time than writing the names.
void Hdf5NamesColumn::make_wider(std::size_t bytes) {
  Hdf5Handle wider = make_dataset(bytes, std::max<std::uint64_t>(rows_, held_.size()));
  const Hdf5Handle type = text_type(bytes);
  const std::uint64_t step = std::max<std::uint64_t>(1, chunk_bytes / bytes);
  for (std::uint64_t begin = 0; begin < rows_; begin += step) {
    const hsize_t first = begin;
    const hsize_t count = std::min(step, rows_ - begin);
    std::vector<char> text(static_cast<std::size_t>(count) * bytes);
    const Hdf5Handle memory(wrote(H5Screate_simple(1, &count, nullptr)));
    const Hdf5Handle from(wrote(H5Dget_space(dataset_.get())));
    wrote(H5Sselect_hyperslab(from.get(), H5S_SELECT_SET, &first, nullptr, &count, nullptr));
    wrote(H5Dread(dataset_.get(), type.get(), memory.get(), from.get(), H5P_DEFAULT, text.data()));
    const Hdf5Handle to = more_rows(wider, {0}, begin, count);
    wrote(H5Dwrite(wider.get(), type.get(), memory.get(), to.get(), H5P_DEFAULT, text.data()));
  }
  dataset_ = std::move(wider);
  bytes_ = bytes;
  wrote(H5Ldelete(group_, "names", H5P_DEFAULT));
  wrote(H5Olink(dataset_.get(), group_, "names", H5P_DEFAULT, H5P_DEFAULT));
}

void write_whole_numbers(hid_t group, const std::string& name, const std::vector<std::uint64_t>& extents, hid_t type,
                         const std::vector<std::int64_t>& numbers) {
  const std::vector<hsize_t> sizes(extents.begin(), extents.end());
  const Hdf5Handle space(wrote(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr)));
  const Hdf5Handle creation = timeless();
  const Hdf5Handle dataset(
      wrote(H5Dcreate2(group, name.c_str(), type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT)));
  if (!numbers.empty()) {
    wrote(H5Dwrite(dataset.get(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()));
  }
}

}  // namespace quantal::files
