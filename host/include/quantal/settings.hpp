#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace quantal {

enum class Precision : std::uint8_t { float32, float64 };

/// `automatic` takes CUDA if it is compiled in and a device answers, else the CPU.
enum class Backend : std::uint8_t { automatic, cpu, cuda };

/// How many threads work on one run. `automatic` chooses from the game's shape and the device; the others force
/// one, and are an InputError for a game that it cannot hold.
///
/// - lane: one run a thread (CUDA: the small shapes listed in kernels/static_shapes.hpp) or a SIMD lane (CPU: all but
///   Markov games of more than 64 states, which have a core each)
/// - warp: one run some threads of a warp, its payoffs in registers or shared memory (CUDA only)
/// - block: one run a thread block, its payoffs in registers or shared memory (CUDA); a run a core, or several runs of
/// one game in
///   normal form that share its payoffs, and a large game on all cores (CPU)
/// - stream: one run a whole grid, its payoffs read from device memory (CUDA only)
enum class Tier : std::uint8_t { automatic, lane, warp, block, stream };

/// "lane", "warp", ..; "auto".
std::string_view to_string(Tier tier);

/// Which entropies the values of a Markov game count: tau times the agent's own in every state, or none (the logit
/// Markov QRE of Eibelshaeuser and Poensgen, 2019).
enum class MarkovEntropy : std::uint8_t { own, none };

/// How policies are updated. The first is what Quantal is for; the others are there to compare with it, and a few of
/// them do better on some games. All look for the same equilibrium and stop at the same gap. In logits theta, with d =
/// rbar / tau - theta, x = d - <pi, d> and kappa = eta tau:
///
/// natural_policy_gradient  theta' = theta + kappa d. tau = 0: multiplicative weights
/// optimistic               optimistic multiplicative weights with entropy: base' = base + kappa (rbar / tau - base),
///                          theta' = base' + kappa (rbar / tau - base') (Cen, Wei, Chi, arXiv 2105.15186)
/// predictive               NPG from the payoffs of the iterate that NPG would reach: an extragradient step, two
///                          evaluations an iteration (the same)
/// magnetic                 magnetic mirror descent (Sokota et al., arXiv 2206.05825), by default with the uniform
///                          magnet (Settings::magnet): NPG with kappa = eta tau / (1 + eta tau), so that any eta does
/// logit_response           damped logit response, pi' = (1 - kappa) pi + kappa softmax(rbar / tau), which is smooth
///                          fictitious play with a constant weight (Fudenberg and Levine, 1998). tau > 0
/// policy_gradient          softmax policy gradient with entropy, theta' = theta + kappa pi x (Mei et al., arXiv
///                          2005.06392); any eta
/// replicator               pi' ∝ pi max(1 + kappa x, 1/2): the replicator equation with entropy (Sato and Crutchfield,
///                          2003) in Euler steps; any eta
/// alternating              NPG agent by agent, each knowing the new policies of those before it (Gauss-Seidel): an
///                          evaluation for each agent, at most 64 agents
/// anderson                 NPG accelerated by Anderson's method over the last 4 iterates (Walker and Ni, 2011), with a
///                          safeguard: where that does not help, it becomes NPG. tau > 0
///
/// On CUDA, Markov games have the first and `magnetic` in all tiers, the others in `block`, which holds small ones, and
/// Backend::automatic takes the CPU for these.
enum class UpdateRule : std::uint8_t {
  natural_policy_gradient,
  optimistic,
  predictive,
  magnetic,
  logit_response,
  policy_gradient,
  replicator,
  alternating,
  anderson
};

/// "npg", "optimistic", ..: the words that files and the command use.
std::string_view to_string(UpdateRule rule);

/// Whether its step may be any number above 0; else eta tau <= 1.
bool takes_any_step(UpdateRule rule);

/// What the rule `magnetic` is drawn to, beside payoffs: uniform policies, or those where the run starts. With a magnet
/// mu the regulariser is -tau KL(pi || mu) in place of tau H(pi), so that the equilibrium is pi ∝ mu exp(rbar / tau),
/// as of choices from a prior, and the QRE gap is what an agent gains with that counted. Where runs come one after
/// another (Run::after), each is then drawn to where the last one ended: a proximal point method, which in zero-sum
/// games comes to Nash's equilibrium at one temperature (Sokota et al., arXiv 2206.05825). Not for Markov games.
enum class Magnet : std::uint8_t { uniform, start };

/// What holds for every run of a call to `solve`.
struct Settings {
  /// A run has converged when its QRE gap, in payoff units, is at most this. 0: no run stops early, each makes
  /// exactly max_iterations updates. Not set: 2 tau delta^2 with delta = 1e-11 (float64) or 5e-6 (float32),
  /// which by Pinsker's inequality bounds by delta the total variation between each agent's policy and its logit
  /// response; in Markov games delta is 5e-6 / (1 - discount) with float32. For tau = 0 it is 1e-6. Range: >= 0,
  /// finite.
  std::optional<double> gap_tolerance;

  UpdateRule rule = UpdateRule::natural_policy_gradient;

  /// Range: uniform, but for UpdateRule::magnetic.
  Magnet magnet = Magnet::uniform;

  /// Ends a homotopy (Run::after, Sweep::warm_starts) early: once a run's Nash gap is at most this, in payoff units,
  /// those after it make no updates and keep its policies (Status::target_reached). Range: >= 0, finite.
  std::optional<double> target_nash_gap;

  /// Updates a run makes at most. Range: >= 0.
  std::int64_t max_iterations = 100'000;

  /// The gap history holds iteration 0, every gap_every-th and the last. 0: no history. Range: >= 0.
  std::int64_t gap_every = 0;

  /// Arithmetic of the solver. Payoffs are always given, and policies always returned, in double.
  Precision precision = Precision::float64;

  /// Payoffs of normal forms in half precision, computed with in float: what an agent's action pays less than its best
  /// one, to the same actions of the others, is rounded to 11 significant bits, by at most 2^-11 of itself (or 2^-25,
  /// where it is below 2^-14). So no agent's expected payoffs, relative to each other, move by more than 2^-11 of the
  /// largest such difference, and what is found is the equilibrium of the rounded game, the same on every backend. A
  /// game in the tier `stream` is then read in half of the time. Range: with Precision::float32 alone, for normal forms
  /// whose differences are below 65520.
  bool half_payoffs = false;

  Backend backend = Backend::automatic;

  Tier tier = Tier::automatic;

  /// CUDA devices that share the runs, by CUDA's numbers; empty: the calling thread's current one. Results do not
  /// depend on it where they are of one kind. Range: distinct, at least 0; none with Backend::cpu. With
  /// Backend::automatic they ask for CUDA. A BackendError where one of them does not answer.
  std::vector<int> devices;

  /// CPU threads; 0: all cores. Results do not depend on it. Range: 0 .. 4096.
  int threads = 0;

  /// Seeds the random initial policies: start k of game g depends on (seed, first_game + g, k) only.
  std::uint64_t seed = 0;

  /// Number of the first game, where a batch is solved in several calls: random starts are then those of one call.
  /// Range: below 2^48, as is the number of the last game.
  std::uint64_t first_game = 0;

  MarkovEntropy markov_entropy = MarkovEntropy::own;

  /// Whether Results keeps the Q-values of Markov games; the values V are always there.
  bool keep_action_values = false;

  /// Memory for one chunk of the batch on the machine that computes. 0: chosen from what is free.
  std::size_t memory_bytes = 0;

  /// Throws InputError naming the first field that is out of its range.
  void validate() const;
};

}  // namespace quantal
