
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/format.hpp"
#include "host/markov_models.hpp"
#include "host/random_stream.hpp"
#include "quantal/generate.hpp"

namespace quantal {
namespace {

constexpr auto kinds = std::to_array<NamedKind>({
    {"random",
     "N agents, S states; r_i(s, a) uniform on the range, independently;\n"
     "P(. | s, a) uniform among the distributions on K random states, or on all:\n"
     "Dirichlet with parameters 1. With one agent, the GARNETs of Archibald,\n"
     "McKinnon and Thomas, On the Generation of Markov Decision Processes, J. of\n"
     "the Operational Research Society 46, 1995."},
    {"zero-sum",
     "As random, for two agents, the second of which loses what the first earns.\n"
     "Shapley, Stochastic Games, PNAS 39, 1953."},
    {"mdp", "As random, for one agent: a Markov decision process."},
    {"soccer",
     "Two agents on 4 x 5 squares step north, south, east or west or stand; who\n"
     "moves first is drawn in each period. Who steps onto the other stays, and the\n"
     "ball is the other's. Who carries it out at the two middle squares of the\n"
     "left side (agent 0) or of the right (agent 1) earns 1 from the other; all\n"
     "starts anew, the ball anyone's. Steps elsewhere off the board do nothing.\n"
     "760 states; zero-sum. Littman, Markov Games as a Framework for Multi-Agent\n"
     "Reinforcement Learning, ICML 1994. Nothing is drawn at random."},
    {"navigation",
     "Two agents on a grid step north, south, east or west from the lower corners\n"
     "to the upper ones across. A step fails with probability slip. Who steps onto\n"
     "the square where the other stays or steps, or steps past it, bounces: it\n"
     "stays and pays the penalty; but nothing keeps an agent from its goal, which\n"
     "earns it 100 and ends the game in an absorbing state. Without slip, on 3 x 3\n"
     "squares, this is grid game 1 of Hu and Wellman, Nash Q-Learning for\n"
     "General-Sum Stochastic Games, J. of Machine Learning Research 4, 2003.\n"
     "Nothing is drawn at random."},
    {"stag-hunt",
     "N agents hunt hare (action 0) or stag (1), few stags (state 0) or many (1). A\n"
     "hare is worth 1. A stag needs all agents, and earns each 4 where there are\n"
     "many, 2 where there are few; who hunts it without the others earns 0. After\n"
     "a stag there are many with probability 1/2, or 1/4 if there were few; else\n"
     "with probability 1, or 1/2. All for the stag and all for hares are both\n"
     "equilibria. After Rousseau, Discourse on Inequality, 1755, and Skyrms, The\n"
     "Stag Hunt, 2004; the states are Quantal's. Nothing is drawn at random."},
    {"congestion",
     "N agents choose among four facilities of weights 1, 2, 4 and 6, which pay\n"
     "each of their k users k times the weight; in the distancing state (1) all pay\n"
     "the penalty besides. The safe state (0) turns into it when more than N/2\n"
     "agents use one facility, and it lasts until none has more than N/4, rounded\n"
     "up. The first state is either. Leonardos, Overman, Panageas and Piliouras,\n"
     "Global Convergence of Multi-Agent Policy Gradient in Markov Potential Games,\n"
     "ICLR 2022. Nothing is drawn at random."},
});

std::string_view name_of(MarkovKind kind) {
  return kinds[static_cast<std::size_t>(kind)].name;
}

int agents_of(const MarkovFamily& family) {
  switch (family.kind) {
    case MarkovKind::mdp:
      return 1;
    case MarkovKind::zero_sum:
    case MarkovKind::soccer:
    case MarkovKind::navigation:
      return 2;
    default:
      return family.agents;
  }
}

int next_states_of(const MarkovFamily& family) {
  return family.next_states == 0 ? family.states : family.next_states;
}

void validate_drawn(const MarkovFamily& family) {
  if (family.states < 1) throw InputError(formatted("states: expected at least 1, found {}", family.states));
  if (family.actions.empty()) throw InputError("actions: expected at least one number of actions, found none");
  for (const int m : family.actions) {
    if (m < 1) throw InputError(formatted("actions: expected at least 1 for each agent, found {}", m));
  }
  if (!(family.low <= family.high) || !std::isfinite(family.high - family.low)) {
    throw InputError(
        formatted("range: expected finite numbers low:high with low <= high, found {}:{}", family.low, family.high));
  }
  if (family.next_states < 0 || family.next_states > family.states) {
    throw InputError(formatted("next states: expected 1 to {}, as many as there are states, found {}", family.states,
                               family.next_states));
  }
}

void validate_navigation(const MarkovFamily& family) {
  if (family.rows < 2 || family.columns < 2) {
    throw InputError(formatted("kind navigation: expected at least 2 rows and 2 columns, found {} and {}", family.rows,
                               family.columns));
  }
  if (!(family.slip >= 0 && family.slip < 1)) {
    throw InputError(formatted("kind navigation: expected a slip from 0 to below 1, found {}", family.slip));
  }
}

/// Throws InputError if there would be too many rewards or transition probabilities.
void validate_size(const MarkovFamily& family) {
  constexpr double limit = 1u << 31;
  double states = 2;
  double actions = 2;
  double next_states = 2;
  if (is_drawn(family.kind)) {
    states = family.states;
    actions = *std::max_element(family.actions.begin(), family.actions.end());
    next_states = next_states_of(family);
  } else if (family.kind == MarkovKind::soccer) {
    return;
  } else if (family.kind == MarkovKind::navigation) {
    const double squares = static_cast<double>(family.rows) * family.columns;
    states = squares * squares;
    actions = 4;
    next_states = 4;
  } else if (family.kind == MarkovKind::congestion) {
    actions = 4;
  }
  double rows = states;
  for (int i = 0; i < agents_of(family) && rows < limit && actions > 1; ++i) rows *= actions;
  if (rows * std::max<double>(agents_of(family), next_states) >= limit) {
    throw InputError(
        formatted("kind {}: expected fewer than 2^31 rewards and transition probabilities, found {} agents with up "
                  "to {} actions in {} states",
                  name_of(family.kind), agents_of(family), actions, states));
  }
}

/// (N, S)
std::vector<int> draw_actions(const MarkovFamily& family, std::uint64_t index) {
  std::vector<int> actions(static_cast<std::size_t>(agents_of(family)) * static_cast<std::size_t>(family.states),
                           family.actions.front());
  if (family.actions.size() == 1) return actions;
  RandomStream random(family.seed, index, Purpose::actions);
  for (int& m : actions) m = family.actions[random.below(static_cast<std::uint32_t>(family.actions.size()))];
  return actions;
}

void draw_rewards(MarkovGame& game, const MarkovFamily& family, std::size_t rows, std::uint64_t index) {
  RandomStream random(family.seed, index, Purpose::payoffs);
  game.rewards.resize(static_cast<std::size_t>(game.agents()) * rows);
  const bool zero_sum = family.kind == MarkovKind::zero_sum;
  const std::size_t drawn = zero_sum ? rows : game.rewards.size();
  for (std::size_t k = 0; k < drawn; ++k) game.rewards[k] = random.uniform(family.low, family.high);
  for (std::size_t k = drawn; k < game.rewards.size(); ++k) game.rewards[k] = -game.rewards[k - drawn];
}

/// Random subsets of 0 .. count - 1, all of one size as likely.
class Subsets {
 public:
  explicit Subsets(int count) : drawn_by_(static_cast<std::size_t>(count), 0) {}

