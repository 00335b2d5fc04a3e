
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <new>
#include <optional>
#include <utility>

#include "host/format.hpp"
#include "io_file_order.hpp"
#include "io_text.hpp"
#include "quantal/io.hpp"

namespace quantal {
namespace {

enum class TokenKind { number, label, word, open, close, comma, end };

struct Token {
  TokenKind kind;
  std::size_t offset;     // in the text, for messages
  std::string_view text;  // of a label, what stands between its quotes, escapes and all
};

/// Cuts .nfg text into the tokens that Gambit sees: a number ends where it cannot go on (`1-2` is two of them), a
/// word only at white space.
class NfgLexer {
 public:
  explicit NfgLexer(const SourceText& source) : source_(source) {}

  Token next() {
    while (at_ < source_.text.size() && is_space(source_.text[at_])) ++at_;
    if (at_ == source_.text.size()) return {TokenKind::end, at_, {}};
    switch (source_.text[at_]) {
      case '{':
        return take(TokenKind::open, 1);
      case '}':
        return take(TokenKind::close, 1);
      case ',':
        return take(TokenKind::comma, 1);
      case '"':
        return label();
      default:
        if (const std::size_t length = number_length(); length > 0) return take(TokenKind::number, length);
        return take(TokenKind::word, word_length());
    }
  }

  /// Bytes not read yet.
  std::size_t remaining() const { return source_.text.size() - at_; }

 private:
  char peek(std::size_t offset) const { return offset < source_.text.size() ? source_.text[offset] : '\0'; }

  std::size_t after_digits(std::size_t offset) const {
    while (is_digit(peek(offset))) ++offset;
    return offset;
  }

  Token take(TokenKind kind, std::size_t length) {
    const Token token{kind, at_, source_.text.substr(at_, length)};
    at_ += length;
    return token;
  }

  Token label() {
    // As in Gambit, a quote after any backslash is part of the label, be that backslash the second of two.
    std::size_t close = at_ + 1;
    while (close < source_.text.size() && !(source_.text[close] == '"' && source_.text[close - 1] != '\\')) ++close;
    if (close == source_.text.size()) source_.fail(at_, "expected a closing quote for this label, the file ends first");
    const Token token{TokenKind::label, at_, source_.text.substr(at_ + 1, close - at_ - 1)};
    at_ = close + 1;
    return token;
  }

  /// [+-] digits [. digits] [e [+-] digits] or [+-] digits / digits; 0 if the text here is no such number.
  std::size_t number_length() const {
    std::size_t begin = at_;
    if (peek(begin) == '+' || peek(begin) == '-') ++begin;
    std::size_t end = after_digits(begin);
    const bool whole = end > begin;
    bool any = whole;
    if (whole && peek(end) == '/') {
      const std::size_t denominator = end + 1;
      end = after_digits(denominator);
      return end > denominator ? end - at_ : 0;
    }
    if (peek(end) == '.') {
      const std::size_t fraction = end + 1;
      end = after_digits(fraction);
      any = any || end > fraction;
    }
    if (!any) return 0;
    if (peek(end) == 'e' || peek(end) == 'E') {
      std::size_t exponent = end + 1;
      if (peek(exponent) == '+' || peek(exponent) == '-') ++exponent;
      end = after_digits(exponent);
      if (end == exponent) return 0;
    }
    return end - at_;
  }

  std::size_t word_length() const {
    std::size_t end = at_;
    while (end < source_.text.size() && !is_space(source_.text[end])) ++end;
    return end - at_;
  }

  SourceText source_;
  std::size_t at_ = 0;
};

/// A label as Gambit takes it: \" is a quote, and every other backslash stands for itself. Gambit doubles one of
/// several in a row; so do we.
std::string unescaped(std::string_view label) {
  std::string out;
  bool after_backslash = false;
  for (const char c : label) {
    if (after_backslash) {
      if (c != '"') out += '\\';
      out += c;
    } else if (c != '\\') {
      out += c;
    }
    after_backslash = c == '\\';
  }
  return out;
}

class NfgReader {
 public:
  explicit NfgReader(const SourceText& source) : source_(source), lexer_(source), token_(lexer_.next()) {}

