"""NPG of a batch of normal-form games in NumPy, PyTorch and JAX, for normal_form_games.py.

All agents of a game have m actions. Agent i's payoffs are kept with its own action first and the others' in cyclic order,
i, i + 1, .., i - 1, so that all agents of all games are one batch: its last action is averaged over the policies of agents
i - 1, the one before over those of agents i - 2, and so on, each time in one product for the whole batch. There are two
layouts, and no library is best in one of them alone:

    products    agents, games, actions: batched products of matrices with vectors
    sums        agents, actions, games: sums over actions of whole vectors of games, which fuse and vectorise

Every peer has `run(iterations)`, which gives seconds, policies (games, agents, actions), and the first gap of every game.
It makes that many updates from uniform policies, finds the QRE gap of every game before each and after the last, from the
same expected payoffs as the update, and keeps all gaps.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy
import numpy
import torch

LAYOUTS = ("products", "sums")


def cyclic(payoffs, layout):
    """Payoffs (G, N, m, .., m) to (N, G, m, .., m) or (N, m, .., m, G), each agent's own action first."""
    N = payoffs.shape[1]
    agents = [numpy.moveaxis(payoffs[:, i], range(1, N + 1), [1 + (j - i) % N for j in range(N)]) for i in range(N)]
    stacked = numpy.stack(agents)
    if layout == "sums":
        stacked = numpy.moveaxis(stacked, 1, -1)
    return numpy.ascontiguousarray(stacked, numpy.float32)


class Peer:
    """Games of N agents with m actions each."""

    def __init__(self, payoffs, layout, tau, kappa, threads):
        self.G, self.N, self.m = payoffs.shape[:3]
        self.layout, self.tau, self.kappa, self.threads = layout, tau, kappa, threads
        self.axis = 2 if layout == "products" else 1  # of actions, in policies
        self.payoffs = cyclic(payoffs, layout)

    def theta_shape(self, games):
        return (self.N, games, self.m) if self.layout == "products" else (self.N, self.m, games)

    def by_game(self, pi):
        return numpy.moveaxis(pi, (0, self.axis), (1, 2))


