"""Batches of normal-form games: Quantal beside NumPy, PyTorch, JAX, pygambit and a tracer, in one run on one machine.

All solve the same games, drawn by `quantal generate`, and their answers must agree before a time is printed. Quantal's
time is that of its whole solve: payoffs into its own layout, all iterations, results. All may use the same cores.

The first part makes iterations of NPG, in float32 with a fixed step and the QRE gap of every game at every iteration, by
libraries for arrays (normal_form_npg.py). They are given what they are good at: the agents of all games are one batch, in
two layouts of which the faster one counts, without gathers; logits change in place, the gap is taken from the same expected
payoffs as the update, and nothing leaves the arrays until the end. NumPy works on a part of the games on every core.
PyTorch runs eagerly and under torch.compile. In JAX all iterations are one compiled scan, with the games spread over the
cores. Compilation and a first run are not counted. All find every gap and keep it; of Quantal there is also the time where it
keeps the last one only. An iteration costs the same however many there are, so slow peers make fewer, and speeds are compared
by game-iterations a second.

The second part finds the QRE of each game at lambda = 1 / tau (normal_form_tracing.py): by pygambit, and by a tracer
written with NumPy and SciPy, which take a game at a time, on one core, and follow the branch from lambda = 0. pygambit walks
as it does by itself, and with longer steps. Only solving is timed, of as many of the games as there is time for. Quantal
solves the whole batch in double, on one core and on all, until its largest residual, max |pi - softmax(rbar / tau)|, is at
most the peer's median (or 1e-13).
"""

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # NumPy's threads are those of its peer

import h5py
import jax
import numpy
import pygambit
import scipy
import torch

import normal_form_npg as npg
import normal_form_tracing as tracing
import speedup_figure

NPG_GAMES = {"2x2": 100_000, "4x4": 50_000, "8x8": 10_000, "32x32": 500, "128x128": 50, "3x3x3": 10_000, "10x10x10": 200}
TRACED_GAMES = {"2x2": 1000, "3x3": 1000, "4x4": 1000, "3x3x3": 1000, "8x8": 1000}


def draw_games(quantal, shape, games, folder):
    path = folder / f"{shape}.npy"
    subprocess.run([quantal, "generate", "uniform", "--actions", shape.replace("x", ","), "--range", "0:1",
                    "--count", str(games), "--seed", "1", "-o", str(path)], check=True)
    return path, numpy.load(path)  # games, agents, actions of each agent


def run_quantal(arguments, path, shape, folder, threads, *options):
    """Seconds, policies (games, agents, actions), first gaps where they are kept, and statuses."""
    output = folder / "results.h5"
    subprocess.run([arguments.quantal, "solve", str(path), "--tau", str(arguments.tau), "--backend", "cpu", "--threads",
                    str(threads), "--quiet", *options, "-o", str(output)], check=True)
    with h5py.File(output) as file:
        policies = file["policies"][:].reshape(-1, shape.count("x") + 1, int(shape.split("x")[0]))
        history = file["runs/history_begin"][1]  # as long for every game
        first = file["gap_history"][::history] if history else None
        names = {number: name for name, number in h5py.check_enum_dtype(file["runs/status"].dtype).items()}
        statuses = [names[number] for number in file["runs/status"][:]]
        seconds = float(file["solve_seconds"][0])
    output.unlink()
    return seconds, policies, first, statuses


def quantal_npg(arguments, path, shape, folder, iterations, gap_every="1"):
    return run_quantal(arguments, path, shape, folder, arguments.threads, "--precision", "float",
                       "--eta", str(arguments.eta), "--gap-tolerance", "0", "--gap-every", gap_every,
                       "--max-iterations", str(iterations))


def check(name, own, peer):
    """Policies, and first gaps where the textbook formula still has digits in float32."""
    _, policies, first, _ = own
    _, pi, gaps = peer
    off = abs(pi - policies).max()
    if not (off < 1e-4 and numpy.allclose(gaps, first, rtol=1e-3, atol=1e-6)):
        sys.exit(f"{name} and quantal differ: policies by {off}, first gaps by {abs(gaps - first).max()}")


NPG_PEERS = [("NumPy", npg.NumPy), ("PyTorch, eager", npg.PyTorch),
             ("PyTorch, compiled", functools.partial(npg.PyTorch, compiled=True)), ("JAX", npg.JAX)]


