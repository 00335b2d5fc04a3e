#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "commands.hpp"
#include "output.hpp"
#include "output_stream.hpp"
#include "quantal/convert.hpp"
#include "quantal/io.hpp"
#include "read_files.hpp"

namespace quantal::cli {

namespace {

/// Game by game, so that a network makes room for its normal form.
void turn_into_normal_form(std::vector<Game>& games) {
  for (Game& game : games) {
    if (std::holds_alternative<MarkovGame>(game)) {
      throw InputError(
          fmt::format("game '{}': expected a network game or one in normal form for --to normal-form, found a markov "
                      "game, which has states",
                      name_of(game)));
    }
    const auto* const network = std::get_if<PolymatrixGame>(&game);
    if (network == nullptr) continue;
    try {
      game = to_normal_form(*network);
    } catch (const InputError& error) {
      throw InputError(fmt::format("game '{}': {}", name_of(game), error.what()));
    }
  }
}

/// The one game that an .nfg file can hold.
const NormalFormGame& only_normal_form(const std::vector<Game>& games, const std::string& output) {
  if (games.size() != 1) {
    throw InputError(fmt::format(
        "--output {}: expected exactly one game for an .nfg file, found {}; .jsonl and .json take any number", output,
        games.size()));
  }
  const auto* const game = std::get_if<NormalFormGame>(&games.front());
  if (game == nullptr) {
    const bool is_network = std::holds_alternative<PolymatrixGame>(games.front());
    throw InputError(
        fmt::format("--output {}: expected a game in normal form for an .nfg file, found the {} game '{}'; {}", output,
                    class_of(games.front()), name_of(games.front()),
                    is_network ? "--to normal-form turns it into one" : ".json and .jsonl take games of every class"));
  }
  return *game;
}

void write_lines(const std::vector<Game>& games, std::ostream& stream) {
  for (const Game& game : games) {
    write_json(stream, game);
    stream << '\n';
  }
}

void write_document(const std::vector<Game>& games, std::ostream& stream) {
  const bool is_array = games.size() != 1;
  if (is_array) stream << '[';
  for (std::size_t k = 0; k < games.size(); ++k) {
    if (k > 0) stream << ",\n ";
    write_json(stream, games[k]);
  }
  stream << (is_array ? "]\n" : "\n");
}

}  // namespace

int run(const ConvertOptions& options) {
  refuse_to_overwrite(options.files, options.output);
  Output output(options.output);
  std::vector<Game> games = read_files(options.files);
  if (options.to_normal_form) turn_into_normal_form(games);

  OutputStream stream(output);
  switch (options.format) {
    case GameFormat::jsonl:
      write_lines(games, stream);
      break;
    case GameFormat::json:
      write_document(games, stream);
      break;
    case GameFormat::nfg:
      write_nfg(stream, only_normal_form(games, options.output));
      break;
  }
  output.finish();
  return 0;
}

}  // namespace quantal::cli
