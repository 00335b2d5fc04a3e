#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantal/error.hpp"
#include "quantal/game.hpp"

namespace quantal::files {

/// Games that come in order, a slab at a time: those of a batch may take more memory than there is.
class GameSource {
 public:
  virtual ~GameSource() = default;

  /// The next games: at most `count` (> 0), and no more than begin within `bytes` of payoffs, but at least one; none
  /// where there are no more. Games without a name of their own get the file's, with their number, as read_games
  /// describes. Throws InputError beginning with the place of what is wrong (`file:line: `, `file: /dataset[game]: `).
  virtual std::vector<Game> next(std::size_t count, std::size_t bytes) = 0;

  /// Passes over the next `count` games, or as many as there are, and returns how many. Takes little time where the
  /// format tells where a game lies.
  virtual std::uint64_t skip(std::uint64_t count) = 0;

  /// How many games there are in all, where that is known without reading them.
  virtual std::optional<std::uint64_t> size() const = 0;
};

/// The games of all files, directories (their *.nfg, *.gam, *.json, *.jsonl, *.h5, *.hdf5, *.npy and *.npz files, in
/// the order of their names) and "-" (standard input), in their order. The format is known from the content. Pipes
/// bring text alone.
///
/// Texts are read here, to their end, as long as they are small together; the rest of them, and HDF5 and NumPy files,
/// as `next` asks for them: JSON block by block. Of the latter, shapes and types are checked here.
///
/// HDF5 files are read by a fork of this process, which lives as long as the source: libhdf5 crashes on some damaged
/// files. Call this before other threads start. A source is not thread-safe.
///
/// Throws InputError beginning with the place of what is wrong.
std::unique_ptr<GameSource> open_games(const std::vector<std::string>& files);

}  // namespace quantal::files
