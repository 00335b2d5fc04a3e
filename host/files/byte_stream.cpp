#include "host/files/byte_stream.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "host/files/place.hpp"

namespace quantal::files {
namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 18;

std::uint32_t with_more(std::uint32_t checksum, const char* bytes, std::size_t count) {
  return static_cast<std::uint32_t>(crc32_z(checksum, reinterpret_cast<const Bytef*>(bytes), count));
}

/// zlib takes pointers to what it reads without const.
Bytef* as_input(char* bytes) {
  return reinterpret_cast<Bytef*>(bytes);
}

class InflatedRange final : public ByteStream {
 public:
  InflatedRange(std::shared_ptr<const InputFile> file, std::uint64_t offset, std::uint64_t bytes,
                std::uint64_t inflated, std::uint32_t checksum, std::string place)
      : deflated_(std::move(file), offset, bytes), left_(inflated), checksum_(checksum), place_(std::move(place)) {
    if (inflateInit2(&state_, -MAX_WBITS) != Z_OK) throw std::bad_alloc();  // without zlib's own header
  }
  ~InflatedRange() override { inflateEnd(&state_); }

 private:
  std::size_t take(char* to, std::size_t bytes) override {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>({bytes, left_, block_bytes}));
    if (wanted == 0) return 0;
    state_.next_out = as_input(to);
    state_.avail_out = static_cast<uInt>(wanted);
    while (state_.avail_out > 0) {
      if (state_.avail_in == 0) {
        state_.next_in = as_input(input_.data());
        state_.avail_in = static_cast<uInt>(deflated_.read(input_.data(), input_.size()));
      }
      const int status = inflate(&state_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) break;
      if (status != Z_OK) fail_at(place_, "expected deflated bytes, found them damaged");
    }
    const std::size_t taken = wanted - state_.avail_out;
    if (taken < wanted) fail_at(place_, "expected more deflated bytes, found their end");
    seen_ = with_more(seen_, to, taken);
    left_ -= taken;
    if (left_ == 0 && seen_ != checksum_)
      fail_at(place_, "expected bytes with the stored checksum, found them damaged");
    return taken;
  }

  FileRange deflated_;
  std::uint64_t left_;
  std::uint32_t checksum_;
  std::string place_;
  std::uint32_t seen_ = 0;
  z_stream state_{};
  std::array<char, std::size_t{1} << 16> input_{};
};

}  // namespace

std::size_t ByteStream::read(char* to, std::size_t bytes) {
  std::size_t done = 0;
  while (done < bytes) {
    if (begin_ == end_ && bytes - done >= block_bytes) {
      const std::size_t taken = take(to + done, bytes - done);
      if (taken == 0) break;
      done += taken;
      continue;
    }
    if (begin_ == end_) {
      held_.resize(block_bytes);
      begin_ = 0;
      end_ = take(held_.data(), held_.size());
      if (end_ == 0) break;
    }
    const std::size_t count = std::min(bytes - done, end_ - begin_);
    std::memcpy(to + done, held_.data() + begin_, count);
    begin_ += count;
    done += count;
  }
  return done;
}

void ByteStream::skip(std::uint64_t bytes) {
  const auto from_held = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, end_ - begin_));
  begin_ += from_held;
  bytes -= from_held;
  if (bytes == 0 || jump(bytes)) return;
  held_.resize(block_bytes);
  while (bytes > 0) {
    const std::size_t taken =
        take(held_.data(), static_cast<std::size_t>(std::min<std::uint64_t>(bytes, held_.size())));
    if (taken == 0) return;
    bytes -= taken;
  }
}

FileRange::FileRange(std::shared_ptr<const InputFile> file, std::uint64_t offset, std::uint64_t bytes,
                     std::string place, std::optional<std::uint32_t> checksum)
    : file_(std::move(file)), at_(offset), left_(bytes), place_(std::move(place)), checksum_(checksum) {}

std::size_t FileRange::take(char* to, std::size_t bytes) {
  const std::size_t taken = file_->read_at(at_, to, static_cast<std::size_t>(std::min<std::uint64_t>(bytes, left_)));
  at_ += taken;
  left_ -= taken;
  if (checksum_ && taken > 0) {
    seen_ = with_more(seen_, to, taken);
    if (left_ == 0 && seen_ != *checksum_) {
      fail_at(place_, "expected bytes with the stored checksum, found them damaged");
    }
  }
  return taken;
}

bool FileRange::jump(std::uint64_t bytes) {
  bytes = std::min(bytes, left_);
  at_ += bytes;
  left_ -= bytes;
  checksum_.reset();
  return true;
}

std::unique_ptr<ByteStream> inflated_range(std::shared_ptr<const InputFile> file, std::uint64_t offset,
                                           std::uint64_t bytes, std::uint64_t inflated, std::uint32_t checksum,
                                           std::string place) {
  return std::make_unique<InflatedRange>(std::move(file), offset, bytes, inflated, checksum, std::move(place));
}

}  // namespace quantal::files
