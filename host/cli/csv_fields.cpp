#include "csv_fields.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <vector>

#include "display_text.hpp"

namespace quantal::cli {

std::string csv_field(std::string_view text) {
  std::string line = one_line(text);
  if (line.find_first_of("\",") == std::string::npos) return line;
  std::string quoted = "\"";
  for (const char letter : line) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted += '"';
}

void write_csv_policies(Output& output, const Game& game, std::span<const double> policies) {
  const std::vector<int>& actions = actions_of(game);
  const std::size_t states = states_of(game);
  for (std::size_t k = 0; k < actions.size(); ++k) {
    const std::span<const double> policy = policies.first(static_cast<std::size_t>(actions[k]));
    policies = policies.subspan(policy.size());
    output.print("{}{}", k == 0 ? "" : k % states == 0 ? "|" : ";", fmt::join(policy, " "));
  }
}

}  // namespace quantal::cli
