#include "io_json.hpp"

#include <fmt/format.h>
#include <locale.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <limits>
#include <nlohmann/json.hpp>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>

#include "quantal/error.hpp"

namespace quantal {
namespace {

/// A key of a game. Its value is a string, or numbers in arrays of arrays to some depth.
struct Key {
  std::string_view name;
  std::size_t depth;
  std::array<std::string_view, 3> expected;  // at each depth
};
enum KeyIndex : std::size_t { class_key, actions_key, payoffs_key, name_key };
constexpr std::array<Key, 4> keys = {{
    {"class", 0, {"the class \"normal_form\""}},
    {"actions", 1, {"an array with each agent's number of actions", "a whole number of actions, at least 1,"}},
    {"payoffs", 2, {"an array with one array of payoffs an agent", "an array of numbers", "a finite number"}},
    {"name", 0, {"the game's name in quotes"}},
}};

/// Keys by which a game of another class is known before its "class" has been read.
constexpr std::array<std::string_view, 1> polymatrix_keys = {"edges"};
constexpr std::array<std::string_view, 5> markov_keys = {"states", "discount", "initial", "rewards", "transitions"};

/// Text as a stream's buffer that tells how far it has been read.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());  // nothing writes to it
    setg(begin, begin, begin + text.size());
  }
  std::size_t position() const { return static_cast<std::size_t>(gptr() - eback()); }
};

