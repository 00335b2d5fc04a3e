#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/files/json_text.hpp"
#include "host/files/results_source.hpp"
#include "quantal/error.hpp"

namespace quantal::files {
namespace {

constexpr std::string_view shape = R"(results of quantal solve, {"quantal": {..}, "runs": [..]})";

/// A JSON file taken apart into values, one after another, of which only one is held at a time.
class JsonFile {
 public:
  explicit JsonFile(const std::string& file) : name_(file), stream_(file, std::ios::binary) {
    if (!stream_) throw InputError(fmt::format("{}: cannot be read", name_));
    fill();
    if (std::string_view(block_).starts_with("\xEF\xBB\xBF")) at_ = 3;  // the mark that some editors put in front
  }

  const std::string& name() const { return name_; }

  /// The next byte that is no white space, which stays; 0 at the end.
  char next() {
    while (true) {
      for (; at_ < block_.size(); ++at_) {
        const char letter = block_[at_];
        if (letter == '\n') {
          ++line_;
        } else if (letter != ' ' && letter != '\t' && letter != '\r') {
          return letter;
        }
      }
      if (!fill()) return '\0';
    }
  }

  bool take(char letter) {
    if (next() != letter) return false;
    ++at_;
    return true;
  }

  void expect(char letter, std::string_view expected) {
    if (!take(letter)) fail(expected);
  }

  [[noreturn]] void fail(std::string_view expected) {
    const char letter = next();
    const std::string found = letter == '\0'                   ? std::string("the end of the file")
                              : letter >= '!' && letter <= '~' ? fmt::format("'{}'", letter)
                                                               : std::string("a byte of binary data");
    throw InputError(fmt::format("{}:{}: expected {}, found {}", name_, line_, expected, found));
  }

  /// The next value's text, which the caller is to check: only its brackets and quotes have been looked at. It is valid
  /// until the next one is taken.
  JsonText take_value(std::string_view expected) {
    text_.clear();
    const char first = begin_value(expected);
    const std::size_t line = line_;
    pass_value(first, [&](std::string_view part) {
      // A damaged file may open a bracket and never close it.
      constexpr std::size_t largest = std::size_t{1} << 30;
      if (text_.size() + part.size() > largest) fail("a value of at most 1 GiB");
      text_ += part;
    });
    return {text_, name_, line};
  }

  /// Goes past a value of any size, unchecked.
  void pass_value(std::string_view expected) {
    pass_value(begin_value(expected), [](std::string_view) {});
  }

  /// A key of the outermost object and the colon behind it.
  std::string take_key() {
    if (next() != '"') fail(shape);
    JsonText text = take_value(shape);
    std::string key = text.string(shape);
    expect(':', "\":\" after a key");
    return key;
  }

 private:
  bool fill() {
    constexpr std::size_t size = 1 << 20;
    block_.resize(size);
    stream_.read(block_.data(), static_cast<std::streamsize>(size));
    block_.resize(static_cast<std::size_t>(stream_.gcount()));
    at_ = 0;
    return !block_.empty();
  }

  char begin_value(std::string_view expected) {
    const char first = next();
    if (std::string_view(",]}:").find(first) != std::string_view::npos || first == '\0') fail(expected);
    return first;
  }

