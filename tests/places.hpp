#pragma once

/// Where this build's command and what the tests read are: the one thing that differs from build to build, so that all
/// other files of the tests compile to the same objects in each.

#include <filesystem>
#include <string>

namespace quantal {

/// The command `quantal`.
std::string command_path();

/// This folder.
std::filesystem::path tests_folder();

/// A collection of games in Gambit's format, which need not be there; QUANTAL_GAMES_DIR in the environment overrides
/// it.
std::filesystem::path games_folder();

}  // namespace quantal
