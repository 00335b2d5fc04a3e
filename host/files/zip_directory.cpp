#include "host/files/zip_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "host/files/place.hpp"

namespace quantal::files {
namespace {

constexpr std::uint32_t member_signature = 0x04034b50;
constexpr std::uint32_t entry_signature = 0x02014b50;
constexpr std::uint32_t end64_signature = 0x06064b50;
constexpr std::uint32_t end64_place_signature = 0x07064b50;
constexpr std::size_t member_bytes = 30;
constexpr std::size_t entry_bytes = 46;
constexpr std::size_t end_bytes = 22;
constexpr std::size_t end64_bytes = 56;
constexpr std::size_t end64_place_bytes = 20;
constexpr std::uint64_t in_zip64 = 0xffffffff;  // a number of 32 bits that stands elsewhere, in 64

/// A whole number of so many bytes, the lowest first.
std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t k = size; k-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + k]);
  return value;
}

class DirectoryReader {
 public:
  explicit DirectoryReader(const InputFile& file) : file_(file) {}

  std::vector<ZipMember> read() {
    find_directory();
    const std::string directory = bytes(begin_, bytes_);
    std::vector<ZipMember> members;
    std::size_t at = 0;
    for (std::uint64_t k = 0; k < count_; ++k) {
      if (directory.size() - at < entry_bytes || number(directory, at, 4) != entry_signature) damaged();
      const std::string_view entry(directory.data() + at, entry_bytes);
      const auto name_bytes = static_cast<std::size_t>(number(entry, 28, 2));
      const auto extra_bytes = static_cast<std::size_t>(number(entry, 30, 2));
      const auto comment_bytes = static_cast<std::size_t>(number(entry, 32, 2));
      if (directory.size() - at < entry_bytes + name_bytes + extra_bytes + comment_bytes) damaged();
      members.push_back(member(entry, directory.substr(at + entry_bytes, name_bytes),
                               std::string_view(directory).substr(at + entry_bytes + name_bytes, extra_bytes)));
      at += entry_bytes + name_bytes + extra_bytes + comment_bytes;
    }
    return members;
  }

 private:
  [[noreturn]] void damaged() const { fail_at(file_.name(), "expected a zip archive, found a damaged one"); }

  std::string bytes(std::uint64_t offset, std::uint64_t count) const {
    if (offset > file_.size() || count > file_.size() - offset) damaged();
    std::string held(static_cast<std::size_t>(count), '\0');
    if (file_.read_at(offset, held.data(), held.size()) != held.size()) damaged();
    return held;
  }

  /// The end of the archive tells where its directory is; a comment of up to 2^16 bytes may follow.
  void find_directory() {
    const std::uint64_t tail_bytes = std::min<std::uint64_t>(file_.size(), end_bytes + 0xffff);
    const std::uint64_t tail_begin = file_.size() - tail_bytes;
    const std::string tail = bytes(tail_begin, tail_bytes);
    constexpr std::string_view mark = "PK\x05\x06";
    std::size_t end = std::string::npos;
    for (std::size_t from = std::string::npos;;) {
      end = tail.rfind(mark, from);
      if (end == std::string::npos) fail_at(file_.name(), "expected a zip archive, found no directory at its end");
      if (tail.size() - end >= end_bytes && number(tail, end + 20, 2) == tail.size() - end - end_bytes) break;
      if (end == 0) fail_at(file_.name(), "expected a zip archive, found no directory at its end");
      from = end - 1;
    }
    if (number(tail, end + 4, 2) != number(tail, end + 6, 2)) damaged();  // in several parts
    count_ = number(tail, end + 10, 2);
    bytes_ = number(tail, end + 12, 4);
    begin_ = number(tail, end + 16, 4);
    const std::uint64_t end_begin = tail_begin + end;
    std::uint64_t directory_end = end_begin;
    if (end_begin >= end64_place_bytes) {
      const std::string place = bytes(end_begin - end64_place_bytes, end64_place_bytes);
      if (number(place, 0, 4) == end64_place_signature) {
        const std::string end64 = bytes(number(place, 8, 8), end64_bytes);
        if (number(end64, 0, 4) != end64_signature) damaged();
        count_ = number(end64, 32, 8);
        bytes_ = number(end64, 40, 8);
        begin_ = number(end64, 48, 8);
        directory_end = number(place, 8, 8);
      }
    }
    if (begin_ > directory_end || bytes_ > directory_end - begin_ || count_ > bytes_ / entry_bytes) damaged();
  }

  ZipMember member(std::string_view entry, std::string name, std::string_view extra) const {
    ZipMember member;
    member.name = std::move(name);
    const std::uint64_t flags = number(entry, 8, 2);
    const std::uint64_t method = number(entry, 10, 2);
    member.checksum = static_cast<std::uint32_t>(number(entry, 16, 4));
    member.held_bytes = number(entry, 20, 4);
    member.bytes = number(entry, 24, 4);
    std::uint64_t header = number(entry, 42, 4);
    const std::string place = fmt::format("{}: {}", file_.name(), member.name);
    if ((flags & 1) != 0) fail_at(place, "expected an archive without encryption");
    if (method != 0 && method != 8) {
      fail_at(place, fmt::format("expected a member that is stored or deflated, found method {}", method));
    }
    member.is_deflated = method == 8;
    take_zip64(extra, {&member.bytes, &member.held_bytes, &header});
    const std::string local = bytes(header, member_bytes);
    if (number(local, 0, 4) != member_signature) damaged();
    member.offset = header + member_bytes + number(local, 26, 2) + number(local, 28, 2);
    if (member.offset > file_.size() || member.held_bytes > file_.size() - member.offset) damaged();
    if (!member.is_deflated && member.bytes != member.held_bytes) damaged();
    constexpr std::uint64_t most_inflation = 1032;  // that the format can reach
    if (member.is_deflated && member.bytes / most_inflation > member.held_bytes) damaged();
    return member;
  }

  /// Numbers that did not fit into the entry stand in a field of the extra bytes, in this order.
  void take_zip64(std::string_view extra, std::initializer_list<std::uint64_t*> numbers) const {
    constexpr std::uint64_t zip64_field = 1;
    std::string_view wide;
    while (extra.size() >= 4) {
      const auto size = static_cast<std::size_t>(number(extra, 2, 2));
      if (size > extra.size() - 4) break;  // some tools leave padding here
      if (number(extra, 0, 2) == zip64_field) wide = extra.substr(4, size);
      extra.remove_prefix(4 + size);
    }
    for (std::uint64_t* const each : numbers) {
      if (*each != in_zip64) continue;
      if (wide.size() < 8) damaged();
      *each = number(wide, 0, 8);
      wide.remove_prefix(8);
    }
  }

  const InputFile& file_;
  std::uint64_t begin_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace

std::vector<ZipMember> zip_directory(const InputFile& file) {
  return DirectoryReader(file).read();
}

}  // namespace quantal::files
