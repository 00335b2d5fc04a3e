#!/usr/bin/env python3
"""Counts of the CUDA kernels beside their floors, and a roofline model. Counts and a model: not measured GPU time.

Batches of random games are drawn and solved by `quantal`, built by the preset cuda-ptx, under cuda-on-cpu, a CUDA
runtime that executes a program's PTX on the CPU and counts exactly. Batches are small: what is counted is the same for
each game, so it is scaled to the batch that a row is about. A row has a count, its floor (the least that any program
would need), their ratio, and the bar that the ratio or the count is held against, where there is one. Rows of a folder
of games are about 32 temperatures of each, 200 updates.

What is counted. An evaluation is expected payoffs and gap of one policy; K updates take K + 1 of them.

  device bytes           distinct 32-byte sectors that each launch touches, of all kernels in a solve of 1,000 updates
                         but those that arrange payoffs: what moves where a batch is larger than the L2. Floor: payoffs
                         once, initial and final policies, history asked for. Stream: bytes an evaluation by a model of a
                         50 MiB L2; where the payoffs fit it, sectors moved. Floor: the payoffs, of a network also its
                         neighbours' numbers.
  arranging bytes        of normal forms, the same for the kernels that bring payoffs into the layout and precision of the
                         others, once. Floor: payoffs as games hold them, in double, and arranged.
  copied bytes           the floor of device bytes, for copies between host and device.
  global sectors         moved, against the sectors that the bytes asked for would fill, access by access: above 1 where
                         lanes are apart in memory, below 1 where they share what they read.
  sectors moved          against the distinct ones of each launch: above 1 also where a launch asks for them again and
                         again. Stream: of an evaluation, against those of the payoffs.
  grid barriers          stream: of an evaluation. Floor: 1. The model does not count the microseconds that they take.
  fullest block          of a network in the stream tier: payoffs of the block that has most, over the mean.
  load width             stream: bytes a lane asks for in an access of device memory. Floor: 16, hence ratio 16 / count.
  shared wavefronts      against those without bank conflicts.
  local bytes            stack arrays of the PTX. Registers spilled by ptxas do not show: see --registers.
  special functions      ex2, lg2, rcp, sqrt and division, 32 for each warp instruction whether its lanes idle or not,
                         in a solve to a gap of 1e-10 with the gap at every iteration, where the runs of a warp are
                         alike; an action and evaluation, for two-action agents an agent and evaluation. Floor: an
                         exponential an action (two actions: one) and a reciprocal an agent. Not in double, where
                         exponentials are polynomials.
  warp instructions      of PTX, in an evaluation and update, 32 for each multiply-add: in normal form N agents times M
                         joint actions; in a network one a payoff; of a Markov game also the elimination (S^3 / 3), the
                         values (N S^2) and what actions lead to (N S for each joint action of each state). From the
                         difference of solves of 16 and 80 updates (stream: 1 and 3).
  active lanes           on average of a warp instruction, in the solve of 1,000 updates. Ratio 32 / count.
  model, ms              time of 1,000 updates of the full batch on an H100, the largest of: warp instructions at 4 a
                         clock and multiprocessor, fp32 ones at 4, fp64, integer and conversions at 2, special functions
                         at 1/2, shared wavefronts and shuffles at 1, sectors at 4, and device bytes at 3.35 TB/s; 132
                         multiprocessors at 1.755 GHz, blocks dealt out whole. Not in it: latencies, barriers of blocks
                         and of the grid, launches, copies between host and device, arranging what was copied, whatever
                         ptxas changes. Floor: the largest of device bytes' floor, multiply-adds and 12 instructions an
                         action at the issue rate (in double at that of fp64), and special functions' floor at their
                         rate.
  measured, ms           only where nvidia-smi lists a GPU: the full batch solved on it, without cuda-on-cpu, copies
                         included. This part has never been run for want of a GPU.

Needs Python 3.9 and nothing else; --registers also nvcc and c++filt.
"""

import argparse
import collections
import fnmatch
import json
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cuda_cases import CASES, TAU, UPDATES

ROOT = Path(__file__).resolve().parent.parent

