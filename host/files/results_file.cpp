#include "host/files/results_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "host/files/hdf5_handle.hpp"
#include "host/files/partial_file.hpp"
#include "host/files/results_columns.hpp"
#include "host/files/results_creation.hpp"

namespace quantal::files {
namespace {

/// Calls `write`, and says which file it was that could not be written.
template <class Write>
void write_to(const std::string& path, Write&& write) {
  try {
    write();
  } catch (const Hdf5WriteError& error) {
    throw Error(fmt::format("{}: writing failed: {}", path, error.what()));
  }
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

Hdf5Handle file_access() {
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_LATEST);
  return access;
}

/// Opens a file that is marked as being written; closing it clears the mark. A process that was killed leaves such a
/// mark, which the lock above knows to be wrong, and where the disk was full, the end of the file lies before that of
/// the space given to arrays.
hid_t open_to_write(const std::string& file) {
  const Hdf5Handle access = file_access();
  hbool_t yes = true;
  H5Pset(access.get(), "clear_status_flags", &yes);
  H5Pset(access.get(), "skip_eof_check", &yes);
  bound_read_attempts(access);
  return wrote(H5Fopen(file.c_str(), H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE, access.get()));
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
    id = Hdf5Handle(open_to_write(file));
    root = {Hdf5Handle(wrote(H5Gopen2(id.get(), "/", H5P_DEFAULT))), path + ": /"};
    const auto open_column = [&](const Column* column) {
      OpenColumn open(root, *column);
      if (!open) return;
      const std::size_t width = column == &columns::run_tau ? temperatures_per_run(sweep) : 1;
      if (open.width() != width) {
        throw InputError(
            fmt::format("{}: {}: expected {} numbers a row, found {}", path, column->name, width, open.width()));
      }
      columns.emplace_back(column, std::move(open));
    };
    for (const Column* column : columns::all) open_column(column);
    for (const Column* column : columns::of_analysis) open_column(column);
    if (!read_counter(root, "/finished", H5T_NATIVE_UINT64, &finished) ||
        !read_counter(root, "/solve_seconds", H5T_NATIVE_DOUBLE, &seconds)) {
      throw InputError(fmt::format("{}: /finished, /solve_seconds: expected one number each", path));
    }
    const auto last_of = [&](const Column& column, std::uint64_t at) {
      std::uint64_t value = 0;
      if (at > 0 && !(*this)[column].read(at, 1, H5T_NATIVE_UINT64, &value)) {
        throw InputError(fmt::format("{}: {}: expected at least {} entries", path, column.name, at + 1));
      }
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
    (*this)[column].write(at, rows, type, data);
  }

  /// Offsets of runs finished .. finished + lengths.size(), from the sum of those before.
  void write_begin(const Column& column, std::uint64_t at, std::uint64_t first, std::span<const std::size_t> lengths) {
    std::vector<std::uint64_t> begin = {first};
    for (const std::size_t length : lengths) begin.push_back(begin.back() + length);
    write<std::uint64_t>(column, at, begin);
  }

  void flush() { wrote(H5Fflush(id.get(), H5F_SCOPE_GLOBAL)); }

  void close() {
    columns.clear();
    root.handle = Hdf5Handle();
    const hid_t last = id.get();
    id.abandon();
    wrote(H5Fclose(last));
  }

  void write_games(const ResultsSlab& slab, std::uint64_t end);
  void write_runs(const ResultsSlab& slab);
  void write_analyses(std::span<const RunAnalysis> analyses);

  std::string path;
  WriterLock lock;
  const Sweep& sweep;
  Hdf5Handle id;
  Hdf5Group root;
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
    if (!slab.with_history) continue;
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
  if (!slab.analyses.empty()) write_analyses(slab.analyses.first(n));
  policies += results.policy_begin[n];
  agents += results.agent_begin[n];
  values += results.value_begin[n];
  history += gaps.size();
}

void ResultsFile::Open::write_analyses(std::span<const RunAnalysis> analyses) {
  static constexpr double missing = std::numeric_limits<double>::quiet_NaN();
  const auto write_each = [&](const Column& column, auto&& of_run) {
    std::vector<decltype(of_run(analyses[0]))> entries;
    for (const RunAnalysis& run : analyses) entries.push_back(of_run(run));
    using Entry = typename decltype(entries)::value_type;
    // Enumerations are kept as the bytes that their values are.
    const hid_t type = std::is_same_v<Entry, std::int8_t> ? column.file_type() : memory_type<Entry>();
    write(column, finished, entries.size(), type, entries.data());
  };
  const auto of_local = [](auto member) {
    return [member](const RunAnalysis& run) { return run.local ? (*run.local).*member : missing; };
  };
  write_each(columns::certified_by, [](const RunAnalysis& run) { return static_cast<std::int8_t>(run.guarantee); });
  write_each(columns::contraction, [](const RunAnalysis& run) { return run.contraction.contraction; });
  write_each(columns::certified_temperature,
             [](const RunAnalysis& run) { return run.contraction.certified_temperature; });
  write_each(columns::certified_rate, [](const RunAnalysis& run) { return run.certified_rate.value_or(missing); });
  write_each(columns::measured_rate, [](const RunAnalysis& run) { return run.measured_rate.value_or(missing); });
  write_each(columns::distance_bound, [](const RunAnalysis& run) { return run.distance_bound; });
  write_each(columns::spectral_radius, of_local(&LocalStability::spectral_radius));
  write_each(columns::stable_eta, of_local(&LocalStability::stable_eta));
  write_each(columns::isolated,
             [](const RunAnalysis& run) { return static_cast<std::uint8_t>(run.local && run.local->isolated); });
  write_each(columns::local_distance, [](const RunAnalysis& run) { return run.local ? run.local_distance : missing; });
  write_each(columns::diagnosis, [](const RunAnalysis& run) { return static_cast<std::int8_t>(run.diagnosis); });
}

std::size_t results_in_front(const Results& results) {
  const auto end = std::find_if_not(results.status.begin(), results.status.end(), has_result);
  return static_cast<std::size_t>(end - results.status.begin());
}

ResultsFile::ResultsFile(const std::string& path, const ResultsFileHead& head, const Sweep& sweep,
                         const Settings& settings, const ResultsSlab& first) {
  prepare_hdf5();
  PartialFile partial(path, path);
  const std::string file = partial.path().string();
  write_to(path, [&] {
    {
      const Hdf5Handle access = file_access();
      // A process that is killed in the middle of a write leaves its first pages. No small piece of the file's
      // structure lies across two.
      const Hdf5Handle creation(wrote(H5Pcreate(H5P_FILE_CREATE)));
      wrote(H5Pset_file_space_strategy(creation.get(), H5F_FSPACE_STRATEGY_PAGE, false, 1));
      const Hdf5Handle id(wrote(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, creation.get(), access.get())));
      create_results(id.get(), head, sweep, settings, first);
      wrote(H5Fflush(id.get(), H5F_SCOPE_GLOBAL));
    }
    open_ = std::make_unique<Open>(path, file, sweep);
  });
  append(first);
  partial.finish();
}

ResultsFile::ResultsFile(const std::string& path, const Sweep& sweep) {
  prepare_hdf5();
  write_to(path, [&] { open_ = std::make_unique<Open>(path, path, sweep); });
}

ResultsFile::~ResultsFile() {
  // Whatever the library still holds is of a slab that did not become part of the file.
  if (open_ && open_->id) {
    for (auto& [column, open] : open_->columns) open.abandon();
    open_->root.handle.abandon();
    open_->id.abandon();
  }
}

void ResultsFile::append(const ResultsSlab& slab) {
  Open& open = *open_;
  if (slab.first_run != open.finished) {
    throw Error(fmt::format("{}: run {} is to follow {}", open.path, slab.first_run, open.finished));
  }
  write_to(open.path, [&] {
    if (slab.count > 0) {
      const std::uint64_t last = slab.first_run + slab.count - 1;
      open.write_games(slab, index_of(open.sweep, static_cast<std::size_t>(last)).game + 1);
      open.write_runs(slab);
    }
    open.flush();
    open.finished += slab.count;
    open.seconds += slab.results.solve_seconds;
    write_counter(open.root, "/finished", H5T_NATIVE_UINT64, &open.finished);
    write_counter(open.root, "/solve_seconds", H5T_NATIVE_DOUBLE, &open.seconds);
    open.flush();
  });
}

void ResultsFile::finish(bool complete) {
  Open& open = *open_;
  write_to(open.path, [&] {
    const std::uint8_t flag = complete ? 1 : 0;
    write_counter(open.root, "/complete", H5T_NATIVE_UINT8, &flag);
    open.flush();
    open.close();
  });
}

void close_results(const std::string& path) {
  prepare_hdf5();
  write_to(path, [&] {
    const WriterLock lock(path, path);
    wrote(H5Fclose(open_to_write(path)));
  });
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
