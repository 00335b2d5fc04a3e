#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "io_file_order.hpp"
#include "quantal/io.hpp"

namespace quantal {
namespace {

/// Text on its way to a stream, piece by piece: games may be far larger than what is held here.
class TextWriter {
 public:
  explicit TextWriter(std::ostream& out) : out_(out) {}

  void write(std::string_view text) {
    buffer_.append(text.data(), text.data() + text.size());
    if (buffer_.size() >= enough) flush();
  }

  void number(std::size_t value) { fmt::format_to(std::back_inserter(buffer_), "{}", value); }
  void number(int value) { fmt::format_to(std::back_inserter(buffer_), "{}", value); }

  /// The shortest decimals that read back as the same double; -0 such that no reader takes it for an integer.
  void number(double value) {
    fmt::format_to(std::back_inserter(buffer_), "{}", value);
    if (value == 0 && std::signbit(value)) write(".0");
    if (buffer_.size() >= enough) flush();
  }

  /// [1, 2, 3]
  template <typename Number>
  void array(const Number* numbers, std::size_t count) {
    list(count, [&](std::size_t k) { number(numbers[k]); });
  }

  /// [.., .., ..], of which `write_element` writes one
  template <typename WriteElement>
  void list(std::size_t count, WriteElement&& write_element) {
    write("[");
    for (std::size_t k = 0; k < count; ++k) {
      if (k > 0) write(", ");
      write_element(k);
    }
    write("]");
  }

  void flush() {
    out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.clear();
  }

 private:
  static constexpr std::size_t enough = 1 << 16;

