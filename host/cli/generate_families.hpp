#pragma once

#include "arguments.hpp"
#include "quantal/generate.hpp"

namespace quantal::cli {

/// The families that `quantal generate polymatrix`, `quantal generate markov` and, for a kind of games in normal form,
/// `quantal generate KIND` draw from, valid. All throw InputError, also for an option that the family makes no use of.
NetworkFamily network_family(const Arguments& arguments);
MarkovFamily markov_family(const Arguments& arguments);
NormalFormFamily normal_form_family(const Arguments& arguments, NormalFormKind kind);

}  // namespace quantal::cli
