#include "host/files/text_games.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "host/files/normal_form_table.hpp"
#include "host/files/place.hpp"
#include "quantal/io.hpp"

namespace quantal::files {
namespace {

class HeldGames final : public GameSource {
 public:
  explicit HeldGames(std::vector<Game> games) : games_(std::move(games)) {}

  std::vector<Game> next(std::size_t count, std::size_t bytes) override {
    const std::size_t begin = next_;
    for (std::size_t held = 0; next_ < games_.size() && next_ - begin < count && held < bytes; ++next_) {
      held += bytes_of(games_[next_]);
    }
    const auto first = std::make_move_iterator(games_.begin());
    return {first + static_cast<std::ptrdiff_t>(begin), first + static_cast<std::ptrdiff_t>(next_)};
  }

  std::uint64_t skip(std::uint64_t count) override {
    const std::uint64_t passed = std::min<std::uint64_t>(count, games_.size() - next_);
    next_ += static_cast<std::size_t>(passed);
    return passed;
  }

  std::optional<std::uint64_t> size() const override { return games_.size(); }

 private:
  std::vector<Game> games_;
  std::size_t next_ = 0;
};

/// Finds where games of a JSON text end, without reading them: outside of all braces, brackets and quotes.
class GameEnds {
 public:
  /// Takes more of the text, up to its byte `end`, and returns the last line's end at which a game may end; what
  /// was returned before if there is none.
  std::size_t take(std::string_view text, std::size_t end) {
    for (; at_ < end; ++at_) {
      const char letter = text[at_];
      if (is_escaped_) {
        is_escaped_ = false;
      } else if (in_string_) {
        is_escaped_ = letter == '\\';
        in_string_ = letter != '"';
      } else if (letter == '"') {
        in_string_ = true;
      } else if (letter == '{' || letter == '[') {
        ++depth_;
      } else if (letter == '}' || letter == ']') {
        --depth_;
      } else if (letter == '\n' && depth_ <= 0) {
        last_ = at_ + 1;
      }
    }
    return last_;
  }

  /// The text begins `bytes` further on.
  void drop(std::size_t bytes) {
    at_ -= bytes;
    last_ -= std::min(last_, bytes);
  }

 private:
  std::size_t at_ = 0;
  std::size_t last_ = 0;
  std::ptrdiff_t depth_ = 0;
  bool in_string_ = false;
  bool is_escaped_ = false;
};

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

class JsonLines final : public GameSource {
 public:
  JsonLines(std::shared_ptr<InputFile> file, std::string text) : file_(std::move(file)), text_(std::move(text)) {}

  std::vector<Game> next(std::size_t count, std::size_t bytes) override {
    if (begin_ == games_.size()) read_block();
    const std::size_t first = begin_;
    for (std::size_t held = 0; begin_ < games_.size() && begin_ - first < count && held < bytes; ++begin_) {
      held += bytes_of(games_[begin_]);
    }
    const auto games = std::make_move_iterator(games_.begin());
    return {games + static_cast<std::ptrdiff_t>(first), games + static_cast<std::ptrdiff_t>(begin_)};
  }

  std::uint64_t skip(std::uint64_t count) override {
    std::uint64_t passed = 0;
    while (passed < count) {
      if (begin_ == games_.size()) read_block();
      if (begin_ == games_.size()) break;
      const std::uint64_t more = std::min<std::uint64_t>(count - passed, games_.size() - begin_);
      begin_ += static_cast<std::size_t>(more);
      passed += more;
    }
    return passed;
  }

  /// Once the end has been read.
  std::optional<std::uint64_t> size() const override {
    return at_end_ && is_blank(text_) ? std::optional(read_) : std::nullopt;
  }

 private:
  static constexpr std::size_t block_bytes = std::size_t{1} << 24;

  /// Reads on until there are games, or the end. What is left is more than white space, or it is the end.
  void read_block() {
    games_.clear();
    begin_ = 0;
    while (games_.empty() && !(at_end_ && is_blank(text_))) {
      std::size_t seen = block_bytes;
      std::size_t end = ends_.take(text_, std::min(text_.size(), seen));
      for (; end == 0 && !(at_end_ && seen >= text_.size()); seen *= 2) {
        if (seen >= text_.size()) at_end_ = read_text(*file_, 2 * seen - text_.size(), text_);
        end = ends_.take(text_, std::min(text_.size(), 2 * seen));
      }
      if (end == 0) end = text_.size();
      const std::string_view block = std::string_view(text_).substr(0, end);
      if (!is_blank(block)) games_ = parse_json_lines(block, file_->name(), line_);
      read_ += games_.size();
      line_ += static_cast<std::size_t>(std::count(block.begin(), block.end(), '\n'));
      text_.erase(0, end);
      ends_.drop(end);
      while (!at_end_ && is_blank(text_)) at_end_ = read_text(*file_, block_bytes, text_);
    }
  }

  std::shared_ptr<InputFile> file_;
  std::string text_;  // that has been read, but not into games
  bool at_end_ = false;
  GameEnds ends_;
  std::size_t line_ = 1;  // where text_ begins
  std::vector<Game> games_;
  std::size_t begin_ = 0;   // of those in games_ that are still to come
  std::uint64_t read_ = 0;  // games so far
};

}  // namespace

std::unique_ptr<GameSource> held_games(std::vector<Game> games) {
  return std::make_unique<HeldGames>(std::move(games));
}

bool read_text(InputFile& file, std::size_t bytes, std::string& text) {
  constexpr std::size_t least_step = std::size_t{1} << 20;
  while (bytes > 0) {
    const std::size_t held = text.size();
    const std::size_t step = std::min(bytes, std::max(held, least_step));
    text.resize(held + step);
    const std::size_t count = file.read_on(text.data() + held, step);
    text.resize(held + count);
    if (count < step) return true;
    bytes -= step;
  }
  return false;
}

std::unique_ptr<GameSource> open_text_games(std::shared_ptr<InputFile> file, std::string text, std::string stem) {
  constexpr std::size_t beginning = std::size_t{1} << 16;
  if (text.empty()) read_text(*file, beginning, text);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // a byte order mark
  const std::size_t begin = text.find_first_not_of(" \t\r\n\v\f");
  if (begin != std::string::npos && text[begin] == '{') {
    return std::make_unique<JsonLines>(std::move(file), std::move(text));
  }
  constexpr std::size_t step = std::size_t{1} << 26;
  while (!read_text(*file, step, text)) {
  }
  return held_games(parse_games(text, file->name(), stem));
}

}  // namespace quantal::files
