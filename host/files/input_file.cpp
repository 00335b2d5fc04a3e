#include "host/files/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "host/files/place.hpp"

namespace quantal::files {
namespace {

[[noreturn]] void fail_with(const std::string& name, int error) {
  fail_at(name, std::generic_category().message(error));
}

/// The most that one call takes.
constexpr std::size_t most_at_once = std::size_t{1} << 30;

}  // namespace

InputFile::InputFile(std::string name) : name_(name == "-" ? "<stdin>" : std::move(name)) {
  descriptor_ = name_ == "<stdin>" ? dup(STDIN_FILENO) : open(name_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor_ < 0) fail_with(name_, errno);
  struct stat status {};
  if (fstat(descriptor_, &status) != 0 || S_ISDIR(status.st_mode)) {
    const int error = S_ISDIR(status.st_mode) ? EISDIR : errno;
    close(descriptor_);
    fail_with(name_, error);
  }
  is_regular_ = S_ISREG(status.st_mode) && name_ != "<stdin>";
  size_ = static_cast<std::uint64_t>(std::max<off_t>(status.st_size, 0));
}

InputFile::~InputFile() {
  close(descriptor_);
}

std::size_t InputFile::read_at(std::uint64_t offset, void* to, std::size_t bytes) const {
  std::size_t held = 0;
  while (held < bytes) {
    const ssize_t count = pread(descriptor_, static_cast<char*>(to) + held, std::min(bytes - held, most_at_once),
                                static_cast<off_t>(offset + held));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with(name_, errno);
    if (count == 0) break;
    held += static_cast<std::size_t>(count);
  }
  return held;
}

std::size_t InputFile::read_on(void* to, std::size_t bytes) {
  std::size_t held = 0;
  while (held < bytes) {
    const ssize_t count = read(descriptor_, static_cast<char*>(to) + held, std::min(bytes - held, most_at_once));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with(name_, errno);
    if (count == 0) break;
    held += static_cast<std::size_t>(count);
  }
  return held;
}

}  // namespace quantal::files
