#include "io_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <system_error>

#include "host/format.hpp"
#include "quantal/error.hpp"

namespace quantal {
namespace {

void append_escaped(std::string& out, char c) {
  out += formatted("\\x{:02x}", static_cast<unsigned char>(c));
}

/// Where the first digit that is not zero stands: positive if the number is 1 or more.
std::int64_t order_of_magnitude(std::string_view decimal) {
  const std::size_t e = std::min(decimal.find_first_of("eE"), decimal.size());
  const std::string_view mantissa = decimal.substr(0, e);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = std::min(mantissa.find_first_of("123456789"), mantissa.size());

  std::int64_t exponent = 0;
  std::string_view digits = decimal.substr(std::min(e + 1, decimal.size()));
  if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  // Half the range, so that the sum below cannot overflow.
  constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max() / 2;
  if (parsed.ec == std::errc::result_out_of_range) exponent = digits.front() == '-' ? -huge : huge;
  exponent = std::clamp(exponent, -huge, huge);
  return exponent + static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
}

/// minuend -= subtrahend, both decimal digits of one length, the first at least as large.
void subtract_digits(std::string& minuend, const std::string& subtrahend) {
  int borrow = 0;
  for (std::size_t k = minuend.size(); k-- > 0;) {
    int digit = minuend[k] - subtrahend[k] - borrow;
    borrow = digit < 0 ? 1 : 0;
    digit += 10 * borrow;
    minuend[k] = static_cast<char>('0' + digit);
  }
}

}  // namespace

std::size_t SourceText::line_of(std::size_t offset) const {
  std::size_t end = std::min(offset, text.size());
  if (end == text.size()) {
    while (end > 0 && is_space(text[end - 1])) --end;
  }
  const auto last = text.begin() + static_cast<std::ptrdiff_t>(end);
  return first_line + static_cast<std::size_t>(std::count(text.begin(), last, '\n'));
}

void SourceText::fail(std::size_t offset, std::string_view reason) const {
  throw InputError(formatted("{}:{}: {}", on_one_line(name), line_of(offset), reason));
}

std::string_view without_byte_order_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

std::string in_quotes(std::string_view piece) {
  constexpr std::size_t longest = 40;
  std::string out = "\"";
  for (const char c : piece.substr(0, longest)) {
    if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      append_escaped(out, c);
    }
  }
  if (piece.size() > longest) out += "...";
  out += '"';
  return out;
}

std::string on_one_line(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      append_escaped(out, c);
    } else {
      out += c;
    }
  }
  return out;
}

double nearest_double(std::string_view decimal) {
  if (decimal.front() == '+') decimal.remove_prefix(1);
  double value = 0.0;
  const auto parsed = std::from_chars(decimal.data(), decimal.data() + decimal.size(), value);
  if (parsed.ec == std::errc::result_out_of_range) {
    value = order_of_magnitude(decimal) > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    return decimal.front() == '-' ? -value : value;
  }
  return value;
}

double nearest_double_of_ratio(std::string_view p, std::string_view q) {
  p.remove_prefix(std::min(p.find_first_not_of('0'), p.size()));
  q.remove_prefix(std::min(q.find_first_not_of('0'), q.size()));
  if (p.empty()) return 0.0;

  // Up to 15 digits both are doubles themselves, and IEEE division rounds once.
  constexpr std::size_t exact_digits = 15;
  if (p.size() <= exact_digits && q.size() <= exact_digits) return nearest_double(p) / nearest_double(q);

  // Long division, digit by digit. A midpoint between two doubles has at most 767 significant digits, so none lies
  // between the first 800 of the quotient and its true value; a final 1 for the remainder keeps it off midpoints.
  constexpr std::size_t enough_digits = 800;
  const std::string divisor = "0" + std::string(q);
  std::string remainder(divisor.size(), '0');
  std::string quotient;
  std::size_t significant = 0;
  std::size_t step = 0;
  const auto exact = [&] { return remainder.find_first_not_of('0') == std::string::npos; };
  for (; step < p.size() || (significant < enough_digits && !exact()); ++step) {
    // remainder = 10 remainder + next digit; its first digit is 0, because it is less than q.
    remainder.erase(0, 1);
    remainder.push_back(step < p.size() ? p[step] : '0');
    char digit = '0';
    while (remainder >= divisor) {  // of one length: in order of the alphabet is in order of size
      subtract_digits(remainder, divisor);
      ++digit;
    }
    quotient.push_back(digit);
    if (significant > 0 || digit != '0') ++significant;
  }
  std::size_t decimals = step - p.size();
  if (!exact()) {
    quotient.push_back('1');
    ++decimals;
  }
  return nearest_double(formatted("{}e-{}", quotient, decimals));
}

}  // namespace quantal