  template <typename Take>
  void pass_value(char first, Take&& take) {
    const bool is_word = first != '{' && first != '[' && first != '"';
    std::size_t depth = 0;
    bool in_string = false;
    bool escaped = false;
    bool done = false;
    while (!done) {
      const std::size_t begin = at_;
      for (; at_ < block_.size() && !done; ++at_) {
        const char letter = block_[at_];
        // Most of a file is numbers and what separates them.
        if (letter <= ':' && letter >= '#' && !is_word && !escaped) continue;
        if (letter == '\n') ++line_;
        if (escaped) {
          escaped = false;
        } else if (in_string) {
          escaped = letter == '\\';
          in_string = letter != '"';
          done = !in_string && depth == 0;
        } else if (letter == '"') {
          in_string = true;
        } else if (letter == '{' || letter == '[') {
          ++depth;
        } else if (letter == '}' || letter == ']') {
          if (is_word) break;
          done = --depth == 0;
        } else if (is_word && (letter == ',' || letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t')) {
          if (letter == '\n') --line_;  // it will be met again
          break;
        }
      }
      take(std::string_view(block_).substr(begin, at_ - begin));
      if (at_ < block_.size()) return;
      if (!done && !fill()) return;  // what is cut off shows when the value is read
    }
  }

  std::string name_;
  std::ifstream stream_;
  std::string block_;
  std::size_t at_ = 0;    // in the block
  std::size_t line_ = 1;  // of that byte
  std::string text_;
};

ResultsHead read_head(JsonText text) {
  ResultsHead head;
  text.object("what solve says of all runs in braces, {\"version\": ..}", [&](const std::string& key) {
    if (key == "version") {
      head.version = text.string("the version of quantal in quotes");
    } else if (key == "backend") {
      head.backend = text.string("the backend in quotes");
    } else if (key == "rule") {
      head.rule = text.string("the update rule in quotes");
    } else if (key == "precision") {
      head.precision = text.string("the precision in quotes");
    } else if (key == "by_lambda") {
      head.by_lambda = text.boolean("true or false");
    } else if (key == "gap_tolerance") {
      const double tolerance = text.number_or_null("a gap tolerance or null");
      if (!std::isnan(tolerance)) head.gap_tolerance = tolerance;
    } else if (key == "max_iterations") {
      head.max_iterations = text.whole("a whole number of iterations");
    } else if (key == "gap_every") {
      head.gap_every = text.whole("a whole number of iterations");
    } else if (key == "runs") {
      // null: they were solved before all games had been read
      const double runs = text.number_or_null("a whole number of runs or null");
      head.runs = runs >= 0 && runs < 0x1p53 ? static_cast<std::uint64_t>(runs) : 0;
    } else {
      text.skip_value();
    }
  });
  return head;
}

/// What the file says after the runs.
void read_summary(JsonText text, ResultsHead& head) {
  text.object("a summary in braces, {\"finished\": ..}", [&](const std::string& key) {
    if (key == "finished") {
      head.finished = static_cast<std::uint64_t>(text.whole("a whole number of runs"));
    } else if (key == "solve_seconds") {
      head.solve_seconds = text.number_or_null("seconds");
    } else {
      text.skip_value();
    }
  });
  text.expect_end("the end of a summary");
}

/// The keys of a run that the report needs.
constexpr auto run_keys =
    std::to_array<std::string_view>({"game", "game_index", "class", "run", "tau", "eta", "start", "status",
                                     "iterations", "qre_gap", "nash_gap", "policies", "gap_history"});
constexpr std::size_t keys_needed = run_keys.size() - 1;  // the history is not always there

Status status_of(std::string_view word, const JsonText& text) {
  for (std::size_t k = 0; k < number_of_statuses; ++k) {
    if (word == to_string(static_cast<Status>(k))) return static_cast<Status>(k);
  }
  text.fail("a status such as \"converged\" or \"max_iterations\"");
}

/// Policies come as [agent][action], of Markov games as [agent][state][action].
void read_policies(JsonText& text, RunRecord& run) {
  constexpr std::string_view expected = "policies, an array an agent";
  std::optional<bool> has_states;
  std::vector<int> states;
  const auto read_policy = [&] {
    const std::size_t before = run.policies.size();
    text.array("an array of probabilities", [&] { run.policies.push_back(text.number_or_null("a probability")); });
    const std::size_t count = run.policies.size() - before;
    if (count == 0 || count > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      text.fail("at least one action's probability before this");
    }
    run.actions.push_back(static_cast<int>(count));
  };
  text.array(expected, [&] {
    // What stands behind the agent's bracket tells the two apart.
    JsonText ahead = text;
    const bool here = ahead.take('[') && ahead.take('[');
    if (has_states.value_or(here) != here) text.fail("policies of all agents by state, or of none");
    has_states = here;
    if (!here) return read_policy();
    int count = 0;
    text.array("an array a state", [&] {
      read_policy();
      ++count;
    });
    states.push_back(count);
    if (count != states.front()) text.fail("as many states as the first agent has before this");
  });
  if (run.actions.empty()) text.fail("policies of at least one agent before this");
  run.states = states.empty() ? 0 : states.front();  // 0: there are none, which check_run compares with the class
}

void read_history(JsonText& text, RunRecord& run) {
  text.object("a history in braces, {\"iteration\": [..], \"qre_gap\": [..]}", [&](const std::string& key) {
    if (key == "iteration") {
      text.array("an array of iterations", [&] {
        const std::int64_t iteration = text.whole("a whole number of iterations");
        if (!run.history_iteration.empty() && iteration <= run.history_iteration.back()) {
          text.fail("iterations in rising order before this");
        }
        run.history_iteration.push_back(iteration);
      });
    } else if (key == "qre_gap") {
      text.array("an array of gaps", [&] { run.history_gap.push_back(text.number_or_null("a gap")); });
    } else {
      text.skip_value();
    }
  });
  if (run.history_gap.size() != run.history_iteration.size()) {
    text.fail("as many gaps as iterations in the history before this");
  }
}

/// What the values of a run's keys have to do with one another.
void check_run(const JsonText& text, RunRecord& run) {
  if (run.game_class != "normal_form" && run.game_class != "polymatrix" && run.game_class != "markov") {
    text.fail("the class \"normal_form\", \"polymatrix\" or \"markov\" in a run");
  }
  const bool has_states = run.states > 0;
  if (has_states != (run.game_class == "markov")) {
    text.fail(has_states ? "policies without states in a game that is not of the class \"markov\""
                         : "policies by state in a game of the class \"markov\"");
  }
  if (!has_states) run.states = 1;
  const std::size_t agents = run.actions.size() / static_cast<std::size_t>(run.states);
  if (run.tau.size() != 1 && run.tau.size() != agents) text.fail("one temperature, or one an agent, in a run");
}

RunRecord read_run(JsonText text) {
  RunRecord run;
  std::array<bool, run_keys.size()> seen{};
  text.object("a run in braces, {\"game\": ..}", [&](const std::string& name) {
    const auto found = std::find(run_keys.begin(), run_keys.end(), name);
    if (found == run_keys.end()) return text.skip_value();
    const auto key = static_cast<std::size_t>(found - run_keys.begin());
    if (std::exchange(seen[key], true)) text.fail(fmt::format("each key of a run once, not \"{}\" again", name));
    if (name == "game") {
      run.game_name = text.string("the game's name in quotes");
    } else if (name == "game_index") {
      run.game = static_cast<std::uint64_t>(text.whole("the game's number, a whole number"));
    } else if (name == "class") {
      run.game_class = text.string("the game's class in quotes");
    } else if (name == "run") {
      run.run = static_cast<std::uint64_t>(text.whole("the run's number, a whole number"));
    } else if (name == "tau") {
      // The one number that JSON lacks and temperatures can be is infinity.
      const auto read_tau = [&] {
        const double tau = text.number_or_null("a temperature >= 0");
        if (tau < 0) text.fail("a temperature >= 0 before this");
        run.tau.push_back(std::isnan(tau) ? std::numeric_limits<double>::infinity() : tau);
      };
      JsonText ahead = text;
      if (ahead.take('[')) {
        text.array("an array of temperatures", read_tau);
        if (run.tau.empty()) text.fail("at least one temperature before this");
      } else {
        read_tau();
      }
    } else if (name == "eta") {
      run.eta = text.number_or_null("a step size");
    } else if (name == "start") {
      run.start = static_cast<std::uint64_t>(text.whole("the start's number, a whole number"));
    } else if (name == "status") {
      run.status = status_of(text.string("a status in quotes"), text);
    } else if (name == "iterations") {
      run.iterations = text.whole("a whole number of iterations");
    } else if (name == "qre_gap") {
      run.qre_gap = text.number_or_null("a gap or null");
    } else if (name == "nash_gap") {
      run.nash_gap = text.number_or_null("a gap or null");
    } else if (name == "policies") {
      read_policies(text, run);
    } else {
      read_history(text, run);
    }
  });
  text.expect_end("the end of a run");
  for (std::size_t key = 0; key < keys_needed; ++key) {
    if (!seen[key]) text.fail(fmt::format("the key \"{}\" in a run", run_keys[key]));
  }
  check_run(text, run);
  return run;
}

class JsonResults final : public ResultsSource {
 public:
  explicit JsonResults(const std::string& file) : file_(file) {
    std::optional<ResultsHead> head;
    if (!go_to_runs(file_, head)) file_.fail("the key \"runs\"");
    if (!head) {
      // Somebody sorted the keys in another way.
      JsonFile rest(file);
      std::optional<ResultsHead> none;
      go_to_runs(rest, none);
      rest.pass_value("an array of runs");
      while (rest.take(',')) {
        const std::string key = rest.take_key();
        JsonText value = rest.take_value("a value");
        if (key == "quantal") {
          head = read_head(value);
        } else {
          skip(value);
        }
      }
      if (!head) rest.fail("the key \"quantal\"");
    }
    head_ = *std::move(head);
    file_.expect('[', "an array of runs");
    at_end_ = file_.take(']');
    if (at_end_) finish();
  }

