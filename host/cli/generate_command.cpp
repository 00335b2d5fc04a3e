#include <cstdint>
#include <variant>

#include "commands.hpp"
#include "output.hpp"
#include "output_stream.hpp"
#include "quantal/generate.hpp"
#include "quantal/io.hpp"

namespace quantal::cli {

int run(const GenerateOptions& options) {
  Output output(options.output);
  OutputStream stream(output);
  for (std::uint64_t index = 0; index < options.count; ++index) {
    write_json(stream, std::visit([&](const auto& family) -> Game { return generate(family, index); }, options.family));
    stream << '\n';
  }
  output.finish();
  return 0;
}

}  // namespace quantal::cli
