#include "io_json.hpp"

#include <locale.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <istream>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io_json_draft.hpp"
#include "io_json_markov_draft.hpp"

#include "host/format.hpp"

namespace quantal {
namespace {

/// A key of a game or of an edge. Its value is a string, a number, or arrays of arrays to some depth and there numbers
/// or edges.
struct Key {
  std::size_t number;  // among all keys
  std::string_view name;
  std::size_t depth;                         // the largest at which its numbers stand
  std::array<std::string_view, 5> expected;  // at each depth
  std::string_view game_class = "";          // whose games have it, if not all
};
constexpr Key class_key{0, "class", 0, {"the class \"normal_form\", \"polymatrix\" or \"markov\""}};
constexpr Key name_key{1, "name", 0, {"the game's name in quotes"}};
constexpr Key actions_key{2,
                          "actions",
                          2,
                          {"an array with each agent's number of actions", "a whole number of actions, at least 1,",
                           "a whole number of actions, at least 1,"}};
constexpr Key payoffs_key{3,
                          "payoffs",
                          2,
                          {"an array with one array of payoffs an agent", "an array of numbers", "a finite number"},
                          "normal_form"};
constexpr Key edges_key{4,
                        "edges",
                        1,
                        {"an array of edges", "an edge in braces, {\"agents\": [0, 1], \"payoffs\": [.., ..]},"},
                        "polymatrix"};
constexpr Key agents_key{5, "agents", 1, {"an array with the edge's two agents", "an agent, a whole number from 0,"}};
constexpr Key matrices_key{
    6,
    "payoffs",
    3,
    {"an array with a matrix for each of the two agents", "an array of rows, or null for an agent that earns nothing,",
     "an array of numbers", "a finite number"}};

constexpr Key states_key{7, "states", 0, {"a whole number of states, at least 1"}, "markov"};
constexpr Key discount_key{8, "discount", 0, {"a discount from 0 to below 1"}, "markov"};
constexpr Key initial_key{9,
                          "initial",
                          1,
                          {"an array with the probability of each state to be the first", "a probability from 0 to 1"},
                          "markov"};
constexpr Key rewards_key{10,
                          "rewards",
                          3,
                          {"an array with one array of rewards an agent", "an array with one array of rewards a state",
                           "an array of numbers, one a joint action,", "a finite number"},
                          "markov"};
constexpr Key transitions_key{
    11,
    "transitions",
    4,
    {"an array with one array of transitions a state", "an array with one row a joint action",
     "an array of probabilities or of pairs [next state, probability]",
     "a probability from 0 to 1 or a pair [next state, probability]", "a probability from 0 to 1"},
    "markov"};

constexpr std::size_t number_of_keys = 12;
constexpr std::array<const Key*, 10> game_keys = {&class_key,   &name_key,       &actions_key,  &payoffs_key,
                                                  &edges_key,   &states_key,     &discount_key, &initial_key,
                                                  &rewards_key, &transitions_key};
constexpr std::array<const Key*, 2> edge_keys = {&agents_key, &matrices_key};

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
  explicit JsonReader(const SourceText& source)
      : source_(source), buffer_(source.text), normal_form_(source), polymatrix_(source), markov_(source) {}

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
    if (!in_game_) {
      begin_game();
    } else if (key_ == &edges_key && depth() == 1) {
      begin_edge();
    } else {
      fail_expected();
    }
    return token_done();
  }

  bool key(std::string& name) override {
    key_ = in_edge_ ? known_key(edge_keys, name) : known_key(game_keys, name);
    std::size_t& place = place_of(*key_);
    if (place != nowhere) {
      source_.fail(last_byte(), formatted("expected each key once, found {} again", in_quotes(name)));
    }
    place = last_byte();
    return token_done();
  }

  bool end_object() override {
    if (!in_edge_) {
      games_.emplace_back(finished());
      in_game_ = false;
      return token_done();
    }
    require({&agents_key, &matrices_key});
    polymatrix_.end_edge(head_);
    in_edge_ = false;
    key_ = &edges_key;
    return value_done();
  }

