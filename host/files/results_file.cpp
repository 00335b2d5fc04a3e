#include "host/files/results_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <variant>

#include "host/files/hdf5_handle.hpp"
#include "host/files/results_columns.hpp"
#include "quantal/info.hpp"

namespace quantal::files {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t chunk_entries = 1 << 16;  // of a column, at most

/// Longest text that names of games are kept in.
constexpr std::size_t longest_name = 256;

[[noreturn]] void fail(const std::string& path, std::string_view what) {
  throw Error(fmt::format("{}: {}: {}", path, what, last_hdf5_error()));
}

/// Only one process may write a file. A lock of this kind goes with the process, however that ends.
class WriterLock {
 public:
  WriterLock(const std::string& file, const std::string& shown) : descriptor_(open(file.c_str(), O_RDWR | O_CLOEXEC)) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    // Where the file system has no locks, there are none to respect.
    if (descriptor_ < 0 || fcntl(descriptor_, F_OFD_SETLK, &whole) == 0 || (errno != EAGAIN && errno != EACCES)) return;
    close(descriptor_);
    throw InputError(fmt::format("{}: another process is writing it", shown));
  }
  ~WriterLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  int descriptor_;
};

Hdf5Handle file_access(bool clear_flags) {
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_LATEST);
  // A process that was killed leaves a mark that the file is being written, which the lock above knows to be wrong, and
  // where the disk was full, the end of the file lies before that of the space given to arrays.
  if (clear_flags) {
    hbool_t yes = true;
    H5Pset(access.get(), "clear_status_flags", &yes);
    H5Pset(access.get(), "skip_eof_check", &yes);
  }
  return access;
}

void write_attribute(hid_t file, const char* name, const std::string& text) {
  const Hdf5Handle type = text_type(H5T_VARIABLE);
  const Hdf5Handle space(H5Screate(H5S_SCALAR));
  const Hdf5Handle attribute(H5Acreate2(file, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT));
  const char* const begin = text.c_str();
  H5Awrite(attribute.get(), type.get(), &begin);
}

