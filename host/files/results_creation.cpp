#include "host/files/results_creation.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "host/files/results_columns.hpp"
#include "quantal/info.hpp"

namespace quantal::files {
namespace {

constexpr std::size_t chunk_entries = 1 << 16;  // of a column, at most

/// Longest text that names of games are kept in.
constexpr std::size_t longest_name = 256;

void write_attribute(hid_t file, const char* name, const std::string& text) {
  const Hdf5Handle type = text_type(H5T_VARIABLE);
  const Hdf5Handle space(wrote(H5Screate(H5S_SCALAR)));
  const Hdf5Handle attribute(wrote(H5Acreate2(file, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT)));
  const char* const begin = text.c_str();
  wrote(H5Awrite(attribute.get(), type.get(), &begin));
}

void write_attribute(hid_t file, const char* name, hid_t type, const void* value) {
  const Hdf5Handle space(wrote(H5Screate(H5S_SCALAR)));
  const Hdf5Handle attribute(wrote(H5Acreate2(file, name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT)));
  wrote(H5Awrite(attribute.get(), type, value));
}

void write_attribute(hid_t file, const char* name, std::int64_t value) {
  write_attribute(file, name, H5T_NATIVE_INT64, &value);
}

void write_attribute(hid_t file, const char* name, std::uint64_t value) {
  write_attribute(file, name, H5T_NATIVE_UINT64, &value);
}

void write_attribute(hid_t file, const char* name, double value) {
  write_attribute(file, name, H5T_NATIVE_DOUBLE, &value);
}

/// A small table that does not grow.
void write_table(hid_t file, const char* name, const std::vector<std::vector<double>>& rows, std::size_t columns) {
  std::vector<double> values;
  for (const std::vector<double>& row : rows) {
    for (std::size_t k = 0; k < columns; ++k) values.push_back(row.size() == 1 ? row.front() : row[k]);
  }
  const hsize_t shape[] = {rows.size(), columns};
  const Hdf5Handle space(wrote(H5Screate_simple(2, shape, nullptr)));
  const Hdf5Handle set(
      wrote(H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)));
  wrote(H5Dwrite(set.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
}

/// One number that changes while the file is written.
void create_counter(hid_t file, const char* name, hid_t type) {
  const hsize_t one = 1;
  const Hdf5Handle space(wrote(H5Screate_simple(1, &one, nullptr)));
  const Hdf5Handle creation = timeless();
  wrote(H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY));
  const Hdf5Handle set(wrote(H5Dcreate2(file, name, type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT)));
  const std::uint64_t nothing = 0;  // as wide as any of these types
  wrote(H5Dwrite(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &nothing));
}

/// Of a column that holds `entries` in the first slab of `slab` runs, of `asked` in all.
hsize_t chunk_size(std::size_t entries, std::size_t slab, std::uint64_t asked) {
  constexpr std::size_t least = 64;
  const double per_run = static_cast<double>(entries) / static_cast<double>(std::max<std::size_t>(slab, 1));
  const double all = per_run * static_cast<double>(asked == 0 ? std::uint64_t{chunk_entries} : asked);
  return static_cast<hsize_t>(std::clamp(all, static_cast<double>(least), static_cast<double>(chunk_entries)));
}

}  // namespace

std::size_t temperatures_per_run(const Sweep& sweep) {
  std::size_t most = 1;
  for (const std::vector<double>& tau : sweep.tau) most = std::max(most, tau.size());
  return most;
}

void create_results(hid_t file, const ResultsFileHead& head, const Sweep& sweep, const Settings& settings,
                    const ResultsSlab& first) {
  const Results& results = first.results;
  const std::size_t runs = first.count;
  std::size_t name_length = 8;
  for (const Game& game : first.games) name_length = std::max(name_length, name_of(game).size() + 8);
  name_length = std::min((name_length + 7) / 8 * 8, longest_name);

  const auto create = [&](const Column& column, std::size_t entries_of_slab, hsize_t width = 1, hid_t type = -1) {
    const hsize_t chunk = std::max<hsize_t>(chunk_size(entries_of_slab, runs, head.runs_asked) / width, 1);
    create_column(file, column, type < 0 ? column.file_type() : type, chunk, width, head.compression);
  };
  const std::size_t games = std::max<std::size_t>(first.games.size(), 1);
  std::size_t history = 0;
  for (std::size_t r = 0; r < runs && first.with_history; ++r) history += results.history_length[r];

  for (const char* group : {"/games", "/runs", "/sweep"}) {
    const Hdf5Handle created(wrote(H5Gcreate2(file, group, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)));
  }
  const Hdf5Handle name_type = text_type(name_length);
  create(columns::game_name, games, 1, name_type.get());
  create(columns::game_class, games);
  create(columns::game_states, games);
  create(columns::game_checksum, games);
  create(columns::actions_begin, games);
  std::size_t actions = 0;
  for (const Game& game : first.games) actions += actions_of(game).size();
  create(columns::actions, actions);

  create(columns::run_game, runs);
  create(columns::run_start, runs);
  create(columns::run_tau, runs, temperatures_per_run(sweep));
  for (const Column* column :
       {&columns::run_eta, &columns::iterations, &columns::qre_gap, &columns::nash_gap, &columns::status,
        &columns::evaluation, &columns::evaluation_residual, &columns::policy_begin, &columns::agent_begin,
        &columns::value_begin, &columns::history_begin}) {
    create(*column, runs);
  }
  create(columns::policies, results.policy_begin[runs]);
  create(columns::qre_gap_per_agent, results.agent_begin[runs]);
  create(columns::values, results.value_begin[runs]);
  if (settings.keep_action_values) create(columns::action_values, results.policy_begin[runs]);
  create(columns::gap_history, history);
  if (!first.analyses.empty()) {
    const Hdf5Handle created(wrote(H5Gcreate2(file, "/analysis", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)));
    for (const Column* column : columns::of_analysis) create(*column, runs);
  }

  const std::size_t K = temperatures_per_run(sweep);
  write_table(file, "/sweep/tau", sweep.tau, K);
  write_table(file, "/sweep/lambda", head.lambda, K);
  std::vector<std::vector<double>> etas;
  for (const std::optional<double>& eta : sweep.eta) {
    etas.push_back({eta.value_or(std::numeric_limits<double>::quiet_NaN())});
  }
  write_table(file, "/sweep/eta", etas, 1);

  create_counter(file, "/finished", H5T_NATIVE_UINT64);
  create_counter(file, "/complete", H5T_NATIVE_UINT8);
  create_counter(file, "/solve_seconds", H5T_NATIVE_DOUBLE);
  write_attribute(file, "format", std::string(results_format));
  write_attribute(file, "format_version", results_format_version);
  write_attribute(file, "quantal_version", std::string(version()));
  write_attribute(file, "backend", head.backend);
  write_attribute(file, "precision", settings.precision == Precision::float32 ? "float" : "double");
  write_attribute(file, "rule", std::string(to_string(settings.rule)));
  write_attribute(file, "arguments", head.arguments);
  write_attribute(file, "runs_asked", head.runs_asked);
  write_attribute(file, "gap_tolerance", settings.gap_tolerance.value_or(std::numeric_limits<double>::quiet_NaN()));
  write_attribute(file, "max_iterations", settings.max_iterations);
  write_attribute(file, "gap_every", settings.gap_every);
  write_attribute(file, "seed", settings.seed);
  write_attribute(file, "starts", static_cast<std::uint64_t>(sweep.number_of_starts()));
  write_attribute(file, "by_lambda", static_cast<std::int64_t>(head.by_lambda));
}

}  // namespace quantal::files