  NormalFormGame read() {
    header();
    players();
    if (agents_ == 0) source_.fail(token_.offset, "expected at least one player, found none");
    const std::size_t shape_offset = token_.offset;
    actions();
    if (token_.kind == TokenKind::label) advance();  // a comment
    try {
      joint_ = joint_actions(game_.actions);
    } catch (const InputError& error) {
      source_.fail(shape_offset, error.what());
    }
    payoffs_ = agents_ * joint_;
    if (token_.kind == TokenKind::open) {
      outcome_body();
    } else {
      payoff_body();
    }
    return std::move(game_);
  }

 private:
  void advance() { token_ = lexer_.next(); }

  [[noreturn]] void fail_expected(std::string_view what) const {
    std::string found;
    switch (token_.kind) {
      case TokenKind::end:
        found = "the end of the file";
        break;
      case TokenKind::label:
        found = "the label " + in_quotes(token_.text);
        break;
      default:
        found = in_quotes(token_.text);
    }
    source_.fail(token_.offset, formatted("expected {}, found {}", what, found));
  }

  void expect(TokenKind kind, std::string_view what) {
    if (token_.kind != kind) fail_expected(what);
    advance();
  }

  /// The same where the words are put together, which is only done if they are wanted.
  template <std::invocable What>
  void expect(TokenKind kind, const What& what) {
    if (token_.kind != kind) fail_expected(what());
    advance();
  }

  void header() {
    if (token_.kind != TokenKind::word || token_.text != "NFG") fail_expected("\"NFG\"");
    advance();
    if (token_.kind != TokenKind::number || token_.text != "1") fail_expected("version 1 of the format");
    advance();
    if (token_.kind != TokenKind::word || (token_.text != "R" && token_.text != "D")) fail_expected("\"R\" or \"D\"");
    advance();
    if (token_.kind != TokenKind::label) fail_expected("the game's title in quotes");
    game_.name = unescaped(token_.text);
    advance();
  }

  void players() {
    expect(TokenKind::open, "\"{\" and the players' names");
    for (; token_.kind == TokenKind::label; advance()) ++agents_;
    expect(TokenKind::close, "a player's name in quotes or \"}\"");
  }

  void actions() {
    expect(TokenKind::open, "\"{\" and the players' actions");
    const bool named = token_.kind == TokenKind::open;
    for (std::size_t i = 1; i <= agents_; ++i) {
      game_.actions.push_back(named ? action_names(i) : action_count(i));
    }
    expect(TokenKind::close, [&] { return formatted("\"}}\" after the actions of {} players", agents_); });
  }

  int action_names(std::size_t player) {
    expect(TokenKind::open, [&] { return formatted("\"{{\" and the actions of player {} of {}", player, agents_); });
    const std::size_t offset = token_.offset;
    std::size_t count = 0;
    for (; token_.kind == TokenKind::label; advance()) ++count;
    expect(TokenKind::close,
           [&] { return formatted("the name of an action of player {} in quotes or \"}}\"", player); });
    if (count == 0) source_.fail(offset, formatted("expected at least one action for player {}, found none", player));
    if (!std::in_range<int>(count)) source_.fail(offset, formatted("expected fewer actions for player {}", player));
    return static_cast<int>(count);
  }

  int action_count(std::size_t player) {
    const std::optional<int> count = whole_number();
    if (!count) fail_expected(formatted("the number of actions of player {} of {}", player, agents_));
    if (*count < 1) fail_expected(formatted("at least one action for player {}", player));
    advance();
    return *count;
  }

