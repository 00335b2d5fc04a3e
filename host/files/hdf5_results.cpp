#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/files/hdf5_handle.hpp"
#include "host/files/hdf5_table.hpp"
#include "host/files/results_columns.hpp"
#include "host/files/results_file.hpp"
#include "host/files/results_source.hpp"
#include "host/files/trial.hpp"

namespace quantal::files {
namespace {

/// Entries of one array that are read at a time, unless one run has more.
constexpr std::uint64_t most_entries = std::uint64_t{1} << 24;

/// A results file that is open for reading, perhaps while it is written.
class ReadableResults {
 public:
  explicit ReadableResults(std::string path) : path_(std::move(path)) {
    prepare_hdf5();
    std::error_code error;
    if (!std::filesystem::exists(path_, error)) {
      fail((error ? error : std::make_error_code(std::errc::no_such_file_or_directory)).message());
    }
    bytes_ = std::filesystem::file_size(path_, error);
    if (error) fail(error.message());
    id_ = Hdf5Handle(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
    left_open_ = !id_;
    if (left_open_) id_ = open_while_written();
    if (!id_) fail("expected an HDF5 file of results, which cannot be opened: " + last_hdf5_error());
    root_ = {Hdf5Handle(H5Gopen2(id_.get(), "/", H5P_DEFAULT)), path_ + ": /"};
    if (!root_.handle) fail("expected an HDF5 file of results: " + last_hdf5_error());
    if (text_attribute("format") != results_format) {
      fail("expected results as quantal solve -o FILE.h5 writes them, found another HDF5 file");
    }
    const auto written = attribute<std::int64_t>("format_version");
    if (written != results_format_version) {
      fail(fmt::format("expected results of format version {}, found version {}", results_format_version, written));
    }
    counter("/finished", H5T_NATIVE_UINT64, &finished_);
  }

  const std::string& path() const { return path_; }
  std::uint64_t finished() const { return finished_; }
  bool left_open() const { return left_open_; }

  [[noreturn]] void fail(const std::string& what) const { throw InputError(fmt::format("{}: {}", path_, what)); }
  [[noreturn]] void fail(const char* name, const std::string& what) const { fail(fmt::format("{}: {}", name, what)); }

  std::string text_attribute(const char* name) const {
    const Hdf5Handle attribute(H5Aopen(id_.get(), name, H5P_DEFAULT));
    if (!attribute) return {};
    const Hdf5Handle type(H5Aget_type(attribute.get()));
    if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) <= 0 || entries_of(attribute) != 1) {
      fail(name, "expected a text");
    }
    const Hdf5Handle memory = text_type(H5T_VARIABLE);
    char* read = nullptr;
    if (H5Aread(attribute.get(), memory.get(), &read) < 0) fail(name, "cannot be read: " + last_hdf5_error());
    std::string text = read == nullptr ? "" : read;
    H5free_memory(read);
    return text;
  }

  template <class T>
  T attribute(const char* name) const {
    const Hdf5Handle attribute(H5Aopen(id_.get(), name, H5P_DEFAULT));
    T value{};
    if (!attribute || entries_of(attribute) != 1 || H5Aread(attribute.get(), memory_type<T>(), &value) < 0) {
      fail(name, "expected an attribute with a number");
    }
    return value;
  }

  void counter(const char* name, hid_t type, void* value) const {
    if (!read_counter(root_, name, type, value)) fail(name, "expected one number");
  }

  OpenColumn column(const Column& column) const {
    OpenColumn open(root_, column);
    if (!open) fail(column.name, "expected an array, found none");
    return open;
  }

  /// Opens every column, as the writer will.
  void open_all() const {
    for (const Column* column : columns::all) OpenColumn(root_, *column);
  }

  template <class T>
  std::vector<T> read(const OpenColumn& open, const Column& column, std::uint64_t at, std::uint64_t count) const {
    expect_room_for(column, count, open.width() * sizeof(T));
    if (at > open.rows() || count > open.rows() - at) {
      fail(column.name, fmt::format("expected at least {} entries, found {}", at + count, open.rows()));
    }
    std::vector<T> values(static_cast<std::size_t>(count * open.width()));
    if (!open.read(at, count, memory_type<T>(), values.data())) {
      fail(column.name, "cannot be read: " + last_hdf5_error());
    }
    return values;
  }

