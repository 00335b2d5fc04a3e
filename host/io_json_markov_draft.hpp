#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io_json_draft.hpp"
#include "io_text.hpp"
#include "quantal/game.hpp"

namespace quantal {

/// A Markov game while it is being read. Numbers go straight into the game's flat vectors, and what is left to check
/// are the sizes and ends of the arrays: the keys of a game come in any order, so these wait for `finished`.
///
/// Transitions are taken as dense ones until the first pair of a next state and its probability; then the rows before
/// it become sparse, and the dense ones after it are read so.
class MarkovDraft {
 public:
  explicit MarkovDraft(const SourceText& source) : source_(source) {}

  /// Forgets the game, not the memory.
  void clear();

  void states(int states) { states_ = states; }
  void discount(double discount) { discount_ = discount; }

  void initial(double probability) { initial_.push_back(probability); }
  void end_initial(const JsonArray& initial);

  void reward(double reward) { rewards_.push_back(reward); }
  /// `depth` arrays of rewards are still open.
  void end_rewards(std::size_t depth, const JsonArray& array);

  /// What the present row of the transitions holds so far.
  enum class Row : std::uint8_t { empty, dense, pairs };
  Row row() const { return row_; }

  /// A number of a dense row, and those of a pair. All throw InputError.
  void probability(double probability);
  void begin_pair();
  void pair_state(double state, std::size_t place, std::span<const std::size_t> index);
  void pair_probability(double probability) { transitions_.push_back(probability); }
  void end_pair(const JsonArray& pair, std::span<const std::size_t> index) const;
  /// `depth` arrays of transitions are still open: 2 at the end of a row.
  void end_transitions(std::size_t depth, const JsonArray& array);

  /// Whether a next state is one of the game's, and what may stand in its place, as far as is known.
  bool may_be_state(double state) const { return states_ == 0 || state < states_; }
  std::string expected_state() const;

  /// The game; throws InputError unless shapes and probabilities are valid.
  MarkovGame finished(const JsonGameHead& head);

 private:
  void make_sparse();
  void end_row(const JsonArray& row);
  void sort_row(std::size_t end_of_row);

  std::vector<int> actions_by_state(const JsonGameHead& head) const;
  void check_counts(const JsonGameHead& head, std::size_t agents) const;
  void check_rewards(const std::vector<std::size_t>& rows_before, std::size_t agents) const;
  void check_next_states() const;
  void check_transitions(const std::vector<std::size_t>& rows_before) const;
  void check_initial() const;

  /// "transitions[3][0]" of the row that is being read
  std::string present_row() const;

  /// Of a row of pairs, which has as many as it likes.
  static constexpr std::size_t any_count = static_cast<std::size_t>(-1);

  SourceText source_;
  int states_ = 0;  // 0: not known yet
  double discount_ = 0;

  std::vector<double> initial_;
  bool has_initial_ = false;
  std::size_t initial_end_ = 0;

  std::vector<double> rewards_;
  std::array<std::vector<JsonArray>, 3> reward_arrays_;  // by depth: the one of all, one an agent, one a state of these

  std::vector<double> transitions_;
  std::vector<std::int32_t> next_state_;                     // if there are pairs
  std::vector<std::size_t> row_begin_;                       // if there are pairs
  std::array<std::vector<JsonArray>, 3> transition_arrays_;  // by depth: the one of all, one a state, one a row
  std::size_t rows_before_state_ = 0;                        // the one being read
  Row row_ = Row::empty;
  std::int32_t next_dense_ = 0;  // of the row being read

  // The largest next state of all, in case the number of states comes later.
  std::int32_t largest_state_ = -1;
  std::size_t largest_place_ = 0;
  std::array<std::size_t, 3> largest_index_{};
};

}  // namespace quantal
