#include "host/files/npy_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

#include "host/files/place.hpp"

namespace quantal::files {
namespace {

/// The most that a header's text may take: 64 axes of twenty digits fit well.
constexpr std::size_t longest_text = 8192;

struct TypeCode {
  std::string_view code;  // without the order of bytes
  NumberType type;
  std::size_t bytes;
};
constexpr std::array<TypeCode, 10> type_codes = {{{"f8", NumberType::float64, 8},
                                                  {"f4", NumberType::float32, 4},
                                                  {"i8", NumberType::int64, 8},
                                                  {"i4", NumberType::int32, 4},
                                                  {"i2", NumberType::int16, 2},
                                                  {"i1", NumberType::int8, 1},
                                                  {"u8", NumberType::uint64, 8},
                                                  {"u4", NumberType::uint32, 4},
                                                  {"u2", NumberType::uint16, 2},
                                                  {"u1", NumberType::uint8, 1}}};

/// Reads the text of a header, a dictionary as Python writes it: {'descr': '<f8', 'fortran_order': False, 'shape':
/// (3,)}
class HeaderText {
 public:
  HeaderText(std::string_view text, std::string_view place) : text_(text), place_(place) {}

  NpyHeader read() {
    NpyHeader header;
    bool has_type = false;
    bool has_order = false;
    bool has_shape = false;
    expect('{', "a dictionary in braces");
    while (!accept('}')) {
      const std::string_view key = string("a key in quotes");
      expect(':', "a colon after a key");
      if (key == "descr" && !has_type) {
        type(header);
        has_type = true;
      } else if (key == "fortran_order" && !has_order) {
        header.is_fortran = truth();
        has_order = true;
      } else if (key == "shape" && !has_shape) {
        header.shape = tuple();
        has_shape = true;
      } else {
        fail("expected descr, fortran_order and shape, each once, as keys of the header", key);
      }
      if (accept(',')) continue;
      expect('}', "a comma or a brace");
      break;
    }
    space();
    if (at_ < text_.size()) fail("expected nothing after the header's dictionary", text_.substr(at_, 20));
    if (!has_type || !has_order || !has_shape) {
      fail_at(place_, "expected descr, fortran_order and shape in the header, found not all of them");
    }
    return header;
  }

 private:
  [[noreturn]] void fail(std::string_view expected, std::string_view found) const {
    std::string shown;
    for (const char c : found.substr(0, 40)) shown += c >= ' ' && c <= '~' ? c : '?';
    fail_at(place_, fmt::format("{}, found '{}'", expected, shown));
  }

  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }

  bool accept(char letter) {
    space();
    if (at_ == text_.size() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }

  void expect(char letter, std::string_view what) {
    if (!accept(letter)) fail(fmt::format("expected {} in the header", what), text_.substr(at_, 20));
  }

  std::string_view string(std::string_view what) {
    space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    const std::size_t end = text_.find(quote, std::min(at_ + 1, text_.size()));
    if ((quote != '\'' && quote != '"') || end == std::string_view::npos) {
      fail(fmt::format("expected {} in the header", what), text_.substr(at_, 20));
    }
    const std::string_view content = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return content;
  }

  bool truth() {
    space();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return word == "True";
    }
    fail("expected True or False for fortran_order", text_.substr(at_, 20));
  }

  void type(NpyHeader& header) {
    space();
    constexpr std::string_view expected = "expected numbers of type float64, float32 or integers of 8 to 64 bits";
    if (at_ < text_.size() && text_[at_] == '[') fail(expected, "a structure of several fields");
    const std::string_view word = string("a type in quotes");
    const char order = word.empty() ? '\0' : word.front();
    const auto has_code = [&](const TypeCode& each) { return each.code == word.substr(1); };
    const auto found = word.empty() ? type_codes.end() : std::find_if(type_codes.begin(), type_codes.end(), has_code);
    const bool has_order = order == '<' || order == '>' || order == '=' || order == '|';
    if (!has_order || found == type_codes.end() || (order == '|' && found->bytes > 1)) fail(expected, word);
    header.type = found->type;
    constexpr bool is_little = std::endian::native == std::endian::little;
    header.is_swapped = found->bytes > 1 && order == (is_little ? '>' : '<');
  }

  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> extents;
    expect('(', "a tuple in parentheses for shape");
    while (!accept(')')) {
      space();
      std::uint64_t extent = 0;
      const char* const begin = text_.data() + at_;
      const auto parsed = std::from_chars(begin, text_.data() + text_.size(), extent);
      if (parsed.ec != std::errc()) fail("expected whole numbers for shape", text_.substr(at_, 20));
      at_ += static_cast<std::size_t>(parsed.ptr - begin);
      accept('L');  // of Python 2
      extents.push_back(extent);
      if (accept(',')) continue;
      expect(')', "a comma or a parenthesis for shape");
      break;
    }
    return extents;
  }