  /// What a forged file can make us hold is bounded by its size.
  void expect_room_for(const Column& column, std::uint64_t count, std::uint64_t bytes_each) const {
    const std::uint64_t room = most_inflation * (bytes_ + 64);
    if (bytes_each > room || count > room / bytes_each) {
      fail(column.name, fmt::format("expected no more entries than the file has room for, found {}", count));
    }
  }

 private:
  Hdf5Handle open_while_written() const {
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS));
    bound_read_attempts(access);
    return Hdf5Handle(H5Fopen(path_.c_str(), H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, access.get()));
  }

  static hssize_t entries_of(const Hdf5Handle& attribute) {
    const Hdf5Handle space(H5Aget_space(attribute.get()));
    return H5Sget_simple_extent_npoints(space.get());
  }

  std::string path_;
  std::uint64_t bytes_ = 0;
  bool left_open_ = false;
  Hdf5Handle id_;
  Hdf5Group root_;
  std::uint64_t finished_ = 0;
};

/// An array with its offsets.
class Ragged {
 public:
  Ragged(const ReadableResults& file, const Column& begin, const Column& entries)
      : file_(file),
        begin_column_(begin),
        begin_(file.column(begin)),
        column_(entries),
        entries_(file.column(entries)) {}

  /// Reads the rows [at, at + count).
  template <class T>
  std::vector<T> read(std::uint64_t at, std::uint64_t count) {
    offsets_ = file_.read<std::uint64_t>(begin_, begin_column_, at, count + 1);
    if (!std::is_sorted(offsets_.begin(), offsets_.end())) file_.fail(begin_column_.name, "expected ascending offsets");
    return file_.read<T>(entries_, column_, offsets_.front(), offsets_.back() - offsets_.front());
  }

  /// How many of the rows [at, at + count) are read at a time: at least one.
  std::uint64_t fitting(std::uint64_t at, std::uint64_t count) const {
    const auto offsets = file_.read<std::uint64_t>(begin_, begin_column_, at, count + 1);
    const auto end = std::find_if(offsets.begin() + 1, offsets.end(),
                                  [&](std::uint64_t offset) { return offset - offsets.front() > most_entries; });
    return std::max<std::uint64_t>(static_cast<std::uint64_t>(end - offsets.begin()) - 1, 1);
  }

  /// Row k of those that were read last.
  template <class T>
  std::vector<T> row(const std::vector<T>& entries, std::size_t k) const {
    const auto at = [&](std::size_t row) {
      return entries.begin() + static_cast<std::ptrdiff_t>(offsets_[row] - offsets_.front());
    };
    return {at(k), at(k + 1)};
  }

 private:
  const ReadableResults& file_;
  const Column& begin_column_;
  OpenColumn begin_;
  const Column& column_;
  OpenColumn entries_;
  std::vector<std::uint64_t> offsets_;
};

class Hdf5Results final : public ResultsSource {
 public:
  explicit Hdf5Results(const std::string& path)
      : file_(path),
        name_(file_.column(columns::game_name)),
        actions_(file_, columns::actions_begin, columns::actions),
        policies_(file_, columns::policy_begin, columns::policies),
        history_(file_, columns::history_begin, columns::gap_history) {
    head_.version = file_.text_attribute("quantal_version");
    head_.backend = file_.text_attribute("backend");
    head_.precision = file_.text_attribute("precision");
    head_.rule = file_.text_attribute("rule");
    head_.by_lambda = file_.attribute<std::int64_t>("by_lambda") != 0;
    const auto tolerance = file_.attribute<double>("gap_tolerance");
    if (!std::isnan(tolerance)) head_.gap_tolerance = tolerance;
    head_.max_iterations = file_.attribute<std::int64_t>("max_iterations");
    head_.gap_every = file_.attribute<std::int64_t>("gap_every");
    head_.runs = file_.attribute<std::uint64_t>("runs_asked");
    head_.finished = file_.finished();
    file_.counter("/solve_seconds", H5T_NATIVE_DOUBLE, &head_.solve_seconds);
    if (!name_.has_class(H5T_STRING) || name_.size_of_entry() > most_name) {
      file_.fail(columns::game_name.name, "expected texts of fixed length");
    }
  }

