#include <cstddef>

#include "commands.hpp"
#include "output.hpp"
#include "quantal/generate.hpp"

namespace quantal::cli {

namespace {

void write_matrix(Output& output, const double* entries, int rows, int columns) {
  for (int a = 0; a < rows; ++a) {
    for (int b = 0; b < columns; ++b) output.print("{}{}", b > 0 ? ", " : a > 0 ? "], [" : "[[", *entries++);
  }
  output.write("]]");
}

/// A game on a line, in the form that `read_games` reads. Names of generated games need no escapes.
void write_json(const PolymatrixGame& game, Output& output) {
  output.print(R"({{"class": "polymatrix", "name": "{}", "actions": [{}], "edges": [)", game.name,
               fmt::join(game.actions, ", "));
  const double* payoffs = game.payoffs.data();
  bool is_first = true;
  for (const PolymatrixEdge& edge : game.edges) {
    const int rows = game.actions[static_cast<std::size_t>(edge.first)];
    const int columns = game.actions[static_cast<std::size_t>(edge.second)];
    const auto write_side = [&](bool pays) {
      if (!pays) return output.write("null");
      write_matrix(output, payoffs, rows, columns);
      payoffs += edge_matrix_size(game, edge);
    };
    output.print(R"({}{{"agents": [{}, {}], "payoffs": [)", is_first ? "" : ", ", edge.first, edge.second);
    is_first = false;
    write_side(edge.pays_first);
    output.write(", ");
    write_side(edge.pays_second);
    output.write("]}");
  }
  output.write("]}\n");
}

}  // namespace

int run(const GenerateOptions& options) {
  Output output(options.output);
  for (std::uint64_t index = 0; index < options.count; ++index) write_json(generate(options.family, index), output);
  output.finish();
  return 0;
}

}  // namespace quantal::cli
