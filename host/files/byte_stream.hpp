#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/files/input_file.hpp"

namespace quantal::files {

/// Bytes that come in order: of a part of a file, say, or of a compressed one.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// Fills `to` with the next `bytes`, or with fewer where it ends, and returns how many.
  std::size_t read(char* to, std::size_t bytes);

  /// Passes over as many bytes, or those that are left.
  void skip(std::uint64_t bytes);

 protected:
  /// At most `bytes` (> 0) that follow; 0 at the end.
  virtual std::size_t take(char* to, std::size_t bytes) = 0;

  /// Whether it could pass over the bytes without reading them.
  virtual bool jump(std::uint64_t) { return false; }

 private:
  std::vector<char> held_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// The `bytes` of a file from `offset` on.
class FileRange final : public ByteStream {
 public:
  /// With a checksum (CRC-32 of all of them) they are checked against it as far as none is passed over; where it is
  /// another one, InputError at `place`.
  FileRange(std::shared_ptr<const InputFile> file, std::uint64_t offset, std::uint64_t bytes, std::string place = "",
            std::optional<std::uint32_t> checksum = std::nullopt);

 private:
  std::size_t take(char* to, std::size_t bytes) override;
  bool jump(std::uint64_t bytes) override;

  std::shared_ptr<const InputFile> file_;
  std::uint64_t at_;
  std::uint64_t left_;
  std::string place_;
  std::optional<std::uint32_t> checksum_;
  std::uint32_t seen_ = 0;  // checksum so far
};

/// What a deflated part of a file inflates to: `inflated` bytes with the checksum, or InputError at `place`.
std::unique_ptr<ByteStream> inflated_range(std::shared_ptr<const InputFile> file, std::uint64_t offset,
                                           std::uint64_t bytes, std::uint64_t inflated, std::uint32_t checksum,
                                           std::string place);

}  // namespace quantal::files
