
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <new>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/format.hpp"
#include "io_file_order.hpp"
#include "io_text.hpp"
#include "quantal/io.hpp"

namespace quantal {
namespace {

/// A word between white space, and where it stands; empty at the end of the text.
struct Word {
  std::size_t offset;
  std::string_view text;
};

/// Whether the word is [+-] digits [. digits] [e [+-] digits], with a digit before or after the point.
bool is_decimal(std::string_view word) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < word.size() && is_digit(word[at])) ++at;
    return at - begin;
  };
  const auto sign = [&] {
    if (at < word.size() && (word[at] == '+' || word[at] == '-')) ++at;
  };
  sign();
  std::size_t mantissa = digits();
  if (at < word.size() && word[at] == '.') {
    ++at;
    mantissa += digits();
  }
  if (mantissa == 0) return false;
  if (at < word.size() && (word[at] == 'e' || word[at] == 'E')) {
    ++at;
    sign();
    if (digits() == 0) return false;
  }
  return at == word.size();
}

class GamReader {
 public:
  explicit GamReader(const SourceText& source) : source_(source) { advance(); }

  NormalFormGame read() {
    const int players = whole_number([] { return std::string("the number of players, a whole number from 1"); });
    // Each takes two bytes or more, with what separates it from the next: a forged number makes no room.
    if (static_cast<std::size_t>(players) <= remaining()) game_.actions.reserve(static_cast<std::size_t>(players));
    const std::size_t shape_offset = word_.offset;
    for (int i = 1; i <= players; ++i) {
      const auto which = [&] { return formatted("the number of actions of player {} of {}, from 1", i, players); };
      game_.actions.push_back(whole_number(which));
    }
    std::size_t joint = 0;
    try {
      joint = joint_actions(game_.actions);
    } catch (const InputError& error) {
      source_.fail(shape_offset, error.what());
    }
    payoffs(joint);
    return std::move(game_);
  }

 private:
  void advance() {
    while (at_ < source_.text.size() && is_space(source_.text[at_])) ++at_;
    const std::size_t begin = at_;
    while (at_ < source_.text.size() && !is_space(source_.text[at_])) ++at_;
    word_ = {begin, source_.text.substr(begin, at_ - begin)};
  }

  bool at_end() const { return word_.text.empty(); }
  std::size_t remaining() const { return source_.text.size() - word_.offset; }

  [[noreturn]] void fail_expected(std::string_view what) const {
    source_.fail(word_.offset, formatted("expected {}, found {}", what,
                                         at_end() ? std::string("the end of the file") : in_quotes(word_.text)));
  }

  /// The word as a number from 1; `which` puts into words which one was expected, if need be.
  template <std::invocable Which>
  int whole_number(const Which& which) {
    int value = 0;
    const char* const end = word_.text.data() + word_.text.size();
    const auto parsed = std::from_chars(word_.text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value < 1) fail_expected(which());
    advance();
    return value;
  }

  void payoffs(std::size_t joint) {
    const std::size_t agents = game_.actions.size();
    const std::size_t count = agents * joint;
    const bool enough = count <= (remaining() + 1) / 2;  // if not, the file's end comes before there is a game
    if (enough) make_room(count);
    std::size_t done = 0;
    for (std::size_t i = 0; i < agents; ++i) {
      FileOrder order(game_.actions);
      for (std::size_t a = 0; a < joint; ++a, order.step(), ++done) {
        if (at_end()) {
          source_.fail(word_.offset,
                       formatted("expected {} payoffs ({} agents x {} joint actions), the file ends after {}", count,
                                 agents, joint, done));
        }
        if (!is_decimal(word_.text)) fail_expected(formatted("a number for payoff {} of {}", done + 1, count));
        const double value = nearest_double(word_.text);
        if (!std::isfinite(value)) fail_expected(formatted("a finite number for payoff {} of {}", done + 1, count));
        if (enough) game_.payoffs[i * joint + order.index()] = value;
        advance();
      }
    }
    if (!at_end()) {
      fail_expected(
          formatted("the end of the file after {} payoffs ({} agents x {} joint actions)", count, agents, joint));
    }
  }

  void make_room(std::size_t count) {
    try {
      game_.payoffs.resize(count);
    } catch (const std::bad_alloc&) {
      source_.fail(word_.offset, formatted("expected a game that fits in memory, found {} payoffs", count));
    }
  }

  SourceText source_;
  std::size_t at_ = 0;
  Word word_{};
  NormalFormGame game_;
};

}  // namespace

NormalFormGame parse_gam(std::string_view text, std::string_view source) {
  return GamReader({without_byte_order_mark(text), source}).read();
}

}  // namespace quantal
