#include "oracle_markov.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace oracle {

namespace {

/// Calls visit(row, state, joint action) for every row of the game.
template <class Visit>
void for_rows(const MarkovGame& game, const Visit& visit) {
  std::size_t row = 0;
  for (std::size_t s = 0; s < game.states; ++s) {
    std::vector<std::size_t> joint(game.agents(), 0);
    for (bool more = true; more; ++row) {
      visit(row, s, joint);
      // The next joint action, the last agent fastest.
      more = false;
      for (std::size_t j = game.agents(); j-- > 0;) {
        if (++joint[j] < static_cast<std::size_t>(game.actions[j * game.states + s])) {
          more = true;
          break;
        }
        joint[j] = 0;
      }
    }
  }
}

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

/// Probability that all agents but `except` play their part of a joint action.
Number weight_of(const MarkovGame& game, const Profile& policies, std::size_t s, const std::vector<std::size_t>& joint,
                 std::size_t except) {
  Number weight = 1;
  for (std::size_t j = 0; j < joint.size(); ++j) {
    if (j != except) weight *= policies[j * game.states + s][joint[j]];
  }
  return weight;
}

/// E[W(s') | row].
Number mean(const std::vector<Number>& probabilities, const std::vector<Number>& w) {
  Number sum = 0;
  for (std::size_t s = 0; s < w.size(); ++s) sum += probabilities[s] * w[s];
  return sum;
}

/// x with x(s) = b(s) + discount sum_a pi(a | s) E[x(s') | s, a].
std::vector<Number> discounted(const Process& process, const std::vector<std::vector<Number>>& policies,
                               const std::vector<Number>& b) {
  const std::size_t S = b.size();
  std::vector<Number> matrix(S * S, 0);
  for (std::size_t s = 0; s < S; ++s) {
    matrix[s * S + s] += 1;
    for (std::size_t a = 0; a < policies[s].size(); ++a) {
      for (std::size_t next = 0; next < S; ++next) {
        matrix[s * S + next] -= process.discount * policies[s][a] * process.transitions[s][a][next];
      }
    }
  }
  return solve_linear(std::move(matrix), std::vector<std::vector<Number>>(1, b)).front();
}

/// W(s) = max_a A(s, a) + discount E[W(s') | s, a] of a process whose rewards are A, by policy iteration: from the
/// actions of the largest A on, while another action is better by more than rounding.
std::vector<Number> best_values(const Process& process) {
  const std::size_t S = process.rewards.size();
  std::vector<std::size_t> chosen(S, 0);
  std::vector<Number> w(S, 0);
  for (int round = 0; round < 1000; ++round) {
    Number scale = 0;
    for (const Number x : w) scale = std::max(scale, std::fabs(x));
    bool better = round == 0;
    for (std::size_t s = 0; s < S; ++s) {
      const auto worth = [&](std::size_t a) {
        return process.rewards[s][a] + process.discount * mean(process.transitions[s][a], w);
      };
      const std::size_t before = chosen[s];
      for (std::size_t a = 0; a < process.rewards[s].size(); ++a) {
        if (worth(a) > worth(chosen[s]) + (round == 0 ? 0 : 1e-18L * scale)) chosen[s] = a;
      }
      better = better || chosen[s] != before;
    }
    if (!better) break;
    std::vector<std::vector<Number>> policies(S);
    std::vector<Number> b(S);
    for (std::size_t s = 0; s < S; ++s) {
      policies[s].assign(process.rewards[s].size(), 0);
      policies[s][chosen[s]] = 1;
      b[s] = process.rewards[s][chosen[s]];
    }
    w = discounted(process, policies, b);
  }
  return w;
}

}  // namespace

