#pragma once

#include <vector>

#include "host/backend_cpu_isa.hpp"

namespace quantal {

/// Instruction sets in this build, best last.
std::vector<const CpuIsa*> built_isas();

/// The best one that this machine has, or the one that the environment variable QUANTAL_CPU_ISA names. Throws
/// InputError if that is not in the build or not on this machine.
const CpuIsa* cpu_isa();

}  // namespace quantal
