#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "host/files/hdf5_table.hpp"

namespace quantal::files {

// The arrays of a results file (results_file.hpp says what they hold), for its writer and its readers.

constexpr std::string_view results_format = "quantal results";
constexpr std::int64_t results_format_version = 1;

enum class Entries : std::uint8_t {
  float64,
  int64,
  uint64,
  int32,
  flag,
  text,
  game_class,
  status,
  evaluation,
  guarantee,
  diagnosis
};

/// An array that grows: (rows), or (rows, width).
struct Column {
  const char* name;
  Entries entries;

  /// Of the library, which keeps it; none for text, whose length the file decides.
  hid_t file_type() const;
};

namespace columns {

inline constexpr Column game_name = {"/games/name", Entries::text};
inline constexpr Column game_class = {"/games/class", Entries::game_class};
inline constexpr Column game_states = {"/games/states", Entries::int32};
inline constexpr Column game_checksum = {"/games/checksum", Entries::uint64};
inline constexpr Column actions_begin = {"/games/actions_begin", Entries::uint64};
inline constexpr Column actions = {"/games/actions", Entries::int32};
inline constexpr Column run_game = {"/runs/game", Entries::uint64};
inline constexpr Column run_start = {"/runs/start", Entries::uint64};
inline constexpr Column run_tau = {"/runs/tau", Entries::float64};
inline constexpr Column run_eta = {"/runs/eta", Entries::float64};
inline constexpr Column iterations = {"/runs/iterations", Entries::int64};
inline constexpr Column qre_gap = {"/runs/qre_gap", Entries::float64};
inline constexpr Column nash_gap = {"/runs/nash_gap", Entries::float64};
inline constexpr Column status = {"/runs/status", Entries::status};
inline constexpr Column evaluation = {"/runs/evaluation", Entries::evaluation};
inline constexpr Column evaluation_residual = {"/runs/evaluation_residual", Entries::float64};
inline constexpr Column policy_begin = {"/runs/policy_begin", Entries::uint64};
inline constexpr Column policies = {"/policies", Entries::float64};
inline constexpr Column action_values = {"/action_values", Entries::float64};
inline constexpr Column agent_begin = {"/runs/agent_begin", Entries::uint64};
inline constexpr Column qre_gap_per_agent = {"/qre_gap_per_agent", Entries::float64};
inline constexpr Column value_begin = {"/runs/value_begin", Entries::uint64};
inline constexpr Column values = {"/values", Entries::float64};
inline constexpr Column history_begin = {"/runs/history_begin", Entries::uint64};
inline constexpr Column gap_history = {"/gap_history", Entries::float64};

inline constexpr Column certified_by = {"/analysis/certified_by", Entries::guarantee};
inline constexpr Column contraction = {"/analysis/contraction", Entries::float64};
inline constexpr Column certified_temperature = {"/analysis/certified_temperature", Entries::float64};
inline constexpr Column certified_rate = {"/analysis/certified_rate", Entries::float64};
inline constexpr Column measured_rate = {"/analysis/measured_rate", Entries::float64};
inline constexpr Column distance_bound = {"/analysis/distance_bound", Entries::float64};
inline constexpr Column spectral_radius = {"/analysis/spectral_radius", Entries::float64};
inline constexpr Column stable_eta = {"/analysis/stable_eta", Entries::float64};
inline constexpr Column isolated = {"/analysis/isolated", Entries::flag};
inline constexpr Column local_distance = {"/analysis/local_distance", Entries::float64};
inline constexpr Column diagnosis = {"/analysis/diagnosis", Entries::diagnosis};

/// Of a file that has an analysis.
inline constexpr std::array<const Column*, 11> of_analysis = {&certified_by,    &contraction,   &certified_temperature,
                                                              &certified_rate,  &measured_rate, &distance_bound,
                                                              &spectral_radius, &stable_eta,    &isolated,
                                                              &local_distance,  &diagnosis};

inline constexpr std::array<const Column*, 25> all = {
    &game_name,         &game_class,  &game_states,   &game_checksum,
    &actions_begin,     &actions,     &run_game,      &run_start,
    &run_tau,           &run_eta,     &iterations,    &qre_gap,
    &nash_gap,          &status,      &evaluation,    &evaluation_residual,
    &policy_begin,      &policies,    &action_values, &agent_begin,
    &qre_gap_per_agent, &value_begin, &values,        &history_begin,
    &gap_history};

}  // namespace columns

template <class T>
hid_t memory_type();
template <>
inline hid_t memory_type<double>() {
  return H5T_NATIVE_DOUBLE;
}
template <>
inline hid_t memory_type<std::int64_t>() {
  return H5T_NATIVE_INT64;
}
template <>
inline hid_t memory_type<std::uint64_t>() {
  return H5T_NATIVE_UINT64;
}
template <>
inline hid_t memory_type<std::int32_t>() {
  return H5T_NATIVE_INT32;
}
template <>
inline hid_t memory_type<std::uint8_t>() {
  return H5T_NATIVE_UINT8;
}
template <>
inline hid_t memory_type<std::int8_t>() {
  return H5T_NATIVE_INT8;
}

/// A new column without entries, whose rows are stored by the chunk. Throws Hdf5WriteError.
void create_column(hid_t file, const Column& column, hid_t file_type, hsize_t chunk, hsize_t width, int compression);

/// The dataset of a path such as "/runs/game", empty if there is none. Throws InputError as open_dataset does.
Hdf5Handle open_path(const Hdf5Group& root, const std::string& path);

/// A column of an open file.
class OpenColumn {
 public:
  /// Empty where the file has none. Throws InputError where it is something else.
  OpenColumn(const Hdf5Group& root, const Column& column);

  explicit operator bool() const { return static_cast<bool>(set_); }

  std::uint64_t rows() const { return rows_; }
  std::uint64_t width() const { return width_; }
  std::size_t size_of_entry() const;

  /// Whether the file's entries are numbers (or, of text, letters) that `read` can convert.
  bool has_class(H5T_class_t expected) const;

  /// Rows [at, at + count), growing as need be. Throws Hdf5WriteError.
  void write(std::uint64_t at, std::uint64_t count, hid_t type, const void* data);

  /// False: see last_hdf5_error().
  bool read(std::uint64_t at, std::uint64_t count, hid_t type, void* data) const;

  void abandon() { set_.abandon(); }

 private:
  Hdf5Handle select(std::uint64_t at, std::uint64_t count) const;
  void resize(std::uint64_t rows);

  Hdf5Handle set_;
  std::uint64_t rows_ = 0;
  std::uint64_t width_ = 1;
  int rank_ = 1;
};

/// A dataset of one number. Throws Hdf5WriteError.
void write_counter(const Hdf5Group& root, const char* path, hid_t type, const void* value);

/// Whether it is there and could be read.
bool read_counter(const Hdf5Group& root, const char* path, hid_t type, void* value);

}  // namespace quantal::files
