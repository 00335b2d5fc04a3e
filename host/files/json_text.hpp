#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace quantal::files {

/// JSON text in memory, read from its beginning to its end by someone who knows what should come. Where something else
/// comes, all throw InputError `file:line: expected .., found ..`; `expected` is a noun phrase.
class JsonText {
 public:
  /// `line` is the one in the file on which the text begins.
  JsonText(std::string_view text, std::string_view file, std::size_t line) : text_(text), file_(file), line_(line) {}

  /// Takes the letter if it comes next, after white space.
  bool take(char letter);
  void expect(char letter, std::string_view expected);

  std::string string(std::string_view expected);

  /// A number that fits into a double.
  double number(std::string_view expected);
  /// The same or null, which stands for infinities and NaN: NaN.
  double number_or_null(std::string_view expected);
  std::int64_t whole(std::string_view expected);  ///< >= 0
  bool boolean(std::string_view expected);

  /// {"key": value, ..}: `member` is to read the value.
  template <typename Member>
  void object(std::string_view expected, Member&& member) {
    expect('{', expected);
    if (take('}')) return;
    do {
      const std::string key = string("a key in quotes");
      expect(':', "\":\" after a key");
      member(key);
    } while (take(','));
    expect('}', "\",\" or \"}\" after the value of a key");
  }

  /// [value, ..]: `element` is to read one.
  template <typename Element>
  void array(std::string_view expected, Element&& element) {
    expect('[', expected);
    if (take(']')) return;
    do {
      element();
    } while (take(','));
    expect(']', "\",\" or \"]\" after a value");
  }

  /// Whatever value comes.
  void skip_value();

  void expect_end(std::string_view expected);

  [[noreturn]] void fail(std::string_view expected) const;

 private:
  char next();  // after white space; 0 at the end
  bool take_word(std::string_view word);
  std::string_view take_digits(std::string_view expected);  // of a number
  void append_escaped(std::string& out);
  unsigned take_hexadecimal();

  std::string_view text_;
  std::string_view file_;
  std::size_t line_;
  std::size_t at_ = 0;
};

}  // namespace quantal::files
