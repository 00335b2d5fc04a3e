#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/files/game_source.hpp"

namespace quantal::files {

/// Sources of games that another process reads, a fork of this one: code that damaged files can crash, or keep busy for
/// ever, then takes that process with it and not this one. Games come through a socket.
///
/// Not thread-safe; nor are the sources, which use it together. Fork it before other threads start.
class ReaderProcess {
 public:
  /// What opens a source there, and the file's name for messages.
  struct File {
    std::string name;
    std::function<std::unique_ptr<GameSource>()> open;
  };

  explicit ReaderProcess(std::vector<File> files);
  ~ReaderProcess();
  ReaderProcess(const ReaderProcess&) = delete;
  ReaderProcess& operator=(const ReaderProcess&) = delete;

  /// A source of the games of file k, which the other process opens here. Throws what opening it throws there, and
  /// InputError `file: ..` where that process came to its end.
  static std::unique_ptr<GameSource> open(std::shared_ptr<ReaderProcess> process, std::size_t k);

 private:
  friend class RemoteGames;

  std::vector<File> files_;
  int socket_ = -1;
  int child_ = -1;
};

}  // namespace quantal::files
