"""The batches that cuda_counts.py counts."""

import dataclasses
import math

UPDATES = 1000  # of a whole solve
TAU = 0.25


@dataclasses.dataclass
class Case:
    """A batch of games of one shape: `games` of it, which fill warps, are solved under cuda-on-cpu, `batch` are what rows
    are about."""

    name: str
    actions: tuple
    games: int
    batch: int
    precision: str = "float"
    temperatures: int = 1
    history: bool = False
    half: bool = False  # payoffs in half precision
    family: tuple = ()  # how to draw other classes than normal forms; `actions` are then all agents', of all states
    stored: int = None  # payoffs of a game, and its multiply-adds, in these
    operations: int = None
    arcs: int = 0  # of a network by itself, whose neighbours' numbers are read with the payoffs
    instructions: float = None  # bars
    lanes: float = None
    modelled: bool = False

    @property
    def scalar(self):
        return 4 if self.precision == "float" else 8

    @property
    def payoff_bytes(self):
        """Of a game, with its neighbours' numbers."""
        return (2 if self.half else self.scalar) * self.payoffs + 4 * self.arcs

    @property
    def runs(self):
        return self.games * self.temperatures

    @property
    def payoffs(self):
        """Of a game."""
        return self.stored or len(self.actions) * math.prod(self.actions)

    @property
    def multiply_adds(self):
        """Of an evaluation, at least."""
        return self.operations or self.payoffs

    @property
    def drawn(self):
        """What `quantal generate` draws."""
        return self.family or ("uniform", "--actions", ",".join(map(str, self.actions)))

    @property
    def network(self):
        return self.family[:1] == ("polymatrix",)

    @property
    def streams(self):
        """Whether a game is larger than the shared memory of a block."""
        return self.scalar * self.payoffs > 227 << 10

    @property
    def all_actions(self):
        return sum(self.actions)

    @property
    def special(self):
        """Special functions of an evaluation at least."""
        return sum(2 if m == 2 else m + 1 for m in self.actions)

    @property
    def solve_bytes(self):
        """That a whole solve of the small batch must move."""
        history = (UPDATES + 1) * self.runs if self.history else 0
        return self.games * self.payoff_bytes + self.scalar * (2 * self.runs * self.all_actions + history)

    def tau(self):
        return ",".join(str(TAU * 2**k) for k in range(self.temperatures))


def network(name, graph, agents, actions, arcs, games, batch, **more):
    """A network with so many arcs, an edge's two counted apart."""
    family = ("polymatrix", "--payoffs", "random", "--actions", str(actions), "--agents", str(agents), "--graph", *graph)
    return Case(name, (actions,) * agents, games, batch, family=family, stored=arcs * actions**2,
                arcs=arcs if agents > 1000 else 0, **more)


def markov(name, states, agents, actions, games, batch, **more):
    """A Markov game of dense transitions, which are read once to average over policies and once for what actions lead
    to."""
    family = ("markov", "--states", str(states), "--agents", str(agents), "--actions", str(actions))
    rows = states * actions**agents
    stored = rows * (agents + states)
    operations = stored + states**3 // 3 + agents * states**2 + agents * rows * (states + 1)
    return Case(name, (actions,) * (agents * states), games, batch, family=family, stored=stored, operations=operations,
                **more)


CASES = [
    Case("2x2", (2, 2), 1024, 10**6, lanes=28, modelled=True),
    Case("2x2, gaps kept", (2, 2), 1024, 10**6, history=True, lanes=28),
    Case("2x2, double", (2, 2), 1024, 10**6, "double", lanes=28),
    Case("2x2x2", (2, 2, 2), 256, 10**6, lanes=28),
    Case("4x4", (4, 4), 256, 10**6, lanes=28),
    Case("2x2x2x2x2", (2, 2, 2, 2, 2), 32, 10**5, instructions=4),
    Case("5x4x3", (5, 4, 3), 40, 10**5, instructions=4),
    Case("8x8", (8, 8), 32, 10**5, lanes=28),
    Case("16x16", (16, 16), 16, 10**5, instructions=3, lanes=28, modelled=True),
    Case("16x16, gaps kept", (16, 16), 16, 10**5, history=True),
    Case("16x16, double", (16, 16), 16, 10**5, "double", lanes=28),
    Case("32x32", (32, 32), 8, 10**4, instructions=2.2, lanes=28),
    Case("10x10x10", (10, 10, 10), 8, 10**4, modelled=True),
    Case("5x5x5x5", (5, 5, 5, 5), 8, 10**4),
    Case("10 agents of 2", (2,) * 10, 4, 10**4),
    Case("128x128", (128, 128), 2, 10**3, instructions=1.3, lanes=28, modelled=True),
    Case("1024x1024, 8 runs", (1024, 1024), 1, 1, temperatures=8),
    Case("4096x4096", (4096, 4096), 1, 1, lanes=28, modelled=True),
    Case("4096x4096, 8 runs", (4096, 4096), 1, 1, temperatures=8),
    Case("4096x4096, half", (4096, 4096), 1, 1, half=True, lanes=28, modelled=True),
    Case("4096x4096, half, 8 runs", (4096, 4096), 1, 1, half=True, temperatures=8),
    network("network of 3 agents of 2", ("complete",), 3, 2, 6, 256, 10**6),
    network("network of 10 agents of 3", ("complete",), 10, 3, 90, 36, 10**4, modelled=True),
    network("ring of 10 agents of 3", ("ring",), 10, 3, 20, 36, 10**4),
    network("network of 100,000 agents of 3", ("barabasi-albert", "--edges-per-agent", "10"), 100_000, 3, 1_999_800, 1, 1,
            modelled=True),
    markov("Markov game of 8 states", 8, 2, 3, 16, 10**4, modelled=True),
    markov("Markov game of 2 states", 2, 2, 2, 64, 10**5),
]
