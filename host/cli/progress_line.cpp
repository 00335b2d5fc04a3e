#include "progress_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "display_text.hpp"
#include "terminal.hpp"

namespace quantal::cli {

namespace {

constexpr double patience_seconds = 0.3;
constexpr std::string_view erase_line = "\r\x1b[K";

/// 12 s, 3:05 min, 2:03 h
std::string duration_text(double seconds) {
  constexpr double longest = 1e9;
  const auto whole = static_cast<std::int64_t>(std::min(seconds, longest) + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

void write_to_terminal(std::string_view text) {
  // A progress line that cannot be written is not worth an error.
  [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

ProgressLine::ProgressLine(bool wanted, std::int64_t max_iterations)
    : wanted_(wanted && terminal_at(STDERR_FILENO).interactive), max_iterations_(max_iterations) {}

void ProgressLine::show(const Progress& progress) {
  if (!wanted_ || progress.seconds < patience_seconds || progress.runs == 0) return;

  // A run is done at the latest after max_iterations, so there are two estimates; both tend to be too low.
  const double runs = static_cast<double>(progress.runs);
  const double finished = static_cast<double>(progress.finished) / runs;
  const double iterated =
      max_iterations_ == 0 ? 0
                           : static_cast<double>(progress.iterations) / (runs * static_cast<double>(max_iterations_));
  const double done = std::clamp(std::max(finished, iterated), 0.0, 1.0);

  std::string line = fmt::format("{:3.0f} %  {}/{} runs", 100 * done, progress.finished, progress.runs);
  if (progress.finished > 0) {
    line += fmt::format(", {} % converged", percent(progress.converged, progress.finished));
  }
  line +=
      fmt::format("  {} iterations/s  {}", short_number(static_cast<double>(progress.iterations) / progress.seconds),
                  duration_text(progress.seconds));
  if (done > 0.001) line += fmt::format(", about {} left", duration_text(progress.seconds * (1 - done) / done));

  const std::size_t columns = terminal_at(STDERR_FILENO).columns;  // it may have been resized
  write_to_terminal(fmt::format("\r{}\x1b[K", cut_to(line, columns - 1)));
  shown_ = true;
}

void ProgressLine::erase() {
  if (shown_) write_to_terminal(erase_line);
  shown_ = false;
}

}  // namespace quantal::cli
