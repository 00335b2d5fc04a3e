#include "host/files/game_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/files/game_sequence.hpp"
#include "host/files/hdf5_games.hpp"
#include "host/files/input_file.hpp"
#include "host/files/npy_header.hpp"
#include "host/files/numpy_games.hpp"
#include "host/files/place.hpp"
#include "host/files/reader_process.hpp"
#include "host/files/text_games.hpp"
#include "quantal/io.hpp"

namespace quantal::files {
namespace {

namespace fs = std::filesystem;

enum class FileFormat : std::uint8_t { text, hdf5, npy, npz };

/// Texts that are read at once, all together.
constexpr std::size_t small_texts = std::size_t{1} << 28;

constexpr std::array<std::string_view, 8> extensions = {".nfg", ".gam",  ".json", ".jsonl",
                                                        ".h5",  ".hdf5", ".npy",  ".npz"};

/// Gives games that have no name that of their file, with their number if it holds several.
class NamedGames final : public GameSource {
 public:
  NamedGames(std::unique_ptr<GameSource> games, std::string stem) : games_(std::move(games)), stem_(std::move(stem)) {}

  std::vector<Game> next(std::size_t count, std::size_t bytes) override {
    std::vector<Game> games = games_->next(count, bytes);
    const bool is_only_one = games_->size() == 1;
    for (Game& game : games) {
      ++number_;
      std::string& name = std::visit([](auto& of_a_class) -> std::string& { return of_a_class.name; }, game);
      if (name.empty()) name = is_only_one ? stem_ : fmt::format("{}#{}", stem_, number_);
    }
    return games;
  }

  std::uint64_t skip(std::uint64_t count) override {
    const std::uint64_t passed = games_->skip(count);
    number_ += passed;
    return passed;
  }

  std::optional<std::uint64_t> size() const override { return games_->size(); }

 private:
  std::unique_ptr<GameSource> games_;
  std::string stem_;
  std::uint64_t number_ = 0;
};

bool holds_games(const fs::directory_entry& entry) {
  const std::string extension = entry.path().extension().string();
  if (std::find(extensions.begin(), extensions.end(), extension) == extensions.end()) return false;
  std::error_code ignored;
  return !entry.is_directory(ignored);
}

/// Appends the path or, of a directory, those of its files, in the order of their names.
void expand(const std::string& path, std::vector<std::string>& paths) {
  std::error_code error;
  if (path == "-" || !fs::is_directory(path, error)) {
    paths.push_back(path);
    return;
  }
  std::vector<fs::path> files;
  for (auto entry = fs::directory_iterator(path, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (holds_games(*entry)) files.push_back(entry->path());
  }
  if (error) fail_at(path, error.message());
  if (files.empty()) {
    fail_at(path, fmt::format("expected a directory with {} files, found none", fmt::join(extensions, ", ")));
  }
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return a.filename() < b.filename(); });
  for (const fs::path& file : files) paths.push_back(file.string());
}

/// Of the bytes that a file begins with, as far as these tell.
FileFormat format_of(std::string_view beginning) {
  if (beginning.starts_with(hdf5_signature)) return FileFormat::hdf5;
  if (beginning.starts_with(npy_signature)) return FileFormat::npy;
  // An archive without members has nothing but its end.
  if (beginning.starts_with("PK\x03\x04") || beginning.starts_with("PK\x05\x06")) return FileFormat::npz;
  return FileFormat::text;
}

FileFormat format_of(const InputFile& file) {
  std::array<char, hdf5_signature.size()> bytes{};
  const auto read = [&](std::uint64_t offset) {
    return std::string_view(bytes.data(), file.read_at(offset, bytes.data(), bytes.size()));
  };
  const FileFormat format = format_of(read(0));
  if (format != FileFormat::text) return format;
  // HDF5 may begin after bytes of somebody else's.
  for (std::uint64_t offset = 512; offset < file.size(); offset *= 2) {
    if (read(offset) == hdf5_signature) return FileFormat::hdf5;
  }
  return FileFormat::text;
}

struct File {
  std::string path;
  std::string stem;
  std::shared_ptr<InputFile> pipe;  // null: it can be opened again and again
  FileFormat format = FileFormat::text;
  std::uint64_t bytes = 0;
};

File look_at(const std::string& path) {
  auto file = std::make_shared<InputFile>(path);
  File result{path, path == "-" ? "stdin" : fs::path(path).stem().string(), nullptr};
  if (file->is_regular()) {
    result.format = format_of(*file);
    result.bytes = file->size();
  } else {
    result.pipe = std::move(file);
  }
  return result;
}

std::unique_ptr<GameSource> named(std::unique_ptr<GameSource> games, const std::string& stem) {
  return std::make_unique<NamedGames>(std::move(games), stem);
}

/// Games of a pipe, which is read here if it is short enough.
std::unique_ptr<GameSource> open_pipe(const File& file, std::size_t& text_bytes_left) {
  std::string text;
  const bool is_all = read_text(*file.pipe, text_bytes_left, text);
  if (format_of(text) != FileFormat::text) {
    fail_at(file.pipe->name(), "expected a text from a pipe, found HDF5 or NumPy, which are read from files");
  }
  if (is_all) {
    text_bytes_left -= text.size();
    return held_games(parse_games(text, file.pipe->name(), file.stem));
  }
  text_bytes_left = 0;
  return named(open_text_games(file.pipe, std::move(text), file.stem), file.stem);
}

std::unique_ptr<GameSource> open_small_text(const File& file) {
  InputFile input(file.path);
  std::string text;
  while (!read_text(input, static_cast<std::size_t>(file.bytes) + 1, text)) {
  }
  return held_games(parse_games(text, file.path, file.stem));
}

}  // namespace

std::unique_ptr<GameSource> open_games(const std::vector<std::string>& files) {
  std::vector<std::string> paths;
  for (const std::string& file : files) expand(file, paths);
  std::vector<File> all;
  std::vector<ReaderProcess::File> hdf5_files;
  for (const std::string& path : paths) {
    all.push_back(look_at(path));
    if (all.back().format == FileFormat::hdf5) {
      hdf5_files.push_back({path, [path] { return open_hdf5_games(path); }});
    }
  }
  // Now, while there is little that a fork would share.
  std::shared_ptr<ReaderProcess> hdf5_process;
  if (!hdf5_files.empty()) hdf5_process = std::make_shared<ReaderProcess>(std::move(hdf5_files));

  std::vector<GameSequence::Part> parts;
  std::size_t hdf5_file = 0;
  std::size_t text_bytes_left = small_texts;
  for (const File& file : all) {
    GameSequence::Part part;
    if (file.pipe) {
      part.source = open_pipe(file, text_bytes_left);
    } else if (file.format == FileFormat::hdf5) {
      part.open = [hdf5_process, k = hdf5_file, stem = file.stem] {
        return named(ReaderProcess::open(hdf5_process, k), stem);
      };
      ++hdf5_file;
    } else if (file.format != FileFormat::text) {
      part.open = [file] {
        const auto input = std::make_shared<const InputFile>(file.path);
        return named(file.format == FileFormat::npy ? open_npy_games(input) : open_npz_games(input), file.stem);
      };
    } else if (file.bytes <= text_bytes_left) {
      text_bytes_left -= static_cast<std::size_t>(file.bytes);
      part.source = open_small_text(file);
    } else {
      part.open = [file] {
        return named(open_text_games(std::make_shared<InputFile>(file.path), "", file.stem), file.stem);
      };
    }
    parts.push_back(std::move(part));
  }
  return std::make_unique<GameSequence>(std::move(parts));
}

}  // namespace quantal::files
