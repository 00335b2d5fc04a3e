#include "observed_play.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>
#include <system_error>

#include "display_text.hpp"
#include "quantal/error.hpp"

namespace quantal::cli {

namespace {

constexpr std::string_view white_space = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(white_space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(white_space) - begin + 1);
}

/// Lines of fields, which a comma, semicolon or tab separates, whichever the first line has; fields may be in quotes.
class Table {
 public:
  explicit Table(const std::string& file) : file_(file), in_(file, std::ios::binary) {
    if (!in_) throw InputError(fmt::format("{}: {}", file, std::generic_category().message(errno)));
    if (!read_line()) fail("expected a line that names the columns, found nothing");
    if (line_.starts_with("\xef\xbb\xbf")) line_.erase(0, 3);
    const std::size_t separator = line_.find_first_of(",;\t");
    if (separator != std::string::npos) separator_ = line_[separator];
    header_ = fields();
  }

  /// Its place, if there is such a column. Throws InputError if there are several.
  std::optional<std::size_t> column(std::string_view name) const {
    const auto found = std::find(header_.begin(), header_.end(), name);
    if (found == header_.end()) return std::nullopt;
    if (std::find(found + 1, header_.end(), name) != header_.end()) {
      fail(fmt::format("expected one column '{}', found several", name));
    }
    return static_cast<std::size_t>(found - header_.begin());
  }
  std::size_t needed_column(std::string_view name) const {
    const std::optional<std::size_t> place = column(name);
    if (!place)
      fail(
          fmt::format("expected a column '{}', found {}", name, one_line(fmt::format("{}", fmt::join(header_, ", ")))));
    return *place;
  }

  /// The next line that is not empty; nothing at the end.
  std::optional<std::vector<std::string>> next() {
    do {
      if (!read_line()) return std::nullopt;
    } while (trimmed(line_).empty());
    std::vector<std::string> found = fields();
    if (found.size() != header_.size()) {
      fail(fmt::format("expected {} fields, as in the first line, found {}", header_.size(), found.size()));
    }
    return found;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}:{}: {}", file_, number_, what));
  }

 private:
  bool read_line() {
    number_ += 1;
    if (std::getline(in_, line_)) return true;
    if (in_.bad()) throw InputError(fmt::format("{}: could not be read", file_));
    return false;
  }

  std::vector<std::string> fields() const {
    std::vector<std::string> found;
    std::string_view rest = line_;
    while (true) {
      const std::string_view blanks = separator_ == '\t' ? " \r" : white_space;
      rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
      std::string field;
      if (rest.starts_with('"')) {
        std::size_t end = 1;
        while (true) {
          if (end >= rest.size()) fail("expected a quote at the end of a field");
          if (rest[end] != '"') {
            field += rest[end++];
          } else if (rest.substr(end).starts_with("\"\"")) {
            field += '"';
            end += 2;
          } else {
            break;
          }
        }
        rest.remove_prefix(end + 1);
        const std::size_t separator = std::min(rest.find(separator_), rest.size());
        if (!trimmed(rest.substr(0, separator)).empty()) fail("expected nothing between a quote and the next field");
        rest.remove_prefix(separator);
      } else {
        const std::size_t separator = std::min(rest.find(separator_), rest.size());
        field = trimmed(rest.substr(0, separator));
        rest.remove_prefix(separator);
      }
      found.push_back(std::move(field));
      if (rest.empty()) return found;
      rest.remove_prefix(1);
    }
  }

  std::string file_;
  std::ifstream in_;
  std::string line_;
  std::size_t number_ = 0;
  char separator_ = ',';
  std::vector<std::string> header_;
};

/// Games by their names, or by their numbers where no game is called so.
class GameIndex {
 public:
  explicit GameIndex(std::span<const Game> games) : size_(games.size()) {
    for (std::size_t g = 0; g < games.size(); ++g) {
      const auto [place, is_new] = by_name_.emplace(name_of(games[g]), g);
      if (!is_new) place->second = several;
    }
  }