class NumPy(Peer):
    """Every core has a part of the games, and makes all its iterations: NumPy lets go of the interpreter in its loops."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        games = 1 if self.layout == "products" else -1
        self.parts = [numpy.ascontiguousarray(part) for part in numpy.array_split(self.payoffs, self.threads, games)]

    def log_softmax(self, x):
        """And the softmax, which costs one more division, not one more exp."""
        x = x - x.max(self.axis, keepdims=True)
        e = numpy.exp(x)
        total = e.sum(self.axis, keepdims=True)
        x -= numpy.log(total)
        e /= total
        return x, e

    def expected(self, payoffs, pi):
        for k in range(self.N - 1, 0, -1):
            other = numpy.roll(pi, -k, 0)
            if self.layout == "products":
                other = other.reshape(other.shape[:2] + (1,) * (k - 1) + (self.m, 1))
                payoffs = numpy.matmul(payoffs, other)[..., 0]
            else:
                payoffs = numpy.einsum("n...bg,nbg->n...g", payoffs, other)
        return payoffs

    def evaluate(self, payoffs, theta):
        log_pi, pi = self.log_softmax(theta)
        response = self.expected(payoffs, pi)
        response /= self.tau
        log_pi -= self.log_softmax(response)[0]
        log_pi *= pi
        return pi, response, self.tau * log_pi.sum(self.axis).max(0)

    def run_part(self, payoffs, iterations):
        games = payoffs.shape[1] if self.layout == "products" else payoffs.shape[-1]
        theta = numpy.zeros(self.theta_shape(games), numpy.float32)
        gaps = numpy.empty((iterations + 1, games), numpy.float32)
        for k in range(iterations):
            _, response, gaps[k] = self.evaluate(payoffs, theta)
            response -= theta
            response *= self.kappa
            theta += response
        pi, _, gaps[iterations] = self.evaluate(payoffs, theta)
        return pi, gaps[0]

    def run(self, iterations):
        with ThreadPoolExecutor(self.threads) as pool:
            begin = time.perf_counter()
            parts = list(pool.map(lambda payoffs: self.run_part(payoffs, iterations), self.parts))
            seconds = time.perf_counter() - begin
        pi = numpy.concatenate([self.by_game(pi) for pi, _ in parts])
        return seconds, pi, numpy.concatenate([first for _, first in parts])


class PyTorch(Peer):
    """Eager, or under torch.compile, which fuses all but the products; logits change in place."""

    def __init__(self, *arguments, compiled=False):
        super().__init__(*arguments)
        self.payoffs = torch.from_numpy(self.payoffs)
        self.step_function = torch.compile(self.step) if compiled else self.step

    def expected(self, pi):
        payoffs = self.payoffs
        for k in range(self.N - 1, 0, -1):
            other = pi.roll(-k, 0)
            if self.layout == "products":
                rows = payoffs.reshape(self.N * self.G, -1, self.m)
                payoffs = torch.bmm(rows, other.reshape(self.N * self.G, self.m, 1)).view(payoffs.shape[:-1])
            else:
                payoffs = (payoffs * other.view((self.N,) + (1,) * k + other.shape[1:])).sum(-2)
        return payoffs

    def evaluate(self, theta):
        log_pi = torch.log_softmax(theta, self.axis)
        pi = log_pi.exp()
        response = self.expected(pi) / self.tau
        gap = self.tau * (pi * (log_pi - torch.log_softmax(response, self.axis))).sum(self.axis).amax(0)
        return pi, response, gap

    def step(self, theta):
        _, response, gap = self.evaluate(theta)
        theta.lerp_(response, self.kappa)
        return gap

    def run(self, iterations):
        theta = torch.zeros(self.theta_shape(self.G))
        gaps = torch.empty(iterations + 1, self.G)
        with torch.inference_mode():
            begin = time.perf_counter()
            for k in range(iterations):
                gaps[k] = self.step_function(theta)
            pi, _, gaps[iterations] = self.evaluate(theta)
            seconds = time.perf_counter() - begin
        return seconds, self.by_game(pi.numpy()), gaps[0].numpy()


class JAX(Peer):
    """All iterations are one compiled scan, and the games are shared by as many devices as there are cores."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        devices = jax.devices()
        spare = -self.G % len(devices)
        games = 1 if self.layout == "products" else self.payoffs.ndim - 1
        widths = [(0, spare if axis == games else 0) for axis in range(self.payoffs.ndim)]
        spec = jax.sharding.PartitionSpec(*["games" if axis == games else None for axis in range(self.payoffs.ndim)])
        mesh = jax.sharding.Mesh(numpy.array(devices), ("games",))
        self.payoffs = jax.device_put(numpy.pad(self.payoffs, widths), jax.sharding.NamedSharding(mesh, spec))
        self.compiled = {}

    def expected(self, payoffs, pi):
        for k in range(self.N - 1, 0, -1):
            other = jax.numpy.roll(pi, -k, 0)
            if self.layout == "products":
                payoffs = jax.numpy.einsum("ng...b,ngb->ng...", payoffs, other)
            else:
                payoffs = (payoffs * other.reshape((self.N,) + (1,) * k + other.shape[1:])).sum(-2)
        return payoffs

    def evaluate(self, payoffs, theta):
        log_pi = jax.nn.log_softmax(theta, self.axis)
        pi = jax.numpy.exp(log_pi)
        response = self.expected(payoffs, pi) / self.tau
        kl = (pi * (log_pi - jax.nn.log_softmax(response, self.axis))).sum(self.axis)
        return pi, response, self.tau * kl.max(0)

    def solve(self, payoffs, iterations):
        def step(theta, _):
            _, response, gap = self.evaluate(payoffs, theta)
            return theta + self.kappa * (response - theta), gap

        games = payoffs.shape[1] if self.layout == "products" else payoffs.shape[-1]
        theta, gaps = jax.lax.scan(step, jax.numpy.zeros(self.theta_shape(games)), length=iterations)
        pi, _, last = self.evaluate(payoffs, theta)
        return pi, gaps, last

    def run(self, iterations):
        if iterations not in self.compiled:
            solve = jax.jit(self.solve, static_argnums=1).lower(self.payoffs, iterations).compile()
            self.compiled[iterations] = solve
        begin = time.perf_counter()
        pi, gaps, _ = jax.block_until_ready(self.compiled[iterations](self.payoffs))
        seconds = time.perf_counter() - begin
        return seconds, self.by_game(numpy.asarray(pi))[: self.G], numpy.asarray(gaps[0])[: self.G]