std::vector<std::vector<Number>> solve_linear(std::vector<Number> matrix, std::vector<std::vector<Number>> right) {
  const std::size_t n = right[0].size();
  const auto at = [&](std::size_t row, std::size_t column) -> Number& { return matrix[row * n + column]; };
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < n; ++row) {
      if (std::fabs(at(row, column)) > std::fabs(at(pivot, column))) pivot = row;
    }
    for (std::size_t k = 0; k < n; ++k) std::swap(at(column, k), at(pivot, k));
    for (auto& b : right) std::swap(b[column], b[pivot]);
    for (std::size_t row = column + 1; row < n; ++row) {
      const Number factor = at(row, column) / at(column, column);
      if (factor == 0) continue;
      for (std::size_t k = column; k < n; ++k) at(row, k) -= factor * at(column, k);
      for (auto& b : right) b[row] -= factor * b[column];
    }
  }
  for (auto& b : right) {
    for (std::size_t row = n; row-- > 0;) {
      for (std::size_t k = row + 1; k < n; ++k) b[row] -= at(row, k) * b[k];
      b[row] /= at(row, row);
    }
  }
  return right;
}

Number entropy(const std::vector<Number>& policy) {
  Number sum = 0;
  for (const Number p : policy) sum -= p > 0 ? p * std::log(p) : 0;
  return sum;
}

namespace {

/// What a period is worth: E[r_i(s, a)] + tau_i H(pi_i(. | s)).
Values period_values(const MarkovGame& game, const Profile& policies, const std::vector<double>& tau, Entropy counted) {
  Values result(game.agents(), std::vector<Number>(game.states, 0));
  for_rows(game, [&](std::size_t row, std::size_t s, const std::vector<std::size_t>& joint) {
    const Number weight = weight_of(game, policies, s, joint, nobody);
    for (std::size_t i = 0; i < game.agents(); ++i) result[i][s] += weight * game.rewards[i][row];
  });
  for (std::size_t i = 0; i < game.agents() && counted == Entropy::own; ++i) {
    for (std::size_t s = 0; s < game.states; ++s) {
      result[i][s] += static_cast<Number>(tau[i]) * entropy(policies[i * game.states + s]);
    }
  }
  return result;
}

}  // namespace

Values values(const MarkovGame& game, const Profile& policies, const std::vector<double>& tau, Entropy counted) {
  std::vector<Number> matrix(game.states * game.states, 0);
  for (std::size_t s = 0; s < game.states; ++s) matrix[s * game.states + s] = 1;
  for_rows(game, [&](std::size_t row, std::size_t s, const std::vector<std::size_t>& joint) {
    const Number weight = game.discount * weight_of(game, policies, s, joint, nobody);
    for (std::size_t next = 0; next < game.states; ++next) {
      matrix[s * game.states + next] -= weight * game.transitions[row][next];
    }
  });
  return solve_linear(std::move(matrix), period_values(game, policies, tau, counted));
}

Number value_error(const MarkovGame& game, const Profile& policies, const std::vector<double>& tau, Entropy counted,
                   const Values& values) {
  Values right = period_values(game, policies, tau, counted);
  for_rows(game, [&](std::size_t row, std::size_t s, const std::vector<std::size_t>& joint) {
    const Number weight = game.discount * weight_of(game, policies, s, joint, nobody);
    for (std::size_t i = 0; i < game.agents(); ++i) right[i][s] += weight * mean(game.transitions[row], values[i]);
  });
  return distance(right, values);
}

Profile action_values(const MarkovGame& game, const Profile& policies, const Values& values) {
  Profile result;
  for (const int m : game.actions) result.emplace_back(static_cast<std::size_t>(m), 0);
  for_rows(game, [&](std::size_t row, std::size_t s, const std::vector<std::size_t>& joint) {
    for (std::size_t i = 0; i < game.agents(); ++i) {
      const Number worth = game.rewards[i][row] + game.discount * mean(game.transitions[row], values[i]);
      result[i * game.states + s][joint[i]] += weight_of(game, policies, s, joint, i) * worth;
    }
  });
  return result;
}

