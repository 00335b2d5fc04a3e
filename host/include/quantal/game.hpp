#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace quantal {

/// A game in normal (strategic) form: N agents ("players" in Gambit's words), agent i with actions[i] actions.
///
/// A joint action (a_0, .., a_{N-1}) has the row-major index ((a_0 m_1 + a_1) m_2 + a_2) .., the last agent
/// fastest. N >= 1 and every m_i >= 1; payoffs are finite.
struct NormalFormGame {
  std::string name;
  std::vector<int> actions;     // (N)
  std::vector<double> payoffs;  // (N, m_0, .., m_{N-1}): agent by agent, joint actions row-major

  bool operator==(const NormalFormGame&) const = default;
};

/// The classes of games that `solve` takes.
using Game = std::variant<NormalFormGame>;

/// The game's own name, which may be empty.
const std::string& name_of(const Game& game);

/// "normal_form": the word that files and results use.
std::string_view class_of(const Game& game);

/// Number of joint actions, m_0 m_1 .. m_{N-1}. Throws InputError if there is no agent, an agent without an
/// action, or if N payoffs for each of them could not be addressed in memory.
std::size_t joint_actions(const std::vector<int>& actions);

/// Throws InputError, saying what is wrong, unless the shape is valid, the payoffs are as many as it asks for
/// and all are finite.
void validate(const Game& game);

}  // namespace quantal