  std::size_t find(const std::string& text, const Table& table) const {
    const auto place = by_name_.find(text);
    if (place != by_name_.end() && place->second != several) return place->second;
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number < size_) return number;
    if (place != by_name_.end()) {
      table.fail(
          fmt::format("game '{}': expected a name that one game has, or the game's number, from 0", one_line(text)));
    }
    table.fail(fmt::format("game '{}': expected the name of a game or its number, 0 .. {}", one_line(text), size_ - 1));
  }

 private:
  static constexpr std::size_t several = static_cast<std::size_t>(-1);

  std::size_t size_;
  std::map<std::string, std::size_t> by_name_;
};

class PlayReader {
 public:
  PlayReader(const std::string& file, std::span<const Game> games, int count_from)
      : table_(file), games_(games), index_(games), count_from_(count_from) {
    agent_ = table_.needed_column("agent");
    action_ = table_.needed_column("action");
    count_ = table_.column("count");
    game_ = table_.column("game");
    state_ = table_.column("state");
    if (!game_ && games.size() > 1) {
      table_.fail(fmt::format("expected a column 'game', since there are {} games", games.size()));
    }
    for (const Game& game : games) {
      const std::vector<int>& actions = actions_of(game);
      begins_.emplace_back(1, 0);
      for (const int m : actions) begins_.back().push_back(begins_.back().back() + static_cast<std::size_t>(m));
      counts_.emplace_back(begins_.back().back(), 0.0);
    }
  }

  std::vector<std::vector<double>> read() {
    while (const std::optional<std::vector<std::string>> line = table_.next()) add(*line);
    for (std::size_t g = 0; g < games_.size(); ++g) {
      const double all = std::accumulate(counts_[g].begin(), counts_[g].end(), 0.0);
      if (!(all > 0))
        table_.fail(fmt::format("expected observations of game '{}', found none", one_line(name_of(games_[g]))));
      if (!std::isfinite(all))
        table_.fail(fmt::format("counts of game '{}' are too large", one_line(name_of(games_[g]))));
    }
    return std::move(counts_);
  }

 private:
  void add(const std::vector<std::string>& line) {
    const std::size_t g = game_ ? index_.find(line[*game_], table_) : 0;
    const Game& game = games_[g];
    const std::size_t agent = number(line[agent_], "agent", agents_of(game), "");
    const std::size_t states = states_of(game);
    std::size_t state = 0;
    if (state_) {
      state = number(line[*state_], "state", states, "");
    } else if (states > 1) {
      table_.fail(fmt::format("expected a column 'state', since game '{}' has {}", one_line(name_of(game)), states));
    }
    const std::size_t pair = agent * states + state;
    const auto actions = static_cast<std::size_t>(actions_of(game)[pair]);
    const std::string of = states > 1 ? fmt::format(" of agent {} in state {}", line[agent_], line[*state_])
                                      : fmt::format(" of agent {}", line[agent_]);
    const std::size_t action = number(line[action_], "action", actions, of);
    counts_[g][begins_[g][pair] + action] += count_ ? count(line[*count_]) : 1;
  }

  /// A number of something of which there are `size`.
  std::size_t number(const std::string& text, std::string_view what, std::size_t size, const std::string& of) const {
    long long found = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), found);
    const auto last = static_cast<long long>(size) - 1 + count_from_;
    if (error != std::errc() || end != text.data() + text.size() || found < count_from_ || found > last) {
      table_.fail(fmt::format("{} '{}'{}: expected a number from {} to {} (--count-from {})", what, one_line(text), of,
                              count_from_, last, count_from_));
    }
    return static_cast<std::size_t>(found - count_from_);
  }

  double count(const std::string& text) const {
    double found = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), found);
    if (error != std::errc() || end != text.data() + text.size() || !(found >= 0) || !std::isfinite(found)) {
      table_.fail(fmt::format("count '{}': expected a finite number of at least 0", one_line(text)));
    }
    return found;
  }

  Table table_;
  std::span<const Game> games_;
  GameIndex index_;
  int count_from_;
  std::size_t agent_ = 0;
  std::size_t action_ = 0;
  std::optional<std::size_t> count_;
  std::optional<std::size_t> game_;
  std::optional<std::size_t> state_;
  std::vector<std::vector<std::size_t>> begins_;  // of each game's pairs of agent and state
  std::vector<std::vector<double>> counts_;
};

}  // namespace

std::vector<std::vector<double>> read_observed_play(const std::string& file, std::span<const Game> games,
                                                    int count_from) {
  return PlayReader(file, games, count_from).read();
}

}  // namespace quantal::cli
