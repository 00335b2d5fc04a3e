#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>

#include "quantal/error.hpp"

namespace quantal::cli {

/// Results could not be written: a full disk, say.
class OutputError : public Error {
 public:
  using Error::Error;
};

/// Whoever read our standard output has seen enough (`| head`). Not an error.
struct ReaderGone {};

/// Where results go: standard output, or a file that appears under its name only when it is complete.
class Output {
 public:
  /// Throws InputError if nothing can be written there. "-": standard output.
  explicit Output(std::string destination);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  template <typename... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(buffer_), format, std::forward<Args>(args)...);
    if (buffer_.size() >= flush_bytes) flush();
  }
  void write(std::string_view text);

  /// Writes what is left and gives the file its name. Without this call a file leaves no trace.
  void finish();

  int file_descriptor() const { return file_descriptor_; }

 private:
  static constexpr std::size_t flush_bytes = 1 << 16;

  bool create_partial_file();  // or false and errno
  void flush();
  [[noreturn]] void fail(int error) const;

  std::string destination_;
  std::filesystem::path target_;   // empty: what is written goes straight to the descriptor
  std::filesystem::path partial_;  // the file beside target_ that is being written
  int file_descriptor_ = -1;
  fmt::memory_buffer buffer_;
};

}  // namespace quantal::cli
