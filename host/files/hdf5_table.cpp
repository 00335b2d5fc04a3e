#include "host/files/hdf5_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "host/files/normal_form_table.hpp"
#include "host/files/place.hpp"

namespace quantal::files {
namespace {

constexpr std::size_t slab_bytes = std::size_t{1} << 22;

std::string place_in(const Hdf5Group& group, const std::string& name) {
  return group.place.ends_with('/') ? group.place + name : group.place + "/" + name;
}

/// Whether the group has something of that name. Throws where it is a link.
bool holds(const Hdf5Group& group, const std::string& name) {
  const htri_t exists = H5Lexists(group.handle.get(), name.c_str(), H5P_DEFAULT);
  if (exists == 0) return false;
  H5L_info_t info;
  if (exists < 0 || H5Lget_info(group.handle.get(), name.c_str(), &info, H5P_DEFAULT) < 0) {
    fail_at(place_in(group, name), "cannot be read: " + last_hdf5_error());
  }
  if (info.type != H5L_TYPE_HARD) {
    fail_at(place_in(group, name), "expected a group or dataset of this file, found a link, which is not followed");
  }
  return true;
}

std::vector<std::uint64_t> extents_of(const Hdf5Handle& dataset, const std::string& place) {
  const Hdf5Handle space(H5Dget_space(dataset.get()));
  const H5S_class_t kind = space ? H5Sget_simple_extent_type(space.get()) : H5S_NO_CLASS;
  if (kind == H5S_SCALAR) return {};
  const int rank = kind == H5S_SIMPLE ? H5Sget_simple_extent_ndims(space.get()) : -1;
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  if (rank < 1 || H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr) < 0) {
    fail_at(place, "expected a dataset with values");
  }
  if (static_cast<std::size_t>(rank) > most_hdf5_axes)
    fail_at(place, fmt::format("expected at most {} axes, found {}", most_hdf5_axes, rank));
  return {extents.begin(), extents.begin() + rank};
}

std::string_view type_name(H5T_class_t kind) {
  switch (kind) {
    case H5T_STRING:
      return "strings";
    case H5T_COMPOUND:
      return "compounds of several fields";
    case H5T_ENUM:
      return "an enumeration";
    case H5T_REFERENCE:
      return "references";
    case H5T_VLEN:
      return "sequences of variable length";
    case H5T_ARRAY:
      return "arrays";
    case H5T_OPAQUE:
    case H5T_BITFIELD:
      return "bytes without a meaning";
    case H5T_TIME:
      return "times";
    default:
      return "values of an unknown type";
  }
}

/// Refuses what would be read from other files, or by code from elsewhere.
void check_means(const Hdf5Handle& dataset, const std::string& place) {
  const Hdf5Handle creation(H5Dget_create_plist(dataset.get()));
  if (!creation) fail_at(place, "cannot be read: " + last_hdf5_error());
  const H5D_layout_t layout = H5Pget_layout(creation.get());
  const bool is_plain = layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED;
  if (!is_plain || H5Pget_external_count(creation.get()) != 0) {
    fail_at(place, "expected a dataset that this file holds, found one whose values are in other files");
  }
  const int filters = layout == H5D_CHUNKED ? H5Pget_nfilters(creation.get()) : 0;
  if (filters < 0) fail_at(place, "cannot be read: " + last_hdf5_error());
  for (int k = 0; k < filters; ++k) {
    unsigned flags = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter =
        H5Pget_filter2(creation.get(), static_cast<unsigned>(k), &flags, &values, nullptr, 0, nullptr, nullptr);
    const bool is_known =
        filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE || filter == H5Z_FILTER_FLETCHER32;
    if (!is_known) {
      fail_at(place, fmt::format("expected no filters but deflate (gzip), shuffle and fletcher32, found filter {}",
                                 static_cast<int>(filter)));
    }
  }
}

/// The bytes of a chunk, 0 without chunks, and its rows.
struct Chunk {
  std::uint64_t bytes = 0;
  std::uint64_t rows = 1;
};

Chunk chunk_of(const Hdf5Handle& dataset, std::size_t rank, std::size_t number_bytes, const std::string& place) {
  const Hdf5Handle creation(H5Dget_create_plist(dataset.get()));
  if (H5Pget_layout(creation.get()) != H5D_CHUNKED) return {};
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  if (H5Pget_chunk(creation.get(), static_cast<int>(rank), extents.data()) != static_cast<int>(rank)) {
    fail_at(place, "cannot be read: " + last_hdf5_error());
  }
  Chunk chunk{number_bytes, extents[0]};
  for (std::size_t k = 0; k < rank; ++k) {
    if (extents[k] != 0 && chunk.bytes > UINT32_MAX / extents[k]) fail_at(place, "expected chunks of less than 4 GiB");
    chunk.bytes *= extents[k];
  }
  return chunk;
}

/// Slabs and chunks need not end at the same rows: what is inflated for one slab may serve the next.
Hdf5Handle expect_dataset(const Hdf5Group& group, const std::string& name) {
  Hdf5Handle dataset = open_dataset(group, name, 4 * slab_bytes);
  if (!dataset) fail_at(place_in(group, name), "expected a dataset, found none");
  return dataset;
}

}  // namespace

