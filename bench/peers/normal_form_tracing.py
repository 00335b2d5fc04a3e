"""One game at a time along the logit correspondence to its QRE at lambda, for normal_form_games.py: by pygambit, and by a
tracer in NumPy and SciPy.

Both follow the principal branch, which begins with uniform policies at lambda = 0, by predictor and corrector in log
probabilities (Turocy, A dynamic homotopy interpretation of the logistic quantal response equilibrium correspondence, Games
and Economic Behavior 51, 2005). `solve(payoffs)` gives policies and seconds of one game, payoffs (N, m, .., m) in double.
"""

import time

import numpy
import pygambit
import scipy.linalg


class Gambit:
    """Payoffs are Gambit's before its time begins. `steps`: how it walks along the branch, if not as it does by itself."""

    def __init__(self, tau, **steps):
        self.tau, self.steps = tau, steps

    def solve(self, payoffs):
        game = pygambit.StrategicGame.from_arrays(*payoffs)
        begin = time.perf_counter()
        profile = pygambit.qre.logit_solve_lambda(game, 1 / self.tau, **self.steps)[0].profile
        seconds = time.perf_counter() - begin
        policies = [[profile[player][strategy] for strategy in game.get_strategies(player)] for player in game.players]
        return numpy.array(policies, float), seconds


class Branch:
    """The logit correspondence of one game. A point is all log probabilities, agent by agent, and lambda. Of m equations
    an agent, one says that probabilities sum to 1, the others that lambda times the differences of expected payoffs to the
    first action's are those of log probabilities."""

    def __init__(self, payoffs):
        self.payoffs = payoffs
        self.N, self.m = payoffs.shape[:2]

    def pair(self, i, j, pi):
        """(m, m): expected payoffs of i's actions at each action of j."""
        averaged = self.payoffs[i]
        for k in reversed(range(self.N)):
            if k not in (i, j):
                averaged = numpy.tensordot(averaged, pi[k], (k, 0))
        return averaged if i < j else averaged.T

    def equations(self, point):
        """Their values, and their Jacobian (N m, N m + 1)."""
        N, m = self.N, self.m
        log_pi, scale = point[:-1].reshape(N, m), point[-1]
        pi = numpy.exp(log_pi)
        values = numpy.empty((N, m))
        blocks = numpy.zeros((N, m, N, m))
        slope = numpy.zeros((N, m))
        for i in range(N):
            for j in [j for j in range(N) if j != i]:
                pair = self.pair(i, j, pi)
                blocks[i, 1:, j] = -scale * (pair[1:] - pair[0]) * pi[j]
                expected = pair @ pi[j]
            advantage = expected[1:] - expected[0]
            values[i, 0] = pi[i].sum() - 1
            values[i, 1:] = log_pi[i, 1:] - log_pi[i, 0] - scale * advantage
            blocks[i, 0, i] = pi[i]
            blocks[i, 1:, i, 0] = -1
            blocks[i, range(1, m), i, range(1, m)] = 1
            slope[i, 1:] = -advantage
        return values.ravel(), numpy.column_stack([blocks.reshape(N * m, N * m), slope.ravel()])


class Tracer:
    """Euler steps along the tangent, whose length doubles while Newton's method brings them back to the branch in two
    iterations and is halved where it fails; the step over lambda ends in Newton's method at lambda. Tangent and least Newton
    step are both from one QR factorization of the Jacobian's transpose."""

    first_step = 0.3
    near = 1e-3  # of the branch, on the way
    exact = 1e-10  # at lambda

    def __init__(self, tau):
        self.target = 1 / tau

    @staticmethod
    def tangent(factors, before):
        tangent = factors[0][:, -1]
        return tangent if tangent @ before > 0 else -tangent

    def correct(self, branch, point):
        """A point of the branch close by, the Jacobian's factors there, and iterations; or None."""
        last = numpy.inf
        for iteration in range(8):
            values, jacobian = branch.equations(point)
            size = abs(values).max()
            if not size < last:
                return None
            factors = scipy.linalg.qr(jacobian.T, check_finite=False)
            if size < self.near:
                return point, factors, iteration
            Q, R = factors
            point = point - Q[:, :-1] @ scipy.linalg.solve_triangular(R[:-1], values, trans=1, check_finite=False)
            last = size
        return None

    def finish(self, branch, point):
        """Log probabilities at the target, from a point with that lambda; or None."""
        for _ in range(12):
            values, jacobian = branch.equations(point)
            size = abs(values).max()
            if size < self.exact:
                return point[:-1]
            if not size < 10:
                return None
            point = point.copy()
            point[:-1] -= numpy.linalg.solve(jacobian[:, :-1], values)
        return None

    def trace(self, branch):
        N, m = branch.N, branch.m
        point = numpy.append(numpy.full(N * m, -numpy.log(m)), 0.0)
        factors = scipy.linalg.qr(branch.equations(point)[1].T, check_finite=False)
        tangent = self.tangent(factors, numpy.append(numpy.zeros(N * m), 1.0))
        step = self.first_step
        while step > 1e-8:
            predicted = point + step * tangent
            if predicted[-1] >= self.target:
                share = (self.target - point[-1]) / (predicted[-1] - point[-1])
                found = self.finish(branch, point + share * step * tangent)
                if found is not None:
                    return found
                step /= 2
                continue
            corrected = self.correct(branch, predicted)
            if corrected is None:
                step /= 2
                continue
            point, factors, iterations = corrected
            tangent = self.tangent(factors, tangent)
            if iterations <= 2:
                step *= 2
        raise ArithmeticError("the branch was lost")

    def solve(self, payoffs):
        begin = time.perf_counter()
        branch = Branch(payoffs)
        log_pi = self.trace(branch)
        seconds = time.perf_counter() - begin
        return numpy.exp(log_pi).reshape(branch.N, branch.m), seconds
