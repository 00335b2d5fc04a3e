#include "oracle_rules.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "oracle_markov.hpp"

namespace oracle {

Learner::Learner(Rule rule, Lists lists, Profile logits)
    : rule_(rule), lists_(std::move(lists)), logits_(std::move(logits)), base_(logits_) {}

std::vector<Number> Learner::step(std::size_t list, const std::vector<Number>& from,
                                  const std::vector<Number>& expected) const {
  const Number eta = lists_.eta;
  const Number tau = lists_.tau[list];
  std::vector<Number> to(from.size());
  for (std::size_t a = 0; a < to.size(); ++a) to[a] = (1 - eta * tau) * from[a] + eta * expected[a];
  return to;
}

Profile Learner::step(const Profile& from, const Profile& expected) const {
  Profile to;
  for (std::size_t i = 0; i < from.size(); ++i) to.push_back(step(i, from[i], expected[i]));
  return to;
}

void Learner::update() {
  const Number eta = lists_.eta;
  const Profile policies = policies_of(logits_);
  const Profile expected = lists_.expected(policies);
  switch (rule_) {
    case Rule::optimistic:
      // base_t = base_{t-1} moved by the payoffs at the extrapolated point, which is then extrapolated with them again.
      base_ = step(base_, expected);
      logits_ = step(base_, expected);
      return;
    case Rule::predictive:
      logits_ = step(logits_, lists_.expected(policies_of(step(logits_, expected))));
      return;
    case Rule::magnetic:
      // pi' = (pi magnet^(eta tau) exp(eta rbar))^(1 / (1 + eta tau))
      for (std::size_t i = 0; i < logits_.size(); ++i) {
        for (std::size_t a = 0; a < logits_[i].size(); ++a) {
          const Number pull = lists_.magnet.empty() ? 0 : eta * lists_.tau[i] * std::log(lists_.magnet[i][a]);
          logits_[i][a] = (logits_[i][a] + pull + eta * expected[i][a]) / (1 + eta * lists_.tau[i]);
        }
      }
      return;
    case Rule::logit_response:
      for (std::size_t i = 0; i < logits_.size(); ++i) {
        const std::vector<Number> response = softmax(response_logits(expected[i], lists_.tau[i]));
        const Number weight = eta * lists_.tau[i];
        for (std::size_t a = 0; a < response.size(); ++a) {
          logits_[i][a] = std::log((1 - weight) * policies[i][a] + weight * response[a]);
        }
      }
      return;
    case Rule::policy_gradient:
    case Rule::replicator:
      for (std::size_t i = 0; i < logits_.size(); ++i) {
        // The derivative of <pi, rbar> + tau H(pi) in each probability, less its mean.
        std::vector<Number> slope(policies[i].size());
        Number mean = 0;
        for (std::size_t a = 0; a < slope.size(); ++a) {
          slope[a] = expected[i][a] - lists_.tau[i] * std::log(policies[i][a]);
          mean += policies[i][a] * slope[a];
        }
        for (std::size_t a = 0; a < slope.size(); ++a) {
          const Number gain = eta * (slope[a] - mean);
          logits_[i][a] +=
              rule_ == Rule::policy_gradient ? policies[i][a] * gain : std::log(std::max<Number>(1 + gain, 0.5L));
        }
      }
      return;
    case Rule::alternating:
      for (std::size_t turn = 0; turn <= *std::max_element(lists_.agent.begin(), lists_.agent.end()); ++turn) {
        const Profile now = lists_.expected(policies_of(logits_));
        for (std::size_t i = 0; i < logits_.size(); ++i) {
          if (lists_.agent[i] == turn) logits_[i] = step(i, logits_[i], now[i]);
        }
      }
      return;
    case Rule::anderson:
      accelerate(expected);
      return;
  }
}

void Learner::accelerate(const Profile& expected) {
  constexpr std::size_t depth = 4;
  Profile direction = logits_;
  for (std::size_t i = 0; i < direction.size(); ++i) {
    const std::vector<Number> response = response_logits(expected[i], lists_.tau[i]);
    Number mean = 0;
    for (std::size_t a = 0; a < response.size(); ++a) {
      direction[i][a] = response[a] - logits_[i][a];
      mean += direction[i][a] / static_cast<Number>(response.size());
    }
    for (Number& x : direction[i]) x -= mean;
  }
  iterates_.push_back(logits_);
  directions_.push_back(direction);
  if (iterates_.size() > depth + 1) {
    iterates_.erase(iterates_.begin());
    directions_.erase(directions_.begin());
  }
  const std::size_t columns = iterates_.size() - 1;
  const auto dot = [](const Profile& p, const Profile& q, const Profile& r, const Profile& s) {
    Number sum = 0;  // <p - q, r - s>
    for (std::size_t i = 0; i < p.size(); ++i) {
      for (std::size_t a = 0; a < p[i].size(); ++a) sum += (p[i][a] - q[i][a]) * (r[i][a] - s[i][a]);
    }
    return sum;
  };
  Profile zero = direction;
  for (auto& list : zero) std::fill(list.begin(), list.end(), 0);
  std::vector<Number> gram(columns * columns);
  std::vector<Number> right(columns);
  for (std::size_t j = 0; j < columns; ++j) {
    for (std::size_t k = 0; k < columns; ++k) {
      gram[j * columns + k] = dot(directions_[j + 1], directions_[j], directions_[k + 1], directions_[k]);
    }
    right[j] = dot(directions_[j + 1], directions_[j], direction, zero);
  }
  const std::vector<Number> gamma = columns == 0 ? right : solve_linear(gram, {right}).front();
  for (std::size_t i = 0; i < logits_.size(); ++i) {
    const Number weight = lists_.eta * lists_.tau[i];
    for (std::size_t a = 0; a < logits_[i].size(); ++a) {
      Number next = logits_[i][a] + weight * direction[i][a];
      for (std::size_t j = 0; j < columns; ++j) {
        next -= gamma[j] * (iterates_[j + 1][i][a] - iterates_[j][i][a] +
                            weight * (directions_[j + 1][i][a] - directions_[j][i][a]));
      }
      logits_[i][a] = next;
    }
  }
}

}  // namespace oracle
