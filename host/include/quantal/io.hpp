#pragma once

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "quantal/error.hpp"
#include "quantal/game.hpp"

namespace quantal {

/// Reads games from a file, from a directory (its *.nfg, *.gam, *.json and *.jsonl files, in the order of their names)
/// or, for the path "-", from standard input. The format is known from the content: `NFG ..` is Gambit's strategic
/// form, a number is GameTracer's format, `{` or `[` is JSON (one game, an array of games, or one game a line). A game
/// without a name of its own gets the file's, without its extension (and `#k` for the k-th of several). Throws
/// InputError beginning with `file:line: `.
std::vector<Game> read_games(const std::filesystem::path& path);

/// The same from text already in memory; `source` stands for the file's name in messages and `fallback_name` names
/// games that have none.
std::vector<Game> parse_games(std::string_view text, std::string_view source, std::string_view fallback_name);

/// One game in Gambit's .nfg format (payoff and outcome forms), read as Gambit reads it: numbers may be integers,
/// decimals, with exponents, or rationals; contingencies are listed first player fastest; outcome 0 pays zero.
NormalFormGame parse_nfg(std::string_view text, std::string_view source);

/// One game in GameTracer's .gam format: the number of players, each one's number of actions, then all payoffs of the
/// first player, those of the second and so on, contingencies first player fastest. White space separates the numbers,
/// which are decimals. The game has no name.
NormalFormGame parse_gam(std::string_view text, std::string_view source);

/// Part of a longer text in JSON, one game a line: whole games, of which the first begins on line `first_line`. Names
/// are as the text gives them, empty where it gives none.
std::vector<Game> parse_json_lines(std::string_view text, std::string_view source, std::size_t first_line);

// Writers, for files that read back as the same game, bit for bit. They go through the game once and hold little of it.
// All throw InputError unless the game is valid. Whether the stream took it all is for the caller to ask the stream.

/// One game as a JSON object, on one line without a line break at its end: what stands on a line of .jsonl, is a .json
/// file or an element of its array. A name that is empty is left out, and bytes of a name that are not UTF-8 become
/// U+FFFD.
void write_json(std::ostream& out, const Game& game);

/// A whole .nfg file, payoff form, as Gambit and read_games read it. Agents go by the names "1", "2" and so on. The
/// format has no way to write a backslash before a quote, before another backslash or at the end of a name: there it
/// becomes a slash.
void write_nfg(std::ostream& out, const NormalFormGame& game);

/// A whole .gam file, as GameTracer and read_games read it. The format has no place for the game's name.
void write_gam(std::ostream& out, const NormalFormGame& game);

}  // namespace quantal
