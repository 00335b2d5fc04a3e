#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "host/files/game_sink.hpp"
#include "quantal/generate.hpp"
#include "quantal/run.hpp"
#include "quantal/settings.hpp"

namespace quantal::cli {

enum class Format : std::uint8_t { table, json, csv };

/// One entry of --tau or --lambda: one number for all agents, or one an agent. Both are kept because 1/(1/x) need not
/// be x, and what was typed is what results show.
struct Temperature {
  std::string text;  ///< as typed
  std::vector<double> tau;
  std::vector<double> lambda;
};

struct SolveOptions {
  std::vector<std::string> files;
  bool by_lambda = false;  ///< temperatures came as --lambda
  std::vector<Temperature> temperatures;
  std::vector<std::optional<double>> etas;  ///< not set: auto
  Init init = Init::uniform;
  std::size_t starts = 1;
  Settings settings;
  Format format = Format::table;
  std::string output = "-";
  bool quiet = false;

  Sweep sweep() const;
};

/// `quantal convert`
struct ConvertOptions {
  std::vector<std::string> files;
  bool to_normal_form = false;  ///< network games
  files::GameFormat format = files::GameFormat::jsonl;
  int compression = 0;  ///< of HDF5
  std::string output = "-";
};

/// `quantal generate`
struct GenerateOptions {
  std::variant<NetworkFamily, MarkovFamily> family;
  std::uint64_t count = 1;
  files::GameFormat format = files::GameFormat::jsonl;
  int compression = 0;  ///< of HDF5
  std::string output = "-";
};

/// `quantal info`
struct InfoOptions {
  std::vector<std::string> files;  ///< none: of the build and the machine
};

/// `--help`, `--version`, `generate --list`
struct PrintText {
  std::string text;
};

using Command = std::variant<SolveOptions, ConvertOptions, GenerateOptions, InfoOptions, PrintText>;

/// What the command line asks for, checked as far as it can be without reading the games. Throws InputError.
Command parse_arguments(int argc, const char* const* argv);

}  // namespace quantal::cli
