#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "display_text.hpp"
#include "report.hpp"
#include "solve_summary.hpp"
#include "terminal.hpp"

namespace quantal::cli {

namespace {

constexpr std::size_t terminal_rows_limit = 50;  // more runs than this are not all shown on a terminal, but
constexpr std::size_t first_rows = 40;           // the first ones
constexpr std::size_t worst_rows = 10;           // and, of the rest, the worst of those that did not converge

constexpr std::size_t many_agents = 10;  // of more agents than this only the first are shown, and the others counted

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view plain = "\x1b[0m";

struct Column {
  std::string_view title;
  bool right_aligned = false;
  std::size_t width = 0;
};

/// 3x2, or 2^10 for ten agents with two actions each.
std::string shape_text(const std::vector<int>& actions) {
  constexpr std::size_t most_agents = 4;
  const bool alike = std::adjacent_find(actions.begin(), actions.end(), std::not_equal_to<>()) == actions.end();
  if (alike && actions.size() > most_agents) return fmt::format("{}^{}", actions.front(), actions.size());
  if (actions.size() > many_agents) return fmt::format("{} agents", actions.size());
  return cut_to(fmt::format("{}", fmt::join(actions, "x")), 16);
}

/// 3x2; of a Markov game "5 states, 3x2", or "5 states, ≤3x2" where an agent's largest number of actions is not that of
/// every state.
std::string shape_text(const Game& game) {
  if (!std::holds_alternative<MarkovGame>(game)) return shape_text(actions_of(game));
  const std::size_t states = states_of(game);
  std::vector<int> largest;
  bool differ = false;
  for (auto of_agent = actions_of(game).begin(); of_agent != actions_of(game).end();) {
    const auto end = of_agent + static_cast<std::ptrdiff_t>(states);
    const auto [fewest, most] = std::minmax_element(of_agent, end);
    largest.push_back(*most);
    differ = differ || *fewest != *most;
    of_agent = end;
  }
  return fmt::format("{} state{}, {}{}", states, states == 1 ? "" : "s", differ ? "≤" : "", shape_text(largest));
}

/// [0.500 0.500], no longer than it takes to be cut to that many columns.
std::string policy_text(std::span<const double> policy, std::size_t columns) {
  std::string text;
  for (std::size_t a = 0; a < policy.size() && text.size() <= columns; ++a) {
    text += fmt::format("{}{:.3f}", a == 0 ? "[" : " ", policy[a]);
  }
  return text += ']';
}

/// [0.500 0.500] [0.731 0.269], no more of it than fits.
std::string policies_text(const std::vector<int>& actions, std::span<const double> policies, std::size_t columns) {
  std::string text;
  for (const int count : actions) {
    const std::span<const double> policy = policies.first(static_cast<std::size_t>(count));
    policies = policies.subspan(policy.size());
    if (!text.empty()) text += ' ';
    text += policy_text(policy, columns);
    if (text.size() > columns) break;
  }
  return cut_to(text, columns);
}

/// [0.500 0.500] [0.731 0.269] … 99998 more: of many agents the whole policies that fit, or what fits of the first.
std::string first_policies_text(const std::vector<int>& actions, std::span<const double> policies,
                                std::size_t columns) {
  const auto more = [&](std::size_t shown) { return fmt::format(" {} more", actions.size() - shown); };
  constexpr std::string_view ellipsis = " …";
  const std::size_t room = columns - std::min(columns, display_width(ellipsis) + more(1).size());
  std::string text;
  std::size_t shown = 0;
  for (; shown < actions.size(); ++shown) {
    const std::span<const double> policy = policies.first(static_cast<std::size_t>(actions[shown]));
    policies = policies.subspan(policy.size());
    const std::string next = (shown == 0 ? "" : " ") + policy_text(policy, columns);
    if (text.size() + next.size() > room) {
      if (shown == 0) return cut_to(cut_to(next, room) + more(1), columns);
      break;
    }
    text += next;
  }
  if (shown < actions.size()) text += fmt::format("{}{}", ellipsis, more(shown));
  return text;
}

struct StatesText {
  std::string text;
  bool all_shown = true;
};

/// [0.500 0.500] [0.731 0.269]; [0.500 0.500] [0.500 0.500] … 11 more states: of a Markov game the whole states that
/// fit, each with the policies of all agents, or what fits of the first.
StatesText policies_by_state(const std::vector<int>& actions, std::size_t states, std::span<const double> policies,
                             std::size_t columns) {
  std::vector<std::size_t> begin = {0};
  for (const int count : actions) begin.push_back(begin.back() + static_cast<std::size_t>(count));
  const auto more = [&](std::size_t shown) {
    const std::size_t left = states - shown;
    return left == 0 ? std::string() : fmt::format(" {} more state{}", left, left == 1 ? "" : "s");
  };
  constexpr std::string_view ellipsis = " …";

  std::string all;
  std::string fitting;
  std::size_t shown = 0;
  for (std::size_t s = 0; s < states && all.size() <= columns; ++s) {
    if (s > 0) all += "; ";
    for (std::size_t k = s; k < actions.size() && all.size() <= columns; k += states) {
      const std::size_t count = begin[k + 1] - begin[k];
      all += (k == s ? "" : " ") + policy_text(policies.subspan(begin[k], count), columns);
    }
    const std::string ending = s + 1 == states ? "" : std::string(ellipsis) + more(s + 1);
    if (all.size() + display_width(ending) > columns) continue;
    fitting = all + ending;
    shown = s + 1;
  }
  if (shown > 0) return {fitting, shown == states};
  const std::size_t room = columns - std::min(columns, more(1).size());
  return {cut_to(cut_to(all, room) + more(1), columns), states == 1};
}

std::string_view colour_of(Status status) {
  switch (status) {
    case Status::converged:
    case Status::target_reached:
      return green;
    case Status::max_iterations:
    case Status::cycling:
    case Status::stalled:
      return yellow;
    default:
      return red;
  }
}

/// A run that is shown, or may be once all are known.
struct Row {
  std::vector<std::string> cells;
  Status status = Status::converged;
  double gap = 0;
  bool is_markov = false;
  std::size_t states = 1;
  std::vector<int> actions;
  std::vector<double> policies;
};

bool is_worse(const Row& a, const Row& b) {
  return badness(a.gap) > badness(b.gap);
}

/// Rows as they come, aligned by those of the first slab; or on a terminal, where many runs are not all shown, the
/// first rows and the worst of the rest at the end.
class TableSink final : public ResultsSink {
 public:
  TableSink(const SolveOptions& options, Output& output)
      : output_(output), terminal_(terminal_at(output.file_descriptor())) {
    show_eta_ = options.etas.size() > 1 || options.etas.front().has_value();
    show_start_ = options.starts > 1;
    columns_ = {{"game"}, {"shape"}, {options.by_lambda ? "lambda" : "tau", true}};
    if (show_eta_) columns_.push_back({"eta", true});
    if (show_start_) columns_.push_back({"start", true});
    status_column_ = columns_.size();
    columns_.insert(columns_.end(), {{"status"}, {"iters", true}, {"QRE gap", true}, {"Nash gap", true}});
  }