Hdf5Handle open_dataset(const Hdf5Group& group, const std::string& name, std::size_t cache_bytes) {
  if (!holds(group, name)) return {};
  const std::string place = place_in(group, name);
  Hdf5Handle object(H5Oopen(group.handle.get(), name.c_str(), H5P_DEFAULT));
  if (!object) fail_at(place, "cannot be read: " + last_hdf5_error());
  if (H5Iget_type(object.get()) != H5I_DATASET) fail_at(place, "expected a dataset");
  object = Hdf5Handle();

  Hdf5Handle access(H5Pcreate(H5P_DATASET_ACCESS));
  constexpr std::size_t cache_slots = 1009;
  H5Pset_chunk_cache(access.get(), cache_slots, cache_bytes, 1.0);
  Hdf5Handle dataset(H5Dopen2(group.handle.get(), name.c_str(), access.get()));
  if (!dataset) fail_at(place, "cannot be read: " + last_hdf5_error());
  check_means(dataset, place);
  return dataset;
}

std::vector<std::string> names_in(const Hdf5Group& group) {
  std::vector<std::string> names;
  const auto take = [](hid_t, const char* name, const H5L_info_t*, void* to) -> herr_t {
    try {
      static_cast<std::vector<std::string>*>(to)->emplace_back(name);
      return 0;
    } catch (...) {
      return -1;  // through C no exception may pass
    }
  };
  if (H5Literate(group.handle.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, take, &names) < 0) {
    fail_at(group.place, "cannot be read: " + last_hdf5_error());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<Hdf5Group> open_group(const Hdf5Group& parent, const std::string& name) {
  if (!holds(parent, name)) return std::nullopt;
  Hdf5Group group{Hdf5Handle(H5Oopen(parent.handle.get(), name.c_str(), H5P_DEFAULT)), place_in(parent, name)};
  if (!group.handle) fail_at(group.place, "cannot be read: " + last_hdf5_error());
  if (H5Iget_type(group.handle.get()) != H5I_GROUP) fail_at(group.place, "expected a group");
  return group;
}

Hdf5Table::Hdf5Table(const Hdf5Group& group, const std::string& name)
    : place_(place_in(group, name)), dataset_(expect_dataset(group, name)) {
  const Hdf5Handle type(H5Dget_type(dataset_.get()));
  const H5T_class_t kind = type ? H5Tget_class(type.get()) : H5T_NO_CLASS;
  if (kind != H5T_INTEGER && kind != H5T_FLOAT) {
    fail_at(place_, fmt::format("expected numbers, integer or floating-point, found {}", type_name(kind)));
  }
  extents_ = extents_of(dataset_, place_);
  if (!extents_.empty()) row_size_ = numbers_of_a_game(std::span(extents_).subspan(1), place_);
  const std::size_t number_bytes = H5Tget_size(type.get());
  if (number_bytes == 0 || number_bytes > 16) fail_at(place_, "expected numbers of at most 16 bytes");
  check_storage(number_bytes);
  constexpr std::uint64_t most_empty_rows = 1 << 24;
  if (row_size_ == 0 && rows() > most_empty_rows) fail_at(place_, "expected numbers, found none");

  const std::size_t row_bytes = std::max<std::size_t>(row_size_ * sizeof(double), 1);
  slab_rows_ = std::max<std::uint64_t>(1, slab_bytes / row_bytes);
  const std::uint64_t chunk_rows = chunk_of(dataset_, extents_.size(), number_bytes, place_).rows;
  if (chunk_rows > 1 && chunk_rows <= slab_rows_) slab_rows_ = slab_rows_ / chunk_rows * chunk_rows;
}

/// A dataset may claim any extents: chunks that are not there stand for zeros.
void Hdf5Table::check_storage(std::size_t number_bytes) const {
  const std::uint64_t storage = H5Dget_storage_size(dataset_.get());
  const std::uint64_t least_numbers = rows() > 0 && row_size_ > 0 ? 1 : 0;
  const Chunk chunk = extents_.empty() ? Chunk{} : chunk_of(dataset_, extents_.size(), number_bytes, place_);
  const auto too_many = [&](std::uint64_t bytes) {
    fail_at(place_,
            fmt::format("expected the values of {}, found {} bytes in the file", extents_text(extents_), bytes));
  };
  if (least_numbers == 0) return;
  if (storage == 0) too_many(0);
  const std::uint64_t most = chunk.bytes == 0                        ? storage
                             : storage > UINT64_MAX / most_inflation ? UINT64_MAX
                                                                     : storage * most_inflation;
  // of floating-point numbers: no overflow, and as exact as it needs to be
  const double bytes = static_cast<double>(rows()) * static_cast<double>(row_size_) * static_cast<double>(number_bytes);
  if (bytes > static_cast<double>(most) * 1.000001 || chunk.bytes > most) too_many(storage);
}

void Hdf5Table::read(std::uint64_t row, std::uint64_t rows, double* to) {
  const hsize_t count = rows * row_size_;
  if (count == 0) return;
  const Hdf5Handle memory(H5Screate_simple(1, &count, nullptr));
  const Hdf5Handle file(H5Dget_space(dataset_.get()));
  if (!extents_.empty()) {
    std::vector<hsize_t> begin(extents_.size(), 0);
    std::vector<hsize_t> extent(extents_.begin(), extents_.end());
    begin[0] = row;
    extent[0] = rows;
    if (H5Sselect_hyperslab(file.get(), H5S_SELECT_SET, begin.data(), nullptr, extent.data(), nullptr) < 0) {
      fail_at(place_, "cannot be read: " + last_hdf5_error());
    }
  }
  if (H5Dread(dataset_.get(), H5T_NATIVE_DOUBLE, memory.get(), file.get(), H5P_DEFAULT, to) < 0) {
    fail_at(fmt::format("{}[{}]", place_, row), "cannot be read: " + last_hdf5_error());
  }
}

void Hdf5Table::copy_row(std::uint64_t k, double* to) {
  if (slab_rows_ == 1) return read(k, 1, to);
  if (k < slab_begin_ || k >= slab_end_) {
    slab_begin_ = k / slab_rows_ * slab_rows_;
    slab_end_ = std::min(rows(), slab_begin_ + slab_rows_);
    slab_.resize(static_cast<std::size_t>(slab_end_ - slab_begin_) * row_size_);
    read(slab_begin_, slab_end_ - slab_begin_, slab_.data());
  }
  const double* const row = slab_.data() + static_cast<std::size_t>(k - slab_begin_) * row_size_;
  std::copy(row, row + row_size_, to);
}

std::int64_t Hdf5Table::whole(double number, std::int64_t least, std::int64_t most) const {
  if (!(number >= static_cast<double>(least) && number <= static_cast<double>(most)) || number != std::floor(number)) {
    fail_at(place_, fmt::format("expected whole numbers from {} to {}, found {}", least, most, number));
  }
  return static_cast<std::int64_t>(number);
}

std::vector<std::int64_t> Hdf5Table::whole_numbers(std::int64_t least, std::int64_t most) {
  const std::size_t count = numbers_of_a_game(extents_, place_);
  std::vector<double> numbers(count);
  read(0, rows(), numbers.data());
  std::vector<std::int64_t> result(count);
  std::transform(numbers.begin(), numbers.end(), result.begin(), [&](double each) { return whole(each, least, most); });
  return result;
}

std::vector<std::int64_t> Hdf5Table::whole_row(std::uint64_t k, std::int64_t least, std::int64_t most) {
  std::vector<double> numbers(row_size_);
  copy_row(k, numbers.data());
  std::vector<std::int64_t> result(row_size_);
  std::transform(numbers.begin(), numbers.end(), result.begin(), [&](double each) { return whole(each, least, most); });
  return result;
}

Hdf5Names::Hdf5Names(const Hdf5Group& group, const std::string& name, std::uint64_t games)
    : place_(place_in(group, name)), dataset_(expect_dataset(group, name)), games_(games) {
  const Hdf5Handle type(H5Dget_type(dataset_.get()));
  const H5T_class_t kind = type ? H5Tget_class(type.get()) : H5T_NO_CLASS;
  if (kind != H5T_STRING) fail_at(place_, "expected strings");
  const std::vector<std::uint64_t> extents = extents_of(dataset_, place_);
  if (extents != std::vector<std::uint64_t>{games}) {
    fail_at(place_, fmt::format("expected a name a game, of the shape ({},), found {}", games, extents_text(extents)));
  }
  constexpr std::size_t longest = 1 << 16;
  const htri_t is_variable = H5Tis_variable_str(type.get());
  if (is_variable < 0) fail_at(place_, "cannot be read: " + last_hdf5_error());
  if (is_variable == 0) {
    fixed_bytes_ = H5Tget_size(type.get());
    if (fixed_bytes_ < 1 || fixed_bytes_ > longest) {
      fail_at(place_, fmt::format("expected names of 1 to {} bytes, found {}", longest, fixed_bytes_));
    }
  }
  const std::size_t element_bytes = fixed_bytes_ == 0 ? 16 : fixed_bytes_;
  const std::uint64_t chunk_bytes = chunk_of(dataset_, 1, element_bytes, place_).bytes;
  if (chunk_bytes > 0 && chunk_bytes / most_inflation > H5Dget_storage_size(dataset_.get())) {
    fail_at(place_, "expected names, found too few bytes in the file");
  }
}

std::string Hdf5Names::name(std::uint64_t k) {
  if (k < slab_begin_ || k >= slab_begin_ + slab_.size()) {
    const std::uint64_t most = std::max<std::uint64_t>(1, slab_bytes / std::max<std::size_t>(fixed_bytes_, 64));
    read(k / most * most, std::min(most, games_ - k / most * most));
  }
  return slab_[static_cast<std::size_t>(k - slab_begin_)];
}

void Hdf5Names::read(std::uint64_t begin, std::uint64_t count) {
  const hsize_t first = begin;
  const hsize_t extent = count;
  const Hdf5Handle memory(H5Screate_simple(1, &extent, nullptr));
  const Hdf5Handle file(H5Dget_space(dataset_.get()));
  H5Sselect_hyperslab(file.get(), H5S_SELECT_SET, &first, nullptr, &extent, nullptr);
  const Hdf5Handle type(H5Dget_type(dataset_.get()));
  const auto fail = [&] { fail_at(fmt::format("{}[{}]", place_, begin), "cannot be read: " + last_hdf5_error()); };

  slab_.assign(static_cast<std::size_t>(count), "");
  slab_begin_ = begin;
  if (fixed_bytes_ > 0) {
    std::vector<char> bytes(slab_.size() * fixed_bytes_);
    if (H5Dread(dataset_.get(), type.get(), memory.get(), file.get(), H5P_DEFAULT, bytes.data()) < 0) fail();
    const bool is_padded_by_spaces = H5Tget_strpad(type.get()) == H5T_STR_SPACEPAD;
    for (std::size_t k = 0; k < slab_.size(); ++k) {
      const char* const text = bytes.data() + k * fixed_bytes_;
      slab_[k].assign(text, strnlen(text, fixed_bytes_));
      while (is_padded_by_spaces && slab_[k].ends_with(' ')) slab_[k].pop_back();
    }
    return;
  }
  std::vector<char*> texts(slab_.size(), nullptr);
  if (H5Dread(dataset_.get(), type.get(), memory.get(), file.get(), H5P_DEFAULT, texts.data()) < 0) fail();
  for (std::size_t k = 0; k < slab_.size(); ++k) {
    if (texts[k] != nullptr) slab_[k] = texts[k];
  }
  H5Dvlen_reclaim(type.get(), memory.get(), H5P_DEFAULT, texts.data());
}

}  // namespace quantal::files
