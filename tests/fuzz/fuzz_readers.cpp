// libFuzzer's entry: whatever the bytes, the readers either return valid games, which read back from what the writer
// makes of them, or throw InputError.
//
//     clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -DFMT_HEADER_ONLY -Ihost/include -Ihost \
//         tests/fuzz/fuzz_readers.cpp host/io*.cpp host/game.cpp -o fuzz_readers
//     ./fuzz_readers -dict=tests/fuzz/readers.dict -max_len=4096 /tmp/findings tests/fuzz/corpus

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string_view>

#include "quantal/io.hpp"

namespace {

/// Without its name, which need not be UTF-8 and then is written in other bytes.
quantal::Game nameless(quantal::Game game) {
  std::visit([](auto& of_a_class) { of_a_class.name = "x"; }, game);
  return game;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<quantal::Game> games;
  try {
    games = quantal::parse_games(text, "input", "input");
  } catch (const quantal::InputError& error) {
    // One line that begins with the place, in bytes that any terminal shows.
    const std::string_view message = error.what();
    if (!message.starts_with("input:") || message.size() > 400) __builtin_trap();
    for (const char c : message) {
      if (c < ' ' || c > '~') __builtin_trap();
    }
    return 0;
  }
  if (games.empty()) __builtin_trap();
  for (const quantal::Game& game : games) {
    quantal::validate(game);  // would throw through here
    std::ostringstream written;
    quantal::write_json(written, game);
    const std::vector<quantal::Game> again = quantal::parse_games(written.str(), "written", "x");
    if (again.size() != 1 || nameless(again[0]) != nameless(game)) __builtin_trap();
  }
  return 0;
}
