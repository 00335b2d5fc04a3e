#pragma once

#include <memory>

#include "host/files/game_source.hpp"
#include "host/files/input_file.hpp"

namespace quantal::files {

/// Games in normal form, without names, from a .npy file: an array of payoffs (games, agents, actions of each agent
/// ..).
std::unique_ptr<GameSource> open_npy_games(std::shared_ptr<const InputFile> file);

/// From a .npz file: several such arrays, in the order of the archive's directory.
std::unique_ptr<GameSource> open_npz_games(const std::shared_ptr<const InputFile>& file);

}  // namespace quantal::files
