#pragma once

#include "arguments.hpp"
#include "quantal/generate.hpp"

namespace quantal::cli {

/// The families that `quantal generate polymatrix` and `quantal generate markov` draw from, valid. Both throw
/// InputError, also for an option that the family makes no use of.
NetworkFamily network_family(const Arguments& arguments);
MarkovFamily markov_family(const Arguments& arguments);

}  // namespace quantal::cli
