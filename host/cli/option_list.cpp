#include "option_list.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace quantal::cli {

namespace {

constexpr auto options = std::to_array<OptionText>({
    {"Equilibrium (--tau or --lambda is needed)", "--tau", "T[,T..]",
     "Temperature, the weight of the entropy in payoff units, T >= 0; 0 is\n"
     "plain NPG (multiplicative weights). A list is a sweep; so is a range:\n"
     "0.01:10:log25 is 25 temperatures, each a constant factor from the last,\n"
     "0:1:lin11 eleven at equal distances, 1:0.01:inv50 fifty whose inverses\n"
     "are, 0.5x40 forty of 0.5. Slashes give each agent its own:\n"
     "--tau 1/0.5 for two agents."},
    {"", "--lambda", "L[,L..]",
     "The same by its inverse, lambda = 1/tau >= 0, Gambit's parameter.\n"
     "0 makes the uniform policies the equilibrium."},
    {"", "--gap-tolerance", "G",
     "A run has converged when its QRE gap, in payoff units, is at most\n"
     "G >= 0. 0: no run stops early. [default: 2 tau d^2, which keeps every\n"
     "policy within d = 1e-11 (double) or 5e-6 (float) of the softmax answer\n"
     "to the others; 1e-6 for tau = 0]"},
    {"", "--markov-entropy", "own|none",
     "Entropies that the values of a Markov game count: tau times the agent's\n"
     "own in every state, or none, as in the logit Markov QRE.\n"
     "[default: own]"},

    {"Iteration", "--eta", "E[,E..]",
     "Step size, E > 0 and E tau <= 1, or auto: 1/tau where that is certain\n"
     "to converge; in zero-sum networks and games of two agents a smaller one\n"
     "that is certain to; else 0.5/tau, and halved when the gap stops falling.\n"
     "In Markov games all this times 1 - discount. A list or range is a sweep.\n"
     "[default: auto]"},
    {"", "--rule", "RULE",
     "How policies are updated: npg, or, to compare, optimistic or predictive\n"
     "(multiplicative weights with extrapolation), magnetic (mirror descent,\n"
     "any E), logit-response (damped), policy-gradient, replicator (any E),\n"
     "alternating (agent by agent), anderson (accelerated NPG). [default: npg]"},
    {"", "--magnet", "uniform|start",
     "What the rule magnetic is drawn to: uniform policies, or those where a\n"
     "run starts (--init FILE, or with --warm-starts where the temperature\n"
     "before ended, which in zero-sum games leads to Nash at --tau 0.5x40).\n"
     "[default: uniform]"},
    {"", "--max-iterations", "K", "Updates that a run makes at most, K >= 0. [default: 100000]"},
    {"", "--gap-every", "S",
     "Keep the gap at iteration 0, every S-th and the last, for json and\n"
     "csv. 0: do not. [default: 0]"},

    {"Starts", "--init", "uniform|random|FILE",
     "Policies to start from. With several starts, uniform makes the first\n"
     "one uniform and the others random. FILE.json holds an array of starts,\n"
     "each at [agent][action] (Markov games: [agent][state][action]), or is\n"
     "the result of a solve, whose policies become starts of every game.\n"
     "[default: uniform]"},
    {"", "--starts", "K", "Runs from K >= 1 different starts. [default: 1]"},
    {"", "--warm-starts", "",
     "Each temperature of a list starts where the one before it has ended: a\n"
     "homotopy, say --tau 10:0.01:log50. With --gap-tolerance 0 it is a\n"
     "schedule of K updates (--max-iterations) at each temperature."},
    {"", "--target-nash-gap", "G",
     "Warm starts towards Nash: once the policies of a temperature have a Nash\n"
     "gap of at most G >= 0, later ones keep them (status target_reached)."},
    {"", "--seed", "N", "Seed of the random starts, N >= 0. [default: 0]"},

    {"Machine", "--precision", "float|double", "Arithmetic of the solver. [default: double]"},
    {"", "--half-payoffs", "",
     "With float: payoffs of normal forms in half precision, so that games\n"
     "that CUDA streams are read in half of the time. What actions pay less\n"
     "than the best one is rounded, by at most 1/2048 of it."},
    {"", "--backend", "auto|cpu|cuda",
     "auto takes CUDA if it is built in and a device answers; quantal info\n"
     "says so. [default: auto]"},
    {"", "--tier", "TIER",
     "Threads that work on one run together: auto, lane, warp, block or\n"
     "stream. [default: auto, from the game's shape]"},
    {"", "--devices", "N,N,..|all",
     "CUDA devices that share the runs, by their numbers in quantal info.\n"
     "[default: the first]"},
    {"", "--threads", "N",
     "CPU threads, 0 .. 4096; 0 is all cores. Results do not depend on it.\n"
     "[default: 0]"},

    {"Output", "--format", "table|json|csv|h5",
     "[default: by the extension of --output, .json, .csv or .h5, else table]"},
    {"", "-o,--output", "FILE",
     "Write the results to FILE, which appears when it is complete, or with\n"
     ".h5 grows while runs finish; - is standard output. [default: -]"},
    {"", "--compress", "N", "With .h5: 1 (fast) to 9 (small), or 0, not at all. [default: 0]"},
    {"", "--save-every", "S", "With .h5: write results about every S seconds, S >= 0. [default: 3]"},
    {"", "--resume", "FILE",
     "Go on with results in FILE.h5 that were interrupted, with the games and\n"
     "options that began it: the file ends as if nothing had happened. Only\n"
     "--threads, --devices and --quiet may change, and where the games lie."},
    {"", "--values", "",
     "With json, also the values V_i(s) of Markov games and the Q_i(s, a) of\n"
     "their actions."},
    {"", "--analyse", "",
     "Also say of each run whether its convergence was certain and how fast,\n"
     "how far it may be from the equilibrium, whether the equilibrium is\n"
     "locally stable, and why it has not converged if so. Rates and reasons\n"
     "come from the gaps that --gap-every keeps; without it all are looked at.\n"
     "With .h5 all but the advice in words goes into /analysis."},
    {"", "--quiet", "", "No progress and no advice on standard error, only errors."},
    {"", "-h,--help", "", "This text."},
});

constexpr std::string_view solve_introduction =
    R"(Solves games for their logit quantal response equilibria (QRE), many at once.

In a logit QRE every agent answers the others' policies with the softmax of its
expected payoffs rbar_i(a) = E[r_i | a_i = a]:

