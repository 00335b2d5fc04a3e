#include "refuse_to_overwrite.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "quantal/error.hpp"

namespace quantal::cli {

void refuse_to_overwrite(const std::vector<std::string>& files, const std::string& output) {
  if (output == "-") return;
  for (const std::string& file : files) {
    std::error_code not_there;
    if (std::filesystem::equivalent(file, output, not_there) && std::filesystem::is_regular_file(file)) {
      throw InputError(fmt::format("--output {}: is one of the games to read", output));
    }
  }
}

}  // namespace quantal::cli
