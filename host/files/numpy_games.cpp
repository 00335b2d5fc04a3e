#include "host/files/numpy_games.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "host/files/byte_stream.hpp"
#include "host/files/game_sequence.hpp"
#include "host/files/normal_form_table.hpp"
#include "host/files/npy_header.hpp"
#include "host/files/place.hpp"
#include "host/files/zip_directory.hpp"

namespace quantal::files {
namespace {

/// Where an array's bytes are: in a file, or deflated in an archive.
struct ArrayPlace {
  std::string name;  // for messages: `file`, or `file: member`
  std::shared_ptr<const InputFile> file;
  std::uint64_t bytes = 0;   // of header and numbers
  std::uint64_t offset = 0;  // in the file, if they are there as they are
  std::function<std::unique_ptr<ByteStream>()> open;
  bool is_deflated = false;
};

struct NumpyArray {
  NpyHeader header;
  std::uint64_t header_bytes = 0;
  NormalFormTable table;
};

/// Reads the header from the beginning of the stream, and checks all that it says.
NumpyArray read_header(ByteStream& stream, const ArrayPlace& place) {
  NumpyArray array;
  std::string text(12, '\0');
  text.resize(stream.read(text.data(), text.size()));
  array.header_bytes = npy_header_bytes(text, place.name);
  const std::size_t held = text.size();
  text.resize(std::max<std::size_t>(held, array.header_bytes));
  text.resize(held + stream.read(text.data() + held, text.size() - held));
  array.header = parse_npy_header(text, place.name);
  if (array.header_bytes < held) fail_at(place.name, "expected a NumPy array, found no header of one");
  array.table = normal_form_table(array.header.shape, place.name);

  const std::uint64_t game_bytes = array.table.payoffs * array.header.number_bytes();
  const std::uint64_t held_bytes = place.bytes - std::min(place.bytes, array.header_bytes);
  if (array.table.games != held_bytes / game_bytes || held_bytes % game_bytes != 0) {
    fail_at(place.name, fmt::format("expected {} games of {} bytes each after the header, found {} bytes",
                                    array.table.games, game_bytes, held_bytes));
  }
  return array;
}

/// Games one after the other, the last axis fastest.
class GamesInOrder final : public GameSource {
 public:
  GamesInOrder(std::unique_ptr<ByteStream> stream, const ArrayPlace& place)
      : stream_(std::move(stream)), array_(read_header(*stream_, place)), place_(place.name) {}

  std::vector<Game> next(std::size_t count, std::size_t bytes) override {
    std::vector<Game> games;
    const NormalFormTable& table = array_.table;
    const std::size_t number_bytes = array_.header.number_bytes();
    for (std::size_t held = 0; games.size() < count && held < bytes && next_ < table.games; ++next_) {
      NormalFormGame game{"", table.actions, std::vector<double>(table.payoffs)};
      for (std::size_t done = 0; done < table.payoffs;) {
        const std::size_t more = std::min(table.payoffs - done, raw_numbers);
        raw_.resize(std::max(raw_.size(), more * number_bytes));
        if (stream_->read(raw_.data(), more * number_bytes) != more * number_bytes) {
          fail_at(place_, fmt::format("expected {} games, the file ends in game {}", table.games, next_));
        }
        decode(array_.header, raw_.data(), more, game.payoffs.data() + done);
        done += more;
      }
      games.emplace_back(std::move(game));
      check(games.back());
      held += table.payoffs * sizeof(double);
    }
    return games;
  }

  std::uint64_t skip(std::uint64_t count) override {
    const std::uint64_t passed = std::min(count, array_.table.games - next_);
    stream_->skip(passed * array_.table.payoffs * array_.header.number_bytes());
    next_ += passed;
    return passed;
  }

  std::optional<std::uint64_t> size() const override { return array_.table.games; }

  const NumpyArray& array() const { return array_; }

 private:
  static constexpr std::size_t raw_numbers = 1 << 15;

  void check(const Game& game) const {
    try {
      validate(game);
    } catch (const InputError& error) {
      fail_at(fmt::format("{}: game {}", place_, next_), error.what());
    }
  }

  std::unique_ptr<ByteStream> stream_;
  NumpyArray array_;
  std::string place_;
  std::uint64_t next_ = 0;
  std::vector<char> raw_;
};

/// The first axis fastest: what belongs to one game is all over the file, so some are read together.
class GamesAbreast final : public GameSource {
 public:
  GamesAbreast(NumpyArray array, const ArrayPlace& place)
      : array_(std::move(array)),
        place_(place.name),
        file_(place.file),
        numbers_begin_(place.offset + array_.header_bytes) {
    const std::size_t game_bytes = array_.table.payoffs * sizeof(double);
    slab_games_ = std::max<std::size_t>(1, slab_bytes / game_bytes);
  }