# An H100 SXM; rates in warp instructions, wavefronts and sectors a clock and multiprocessor.
CLOCK = 1.755e9
MULTIPROCESSORS = 132
DRAM = 3.35e12
L2 = 50 << 20
ISSUE = 4
FP64 = 2
SPECIAL = 0.5
RATES = {
    "fp32": (4, ["fp32", "fp32_fma", "fp16"]),
    "fp64": (FP64, ["fp64"]),
    "int": (2, ["int"]),
    "convert": (2, ["convert"]),
    "special": (SPECIAL, ["special"]),
    "shared": (1, ["wavefronts", "warp_comm"]),
    "sectors": (4, ["sectors"]),
}


class Counters:
    """Numbers by name, of the kernels that solve and of all kernels."""

    def __init__(self, profile):
        self.copied = sum(copy["bytes"] for copy in profile["copies"].values())
        arranging = [kernel for name, kernel in profile["kernels"].items() if "arrange_kernel<" in name]
        solve = {name: kernel for name, kernel in profile["kernels"].items()
                 if "_kernel<" in name and "arrange_kernel<" not in name}
        self.kernels = sorted(solve, key=lambda name: -solve[name]["warp_instructions"])
        self.blocks = math.prod(solve[self.kernels[0]]["last_grid"])
        self.of = collections.Counter()
        for kernel in solve.values():
            self.of.update(self.flat(kernel))
        everything = self.flat(profile["total"])
        self.arranging_bytes = sum(self.flat(kernel)["unique_bytes"] for kernel in arranging)
        self.device_bytes = everything["unique_bytes"] - self.arranging_bytes
        self.l2_bytes = everything["l2_model_bytes"]

    @staticmethod
    def flat(kernel):
        numbers = {
            "warp": kernel["warp_instructions"],
            "thread": kernel["thread_instructions"],
            "requests": kernel["global"]["requests"],
            "sectors": kernel["global"]["sectors"],
            "ideal_sectors": kernel["global"]["ideal_sectors"],
            "bytes_requested": kernel["global"]["bytes_requested"],
            "wavefronts": kernel["shared"]["wavefronts"],
            "ideal_wavefronts": kernel["shared"]["ideal_wavefronts"],
            "local": kernel["local_bytes"],
            "unique_bytes": kernel["dram"]["unique_read_bytes"] + kernel["dram"]["unique_write_bytes"],
            "l2_model_bytes": kernel["dram"]["l2_model_bytes"],
        }
        numbers.update(kernel["warp_instructions_by_class"])
        return numbers


def short_name(kernel):
    """lane_kernel<float, 2x2> of a kernel's full name."""
    name = re.sub(r"\(anonymous namespace\)::|\(bool\)|\(int\)|quantal::|kernels::|cuda::", "", kernel)
    name = re.sub(r"StaticShape<([\d, ]+)>", lambda shape: shape[1].replace(", ", "x"), name)
    name = re.sub(r"StaticNetwork<(\d+), (\d+)>", r"network of \1, \2 actions", name)
    match = re.search(r"(\w+_kernel)<(.*)>\s*\(", name)
    if not match:
        return name[:40]
    arguments = match[2].replace("NaturalPolicyGradient", "NPG")
    arguments = re.sub(r"(NormalForms|Networks|MarkovGames)<\w+>", r"\1", arguments)
    return f"{match[1]}<{arguments.replace(' >', '>').strip()}>"


def tier_of(kernel):
    match = re.search(r"(\w+)_kernel<", kernel)
    return match[1] if match else "several"