def faster_layout(name, kind, payoffs, arguments):
    """Layout, peer, and seconds an iteration in short trials, by layout."""
    peers, trials = {}, {}
    for layout in npg.LAYOUTS:
        try:
            peer = kind(payoffs, layout, arguments.tau, arguments.eta * arguments.tau, arguments.threads)
            peer.run(2)
            trials[layout] = min(peer.run(5)[0] for _ in range(3)) / 5
            peers[layout] = peer
        except Exception as error:  # no compiler on this machine
            print(f"{name}, {layout}: left out: {str(error).splitlines()[0]}", file=sys.stderr)
    if not trials:
        return None, None, trials
    layout = min(trials, key=trials.get)
    return layout, peers[layout], trials


def compare_npg(shape, games, arguments, folder):
    path, payoffs = draw_games(arguments.quantal, shape, games, folder)
    own, rows = {}, []
    for name, gap_every in [("quantal", "1"), ("quantal, last gap kept", "0")]:
        runs = [quantal_npg(arguments, path, shape, folder, arguments.iterations, gap_every)
                for _ in range(arguments.repetitions)]
        own.setdefault(arguments.iterations, runs[0])
        rows.append({"peer": name, "iterations": arguments.iterations, "seconds": min(run[0] for run in runs)})
    for name, kind in NPG_PEERS:
        layout, peer, trials = faster_layout(name, kind, payoffs, arguments)
        if peer is None:
            continue
        iterations = min(arguments.iterations, max(10, int(arguments.seconds / trials[layout])))
        results = [peer.run(iterations) for _ in range(arguments.repetitions)]
        if iterations not in own:
            own[iterations] = quantal_npg(arguments, path, shape, folder, iterations)
        check(name, own[iterations], results[0])
        rows.append({"peer": name, "layout": layout, "iterations": iterations, "seconds": min(run[0] for run in results),
                     "seconds_an_iteration_in_trials": trials})
    for row in rows:
        row["game_iterations_a_second"] = games * row["iterations"] / row["seconds"]
        row["quantal_is_faster"] = rows[0]["game_iterations_a_second"] / row["game_iterations_a_second"]

    print(f"\n{games} games of {shape}, NPG at tau {arguments.tau:g}, eta {arguments.eta:g}, every gap, float32, "
          f"{arguments.threads} threads; best of {arguments.repetitions}")
    print(f"{'':28}{'iterations':>11}{'seconds':>9}{'million game-iterations/s':>27}{'quantal is faster':>19}")
    for row in rows:
        title = row["peer"] + (f" ({row['layout']})" if "layout" in row else "")
        print(f"{title:28}{row['iterations']:11}{row['seconds']:9.3f}{row['game_iterations_a_second'] / 1e6:27.3f}"
              f"{row['quantal_is_faster']:18.1f}x")
    return {"shape": shape, "games": games, "rows": rows}


def residuals(payoffs, policies, tau):
    """max |pi - softmax(rbar / tau)| of every game."""
    G, N = payoffs.shape[:2]
    letters = "abcdef"[:N]
    worst = numpy.zeros(G)
    for i in range(N):
        others = [j for j in range(N) if j != i]
        rbar = numpy.einsum(f"g{letters}," + ",".join(f"g{letters[j]}" for j in others) + f"->g{letters[i]}",
                            payoffs[:, i], *[policies[:, j] for j in others])
        response = numpy.exp((rbar - rbar.max(1, keepdims=True)) / tau)
        response /= response.sum(1, keepdims=True)
        worst = numpy.maximum(worst, abs(policies[:, i] - response).max(1))
    return worst


def solve_in_turn(name, peer, payoffs, arguments):
    """As many of the games as there is time for: how many were tried, which were solved, their policies, and seconds, the
    best of each."""
    solved, policies, seconds = [], [], 0.0
    begin = time.perf_counter()
    for game in range(len(payoffs)):
        if game >= 100 and time.perf_counter() - begin > arguments.seconds * arguments.repetitions:
            return game, solved, numpy.array(policies), seconds
        try:
            runs = [peer.solve(payoffs[game]) for _ in range(arguments.repetitions)]
        except Exception as error:
            print(f"{name} fails on game {game}: {error}", file=sys.stderr)
            continue
        solved.append(game)
        policies.append(runs[0][0])
        seconds += min(took for _, took in runs)
    return len(payoffs), solved, numpy.array(policies), seconds