  /// Appends `size` numbers in ascending order. Floyd's algorithm: Bentley and Floyd, A Sample of Brilliance,
  /// Communications of the ACM 30, 1987.
  void append(std::vector<std::int32_t>& numbers, int size, RandomStream& random) {
    ++draws_;
    const std::size_t before = numbers.size();
    const int count = static_cast<int>(drawn_by_.size());
    for (int last = count - size; last < count; ++last) {
      const auto number = static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(last) + 1));
      const bool is_new = drawn_by_[static_cast<std::size_t>(number)] != draws_;
      numbers.push_back(is_new ? number : last);
      drawn_by_[static_cast<std::size_t>(numbers.back())] = draws_;
    }
    std::sort(numbers.begin() + static_cast<std::ptrdiff_t>(before), numbers.end());
  }

 private:
  std::vector<std::size_t> drawn_by_;  // the last draw that a number was in
  std::size_t draws_ = 0;
};

void draw_transitions(MarkovGame& game, const MarkovFamily& family, std::size_t rows, std::uint64_t index) {
  RandomStream random(family.seed, index, Purpose::transitions);
  const auto K = static_cast<std::size_t>(next_states_of(family));
  const bool sparse = next_states_of(family) < game.states;
  Subsets subsets(sparse ? game.states : 0);
  game.transitions.reserve(rows * K);
  if (sparse) game.row_begin.push_back(0);
  // The gaps between random points cut the unit interval by a Dirichlet distribution with parameters 1 (Devroye,
  // Non-Uniform Random Variate Generation, 1986, chapter V). Points are multiples of 2^-53, so that gaps and their sums
  // are exact on every machine; logarithms of uniform numbers would not be.
  std::vector<std::uint64_t> point(K + 1);
  for (std::size_t k = 0; k < rows; ++k) {
    if (sparse) {
      subsets.append(game.next_state, family.next_states, random);
      game.row_begin.push_back(game.next_state.size());
    }
    point.front() = 0;
    for (std::size_t c = 1; c < K; ++c) point[c] = random.word() >> 11;
    point.back() = std::uint64_t{1} << 53;
    std::sort(point.begin(), point.end());
    for (std::size_t c = 0; c < K; ++c) {
      game.transitions.push_back(static_cast<double>(point[c + 1] - point[c]) * 0x1p-53);
    }
  }
}