class Runner:
    """Draws games and solves them, under cuda-on-cpu or on a GPU."""

    def __init__(self, quantal, command, work):
        self.quantal = quantal
        self.work = work
        self.command = command  # of cuda-on-cpu
        self.number = 0

    def draw(self, case, count):
        path = self.work / f"{case.name.replace(' ', '_').replace(',', '')}_{count}.h5"
        if not path.exists():
            subprocess.run(
                [self.quantal, "generate", *case.drawn, "--count", str(count), "--seed", "1", "-o", str(path)],
                check=True)
        return path

    def runs_of_warp(self, games):
        """By the plan, in float, for a file of games of one shape."""
        told = subprocess.run([self.quantal, "info", str(games)], check=True, capture_output=True, text=True).stdout
        return max(1, 32 // int(re.search(r"^  cuda .*?(\d+) threads? a run", told, re.MULTILINE)[1]))

    def fullest_block(self, games):
        """Payoffs of the block that has most of a network's, over the mean, by the plan."""
        told = subprocess.run([self.quantal, "info", str(games)], check=True, capture_output=True, text=True).stdout
        return float(re.search(r"fullest block ([\d.]+) times", told)[1])

    def solve_arguments(self, games, precision, tau, tolerance, updates, history, half, output):
        arguments = [self.quantal, "solve", str(games), "--backend", "cuda", "--precision", precision, "--tau", tau,
                     "--gap-tolerance", str(tolerance), "--max-iterations", str(updates), "--format", "json",
                     "-o", str(output), "--quiet"]
        return arguments + (["--gap-every", "1"] if history else []) + (["--half-payoffs"] if half else [])

    def count(self, games, precision, tau, tolerance, updates, history=False, half=False):
        """Counters of a solve, and the evaluations that it made."""
        self.number += 1
        profile = self.work / f"profile{self.number}.json"
        output = self.work / f"results{self.number}.json"
        command = self.command + ["--profile", str(profile), "--"]
        subprocess.run(command + self.solve_arguments(games, precision, tau, tolerance, updates, history, half, output),
                       check=True)
        counters = Counters(json.loads(profile.read_text()))
        counters.evaluations = sum(run["iterations"] + 1 for run in json.loads(output.read_text())["runs"])
        output.unlink()
        return counters

    def seconds(self, case):
        """Measured on a GPU: the full batch."""
        output = self.work / "measured.json"
        subprocess.run(
            self.solve_arguments(self.draw(case, case.batch), case.precision, case.tau(), 0, UPDATES, case.history,
                                 case.half, output), check=True)
        text = output.read_text()  # of a million runs, so only this is looked for
        output.unlink()
        return float(re.search(r'"solve_seconds":\s*([-+.eE\d]+)', text)[1])


def model_seconds(numbers, device_bytes, blocks):
    """Of work on an H100 dealt out in `blocks`, and what bounds it."""
    share = math.ceil(blocks / MULTIPROCESSORS) / blocks
    terms = {name: sum(numbers.get(key, 0) for key in keys) / rate for name, (rate, keys) in RATES.items()}
    terms["issue"] = numbers["warp"] / ISSUE
    terms = {name: clocks * share / CLOCK for name, clocks in terms.items()}
    terms["device memory"] = device_bytes / (DRAM * min(1, 2 * blocks / MULTIPROCESSORS))
    bound = max(terms, key=terms.get)
    return terms[bound], bound


def floor_seconds(case, device_bytes):
    """Of 1,000 updates of the full batch."""
    evaluations = case.batch * case.temperatures * (UPDATES + 1)
    clocks = MULTIPROCESSORS * CLOCK
    single = case.precision == "float"
    terms = {
        "device memory": device_bytes / DRAM,
        "issue": evaluations * (case.multiply_adds + 12 * case.all_actions) / 32 / (ISSUE if single else FP64) / clocks,
        "special": evaluations * case.special / 32 / SPECIAL / clocks if single else 0,
    }
    bound = max(terms, key=terms.get)
    return terms[bound], bound


class Table:
    COLUMNS = ["case", "tier", "kernel", "counted", "count", "floor", "ratio", "bar", ""]

    def __init__(self):
        self.rows = []

    def add(self, case, kernel, counted, count, floor, ratio=None, bar=None, bar_of="ratio", note=""):
        """`bar_of` says what is held against the bar: 'ratio', 'count' or, from below, 'least'."""
        if ratio is None:
            ratio = count / floor if floor else None
        met = None
        if bar is not None:
            value = ratio if bar_of == "ratio" else count
            met = value is None or (value >= bar if bar_of == "least" else value <= bar)
        self.rows.append({"case": case, "tier": tier_of(kernel), "kernel": kernel, "counted": counted, "count": count,
                          "floor": floor, "ratio": ratio, "bar": bar, "bar_of": bar_of, "met": met, "note": note})

    def print(self):
        def number(value):
            if value is None:
                return "-"
            return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"

        lines = [self.COLUMNS]
        for row in self.rows:
            sign = {"ratio": "", "count": "count ", "least": "count >= "}[row["bar_of"]]
            bar = "" if row["bar"] is None else f"{sign}{row['bar']:g}"
            verdict = {None: "", True: "met", False: "missed"}[row["met"]]
            lines.append([row["case"], row["tier"], short_name(row["kernel"]), row["counted"], number(row["count"]),
                          number(row["floor"]), number(row["ratio"]), bar,
                          " ".join(filter(None, [verdict, row["note"]]))])
        widths = [max(len(line[k]) for line in lines) for k in range(len(self.COLUMNS))]
        for line in lines:
            cells = [cell.rjust(width) if 4 <= k <= 7 else cell.ljust(width)
                     for k, (cell, width) in enumerate(zip(line, widths))]
            print("  ".join(cells).rstrip())
        held = [row for row in self.rows if row["met"] is not None]
        print(f"\n{sum(row['met'] for row in held)} of {len(held)} bars met; exact counts and a model of an H100, "
              "not measured GPU time")


def add_memory_rows(table, name, kernel, of, needed_bytes, lanes_bar):
    def add(counted, key, floor, bar):
        if of[floor]:
            table.add(name, kernel, counted, of[key], of[floor], bar=bar)

    add("global sectors", "sectors", "ideal_sectors", None)
    table.add(name, kernel, "sectors moved", of["sectors"], needed_bytes / 32, bar=1.1)
    add("shared wavefronts", "wavefronts", "ideal_wavefronts", 1.1)
    table.add(name, kernel, "local bytes", of["local"], 0, bar=0, bar_of="count")
    lanes = of["thread"] / of["warp"]
    table.add(name, kernel, "active lanes", lanes, 32, ratio=32 / lanes, bar=lanes_bar, bar_of="least")


def add_special_row(table, case, kernel, counters):
    two = all(m == 2 for m in case.actions)
    per = len(case.actions) if two else case.all_actions
    bar = 2.5 if two else 1.6 if min(case.actions) >= 8 else None
    table.add(case.name, kernel, f"special functions an {'agent' if two else 'action'}",
              32 * counters.of["special"] / counters.evaluations / per, case.special / per, bar=bar, bar_of="count")


def add_instruction_row(table, case, kernel, warp_instructions):
    """Of an evaluation of all runs."""
    table.add(case.name, kernel, "warp instructions", 32 * warp_instructions / case.runs / case.multiply_adds, 1,
              bar=case.instructions, bar_of="count")


def count_team(table, runner, case):
    """Lane and team tiers: a solve keeps its game on the chip."""
    games = runner.draw(case, case.games)
    tau = case.tau()
    whole = runner.count(games, case.precision, tau, 0, UPDATES, case.history)
    kernel = whole.kernels[0]
    table.add(case.name, kernel, "device bytes", whole.device_bytes, case.solve_bytes, bar=1.1)
    if whole.arranging_bytes:
        table.add(case.name, kernel, "arranging bytes", whole.arranging_bytes,
                  case.games * case.payoffs * (8 + case.scalar))
    table.add(case.name, kernel, "copied bytes", whole.copied, case.solve_bytes)
    if not case.history:
        add_memory_rows(table, case.name, kernel, whole.of, whole.of["unique_bytes"], case.lanes)
        if case.precision == "float":
            # Runs of a warp are alike, so that none waits for another.
            alike = runner.runs_of_warp(games)
            few = runner.draw(case, max(1, case.games // alike))
            add_special_row(table, case, kernel, runner.count(few, case.precision, f"{TAU}x{alike}", 1e-10, 5000, True))
        few, more = 16, 80  # of one round, and a window of the automatic step apart
        before, after = (runner.count(games, case.precision, tau, 0, k).of["warp"] for k in (few, more))
        add_instruction_row(table, case, kernel, (after - before) / (more - few))
    scale = case.batch / case.games
    numbers = {key: value * scale for key, value in whole.of.items()}
    seconds, bound = model_seconds(numbers, whole.device_bytes * scale, max(1, round(whole.blocks * scale)))
    add_model_row(table, runner, case, kernel, seconds, bound, case.solve_bytes * scale)


def count_stream(table, runner, case):
    """Stream tier: payoffs come from device memory at every evaluation."""
    games = runner.draw(case, case.games)
    few, more = 1, 3
    before, after = (runner.count(games, case.precision, case.tau(), 0, k, half=case.half) for k in (few, more))
    kernel = after.kernels[0]
    of = collections.Counter({key: (after.of[key] - before.of[key]) / (more - few) for key in after.of})
    payoff_bytes = case.payoff_bytes
    cached = payoff_bytes < L2
    moved = 32 * of["sectors"] if cached else (after.l2_bytes - before.l2_bytes) / (more - few)
    table.add(case.name, kernel, "device bytes, " + ("sectors" if cached else "L2 model"), moved, payoff_bytes,
              bar=1.1 if case.temperatures > 1 else 1.05)
    add_memory_rows(table, case.name, kernel, of, payoff_bytes, case.lanes)
    # One thread of each block arrives at a barrier by an atomic addition.
    table.add(case.name, kernel, "grid barriers", of["global_atomic"] / after.blocks / case.runs, 1)
    width = of["bytes_requested"] / of["requests"] / 32
    table.add(case.name, kernel, "load width", width, 16, ratio=16 / width)
    add_instruction_row(table, case, kernel, of["warp"])
    if case.network:
        table.add(case.name, kernel, "fullest block", runner.fullest_block(games), 1, bar=1.5)
    if cached:
        return
    numbers = {key: value * (UPDATES + 1) for key, value in of.items()}
    seconds, bound = model_seconds(numbers, moved * (UPDATES + 1), after.blocks)
    add_model_row(table, runner, case, kernel, seconds, bound, payoff_bytes * (UPDATES + 1))


def add_model_row(table, runner, case, kernel, seconds, bound, device_bytes):
    floor, floor_bound = floor_seconds(case, device_bytes)
    label = f"{case.batch:,} games" if case.batch > 1 else "1 game"
    table.add(case.name, kernel, f"model, ms, {label}", 1e3 * seconds, 1e3 * floor, bar=2 if case.modelled else None,
              note=f"({bound} / {floor_bound})")
    if has_gpu():
        table.add(case.name, kernel, f"measured, ms, {label}", 1e3 * runner.seconds(case), 1e3 * floor)


def count_folder(table, runner, folder):
    """The games of a folder, of many shapes."""
    counters = runner.count(folder, "float", "0.5:5:log32", 0, 200)
    add_memory_rows(table, f"{folder.name}/", "all of them", counters.of, counters.of["unique_bytes"], 20)


def has_gpu():
    smi = shutil.which("nvidia-smi")
    if smi is None:
        return False
    listed = subprocess.run([smi, "-L"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return listed.returncode == 0 and listed.stdout.startswith("GPU")


def print_measured(runner, cases):
    """Where there is a GPU but no cuda-on-cpu: time beside the floor."""
    for case in cases:
        evaluations = UPDATES + 1 if case.streams else 1
        floor, bound = floor_seconds(case, case.solve_bytes * case.batch / case.games * evaluations)
        seconds = runner.seconds(case)
        print(f"{case.name:20}  measured {1e3 * seconds:10.4g} ms  floor {1e3 * floor:10.4g} ms ({bound})  "
              f"ratio {seconds / floor:.3g}")


def print_registers(build, sources, architectures):
    """Registers, stack and spills of the kernels of `sources`, as ptxas reports them."""
    database = json.loads((build / "compile_commands.json").read_text())
    commands = {Path(entry["file"]).name: entry for entry in database}
    print(f"{'kernel':64}  {'sm':>3}  {'registers':>9}  {'stack':>6}  {'spill stores':>12}  {'spill loads':>11}")
    spilled = kernels = 0
    for source in sources:
        entry = commands[source]
        words = [word for word in shlex.split(entry["command"])
                 if not word.startswith(("--generate-code", "-lineinfo")) and not word.endswith("ccache")]
        if "-o" in words:
            at = words.index("-o")
            del words[at:at + 2]
        words = [word for word in words if word not in ("-c", "-MD")]
        for option in ("-MT", "-MF"):
            if option in words:
                at = words.index(option)
                del words[at:at + 2]
        for sm in architectures:
            report = subprocess.run(words + ["-cubin", "-arch=compute_80", f"-code=sm_{sm}", "-Xptxas", "-v", "-o", os.devnull],
                                    cwd=entry["directory"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                    text=True, check=False)
            if report.returncode != 0:
                sys.exit(f"{source} does not compile for sm_{sm}:\n{report.stderr[-2000:]}")
            report = subprocess.run(["c++filt"], input=report.stderr, stdout=subprocess.PIPE, text=True,
                                    check=True).stdout
            pattern = (r"Compiling entry function '(.*?)' for .*?(\d+) bytes stack frame, (\d+) bytes spill stores, "
                       r"(\d+) bytes spill loads.*?Used (\d+) registers")
            for name, stack, stores, loads, registers in re.findall(pattern, report, re.DOTALL):
                if "_kernel<" not in name or "cub::" in name.split("(")[0]:
                    continue
                kernels += 1
                spilled += int(stack) + int(stores) + int(loads) > 0
                print(f"{short_name(name):64}  {sm:>3}  {registers:>9}  {stack:>6}  {stores:>12}  {loads:>11}")
    print(f"\n{kernels - spilled} of {kernels} without stack and spills")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build/cuda-ptx",
                        help="build folder of the preset cuda-ptx [default: build/cuda-ptx]")
    parser.add_argument("--emulator", type=Path, default=ROOT.parent / "shared/cuda-on-cpu",
                        help="folder of cuda-on-cpu [default: ../shared/cuda-on-cpu]")
    parser.add_argument("--games", type=Path, default=ROOT.parent / "shared/games",
                        help="a folder of games to count as well, where there is one [default: ../shared/games]")
    parser.add_argument("--cases", default="*", metavar="PATTERN",
                        help="only cases like this, as a shell's pattern: '16x16*' [default: *]")
    parser.add_argument("--list", action="store_true", help="list the cases")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to FILE as well")
    parser.add_argument("--registers", action="store_true",
                        help="instead: registers, stack and spills by kernel on sm_80, sm_90 and sm_120, by ptxas -v; "
                        "compiles the kernels, some minutes")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if arguments.list:
        print("\n".join(case.name for case in CASES))
        return 0
    if arguments.registers:
        sources = ["solve_chunk", "solve_halves", "solve_markov_rows", "solve_network_rows", "solve_rows", "solve_shared"]
        print_registers(arguments.build, [f"{source}.cu" for source in sources], [80, 90, 120])
        return 0
    build = arguments.build.resolve()
    quantal = build / "quantal"
    if not quantal.exists():
        sys.exit(f"{quantal}: not there; cmake --preset cuda-ptx && cmake --build --preset cuda-ptx makes it")
    emulator_is_there = (arguments.emulator / "run").exists()
    if not emulator_is_there and not has_gpu():
        print(f"{arguments.emulator}: no cuda-on-cpu there, and no GPU: --emulator says where it is", file=sys.stderr)
        return 2
    cases = [case for case in CASES if fnmatch.fnmatch(case.name, arguments.cases)]

    with tempfile.TemporaryDirectory(dir=build, prefix="counts-") as work:
        command = [str(arguments.emulator / "run"), "--build", str(build.parent / "cuda-on-cpu")]
        runner = Runner(str(quantal), command, Path(work))
        if not emulator_is_there:
            print_measured(runner, cases)
            return 0
        table = Table()
        for case in cases:
            print(case.name, file=sys.stderr)
            (count_stream if case.streams else count_team)(table, runner, case)
        if arguments.games.is_dir() and fnmatch.fnmatch("games", arguments.cases):
            count_folder(table, runner, arguments.games)
    table.print()
    if arguments.json:
        arguments.json.write_text(json.dumps(table.rows, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
