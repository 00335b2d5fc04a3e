#include "places.hpp"

#include <cstdlib>

namespace quantal {

std::string command_path() {
  return QUANTAL_COMMAND;
}

std::filesystem::path tests_folder() {
  return QUANTAL_TESTS_DIR;
}

std::filesystem::path games_folder() {
  const char* const given = std::getenv("QUANTAL_GAMES_DIR");
  return given != nullptr ? given : QUANTAL_GAMES_DIR;
}

}  // namespace quantal
