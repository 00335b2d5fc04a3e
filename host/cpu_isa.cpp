#include "host/cpu_isa.hpp"

#include <cstdlib>
#include <cstring>
#include <string>

#include "quantal/error.hpp"

namespace quantal {

std::vector<const CpuIsa*> built_isas() {
  return {
      &cpu_isa_baseline,
#ifdef QUANTAL_HAS_AVX2
      &cpu_isa_avx2,
#endif
#ifdef QUANTAL_HAS_AVX512
      &cpu_isa_avx512,
#endif
  };
}

namespace {

bool machine_has([[maybe_unused]] const CpuIsa* isa) {
#ifdef QUANTAL_HAS_AVX2
  __builtin_cpu_init();
  if (isa == &cpu_isa_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
#ifdef QUANTAL_HAS_AVX512
  __builtin_cpu_init();
  if (isa == &cpu_isa_avx512) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  }
#endif
  return true;
}

}  // namespace

const CpuIsa* cpu_isa() {
  const char* asked = std::getenv("QUANTAL_CPU_ISA");
  const CpuIsa* best = nullptr;
  std::string names;
  for (const CpuIsa* isa : built_isas()) {
    if (!machine_has(isa)) continue;
    if (asked != nullptr && std::strcmp(asked, isa->name) == 0) return isa;
    best = isa;
    names += (names.empty() ? "" : ", ") + std::string(isa->name);
  }
  if (asked != nullptr && *asked != '\0') {
    throw InputError("QUANTAL_CPU_ISA=" + std::string(asked) + ": expected one of " + names);
  }
  return best;
}

}  // namespace quantal
