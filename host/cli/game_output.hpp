#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "arguments.hpp"
#include "host/files/game_sink.hpp"
#include "output.hpp"
#include "output_stream.hpp"

namespace quantal::cli {

/// What -o asks for: the file's name, or "-" for .jsonl on standard output, and the format that it says. Throws
/// InputError where it says none.
files::GameFormat game_format(const std::string& output);

/// The value of --compress, 0 without it. Throws InputError where the format is not HDF5.
int parse_compression(const Arguments& arguments, files::GameFormat format);

/// Where `convert` and `generate` write games. A file appears under its name when it is complete.
class GameOutput {
 public:
  /// Throws InputError if nothing can be written there.
  GameOutput(const std::string& output, files::GameFormat format, int compression);

  void write(std::span<const Game> games) { sink_->write(games); }
  void finish();

 private:
  std::optional<Output> output_;  // of texts
  std::optional<OutputStream> stream_;
  std::unique_ptr<files::GameSink> sink_;
};

}  // namespace quantal::cli
