#include "oracle.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace oracle {

namespace {

constexpr Number infinity = std::numeric_limits<Number>::infinity();

std::size_t count(int n) {
  return static_cast<std::size_t>(n);
}

}  // namespace

Number log_sum_exp(const std::vector<Number>& x) {
  const Number largest = *std::max_element(x.begin(), x.end());
  Number sum = 0;
  for (const Number value : x) sum += std::exp(value - largest);
  return largest + std::log(sum);
}

std::vector<Number> softmax(const std::vector<Number>& x) {
  const Number largest = *std::max_element(x.begin(), x.end());
  std::vector<Number> result;
  Number sum = 0;
  for (const Number value : x) {
    result.push_back(std::exp(value - largest));
    sum += result.back();
  }
  for (Number& value : result) value /= sum;
  return result;
}

Number exp_less_linear(Number x) {
  if (!(std::fabs(x) < 1)) return std::exp(x) - 1 - x;
  Number term = x * x / 2;
  Number sum = 0;
  for (int k = 3; std::fabs(term) > std::fabs(sum) * 1e-22L; ++k) {
    sum += term;
    term *= x / static_cast<Number>(k);
  }
  return sum;
}

Profile uniform_policies(const std::vector<int>& actions) {
  Profile policies;
  for (const int m : actions) policies.emplace_back(count(m), 1 / static_cast<Number>(m));
  return policies;
}

Profile policies_from(const std::vector<int>& actions, const double* flat) {
  Profile policies;
  for (const int m : actions) {
    std::vector<Number> policy(flat, flat + m);
    Number sum = 0;
    for (const Number p : policy) sum += p;
    for (Number& p : policy) p /= sum;
    policies.push_back(policy);
    flat += m;
  }
  return policies;
}

Profile policies_of(const Profile& logits) {
  Profile policies;
  for (const auto& x : logits) policies.push_back(softmax(x));
  return policies;
}

Profile logits_of(const Profile& policies) {
  Profile logits = policies;
  for (auto& x : logits) {
    for (Number& value : x) value = std::log(value);
  }
  return logits;
}

Profile expected_payoffs(const Game& game, const Profile& policies) {
  const std::size_t agents = game.actions.size();
  std::size_t joint_actions = 1;
  for (const int m : game.actions) joint_actions *= count(m);
  Profile expected;
  for (std::size_t i = 0; i < agents; ++i) {
    std::vector<Number> rbar(count(game.actions[i]), 0);
    std::vector<std::size_t> joint(agents, 0);
    for (std::size_t k = 0; k < joint_actions && !game.payoffs.empty(); ++k) {
      Number weight = 1;
      for (std::size_t j = 0; j < agents; ++j) {
        if (j != i) weight *= policies[j][joint[j]];
      }
      rbar[joint[i]] += static_cast<Number>(game.payoffs[i * joint_actions + k]) * weight;
      // The next joint action, the last agent fastest.
      for (std::size_t j = agents; j-- > 0;) {
        if (++joint[j] < count(game.actions[j])) break;
        joint[j] = 0;
      }
    }
    expected.push_back(rbar);
  }
  for (const Arc& arc : game.arcs) {
    const std::vector<Number>& other = policies[arc.neighbour];
    for (std::size_t a = 0; a < expected[arc.agent].size(); ++a) {
      for (std::size_t b = 0; b < other.size(); ++b) {
        expected[arc.agent][a] += static_cast<Number>(arc.payoffs[a * other.size() + b]) * other[b];
      }
    }
  }
  return expected;
}

std::vector<Number> response_logits(const std::vector<Number>& expected, double tau) {
  std::vector<Number> z = expected;
  for (Number& value : z) value = std::isinf(tau) ? 0 : value / static_cast<Number>(tau);
  return z;
}

Number qre_gap(const std::vector<Number>& logits, const std::vector<Number>& expected, double tau) {
  if (tau == 0) return nash_gap(softmax(logits), expected);
  if (std::isinf(tau)) {
    const auto [low, high] = std::minmax_element(logits.begin(), logits.end());
    return *low == *high ? 0 : infinity;
  }
  // KL(p || q) = sum_a p log(p / q) - p + q = sum_a p (exp(-y) - 1 + y) with y = log(p / q)
  const std::vector<Number> response = response_logits(expected, tau);
  const Number log_p_sum = log_sum_exp(logits);
  const Number log_q_sum = log_sum_exp(response);
  Number divergence = 0;
  for (std::size_t a = 0; a < logits.size(); ++a) {
    const Number log_p = logits[a] - log_p_sum;
    const Number log_q = response[a] - log_q_sum;
    const Number p = std::exp(log_p);
    const Number y = log_p - log_q;
    if (p == 0) {
      divergence += std::exp(log_q);
    } else if (std::fabs(y) < 1) {
      divergence += p * exp_less_linear(-y);
    } else {
      divergence += std::exp(log_q) - p + p * y;
    }
  }
  return static_cast<Number>(tau) * divergence;
}

Number qre_gap_by_difference(const std::vector<Number>& policy, const std::vector<Number>& expected, double tau) {
  Number value = 0;
  Number entropy = 0;
  for (std::size_t a = 0; a < policy.size(); ++a) {
    value += policy[a] * expected[a];
    if (policy[a] > 0) entropy -= policy[a] * std::log(policy[a]);
  }
  const Number t = static_cast<Number>(tau);
  return t * log_sum_exp(response_logits(expected, tau)) - value - t * entropy;
}

Number nash_gap(const std::vector<Number>& policy, const std::vector<Number>& expected) {
  Number value = 0;
  for (std::size_t a = 0; a < policy.size(); ++a) value += policy[a] * expected[a];
  return *std::max_element(expected.begin(), expected.end()) - value;
}

Evaluation evaluate(const Game& game, const Profile& logits, const std::vector<double>& tau) {
  Evaluation result;
  result.policies = policies_of(logits);
  result.expected = expected_payoffs(game, result.policies);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    result.agent_gap.push_back(qre_gap(logits[i], result.expected[i], tau[i]));
    result.nash_gap = std::max(result.nash_gap, nash_gap(result.policies[i], result.expected[i]));
  }
  result.gap = *std::max_element(result.agent_gap.begin(), result.agent_gap.end());
  return result;
}

Profile update(const Profile& logits, const Profile& expected, const std::vector<double>& tau, double eta) {
  Profile next = logits;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const Number kept = 1 - static_cast<Number>(eta) * static_cast<Number>(tau[i]);
    for (std::size_t a = 0; a < logits[i].size(); ++a) {
      next[i][a] = std::isinf(tau[i]) ? 0 : kept * logits[i][a] + static_cast<Number>(eta) * expected[i][a];
    }
  }
  return next;
}

Number distance_to_response(const Game& game, const Profile& policies, const std::vector<double>& tau) {
  const Profile expected = expected_payoffs(game, policies);
  Profile response;
  for (std::size_t i = 0; i < policies.size(); ++i) {
    response.push_back(softmax(response_logits(expected[i], tau[i])));
  }
  return distance(policies, response);
}

Number distance(const Profile& p, const Profile& q) {
  Number largest = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    for (std::size_t a = 0; a < p[i].size(); ++a) {
      const Number difference = std::fabs(p[i][a] - q[i][a]);
      // Written so that a not-a-number counts as infinitely far.
      if (!(difference <= largest)) largest = std::isnan(difference) ? infinity : difference;
    }
  }
  return largest;
}

}  // namespace oracle
