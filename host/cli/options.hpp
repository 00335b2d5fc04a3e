#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/files/game_sink.hpp"
#include "host/files/results_file.hpp"
#include "quantal/fit.hpp"
#include "quantal/generate.hpp"
#include "quantal/run.hpp"
#include "quantal/settings.hpp"

namespace quantal::cli {

enum class Format : std::uint8_t { table, json, csv, hdf5 };

/// One entry of --tau or --lambda: one number for all agents, or one an agent. Both are kept because 1/(1/x) need not
/// be x, and what was typed is what results show.
struct Temperature {
  std::string text;  ///< as typed
  std::vector<double> tau;
  std::vector<double> lambda;
};

/// Policies to start from.
struct InitialPolicies {
  std::vector<double> policies;  ///< agent by agent, of a Markov game state by state
  std::vector<int> actions;      ///< how many probabilities each policy has, in the same order
};

struct SolveOptions {
  std::vector<std::string> words;  ///< the command line, for a later --resume
  std::vector<std::string> files;
  bool by_lambda = false;  ///< temperatures came as --lambda
  std::vector<Temperature> temperatures;
  std::vector<std::optional<double>> etas;  ///< not set: auto
  Init init = Init::uniform;
  bool warm_starts = false;
  std::size_t starts = 1;
  std::string initial_file;               ///< of --init; empty: init says where runs start
  std::vector<InitialPolicies> initials;  ///< that it holds, one a start
  Settings settings;
  bool analyse = false;  ///< certificates, local stability and diagnoses of runs
  Format format = Format::table;
  std::string output = "-";
  int compression = 0;      ///< of Format::hdf5: 0 (none) to 9
  double save_seconds = 3;  ///< of Format::hdf5: about so often
  /// What `output` holds already, which is gone on with. Not set: a new file.
  std::optional<files::ResultsFileState> resumed;
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
  std::variant<NetworkFamily, MarkovFamily, NormalFormFamily> family;
  std::uint64_t count = 1;
  files::GameFormat format = files::GameFormat::jsonl;
  int compression = 0;  ///< of HDF5
  std::string output = "-";
};

/// `quantal info`
struct InfoOptions {
  std::vector<std::string> files;  ///< none: of the build and the machine
};

/// `quantal fit`
struct FitOptions {
  std::vector<std::string> files;
  std::string play;
  int count_from = 0;  ///< of agents, states and actions in `play`
  FitSettings settings;
  Format format = Format::table;  ///< not hdf5
  std::string output = "-";
};

/// `quantal report`
struct ReportOptions {
  std::string file;
  std::string output;
  bool output_is_given = false;
  std::string title;
};

/// `quantal experiment`
struct ExperimentOptions {
  std::vector<std::string> words;  ///< the command line, which results keep
  std::vector<const experiment::Experiment*> chosen;
  experiment::StudyOptions study;
  std::string output;  ///< a folder
  bool quiet = false;
};

/// `quantal bench`
struct BenchOptions {
  std::vector<Precision> precisions = {Precision::float32, Precision::float64};
  Backend backend = Backend::automatic;
  std::vector<int> devices;
  int threads = 0;
  double seconds = 0.3;  ///< for each figure, about
};

/// `--help`, `--version`, `generate --list`, `experiment --list`
struct PrintText {
  std::string text;
};

using Command = std::variant<SolveOptions, FitOptions, ConvertOptions, GenerateOptions, InfoOptions, ReportOptions,
                             ExperimentOptions, BenchOptions, PrintText>;

/// What the command line asks for, checked as far as it can be without reading the games. Throws InputError.
Command parse_arguments(int argc, const char* const* argv);

}  // namespace quantal::cli
