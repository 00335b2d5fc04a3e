#include "process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "places.hpp"

namespace quantal::cli_test {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::minutes patience{3};

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {
    if (number < 0) throw std::runtime_error("a file descriptor was refused");
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

struct Channel {
  Descriptor ours;
  Descriptor theirs;
};

Channel make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Channel make_terminal() {
  Channel channel;
  channel.ours = Descriptor(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (grantpt(channel.ours.number()) != 0 || unlockpt(channel.ours.number()) != 0) throw std::runtime_error("no pty");
  channel.theirs = Descriptor(open(ptsname(channel.ours.number()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  winsize size{};
  size.ws_col = 100;
  size.ws_row = 50;
  ioctl(channel.theirs.number(), TIOCSWINSZ, &size);
  termios modes{};
  tcgetattr(channel.theirs.number(), &modes);
  modes.c_oflag &= ~static_cast<tcflag_t>(OPOST);  // newlines stay newlines
  tcsetattr(channel.theirs.number(), TCSANOW, &modes);
  return channel;
}

pid_t spawn(const Invocation& invocation, int input, int output, int errors) {
  std::vector<std::string> words = {command_path()};
  words.insert(words.end(), invocation.arguments.begin(), invocation.arguments.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  std::vector<std::string> settings = {"TERM=xterm"};
  settings.insert(settings.end(), invocation.environment.begin(), invocation.environment.end());
  std::vector<char*> environment;
  for (std::string& setting : settings) environment.push_back(setting.data());
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    if (!text.starts_with("TERM=") && !text.starts_with("NO_COLOR=")) environment.push_back(*variable);
  }
  environment.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);

  // A test runner in the background ignores SIGINT; the command must not inherit that.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  // The child inherits the limit; our own is back before anything else writes.
  rlimit ours{};
  getrlimit(RLIMIT_FSIZE, &ours);
  if (invocation.largest_file > 0) {
    const rlimit smaller{static_cast<rlim_t>(invocation.largest_file), ours.rlim_max};
    setrlimit(RLIMIT_FSIZE, &smaller);
  }
  pid_t child = -1;
  const int error = posix_spawn(&child, words[0].c_str(), &actions, &attributes, arguments.data(), environment.data());
  setrlimit(RLIMIT_FSIZE, &ours);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + words[0]);
  return child;
}

/// Appends what has come to `text`; closes `from` at its end.
void take(Descriptor& from, std::string& text) {
  std::array<char, 1 << 16> chunk{};
  const ssize_t count = read(from.number(), chunk.data(), chunk.size());
  if (count > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    from.close();  // a terminal that nobody holds any more reports an error, not an end
  }
}

}  // namespace

Outcome run(const Invocation& invocation) {
  const Folder folder;
  const Descriptor input(open(folder.file("input", invocation.input).c_str(), O_RDONLY | O_CLOEXEC));
  Channel output = invocation.terminal_output ? make_terminal() : make_pipe();
  Channel errors = invocation.terminal_errors ? make_terminal() : make_pipe();
  if (!invocation.output_file.empty()) {
    output.theirs = Descriptor(open(invocation.output_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  }

  const pid_t child = spawn(invocation, input.number(), output.theirs.number(), errors.theirs.number());
  output.theirs.close();
  errors.theirs.close();
  if (!invocation.output_file.empty()) output.ours.close();

  Outcome outcome;
  bool signalled = invocation.signal_at.empty();
  const Clock::time_point started = Clock::now();
  const Clock::time_point deadline = started + patience;
  while (output.ours.number() >= 0 || errors.ours.number() >= 0) {
    std::array<pollfd, 2> waiting = {{{output.ours.number(), POLLIN, 0}, {errors.ours.number(), POLLIN, 0}}};
    poll(waiting.data(), waiting.size(), invocation.kill_after > 0 ? 1 : 1000);
    if (waiting[0].revents != 0) take(output.ours, outcome.output);
    if (waiting[1].revents != 0) take(errors.ours, outcome.errors);
    if (invocation.stop_reading && !outcome.output.empty()) output.ours.close();
    if (!signalled && outcome.errors.find(invocation.signal_at) != std::string::npos) {
      kill(child, invocation.signal);
      signalled = true;
    }
    if (invocation.kill_after > 0 && Clock::now() > started + std::chrono::milliseconds(invocation.kill_after)) {
      kill(child, SIGKILL);
    }
    if (Clock::now() > deadline) {
      kill(child, SIGKILL);
      ADD_FAILURE() << "the command did not end; on standard error it said: " << outcome.errors;
      break;
    }
  }

  int status = 0;
  waitpid(child, &status, 0);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return outcome;
}

Outcome run(const std::vector<std::string>& arguments) {
  Invocation invocation;
  invocation.arguments = arguments;
  return run(invocation);
}

void expect_refusal(const Outcome& outcome, const std::vector<std::string>& parts) {
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.output, "");
  ASSERT_EQ(lines_of(outcome.errors).size(), 1u) << outcome.errors;
  EXPECT_TRUE(outcome.errors.starts_with("quantal: ") && outcome.errors.ends_with('\n')) << outcome.errors;
  for (const std::string& part : parts) {
    EXPECT_NE(outcome.errors.find(part), std::string::npos) << "no '" << part << "' in: " << outcome.errors;
  }
}

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "quantal-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  folder_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string Folder::file(std::string_view name, std::string_view content) const {
  std::ofstream(folder_ / name, std::ios::binary) << content;
  return path(name);
}

std::vector<std::string> Folder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace quantal::cli_test
