#include "host/files/results_columns.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/files/place.hpp"
#include "quantal/analysis.hpp"
#include "quantal/game.hpp"
#include "quantal/results.hpp"

namespace quantal::files {
namespace {

/// An 8-bit type that knows the names of its values.
hid_t enumeration(const std::vector<std::string_view>& names) {
  const hid_t type = H5Tenum_create(H5T_STD_I8LE);
  std::int8_t value = 0;
  for (const std::string_view name : names) {
    H5Tenum_insert(type, std::string(name).c_str(), &value);
    ++value;
  }
  return type;
}

hid_t game_class_type() {
  static const hid_t type =
      enumeration({class_of(NormalFormGame{}), class_of(PolymatrixGame{}), class_of(MarkovGame{})});
  return type;
}

hid_t status_type() {
  static const hid_t type = [] {
    std::vector<std::string_view> names;
    for (std::size_t k = 0; k < number_of_statuses; ++k) names.push_back(to_string(static_cast<Status>(k)));
    return enumeration(names);
  }();
  return type;
}

hid_t evaluation_type() {
  using enum PolicyEvaluation;
  static const hid_t type = enumeration({to_string(none), to_string(direct), to_string(iterative)});
  return type;
}

hid_t guarantee_type() {
  using enum Guarantee;
  static const hid_t type = enumeration({to_string(none), to_string(contraction), to_string(zero_sum)});
  return type;
}

hid_t diagnosis_type() {
  static const hid_t type = [] {
    std::vector<std::string_view> names;
    for (std::size_t k = 0; k <= static_cast<std::size_t>(Diagnosis::unknown); ++k) {
      names.push_back(to_string(static_cast<Diagnosis>(k)));
    }
    return enumeration(names);
  }();
  return type;
}

}  // namespace

hid_t Column::file_type() const {
  switch (entries) {
    case Entries::float64:
      return H5T_IEEE_F64LE;
    case Entries::int64:
      return H5T_STD_I64LE;
    case Entries::uint64:
      return H5T_STD_U64LE;
    case Entries::int32:
      return H5T_STD_I32LE;
    case Entries::flag:
      return H5T_STD_U8LE;
    case Entries::game_class:
      return game_class_type();
    case Entries::status:
      return status_type();
    case Entries::evaluation:
      return evaluation_type();
    case Entries::guarantee:
      return guarantee_type();
    case Entries::diagnosis:
      return diagnosis_type();
    case Entries::text:
      break;
  }
  return -1;
}

void create_column(hid_t file, const Column& column, hid_t file_type, hsize_t chunk, hsize_t width, int compression) {
  // Temperatures are (rows, agents), also for one agent, so that programs need not ask.
  const int rank = &column == &columns::run_tau ? 2 : 1;
  const hsize_t none[] = {0, width};
  const hsize_t any[] = {H5S_UNLIMITED, width};
  std::vector<hsize_t> chunks = {chunk, width};
  chunks.resize(static_cast<std::size_t>(rank));
  const Hdf5Handle space(wrote(H5Screate_simple(rank, none, any)));
  const Hdf5Handle creation = growing(chunks, compression);
  wrote(H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER));
  const Hdf5Handle set(
      wrote(H5Dcreate2(file, column.name, file_type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT)));
}

Hdf5Handle open_path(const Hdf5Group& root, const std::string& path) {
  constexpr std::size_t cache_bytes = std::size_t{1} << 20;
  const std::size_t slash = path.rfind('/');
  if (slash == 0) return open_dataset(root, path.substr(1), cache_bytes);
  const std::optional<Hdf5Group> group = open_group(root, path.substr(1, slash - 1));
  return group ? open_dataset(*group, path.substr(slash + 1), cache_bytes) : Hdf5Handle();
}

OpenColumn::OpenColumn(const Hdf5Group& root, const Column& column) : set_(open_path(root, column.name)) {
  if (!set_) return;
  const Hdf5Handle space(H5Dget_space(set_.get()));
  rank_ = H5Sget_simple_extent_ndims(space.get());
  hsize_t shape[2] = {0, 1};
  if (rank_ < 1 || rank_ > 2 || H5Sget_simple_extent_dims(space.get(), shape, nullptr) < 0) {
    fail_at(root.place + (column.name + 1), "expected an array of one or two axes");
  }
  rows_ = shape[0];
  width_ = shape[1];
}

std::size_t OpenColumn::size_of_entry() const {
  const Hdf5Handle type(H5Dget_type(set_.get()));
  return H5Tget_size(type.get());
}

bool OpenColumn::has_class(H5T_class_t expected) const {
  const Hdf5Handle type(H5Dget_type(set_.get()));
  return H5Tget_class(type.get()) == expected;
}

Hdf5Handle OpenColumn::select(std::uint64_t at, std::uint64_t count) const {
  Hdf5Handle space(H5Dget_space(set_.get()));
  const hsize_t begin[] = {at, 0};
  const hsize_t size[] = {count, width_};
  H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, begin, nullptr, size, nullptr);
  return space;
}

void OpenColumn::write(std::uint64_t at, std::uint64_t count, hid_t type, const void* data) {
  if (count == 0) return;
  if (at + count > rows_) resize(at + count);
  const Hdf5Handle place = select(at, count);
  const hsize_t shape[] = {count, width_};
  const Hdf5Handle memory(wrote(H5Screate_simple(rank_, shape, nullptr)));
  wrote(H5Dwrite(set_.get(), type, memory.get(), place.get(), H5P_DEFAULT, data));
}

void OpenColumn::resize(std::uint64_t rows) {
  const hsize_t size[] = {rows, width_};
  wrote(H5Dset_extent(set_.get(), size));
  rows_ = rows;
}

bool OpenColumn::read(std::uint64_t at, std::uint64_t count, hid_t type, void* data) const {
  if (count == 0) return true;
  if (!set_ || at + count > rows_) return false;
  const Hdf5Handle place = select(at, count);
  const hsize_t shape[] = {count, width_};
  const Hdf5Handle memory(H5Screate_simple(rank_, shape, nullptr));
  return H5Dread(set_.get(), type, memory.get(), place.get(), H5P_DEFAULT, data) >= 0;
}

void write_counter(const Hdf5Group& root, const char* path, hid_t type, const void* value) {
  const Hdf5Handle set = open_path(root, path);
  wrote(H5Dwrite(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value));
}

bool read_counter(const Hdf5Group& root, const char* path, hid_t type, void* value) {
  const Hdf5Handle set = open_path(root, path);
  if (!set) return false;
  const Hdf5Handle space(H5Dget_space(set.get()));
  return H5Sget_simple_extent_npoints(space.get()) == 1 &&
         H5Dread(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0;
}

}  // namespace quantal::files
