#include "host/files/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

#include "quantal/error.hpp"

namespace quantal::files {
namespace {

bool is_space(char letter) {
  return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t';
}

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

/// The beginning of `rest`, fit for a message.
std::string in_words(std::string_view rest) {
  if (rest.empty()) return "the end";
  constexpr std::size_t longest = 24;
  std::string out = "'";
  for (const char letter : rest.substr(0, longest)) {
    if (is_space(letter) && letter != ' ') break;
    out += letter >= ' ' && letter <= '~' ? letter : '?';
  }
  return out + (rest.size() > longest ? "..'" : "'");
}

void append_utf8(std::string& out, unsigned point) {
  const auto byte = [&](unsigned bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | point >> 6);
    byte(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  } else {
    byte(0xF0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3F));
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  }
}

}  // namespace

void JsonText::fail(std::string_view expected) const {
  const auto lines = std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
  throw InputError(fmt::format("{}:{}: expected {}, found {}", file_, line_ + static_cast<std::size_t>(lines), expected,
                               in_words(text_.substr(at_))));
}

char JsonText::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonText::take(char letter) {
  if (next() != letter) return false;
  ++at_;
  return true;
}

void JsonText::expect(char letter, std::string_view expected) {
  if (!take(letter)) fail(expected);
}

bool JsonText::take_word(std::string_view word) {
  next();
  if (!text_.substr(at_).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

unsigned JsonText::take_hexadecimal() {
  constexpr std::size_t digits = 4;
  unsigned value = 0;
  const char* const begin = text_.data() + at_;
  const char* const end = begin + std::min(digits, text_.size() - at_);
  const auto [stopped, error] = std::from_chars(begin, end, value, 16);
  if (error != std::errc() || stopped != begin + digits) fail("four hexadecimal digits after \\u");
  at_ += digits;
  return value;
}

void JsonText::append_escaped(std::string& out) {
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  const char letter = at_ < text_.size() ? text_[at_] : '\0';
  const std::size_t k = letters.find(letter);
  if (k != std::string_view::npos) {
    ++at_;
    out += meanings[k];
    return;
  }
  if (letter != 'u') fail("an escape sequence after \\");
  ++at_;
  unsigned point = take_hexadecimal();
  const bool is_high = point >= 0xD800 && point < 0xDC00;
  if (is_high && text_.substr(at_).starts_with("\\u")) {
    at_ += 2;
    const unsigned low = take_hexadecimal();
    point = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD;
  }
  append_utf8(out, point >= 0xD800 && point < 0xE000 ? 0xFFFD : point);  // half of a pair is no letter
}

std::string JsonText::string(std::string_view expected) {
  expect('"', expected);
  std::string out;
  while (true) {
    const std::size_t end = text_.find_first_of("\"\\", at_);
    if (end == std::string_view::npos) {
      at_ = text_.size();
      fail("\" at the end of a string");
    }
    out += text_.substr(at_, end - at_);
    at_ = end + 1;
    if (text_[end] == '"') return out;
    append_escaped(out);
  }
}

std::string_view JsonText::take_digits(std::string_view expected) {
  next();
  std::size_t end = at_;
  const auto is = [&](char letter) { return end < text_.size() && text_[end] == letter; };
  const auto pass_digits = [&] {
    const std::size_t begin = end;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    if (end == begin) fail(expected);
  };
  if (is('-')) ++end;
  if (is('0')) {
    ++end;
  } else {
    pass_digits();
  }
  if (is('.')) {
    ++end;
    pass_digits();
  }
  if (is('e') || is('E')) {
    ++end;
    if (is('+') || is('-')) ++end;
    pass_digits();
  }
  const std::string_view digits = text_.substr(at_, end - at_);
  at_ = end;
  return digits;
}

double JsonText::number(std::string_view expected) {
  const std::string_view digits = take_digits(expected);
  double value = 0;
  const auto [stopped, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc()) return value;
  const std::size_t exponent = digits.find_first_of("eE");
  if (exponent != std::string_view::npos && digits[exponent + 1] == '-') return 0;  // too small for a double
  at_ -= digits.size();
  fail(fmt::format("{} that fits into a double", expected));
}

double JsonText::number_or_null(std::string_view expected) {
  return take_word("null") ? std::numeric_limits<double>::quiet_NaN() : number(expected);
}

std::int64_t JsonText::whole(std::string_view expected) {
  next();
  const std::size_t begin = at_;
  const std::string_view digits = take_digits(expected);
  std::int64_t value = 0;
  const auto [stopped, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc() && stopped == digits.data() + digits.size() && value >= 0) return value;
  at_ = begin;
  fail(expected);
}

bool JsonText::boolean(std::string_view expected) {
  if (take_word("true")) return true;
  if (take_word("false")) return false;
  fail(expected);
}

void JsonText::skip_value() {
  // The brackets that are open, so that no depth of nesting exhausts the stack.
  std::string open;
  do {
    const char letter = next();
    if (letter == '{' || letter == '[') {
      ++at_;
      open += letter == '{' ? '}' : ']';
      if (!take(open.back())) {
        if (letter == '{') {
          string("a key in quotes");
          expect(':', "\":\" after a key");
        }
        continue;
      }
      open.pop_back();
    } else if (letter == '"') {
      string("a value");
    } else if (!take_word("null") && !take_word("true") && !take_word("false")) {
      take_digits("a value");
    }
    while (!open.empty() && !take(',')) {
      expect(open.back(),
             open.back() == '}' ? "\",\" or \"}\" after the value of a key" : "\",\" or \"]\" after a value");
      open.pop_back();
    }
    if (!open.empty() && open.back() == '}') {
      string("a key in quotes");
      expect(':', "\":\" after a key");
    }
  } while (!open.empty());
}

void JsonText::expect_end(std::string_view expected) {
  next();
  if (at_ < text_.size()) fail(expected);
}

}  // namespace quantal::files