  std::ostream& out_;
  fmt::memory_buffer buffer_;
};

std::size_t actions_of_agent(const std::vector<int>& actions, int agent) {
  return static_cast<std::size_t>(actions[static_cast<std::size_t>(agent)]);
}

void write_members(TextWriter& writer, const NormalFormGame& game) {
  const std::size_t joint = joint_actions(game.actions);
  writer.write(", \"payoffs\": ");
  writer.list(game.actions.size(), [&](std::size_t i) { writer.array(game.payoffs.data() + i * joint, joint); });
}

void write_matrix(TextWriter& writer, const double* matrix, std::size_t rows, std::size_t columns) {
  writer.list(rows, [&](std::size_t a) { writer.array(matrix + a * columns, columns); });
}

void write_actions(TextWriter& writer, const std::vector<int>& actions) {
  writer.array(actions.data(), actions.size());
}

/// A number an agent, unless an agent's number differs by state.
void write_actions(TextWriter& writer, const MarkovGame& game) {
  const auto states = static_cast<std::size_t>(game.states);
  const auto agents = static_cast<std::size_t>(game.agents());
  std::vector<int> first;
  bool differ = false;
  for (std::size_t i = 0; i < agents; ++i) {
    first.push_back(game.actions[i * states]);
    const int* const of_agent = game.actions.data() + i * states;
    differ = differ || std::adjacent_find(of_agent, of_agent + states, std::not_equal_to<>()) != of_agent + states;
  }
  if (!differ) return write_actions(writer, first);
  writer.list(agents, [&](std::size_t i) { writer.array(game.actions.data() + i * states, states); });
}

/// The probabilities of the next states, or pairs of these with theirs.
void write_transition_row(TextWriter& writer, const MarkovGame& game, std::size_t row) {
  if (!game.is_sparse()) {
    const auto states = static_cast<std::size_t>(game.states);
    return writer.array(game.transitions.data() + row * states, states);
  }
  const std::size_t begin = game.row_begin[row];
  writer.list(game.row_begin[row + 1] - begin, [&](std::size_t k) {
    writer.write("[");
    writer.number(game.next_state[begin + k]);
    writer.write(", ");
    writer.number(game.transitions[begin + k]);
    writer.write("]");
  });
}

void write_members(TextWriter& writer, const MarkovGame& game) {
  const auto states = static_cast<std::size_t>(game.states);
  const std::vector<std::size_t> before = rows_before_states(game);
  writer.write(", \"states\": ");
  writer.number(game.states);
  writer.write(", \"discount\": ");
  writer.number(game.discount);
  if (!game.initial.empty()) {
    writer.write(", \"initial\": ");
    writer.array(game.initial.data(), states);
  }
  writer.write(", \"rewards\": ");
  writer.list(static_cast<std::size_t>(game.agents()), [&](std::size_t i) {
    const double* const of_agent = game.rewards.data() + i * before.back();
    writer.list(states, [&](std::size_t s) { writer.array(of_agent + before[s], before[s + 1] - before[s]); });
  });
  writer.write(", \"transitions\": ");
  writer.list(states, [&](std::size_t s) {
    writer.list(before[s + 1] - before[s], [&](std::size_t a) { write_transition_row(writer, game, before[s] + a); });
  });
}

void write_members(TextWriter& writer, const PolymatrixGame& game) {
  writer.write(", \"edges\": [");
  const double* matrix = game.payoffs.data();
  bool first = true;
  for (const PolymatrixEdge& edge : game.edges) {
    if (!first) writer.write(", ");
    first = false;
    const int agents[] = {edge.first, edge.second};
    writer.write("{\"agents\": ");
    writer.array(agents, 2);
    writer.write(", \"payoffs\": [");
    const std::size_t rows = actions_of_agent(game.actions, edge.first);
    const std::size_t columns = actions_of_agent(game.actions, edge.second);
    const bool is_paid[] = {edge.pays_first, edge.pays_second};
    for (std::size_t k = 0; k < 2; ++k) {
      if (k > 0) writer.write(", ");
      if (is_paid[k]) {
        write_matrix(writer, matrix, rows, columns);
        matrix += rows * columns;
      } else {
        writer.write("null");
      }
    }
    writer.write("]}");
  }
  writer.write("]");
}

std::string json_string(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// As the format has it: \" is a quote and any other backslash stands for itself, which leaves no way to write one
/// before a quote, before another one, or at the end.
std::string nfg_label(std::string_view text) {
  std::string label = "\"";
  for (std::size_t k = 0; k < text.size(); ++k) {
    const bool is_last = k + 1 == text.size();
    const bool is_lone =
        text[k] == '\\' && !is_last && text[k + 1] != '\\' && text[k + 1] != '"' && label.back() != '\\';
    if (text[k] == '"') {
      label += "\\\"";
    } else if (text[k] == '\\' && !is_lone) {
      label += '/';
    } else {
      label += text[k];
    }
  }
  return label + '"';
}

}  // namespace

void write_json(std::ostream& out, const Game& game) {
  validate(game);
  TextWriter writer(out);
  writer.write("{\"class\": \"");
  writer.write(class_of(game));
  writer.write("\", ");
  if (!name_of(game).empty()) {
    writer.write("\"name\": ");
    writer.write(json_string(name_of(game)));
    writer.write(", ");
  }
  writer.write("\"actions\": ");
  if (const auto* const markov = std::get_if<MarkovGame>(&game)) {
    write_actions(writer, *markov);
  } else {
    write_actions(writer, actions_of(game));
  }
  std::visit([&](const auto& of_a_class) { write_members(writer, of_a_class); }, game);
  writer.write("}");
  writer.flush();
}

void write_nfg(std::ostream& out, const NormalFormGame& game) {
  validate(game);
  const std::size_t agents = game.actions.size();
  TextWriter writer(out);
  writer.write("NFG 1 R ");
  writer.write(nfg_label(game.name));
  writer.write(" { ");
  for (std::size_t i = 1; i <= agents; ++i) writer.write(fmt::format("\"{}\" ", i));
  writer.write("} { ");
  for (const int m : game.actions) writer.write(fmt::format("{} ", m));
  writer.write("}\n\n");

  const std::size_t joint = joint_actions(game.actions);
  FileOrder order(game.actions);
  for (std::size_t a = 0; a < joint; ++a, order.step()) {
    for (std::size_t i = 0; i < agents; ++i) {
      if (i > 0) writer.write(" ");
      writer.number(game.payoffs[i * joint + order.index()]);
    }
    writer.write("\n");
  }
  writer.flush();
}

void write_gam(std::ostream& out, const NormalFormGame& game) {
  validate(game);
  const std::size_t agents = game.actions.size();
  TextWriter writer(out);
  writer.number(agents);
  writer.write("\n");
  for (std::size_t i = 0; i < agents; ++i) {
    if (i > 0) writer.write(" ");
    writer.number(game.actions[i]);
  }
  writer.write("\n");

  const std::size_t joint = joint_actions(game.actions);
  for (std::size_t i = 0; i < agents; ++i) {
    writer.write("\n");
    FileOrder order(game.actions);
    for (std::size_t a = 0; a < joint; ++a, order.step()) {
      if (a > 0) writer.write(" ");
      writer.number(game.payoffs[i * joint + order.index()]);
    }
    writer.write("\n");
  }
  writer.flush();
}

}  // namespace quantal
