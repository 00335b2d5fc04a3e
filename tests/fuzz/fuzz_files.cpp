// libFuzzer's entry: whatever the bytes of a file, the readers of batches either return valid games or throw
// InputError.
//
//     clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -DFMT_HEADER_ONLY -I. -Ihost/include -Ihost \
//         -I/usr/include/hdf5/serial tests/fuzz/fuzz_files.cpp host/files/*.cpp host/io*.cpp host/game.cpp \
//         -L/usr/lib/x86_64-linux-gnu/hdf5/serial -lhdf5 -lz -o fuzz_files
//     ./fuzz_files -max_len=8192 /tmp/findings tests/fuzz/files
//
// HDF5 is read in another process, as by the command, which hides from the fuzzer what happens there. With -DHDF5_HERE
// it is read in this one: then -fork=1 -ignore_crashes=1 goes on after libhdf5's own crashes.

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/files/game_source.hpp"
#include "host/files/hdf5_games.hpp"

namespace {

std::unique_ptr<quantal::files::GameSource> open_file(const std::string& file) {
#ifdef HDF5_HERE
  return quantal::files::open_hdf5_games(file);
#else
  return quantal::files::open_games({file});
#endif
}

/// Not by InputError, which a reader may throw.
void check(const quantal::Game& game) {
  try {
    quantal::validate(game);
  } catch (...) {
    __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string file = "/dev/shm/quantal-fuzz-" + std::to_string(getpid());
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (descriptor < 0 || write(descriptor, data, size) != static_cast<ssize_t>(size)) __builtin_trap();
  close(descriptor);
  try {
    const auto source = open_file(file);
    for (std::size_t games = 0; games < 1000;) {
      const std::vector<quantal::Game> more = source->next(10, std::size_t{1} << 16);
      if (more.empty()) break;
      games += more.size();
      for (const quantal::Game& game : more) check(game);
    }
  } catch (const quantal::InputError& error) {
    // One line that begins with the place.
    const std::string_view message = error.what();
    if (!message.starts_with(file + ":") || message.find('\n') != std::string_view::npos) __builtin_trap();
  }
  unlink(file.c_str());
  return 0;
}
