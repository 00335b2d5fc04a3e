#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "io_text.hpp"
#include "quantal/game.hpp"

namespace quantal {

/// An array that has been read: how many elements it has, and where in the text it ends.
struct JsonArray {
  std::size_t count = 0;
  std::size_t end = 0;
};

/// What every class of games has, as far as it has been read.
struct JsonGameHead {
  std::string name;
  std::vector<int> actions;
  std::vector<JsonArray> actions_by_agent;  // not empty: the actions came in arrays, one an agent
  bool has_actions = false;                 // whether all actions are known
  std::size_t actions_end = 0;              // where in the text
};

/// A game in normal form while it is being read. The keys of a game come in any order, so what needs the actions waits
/// for `finished`.
class NormalFormDraft {
 public:
  explicit NormalFormDraft(const SourceText& source) : source_(source) {}

  /// Forgets the game, not the memory.
  void clear();

  void number(double payoff) { payoffs_.push_back(payoff); }
  void end_array(const JsonArray& array) { arrays_.push_back(array); }

  /// The game; throws InputError unless its payoffs are as many as its actions ask for.
  NormalFormGame finished(const JsonGameHead& head) const;

 private:
  SourceText source_;
  std::vector<double> payoffs_;
  std::vector<JsonArray> arrays_;  // in the order of their ends: one an agent, then the one of these
};

/// A network game while it is being read. Shapes are checked edge by edge if the actions are known by then; if they
/// come after the edges, the sizes of all matrices wait for them.
class PolymatrixDraft {
 public:
  explicit PolymatrixDraft(const SourceText& source) : source_(source) {}

  /// Forgets the game, not the memory.
  void clear();

  // One edge, its two keys in any order. All throw InputError.
  void begin_edge();
  void agent(int agent, std::size_t place);
  void end_agents(const JsonArray& agents);
  void number(double payoff) { payoffs_.push_back(payoff); }
  void end_row(const JsonArray& row) { rows_.push_back(row); }
  void end_matrix(const JsonArray& matrix);
  void no_matrix() { ++edge_matrices_; }
  void end_matrices(std::size_t end);
  void end_edge(const JsonGameHead& head);

  /// The game; throws InputError unless graph and shapes are valid.
  PolymatrixGame finished(const JsonGameHead& head);

 private:
  void check_edges(const std::vector<int>& actions);
  void check_agents(const PolymatrixEdge& edge, std::size_t e, const std::vector<int>& actions) const;
  void check_matrix(const PolymatrixEdge& edge, std::size_t e, bool of_second, const std::vector<int>& actions);
  void check_repetition() const;

  SourceText source_;
  std::vector<PolymatrixEdge> edges_;               // the one being read is the last
  std::vector<std::array<std::size_t, 2>> places_;  // of each edge's agents in the text
  std::vector<double> payoffs_;
  std::size_t edge_agents_ = 0;    // of the edge being read, so far
  std::size_t edge_matrices_ = 0;  // so far, with those that are null

  // Edges before this one have been checked; of the others these are the sizes.
  std::size_t checked_edges_ = 0;
  std::vector<JsonArray> matrices_;
  std::vector<JsonArray> rows_;
  // Where check_edges stands in these.
  std::size_t next_matrix_ = 0;
  std::size_t next_row_ = 0;
};

}  // namespace quantal
