#include "quantal/io.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <istream>
#include <iterator>
#include <string>
#include <system_error>

#include "io_json.hpp"
#include "io_text.hpp"

#include "host/format.hpp"

namespace quantal {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& reason) {
  throw InputError(formatted("{}: {}", on_one_line(path.string()), reason));
}

/// Everything that is left in a stream, which may be a pipe.
std::string read_all(std::istream& in, const fs::path& path) {
  std::string text;
  std::size_t held = 0;
  while (in) {
    text.resize(std::max(text.capacity(), held + (std::size_t{1} << 20)));
    in.read(text.data() + held, static_cast<std::streamsize>(text.size() - held));
    held += static_cast<std::size_t>(in.gcount());
  }
  if (in.bad()) fail(path, "cannot be read");
  text.resize(held);
  return text;
}

std::vector<Game> read_file(const fs::path& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(path, std::generic_category().message(errno));
  return parse_games(read_all(in, path), path.string(), path.stem().string());
}

bool holds_games(const fs::directory_entry& entry) {
  const fs::path extension = entry.path().extension();
  if (extension != ".nfg" && extension != ".gam" && extension != ".json" && extension != ".jsonl") return false;
  std::error_code ignored;
  return !entry.is_directory(ignored);
}

std::vector<Game> read_directory(const fs::path& path) {
  std::error_code error;
  std::vector<fs::path> files;
  for (auto entry = fs::directory_iterator(path, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (holds_games(*entry)) files.push_back(entry->path());
  }
  if (error) fail(path, error.message());
  if (files.empty()) fail(path, "expected a directory with .nfg, .gam, .json or .jsonl files, found none");
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return a.filename() < b.filename(); });

  std::vector<Game> games;
  for (const fs::path& file : files) {
    std::vector<Game> more = read_file(file);
    games.insert(games.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return games;
}

/// Games that have no name get the file's, with their number if it holds several.
void name_the_nameless(std::vector<Game>& games, std::string_view fallback_name) {
  for (std::size_t k = 0; k < games.size(); ++k) {
    std::string& name = std::visit([](auto& game) -> std::string& { return game.name; }, games[k]);
    if (!name.empty()) continue;
    name = fallback_name;
    if (games.size() > 1) name += formatted("#{}", k + 1);
  }
}

}  // namespace

std::vector<Game> read_games(const fs::path& path) {
  if (path == "-") return parse_games(read_all(std::cin, "<stdin>"), "<stdin>", "stdin");
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    fail(path, (error ? error : std::make_error_code(std::errc::no_such_file_or_directory)).message());
  }
  return fs::is_directory(status) ? read_directory(path) : read_file(path);
}

std::vector<Game> parse_games(std::string_view text, std::string_view source_name, std::string_view fallback_name) {
  const SourceText source{without_byte_order_mark(text), source_name};
  const auto begin = std::find_if_not(source.text.begin(), source.text.end(), is_space);
  const auto offset = static_cast<std::size_t>(begin - source.text.begin());
  const std::string_view rest = source.text.substr(offset);
  if (rest.empty()) source.fail(0, "expected a game, the file is empty");

  std::vector<Game> games;
  if (rest.starts_with('{') || rest.starts_with('[')) {
    games = parse_json(source);
  } else if (rest.starts_with("NFG")) {
    games.emplace_back(parse_nfg(source.text, source_name));
  } else if (is_digit(rest.front())) {
    games.emplace_back(parse_gam(source.text, source_name));
  } else {
    const auto end = std::find_if(rest.begin(), rest.end(), is_space);
    const std::string_view word = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    source.fail(offset, formatted("expected a game, Gambit's \"NFG ..\", GameTracer's numbers or JSON in "
                                  "braces or brackets, found {}",
                                  in_quotes(word)));
  }
  name_the_nameless(games, fallback_name);
  return games;
}

std::vector<Game> parse_json_lines(std::string_view text, std::string_view source, std::size_t first_line) {
  return parse_json({text, source, first_line});
}

}  // namespace quantal