MarkovGame draw(const MarkovFamily& family, std::uint64_t index) {
  MarkovGame game;
  game.states = family.states;
  game.actions = draw_actions(family, index);
  const std::size_t rows = rows_before_states(game).back();
  draw_rewards(game, family, rows, index);
  draw_transitions(game, family, rows, index);
  return game;
}

std::string name_of(const MarkovFamily& family, std::uint64_t index) {
  const std::string_view kind = name_of(family.kind);
  switch (family.kind) {
    case MarkovKind::soccer:
      return std::string(kind);
    case MarkovKind::navigation:
      return formatted("{} {}x{} slip {}", kind, family.rows, family.columns, family.slip);
    case MarkovKind::stag_hunt:
    case MarkovKind::congestion:
      return formatted("{} {} agents", kind, family.agents);
    default:
      const std::string next = family.next_states == 0 ? "" : formatted(" next {}", family.next_states);
      return formatted("{} {}x{} states {}{} seed {} #{}", kind, agents_of(family), joined(family.actions, ","),
                       family.states, next, family.seed, index);
  }
}

MarkovGame game_of(const MarkovFamily& family, std::uint64_t index) {
  switch (family.kind) {
    case MarkovKind::soccer:
      return soccer();
    case MarkovKind::navigation:
      return navigation(family.rows, family.columns, family.slip, family.penalty);
    case MarkovKind::stag_hunt:
      return stag_hunt(family.agents);
    case MarkovKind::congestion:
      return congestion(family.agents, family.penalty);
    default:
      return draw(family, index);
  }
}

}  // namespace

std::span<const NamedKind> markov_kinds() {
  return kinds;
}

bool is_drawn(MarkovKind kind) {
  return kind <= MarkovKind::mdp;
}

MarkovFamily markov_family(MarkovKind kind) {
  MarkovFamily family;
  family.kind = kind;
  if (kind == MarkovKind::mdp) family.agents = 1;
  if (kind == MarkovKind::navigation || kind == MarkovKind::congestion) family.discount = 0.99;
  if (kind == MarkovKind::congestion) {
    family.agents = 8;
    family.penalty = 100;
  }
  return family;
}

void validate(const MarkovFamily& family) {
  if (!(family.discount >= 0 && family.discount < 1)) {
    throw InputError(formatted("discount: expected a number from 0 to below 1, found {}", family.discount));
  }
  const int fewest = family.kind == MarkovKind::stag_hunt || family.kind == MarkovKind::congestion ? 2 : 1;
  if (agents_of(family) < fewest) {
    throw InputError(formatted("kind {}: expected at least {} agent{}, found {}", name_of(family.kind), fewest,
                               fewest == 1 ? "" : "s", family.agents));
  }
  if (is_drawn(family.kind)) validate_drawn(family);
  if (family.kind == MarkovKind::navigation) validate_navigation(family);
  const bool has_penalty = family.kind == MarkovKind::navigation || family.kind == MarkovKind::congestion;
  if (has_penalty && !(family.penalty >= 0 && std::isfinite(family.penalty))) {
    throw InputError(
        formatted("kind {}: expected a finite penalty of at least 0, found {}", name_of(family.kind), family.penalty));
  }
  validate_size(family);
}

MarkovGame generate(const MarkovFamily& family, std::uint64_t index) {
  validate(family);
  if (index >> 48 != 0) throw InputError(formatted("game {}: expected a number below 2^48", index));
  MarkovGame game = game_of(family, index);
  game.name = name_of(family, index);
  game.discount = family.discount;
  return game;
}

}  // namespace quantal