  const ResultsHead& head() const override { return head_; }

  std::vector<RunRecord> next(std::size_t count) override {
    std::vector<RunRecord> runs;
    while (!at_end_ && runs.size() < count) {
      runs.push_back(read_run(file_.take_value("a run in braces, {\"game\": ..}")));
      if (file_.take(',')) continue;
      file_.expect(']', "\",\" or \"]\" after a run");
      at_end_ = true;
      finish();
    }
    return runs;
  }

 private:
  static void skip(JsonText& value) {
    value.skip_value();
    value.expect_end("the end of a value");
  }

  /// Reads up to the array of runs, and the head if it comes before. False where there are no runs.
  static bool go_to_runs(JsonFile& file, std::optional<ResultsHead>& head) {
    file.expect('{', shape);
    do {
      const std::string key = file.take_key();
      if (key == "runs") return true;
      JsonText value = file.take_value("a value");
      if (key == "quantal") {
        head = read_head(value);
      } else {
        skip(value);
      }
    } while (file.take(','));
    return false;
  }

  void finish() {
    while (file_.take(',')) {
      const std::string key = file_.take_key();
      if (key == "runs") file_.fail("the key \"runs\" once");
      JsonText value = file_.take_value("a value");
      if (key == "summary") {
        read_summary(value, head_);
      } else {
        skip(value);
      }
    }
    file_.expect('}', "\",\" or \"}\" after the runs");
    if (file_.next() != '\0') file_.fail("the end of the file");
  }

  JsonFile file_;
  ResultsHead head_;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<ResultsSource> open_json_results(const std::string& file) {
  return std::make_unique<JsonResults>(file);
}

}  // namespace quantal::files
