#include "output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace quantal::cli {

namespace {

InputError unwritable(const std::string& destination, int error) {
  return InputError(fmt::format("--output {}: cannot be written: {}", destination, std::strerror(error)));
}

}  // namespace

Output::Output(std::string destination) : destination_(std::move(destination)) {
  if (destination_ == "-") {
    file_descriptor_ = STDOUT_FILENO;
    return;
  }
  struct stat existing {};
  const bool exists = stat(destination_.c_str(), &existing) == 0;
  if (exists && !S_ISREG(existing.st_mode)) {
    // A device or a pipe has no half-written state to hide. A directory fails here.
    file_descriptor_ = open(destination_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (file_descriptor_ < 0) throw unwritable(destination_, errno);
    return;
  }
  if (exists && access(destination_.c_str(), W_OK) != 0) throw unwritable(destination_, errno);

  std::error_code not_there;
  target_ = exists ? std::filesystem::canonical(destination_, not_there) : std::filesystem::path(destination_);
  partial_ = target_;
  partial_ += fmt::format(".partial-{}", getpid());

  // Whether the file can be made is asked now, before hours of work; it is made when there is something to put into
  // it, so that a killed process leaves none behind.
  if (!create_partial_file()) throw unwritable(destination_, errno);
  close(std::exchange(file_descriptor_, -1));
  unlink(partial_.c_str());
}

Output::~Output() {
  if (target_.empty()) {
    if (file_descriptor_ != STDOUT_FILENO) close(file_descriptor_);
  } else if (file_descriptor_ >= 0) {
    close(file_descriptor_);
    unlink(partial_.c_str());
  }
}

bool Output::create_partial_file() {
  file_descriptor_ = open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  return file_descriptor_ >= 0;
}

void Output::write(std::string_view text) {
  buffer_.append(text.data(), text.data() + text.size());
  if (buffer_.size() >= flush_bytes) flush();
}

void Output::flush() {
  if (file_descriptor_ < 0 && !create_partial_file()) fail(errno);
  std::string_view rest(buffer_.data(), buffer_.size());
  while (!rest.empty()) {
    const ssize_t written = ::write(file_descriptor_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      fail(errno);
    }
  }
  buffer_.clear();
}

void Output::finish() {
  flush();
  if (target_.empty()) return;
  struct stat existing {};
  if (stat(target_.c_str(), &existing) == 0 && fchmod(file_descriptor_, existing.st_mode & 07777u) != 0) fail(errno);
  if (close(std::exchange(file_descriptor_, -1)) != 0 || rename(partial_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    unlink(partial_.c_str());
    fail(error);
  }
}

void Output::fail(int error) const {
  if (error == EPIPE) throw ReaderGone{};
  const std::string where = destination_ == "-" ? "standard output" : destination_;
  throw OutputError(fmt::format("writing to {} failed: {}", where, std::strerror(error)));
}

}  // namespace quantal::cli