  /// The token as an integer, if it is one. Gambit cuts off a fraction; we would rather say that it is wrong.
  std::optional<int> whole_number() const {
    if (token_.kind != TokenKind::number) return std::nullopt;
    std::string_view digits = token_.text;
    if (digits.front() == '+') digits.remove_prefix(1);
    int value = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (status != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  }

  /// The token as a payoff; `which` puts into words which one was expected, if need be.
  template <std::invocable Which>
  double payoff(const Which& which) {
    if (token_.kind != TokenKind::number) fail_expected("a number for " + which());
    std::string_view digits = token_.text;
    const std::size_t slash = digits.find('/');
    double value = 0.0;
    if (slash == std::string_view::npos) {
      value = nearest_double(digits);
    } else {
      const std::string_view denominator = digits.substr(slash + 1);
      if (denominator.find_first_not_of('0') == std::string_view::npos) {
        fail_expected("a denominator other than zero for " + which());
      }
      // Beyond this the digits would be a puzzle, not a number, and long division takes its time.
      constexpr std::size_t longest = 1000;
      if (digits.size() > longest) fail_expected(formatted("at most {} digits for {}", longest, which()));
      const bool negative = digits.front() == '-';
      const std::size_t sign = negative || digits.front() == '+' ? 1 : 0;
      value = nearest_double_of_ratio(digits.substr(sign, slash - sign), denominator);
      if (negative) value = -value;
    }
    if (!std::isfinite(value)) fail_expected("a finite number for " + which());
    advance();
    return value;
  }

  std::string shape() const { return formatted("({} agents x {} joint actions)", agents_, joint_); }

  /// Makes room for the payoffs, if `numbers` of them can still be in the file: each takes two bytes or more, with
  /// what separates it from the next. If not, the file's end comes before it is used.
  bool make_room(std::size_t numbers) {
    const std::size_t held = token_.text.size() + lexer_.remaining();
    if (numbers > (held + 1) / 2) return false;
    try {
      game_.payoffs.resize(payoffs_);
    } catch (const std::bad_alloc&) {
      source_.fail(token_.offset, formatted("expected a game that fits in memory, found {} payoffs", payoffs_));
    }
    return true;
  }

  /// N payoffs for each joint action, one after the other.
  void payoff_body() {
    const bool enough = make_room(payoffs_);
    FileOrder order(game_.actions);
    std::size_t done = 0;
    const auto which = [&] { return formatted("payoff {} of {}", done + 1, payoffs_); };
    for (std::size_t a = 0; a < joint_; ++a, order.step()) {
      for (std::size_t i = 0; i < agents_; ++i, ++done) {
        if (token_.kind == TokenKind::end) {
          source_.fail(token_.offset,
                       formatted("expected {} payoffs {}, the file ends after {}", payoffs_, shape(), done));
        }
        const double value = payoff(which);
        if (enough) game_.payoffs[i * joint_ + order.index()] = value;
      }
    }
    if (token_.kind != TokenKind::end) {
      fail_expected(formatted("the end of the file after {} payoffs {}", payoffs_, shape()));
    }
  }

  /// A list of outcomes with N payoffs each, then the number of an outcome for each joint action, 0 for none.
  void outcome_body() {
    const std::vector<double> outcomes = outcome_list();
    const std::size_t count = outcomes.size() / agents_;
    const bool enough = make_room(joint_);
    FileOrder order(game_.actions);
    for (std::size_t a = 0; a < joint_; ++a, order.step()) {
      if (token_.kind == TokenKind::end) {
        source_.fail(token_.offset,
                     formatted("expected {} outcome numbers, one a joint action, the file ends after {}", joint_, a));
      }
      const std::optional<int> outcome = whole_number();
      if (!outcome || *outcome < 0 || static_cast<std::size_t>(*outcome) > count) {
        fail_expected(formatted("an outcome number from 0 to {} for joint action {} of {}", count, a + 1, joint_));
      }
      advance();
      if (!enough || *outcome == 0) continue;
      const std::size_t first = (static_cast<std::size_t>(*outcome) - 1) * agents_;
      for (std::size_t i = 0; i < agents_; ++i) game_.payoffs[i * joint_ + order.index()] = outcomes[first + i];
    }
    if (token_.kind != TokenKind::end) {
      fail_expected(formatted("the end of the file after {} outcome numbers, one a joint action", joint_));
    }
  }

  /// N payoffs an outcome.
  std::vector<double> outcome_list() {
    std::vector<double> outcomes;
    expect(TokenKind::open, "\"{\" and the outcomes");
    for (std::size_t k = 1; token_.kind == TokenKind::open; ++k) {
      advance();
      expect(TokenKind::label, [&] { return formatted("the name of outcome {} in quotes", k); });
      for (std::size_t i = 0; i < agents_; ++i) {
        const auto which = [&] { return formatted("payoff {} of {} of outcome {}", i + 1, agents_, k); };
        outcomes.push_back(payoff(which));
        if (token_.kind == TokenKind::comma) advance();
      }
      expect(TokenKind::close, [&] { return formatted("\"}}\" after the {} payoffs of outcome {}", agents_, k); });
    }
    expect(TokenKind::close, "another outcome in braces or \"}\"");
    return outcomes;
  }

  SourceText source_;
  NfgLexer lexer_;
  Token token_;
  NormalFormGame game_;
  std::size_t agents_ = 0;
  std::size_t joint_ = 0;
  std::size_t payoffs_ = 0;
};

}  // namespace

NormalFormGame parse_nfg(std::string_view text, std::string_view source) {
  return NfgReader({without_byte_order_mark(text), source}).read();
}

}  // namespace quantal
