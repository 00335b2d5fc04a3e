#include "host/files/game_sink.hpp"

#include <fmt/format.h>

#include <array>
#include <ostream>
#include <utility>

#include "host/files/place.hpp"
#include "quantal/io.hpp"

namespace quantal::files {
namespace {

class LinesSink final : public GameSink {
 public:
  explicit LinesSink(std::ostream& out) : out_(out) {}

  void write(std::span<const Game> games) override {
    for (const Game& game : games) {
      write_json(out_, game);
      out_ << '\n';
    }
  }
  void finish() override {}

 private:
  std::ostream& out_;
};

/// One game stands alone, so the first waits for a second or for the end.
class DocumentSink final : public GameSink {
 public:
  explicit DocumentSink(std::ostream& out) : out_(out) {}

  void write(std::span<const Game> games) override {
    for (const Game& game : games) {
      if (++count_ == 1) {
        first_ = game;
        continue;
      }
      if (count_ == 2) {
        out_ << '[';
        write_json(out_, first_);
        first_ = {};
      }
      out_ << ",\n ";
      write_json(out_, game);
    }
  }
  void finish() override {
    if (count_ == 1) write_json(out_, first_);
    out_ << (count_ == 0 ? "[]\n" : count_ == 1 ? "\n" : "]\n");
  }

 private:
  std::ostream& out_;
  std::uint64_t count_ = 0;
  Game first_;
};

/// A format that has room for one game, which is known to be the only one at the end.
class OneGameSink final : public GameSink {
 public:
  using Write = void (*)(std::ostream&, const NormalFormGame&);

  OneGameSink(std::ostream& out, Write write_game, std::string_view extension, std::string destination)
      : out_(out), write_game_(write_game), extension_(extension), destination_(std::move(destination)) {}

  void write(std::span<const Game> games) override {
    for (const Game& game : games) {
      if (game_) fail_count(games.size() > 2 ? "more than 2" : "2 or more");
      game_ = expect_normal_form(game, extension_, destination_);
    }
  }
  void finish() override {
    if (!game_) fail_count("none");
    write_game_(out_, *game_);
  }

 private:
  [[noreturn]] void fail_count(std::string_view found) const {
    fail_at(destination_, fmt::format("expected exactly one game for {}, found {}; .jsonl, .json and .h5 take "
                                      "any number",
                                      extension_, found));
  }

  std::ostream& out_;
  Write write_game_;
  std::string_view extension_;
  std::string destination_;
  std::optional<NormalFormGame> game_;
};

}  // namespace

std::optional<GameFormat> format_of_name(std::string_view file) {
  struct Extension {
    std::string_view text;
    GameFormat format;
  };
  constexpr std::array<Extension, 8> extensions = {{{".jsonl", GameFormat::jsonl},
                                                    {".json", GameFormat::json},
                                                    {".nfg", GameFormat::nfg},
                                                    {".gam", GameFormat::gam},
                                                    {".npy", GameFormat::npy},
                                                    {".npz", GameFormat::npz},
                                                    {".h5", GameFormat::hdf5},
                                                    {".hdf5", GameFormat::hdf5}}};
  for (const Extension& each : extensions) {
    if (file.ends_with(each.text)) return each.format;
  }
  return std::nullopt;
}

bool is_text(GameFormat format) {
  return format == GameFormat::jsonl || format == GameFormat::json || format == GameFormat::nfg ||
         format == GameFormat::gam;
}

std::unique_ptr<GameSink> games_as_text(std::ostream& out, GameFormat format, std::string destination) {
  if (format == GameFormat::nfg) return std::make_unique<OneGameSink>(out, &write_nfg, ".nfg", std::move(destination));
  if (format == GameFormat::gam) return std::make_unique<OneGameSink>(out, &write_gam, ".gam", std::move(destination));
  if (format == GameFormat::json) return std::make_unique<DocumentSink>(out);
  return std::make_unique<LinesSink>(out);
}

std::unique_ptr<GameSink> create_game_file(const std::string& file, GameFormat format, int compression,
                                           std::string destination) {
  if (format == GameFormat::npy) return create_npy_file(file, std::move(destination));
  if (format == GameFormat::npz) return create_npz_file(file, std::move(destination));
  return create_hdf5_file(file, compression, std::move(destination));
}

const NormalFormGame& expect_normal_form(const Game& game, std::string_view extension, std::string_view destination) {
  if (const auto* const normal_form = std::get_if<NormalFormGame>(&game)) return *normal_form;
  const bool is_network = std::holds_alternative<PolymatrixGame>(game);
  fail_at(destination, fmt::format("expected a game in normal form for {}, found the {} game '{}'; {}", extension,
                                   class_of(game), name_of(game),
                                   is_network ? "quantal convert --to normal-form turns it into one"
                                              : ".json, .jsonl and .h5 take games of every class"));
}

std::string shape_text(std::span<const int> actions) {
  return fmt::format("{}", fmt::join(actions, "x"));
}

}  // namespace quantal::files
