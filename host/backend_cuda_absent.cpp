// Stands in for backend_cuda.cu in a build without nvcc.

#include "host/backend.hpp"
#include "host/cuda_info.hpp"
#include "quantal/error.hpp"

namespace quantal {

std::unique_ptr<BackendMachine> make_cuda_backend(const Settings&) {
  throw BackendError("the CUDA backend is not in this build: configure with nvcc, or use --backend cpu");
}

bool cuda_answers() {
  return false;
}

std::optional<std::pair<std::string, kernels::DeviceLimits>> cuda_device() {
  return std::nullopt;
}

void describe_cuda(Capabilities& capabilities) {
  capabilities.cuda_unavailable = "not in this build";
}

}  // namespace quantal