    pi_i(a) = exp(rbar_i(a) / tau) / sum_b exp(rbar_i(b) / tau)

Large temperatures tau give nearly uniform policies, small ones nearly best
responses. The equilibrium is found by entropy-regularised independent natural
policy gradient (NPG) with step size eta, all agents at once:

    pi_i(a)  <-  pi_i(a)^(1 - eta tau) exp(eta rbar_i(a)) / normalisation

The QRE gap of a policy is the most that an agent could gain, entropy included,
by deviating; it is zero at a QRE and nowhere else. All combinations of games,
temperatures, step sizes and starts are solved: each is a run.

Usage: quantal solve FILE... (--tau T[,T..] | --lambda L[,L..]) [OPTION...]
       quantal solve --resume RESULTS.h5

Games
  FILE...                   Gambit's strategic form (.nfg), GameTracer's (.gam), JSON (.json,
                            .jsonl), HDF5 (.h5), NumPy (.npy, .npz), a directory of such
                            files, or - for a text on standard input
)";

constexpr std::string_view solve_ending =
    R"(
Examples
  quantal solve pd.nfg --tau 1
      one game, one temperature
  quantal solve games/ --lambda 0.1:10:log20 -o results.json
      every game of a directory along lambda, with all digits
  quantal solve batch.h5 --tau 0.1 -o results.h5; quantal report results.h5
      a batch of any size, and a page to look at
  quantal solve --resume results.h5
      after Ctrl-C, a full disk or a crash: the rest of it
  quantal solve games/*.nfg --tau 0.1 --starts 20 --seed 1
      does it reach the same equilibrium from everywhere?
  quantal solve pd.nfg --tau 1 --eta 0.5,1 --gap-every 1 --format json
      two step sizes compared, with the gap at each iteration
  quantal solve pd.nfg --tau 0 --eta 0.1 --gap-tolerance 0 --max-iterations 500
      exactly 500 iterations of multiplicative weights
  cat games.jsonl | quantal solve - --tau 0.5/2 --format csv > equilibria.csv
      games from a pipe, a temperature for each of two agents

Input formats
  .nfg     Gambit's strategic form, payoff or outcome version, any number of players
  .json    {"class": "normal_form", "name": "Battle of the sexes", "actions": [2, 2],
            "payoffs": [[3, 0, 0, 2],
                        [2, 0, 0, 3]]}
           an array per agent of its payoffs, joint actions row by row, the last
           agent's fastest; a file may hold one game or an array of games.
           Network games: what an edge pays its first agent, then its second, at
           [action of the first][action of the second]; null where one earns nothing
           {"class": "polymatrix", "name": "path", "actions": [2, 2, 1],
            "edges": [{"agents": [0, 1], "payoffs": [[[1, 0], [0, 1]], [[0, 1], [1, 0]]]},
                      {"agents": [1, 2], "payoffs": [[[3], [2]], null]}]}
           Markov games: "rewards" at [agent][state][joint action], "transitions" at
           [state][joint action]: the probability of each next state, or pairs [next state,
           probability] of those above 0. "actions" of each agent, the same in every state,
           or at [agent][state]; "initial", the distribution of the first state, is uniform
           if it is left out
           {"class": "markov", "name": "two markets", "actions": [2, 1], "states": 2,
            "discount": 0.9, "initial": [1, 0],
            "rewards": [[[3, 0], [1, 2]], [[0, 1], [2, 2]]],
            "transitions": [[[0.5, 0.5], [0, 1]], [[1, 0], [[1, 1]]]]}
  .jsonl   one such game a line

Output formats
  table    for reading
  json     {"quantal": {..}, "runs": [..]}, one run a line. "policies" at [agent][action], of a
           Markov game at [agent][state][action]; there also "initial_values", each agent's
           expected value of the first state, how the values were found ("evaluation": direct
           or iterative, "evaluation_residual"), and with --values "values" at [agent][state]
           and "action_values" as the policies
           With --analyse "analysis": "contraction", an upper bound below 1 of which certifies
           one QRE and linear convergence ("certified", "certified_by"; by "zero_sum" at any
           temperature), "certified_temperature" above which all agents' would, the factors
           per iteration by which the distance to the QRE falls for certain and as measured
           ("certified_rate", "measured_rate"), "distance_bound", the most that a policy can
           differ from the QRE's in total variation, "local", the test at the last policies
           or, where a run has not converged, at a QRE found near them, and a "diagnosis"
           with "advice" of runs that have not. null: not known; quantal/analysis.hpp derives
           all this
  csv      one run a line. A space between an agent's probabilities, | between agents and, in
           a Markov game, ; between the states of one agent
  h5       HDF5: arrays by run in /runs (game, start, tau, eta, status, iterations, qre_gap,
           nash_gap); /policies, of which those of run r begin at /runs/policy_begin[r], agent
           by agent, state by state; likewise /qre_gap_per_agent, /gap_history, /values;
           names and numbers of actions in /games; with --analyse arrays by run in /analysis.
           For millions of runs

Statuses of runs
  converged       the QRE gap is at most the tolerance
  max_iterations  all updates were made that --max-iterations allows
  cycling         so they were, at one step size, and over the last quarter of them the
                  largest gap did not fall: a limit cycle, a 2-cycle or chaos
  stalled         with --eta auto: the gap stopped falling, and smaller steps did not help
  target_reached  no updates were made: policies of an earlier temperature had reached
                  --target-nash-gap, and are kept
  not_finite      payoffs or the step are too large for the precision; no policies

Exit codes
  0    every run has a result; a line on standard error counts those short of the tolerance
  1    the backend failed or the results could not be written
  2    bad usage or bad input: one line on standard error, nothing is written but
       what was solved before a bad game far down a large file
  130  interrupted by Ctrl-C; what had finished is written (SIGTERM: 143)

Results in .h5 are written every few seconds. Whatever ends the command, what was written
stays, and --resume goes on from there.
)";

}  // namespace

const CommandText solve_command = {"solve", options, solve_introduction, solve_ending};

std::span<const CommandText* const> command_list() {
  static constexpr std::array commands = {&solve_command, &fit_command,    &convert_command,    &generate_command,
                                          &info_command,  &report_command, &experiment_command, &bench_command};
  return commands;
}

std::string help_of(const CommandText& command) {
  constexpr std::size_t help_column = 28;
  std::string text(command.introduction);
  for (const OptionText& option : command.options) {
    if (!option.group.empty()) text += fmt::format("\n{}\n", option.group);

    std::string_view names = option.names;
    const std::size_t comma = names.find(',');
    std::string left = comma == std::string_view::npos
                           ? fmt::format("  {}", names)
                           : fmt::format("  {}, {}", names.substr(0, comma), names.substr(comma + 1));
    if (!option.value.empty()) left += fmt::format(" {}", option.value);
    text += fmt::format("{:<{}}", left, help_column);
    for (const char letter : option.help) {
      text += letter;
      if (letter == '\n') text.append(help_column, ' ');
    }
    text += '\n';
  }
  text += command.ending;
  return text;
}

std::string quantal_help() {
  return R"(Quantal solves batches of games for logit quantal response equilibria.

Usage: quantal solve FILE... --tau T     solve games; quantal solve --help says how
       quantal fit FILE... --play FILE   fit lambda to observed play; quantal fit --help
       quantal convert FILE... -o FILE   other formats; quantal convert --help says which
       quantal generate FAMILY ..        draw normal-form games: uniform, zero-sum, cournot, ..;
                                         quantal generate --help says which and how
       quantal generate polymatrix ..    draw network games
       quantal generate markov ..        draw Markov games, or write down one of the literature
       quantal info FILE...              what is known of games before they are solved
       quantal report RESULTS.json       a page about results; quantal report --help says of what
       quantal experiment NAME           the paper's experiments, with figures; quantal experiment --list
       quantal bench                     how fast this machine solves batches of random games
       quantal info                      what is in this build and on this machine
       quantal --version
       quantal --help

For a start: quantal solve game.nfg --tau 1
)";
}

}  // namespace quantal::cli