Process induced_process(const MarkovGame& game, const Profile& policies, std::size_t agent) {
  Process process;
  process.discount = game.discount;
  for (std::size_t s = 0; s < game.states; ++s) {
    const auto m = static_cast<std::size_t>(game.actions[agent * game.states + s]);
    process.rewards.emplace_back(m, 0);
    process.transitions.emplace_back(m, std::vector<Number>(game.states, 0));
  }
  for_rows(game, [&](std::size_t row, std::size_t s, const std::vector<std::size_t>& joint) {
    const Number weight = weight_of(game, policies, s, joint, agent);
    process.rewards[s][joint[agent]] += weight * game.rewards[agent][row];
    for (std::size_t next = 0; next < game.states; ++next) {
      process.transitions[s][joint[agent]][next] += weight * game.transitions[row][next];
    }
  });
  return process;
}

std::vector<std::vector<Number>> optimal_policies(const Process& process, double tau) {
  const std::vector<Number> v = optimal_values(process, tau);
  std::vector<std::vector<Number>> policies;
  for (std::size_t s = 0; s < v.size(); ++s) {
    std::vector<Number> q = process.rewards[s];
    for (std::size_t a = 0; a < q.size(); ++a) q[a] += process.discount * mean(process.transitions[s][a], v);
    if (tau > 0) {
      policies.push_back(softmax(response_logits(q, tau)));
    } else {
      policies.emplace_back(q.size(), 0);
      policies.back()[static_cast<std::size_t>(std::max_element(q.begin(), q.end()) - q.begin())] = 1;
    }
  }
  return policies;
}

std::vector<Number> optimal_values(const Process& process, double tau) {
  if (tau == 0) return best_values(process);
  // Policy iteration with soft policies, which never gets worse: until it gets no better.
  const std::size_t S = process.rewards.size();
  std::vector<Number> v(S, 0);
  Number last = std::numeric_limits<Number>::infinity();
  for (int round = 0; round < 1000; ++round) {
    std::vector<std::vector<Number>> policies(S);
    std::vector<Number> b(S, 0);
    for (std::size_t s = 0; s < S; ++s) {
      std::vector<Number> q = process.rewards[s];
      for (std::size_t a = 0; a < q.size(); ++a) q[a] += process.discount * mean(process.transitions[s][a], v);
      policies[s] = softmax(response_logits(q, tau));
      b[s] = static_cast<Number>(tau) * entropy(policies[s]);
      for (std::size_t a = 0; a < q.size(); ++a) b[s] += policies[s][a] * process.rewards[s][a];
    }
    const std::vector<Number> next = discounted(process, policies, b);
    const Number change = distance({next}, {v});
    v = next;
    if (round > 2 && change >= last) break;
    last = change;
  }
  return v;
}

