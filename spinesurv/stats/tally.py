"""Numbers as their different values and how often each occurs: medians and quantiles without the numbers one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, IntArray, floats


@dataclass(frozen=True, eq=False)
class Tally:
    """n numbers, k of them different.

    Parameters
    ----------
    points : (k,) the different numbers, ascending, without gaps
    counts : (k,) how often each occurs, 1 or more; n is their sum
    """

    points: FloatArray
    counts: IntArray

    @classmethod
    def of(cls, values: ArrayLike, counts: ArrayLike | None = None) -> Tally:
        """The tally of numbers that occur `counts` times each, once where there are none. O(n log n).

        Parameters
        ----------
        values : (m,) numbers without gaps, in any order; equal ones are put together
        counts : (m,) how often each occurs; those of 0 do not occur
        """
        points, place, once = np.unique(floats(values), return_inverse=True, return_counts=True)
        if counts is None:
            return cls(points, once)
        sums = np.bincount(place, weights=floats(counts), minlength=len(points)).astype(np.intp)
        return cls(points[sums > 0], sums[sums > 0])

    def __len__(self) -> int:
        return int(self.counts.sum())

    def quantile(self, q: float) -> float:
        """Quantile by linear interpolation between order statistics (type 7).

        Agrees with
        -----------
        numpy.quantile of the numbers one by one; the median is the mean of the two middle ones.
        """
        at = q * (len(self) - 1)
        low, high = self._ranked(int(np.floor(at))), self._ranked(int(np.ceil(at)))
        share = at - np.floor(at)
        return float((low + high) / 2 if share == 0.5 else low + (high - low) * share)

    @property
    def median(self) -> float:
        """The median."""
        return self.quantile(0.5)

    @property
    def std(self) -> float:
        """Standard deviation, with n below the line."""
        mean = np.average(self.points, weights=self.counts)
        return float(np.sqrt(np.average((self.points - mean) ** 2, weights=self.counts)))

    def share(self, where: ArrayLike) -> float:
        """Share of the numbers whose point is marked; (k,) marks."""
        return float(self.counts[np.asarray(where, dtype=bool)].sum() / len(self))

    def _ranked(self, at: int) -> float:
        """The number with `at` numbers before it."""
        return float(self.points[np.searchsorted(np.cumsum(self.counts), at, side="right")])
