"""Markov games: Quantal beside PyTorch, in one run on one machine.

Two workloads: many small games at once, and one game of many states whose joint actions lead to few states each. Both
programs solve the same games, drawn by `quantal generate`, in the same precision with the same fixed step and number of
updates, and their policies and values must agree before a time is printed. Gaps are left out.

PyTorch is given what it is good at. The small games are one tensor: policies become one product over joint actions,
transitions under them one einsum, values one batched LU (torch.linalg.solve), Q-values einsums again. It runs eagerly
and under torch.compile, which fuses everything but the products and the LU. The large game's transitions are one sparse
CSR matrix (rows x states). Its values are found in two ways: by a dense LU, and by BiCGSTAB for all agents at once from
the values of the policies before, with the transitions under the policies as a CSR matrix of fixed pattern. The fastest
of each workload counts. Quantal's time is that of its whole solve: games into its own layout, all updates, results.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy
import torch


class Games:
    """G games of one shape: m actions for each of N agents in each of S states, J joint actions of a state."""

    def __init__(self, path, agents, actions, states, discount, dtype):
        self.agents, self.actions, self.states, self.discount = agents, actions, states, discount
        self.joint = actions**agents
        rewards, transitions, initial = [], [], []
        with open(path) as lines:
            for line in lines:
                game = json.loads(line)
                rewards.append(game["rewards"])
                transitions.append(game["transitions"])
                initial.append(game.get("initial", [1 / states] * states))
        self.rewards = torch.tensor(numpy.array(rewards), dtype=dtype)  # (G, N, S, J)
        self.initial = numpy.array(initial)  # (G, S)
        self.transitions = transitions  # [game][state][joint action], as the file has them

    def dense(self):
        """(G, S, J, S)"""
        return torch.tensor(numpy.array(self.transitions), dtype=self.rewards.dtype)

    def sparse(self):
        """Of the one game: where each row (S J of them) leads and how likely, (S J, K) each."""
        rows = numpy.array(self.transitions[0]).reshape(self.states * self.joint, -1, 2)
        return torch.from_numpy(rows[:, :, 0].astype(numpy.int64)), torch.tensor(rows[:, :, 1], dtype=self.rewards.dtype)


def products(pi):
    """Of all agents' policies (G, N, S, m): (G, S, J), and for each agent of the others' (G, N, S, m, J / m), the joint
    actions of the others in their order."""
    N = pi.shape[1]
    letters = "abcdefgh"[:N]

    def product(agents):
        used = "".join(letters[i] for i in agents)
        return torch.einsum(",".join(f"gs{x}" for x in used) + f"->gs{used}", *[pi[:, i] for i in agents])

    whole = product(range(N)).flatten(2)
    others = [product([j for j in range(N) if j != i]).flatten(2) if N > 1 else None for i in range(N)]
    return whole, others


def own_action_first(x, agent, agents, actions):
    """(G, S, J) to (G, S, m, J / m), the agent's own action first."""
    shaped = x.unflatten(2, [actions] * agents)
    return shaped.movedim(2 + agent, 2).flatten(3)


def update(theta, q, kappa, tau):
    return torch.lerp(theta, q / tau, kappa)


def policies_and_entropy(theta):
    log_pi = torch.log_softmax(theta, dim=3)
    pi = log_pi.exp()
    return pi, -(pi * log_pi).sum(dim=3)


def action_values(worth, others, games):
    """worth (G, N, S, J) averaged over the others' actions: (G, N, S, m)."""
    return torch.stack(
        [torch.einsum("gsao,gso->gsa", own_action_first(worth[:, i], i, games.agents, games.actions), others[i])
         for i in range(games.agents)], dim=1)


class SmallGames:
    """Values by batched LU."""

    def __init__(self, games):
        self.games = games
        self.transitions = games.dense()
        self.eye = torch.eye(games.states, dtype=games.rewards.dtype)

    def evaluate(self, theta, tau):
        games = self.games
        pi, entropy = policies_and_entropy(theta)
        weights, others = products(pi)
        moves = torch.einsum("gsj,gsjn->gsn", weights, self.transitions)
        period = torch.einsum("gsj,gisj->gsi", weights, games.rewards) + tau * entropy.transpose(1, 2)
        values = torch.linalg.solve(self.eye - games.discount * moves, period)  # (G, S, N)
        worth = games.rewards + games.discount * torch.einsum("gsjn,gni->gisj", self.transitions, values)
        return pi, values, action_values(worth, others, games)

    def step(self, theta, tau, kappa):
        return update(theta, self.evaluate(theta, tau)[2], kappa, tau)


