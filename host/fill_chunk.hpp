#pragma once

#include <cstddef>
#include <memory_resource>
#include <span>

#include "host/chunk.hpp"
#include "quantal/game.hpp"
#include "quantal/run.hpp"
#include "quantal/settings.hpp"

namespace quantal {

/// Brings the games of `which` runs (indices into `runs`, all of one shape) and the runs themselves into the kernels'
/// layout and precision; see arrange_payoffs. `eta` receives each run's first step size. The chunk's arrays are at
/// `place`. Where `backend_arranges`, the payoffs of normal forms are left to the backend (Chunk::games) unless a step
/// depends on them.
template <class Scalar>
Chunk<Scalar> fill_chunk(const Shape& shape, std::span<const Game> games, std::span<const Run> runs,
                         std::span<const std::size_t> which, const Settings& settings, std::span<double> eta,
                         std::pmr::memory_resource* place = std::pmr::get_default_resource(),
                         bool backend_arranges = false);

}  // namespace quantal
