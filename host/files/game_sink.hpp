#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "quantal/error.hpp"
#include "quantal/game.hpp"

namespace quantal::files {

/// Formats of files of games.
enum class GameFormat : std::uint8_t { jsonl, json, nfg, gam, npy, npz, hdf5 };

/// The format that the extension of a file's name says, if it says one.
std::optional<GameFormat> format_of_name(std::string_view file);

/// Whether the format is text, which may go to a pipe.
bool is_text(GameFormat format);

/// Where games go, in order, some at a time. What is written reads back as the same games, bit for bit, except that
/// .gam, .npy and .npz have no names. Without `finish` a file leaves no trace.
class GameSink {
 public:
  virtual ~GameSink() = default;

  /// Throws InputError, beginning with the destination, where a game is not valid or is not one that the format has
  /// room for, and Error where it cannot be written: a full disk, say. After either nothing more can be written.
  virtual void write(std::span<const Game> games) = 0;

  /// Writes what is left, and gives a file its name. Throws as `write` does.
  virtual void finish() = 0;
};

/// Games as text, into a stream that is somebody else's to finish; what the stream throws comes through. `destination`
/// is for messages.
///
///     jsonl      any games, one a line
///     json       one game, or an array of them
///     nfg, gam   exactly one game in normal form
std::unique_ptr<GameSink> games_as_text(std::ostream& out, GameFormat format, std::string destination);

/// A file that appears under its name when it is complete. Throws InputError where it cannot be made. `compression`, of
/// HDF5 alone, goes from 0 (none) to 9.
///
///     npy        games in normal form, of one shape: an array of doubles (games, agents, actions of each agent ..)
///     npz        games in normal form: a stored array for each run of games of one shape, "2x3.npy", "2x3-000002.npy"
///     hdf5       any games, those of one shape in one group, as hdf5_games.hpp describes. The order within a group is
///                that in which the games came; groups go by the names of their shapes. Few groups are open at a time:
///                where many shapes come in turns, a shape may get several, "2x3" and "2x3-000002". Networks of one
///                shape share their graph. Names end at a byte that is 0.
std::unique_ptr<GameSink> create_game_file(const std::string& file, GameFormat format, int compression,
                                           std::string destination);

/// The same for one format each.
std::unique_ptr<GameSink> create_npy_file(const std::string& file, std::string destination);
std::unique_ptr<GameSink> create_npz_file(const std::string& file, std::string destination);
std::unique_ptr<GameSink> create_hdf5_file(const std::string& file, int compression, std::string destination);

/// The game in normal form that it is; InputError beginning with the destination for one of another class.
const NormalFormGame& expect_normal_form(const Game& game, std::string_view extension, std::string_view destination);

/// "2x3x4": the numbers of actions.
std::string shape_text(std::span<const int> actions);

}  // namespace quantal::files
