"""The lambda of observed play: `quantal fit` beside pygambit's logit_estimate, in one run on one machine.

Random games, and any .nfg files that are named, with choices drawn for each agent from random frequencies. Both follow the
principal branch and look for the highest likelihood on it; pygambit one game after the other, Quantal all of a shape at
once, its time being that of the whole command. Estimates count as the same where the log likelihoods agree to 1e-6 of
themselves; where they differ, the higher one is counted: branches fold, and pygambit follows them round the fold, or fork
in symmetric games, where it takes an arm. Estimates of pygambit that take more than a time limit are given up, and are not
in its time.
"""

import argparse
import csv
import io
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
import pygambit


def played(game, random, choices):
    """Counts of each agent's actions."""
    return [random.multinomial(choices, random.dirichlet(numpy.full(len(list(game.get_strategies(player))), 2.0)))
            for player in game.players]


def estimates(connection):
    """In a process of its own, of games in Gambit's format and counts: lambda, log likelihood and seconds of pygambit."""
    while True:
        text, counts = connection.recv()
        game = pygambit.read_nfg(io.BytesIO(text.encode()))
        profile = game.mixed_strategy_profile()
        for player, own in zip(game.players, counts):
            profile.set_mixed_strategy(player, {s: float(n) for s, n in zip(game.get_strategies(player), own)})
        begin = time.perf_counter()
        found = pygambit.qre.logit_estimate(profile)
        connection.send((found.lam, found.log_like, time.perf_counter() - begin))


class Peer:
    def __init__(self, limit):
        self.limit = limit
        self.process = None

    def __call__(self, game, counts):
        """None where it takes more than `limit` seconds or fails."""
        if self.process is None:
            self.connection, other = multiprocessing.Pipe()
            self.process = multiprocessing.Process(target=estimates, args=(other,), daemon=True)
            self.process.start()
            other.close()
        self.connection.send((game.to_nfg(), [list(map(int, own)) for own in counts]))
        try:
            if self.connection.poll(self.limit):
                return self.connection.recv()
        except EOFError:
            pass
        self.process.kill()
        self.process = None
        return None


def fit(arguments, files, counts, folder):
    """Of all games at once: their fits and seconds."""
    play, output = folder / "play.csv", folder / "fits.json"
    with open(play, "w", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(["game", "agent", "action", "count"])
        for game, of_game in enumerate(counts):
            writer.writerows([game, agent, action, n] for agent, own in enumerate(of_game) for action, n in enumerate(own))
    command = [arguments.quantal, "fit", *map(str, files), "--play", str(play), "--backend", "cpu", "--threads",
               str(arguments.threads), "-o", str(output)]
    begin = time.perf_counter()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - begin
    return json.loads(output.read_text())["games"], seconds


def compare(name, files, games, arguments, random, folder, peer):
    counts = [played(game, random, arguments.choices) for game in games]
    fits, seconds = fit(arguments, files, counts, folder)
    same = higher = lower = 0
    apart, peer_seconds = [], []
    for game, of_game, own in zip(games, counts, fits):
        found = peer(game, of_game)
        if found is None:
            continue
        lam, log_like, took = found
        peer_seconds.append(took)
        if abs(own["log_likelihood"] - log_like) <= 1e-6 * abs(log_like):
            same += 1
            if lam > 0:
                apart.append(abs(own["lambda"] - lam) / lam)
        elif own["log_likelihood"] > log_like:
            higher += 1
        else:
            lower += 1
            if arguments.show:
                print(f"    {own['game']}: {own['lambda']} (jump: {own['jump']}), pygambit {lam}")
    each, of_peer = seconds / len(games), sum(peer_seconds) / len(peer_seconds)
    print(f"{name:14}{len(games):6}{same:14}{numpy.median(apart):14.0e}{higher:16}{lower:17}{len(games) - len(peer_seconds):9}"
          f"{1e3 * each:13.2f}{1e3 * of_peer:14.2f}{of_peer / each:8.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, help="games in Gambit's format, beside those that are drawn")
    parser.add_argument("--quantal", default="build/release/quantal", help="the command")
    parser.add_argument("--shapes", default="2x2,3x3,4x4,2x2x2")
    parser.add_argument("--games", type=int, default=200, help="of each shape")
    parser.add_argument("--choices", type=int, default=60, help="of each agent")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=float, default=5, help="of pygambit, for a game, in seconds")
    parser.add_argument("--show", action="store_true", help="name the games in which pygambit's likelihood is higher")
    arguments = parser.parse_args()
    random = numpy.random.default_rng(1)
    print(f"observed play, {arguments.choices} choices an agent; pygambit {pygambit.__version__} on one thread, quantal on "
          f"{arguments.threads}")
    print(f"{'':14}{'games':>6}{'same':>14}{'lambda apart':>14}{'quantal higher':>16}{'pygambit higher':>17}{'given up':>9}"
          f"{'quantal, ms':>13}{'pygambit, ms':>14}{'ratio':>8}")
    peer = Peer(arguments.limit)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for shape in filter(None, arguments.shapes.split(",")):
            path = folder / "games.jsonl"
            subprocess.run([arguments.quantal, "generate", "uniform", "--actions", shape.replace("x", ","), "--count",
                            str(arguments.games), "--seed", "1", "-o", str(path)], check=True)
            drawn = [json.loads(line) for line in path.read_text().splitlines()]
            games = [pygambit.StrategicGame.from_arrays(*numpy.array(game["payoffs"]).reshape(-1, *game["actions"]))
                     for game in drawn]
            compare(shape, [path], games, arguments, random, folder, peer)
        if arguments.files:
            compare("files", arguments.files, [pygambit.read_nfg(str(file)) for file in arguments.files], arguments,
                    random, folder, peer)


if __name__ == "__main__":
    main()
