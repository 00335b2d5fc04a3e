#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace quantal::files {

/// A file that is open for reading. All throw InputError beginning with its name.
class InputFile {
 public:
  explicit InputFile(std::string name);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& name() const { return name_; }

  /// Whether its bytes can be read at any place, as those of a pipe cannot.
  bool is_regular() const { return is_regular_; }

  /// Bytes of a regular file.
  std::uint64_t size() const { return size_; }

  /// Reads at most `bytes` from `offset` on and returns how many there were: fewer only at the file's end.
  std::size_t read_at(std::uint64_t offset, void* to, std::size_t bytes) const;

  /// Reads at most `bytes` that follow what was read before and returns how many: fewer only at the end.
  std::size_t read_on(void* to, std::size_t bytes);

 private:
  std::string name_;
  int descriptor_ = -1;
  bool is_regular_ = false;
  std::uint64_t size_ = 0;
};

}  // namespace quantal::files
