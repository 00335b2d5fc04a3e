#pragma once

/// Generated games in normal form, and what tests ask about them.

#include <cstddef>
#include <functional>
#include <set>
#include <vector>

#include "quantal/quantal.hpp"

namespace quantal {

using Family = NormalFormFamily;
using Actions = std::vector<int>;

/// The kind with its defaults, changed.
NormalFormFamily family_of(NormalFormKind kind, const std::function<void(Family&)>& change = {});

/// Its first game.
NormalFormGame game_of(NormalFormKind kind, const std::function<void(Family&)>& change = {});

std::vector<NormalFormKind> all_kinds();

/// Those whose actions are numbers.
inline const std::vector<NormalFormKind> kinds_on_an_interval = {
    NormalFormKind::minimum_effort, NormalFormKind::travellers_dilemma, NormalFormKind::guess_two_thirds,
    NormalFormKind::cournot,        NormalFormKind::bertrand,           NormalFormKind::location,
    NormalFormKind::all_pay_auction};

std::size_t joint_of(const NormalFormGame& game);

/// What an agent earns at a joint action.
double at(const NormalFormGame& game, std::size_t agent, const Actions& action);

/// All joint actions, row-major.
std::vector<Actions> joint_actions_of(const NormalFormGame& game);

/// Whether no agent gains by another action.
bool is_equilibrium(const NormalFormGame& game, const Actions& action);

std::set<Actions> equilibria_of(const NormalFormGame& game);

/// The most that two agents gain together on the way round a square of their actions, the others staying where they
/// are: 0 if and only if there is an exact potential (Monderer and Shapley, Corollary 2.9).
double potential_defect(const NormalFormGame& game);

NetworkClass class_of_two(const NormalFormGame& game);

}  // namespace quantal
