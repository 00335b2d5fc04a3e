#include "io_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "quantal/error.hpp"

namespace quantal {
namespace {

/// Keys by which a game of another class is known before its "class" has been read.
struct ForeignKey {
  std::string_view key;
  std::string_view game_class;
};
constexpr std::array foreign_keys = {
    ForeignKey{"edges", "polymatrix"}, ForeignKey{"states", "markov"},  ForeignKey{"discount", "markov"},
    ForeignKey{"initial", "markov"},   ForeignKey{"rewards", "markov"}, ForeignKey{"transitions", "markov"},
};

/// Reads exactly the JSON that describes games, in one pass. It knows at every point what may come next, so it needs
/// no tree, no recursion (however deep the text nests) and can name the line of whatever else it finds.
class JsonReader {
 public:
  explicit JsonReader(const SourceText& source) : source_(source), text_(source.text) {}

  std::vector<Game> read() {
    std::vector<Game> games;
    skip_space();
    if (accept('[')) {
      do {
        games.emplace_back(game());
      } while (accept(','));
      expect(']', "\",\" or \"]\" after a game");
      skip_space();
      if (at_ < text_.size()) fail_expected("the end of the file after the array of games");
    } else {
      do {
        games.emplace_back(game());
      } while (next_line());
    }
    return games;
  }

 private:
  /// One agent's payoffs: how many, and where they end.
  struct Row {
    std::size_t count;
    std::size_t end;
  };

  /// What has been read of one game.
  struct Draft {
    bool has_class = false;
    bool has_name = false;
    bool has_actions = false;
    bool has_payoffs = false;
    NormalFormGame game;
    std::size_t actions_offset = 0;
    std::size_t payoffs_end = 0;
    std::vector<Row> rows;
  };

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  bool accept(char c) {
    skip_space();
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  void expect(char c, std::string_view what) {
    if (!accept(c)) fail_expected(what);
  }

  [[noreturn]] void fail_expected(std::string_view what) const {
    source_.fail(at_, fmt::format("expected {}, found {}", what, found_here()));
  }

  std::string found_here() const {
    if (at_ >= text_.size()) return "the end of the file";
    std::size_t end = at_ + 1;
    if (text_[at_] == '"') {
      end = std::min(string_end(), text_.size());
      return "the string " + in_quotes(text_.substr(at_ + 1, end - at_ - 1));
    }
    if (!is_delimiter(text_[at_])) {
      while (end < text_.size() && !is_delimiter(text_[end])) ++end;
    }
    return in_quotes(text_.substr(at_, end - at_));
  }

  static bool is_delimiter(char c) {
    return is_space(c) || c == ',' || c == ':' || c == '[' || c == ']' || c == '{' || c == '}' || c == '"';
  }

  /// Where the quote stands that closes the string at `at_`, or the end of the text.
  std::size_t string_end() const {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2u : 1u;
    return std::min(end, text_.size());
  }

  std::string string(std::string_view what) {
    skip_space();
    if (peek() != '"') fail_expected(what);
    const std::size_t end = string_end();
    if (end == text_.size()) source_.fail(at_, "expected a closing quote for this string, the file ends first");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '\\'; };
    std::string value;
    if (std::all_of(inside.begin(), inside.end(), is_plain)) {
      value = inside;
    } else {
      // Escapes and UTF-8 have rules of their own, which the library knows.
      const auto parsed = nlohmann::json::parse(text_.substr(at_, end - at_ + 1), nullptr, false);
      if (!parsed.is_string()) fail_expected("a string of valid escapes and UTF-8 without control characters");
      value = parsed.get<std::string>();
    }
    at_ = end + 1;
    return value;
  }

  /// The length of the JSON number here, 0 if there is none: [-] (0 | 1-9 digits) [. digits] [e [+-] digits].
  std::size_t number_length() const {
    std::size_t end = at_;
    const auto here = [&] { return end < text_.size() ? text_[end] : '\0'; };
    const auto digits = [&] {
      const std::size_t begin = end;
      while (is_digit(here())) ++end;
      return end > begin;
    };
    if (here() == '-') ++end;
    if (here() == '0') {
      ++end;
    } else if (!digits()) {
      return 0;
    }
    if (here() == '.') {
      ++end;
      if (!digits()) return 0;
    }
    if (here() == 'e' || here() == 'E') {
      ++end;
      if (here() == '+' || here() == '-') ++end;
      if (!digits()) return 0;
    }
    return end == text_.size() || is_delimiter(text_[end]) ? end - at_ : 0;
  }

  /// Reads a number; leaves anything else, or one too large, where it is.
  std::optional<double> finite_number() {
    skip_space();
    const std::size_t length = number_length();
    if (length == 0) return std::nullopt;
    const double value = nearest_double(text_.substr(at_, length));
    if (!std::isfinite(value)) return std::nullopt;
    at_ += length;
    return value;
  }

  /// Reads a positive integer; leaves anything else, or one too large, where it is.
  std::optional<int> positive_integer() {
    skip_space();
    const std::size_t length = number_length();
    if (length == 0) return std::nullopt;
    const char* const begin = text_.data() + at_;
    int value = 0;
    const auto [end, status] = std::from_chars(begin, begin + length, value);
    if (status != std::errc() || end != begin + length || value < 1) return std::nullopt;
    at_ += length;
    return value;
  }

