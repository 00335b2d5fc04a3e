#include "quantal/info.hpp"

#include "host/cpu_isa.hpp"
#include "host/cuda_info.hpp"
#include "host/format.hpp"
#include "host/parallel.hpp"
#include "quantal/error.hpp"

namespace quantal {

std::string_view version() {
  return QUANTAL_VERSION;
}

Capabilities capabilities() {
  Capabilities found;
#if defined(__clang__)
  found.compiler = formatted("Clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  found.compiler = formatted("GCC {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
  for (const CpuIsa* isa : built_isas()) found.instruction_sets.emplace_back(isa->name);
  found.instruction_set = cpu_isa()->name;
  found.threads = thread_count(0);
  describe_cuda(found);
  return found;
}

}  // namespace quantal
