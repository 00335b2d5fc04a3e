#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "commands.hpp"
#include "output.hpp"
#include "quantal/info.hpp"

namespace quantal::cli {

namespace {

void write_item(Output& output, std::string_view name, std::string_view value) {
  output.print("{:<20}{}\n", name, value);
}

std::string list_instruction_sets(const Capabilities& have) {
  std::vector<std::string> sets = have.instruction_sets;
  for (std::string& set : sets) {
    if (set == have.instruction_set) set += " (used)";
  }
  return fmt::format("{}", fmt::join(sets, ", "));
}

}  // namespace

int run(const InfoOptions&) {
  const Capabilities have = capabilities();
  Output output("-");
  write_item(output, "quantal", std::string(version()));
  write_item(output, "compiler", have.compiler);
  write_item(output, "instruction sets", list_instruction_sets(have));
  write_item(output, "threads", fmt::format("{}", have.threads));
  if (have.cuda_built) {
    write_item(output, "CUDA",
               fmt::format("runtime {}, code for {}", have.cuda_runtime, fmt::join(have.cuda_architectures, ", ")));
  } else {
    write_item(output, "CUDA", "not built in");
  }
  if (have.cuda_devices.empty()) {
    write_item(output, "CUDA devices", have.cuda_unavailable.empty() ? "none" : "none: " + have.cuda_unavailable);
  }
  for (std::size_t i = 0; i < have.cuda_devices.size(); ++i) {
    write_item(output, i == 0 ? "CUDA devices" : "", fmt::format("{}: {}", i, have.cuda_devices[i]));
  }
  output.finish();
  return 0;
}

int run(const PrintText& text) {
  Output output("-");
  output.write(text.text);
  output.finish();
  return 0;
}

}  // namespace quantal::cli