  std::string_view text_;
  std::string_view place_;
  std::size_t at_ = 0;
};

template <class Number>
void decode_as(const char* bytes, std::size_t count, bool is_swapped, double* numbers) {
  std::array<char, sizeof(Number)> raw{};
  for (std::size_t k = 0; k < count; ++k) {
    std::memcpy(raw.data(), bytes + k * sizeof(Number), sizeof(Number));
    if (is_swapped) std::reverse(raw.begin(), raw.end());
    numbers[k] = static_cast<double>(std::bit_cast<Number>(raw));
  }
}

unsigned char byte_at(std::string_view text, std::size_t k) {
  return static_cast<unsigned char>(text[k]);
}

}  // namespace

std::size_t NpyHeader::number_bytes() const {
  return type_codes[static_cast<std::size_t>(type)].bytes;
}

std::size_t npy_header_bytes(std::string_view beginning, std::string_view place) {
  constexpr std::size_t version_at = npy_signature.size();
  if (!beginning.starts_with(npy_signature) || beginning.size() < 12) {
    fail_at(place, "expected a NumPy array, found no header of one");
  }
  const unsigned version = byte_at(beginning, version_at);
  if (version < 1 || version > 3) {
    fail_at(place, fmt::format("expected version 1, 2 or 3 of the .npy format, found {}", version));
  }
  const std::size_t size_bytes = version == 1 ? 2 : 4;
  std::size_t text_bytes = 0;
  for (std::size_t k = size_bytes; k-- > 0;) text_bytes = text_bytes << 8 | byte_at(beginning, version_at + 2 + k);
  if (text_bytes > longest_text) {
    fail_at(place, fmt::format("expected a header of at most {} bytes, found one of {}", longest_text, text_bytes));
  }
  return version_at + 2 + size_bytes + text_bytes;
}

NpyHeader parse_npy_header(std::string_view header, std::string_view place) {
  const std::size_t expected = npy_header_bytes(header, place);
  if (header.size() < expected) fail_at(place, "expected a NumPy array, the file ends in its header");
  const std::size_t text_at = byte_at(header, npy_signature.size()) == 1 ? 10 : 12;
  return HeaderText(header.substr(text_at, expected - text_at), place).read();
}

std::string npy_header(std::uint64_t games, std::span<const int> actions) {
  const auto dictionary = [&](std::uint64_t count) {
    const char order = std::endian::native == std::endian::little ? '<' : '>';
    return fmt::format("{{'descr': '{}f8', 'fortran_order': False, 'shape': ({}, {}, {}), }}", order, count,
                       actions.size(), fmt::join(actions, ", "));
  };
  constexpr std::size_t before_text = 10;
  constexpr std::size_t alignment = 64;
  const std::size_t longest = before_text + dictionary(UINT64_MAX).size() + 1;
  const std::size_t bytes = (longest + alignment - 1) / alignment * alignment;
  const std::size_t text_bytes = bytes - before_text;

  std::string header(npy_signature);
  header += '\1';
  header += '\0';
  header += static_cast<char>(text_bytes & 0xff);
  header += static_cast<char>(text_bytes >> 8);
  header += dictionary(games);
  header.resize(bytes, ' ');
  header.back() = '\n';
  return header;
}

void decode(const NpyHeader& header, const char* bytes, std::size_t count, double* numbers) {
  switch (header.type) {
    case NumberType::float64:
      if (!header.is_swapped) {
        std::memcpy(numbers, bytes, count * sizeof(double));
        return;
      }
      return decode_as<double>(bytes, count, true, numbers);
    case NumberType::float32:
      return decode_as<float>(bytes, count, header.is_swapped, numbers);
    case NumberType::int64:
      return decode_as<std::int64_t>(bytes, count, header.is_swapped, numbers);
    case NumberType::int32:
      return decode_as<std::int32_t>(bytes, count, header.is_swapped, numbers);
    case NumberType::int16:
      return decode_as<std::int16_t>(bytes, count, header.is_swapped, numbers);
    case NumberType::int8:
      return decode_as<std::int8_t>(bytes, count, header.is_swapped, numbers);
    case NumberType::uint64:
      return decode_as<std::uint64_t>(bytes, count, header.is_swapped, numbers);
    case NumberType::uint32:
      return decode_as<std::uint32_t>(bytes, count, header.is_swapped, numbers);
    case NumberType::uint16:
      return decode_as<std::uint16_t>(bytes, count, header.is_swapped, numbers);
    case NumberType::uint8:
      return decode_as<std::uint8_t>(bytes, count, header.is_swapped, numbers);
  }
}

}  // namespace quantal::files
