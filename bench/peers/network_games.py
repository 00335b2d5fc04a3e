"""Batches of network games: Quantal beside batched PyTorch, in one run on one machine.

Both solve the same games, drawn by `quantal generate`, in float32 with the same fixed step and the QRE gap of every
game at every iteration, and their policies and gaps must agree before a time is printed.

PyTorch is given what it is good at. All games are one tensor: the payoffs of a game are one (A, A) matrix, A being the
actions of all agents, so that expected payoffs of all games are one batched matrix-vector product without gathers.
Logits are updated in place, the gap is taken from the same expected payoffs as the update (two log-softmaxes, no second
product), and nothing leaves the tensors until the end. It runs eagerly and under torch.compile, which fuses everything
but the product; the faster one counts. Quantal's time is that of its whole solve: payoffs into its own layout, all
iterations, results.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
import torch


def draw_games(quantal, arguments, path):
    subprocess.run(
        [quantal, "generate", "polymatrix", "--graph", arguments.graph, "--payoffs", "random",
         "--agents", str(arguments.agents), "--actions", str(arguments.actions),
         "--count", str(arguments.games), "--seed", "1", "-o", str(path)],
        check=True)


def block_matrices(path, agents, actions):
    """(G, A, A): row i m + a, column j m + b holds A_ij[a][b]."""
    games = []
    with open(path) as lines:
        for line in lines:
            game = json.loads(line)
            payoffs = numpy.zeros((agents, actions, agents, actions), numpy.float32)
            for edge in game["edges"]:
                first, second = edge["agents"]
                payoffs[first, :, second, :] = edge["payoffs"][0]
                payoffs[second, :, first, :] = numpy.transpose(edge["payoffs"][1])
            games.append(payoffs.reshape(agents * actions, agents * actions))
    return torch.from_numpy(numpy.stack(games))


def evaluate(payoffs, theta, tau):
    """Policies, the payoffs' logits and each game's QRE gap, tau KL(pi || softmax(rbar / tau))."""
    log_pi = torch.log_softmax(theta, dim=2)
    pi = log_pi.exp()
    response = torch.bmm(payoffs, pi.flatten(1).unsqueeze(2)).view_as(theta) / tau
    gap = tau * (pi * (log_pi - torch.log_softmax(response, dim=2))).sum(dim=2).amax(dim=1)
    return pi, response, gap


def step(payoffs, theta, tau, kappa):
    pi, response, gap = evaluate(payoffs, theta, tau)
    return torch.lerp(theta, response, kappa), gap


def run_torch(step_function, payoffs, arguments):
    G = payoffs.shape[0]
    theta = torch.zeros(G, arguments.agents, arguments.actions)
    gaps = torch.empty(arguments.iterations + 1, G)
    with torch.inference_mode():
        begin = time.perf_counter()
        for k in range(arguments.iterations):
            theta, gaps[k] = step_function(payoffs, theta, arguments.tau, arguments.eta * arguments.tau)
        pi, _, gaps[arguments.iterations] = evaluate(payoffs, theta, arguments.tau)
        return time.perf_counter() - begin, pi, gaps


def run_quantal(quantal, path, arguments, output):
    subprocess.run(
        [quantal, "solve", str(path), "--tau", str(arguments.tau), "--eta", str(arguments.eta),
         "--gap-tolerance", "0", "--gap-every", "1", "--max-iterations", str(arguments.iterations),
         "--precision", "float", "--backend", "cpu", "--threads", str(arguments.threads),
         "--format", "json", "-o", str(output)],
        check=True, stderr=subprocess.DEVNULL)
    return json.loads(output.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quantal", default="build/release/quantal", help="the command")
    parser.add_argument("--games", type=int, default=10_000)
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--actions", type=int, default=3)
    parser.add_argument("--graph", default="complete")
    parser.add_argument("--iterations", type=int, default=1000)
    parser.add_argument("--tau", type=float, default=2.0)
    parser.add_argument("--eta", type=float, default=0.1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--repetitions", type=int, default=3, help="the best of so many counts, for each")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "games.jsonl"
        draw_games(arguments.quantal, arguments, path)
        payoffs = block_matrices(path, arguments.agents, arguments.actions)

        results = [run_quantal(arguments.quantal, path, arguments, Path(folder) / "results.json")
                   for _ in range(arguments.repetitions)]
    own = min(result["summary"]["solve_seconds"] for result in results)
    runs = results[0]["runs"]
    policies = numpy.array([run["policies"] for run in runs])

    rows = [("quantal", own)]
    steps = [("PyTorch, eager", step)]
    try:
        compiled = torch.compile(step)
        run_torch(compiled, payoffs, argparse.Namespace(**{**vars(arguments), "iterations": 3}))
        steps.append(("PyTorch, torch.compile", compiled))
    except Exception as error:  # no compiler on this machine
        print(f"torch.compile is left out: {str(error).splitlines()[0]}", file=sys.stderr)
    for name, function in steps:
        best = None
        for _ in range(arguments.repetitions):
            seconds, pi, gaps = run_torch(function, payoffs, arguments)
            best = seconds if best is None else min(best, seconds)
        off = abs(pi.numpy() - policies).max()
        # Where the textbook formula of the gap still has digits in float32.
        first = numpy.array([run["gap_history"]["qre_gap"][0] for run in runs])
        gap_off = abs(gaps[0].numpy() / first - 1).max()
        if not (off < 1e-4 and gap_off < 1e-3):
            sys.exit(f"{name} and quantal differ: policies by {off}, first gaps by {gap_off}")
        rows.append((name, best))

    total = arguments.games * arguments.iterations
    print(f"{arguments.games} {arguments.graph} networks of {arguments.agents} agents x {arguments.actions} actions, "
          f"{arguments.iterations} iterations, every gap, float32, {arguments.threads} threads; "
          f"best of {arguments.repetitions}; torch {torch.__version__}")
    print(f"{'':24}{'seconds':>10}{'million game-iterations/s':>28}{'quantal is faster':>20}")
    for name, seconds in rows:
        print(f"{name:24}{seconds:10.3f}{total / seconds / 1e6:28.2f}{seconds / own:19.1f}x")


if __name__ == "__main__":
    main()
