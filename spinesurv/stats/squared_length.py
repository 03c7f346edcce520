"""Confidence limits for the squared length of a vector that is known with error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from spinesurv.stats.arrays import FloatArray, floats

DRAWS, SEED = 2000, 20260101
TOLERANCE = 1e-4  # of the limits, in parts of their bracket


@dataclass(frozen=True, eq=False)
class SquaredLength:
    """Squared length of a vector d, of which an estimate with a normal error is known.

    The estimate x of d has q = x'x, on average d'd + tr(V). Limits for d'd hold every length that a test does not
    reject. The test of length L compares the studentised t = (q - tr(V) - L) / sqrt(2 tr(V^2) + 4 L u'Vu), u the
    direction of x, with its values for x = d + error, where d is the vector of that length that is likeliest given x
    (hybrid resampling). Of the error alpha, up to alpha / 2 is given to values of t that are too small, as much of
    it as the test of L = 0 has gained power at L: at 0, where t can only be too large, the test is one-sided, so the
    limits hold a length of 0 as often as any other, and are never empty (tail function).

    Parameters
    ----------
    estimate : (k,) the estimate x
    covariance : (k, k) its covariance V, taken as known

    References
    ----------
    Chuang CS, Lai TL. Stat Sin 2000;10:1-50. (hybrid resampling)
    Puza B, O'Neill T. Can J Stat 2006;34:299-310. (tail function)
    """

    estimate: FloatArray
    covariance: FloatArray

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence limits of d'd; the lower one is 0 where 0 is not rejected."""
        alpha, q = 1.0 - level, float(self.estimate @ self.estimate)
        values = self._axes[0]
        if not values[-1] > 0.0:
            return q, q
        chance = np.quantile(np.sum(self._errors**2, axis=1), level)

        def test(length: float) -> tuple[float, float]:
            """How many in 1 have a smaller t than was seen, and how many may."""
            drawn = self._likeliest(length) + self._errors
            power = float(np.mean(np.sum(drawn**2, axis=1) > chance))
            smaller = float(np.mean(self._studentised(drawn, length) < self._studentised(self._seen, length)))
            return smaller, alpha / 2.0 * min(max((power - alpha) / level, 0.0), 1.0)

        def too_short(length: float) -> bool:
            smaller, tail = test(length)
            return smaller > level + tail

        def too_long(length: float) -> bool:
            smaller, tail = test(length)
            return smaller < tail

        longest = q + float(values.sum())
        while not too_long(longest):
            longest *= 2.0
        low = _border(too_short, longest) if too_short(0.0) else 0.0
        return low, _border(lambda length: not too_long(length), longest)

    @cached_property
    def _axes(self) -> tuple[FloatArray, FloatArray]:
        """Eigenvalues of the covariance, rising, and eigenvectors."""
        values, vectors = np.linalg.eigh(self.covariance)
        return floats(np.maximum(values, 0.0)), floats(vectors)

    @cached_property
    def _errors(self) -> FloatArray:
        """(DRAWS, k) errors, half of them the others with the sign turned."""
        values, vectors = self._axes
        half = np.random.default_rng(SEED).standard_normal((DRAWS // 2, len(values)))
        # the symmetric root: the signs that an eigenvector may have make no difference
        return floats(np.concatenate([half, -half]) @ (vectors * np.sqrt(values)) @ vectors.T)

    @property
    def _seen(self) -> FloatArray:
        return self.estimate[None, :]

    def _studentised(self, vectors: FloatArray, length: float) -> FloatArray:
        """(m,) t of each vector for a true squared length."""
        q = np.sum(vectors**2, axis=1)
        along = np.sum((vectors @ self.covariance) * vectors, axis=1) / np.where(q > 0.0, q, 1.0)
        variance = 2.0 * np.sum(self.covariance**2) + 4.0 * length * along
        return floats((q - np.trace(self.covariance) - length) / np.sqrt(variance))

    def _likeliest(self, length: float) -> FloatArray:
        """(k,) the vector of this squared length that is nearest to the estimate in units of its error."""
        values, vectors = self._axes
        share, own = values / values[-1], vectors.T @ self.estimate

        def moved(pull: float) -> FloatArray:
            """d = (I - c V)^-1 x, c below 1 / largest eigenvalue."""
            return floats(own / (1.0 - (1.0 - np.exp(pull)) * share))

        def longer(pull: float) -> float:
            return float(np.sum(moved(pull) ** 2)) - length

        # outside these pulls only a direction without error is left, and the vector is stretched
        first, last = -20.0, 20.0
        if longer(first) <= 0.0:
            pull = first
        elif longer(last) >= 0.0:
            pull = last
        else:
            pull = float(brentq(longer, first, last, xtol=1e-8))
        found = moved(pull)
        size = float(np.sum(found**2))
        return floats(vectors @ found * np.sqrt(length / size if size > 0.0 else 0.0))


def _border(below: Callable[[float], bool], longest: float) -> float:
    """The length up to which `below` holds, between 0 and `longest`."""
    first, last = 0.0, longest
    while last - first > TOLERANCE * longest:
        middle = (first + last) / 2.0
        first, last = (middle, last) if below(middle) else (first, middle)
    return (first + last) / 2.0
