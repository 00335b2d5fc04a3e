#include "io_json_markov_draft.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "host/format.hpp"
#include "quantal/error.hpp"

namespace quantal {
namespace {

/// As `validate` has it, in the order in which it adds up.
bool sums_to_one(double sum) {
  return std::fabs(sum - 1) <= 1e-9;
}

double sum_of(std::span<const double> probabilities) {
  double sum = 0;
  for (const double p : probabilities) sum += p;
  return sum;
}

}  // namespace

void MarkovDraft::clear() {
  states_ = 0;
  discount_ = 0;
  initial_.clear();
  has_initial_ = false;
  rewards_.clear();
  for (auto& arrays : reward_arrays_) arrays.clear();
  transitions_.clear();
  next_state_.clear();
  row_begin_.clear();
  for (auto& arrays : transition_arrays_) arrays.clear();
  rows_before_state_ = 0;
  row_ = Row::empty;
  next_dense_ = 0;
  largest_state_ = -1;
}

void MarkovDraft::end_initial(const JsonArray& initial) {
  has_initial_ = true;
  initial_end_ = initial.end;
}

void MarkovDraft::end_rewards(std::size_t depth, const JsonArray& array) {
  reward_arrays_[depth].push_back(array);
}

void MarkovDraft::probability(double probability) {
  row_ = Row::dense;
  if (row_begin_.empty()) {
    transitions_.push_back(probability);
  } else if (probability != 0) {
    transitions_.push_back(probability);
    next_state_.push_back(next_dense_);
  }
  ++next_dense_;
}

void MarkovDraft::begin_pair() {
  if (row_begin_.empty()) make_sparse();
  row_ = Row::pairs;
}

void MarkovDraft::pair_state(double state, std::size_t place, std::span<const std::size_t> index) {
  const auto next = static_cast<std::int32_t>(state);
  next_state_.push_back(next);
  if (next <= largest_state_) return;
  largest_state_ = next;
  largest_place_ = place;
  std::copy_n(index.begin(), largest_index_.size(), largest_index_.begin());
}

void MarkovDraft::end_pair(const JsonArray& pair, std::span<const std::size_t> index) const {
  if (pair.count == 2) return;
  source_.fail(pair.end, formatted("expected a pair [next state, probability] for transitions[{}], found {} {}",
                                   joined(index, "]["), pair.count, pair.count == 1 ? "number" : "numbers"));
}

void MarkovDraft::end_transitions(std::size_t depth, const JsonArray& array) {
  if (depth == 2) {
    end_row(array);
  } else {
    transition_arrays_[depth].push_back(array);
    rows_before_state_ = transition_arrays_[2].size();
  }
}

std::string MarkovDraft::expected_state() const {
  if (states_ == 0) return "a next state, a whole number from 0,";
  return formatted("a next state from 0 to {}", states_ - 1);
}

/// The dense rows so far lose their zeros.
void MarkovDraft::make_sparse() {
  row_begin_.push_back(0);
  std::size_t from = 0;
  std::size_t to = 0;
  for (const JsonArray& row : transition_arrays_[2]) {
    const std::size_t count = row.count == any_count ? 0 : row.count;
    for (std::size_t next = 0; next < count; ++next, ++from) {
      if (transitions_[from] == 0) continue;
      transitions_[to++] = transitions_[from];
      next_state_.push_back(static_cast<std::int32_t>(next));
    }
    row_begin_.push_back(to);
  }
  transitions_.resize(to);
}

void MarkovDraft::end_row(const JsonArray& row) {
  if (row_ == Row::pairs) sort_row(row.end);
  if (!row_begin_.empty()) row_begin_.push_back(transitions_.size());
  transition_arrays_[2].push_back({row_ == Row::dense ? row.count : any_count, row.end});
  row_ = Row::empty;
  next_dense_ = 0;
}

void MarkovDraft::sort_row(std::size_t end_of_row) {
  const std::size_t begin = row_begin_.back();
  const std::span<std::int32_t> states = std::span(next_state_).subspan(begin);
  const std::span<double> probabilities = std::span(transitions_).subspan(begin);
  if (!std::is_sorted(states.begin(), states.end())) {
    std::vector<std::pair<std::int32_t, double>> pairs;
    for (std::size_t k = 0; k < states.size(); ++k) pairs.emplace_back(states[k], probabilities[k]);
    std::sort(pairs.begin(), pairs.end());
    for (std::size_t k = 0; k < states.size(); ++k) std::tie(states[k], probabilities[k]) = pairs[k];
  }
  const auto twice = std::adjacent_find(states.begin(), states.end());
  if (twice == states.end()) return;
  source_.fail(end_of_row, formatted("expected each next state once in {}, found {} again", present_row(), *twice));
}

std::string MarkovDraft::present_row() const {
  return formatted("transitions[{}][{}]", transition_arrays_[1].size(),
                   transition_arrays_[2].size() - rows_before_state_);
}

MarkovGame MarkovDraft::finished(const JsonGameHead& head) {
  const std::size_t agents = head.actions_by_agent.empty() ? head.actions.size() : head.actions_by_agent.size();
  // The numbers of arrays come first: whatever a file says of states, no more of them are held than it lists.
  check_counts(head, agents);
  MarkovGame game;
  game.states = states_;
  game.actions = actions_by_state(head);
  std::vector<std::size_t> rows_before;
  try {
    rows_before = rows_before_states(game);
  } catch (const InputError& error) {
    source_.fail(head.actions_end, error.what());
  }
  check_rewards(rows_before, agents);
  check_next_states();
  check_transitions(rows_before);
  if (has_initial_) check_initial();

  game.name = head.name;
  game.discount = discount_;
  game.initial = initial_;
  game.rewards = rewards_;
  game.transitions = transitions_;
  game.row_begin = row_begin_;
  game.next_state = next_state_;
  return game;
}

void MarkovDraft::check_counts(const JsonGameHead& head, std::size_t agents) const {
  const auto states = static_cast<std::size_t>(states_);
  for (std::size_t i = 0; i < head.actions_by_agent.size(); ++i) {
    const JsonArray& of_agent = head.actions_by_agent[i];
    if (of_agent.count == states) continue;
    source_.fail(of_agent.end, formatted("expected {} numbers of actions for agent {}, one a state, found {}", states,
                                         i, of_agent.count));
  }
  for (std::size_t i = 0; i < std::min(agents, reward_arrays_[1].size()); ++i) {
    const JsonArray& of_agent = reward_arrays_[1][i];
    if (of_agent.count == states) continue;
    source_.fail(of_agent.end, formatted("expected {} arrays of rewards for agent {}, one a state, found {}", states, i,
                                         of_agent.count));
  }
  const JsonArray& rewards = reward_arrays_[0].back();
  if (rewards.count != agents) {
    source_.fail(rewards.end,
                 formatted("expected {} arrays of rewards, one an agent, found {}", agents, rewards.count));
  }
  const JsonArray& transitions = transition_arrays_[0].back();
  if (transitions.count != states) {
    source_.fail(transitions.end,
                 formatted("expected {} arrays of transitions, one a state, found {}", states, transitions.count));
  }
}

std::vector<int> MarkovDraft::actions_by_state(const JsonGameHead& head) const {
  if (!head.actions_by_agent.empty()) return head.actions;
  std::vector<int> actions;
  for (const int m : head.actions) actions.insert(actions.end(), static_cast<std::size_t>(states_), m);
  return actions;
}

void MarkovDraft::check_rewards(const std::vector<std::size_t>& rows_before, std::size_t agents) const {
  const std::size_t states = rows_before.size() - 1;
  for (std::size_t i = 0; i < agents; ++i) {
    for (std::size_t s = 0; s < states; ++s) {
      const JsonArray& found = reward_arrays_[2][i * states + s];
      const std::size_t joint = rows_before[s + 1] - rows_before[s];
      if (found.count == joint) continue;
      source_.fail(found.end, formatted("expected {} rewards for agent {} in state {}, one a joint action, found {}",
                                        joint, i, s, found.count));
    }
  }
}

void MarkovDraft::check_next_states() const {
  if (largest_state_ < states_) return;
  source_.fail(largest_place_, formatted("expected {} for transitions[{}][0], found \"{}\"", expected_state(),
                                         joined(largest_index_, "]["), largest_state_));
}

void MarkovDraft::check_transitions(const std::vector<std::size_t>& rows_before) const {
  const std::size_t states = rows_before.size() - 1;
  std::size_t first_row = 0;
  std::size_t begin = 0;
  for (std::size_t s = 0; s < states; ++s) {
    const JsonArray& of_state = transition_arrays_[1][s];
    const std::size_t joint = rows_before[s + 1] - rows_before[s];
    for (std::size_t a = 0; a < std::min(joint, of_state.count); ++a) {
      const JsonArray& row = transition_arrays_[2][first_row + a];
      if (row.count != states && row.count != any_count) {
        source_.fail(row.end, formatted("expected {} probabilities for transitions[{}][{}], one a next state, or "
                                        "pairs [next state, probability], found {}",
                                        states, s, a, row.count));
      }
      const std::size_t end = row_begin_.empty() ? begin + (row.count == any_count ? 0 : states)  //
                                                 : row_begin_[first_row + a + 1];
      const double sum = sum_of(std::span(transitions_).subspan(begin, end - begin));
      if (!sums_to_one(sum)) {
        source_.fail(row.end, formatted("expected probabilities that sum to 1 for transitions[{}][{}], state {} and "
                                        "joint action {}, found a sum of {}",
                                        s, a, s, a, sum));
      }
      begin = end;
    }
    if (of_state.count != joint) {
      source_.fail(of_state.end, formatted("expected {} rows for transitions[{}], one a joint action, found {}", joint,
                                           s, of_state.count));
    }
    first_row += of_state.count;
  }
}

void MarkovDraft::check_initial() const {
  const auto states = static_cast<std::size_t>(states_);
  if (initial_.size() != states) {
    source_.fail(initial_end_,
                 formatted("expected {} initial probabilities, one a state, found {}", states, initial_.size()));
  }
  const double sum = sum_of(initial_);
  if (!sums_to_one(sum)) {
    source_.fail(initial_end_, formatted("expected initial probabilities that sum to 1, found a sum of {}", sum));
  }
}

}  // namespace quantal
