#pragma once

#include <hdf5.h>

#include <cstddef>

#include "host/files/results_file.hpp"

namespace quantal::files {

/// The columns, tables and attributes that results_file.hpp describes, in an empty file. `first`, whose runs are not
/// written here, decides how long names may be and how much of a column is stored together. Throws Hdf5WriteError.
void create_results(hid_t file, const ResultsFileHead& head, const Sweep& sweep, const Settings& settings,
                    const ResultsSlab& first);

/// K of the file: temperatures in each entry of the sweep, 1 unless one is by agent.
std::size_t temperatures_per_run(const Sweep& sweep);

}  // namespace quantal::files
