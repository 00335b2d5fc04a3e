#include "io_json_draft.hpp"

#include <algorithm>

#include "host/format.hpp"
#include "quantal/error.hpp"

namespace quantal {

void NormalFormDraft::clear() {
  payoffs_.clear();
  arrays_.clear();
}

NormalFormGame NormalFormDraft::finished(const JsonGameHead& head) const {
  std::size_t joint = 0;
  try {
    joint = joint_actions(head.actions);
  } catch (const InputError& error) {
    source_.fail(head.actions_end, error.what());
  }
  const std::size_t agents = head.actions.size();
  const JsonArray& all = arrays_.back();
  for (std::size_t i = 0; i < std::min(agents, all.count); ++i) {
    if (arrays_[i].count == joint) continue;
    source_.fail(arrays_[i].end, formatted("expected {} payoffs for agent {}, one a joint action, found {}", joint, i,
                                           arrays_[i].count));
  }
  if (all.count != agents) {
    source_.fail(all.end, formatted("expected {} arrays of payoffs, one an agent, found {}", agents, all.count));
  }
  return {head.name, head.actions, payoffs_};
}

void PolymatrixDraft::clear() {
  edges_.clear();
  places_.clear();
  payoffs_.clear();
  checked_edges_ = 0;
  matrices_.clear();
  rows_.clear();
}

void PolymatrixDraft::begin_edge() {
  edges_.push_back({0, 0, false, false});
  places_.emplace_back();
  edge_agents_ = 0;
  edge_matrices_ = 0;
}

void PolymatrixDraft::agent(int agent, std::size_t place) {
  if (edge_agents_ < 2) {
    (edge_agents_ == 0 ? edges_.back().first : edges_.back().second) = agent;
    places_.back()[edge_agents_] = place;
  }
  ++edge_agents_;
}

void PolymatrixDraft::end_agents(const JsonArray& agents) {
  const std::size_t e = edges_.size() - 1;
  const PolymatrixEdge& edge = edges_.back();
  if (agents.count != 2) {
    source_.fail(agents.end, formatted("expected two agents for edges[{}], found {}", e, agents.count));
  }
  if (edge.first == edge.second) {
    source_.fail(places_.back()[1],
                 formatted("expected two different agents for edges[{}], found {} twice", e, edge.first));
  }
}

void PolymatrixDraft::end_matrix(const JsonArray& matrix) {
  if (edge_matrices_ < 2) (edge_matrices_ == 0 ? edges_.back().pays_first : edges_.back().pays_second) = true;
  ++edge_matrices_;
  matrices_.push_back(matrix);
}

void PolymatrixDraft::end_matrices(std::size_t end) {
  const std::size_t e = edges_.size() - 1;
  if (edge_matrices_ != 2) {
    source_.fail(end, formatted("expected two matrices for edges[{}].payoffs, the first agent's and the second's, "
                                "null for one that earns nothing; found {}",
                                e, edge_matrices_));
  }
  if (!edges_.back().pays_first && !edges_.back().pays_second) {
    source_.fail(end, formatted("expected a matrix for at least one agent of edges[{}], found null for both", e));
  }
}

void PolymatrixDraft::end_edge(const JsonGameHead& head) {
  if (head.has_actions) check_edges(head.actions);
}

PolymatrixGame PolymatrixDraft::finished(const JsonGameHead& head) {
  try {
    validate(PolymatrixGame{"", head.actions, {}, {}});  // the actions by themselves
  } catch (const InputError& error) {
    source_.fail(head.actions_end, error.what());
  }
  check_edges(head.actions);
  check_repetition();
  return {head.name, head.actions, edges_, payoffs_};
}

void PolymatrixDraft::check_edges(const std::vector<int>& actions) {
  next_matrix_ = 0;
  next_row_ = 0;
  for (; checked_edges_ < edges_.size(); ++checked_edges_) {
    const PolymatrixEdge& edge = edges_[checked_edges_];
    check_agents(edge, checked_edges_, actions);
    if (edge.pays_first) check_matrix(edge, checked_edges_, false, actions);
    if (edge.pays_second) check_matrix(edge, checked_edges_, true, actions);
  }
  matrices_.clear();
  rows_.clear();
}

void PolymatrixDraft::check_agents(const PolymatrixEdge& edge, std::size_t e, const std::vector<int>& actions) const {
  const auto check = [&](int agent, std::size_t place) {
    if (static_cast<std::size_t>(agent) < actions.size()) return;
    source_.fail(place, formatted("expected agents from 0 to {} for edges[{}], found {}",
                                  static_cast<std::ptrdiff_t>(actions.size()) - 1, e, agent));
  };
  check(edge.first, places_[e][0]);
  check(edge.second, places_[e][1]);
}

void PolymatrixDraft::check_matrix(const PolymatrixEdge& edge, std::size_t e, bool of_second,
                                   const std::vector<int>& actions) {
  const JsonArray& matrix = matrices_[next_matrix_++];
  const auto rows = static_cast<std::size_t>(actions[static_cast<std::size_t>(edge.first)]);
  const auto columns = static_cast<std::size_t>(actions[static_cast<std::size_t>(edge.second)]);
  const auto place = [&] {
    return formatted("edges[{}].payoffs[{}], what agent {} earns from agent {}", e, of_second ? 1 : 0,
                     of_second ? edge.second : edge.first, of_second ? edge.first : edge.second);
  };
  for (std::size_t a = 0; a < std::min(rows, matrix.count); ++a) {
    const JsonArray& row = rows_[next_row_ + a];
    if (row.count == columns) continue;
    source_.fail(row.end, formatted("expected {} payoffs in row {} of {}, one an action of agent {}, found {}", columns,
                                    a, place(), edge.second, row.count));
  }
  if (matrix.count != rows) {
    source_.fail(matrix.end, formatted("expected {} rows in {}, one an action of agent {}, found {}", rows, place(),
                                       edge.first, matrix.count));
  }
  next_row_ += matrix.count;
}

void PolymatrixDraft::check_repetition() const {
  const auto [e, earlier] = repeated_edge(edges_);
  if (e == edges_.size()) return;
  source_.fail(places_[e][0],
               formatted("expected one edge between agents {} and {}, found edges[{}] after edges[{}] on line {}",
                         edges_[e].first, edges_[e].second, e, earlier, source_.line_of(places_[earlier][0])));
}

}  // namespace quantal
