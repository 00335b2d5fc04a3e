#include "host/files/results_source.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "quantal/error.hpp"

namespace quantal::files {

std::unique_ptr<ResultsSource> open_results(const std::string& file) {
  std::error_code not_there;
  if (std::filesystem::is_directory(file, not_there)) {
    throw InputError(fmt::format("{}: expected a results file, found a directory", file));
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw InputError(fmt::format("{}: cannot be read: {}", file, std::strerror(errno)));
  constexpr std::string_view hdf5_signature = "\x89HDF\r\n\x1a\n";
  std::string beginning(hdf5_signature.size(), '\0');
  stream.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  return stream.gcount() == static_cast<std::streamsize>(hdf5_signature.size()) && beginning == hdf5_signature
             ? open_hdf5_results(file)
             : open_json_results(file);
}

}  // namespace quantal::files
