#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "quantal/error.hpp"

namespace quantal::files {

/// A file that is written beside the name that it gets when it is complete, so that nobody sees a part of it.
class PartialFile {
 public:
  /// Throws InputError, beginning with the destination, where there can be no such file.
  PartialFile(const std::string& file, std::string_view destination);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  /// Where it is for now: an empty file, until it is written.
  const std::filesystem::path& path() const { return partial_; }

  /// Bytes so far.
  std::uint64_t size() const { return written_ + buffer_.size(); }

  /// Both throw Error where that fails, as does finish.
  void append(const void* bytes, std::size_t count);
  void append(std::string_view bytes) { append(bytes.data(), bytes.size()); }
  void overwrite(std::uint64_t offset, std::string_view bytes);

  /// Writes what is left and gives the file its name.
  void finish();

  /// Throws Error: that writing failed.
  [[noreturn]] void fail(std::string_view reason) const;

 private:
  void flush();
  void write_at(std::uint64_t offset, const char* bytes, std::size_t count);

  std::string name_;
  std::filesystem::path target_;
  std::filesystem::path partial_;
  int descriptor_ = -1;
  std::vector<char> buffer_;
  std::uint64_t written_ = 0;
};

}  // namespace quantal::files
