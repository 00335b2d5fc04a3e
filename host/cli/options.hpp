#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

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

/// Of files of games, by the extension of their names.
enum class GameFormat : std::uint8_t { jsonl, json, nfg };

/// `quantal convert`
struct ConvertOptions {
  std::vector<std::string> files;
  bool to_normal_form = false;  ///< network games
  GameFormat format = GameFormat::jsonl;
  std::string output = "-";
};

/// `quantal generate`
struct GenerateOptions {
  std::variant<NetworkFamily, MarkovFamily> family;
  std::uint64_t count = 1;
  std::string output = "-";
};

/// `quantal info`
struct InfoOptions {
  std::vector<std::string> files;  ///< none: of the build and the machine
};

/// `quantal report`
struct ReportOptions {
  std::string file;
  std::string output;
  bool output_is_given = false;
  std::string title;
};

/// `--help`, `--version`, `generate --list`
struct PrintText {
  std::string text;
};

using Command = std::variant<SolveOptions, ConvertOptions, GenerateOptions, InfoOptions, ReportOptions, PrintText>;

/// What the command line asks for, checked as far as it can be without reading the games. Throws InputError.
Command parse_arguments(int argc, const char* const* argv);

}  // namespace quantal::cli
