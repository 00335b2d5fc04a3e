#pragma once

#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace quantal::cli_test {

/// How to start the command.
struct Invocation {
  std::vector<std::string> arguments;
  std::string input;                     ///< what it finds on standard input
  std::filesystem::path output_file;     ///< standard output goes there; empty: it is captured
  bool terminal_output = false;          ///< standard output is a terminal, 100 columns wide
  bool terminal_errors = false;          ///< standard error is a terminal, 100 columns wide
  std::vector<std::string> environment;  ///< beside TERM=xterm
  int signal = SIGINT;                   ///< sent once standard error holds
  std::string signal_at;                 ///< this, if not empty
  bool stop_reading = false;             ///< closes standard output after the first bytes, as `| head` does
  int kill_after = 0;                    ///< milliseconds until it is killed (SIGKILL), if it runs so long; 0: never
  long largest_file = 0;                 ///< bytes that its files may have, which stands for a full disk; 0: any
};

struct Outcome {
  int exit_code = -1;  ///< or minus the signal that ended it
  std::string output;
  std::string errors;
};

/// Runs the command to its end; kills it and fails the test if that takes minutes.
Outcome run(const Invocation& invocation);
Outcome run(const std::vector<std::string>& arguments);

/// It said in one line what was wrong, with all these parts, ended with 2 and wrote nothing to standard output.
void expect_refusal(const Outcome& outcome, const std::vector<std::string>& parts);

/// A directory for a test's files, which goes away with it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(std::string_view name) const { return (folder_ / name).string(); }
  /// Writes a file and returns its path.
  std::string file(std::string_view name, std::string_view content) const;
  /// Names of all files, sorted.
  std::vector<std::string> names() const;

 private:
  std::filesystem::path folder_;
};

std::string content_of(const std::filesystem::path& file);
std::vector<std::string> lines_of(std::string_view text);

}  // namespace quantal::cli_test