  void write(const Report& report) override {
    const Results& results = report.results;
    for (std::size_t run = 0; run < results.size(); ++run) {
      if (has_result(results.status[run])) take(report, run);
    }
    if (!terminal_.interactive) write_rows();
  }

  void finish(const SolveSummary& summary, bool) override {
    if (terminal_.interactive && rows_taken_ > terminal_rows_limit) {
      rows_.resize(first_rows);
      std::sort(worst_.begin(), worst_.end(), is_worse);
      hidden_ = rows_taken_ - first_rows - worst_.size();
      rows_.insert(rows_.end(), std::make_move_iterator(worst_.begin()), std::make_move_iterator(worst_.end()));
    }
    write_rows();
    if (hidden_ > 0) output_.print("⋮ {} more runs; --output FILE or a pipe shows all\n", hidden_);
    if (hides_agents_) output_.write("… more agents; --format json shows the policies of all\n");
    if (hides_states_) output_.write("… more states; --format json shows the policies of all\n");
    if (const std::string text = summary.text(); !text.empty()) output_.print("\n{}", text);
    output_.finish();
  }

 private:
  /// Keeps a run that is, or may be, shown.
  void take(const Report& report, std::size_t run) {
    const std::size_t number = rows_taken_++;
    if (!terminal_.interactive || number < terminal_rows_limit) rows_.push_back(row_of(report, run));
    const bool is_short = report.results.status[run] != Status::converged;
    if (!terminal_.interactive || number < first_rows || !is_short) return;
    const double gap = badness(report.results.qre_gap[run]);
    if (worst_.size() == worst_rows && gap <= badness(worst_.front().gap)) return;
    worst_.push_back(row_of(report, run));
    std::push_heap(worst_.begin(), worst_.end(), is_worse);  // the least bad at the front
    if (worst_.size() <= worst_rows) return;
    std::pop_heap(worst_.begin(), worst_.end(), is_worse);
    worst_.pop_back();
  }