/// Takes what the JSON library reads, piece by piece. It knows at each what may come, so it needs neither a tree nor
/// recursion, however deep the text nests.
class JsonReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit JsonReader(const SourceText& source) : source_(source), buffer_(source.text) {}

  std::vector<Game> read() {
    // The library reads numbers with strtod, which goes by the locale; some have decimal points of several bytes.
    struct CLocale {
      locale_t mine = newlocale(LC_ALL_MASK, "C", nullptr);
      locale_t before = uselocale(mine);
      ~CLocale() {
        uselocale(before);
        freelocale(mine);
      }
    } const c_locale;
    std::istream stream(&buffer_);
    do {
      document_ = buffer_.position();
      nlohmann::json::sax_parse(stream, this, nlohmann::json::input_format_t::json, false);
    } while (another_document());
    return std::move(games_);
  }

  bool start_object(std::size_t) override {
    if (in_game_) fail_expected();
    in_game_ = true;
    draft_ = {};
    game_begin_ = last_byte();
    return token_done();
  }

  bool key(std::string& name) override {
    key_ = std::find_if(keys.begin(), keys.end(), [&](const Key& known) { return known.name == name; });
    if (key_ == keys.end()) fail_unknown_key(name);
    if (std::exchange(value().is_given, true)) {
      source_.fail(last_byte(), fmt::format("expected each key once, found {} again", in_quotes(name)));
    }
    return token_done();
  }

  bool end_object() override {
    games_.emplace_back(finished());
    in_game_ = false;
    return token_done();
  }

  bool start_array(std::size_t) override {
    if (in_game_) {
      if (index_.size() == key_->depth) fail_expected();
      index_.push_back(0);
    } else {
      if (in_array_ || !games_.empty()) fail_expected();
      in_array_ = true;
    }
    return token_done();
  }

  bool end_array() override {
    if (!in_game_ && games_.empty()) fail_expected();
    if (!in_game_) return token_done();
    value().arrays.push_back({index_.back(), last_byte()});
    index_.pop_back();
    return value_done();
  }

  bool string(std::string& text) override {
    if (!in_game_ || key_->depth > 0) fail_expected();
    if (key_ == &keys[class_key]) {
      if (text == "polymatrix" || text == "markov") fail_not_yet(text);
      if (text != "normal_form") fail_expected();
    }
    value().text = std::move(text);
    return value_done();
  }

  bool number_unsigned(std::uint64_t number) override { return real(static_cast<double>(number), true); }
  bool number_integer(std::int64_t number) override { return real(static_cast<double>(number), true); }
  bool number_float(double number, const std::string&) override { return real(number, false); }
  bool boolean(bool) override { fail_expected(); }
  bool null() override { fail_expected(); }
  bool binary(nlohmann::json::binary_t&) override { fail_expected(); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    // "[..] parse error at line 1, column 2: syntax error while parsing array - unexpected ..; last read: .."
    std::string_view message = error.what();
    message = message.substr(0, message.find("; last read: "));
    const auto is_parsing = [&](std::string_view part) { return message.find(part) != std::string_view::npos; };
    std::string what = expected();
    if (is_parsing("parsing object separator -")) what = fmt::format("\":\" after the key \"{}\"", key_->name);
    if (is_parsing("parsing object -")) what = "\",\" or \"}\" after the value of a key";
    if (is_parsing("parsing array -")) what = in_game_ ? "\",\" or \"]\" after a value" : "\",\" or \"]\" after a game";
    const std::size_t invalid_string = message.find("invalid string: ");
    const bool is_string = invalid_string != std::string_view::npos;
    fail_expected(what, document_ + position - 1,
                  is_string ? fmt::format("an {}", message.substr(invalid_string)) : "");
  }

 private:
  /// An array that has been read: how many elements it has, and where it ends.
  struct Array {
    std::size_t count;
    std::size_t end;
  };

  /// The value of a key: a string, or the numbers in its arrays; these in the order of their ends.
  struct Value {
    bool is_given = false;
    std::string text;
    std::vector<double> numbers;
    std::vector<Array> arrays;
  };

  Value& value() { return draft_[static_cast<std::size_t>(key_ - keys.begin())]; }

  std::size_t last_byte() const { return buffer_.position() - 1; }

  bool token_done() {
    token_end_ = buffer_.position();
    return true;
  }

  bool value_done() {
    if (index_.empty()) {
      key_ = nullptr;
    } else {
      ++index_.back();
    }
    return token_done();
  }

  bool real(double number, bool is_integer) {
    if (!in_game_ || key_->depth == 0 || index_.size() < key_->depth) fail_expected();
    const bool is_count = is_integer && number >= 1 && number <= std::numeric_limits<int>::max();
    if (key_ == &keys[actions_key] && !is_count) fail_expected();
    value().numbers.push_back(number);
    value_done();
    token_end_ = last_byte();  // the library has seen by one more character where the number ends
    return true;
  }

  /// Whether another game follows, on a line of its own.
  bool another_document() const {
    const std::string_view rest = source_.text.substr(buffer_.position());
    const std::size_t space = std::min(rest.find_first_not_of(" \t\r\n"), rest.size());
    if (space == rest.size()) return false;
    const std::size_t next = buffer_.position() + space;
    if (in_array_) fail_expected("the end of the file after the array of games", next);
    if (rest.substr(0, space).find('\n') == std::string_view::npos) {
      fail_expected("a new line or the end of the file after a game", next);
    }
    return true;
  }

  /// What may come next, other than punctuation.
  std::string expected() const {
    if (!in_game_) return "a game in braces, {\"class\": \"normal_form\", ..}";
    if (key_ == nullptr) return "a key in quotes";
    std::string what(key_->expected[index_.size()]);
    if (!index_.empty()) what += fmt::format(" for {}[{}]", key_->name, fmt::join(index_, "]["));
    return what;
  }

  [[noreturn]] void fail_expected() const { fail_expected(expected(), last_byte()); }

  /// Fails on account of the token that the byte at `last` belongs to, the first one since the last event.
  [[noreturn]] void fail_expected(std::string_view what, std::size_t last, std::string found = "") const {
    const std::string_view text = source_.text;
    const bool at_end = last >= text.size();
    const std::size_t begin = at_end ? text.size() : std::min(text.find_first_not_of(" \t\r\n,:", token_end_), last);
    if (found.empty() && at_end) found = "the end of the file";
    if (found.empty()) {
      std::size_t end = text.find_first_of(" \t\r\n,:[]{}\"", begin);
      if (end == begin) end = last + 1;  // punctuation or a string
      const std::string_view token = text.substr(begin, end - begin);
      const bool is_string = token.size() > 1 && token.starts_with('"');
      found = is_string ? "the string " + in_quotes(token.substr(1, token.size() - 2)) : in_quotes(token);
    }
    source_.fail(begin, fmt::format("expected {}, found {}", what, found));
  }

  [[noreturn]] void fail_unknown_key(const std::string& name) const {
    const auto is_among = [&](const auto& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
    if (!draft_[class_key].is_given && is_among(polymatrix_keys)) fail_not_yet("polymatrix");
    if (!draft_[class_key].is_given && is_among(markov_keys)) fail_not_yet("markov");
    constexpr std::string_view what = "expected one of \"class\", \"name\", \"actions\" and \"payoffs\"";
    source_.fail(last_byte(), fmt::format("{}, found the unknown key {}", what, in_quotes(name)));
  }

  [[noreturn]] void fail_not_yet(std::string_view game_class) const {
    source_.fail(last_byte(),
                 fmt::format("{} games cannot be solved yet; expected \"class\": \"normal_form\"", game_class));
  }

  /// The game, if it is complete and its payoffs are as many as its actions ask for.
  NormalFormGame finished() {
    for (const std::size_t k : {class_key, actions_key, payoffs_key}) {
      if (draft_[k].is_given) continue;
      source_.fail(game_begin_,
                   fmt::format("expected \"{}\", {}, in this game, found none", keys[k].name, keys[k].expected[0]));
    }
    const auto& [game_class, actions, payoffs, name] = draft_;
    NormalFormGame game{name.text, {actions.numbers.begin(), actions.numbers.end()}, payoffs.numbers};
    std::size_t joint = 0;
    try {
      joint = joint_actions(game.actions);
    } catch (const InputError& error) {
      source_.fail(actions.arrays.back().end, error.what());
    }
    const std::size_t agents = game.actions.size();
    const Array& all = payoffs.arrays.back();
    for (std::size_t i = 0; i < std::min(agents, all.count); ++i) {
      if (payoffs.arrays[i].count == joint) continue;
      source_.fail(payoffs.arrays[i].end, fmt::format("expected {} payoffs for agent {}, one a joint action, found {}",
                                                      joint, i, payoffs.arrays[i].count));
    }
    if (all.count != agents) {
      source_.fail(all.end, fmt::format("expected {} arrays of payoffs, one an agent, found {}", agents, all.count));
    }
    return game;
  }

  SourceText source_;
  TextBuffer buffer_;
  std::size_t document_ = 0;   // where the library's present run began
  std::size_t token_end_ = 0;  // where the last event's token ended
  bool in_array_ = false;      // of games
  bool in_game_ = false;
  const Key* key_ = nullptr;        // whose value is being read
  std::vector<std::size_t> index_;  // where in that value
  std::array<Value, keys.size()> draft_;
  std::size_t game_begin_ = 0;
  std::vector<Game> games_;
};

}  // namespace

std::vector<Game> parse_json(const SourceText& source) {
  return JsonReader(source).read();
}

}  // namespace quantal