class LargeGame:
    """One game with sparse transitions: values by dense LU or by BiCGSTAB."""

    def __init__(self, games, iterative):
        self.games = games
        self.iterative = iterative
        dtype = games.rewards.dtype
        next_states, self.probabilities = games.sparse()
        rows, K = next_states.shape
        S = games.states
        self.rows_to_states = torch.sparse_csr_tensor(
            torch.arange(0, rows * K + 1, K), next_states.flatten(), self.probabilities.flatten(), (rows, S), dtype=dtype)
        # The transitions under policies: a fixed pattern of states and next states, and where each term goes in it.
        state = torch.arange(S).repeat_interleave(games.joint)[:, None].expand(rows, K)
        flat = (state * S + next_states).flatten()
        self.pattern, self.place = torch.unique(flat, return_inverse=True)
        self.columns = self.pattern % S
        self.begin = torch.searchsorted(self.pattern, torch.arange(S + 1) * S)
        self.eye = torch.eye(S, dtype=dtype)
        self.values = torch.zeros(S, games.agents, dtype=dtype)
        self.tolerance = 1e-12 if dtype == torch.float64 else 1e-6

    def moves(self, weights):
        terms = (weights.flatten()[:, None] * self.probabilities).flatten()
        return torch.zeros(len(self.pattern), dtype=terms.dtype).index_add_(0, self.place, terms)

    def dense_solve(self, moves, period):
        S = self.games.states
        matrix = torch.zeros(S * S, dtype=moves.dtype)
        matrix[self.pattern] = moves
        return torch.linalg.solve(self.eye - self.games.discount * matrix.view(S, S), period)

    def bicgstab(self, moves, period, x):
        """All columns of A x = period at once, A = 1 - discount P; each has its own coefficients."""
        S = self.games.states
        matrix = torch.sparse_csr_tensor(self.begin, self.columns, moves * -self.games.discount, (S, S))
        apply = lambda y: torch.addmm(y, matrix, y)
        residual = period - apply(x)
        bound = self.tolerance * period.norm(dim=0)
        shadow, p = residual.clone(), residual.clone()
        rho = (shadow * residual).sum(dim=0)
        tiny = torch.finfo(x.dtype).tiny
        for _ in range(200):
            if bool((residual.norm(dim=0) <= bound).all()):
                break
            v = apply(p)
            alpha = rho / ((shadow * v).sum(dim=0) + tiny)
            s = residual - alpha * v
            t = apply(s)
            omega = (t * s).sum(dim=0) / ((t * t).sum(dim=0) + tiny)
            x = x + alpha * p + omega * s
            residual = s - omega * t
            following = (shadow * residual).sum(dim=0)
            beta = following / (rho + tiny) * alpha / (omega + tiny)
            rho = following
            p = residual + beta * (p - omega * v)
        return x

    def evaluate(self, theta, tau):
        games = self.games
        pi, entropy = policies_and_entropy(theta)
        weights, others = products(pi)
        period = (torch.einsum("gsj,gisj->gsi", weights, games.rewards) + tau * entropy.transpose(1, 2))[0]
        moves = self.moves(weights)
        if self.iterative:
            self.values = self.bicgstab(moves, period, self.values)
        else:
            self.values = self.dense_solve(moves, period)
        future = (self.rows_to_states @ self.values).view(games.states, games.joint, games.agents)
        worth = games.rewards + games.discount * future.permute(2, 0, 1)[None]
        return pi, self.values[None], action_values(worth, others, games)

    def step(self, theta, tau, kappa):
        return update(theta, self.evaluate(theta, tau)[2], kappa, tau)


def run_torch(method, step, games, arguments, iterations):
    G = games.rewards.shape[0]
    theta = torch.zeros(G, games.agents, games.states, games.actions, dtype=games.rewards.dtype)
    kappa = arguments.eta * arguments.tau / (1 - arguments.discount)
    with torch.inference_mode():
        if isinstance(method, LargeGame):
            method.values = torch.zeros_like(method.values)
        begin = time.perf_counter()
        for _ in range(iterations):
            theta = step(theta, arguments.tau, kappa)
        pi, values, _ = method.evaluate(theta, arguments.tau)
        return time.perf_counter() - begin, pi, values.transpose(1, 2)


def draw_games(quantal, path, agents, actions, states, next_states, count, discount):
    few = ["--next-states", str(next_states)] if next_states else []
    subprocess.run(
        [quantal, "generate", "markov", "--kind", "random", "--agents", str(agents), "--actions", str(actions),
         "--states", str(states), *few, "--discount", str(discount), "--count", str(count), "--seed", "1",
         "-o", str(path)],
        check=True)


