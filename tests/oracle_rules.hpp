#pragma once

/// The naive solver's update rules other than NPG, in long double, as their sources write them. It shares no code with
/// the library.

#include <cstddef>
#include <functional>
#include <vector>

#include "oracle.hpp"

namespace oracle {

enum class Rule {
  optimistic,
  predictive,
  magnetic,
  logit_response,
  policy_gradient,
  replicator,
  alternating,
  anderson
};

/// A game as learners see it: lists of actions, one for each agent, in a Markov game for each agent and state.
struct Lists {
  std::function<Profile(const Profile& policies)> expected;  ///< payoffs, or Q-values, of every action
  std::vector<double> tau;                                   ///< (lists)
  double eta = 0;                                            ///< in a Markov game over 1 - discount
  std::vector<std::size_t> agent;                            ///< (lists) whose it is
  Profile magnet = {};                                       ///< policies; empty: uniform
};

/// One run.
class Learner {
 public:
  Learner(Rule rule, Lists lists, Profile logits);

  void update();
  const Profile& logits() const { return logits_; }

 private:
  /// (1 - eta tau) from + eta rbar of one list.
  std::vector<Number> step(std::size_t list, const std::vector<Number>& from,
                           const std::vector<Number>& expected) const;
  Profile step(const Profile& from, const Profile& expected) const;
  void accelerate(const Profile& expected);

  Rule rule_;
  Lists lists_;
  Profile logits_;
  Profile base_;                     // optimistic
  std::vector<Profile> iterates_;    // anderson: the last ones, oldest first
  std::vector<Profile> directions_;  // and rbar / tau - theta there
};

}  // namespace oracle
