#include "game_output.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "option_values.hpp"

namespace quantal::cli {

files::GameFormat game_format(const std::string& output) {
  if (output == "-") return files::GameFormat::jsonl;
  if (const std::optional<files::GameFormat> format = files::format_of_name(output)) return *format;
  throw InputError(fmt::format(
      "--output {}: expected a name that ends in .json, .jsonl, .nfg, .gam, .h5, .npy or .npz, which says the format",
      output));
}

int parse_compression(const Arguments& arguments, files::GameFormat format) {
  if (!arguments.has("--compress")) return 0;
  const std::uint64_t level = parse_whole("--compress", arguments.value("--compress"), 1, 9);
  if (format != files::GameFormat::hdf5) throw InputError("--compress: expected an --output that ends in .h5");
  return static_cast<int>(level);
}

GameOutput::GameOutput(const std::string& output, files::GameFormat format, int compression) {
  const std::string destination = fmt::format("--output {}", output);
  if (!files::is_text(format)) {
    sink_ = files::create_game_file(output, format, compression, destination);
    return;
  }
  output_.emplace(output);
  stream_.emplace(*output_);
  sink_ = files::games_as_text(*stream_, format, destination);
}

void GameOutput::finish() {
  sink_->finish();
  if (output_) output_->finish();
}

}  // namespace quantal::cli