void write_attribute(hid_t file, const char* name, hid_t type, const void* value) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR));
  const Hdf5Handle attribute(H5Acreate2(file, name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT));
  H5Awrite(attribute.get(), type, value);
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
  const Hdf5Handle space(H5Screate_simple(2, shape, nullptr));
  const Hdf5Handle set(H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Dwrite(set.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
}

/// One number that changes while the file is written.
void create_counter(hid_t file, const char* name, hid_t type) {
  const hsize_t one = 1;
  const Hdf5Handle space(H5Screate_simple(1, &one, nullptr));
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY);
  const Hdf5Handle set(H5Dcreate2(file, name, type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
  const std::uint64_t nothing = 0;  // as wide as any of these types
  H5Dwrite(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &nothing);
}

/// (T, K) has K = 1 unless a temperature is by agent.
std::size_t temperatures_per_run(const Sweep& sweep) {
  std::size_t most = 1;
  for (const std::vector<double>& tau : sweep.tau) most = std::max(most, tau.size());
  return most;
}

/// Of a column that holds `entries` in the first slab of `slab` runs, of `asked` in all.
hsize_t chunk_size(std::size_t entries, std::size_t slab, std::uint64_t asked) {
  constexpr std::size_t least = 64;
  const double per_run = static_cast<double>(entries) / static_cast<double>(std::max<std::size_t>(slab, 1));
  const double all = per_run * static_cast<double>(asked == 0 ? std::uint64_t{chunk_entries} : asked);
  return static_cast<hsize_t>(std::clamp(all, static_cast<double>(least), static_cast<double>(chunk_entries)));
}

void create_columns(hid_t file, const ResultsFileHead& head, const Sweep& sweep, const Settings& settings,
                    const ResultsSlab& first) {
  const Results& results = first.results;
  const std::size_t runs = first.count;
  std::size_t name_length = 8;
  for (const Game& game : first.games) name_length = std::max(name_length, name_of(game).size() + 4);
  name_length = std::min((name_length + 7) / 8 * 8, longest_name);

  const auto create = [&](const Column& column, std::size_t entries_of_slab, hsize_t width = 1, hid_t type = -1) {
    const hsize_t chunk = std::max<hsize_t>(chunk_size(entries_of_slab, runs, head.runs_asked) / width, 1);
    create_column(file, column, type < 0 ? column.file_type() : type, chunk, width, head.compression);
  };
  const std::size_t games = std::max<std::size_t>(first.games.size(), 1);
  std::size_t history = 0;
  for (std::size_t r = 0; r < runs; ++r) history += results.history_length[r];

  for (const char* group : {"/games", "/runs", "/sweep"}) {
    Hdf5Handle(H5Gcreate2(file, group, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
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
  write_attribute(file, "arguments", head.arguments);
  write_attribute(file, "runs_asked", head.runs_asked);
  write_attribute(file, "gap_tolerance", settings.gap_tolerance.value_or(std::numeric_limits<double>::quiet_NaN()));
  write_attribute(file, "max_iterations", settings.max_iterations);
  write_attribute(file, "gap_every", settings.gap_every);
  write_attribute(file, "seed", settings.seed);
  write_attribute(file, "starts", static_cast<std::uint64_t>(sweep.number_of_starts()));
  write_attribute(file, "by_lambda", static_cast<std::int64_t>(head.by_lambda));
}

/// What does not end in the middle of a letter of UTF-8.
std::string_view cut_name(std::string_view name, std::size_t length) {
  if (name.size() <= length) return name;
  while (length > 0 && (static_cast<unsigned char>(name[length]) & 0xC0) == 0x80) --length;
  return name.substr(0, length);
}

std::int8_t class_number(const Game& game) {
  return static_cast<std::int8_t>(game.index());
}

}  // namespace

struct ResultsFile::Open {
  Open(std::string shown, const std::string& file, const Sweep& of_sweep)
      : path(std::move(shown)), lock(file, path), sweep(of_sweep) {
    const Hdf5Handle access = file_access(true);
    // A file that is marked as being written opens in no other way; closing it clears the mark.
    id = Hdf5Handle(H5Fopen(file.c_str(), H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE, access.get()));
    if (!id) fail(path, "cannot be opened for writing");
    for (const Column* column : columns::all) {
      OpenColumn open(id.get(), *column);
      if (open) columns.emplace_back(column, std::move(open));
    }
    finished = read_counter<std::uint64_t>(id.get(), "/finished");
    seconds = read_counter<double>(id.get(), "/solve_seconds");
    const auto last_of = [&](const Column& column, std::uint64_t at) {
      std::uint64_t value = 0;
      if (at > 0 && !(*this)[column].read(at, 1, H5T_NATIVE_UINT64, &value)) fail(path, "cannot be read");
      return value;
    };
    if (finished > 0) games = last_of(columns::run_game, finished - 1) + 1;
    policies = last_of(columns::policy_begin, finished);
    agents = last_of(columns::agent_begin, finished);
    values = last_of(columns::value_begin, finished);
    history = last_of(columns::history_begin, finished);
    actions = last_of(columns::actions_begin, games);
  }

  OpenColumn& operator[](const Column& column) {
    const auto found =
        std::find_if(columns.begin(), columns.end(), [&](const auto& each) { return each.first == &column; });
    if (found == columns.end()) throw InputError(fmt::format("{}: has no dataset {}", path, column.name));
    return found->second;
  }

  template <class T>
  void write(const Column& column, std::uint64_t at, std::span<const T> values_to_write) {
    write(column, at, values_to_write.size(), memory_type<T>(), values_to_write.data());
  }
  void write(const Column& column, std::uint64_t at, std::size_t rows, hid_t type, const void* data) {
    if (!(*this)[column].write(at, rows, type, data)) fail(path, "writing failed");
  }

  /// Offsets of runs finished .. finished + lengths.size(), from the sum of those before.
  void write_begin(const Column& column, std::uint64_t at, std::uint64_t first, std::span<const std::size_t> lengths) {
    std::vector<std::uint64_t> begin = {first};
    for (const std::size_t length : lengths) begin.push_back(begin.back() + length);
    write<std::uint64_t>(column, at, begin);
  }

  /// How many rows of a column are finished.
  std::uint64_t rows_of(const Column& column) const {
    using namespace columns;
    const auto is = [&](auto... others) { return ((&column == others) || ...); };
    if (is(&game_name, &game_class, &game_states, &game_checksum)) return games;
    if (is(&columns::actions_begin)) return games + 1;
    if (is(&columns::actions)) return actions;
    if (is(&policy_begin, &agent_begin, &value_begin, &history_begin)) return finished + 1;
    if (is(&columns::policies, &action_values)) return policies;
    if (is(&qre_gap_per_agent)) return agents;
    if (is(&columns::values)) return values;
    if (is(&gap_history)) return history;
    return finished;
  }

  /// Whether all could be written.
  bool close() {
    const hid_t last = id.get();
    id.abandon();
    return H5Fclose(last) >= 0;
  }

  void write_games(const ResultsSlab& slab, std::uint64_t end);
  void write_runs(const ResultsSlab& slab);

  std::string path;
  WriterLock lock;
  const Sweep& sweep;
  Hdf5Handle id;
  std::vector<std::pair<const Column*, OpenColumn>> columns;

  // How far the file is: these many of each are finished.
  std::uint64_t finished = 0;
  std::uint64_t games = 0;
  std::uint64_t actions = 0;
  std::uint64_t policies = 0;
  std::uint64_t agents = 0;
  std::uint64_t values = 0;
  std::uint64_t history = 0;
  double seconds = 0;
};

/// Those up to number `end` that are not in the file yet.
void ResultsFile::Open::write_games(const ResultsSlab& slab, std::uint64_t end) {
  if (end <= games) return;
  const std::span<const Game> added =
      slab.games.subspan(static_cast<std::size_t>(games - slab.first_game), static_cast<std::size_t>(end - games));
  const std::size_t length = (*this)[columns::game_name].size_of_entry();
  std::string names;
  std::vector<std::int8_t> classes;
  std::vector<std::int32_t> states;
  std::vector<std::uint64_t> checksums;
  std::vector<std::size_t> lengths;
  std::vector<std::int32_t> numbers_of_actions;
  for (const Game& game : added) {
    const std::string_view name = cut_name(name_of(game), length);
    names.append(name).append(length - name.size(), '\0');
    classes.push_back(class_number(game));
    states.push_back(static_cast<std::int32_t>(states_of(game)));
    checksums.push_back(checksum_of(game));
    lengths.push_back(actions_of(game).size());
    numbers_of_actions.insert(numbers_of_actions.end(), actions_of(game).begin(), actions_of(game).end());
  }
  const Hdf5Handle name_type = text_type(length);
  write(columns::game_name, games, added.size(), name_type.get(), names.data());
  write(columns::game_class, games, added.size(), columns::game_class.file_type(), classes.data());
  write<std::int32_t>(columns::game_states, games, states);
  write<std::uint64_t>(columns::game_checksum, games, checksums);
  write_begin(columns::actions_begin, games, actions, lengths);
  write<std::int32_t>(columns::actions, actions, numbers_of_actions);
  actions += numbers_of_actions.size();
  games = end;
}

void ResultsFile::Open::write_runs(const ResultsSlab& slab) {
  const Results& results = slab.results;
  const std::size_t n = slab.count;
  const std::size_t K = temperatures_per_run(sweep);
  std::vector<std::uint64_t> game(n);
  std::vector<std::uint64_t> start(n);
  std::vector<double> tau(n * K);
  std::vector<std::int8_t> status(n);
  std::vector<std::int8_t> evaluation(n);
  std::array<std::vector<std::size_t>, 4> lengths;
  for (std::vector<std::size_t>& of_each : lengths) of_each.resize(n);
  std::vector<double> gaps;
  for (std::size_t r = 0; r < n; ++r) {
    const SweepIndex index = index_of(sweep, static_cast<std::size_t>(slab.first_run) + r);
    game[r] = index.game;
    start[r] = index.start;
    const std::vector<double>& of_run = sweep.tau[index.tau];
    for (std::size_t k = 0; k < K; ++k) tau[r * K + k] = of_run.size() == 1 ? of_run.front() : of_run[k];
    status[r] = static_cast<std::int8_t>(results.status[r]);
    evaluation[r] = static_cast<std::int8_t>(results.evaluation[r]);
    lengths[0][r] = results.policy_begin[r + 1] - results.policy_begin[r];
    lengths[1][r] = results.agent_begin[r + 1] - results.agent_begin[r];
    lengths[2][r] = results.value_begin[r + 1] - results.value_begin[r];
    lengths[3][r] = results.history_length[r];
    const std::span<const double> of_history = results.history_of(r);
    gaps.insert(gaps.end(), of_history.begin(), of_history.end());
  }
  const auto first = [n](const auto& all) { return std::span(all).first(n); };
  write<std::uint64_t>(columns::run_game, finished, game);
  write<std::uint64_t>(columns::run_start, finished, start);
  write(columns::run_tau, finished, n, H5T_NATIVE_DOUBLE, tau.data());
  write<double>(columns::run_eta, finished, first(results.eta));
  write<std::int64_t>(columns::iterations, finished, first(results.iterations));
  write<double>(columns::qre_gap, finished, first(results.qre_gap));
  write<double>(columns::nash_gap, finished, first(results.nash_gap));
  write(columns::status, finished, n, columns::status.file_type(), status.data());
  write(columns::evaluation, finished, n, columns::evaluation.file_type(), evaluation.data());
  write<double>(columns::evaluation_residual, finished, first(results.evaluation_residual));
  write_begin(columns::policy_begin, finished, policies, lengths[0]);
  write_begin(columns::agent_begin, finished, agents, lengths[1]);
  write_begin(columns::value_begin, finished, values, lengths[2]);
  write_begin(columns::history_begin, finished, history, lengths[3]);

  const auto upto = [](const std::vector<double>& all, std::size_t end) { return std::span(all).first(end); };
  write<double>(columns::policies, policies, upto(results.policies, results.policy_begin[n]));
  if (!results.action_values.empty()) {
    write<double>(columns::action_values, policies, upto(results.action_values, results.policy_begin[n]));
  }
  write<double>(columns::qre_gap_per_agent, agents, upto(results.qre_gap_per_agent, results.agent_begin[n]));
  write<double>(columns::values, values, upto(results.values, results.value_begin[n]));
  write<double>(columns::gap_history, history, gaps);
  policies += results.policy_begin[n];
  agents += results.agent_begin[n];
  values += results.value_begin[n];
  history += gaps.size();
}

ResultsFile::ResultsFile(const std::string& path, const ResultsFileHead& head, const Sweep& sweep,
                         const Settings& settings, const ResultsSlab& first) {
  prepare_hdf5();
  std::error_code not_there;
  const fs::path target = fs::exists(path) ? fs::canonical(path, not_there) : fs::path(path);
  const std::string partial = target.string() + fmt::format(".partial-{}", getpid());
  try {
    {
      const Hdf5Handle access = file_access(false);
      const Hdf5Handle file(H5Fcreate(partial.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()));
      if (!file) fail(path, "cannot be written");
      create_columns(file.get(), head, sweep, settings, first);
      if (H5Fflush(file.get(), H5F_SCOPE_GLOBAL) < 0) fail(path, "writing failed");
    }
    open_ = std::make_unique<Open>(path, partial, sweep);
    append(first);
    fs::rename(partial, target);
  } catch (const std::exception&) {
    unlink(partial.c_str());
    throw;
  }
}

ResultsFile::ResultsFile(const std::string& path, const Sweep& sweep) {
  prepare_hdf5();
  open_ = std::make_unique<Open>(path, path, sweep);
}

ResultsFile::~ResultsFile() {
  // Whatever the library still holds is of a slab that did not become part of the file.
  if (open_ && open_->id) {
    for (auto& [column, open] : open_->columns) open.abandon();
    open_->id.abandon();
  }
}

void ResultsFile::append(const ResultsSlab& slab) {
  Open& open = *open_;
  if (slab.first_run != open.finished) {
    throw Error(fmt::format("{}: run {} is to follow {}", open.path, slab.first_run, open.finished));
  }
  if (slab.count > 0) {
    const std::uint64_t last = slab.first_run + slab.count - 1;
    open.write_games(slab, index_of(open.sweep, static_cast<std::size_t>(last)).game + 1);
    open.write_runs(slab);
  }
  if (H5Fflush(open.id.get(), H5F_SCOPE_GLOBAL) < 0) fail(open.path, "writing failed");
  open.finished += slab.count;
  open.seconds += slab.results.solve_seconds;
  if (!write_counter(open.id.get(), "/finished", H5T_NATIVE_UINT64, &open.finished) ||
      !write_counter(open.id.get(), "/solve_seconds", H5T_NATIVE_DOUBLE, &open.seconds) ||
      H5Fflush(open.id.get(), H5F_SCOPE_GLOBAL) < 0) {
    fail(open.path, "writing failed");
  }
}

void ResultsFile::finish(bool complete) {
  Open& open = *open_;
  const std::uint8_t flag = complete ? 1 : 0;
  if (!write_counter(open.id.get(), "/complete", H5T_NATIVE_UINT8, &flag) ||
      H5Fflush(open.id.get(), H5F_SCOPE_GLOBAL) < 0) {
    fail(open.path, "writing failed");
  }
  std::vector<std::pair<const Column*, std::uint64_t>> too_long;
  for (const auto& [column, each] : open.columns) {
    if (each.rows() > open.rows_of(*column)) too_long.emplace_back(column, open.rows_of(*column));
  }
  open.columns.clear();
  if (!open.close()) fail(open.path, "writing failed");
  if (too_long.empty()) return;
  // What a slab left behind that was not finished, before a process was killed and this one went on.
  const Hdf5Handle access = file_access(false);
  open.id = Hdf5Handle(H5Fopen(open.path.c_str(), H5F_ACC_RDWR, access.get()));
  for (const auto& [column, rows] : too_long) {
    if (!OpenColumn(open.id.get(), *column).cut(rows)) fail(open.path, "writing failed");
  }
  if (!open.close()) fail(open.path, "writing failed");
}

std::uint64_t checksum_of(const Game& game) {
  // FNV-1a with 64-bit words for letters, and a shift, since its multiplication moves bits only upwards.
  std::uint64_t sum = 0xcbf29ce484222325ULL ^ game.index();
  const auto add = [&](std::uint64_t word) {
    sum = (sum ^ word) * 0x100000001b3ULL;
    sum ^= sum >> 32;
  };
  const auto add_all = [&](const auto& numbers) {
    add(numbers.size());
    for (const auto number : numbers) {
      if constexpr (std::is_same_v<std::decay_t<decltype(number)>, double>) {
        add(std::bit_cast<std::uint64_t>(number));
      } else {
        add(static_cast<std::uint64_t>(number));
      }
    }
  };
  add_all(actions_of(game));
  if (const auto* normal = std::get_if<NormalFormGame>(&game)) add_all(normal->payoffs);
  if (const auto* network = std::get_if<PolymatrixGame>(&game)) {
    add_all(network->payoffs);
    for (const PolymatrixEdge& edge : network->edges) {
      add(static_cast<std::uint64_t>(edge.first) << 32 | static_cast<std::uint64_t>(edge.second));
      add((edge.pays_first ? 1u : 0u) + (edge.pays_second ? 2u : 0u));
    }
  }
  if (const auto* markov = std::get_if<MarkovGame>(&game)) {
    add(static_cast<std::uint64_t>(markov->states));
    add(std::bit_cast<std::uint64_t>(markov->discount));
    add_all(markov->initial);
    add_all(markov->rewards);
    add_all(markov->transitions);
    add_all(markov->row_begin);
    add_all(markov->next_state);
  }
  return sum;
}

}  // namespace quantal::files
