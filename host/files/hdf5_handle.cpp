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

}  // namespace quantal::files
