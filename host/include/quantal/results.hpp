#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quantal {

/// How a run ended. A status claims no more than was checked.
enum class Status : std::uint8_t {
  converged,       ///< its QRE gap is at most the tolerance
  max_iterations,  ///< it made all the updates it was allowed (with a tolerance of 0: always)
  cycling,  ///< so it did, at least 1,000 at one step and 32 / (eta min tau), and in the last quarter of them the
            ///< largest gap was not below that of the quarter before by 0.1 %: a limit cycle, 2-cycle or chaos
  stalled,  ///< eta auto: the gap stopped falling, and halving the step 16 times did not help
  target_reached,  ///< a run before it (Run::after) had reached Settings::target_nash_gap, so it made no updates: it
                   ///< keeps that one's policies
  not_finite,      ///< payoffs or step too large for the precision: the numbers overflowed, and all that the run has
                   ///< beside its history, policies as well, are NaN
  cancelled,       ///< the progress callback asked to stop before it finished; it has no policies
  failed           ///< the backend failed before it finished (Results::failure says why); it has no policies
};

inline constexpr std::size_t number_of_statuses = static_cast<std::size_t>(Status::failed) + 1;

/// "converged", "max_iterations", ..: the words that files and tables use.
std::string_view to_string(Status status);

/// Whether a run with this status has policies: all but the last two.
bool has_result(Status status);

/// How the values of a Markov game's policies were found.
enum class PolicyEvaluation : std::uint8_t {
  none,       ///< not a Markov game
  direct,     ///< by elimination
  iterative,  ///< by a Krylov method, from the values of the policies before
};

/// "none", "direct", "iterative".
std::string_view to_string(PolicyEvaluation evaluation);

/// The results of all runs, structure of arrays, in the order of the runs. R runs; run r's game has N agents and
/// A = sum of m_i actions; in a Markov game, where every agent has a policy in every state, A = sum of m_i,s, and
/// policies are agent by agent, state by state.
///
/// Gaps are those that the solver computed in its own precision from its own iterate; with float32 they resolve down
/// to about 1e-12 times the payoffs' scale.
struct Results {
  std::vector<Status> status;            // (R)
  std::vector<std::int64_t> iterations;  // (R) updates made
  std::vector<double> eta;               // (R) step size at the end; differs from the start where it was halved
  std::vector<double> qre_gap;           // (R) max over agents; infinity where tau is infinite and a policy not uniform
  std::vector<double> nash_gap;          // (R) max over agents of the gain of a best response

  std::vector<std::size_t> policy_begin;     // (R + 1) run r's policies, agent by agent: A numbers from here
  std::vector<double> policies;              //
  std::vector<std::size_t> agent_begin;      // (R + 1) run r's gaps by agent: N numbers from here
  std::vector<double> qre_gap_per_agent;     //
  std::vector<std::size_t> value_begin;      // (R + 1) run r's values: N S of a Markov game from here, of others none
  std::vector<double> values;                // V_i(s) of the policies, agent by agent, state by state
  std::vector<double> action_values;         // Q_i(s, a), as `policies`; empty unless Settings::keep_action_values
  std::vector<PolicyEvaluation> evaluation;  // (R)
  std::vector<double> evaluation_residual;   // (R) largest error of the values in their own equation; 0: not Markov
  std::vector<std::size_t> history_begin;    // (R) run r's history: history_size(r) numbers from here
  std::vector<std::size_t> history_length;   // (R)
  std::vector<double> gap_history;           //
  std::int64_t gap_every = 0;                ///< as in Settings

  std::string backend;       ///< what ran: "cpu (avx2, 8 threads)", "cuda (NVIDIA H100, 1 device)"
  std::string failure;       ///< empty, or why runs have Status::failed
  double solve_seconds = 0;  ///< wall time of the call

  std::size_t size() const { return status.size(); }

  /// Run r's policies, agent by agent. Empty where the status is cancelled or failed.
  std::span<const double> policies_of(std::size_t run) const;
  std::span<const double> qre_gap_per_agent_of(std::size_t run) const;

  /// Run r's values and Q-values. Empty where there are none.
  std::span<const double> values_of(std::size_t run) const;
  std::span<const double> action_values_of(std::size_t run) const;

  /// Run r's gaps at iterations history_iteration(r, 0), history_iteration(r, 1), ..
  std::span<const double> history_of(std::size_t run) const;
  std::int64_t history_iteration(std::size_t run, std::size_t entry) const;
};

}  // namespace quantal