std::vector<Number> excess_values(const Process& process, const Profile& logits, const Profile& action_values,
                                  double tau) {
  const std::size_t S = logits.size();
  if (tau == 0) {
    // W(s) = max_a A(s, a) + discount E[W(s') | s, a] with the advantages A(s, a) = Q(s, a) - <pi, Q>.
    Process advantages = process;
    for (std::size_t s = 0; s < S; ++s) {
      const std::vector<Number> policy = softmax(logits[s]);
      for (std::size_t a = 0; a < policy.size(); ++a) {
        advantages.rewards[s][a] = 0;
        for (std::size_t b = 0; b < policy.size(); ++b) {
          advantages.rewards[s][a] += policy[b] * (action_values[s][a] - action_values[s][b]);
        }
      }
    }
    return best_values(advantages);
  }
  if (std::isinf(tau)) {
    std::vector<Number> w;
    for (std::size_t s = 0; s < S; ++s) w.push_back(qre_gap(logits[s], action_values[s], tau));
    return w;
  }
  // Newton's method: W - T(W) has the derivative I - discount P_w, P_w being the transitions under the policies that
  // are proportional to q exp(discount E W / tau).
  const Number t = static_cast<Number>(tau);
  std::vector<Number> g(S);
  Profile q(S);
  for (std::size_t s = 0; s < S; ++s) {
    g[s] = qre_gap(logits[s], action_values[s], tau);
    q[s] = softmax(response_logits(action_values[s], tau));
  }
  std::vector<Number> w(S, 0);
  for (int round = 0; round < 1000; ++round) {
    std::vector<Number> missing(S);
    Profile policies = q;
    for (std::size_t s = 0; s < S; ++s) {
      std::vector<Number> gain(q[s].size());
      for (std::size_t a = 0; a < gain.size(); ++a) {
        gain[a] = process.discount * mean(process.transitions[s][a], w) / t;
      }
      const Number most = *std::max_element(gain.begin(), gain.end());
      Number grown = 0;  // sum_a q(a) exp(gain(a)), with a small gain less 1
      Number sum = 0;
      for (std::size_t a = 0; a < gain.size(); ++a) {
        grown += most < 1 ? q[s][a] * std::expm1(gain[a]) : q[s][a] * std::exp(gain[a] - most);
        policies[s][a] = q[s][a] * std::exp(gain[a] - most);
        sum += policies[s][a];
      }
      for (Number& p : policies[s]) p /= sum;
      missing[s] = g[s] + t * (most < 1 ? std::log1p(grown) : most + std::log(grown)) - w[s];
    }
    const std::vector<Number> step = discounted(process, policies, missing);
    Number largest = 0;
    Number change = 0;
    for (std::size_t s = 0; s < S; ++s) {
      w[s] += step[s];
      largest = std::max(largest, std::fabs(w[s]));
      change = std::max(change, std::fabs(step[s]));
    }
    if (!(change > 1e-17L * largest)) break;
  }
  return w;
}

MarkovEvaluation evaluate(const MarkovGame& game, const Profile& logits, const std::vector<double>& tau,
                          Entropy counted) {
  MarkovEvaluation result;
  result.policies = policies_of(logits);
  result.values = values(game, result.policies, tau, counted);
  result.action_values = action_values(game, result.policies, result.values);
  const Profile plain = action_values(game, result.policies, values(game, result.policies, tau, Entropy::none));
  const auto own = [&](const Profile& all, std::size_t i) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i * game.states);
    return Profile(begin, begin + static_cast<std::ptrdiff_t>(game.states));
  };
  for (std::size_t i = 0; i < game.agents(); ++i) {
    const Process process = induced_process(game, result.policies, i);
    const Profile theta = own(logits, i);
    std::vector<Number> excess;
    if (counted == Entropy::own || tau[i] == 0) {
      excess = excess_values(process, theta, own(result.action_values, i), tau[i]);
    } else {
      for (std::size_t s = 0; s < game.states; ++s) {
        excess.push_back(qre_gap(theta[s], result.action_values[i * game.states + s], tau[i]));
      }
    }
    result.agent_gap.push_back(*std::max_element(excess.begin(), excess.end()));
    const std::vector<Number> gain = excess_values(process, theta, own(plain, i), 0);
    result.nash_gap = std::max(result.nash_gap, *std::max_element(gain.begin(), gain.end()));
  }
  result.gap = *std::max_element(result.agent_gap.begin(), result.agent_gap.end());
  return result;
}

Profile update(const MarkovGame& game, const Profile& logits, const Profile& action_values,
               const std::vector<double>& tau, double eta) {
  Profile next = logits;
  const Number step = static_cast<Number>(eta) / (1 - game.discount);
  for (std::size_t i = 0; i < game.agents(); ++i) {
    for (std::size_t s = 0; s < game.states; ++s) {
      const std::size_t at = i * game.states + s;
      for (std::size_t a = 0; a < next[at].size(); ++a) {
        next[at][a] = std::isinf(tau[i])
                          ? 0
                          : (1 - step * static_cast<Number>(tau[i])) * logits[at][a] + step * action_values[at][a];
      }
    }
  }
  return next;
}

}  // namespace oracle
