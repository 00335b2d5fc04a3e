#include "normal_form_families.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace quantal {

NormalFormFamily family_of(NormalFormKind kind, const std::function<void(Family&)>& change) {
  NormalFormFamily family = normal_form_family(kind);
  if (change) change(family);
  return family;
}

NormalFormGame game_of(NormalFormKind kind, const std::function<void(Family&)>& change) {
  return generate(family_of(kind, change), 0);
}

std::vector<NormalFormKind> all_kinds() {
  std::vector<NormalFormKind> kinds;
  for (std::size_t k = 0; k < normal_form_kinds().size(); ++k) kinds.push_back(static_cast<NormalFormKind>(k));
  return kinds;
}

std::size_t joint_of(const NormalFormGame& game) {
  return game.payoffs.size() / game.actions.size();
}

double at(const NormalFormGame& game, std::size_t agent, const Actions& action) {
  std::size_t k = 0;
  for (std::size_t i = 0; i < action.size(); ++i) {
    k = k * static_cast<std::size_t>(game.actions[i]) + static_cast<std::size_t>(action[i]);
  }
  return game.payoffs[agent * joint_of(game) + k];
}

std::vector<Actions> joint_actions_of(const NormalFormGame& game) {
  std::vector<Actions> all = {{}};
  for (const int m : game.actions) {
    std::vector<Actions> longer;
    for (const Actions& action : all) {
      for (int a = 0; a < m; ++a) {
        longer.push_back(action);
        longer.back().push_back(a);
      }
    }
    all = std::move(longer);
  }
  return all;
}

bool is_equilibrium(const NormalFormGame& game, const Actions& action) {
  for (std::size_t i = 0; i < action.size(); ++i) {
    Actions other = action;
    for (int a = 0; a < game.actions[i]; ++a) {
      other[i] = a;
      if (at(game, i, other) > at(game, i, action) + 1e-12) return false;
    }
  }
  return true;
}

std::set<Actions> equilibria_of(const NormalFormGame& game) {
  std::set<Actions> found;
  for (const Actions& action : joint_actions_of(game)) {
    if (is_equilibrium(game, action)) found.insert(action);
  }
  return found;
}

double potential_defect(const NormalFormGame& game) {
  double most = 0;
  for (const Actions& action : joint_actions_of(game)) {
    for (std::size_t i = 0; i < action.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        for (int a = 0; a < action[i]; ++a) {
          for (int b = 0; b < action[j]; ++b) {
            Actions one = action;
            Actions other = action;
            Actions both = action;
            one[i] = both[i] = a;
            other[j] = both[j] = b;
            const double gain = at(game, i, one) - at(game, i, action) + at(game, j, both) - at(game, j, one) +
                                at(game, i, other) - at(game, i, both) + at(game, j, action) - at(game, j, other);
            most = std::max(most, std::fabs(gain));
          }
        }
      }
    }
  }
  return most;
}

NetworkClass class_of_two(const NormalFormGame& game) {
  return classify(PolymatrixGame{"", game.actions, {{0, 1, true, true}}, game.payoffs});
}

}  // namespace quantal
