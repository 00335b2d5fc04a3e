#include <cstddef>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "commands.hpp"
#include "game_output.hpp"
#include "host/files/game_source.hpp"
#include "quantal/convert.hpp"
#include "refuse_to_overwrite.hpp"

namespace quantal::cli {

namespace {

/// Payoffs that are held at a time.
constexpr std::size_t slab_bytes = std::size_t{1} << 25;
constexpr std::size_t slab_games = std::size_t{1} << 16;

/// A network's normal form may be large, so one is made at a time.
Game as_normal_form(Game game) {
  if (std::holds_alternative<MarkovGame>(game)) {
    throw InputError(
        fmt::format("game '{}': expected a network game or one in normal form for --to normal-form, found a markov "
                    "game, which has states",
                    name_of(game)));
  }
  const auto* const network = std::get_if<PolymatrixGame>(&game);
  if (network == nullptr) return game;
  try {
    return to_normal_form(*network);
  } catch (const InputError& error) {
    throw InputError(fmt::format("game '{}': {}", name_of(game), error.what()));
  }
}

}  // namespace

int run(const ConvertOptions& options) {
  refuse_to_overwrite(options.files, options.output);
  const std::unique_ptr<files::GameSource> source = files::open_games(options.files);
  GameOutput output(options.output, options.format, options.compression);
  for (;;) {
    std::vector<Game> games = source->next(slab_games, slab_bytes);
    if (games.empty()) break;
    if (!options.to_normal_form) {
      output.write(games);
      continue;
    }
    for (Game& game : games) {
      const Game normal_form = as_normal_form(std::move(game));
      output.write({&normal_form, 1});
    }
  }
  output.finish();
  return 0;
}

}  // namespace quantal::cli