  const ResultsHead& head() const override { return head_; }

  std::vector<RunRecord> next(std::size_t count) override {
    std::uint64_t n = std::min<std::uint64_t>({count, most_runs, file_.finished() - next_});
    if (n == 0) return {};
    n = std::min(policies_.fitting(next_, n), history_.fitting(next_, n));
    const auto game = column<std::uint64_t>(columns::run_game, n);
    const auto start = column<std::uint64_t>(columns::run_start, n);
    const auto tau = column<double>(columns::run_tau, n);
    const auto eta = column<double>(columns::run_eta, n);
    const auto status = column<std::int8_t>(columns::status, n);
    const auto iterations = column<std::int64_t>(columns::iterations, n);
    const auto qre_gap = column<double>(columns::qre_gap, n);
    const auto nash_gap = column<double>(columns::nash_gap, n);
    const auto policies = policies_.read<double>(next_, n);
    const auto history = history_.read<double>(next_, n);
    if (!std::is_sorted(game.begin(), game.end())) file_.fail(columns::run_game.name, "expected ascending numbers");
    read_games(game.front(), game.back() - game.front() + 1);

    std::vector<RunRecord> records(static_cast<std::size_t>(n));
    for (std::size_t k = 0; k < records.size(); ++k) {
      RunRecord& record = records[k];
      record.run = next_ + k;
      record.game = game[k];
      const auto g = static_cast<std::size_t>(game[k] - game.front());
      record.game_name = names_[g];
      record.game_class = classes_[g];
      record.states = states_[g];
      record.actions = actions_.row(all_actions_, g);
      const std::size_t K = tau.size() / records.size();
      record.tau.assign(tau.begin() + static_cast<std::ptrdiff_t>(k * K),
                        tau.begin() + static_cast<std::ptrdiff_t>((k + 1) * K));
      record.eta = eta[k];
      record.start = start[k];
      if (status[k] < 0 || !has_result(static_cast<Status>(status[k]))) {
        file_.fail(columns::status.name, fmt::format("expected a status for run {}, found {}", record.run, status[k]));
      }
      record.status = static_cast<Status>(status[k]);
      record.iterations = iterations[k];
      record.qre_gap = qre_gap[k];
      record.nash_gap = nash_gap[k];
      record.policies = policies_.row(policies, k);
      std::uint64_t expected = 0;
      for (const int m : record.actions) expected += static_cast<std::uint64_t>(m);
      if (record.policies.size() != expected) {
        file_.fail(columns::policy_begin.name, fmt::format("expected {} probabilities for run {}, found {}", expected,
                                                           record.run, record.policies.size()));
      }
      record.history_gap = history_.row(history, k);
      for (std::size_t entry = 0; entry < record.history_gap.size(); ++entry) {
        const bool is_last = entry + 1 == record.history_gap.size();
        record.history_iteration.push_back(is_last ? record.iterations
                                                   : static_cast<std::int64_t>(entry) * head_.gap_every);
      }
    }
    next_ += n;
    return records;
  }

 private:
  static constexpr std::uint64_t most_runs = 1 << 16;
  static constexpr std::size_t most_name = 4096;

  template <class T>
  std::vector<T> column(const Column& column, std::uint64_t count) const {
    return file_.read<T>(file_.column(column), column, next_, count);
  }