def compare_traced(shape, games, arguments, folder):
    path, payoffs = draw_games(arguments.quantal, shape, games, folder)
    tau = arguments.tau
    rows = []
    for name, peer in [("pygambit", tracing.Gambit(tau)),
                       ("pygambit, longer steps", tracing.Gambit(tau, first_step=1.0, max_accel=2.0)),
                       ("tracer in SciPy", tracing.Tracer(tau))]:
        tried, solved, policies, seconds = solve_in_turn(name, peer, payoffs, arguments)
        if not solved:
            sys.exit(f"{name} solves none of {tried} games")
        residual = residuals(payoffs[solved], policies, tau)
        bound = max(numpy.median(residual), 1e-13)
        # A gap of 2 tau d^2 puts every policy within d of the softmax answer.
        runs = {threads: [run_quantal(arguments, path, shape, folder, threads, "--gap-tolerance", str(2 * tau * bound**2))
                          for _ in range(arguments.repetitions)] for threads in {1, arguments.threads}}
        _, own, _, statuses = runs[1][0]
        own_residual = residuals(payoffs, own, tau).max()
        if set(statuses) != {"converged"} or not own_residual <= bound:
            sys.exit(f"quantal: largest residual {own_residual}, {name}'s median {numpy.median(residual)}; "
                     f"statuses {set(statuses)}")
        off = abs(own[solved] - policies).max((1, 2))
        row = {"peer": name, "games_timed": tried, "failed": tried - len(solved), "not_a_qre": int((residual > 1e-4).sum()),
               "same_qre": int((off < 1e-4).sum()), "median_residual": numpy.median(residual),
               "largest_residual": residual.max(), "quantal_largest_residual": own_residual,
               "seconds_a_game": seconds / len(solved)}
        if not row["same_qre"]:
            sys.exit(f"{name} and quantal have no QRE in common")
        for threads, suffix in [(1, ""), (arguments.threads, "_on_all_threads")]:
            each = min(run[0] for run in runs[threads]) / games
            row["quantal_seconds_a_game" + suffix] = each
            row["quantal_is_faster" + suffix] = row["seconds_a_game"] / each
        rows.append(row)

    print(f"\n{games} games of {shape}, the QRE at lambda {1 / tau:g}, double, one core each (last column: quantal on "
          f"{arguments.threads} threads); best of {arguments.repetitions}")
    print(f"{'':24}{'games':>6}{'same QRE':>10}{'failed':>8}{'residual':>10}{'us a game':>11}"
          f"{'quantal: residual':>19}{'us a game':>11}{'faster':>9}{'':>9}")
    for row in rows:
        print(f"{row['peer']:24}{row['games_timed']:6}{row['same_qre']:10}{row['failed'] + row['not_a_qre']:8}"
              f"{row['median_residual']:10.1e}{1e6 * row['seconds_a_game']:11.1f}{row['quantal_largest_residual']:19.1e}"
              f"{1e6 * row['quantal_seconds_a_game']:11.3f}{row['quantal_is_faster']:8.0f}x"
              f"{row['quantal_is_faster_on_all_threads']:8.0f}x")
    return {"shape": shape, "games": games, "rows": rows}


def versions():
    return {module.__name__: module.__version__ for module in (numpy, torch, jax, pygambit, scipy)}


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown processor"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quantal", default="build/release/quantal", help="the command")
    parser.add_argument("--part", choices=["npg", "tracing", "both"], default="both")
    parser.add_argument("--shapes", help="only these, with commas between them, such as 2x2,3x3x3")
    parser.add_argument("--iterations", type=int, default=1000, help="of NPG; peers make fewer where they are slow")
    parser.add_argument("--tau", type=float, default=0.5)
    parser.add_argument("--eta", type=float, default=0.2, help="of the first part")
    parser.add_argument("--seconds", type=float, default=2.0, help="about so long runs a peer each time")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repetitions", type=int, default=3, help="the best of so many counts, for each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the raw figures")
    parser.add_argument("--figure", type=Path, metavar="FILE.svg", help="a picture of them")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:arguments.threads])
    torch.set_num_threads(arguments.threads)
    jax.config.update("jax_num_cpu_devices", arguments.threads)
    warnings.filterwarnings("ignore", "The value of the smallest subnormal")  # a peer's code has set them to zero

    print(f"{processor()}, {arguments.threads} threads; "
          + ", ".join(f"{name} {version}" for name, version in versions().items()))
    measured = {"processor": processor(), "threads": arguments.threads, "versions": versions(), "tau": arguments.tau,
                "npg": [], "tracing": []}
    chosen = arguments.shapes.split(",") if arguments.shapes else [*NPG_GAMES, *TRACED_GAMES]
    with tempfile.TemporaryDirectory() as name:
        if arguments.part != "tracing":
            for shape, games in NPG_GAMES.items():
                if shape in chosen:
                    measured["npg"].append(compare_npg(shape, games, arguments, Path(name)))
        if arguments.part != "npg":
            for shape, games in TRACED_GAMES.items():
                if shape in chosen:
                    measured["tracing"].append(compare_traced(shape, games, arguments, Path(name)))
    if arguments.json:
        arguments.json.write_text(json.dumps(measured, indent=1) + "\n")
    if arguments.figure:
        arguments.figure.write_text(speedup_figure.draw(measured))


if __name__ == "__main__":
    main()
