#include "host/files/partial_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "host/files/place.hpp"

namespace quantal::files {
namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 20;

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

}  // namespace

PartialFile::PartialFile(const std::string& file, std::string_view destination) : name_(file) {
  const auto unwritable = [&](std::string_view reason) {
    fail_at(destination, fmt::format("cannot be written: {}", reason));
  };
  struct stat existing {};
  const bool exists = stat(file.c_str(), &existing) == 0;
  if (exists && S_ISDIR(existing.st_mode)) unwritable(reason_of(EISDIR));
  if (exists && !S_ISREG(existing.st_mode)) unwritable("this format needs a file");
  if (exists && access(file.c_str(), W_OK) != 0) unwritable(reason_of(errno));
  std::error_code not_there;
  target_ = exists ? std::filesystem::canonical(file, not_there) : std::filesystem::path(file);
  partial_ = target_;
  partial_ += fmt::format(".partial-{}", getpid());
  descriptor_ = open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) unwritable(reason_of(errno));
  if (exists) fchmod(descriptor_, existing.st_mode & 07777u);
}

PartialFile::~PartialFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(partial_.c_str());
}

void PartialFile::append(const void* bytes, std::size_t count) {
  const auto* const begin = static_cast<const char*>(bytes);
  if (buffer_.size() + count > block_bytes) flush();
  if (count >= block_bytes) {
    write_at(written_, begin, count);
    written_ += count;
  } else {
    buffer_.insert(buffer_.end(), begin, begin + count);
  }
}

void PartialFile::overwrite(std::uint64_t offset, std::string_view bytes) {
  flush();
  write_at(offset, bytes.data(), bytes.size());
}

void PartialFile::flush() {
  write_at(written_, buffer_.data(), buffer_.size());
  written_ += buffer_.size();
  buffer_.clear();
}

void PartialFile::write_at(std::uint64_t offset, const char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t written = pwrite(descriptor_, bytes, count, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(reason_of(errno));
    bytes += written;
    offset += static_cast<std::uint64_t>(written);
    count -= static_cast<std::size_t>(written);
  }
}

void PartialFile::finish() {
  flush();
  if (close(std::exchange(descriptor_, -1)) != 0 || rename(partial_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    unlink(partial_.c_str());
    fail(reason_of(error));
  }
}

void PartialFile::fail(std::string_view reason) const {
  throw Error(on_one_line(fmt::format("writing to {} failed: {}", name_, reason)));
}

}  // namespace quantal::files
