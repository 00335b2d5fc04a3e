#include <fmt/format.h>

#include "host/files/results_source.hpp"
#include "quantal/error.hpp"

namespace quantal::files {

std::unique_ptr<ResultsSource> open_hdf5_results(const std::string& file) {
  throw InputError(fmt::format("{}: expected results as JSON, found HDF5, which this build does not read", file));
}

}  // namespace quantal::files