  /// Whether another game follows, on a line of its own.
  bool next_line() {
    const std::size_t begin = at_;
    skip_space();
    if (at_ == text_.size()) return false;
    const std::string_view between = text_.substr(begin, at_ - begin);
    if (between.find('\n') == std::string_view::npos) fail_expected("a new line or the end of the file after a game");
    return true;
  }

  NormalFormGame game() {
    skip_space();
    const std::size_t begin = at_;
    expect('{', "a game in braces, {\"class\": \"normal_form\", ..}");
    Draft draft;
    if (!accept('}')) {
      do {
        member(draft);
      } while (accept(','));
      expect('}', "\",\" or \"}\" after the value of a key");
    }
    return finished(draft, begin);
  }

  void member(Draft& draft) {
    skip_space();
    const std::size_t offset = at_;
    const std::string key = string("a key in quotes");
    const auto once = [&](bool& seen) {
      if (std::exchange(seen, true))
        source_.fail(offset, fmt::format("expected each key once, found {} again", in_quotes(key)));
      if (!accept(':')) fail_expected(fmt::format("\":\" after the key {}", in_quotes(key)));
    };
    if (key == "class") {
      once(draft.has_class);
      game_class();
    } else if (key == "name") {
      once(draft.has_name);
      draft.game.name = string("the game's name in quotes");
    } else if (key == "actions") {
      once(draft.has_actions);
      actions(draft);
    } else if (key == "payoffs") {
      once(draft.has_payoffs);
      payoffs(draft);
    } else {
      if (!draft.has_class) {
        for (const ForeignKey& foreign : foreign_keys) {
          if (key == foreign.key) fail_not_yet(offset, foreign.game_class);
        }
      }
      source_.fail(offset, fmt::format("expected one of \"class\", \"name\", \"actions\" and \"payoffs\", found the "
                                       "unknown key {}",
                                       in_quotes(key)));
    }
  }

  [[noreturn]] void fail_not_yet(std::size_t offset, std::string_view game_class) const {
    source_.fail(offset, fmt::format("{} games cannot be solved yet; expected \"class\": \"normal_form\"", game_class));
  }

  void game_class() {
    skip_space();
    const std::size_t offset = at_;
    const std::string value = string("the class \"normal_form\"");
    if (value == "polymatrix" || value == "markov") fail_not_yet(offset, value);
    if (value != "normal_form") {
      source_.fail(offset, fmt::format("expected the class \"normal_form\", found {}", in_quotes(value)));
    }
  }

  void actions(Draft& draft) {
    skip_space();
    draft.actions_offset = at_;
    expect('[', "an array with each agent's number of actions");
    if (accept(']')) source_.fail(draft.actions_offset, "expected at least one agent, found an empty array");
    do {
      const std::optional<int> count = positive_integer();
      if (!count)
        fail_expected(fmt::format("a whole number of actions, at least 1, for agent {}", draft.game.actions.size()));
      draft.game.actions.push_back(*count);
    } while (accept(','));
    expect(']', "\",\" or \"]\" after a number of actions");
  }

  void payoffs(Draft& draft) {
    std::vector<double>& values = draft.game.payoffs;
    expect('[', "an array with one array of payoffs an agent");
    if (!accept(']')) {
      do {
        const std::size_t agent = draft.rows.size();
        const std::size_t begin = values.size();
        if (!accept('[')) fail_expected(fmt::format("an array with the payoffs of agent {}", agent));
        if (!accept(']')) {
          do {
            const std::optional<double> value = finite_number();
            if (!value) fail_expected(fmt::format("a finite number for payoffs[{}][{}]", agent, values.size() - begin));
            values.push_back(*value);
          } while (accept(','));
          expect(']', "\",\" or \"]\" after a payoff");
        }
        draft.rows.push_back({values.size() - begin, at_ - 1});
      } while (accept(','));
      expect(']', "\",\" or \"]\" after an agent's payoffs");
    }
    draft.payoffs_end = at_ - 1;
  }

  /// The game, if it is complete and its payoffs are as many as its actions ask for.
  NormalFormGame finished(Draft& draft, std::size_t begin) const {
    const auto require = [&](bool there, std::string_view what) {
      if (!there) source_.fail(begin, fmt::format("expected {} in this game, found none", what));
    };
    require(draft.has_class, "\"class\": \"normal_form\"");
    require(draft.has_actions, "\"actions\", an array with each agent's number of actions,");
    require(draft.has_payoffs, "\"payoffs\", an array with one array of payoffs an agent,");

    NormalFormGame& game = draft.game;
    const std::size_t agents = game.actions.size();
    std::size_t joint = 0;
    try {
      joint = joint_actions(game.actions);
    } catch (const InputError& error) {
      source_.fail(draft.actions_offset, error.what());
    }
    for (std::size_t i = 0; i < draft.rows.size() && i < agents; ++i) {
      if (draft.rows[i].count != joint) {
        source_.fail(draft.rows[i].end, fmt::format("expected {} payoffs for agent {}, one a joint action, found {}",
                                                    joint, i, draft.rows[i].count));
      }
    }
    if (draft.rows.size() != agents) {
      source_.fail(draft.payoffs_end,
                   fmt::format("expected {} arrays of payoffs, one an agent, found {}", agents, draft.rows.size()));
    }
    game.payoffs.shrink_to_fit();
    return std::move(game);
  }

  SourceText source_;
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<Game> parse_json(const SourceText& source) {
  return JsonReader(source).read();
}

}  // namespace quantal
