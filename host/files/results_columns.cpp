#include "host/files/results_columns.hpp"

#include <span>
#include <string>

#include "quantal/game.hpp"
#include "quantal/results.hpp"

namespace quantal::files {
namespace {

/// An 8-bit type that knows the names of its values.
hid_t enumeration(std::initializer_list<std::string_view> names) {
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
  using enum Status;
  static const hid_t type = enumeration({to_string(converged), to_string(max_iterations), to_string(stalled),
                                         to_string(not_finite), to_string(cancelled), to_string(failed)});
  return type;
}

hid_t evaluation_type() {
  using enum PolicyEvaluation;
  static const hid_t type = enumeration({to_string(none), to_string(direct), to_string(iterative)});
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
    case Entries::game_class:
      return game_class_type();
    case Entries::status:
      return status_type();
    case Entries::evaluation:
      return evaluation_type();
    case Entries::text:
      break;
  }
  return -1;
}

Hdf5Handle text_type(std::size_t length) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), length);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  if (length != H5T_VARIABLE) H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
}

void create_column(hid_t file, const Column& column, hid_t file_type, hsize_t chunk, hsize_t width, int deflate) {
  // Temperatures are (rows, agents), also for one agent, so that programs need not ask.
  const int rank = &column == &columns::run_tau ? 2 : 1;
  const hsize_t none[] = {0, width};
  const hsize_t any[] = {H5S_UNLIMITED, width};
  const hsize_t chunks[] = {chunk, width};
  const Hdf5Handle space(H5Screate_simple(rank, none, any));
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_chunk(creation.get(), rank, chunks);
  H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER);
  if (deflate > 0) {
    H5Pset_shuffle(creation.get());
    H5Pset_deflate(creation.get(), static_cast<unsigned>(deflate));
  }
  Hdf5Handle(H5Dcreate2(file, column.name, file_type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
}

OpenColumn::OpenColumn(hid_t file, const Column& column) : set_(H5Dopen2(file, column.name, H5P_DEFAULT)) {
  if (!set_) return;
  const Hdf5Handle space(H5Dget_space(set_.get()));
  rank_ = H5Sget_simple_extent_ndims(space.get());
  hsize_t shape[2] = {0, 1};
  if (rank_ < 1 || rank_ > 2 || H5Sget_simple_extent_dims(space.get(), shape, nullptr) < 0) {
    set_ = Hdf5Handle();
    return;
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

bool OpenColumn::write(std::uint64_t at, std::uint64_t count, hid_t type, const void* data) {
  if (count == 0) return true;
  if (at + count > rows_) {
    const hsize_t size[] = {at + count, width_};
    if (H5Dset_extent(set_.get(), size) < 0) return false;
    rows_ = at + count;
  }
  const Hdf5Handle place = select(at, count);
  const hsize_t shape[] = {count, width_};
  const Hdf5Handle memory(H5Screate_simple(rank_, shape, nullptr));
  return H5Dwrite(set_.get(), type, memory.get(), place.get(), H5P_DEFAULT, data) >= 0;
}

bool OpenColumn::cut(std::uint64_t rows) {
  const hsize_t size[] = {rows, width_};
  return H5Dset_extent(set_.get(), size) >= 0;
}

bool OpenColumn::read(std::uint64_t at, std::uint64_t count, hid_t type, void* data) const {
  if (count == 0) return true;
  if (!set_ || at + count > rows_) return false;
  const Hdf5Handle place = select(at, count);
  const hsize_t shape[] = {count, width_};
  const Hdf5Handle memory(H5Screate_simple(rank_, shape, nullptr));
  return H5Dread(set_.get(), type, memory.get(), place.get(), H5P_DEFAULT, data) >= 0;
}

bool write_counter(hid_t file, const char* name, hid_t type, const void* value) {
  const Hdf5Handle set(H5Dopen2(file, name, H5P_DEFAULT));
  return set && H5Dwrite(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0;
}

bool read_counter(hid_t file, const char* name, hid_t type, void* value) {
  const Hdf5Handle set(H5Dopen2(file, name, H5P_DEFAULT));
  if (!set) return false;
  const Hdf5Handle space(H5Dget_space(set.get()));
  return H5Sget_simple_extent_npoints(space.get()) == 1 &&
         H5Dread(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0;
}

}  // namespace quantal::files