  Row row_of(const Report& report, std::size_t run) const {
    const Results& results = report.results;
    const Game& game = report.game_of(run);
    Row row;
    row.cells = {one_line(name_of(game)), shape_text(game),
                 cut_to(report.temperature_of(run).text, longest_temperature)};
    if (show_eta_) row.cells.push_back(fmt::format("{:.4g}", results.eta[run]));
    if (show_start_) row.cells.push_back(fmt::format("{}", report.index_of(run).start));
    row.cells.emplace_back(to_string(results.status[run]));
    row.cells.push_back(fmt::format("{}", results.iterations[run]));
    row.cells.push_back(gap_text(results.qre_gap[run]));
    row.cells.push_back(gap_text(results.nash_gap[run]));
    row.status = results.status[run];
    row.gap = results.qre_gap[run];
    row.is_markov = std::holds_alternative<MarkovGame>(game);
    row.states = states_of(game);
    row.actions = actions_of(game);
    const std::span<const double> policies = results.policies_of(run);
    row.policies.assign(policies.begin(), policies.end());
    return row;
  }

  /// Each column is as wide as its widest cell. Where that is too much, names are cut, then the Nash gap goes, and
  /// policies get what is left.
  void fit_columns() {
    constexpr std::size_t least_name = 18;
    constexpr std::size_t least_policies = std::string_view("[0.500 0.500]").size();
    constexpr std::size_t good_policies = std::string_view("[0.500 0.500] [0.731 0.269]").size();

    for (Column& column : columns_) column.width = column.title.size();
    for (const Row& row : rows_) {
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        columns_[c].width = std::max(columns_[c].width, display_width(row.cells[c]));
      }
    }
    Column& name = columns_.front();
    const std::size_t full_name = name.width;
    const auto left = [&] {
      std::size_t used = 0;
      for (const Column& column : columns_) used += column.width + gutter.size();
      return used < terminal_.columns ? terminal_.columns - used : 0;
    };
    name.width = std::min(full_name, least_name);
    if (left() < good_policies) columns_.pop_back();
    if (left() > good_policies) name.width = std::min(full_name, name.width + left() - good_policies);
    policies_width_ = left() >= least_policies ? left() : 0;
  }

  void write_rows() {
    if (!std::exchange(has_header_, true)) {
      fit_columns();
      write_header();
    }
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (row == first_rows && hidden_ > 0) output_.write("⋮ further down, short of the tolerance:\n");
      write_row(rows_[row]);
    }
    rows_.clear();
  }

  void write_header() {
    std::string line;
    for (const Column& column : columns_) append_cell(line, column, column.title);
    if (policies_width_ > 0) line += "policies";
    write_line(line, terminal_.colour ? bold : "");
  }

  void write_row(const Row& row) {
    std::string line;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const bool coloured = terminal_.colour && c == status_column_;
      if (coloured) line += colour_of(row.status);
      append_cell(line, columns_[c], cut_to(row.cells[c], columns_[c].width));
      if (coloured) line += plain;
    }
    if (policies_width_ > 0) line += policies_cell(row);
    write_line(line, "");
  }

  std::string policies_cell(const Row& row) {
    if (row.is_markov) {
      const StatesText by_state = policies_by_state(row.actions, row.states, row.policies, policies_width_);
      hides_states_ = hides_states_ || !by_state.all_shown;
      return by_state.text;
    }
    const bool many = row.actions.size() > many_agents;
    hides_agents_ = hides_agents_ || many;
    return (many ? first_policies_text : policies_text)(row.actions, row.policies, policies_width_);
  }

  void append_cell(std::string& line, const Column& column, std::string_view text) const {
    const std::size_t padding = column.width - std::min(column.width, display_width(text));
    if (column.right_aligned) line.append(padding, ' ');
    line += text;
    if (!column.right_aligned) line.append(padding, ' ');
    line += gutter;
  }

  void write_line(std::string_view line, std::string_view style) {
    line = line.substr(0, line.find_last_not_of(' ') + 1);
    output_.print("{}{}{}\n", style, line, style.empty() ? "" : plain);
  }

  static constexpr std::string_view gutter = "  ";

  Output& output_;
  Terminal terminal_;
  bool show_eta_ = false;
  bool show_start_ = false;
  std::vector<Column> columns_;
  std::size_t status_column_ = 0;
  std::size_t policies_width_ = 0;
  bool has_header_ = false;

  std::size_t rows_taken_ = 0;
  std::vector<Row> rows_;   // not written yet
  std::vector<Row> worst_;  // on a terminal, of those after the first: a heap
  std::size_t hidden_ = 0;
  bool hides_agents_ = false;
  bool hides_states_ = false;
};

}  // namespace

std::unique_ptr<ResultsSink> table_sink(const SolveOptions& options, Output& output) {
  return std::make_unique<TableSink>(options, output);
}

}  // namespace quantal::cli
