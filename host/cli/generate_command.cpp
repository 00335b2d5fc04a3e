#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "commands.hpp"
#include "game_output.hpp"
#include "quantal/generate.hpp"

namespace quantal::cli {

int run(const GenerateOptions& options) {
  GameOutput output(options.output, options.format, options.compression);
  constexpr std::size_t together = 64;
  std::vector<Game> games;
  for (std::uint64_t index = 0; index < options.count; ++index) {
    games.push_back(std::visit([&](const auto& family) -> Game { return generate(family, index); }, options.family));
    if (games.size() < together && index + 1 < options.count) continue;
    output.write(games);
    games.clear();
  }
  output.finish();
  return 0;
}

}  // namespace quantal::cli