  std::vector<Game> next(std::size_t count, std::size_t bytes) override {
    std::vector<Game> games;
    const std::size_t game_bytes = array_.table.payoffs * sizeof(double);
    for (std::size_t held = 0; games.size() < count && held < bytes && next_ < array_.table.games; ++next_) {
      if (next_ < slab_begin_ || next_ >= slab_begin_ + slab_.size()) read_slab();
      games.emplace_back(std::move(slab_[static_cast<std::size_t>(next_ - slab_begin_)]));
      held += game_bytes;
    }
    return games;
  }

  std::uint64_t skip(std::uint64_t count) override {
    const std::uint64_t passed = std::min(count, array_.table.games - next_);
    next_ += passed;
    return passed;
  }

  std::optional<std::uint64_t> size() const override { return array_.table.games; }

 private:
  static constexpr std::size_t slab_bytes = std::size_t{1} << 23;

  void read_slab() {
    const NormalFormTable& table = array_.table;
    const std::size_t number_bytes = array_.header.number_bytes();
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(slab_games_, table.games - next_));
    slab_begin_ = next_;
    slab_.assign(count, NormalFormGame{"", table.actions, std::vector<double>(table.payoffs)});
    std::vector<char> raw(count * number_bytes);
    std::vector<double> numbers(count);
    std::vector<std::uint64_t> extents(array_.header.shape.begin() + 1, array_.header.shape.end());
    std::vector<std::uint64_t> index(extents.size(), 0);
    for (std::size_t p = 0; p < table.payoffs; ++p) {
      std::uint64_t column = 0;
      for (std::size_t k = extents.size(); k-- > 0;) column = column * extents[k] + index[k];
      const std::uint64_t offset = numbers_begin_ + (column * table.games + next_) * number_bytes;
      if (file_->read_at(offset, raw.data(), raw.size()) != raw.size()) {
        fail_at(place_, fmt::format("expected {} games, the file ends before", table.games));
      }
      decode(array_.header, raw.data(), count, numbers.data());
      for (std::size_t g = 0; g < count; ++g) std::get<NormalFormGame>(slab_[g]).payoffs[p] = numbers[g];
      for (std::size_t k = extents.size(); k-- > 0;) {  // the next in the order of C
        if (++index[k] < extents[k]) break;
        index[k] = 0;
      }
    }
    for (std::size_t g = 0; g < count; ++g) {
      try {
        validate(slab_[g]);
      } catch (const InputError& error) {
        fail_at(fmt::format("{}: game {}", place_, slab_begin_ + g), error.what());
      }
    }
  }

  NumpyArray array_;
  std::string place_;
  std::shared_ptr<const InputFile> file_;
  std::uint64_t numbers_begin_;
  std::size_t slab_games_;
  std::uint64_t next_ = 0;
  std::uint64_t slab_begin_ = 0;
  std::vector<Game> slab_;
};

std::unique_ptr<GameSource> open_array(const ArrayPlace& place) {
  auto games = std::make_unique<GamesInOrder>(place.open(), place);
  if (!games->array().header.is_fortran) return games;
  if (place.is_deflated) {
    fail_at(place.name, "expected an array in the order of C, found one in the order of Fortran, deflated");
  }
  return std::make_unique<GamesAbreast>(games->array(), place);
}

}  // namespace

std::unique_ptr<GameSource> open_npy_games(std::shared_ptr<const InputFile> file) {
  const auto open = [file] { return std::make_unique<FileRange>(file, 0, file->size()); };
  return open_array({file->name(), file, file->size(), 0, open, false});
}

std::unique_ptr<GameSource> open_npz_games(const std::shared_ptr<const InputFile>& file) {
  std::vector<GameSequence::Part> parts;
  for (const ZipMember& member : zip_directory(*file)) {
    ArrayPlace place{
        fmt::format("{}: {}", file->name(), member.name), file, member.bytes, member.offset, {}, member.is_deflated};
    if (!member.name.ends_with(".npy")) fail_at(place.name, "expected arrays (.npy) in the archive");
    place.open = [file, member, name = place.name]() -> std::unique_ptr<ByteStream> {
      if (!member.is_deflated) {
        return std::make_unique<FileRange>(file, member.offset, member.bytes, name, member.checksum);
      }
      return inflated_range(file, member.offset, member.held_bytes, member.bytes, member.checksum, name);
    };
    parts.push_back({[place] { return open_array(place); }});
  }
  if (parts.empty()) fail_at(file->name(), "expected arrays in the archive, found none");
  return std::make_unique<GameSequence>(std::move(parts));
}

}  // namespace quantal::files