  void read_games(std::uint64_t first, std::uint64_t count) {
    if (count > most_runs) file_.fail(columns::run_game.name, "expected runs of one game after those of another");
    const auto n = static_cast<std::size_t>(count);
    const std::size_t length = name_.size_of_entry();
    file_.expect_room_for(columns::game_name, count, length);
    std::string text(n * length, '\0');
    const Hdf5Handle type = text_type(length);
    if (first > name_.rows() || count > name_.rows() - first || !name_.read(first, count, type.get(), text.data())) {
      file_.fail(columns::game_name.name, fmt::format("expected the names of at least {} games", first + count));
    }
    const auto numbers = file_.read<std::int8_t>(file_.column(columns::game_class), columns::game_class, first, count);
    const auto states =
        file_.read<std::int32_t>(file_.column(columns::game_states), columns::game_states, first, count);
    all_actions_ = actions_.read<std::int32_t>(first, count);
    names_.clear();
    classes_.clear();
    states_.assign(states.begin(), states.end());
    for (std::size_t k = 0; k < n; ++k) {
      const std::string_view padded = std::string_view(text).substr(k * length, length);
      names_.emplace_back(padded.substr(0, padded.find('\0')));
      static constexpr std::string_view words[] = {"normal_form", "polymatrix", "markov"};
      const auto word = static_cast<std::size_t>(numbers[k]);
      if (numbers[k] < 0 || word >= std::size(words)) {
        file_.fail(columns::game_class.name, fmt::format("expected the class of game {}", first + k));
      }
      classes_.emplace_back(words[word]);
      const std::vector<std::int32_t> actions = actions_.row(all_actions_, k);
      const bool has_actions = std::all_of(actions.begin(), actions.end(), [](int m) { return m >= 1; });
      if (states[k] < 1 || actions.empty() || actions.size() % static_cast<std::size_t>(states[k]) != 0 ||
          !has_actions) {
        file_.fail(columns::actions.name, fmt::format("expected numbers of actions of game {}", first + k));
      }
    }
  }

  ReadableResults file_;
  OpenColumn name_;
  Ragged actions_;
  Ragged policies_;
  Ragged history_;
  ResultsHead head_;
  std::uint64_t next_ = 0;

  // Of the games of the present slab.
  std::vector<std::string> names_;
  std::vector<std::string> classes_;
  std::vector<int> states_;
  std::vector<std::int32_t> all_actions_;
};

}  // namespace

std::unique_ptr<ResultsSource> open_hdf5_results(const std::string& file) {
  try_apart(file, [&] {
    Hdf5Results results(file);
    constexpr std::size_t at_once = 1 << 14;
    while (!results.next(at_once).empty()) {
    }
  });
  return std::make_unique<Hdf5Results>(file);
}

namespace {

ResultsFileState read_state(const std::string& path) {
  const ReadableResults file(path);
  file.open_all();
  ResultsFileState state;
  const std::string words = file.text_attribute("arguments");
  const nlohmann::json list = nlohmann::json::parse(words, nullptr, false);
  if (!list.is_array()) file.fail("arguments", "expected the words of a command");
  for (const nlohmann::json& word : list) {
    if (!word.is_string()) file.fail("arguments", "expected the words of a command");
    state.arguments.push_back(word.get<std::string>());
  }
  state.backend = file.text_attribute("backend");
  state.finished = file.finished();
  state.runs_asked = file.attribute<std::uint64_t>("runs_asked");
  std::uint8_t complete = 0;
  file.counter("/complete", H5T_NATIVE_UINT8, &complete);
  state.complete = complete != 0;
  state.left_open = file.left_open();
  if (state.finished > 0) {
    state.games =
        file.read<std::uint64_t>(file.column(columns::run_game), columns::run_game, state.finished - 1, 1).front() + 1;
    for (const std::uint64_t game : {std::uint64_t{0}, state.games - 1}) {
      state.first_and_last_checksum.push_back(
          file.read<std::uint64_t>(file.column(columns::game_checksum), columns::game_checksum, game, 1).front());
    }
  }
  return state;
}

}  // namespace

ResultsFileState state_of_results(const std::string& path) {
  try_apart(path, [&] { read_state(path); });
  return read_state(path);
}

bool is_unfinished_results(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  try {
    return !state_of_results(path).complete;
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace quantal::files
