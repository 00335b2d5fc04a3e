#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "host/files/game_source.hpp"

namespace quantal::files {

/// Games of an HDF5 file, in the order of its groups by name; without a name where the file gives none. In a group
/// G games of one shape stand in datasets of integers or floating-point numbers, of any size and order of bytes:
///
///     /normal_form/GROUP/payoffs        [G, N, m_1, .., m_N]
///
///     /polymatrix/GROUP/actions         [N]
///     /polymatrix/GROUP/edges           [E, 2]        agents, counted from 0
///     /polymatrix/GROUP/pays            [E, 2]        optional: 1 where the edge pays its first, its second agent, 0
///                                                     where not; 1 if left out
///     /polymatrix/GROUP/payoffs         [G, P]        edge by edge, the first agent's matrix, if it is paid, then the
///                                                     second's; both [action of first][action of second]
///
///     /markov/GROUP/rewards             [G, N, S, m_1, .., m_N]
///     /markov/GROUP/transitions         [G, S, m_1, .., m_N, S]
///     /markov/GROUP/discount            [G], or a scalar for all games
///     /markov/GROUP/initial             [G, S]        optional
///
///     with numbers of actions that differ by state, M rows (states and their joint actions) in all:
///     /markov/GROUP/actions             [N, S]
///     /markov/GROUP/rewards             [G, N, M]
///     /markov/GROUP/transitions         [G, M, S]
///
///     in place of transitions, where most of them are 0, K others, row by row:
///     /markov/GROUP/row_begin           [M + 1], or [G, M + 1] where it differs by game
///     /markov/GROUP/next_state          [K], or [G, K]
///     /markov/GROUP/probabilities       [G, K]
///
///     in every group:
///     /CLASS/GROUP/names                [G]           optional: strings
///
/// What they mean is said in quantal/game.hpp.
///
/// Not every damaged file is refused with InputError: libhdf5 itself may crash on some. reader_process.hpp keeps that
/// apart.
std::unique_ptr<GameSource> open_hdf5_games(const std::string& file);

/// Whether the first 8 bytes of a file, or those at 512, 1024, 2048 .., are those of an HDF5 file.
constexpr std::string_view hdf5_signature = "\x89HDF\r\n\x1a\n";

}  // namespace quantal::files