  bool start_array(std::size_t) override {
    if (in_game_) {
      if (depth() == key_->depth) fail_expected();
      if (key_ == &actions_key && depth() == 1) begin_actions_of_agent();
      if (key_ == &transitions_key && depth() == 3) begin_pair();
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
    const JsonArray array{index_.back(), last_byte()};
    index_.pop_back();
    if (key_ == &payoffs_key) {
      normal_form_.end_array(array);
    } else if (key_ == &matrices_key) {
      end_edge_payoffs(array);
    } else if (key_ == &agents_key) {
      polymatrix_.end_agents(array);
    } else if (key_ == &actions_key) {
      end_actions(array);
    } else if (key_ == &initial_key) {
      markov_.end_initial(array);
    } else if (key_ == &rewards_key) {
      markov_.end_rewards(depth(), array);
    } else if (key_ == &transitions_key && depth() == 3) {
      markov_.end_pair(array, index_);
    } else if (key_ == &transitions_key) {
      markov_.end_transitions(depth(), array);
    }
    return value_done();
  }

  bool string(std::string& text) override {
    if (in_game_ && key_ == &class_key) {
      set_class(text);
    } else if (in_game_ && key_ == &name_key) {
      head_.name = std::move(text);
    } else {
      fail_expected();
    }
    return value_done();
  }

  bool number_unsigned(std::uint64_t number) override { return real(static_cast<double>(number), true); }
  bool number_integer(std::int64_t number) override {
    // The library takes this way for numbers with a minus sign, so that a zero is -0.
    return real(number == 0 ? -0.0 : static_cast<double>(number), true);
  }
  bool number_float(double number, const std::string&) override { return real(number, false); }
  bool boolean(bool) override { fail_expected(); }
  bool null() override {
    if (!in_game_ || key_ != &matrices_key || depth() != 1) fail_expected();
    polymatrix_.no_matrix();
    return value_done();
  }
  bool binary(nlohmann::json::binary_t&) override { fail_expected(); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    // "[..] parse error at line 1, column 2: syntax error while parsing array - unexpected ..; last read: .."
    std::string_view message = error.what();
    message = message.substr(0, message.find("; last read: "));
    const auto is_parsing = [&](std::string_view part) { return message.find(part) != std::string_view::npos; };
    std::string what = expected();
    if (is_parsing("parsing object separator -")) what = formatted("\":\" after the key \"{}\"", key_->name);
    if (is_parsing("parsing object -")) what = "\",\" or \"}\" after the value of a key";
    if (is_parsing("parsing array -")) what = in_game_ ? "\",\" or \"]\" after a value" : "\",\" or \"]\" after a game";
    const std::size_t invalid_string = message.find("invalid string: ");
    const bool is_string = invalid_string != std::string_view::npos;
    fail_expected(what, document_ + position - 1, is_string ? formatted("an {}", message.substr(invalid_string)) : "");
  }

 private:
  static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

  /// Where the key of this game or edge was read, or nowhere.
  std::size_t& place_of(const Key& key) { return places_[key.number]; }

  /// In how many arrays of the present key's value we are.
  std::size_t depth() const { return index_.size() - (in_edge_ ? 1 : 0); }

  void begin_game() {
    in_game_ = true;
    game_begin_ = last_byte();
    game_class_ = "";
    places_.fill(nowhere);
    head_ = {};
    normal_form_.clear();
    polymatrix_.clear();
    markov_.clear();
  }

  void begin_edge() {
    in_edge_ = true;
    edge_begin_ = last_byte();
    key_ = nullptr;
    for (const Key* key : edge_keys) place_of(*key) = nowhere;
    polymatrix_.begin_edge();
  }

  void end_edge_payoffs(const JsonArray& array) {
    switch (depth()) {
      case 2:
        return polymatrix_.end_row(array);
      case 1:
        return polymatrix_.end_matrix(array);
      default:
        return polymatrix_.end_matrices(array.end);
    }
  }

  /// Numbers of actions that differ by state: all agents' come in arrays, or none's.
  void begin_actions_of_agent() {
    if (!game_class_.empty() && game_class_ != states_key.game_class) fail_expected();
    if (head_.actions_by_agent.size() != index_.front()) fail_expected();
    if (index_.front() == 0) first_actions_ = last_byte();
  }

  void end_actions(const JsonArray& array) {
    if (depth() == 1) {
      head_.actions_by_agent.push_back(array);
      return;
    }
    if (array.count == 0) source_.fail(array.end, "expected at least one agent, found none");
    head_.has_actions = true;
    head_.actions_end = array.end;
  }

  void begin_pair() {
    if (markov_.row() == MarkovDraft::Row::dense) fail_expected();
    markov_.begin_pair();
  }

  void set_class(std::string_view name) {
    const std::array<const Key*, 3> keys = {&payoffs_key, &edges_key, &states_key};
    const auto is_of_class = [&](const Key* key) { return key->game_class == name; };
    const auto found = std::find_if(keys.begin(), keys.end(), is_of_class);
    if (found == keys.end()) fail_expected();
    game_class_ = (*found)->game_class;
    for (const Key* key : game_keys) {
      if (place_of(*key) != nowhere && !belongs(*key)) fail_wrong_key(*key, place_of(*key));
    }
    if (!head_.actions_by_agent.empty() && *found != &states_key) {
      source_.fail(first_actions_, formatted("expected {} for actions[0], found \"[\"", actions_key.expected[1]));
    }
  }

  /// Whether games of the class have the key, as far as is known.
  bool belongs(const Key& key) const {
    return key.game_class.empty() || game_class_.empty() || key.game_class == game_class_;
  }

  std::size_t last_byte() const { return buffer_.position() - 1; }

  bool token_done() {
    token_end_ = buffer_.position();
    return true;
  }

  bool value_done() {
    if (depth() == 0) {
      key_ = nullptr;
    } else {
      ++index_.back();
    }
    return token_done();
  }

  /// Whether the present key's value may have a number here.
  bool may_be_number() const {
    if (key_ == &actions_key) return depth() == (head_.actions_by_agent.empty() && index_.size() == 1 ? 1u : 2u);
    if (key_ == &transitions_key && depth() == 3) return markov_.row() != MarkovDraft::Row::pairs;
    return depth() == key_->depth;
  }

  /// Rounding may have made it a little more than 1; what it adds up to is checked later.
  static bool is_probability(double number) { return number >= 0 && number <= 1 + 1e-9; }

  void transition(double number, bool is_integer) {
    if (depth() == 4 && index_.back() == 0) {
      const double most = std::numeric_limits<std::int32_t>::max();
      if (!is_integer || number < 0 || number > most || !markov_.may_be_state(number)) fail_expected();
      markov_.pair_state(number, last_byte() - 1, index_);
      return;
    }
    if (!is_probability(number)) fail_expected();
    if (depth() == 3) {
      markov_.probability(number);
    } else if (index_.back() == 1) {
      markov_.pair_probability(number);
    }
  }

  bool real(double number, bool is_integer) {
    if (!in_game_ || !may_be_number()) fail_expected();
    constexpr int most = std::numeric_limits<int>::max();
    if (key_ == &transitions_key) {
      transition(number, is_integer);
    } else if (key_ == &rewards_key) {
      markov_.reward(number);
    } else if (key_ == &matrices_key) {
      polymatrix_.number(number);
    } else if (key_ == &payoffs_key) {
      normal_form_.number(number);
    } else if (key_ == &actions_key) {
      if (!is_integer || number < 1 || number > most) fail_expected();
      head_.actions.push_back(static_cast<int>(number));
    } else if (key_ == &agents_key) {
      if (!is_integer || number < 0 || number > most) fail_expected();
      polymatrix_.agent(static_cast<int>(number), last_byte() - 1);
    } else if (key_ == &initial_key) {
      if (!is_probability(number)) fail_expected();
      markov_.initial(number);
    } else if (key_ == &states_key) {
      if (!is_integer || number < 1 || number > most) fail_expected();
      markov_.states(static_cast<int>(number));
    } else if (key_ == &discount_key) {
      if (!(number >= 0 && number < 1)) fail_expected();
      markov_.discount(number);
    } else {
      fail_expected();
    }
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
    const std::string what = expected_value();
    const std::string key = in_edge_ ? formatted("edges[{}].{}", index_.front(), key_->name) : std::string(key_->name);
    const std::span<const std::size_t> index = std::span(index_).last(depth());
    if (!index.empty()) return formatted("{} for {}[{}]", what, key, joined(index, "]["));
    return in_edge_ ? formatted("{} for {}", what, key) : what;
  }

  /// What may come next in the value of the present key.
  std::string expected_value() const {
    if (key_ == &transitions_key && depth() == 3 && markov_.row() == MarkovDraft::Row::dense) {
      return "a probability from 0 to 1, as before in this row,";
    }
    if (key_ == &transitions_key && depth() == 3 && markov_.row() == MarkovDraft::Row::pairs) {
      return "a pair [next state, probability], as before in this row,";
    }
    if (key_ == &transitions_key && depth() == 4 && index_.back() == 0) return markov_.expected_state();
    if (key_ == &actions_key && depth() == 1 && !head_.actions_by_agent.empty()) {
      return "an array with a number of actions a state, as before,";
    }
    return std::string(key_->expected[depth()]);
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
    source_.fail(begin, formatted("expected {}, found {}", what, found));
  }

  /// The key of that name among those of the game or of the edge.
  template <std::size_t Count>
  const Key* known_key(const std::array<const Key*, Count>& known, std::string_view name) const {
    const auto has_name = [&](const Key* key) { return key->name == name; };
    const auto found = std::find_if(known.begin(), known.end(), has_name);
    if (found == known.end()) fail_unknown_key(name);
    if (!belongs(**found)) fail_wrong_key(**found, last_byte());
    return *found;
  }

  /// "class", "name", "actions" and "payoffs": what may stand here.
  std::string expected_keys() const {
    if (in_edge_) return formatted("\"agents\" and \"payoffs\" in edges[{}]", index_.front());
    std::vector<std::string> names;
    for (const Key* key : game_keys) {
      if (belongs(*key)) names.push_back(formatted("\"{}\"", key->name));
    }
    const std::string last = names.back();
    names.pop_back();
    return formatted("{} and {}{}", joined(names, ", "), last,
                     game_class_.empty() ? "" : formatted(" in a {} game", game_class_));
  }

  [[noreturn]] void fail_unknown_key(std::string_view name) const {
    source_.fail(last_byte(),
                 formatted("expected one of {}, found the unknown key {}", expected_keys(), in_quotes(name)));
  }

  [[noreturn]] void fail_wrong_key(const Key& key, std::size_t place) const {
    source_.fail(place, formatted("expected one of {}, found \"{}\", a key of {} games", expected_keys(), key.name,
                                  key.game_class));
  }

  /// Fails unless the keys of the present game or edge have been read.
  void require(std::initializer_list<const Key*> required) {
    for (const Key* key : required) {
      if (place_of(*key) != nowhere) continue;
      source_.fail(in_edge_ ? edge_begin_ : game_begin_,
                   formatted("expected \"{}\", {}, in {}, found none", key->name, key->expected.front(),
                             in_edge_ ? formatted("edges[{}]", index_.front()) : "this game"));
    }
  }

  Game finished() {
    require({&class_key, &actions_key});
    if (game_class_ == states_key.game_class) {
      require({&states_key, &discount_key, &rewards_key, &transitions_key});
      return markov_.finished(head_);
    }
    const bool is_polymatrix = game_class_ == edges_key.game_class;
    require({is_polymatrix ? &edges_key : &payoffs_key});
    if (is_polymatrix) return polymatrix_.finished(head_);
    return normal_form_.finished(head_);
  }

  SourceText source_;
  TextBuffer buffer_;
  std::size_t document_ = 0;   // where the library's present run began
  std::size_t token_end_ = 0;  // where the last event's token ended
  bool in_array_ = false;      // of games
  bool in_game_ = false;
  bool in_edge_ = false;
  const Key* key_ = nullptr;        // whose value is being read
  std::vector<std::size_t> index_;  // where in that value; in an edge, which edge and then where in the key's value
  std::size_t game_begin_ = 0;
  std::string_view game_class_;  // empty: not known yet
  std::size_t edge_begin_ = 0;
  std::array<std::size_t, number_of_keys> places_{};
  JsonGameHead head_;
  std::size_t first_actions_ = 0;  // where the first of actions_by_agent begins
  NormalFormDraft normal_form_;
  PolymatrixDraft polymatrix_;
  MarkovDraft markov_;
  std::vector<Game> games_;
};

}  // namespace

std::vector<Game> parse_json(const SourceText& source) {
  return JsonReader(source).read();
}

}  // namespace quantal