def run_quantal(quantal, path, arguments, iterations, precision, output):
    subprocess.run(
        [quantal, "solve", str(path), "--tau", str(arguments.tau), "--eta", repr(arguments.eta),
         "--gap-tolerance", "0", "--max-iterations", str(iterations), "--precision", precision, "--backend", "cpu",
         "--threads", str(arguments.threads), "--format", "json", "-o", str(output)],
        check=True, stderr=subprocess.DEVNULL)
    return json.loads(output.read_text())


def compare(title, games, methods, path, iterations, precision, arguments, output):
    """Times of Quantal and of each method (name, object, whether to compile), once they agree."""
    results = [run_quantal(arguments.quantal, path, arguments, iterations, precision, output)
               for _ in range(arguments.repetitions)]
    own = min(result["summary"]["solve_seconds"] for result in results)
    runs = results[0]["runs"]
    policies = numpy.array([run["policies"] for run in runs])
    rows = [("quantal", own)]
    bar = 1e-9 if precision == "double" else 1e-3
    for name, method, compiled in methods:
        step = method.step
        if compiled:
            try:
                step = torch.compile(method.step)
                run_torch(method, step, games, arguments, 3)
            except Exception as error:  # no compiler on this machine
                print(f"torch.compile is left out: {str(error).splitlines()[0]}", file=sys.stderr)
                continue
        best = None
        for _ in range(arguments.repetitions):
            seconds, pi, values = run_torch(method, step, games, arguments, iterations)
            best = seconds if best is None else min(best, seconds)
        off = abs(pi.numpy() - policies).max()
        if not off < bar:
            sys.exit(f"{name} and quantal differ: policies by {off}")
        # Values where the first state is drawn.
        first = (values.numpy() * games.initial[:, None, :]).sum(axis=2)
        value_off = abs(first - numpy.array([run["initial_values"] for run in runs])).max()
        if not value_off < 100 * bar:
            sys.exit(f"{name} and quantal differ: values by {value_off}")
        rows.append((name, best))

    total = len(runs) * iterations
    print(f"{title}, {iterations} updates, {precision}, {arguments.threads} threads; best of {arguments.repetitions}; "
          f"torch {torch.__version__}")
    print(f"{'':28}{'seconds':>10}{'game-iterations/s':>20}{'quantal is faster':>20}")
    for name, seconds in rows:
        print(f"{name:28}{seconds:10.3f}{total / seconds:20.4g}{seconds / own:19.1f}x")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quantal", default="build/release/quantal", help="the command")
    parser.add_argument("--games", type=int, default=10_000, help="small games: 2 agents, 3 actions each")
    parser.add_argument("--states", type=int, default=8, help="of a small game")
    parser.add_argument("--iterations", type=int, default=500, help="of the small games")
    parser.add_argument("--large-states", type=int, default=1000, help="large game: 3 agents, 3 actions each; 0: none")
    parser.add_argument("--next-states", type=int, default=4, help="of each joint action of the large game")
    parser.add_argument("--large-iterations", type=int, default=100, help="of the large game")
    parser.add_argument("--discount", type=float, default=0.9)
    parser.add_argument("--tau", type=float, default=1.0)
    parser.add_argument("--eta", type=float, default=0.01, help="at most (1 - discount) / tau")
    parser.add_argument("--precision", choices=["double", "float", "both"], default="both")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--repetitions", type=int, default=3, help="the best of so many counts, for each")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")

    with tempfile.TemporaryDirectory() as folder:
        path, output = Path(folder) / "games.jsonl", Path(folder) / "results.json"
        for precision in ["double", "float"] if arguments.precision == "both" else [arguments.precision]:
            dtype = torch.float64 if precision == "double" else torch.float32
            draw_games(arguments.quantal, path, 2, 3, arguments.states, 0, arguments.games, arguments.discount)
            games = Games(path, 2, 3, arguments.states, arguments.discount, dtype)
            small = SmallGames(games)
            compare(f"{arguments.games} games of {arguments.states} states, 2 agents x 3 actions", games,
                    [("PyTorch, eager", small, False), ("PyTorch, torch.compile", small, True)],
                    path, arguments.iterations, precision, arguments, output)
            if not arguments.large_states:
                continue
            draw_games(arguments.quantal, path, 3, 3, arguments.large_states, arguments.next_states, 1,
                       arguments.discount)
            games = Games(path, 3, 3, arguments.large_states, arguments.discount, dtype)
            compare(f"1 game of {arguments.large_states} states ({arguments.next_states} next states each), "
                    "3 agents x 3 actions", games,
                    [("PyTorch, dense LU", LargeGame(games, False), False),
                     ("PyTorch, sparse BiCGSTAB", LargeGame(games, True), False)],
                    path, arguments.large_iterations, precision, arguments, output)


if __name__ == "__main__":
    main()
