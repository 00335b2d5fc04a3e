#include "host/files/hdf5_handle.hpp"

#include <cstdlib>
#include <string_view>

namespace quantal::files {

void prepare_hdf5() {
  setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0);
  H5dont_atexit();  // files are closed where they were opened; what a full disk has left open is given up
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
}

std::string last_hdf5_error() {
  std::string text;
  // From where it happened to where it was noticed: the first has the reason.
  const auto take_first = [](unsigned, const H5E_error2_t* error, void* to) -> herr_t {
    auto& first = *static_cast<std::string*>(to);
    if (first.empty() && error->desc != nullptr) first = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &text);
  // "file write failed: time = .., filename = '..', .., error message = 'No space left on device', .."
  constexpr std::string_view of_system = "error message = '";
  if (const std::size_t begin = text.find(of_system); begin != std::string::npos) {
    const std::size_t from = begin + of_system.size();
    return text.substr(from, text.find('\'', from) - from);
  }
  return text.empty() ? "the HDF5 library gives no reason" : text;
}

void bound_read_attempts(const Hdf5Handle& access) {
  constexpr unsigned attempts = 20;
  H5Pset_metadata_read_attempts(access.get(), attempts);
}

Hdf5Handle timeless() {
  Hdf5Handle creation(wrote(H5Pcreate(H5P_DATASET_CREATE)));
  wrote(H5Pset_obj_track_times(creation.get(), false));
  return creation;
}

Hdf5Handle text_type(std::size_t bytes) {
  Hdf5Handle type(wrote(H5Tcopy(H5T_C_S1)));
  wrote(H5Tset_size(type.get(), bytes));
  wrote(H5Tset_cset(type.get(), H5T_CSET_UTF8));
  if (bytes != H5T_VARIABLE) wrote(H5Tset_strpad(type.get(), H5T_STR_NULLPAD));
  return type;
}

Hdf5Handle growing(const std::vector<hsize_t>& chunk, int compression) {
  Hdf5Handle creation = timeless();
  wrote(H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()));
  if (compression > 0) {
    wrote(H5Pset_shuffle(creation.get()));
    wrote(H5Pset_deflate(creation.get(), static_cast<unsigned>(compression)));
  }
  return creation;
}

}  // namespace quantal::files
