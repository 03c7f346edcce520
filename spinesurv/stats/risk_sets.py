"""Who is at risk at which event time: the bookkeeping that Cox likelihood, baseline and residuals share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, IntArray, floats


class RiskSets:
    """Event times within strata, and for each patient the stretch of them at which the patient is at risk.

    Event times of all strata stand in one row, stratum by stratum, rising in time. A patient is at risk at the
    times ``first <= index <= last``; nobody is at risk at a time of another stratum.

    Parameters
    ----------
    time, event : (n,) end of follow-up, and whether it was an event
    start : (n,) delayed entry, at risk in (start, time]; None = from the beginning
    stratum : (n,) codes 0, 1, ...
    weights : (n,) case weights; events of weight 0 do not make an event time
    ties : "efron" (tied events leave the risk set one after the other) or "breslow" (all are at risk)
    """

    def __init__(
        self,
        time: FloatArray,
        event: BoolArray,
        *,
        start: FloatArray | None,
        stratum: IntArray,
        weights: FloatArray,
        ties: str,
    ) -> None:
        self.delayed = start is not None
        dies = event & (weights > 0)
        pairs = np.stack([stratum[dies].astype(np.float64), time[dies]], axis=1)
        grid, index = np.unique(pairs, axis=0, return_inverse=True)
        index = index.reshape(-1).astype(np.intp)
        self.times: FloatArray = grid[:, 1]
        self.strata: IntArray = grid[:, 0].astype(np.intp)
        self.n_times = len(grid)
        self.deaths: IntArray = np.flatnonzero(dies)
        n = len(time)
        self.first: IntArray = np.zeros(n, dtype=np.intp)
        self.last: IntArray = np.zeros(n, dtype=np.intp)
        self.low: IntArray = np.zeros(n, dtype=np.intp)
        self.bounds: list[tuple[int, int]] = []
        for code in range(int(stratum.max(initial=0)) + 1):
            low, high = (int(k) for k in np.searchsorted(self.strata, [code, code + 1]))
            self.bounds.append((low, high))
            rows = stratum == code
            times = self.times[low:high]
            self.last[rows] = low + np.searchsorted(times, time[rows], side="right") - 1
            self.first[rows] = self.low[rows] = low
            if start is not None:
                self.first[rows] = low + np.searchsorted(times, start[rows], side="right")
        self.ever = self.last >= self.first
        # one step per event: the share of the tied events that has left the risk set before it
        order = np.argsort(index, kind="stable")
        self.count: IntArray = np.bincount(index, minlength=self.n_times).astype(np.intp)
        begin = np.concatenate([[0], np.cumsum(self.count)[:-1]])
        place = np.empty(len(index))
        place[order] = np.arange(len(index)) - begin[index[order]]
        self.step_time: IntArray = index  # event time of each death, in the order of `deaths`
        self.left: FloatArray = place / self.count[index] if ties == "efron" else np.zeros(len(index))
        weight = np.bincount(index, weights=weights[self.deaths], minlength=self.n_times)
        self.mean_weight: FloatArray = weight / np.maximum(self.count, 1)

    def at_risk(self, values: FloatArray) -> FloatArray:
        """Sums of `values` (n,) or (n, p) over those at risk at each event time."""
        if values.ndim == 2:
            return _by_column(self.at_risk, values, self.n_times)
        rows = values * self.ever
        total = self._from_here(np.bincount(np.maximum(self.last, 0), weights=rows, minlength=self.n_times))
        if not self.delayed:
            return total
        late = self.ever & (self.first > self.low)
        before_entry = np.bincount(self.first[late] - 1, weights=values[late], minlength=self.n_times)
        return floats(total - self._from_here(before_entry))

    def among_deaths(self, values: FloatArray) -> FloatArray:
        """Sums of `values` (n,) or (n, p) over those who die at each event time."""
        if values.ndim == 2:
            return _by_column(self.among_deaths, values, self.n_times)
        return floats(np.bincount(self.step_time, weights=values[self.deaths], minlength=self.n_times))

    def per_time(self, steps: FloatArray) -> FloatArray:
        """Sums of a quantity (deaths,) or (deaths, p), one value per tied death, at each event time."""
        if steps.ndim == 2:
            return _by_column(self.per_time, steps, self.n_times)
        return floats(np.bincount(self.step_time, weights=steps, minlength=self.n_times))

    def while_at_risk(self, steps: FloatArray, *, until: float = np.inf) -> FloatArray:
        """(n,) or (n, p): each patient's sum of a quantity given per tied death, up to the time `until`.

        A patient takes part in every step at which he is at risk; in the steps of his own death only with the
        share that has not left yet.
        """
        if steps.ndim == 2:
            return _by_column(lambda column: self.while_at_risk(column, until=until), steps, len(self.ever))
        early = self.times[self.step_time] <= until
        counted = np.where(early, steps, 0.0)
        total = np.concatenate([[0.0], np.cumsum(self.per_time(counted))])
        out = np.where(self.ever, total[self.last + 1] - total[np.minimum(self.first, self.last + 1)], 0.0)
        out[self.deaths] -= self.per_time(counted * self.left)[self.step_time]
        return out

    def through_weights(self, values: FloatArray, steps: FloatArray) -> FloatArray:
        """(n, p): what each patient adds to a sum through the estimation of weights with which others stay at risk.

        The sum runs over those who stay at risk and over the steps at which they do, of `values` (n, p) times `steps`
        (deaths, p) times that weight. Here nobody stays after the own end of follow-up: 0.
        """
        return np.zeros(values.shape)

    def stratum_times(self, code: int) -> slice:
        """The stretch of event times that belongs to a stratum."""
        return slice(*self.bounds[code])

    def _from_here(self, counted: ArrayLike) -> FloatArray:
        values = floats(counted)
        out = np.empty_like(values)
        for low, high in self.bounds:
            out[low:high] = np.cumsum(values[low:high][::-1])[::-1]
        return out


def _by_column(sums: Callable[[FloatArray], FloatArray], values: FloatArray, length: int) -> FloatArray:
    """`sums` of each column side by side; (length, 0) where a model has no columns."""
    out = np.empty((length, values.shape[1]))
    for k, column in enumerate(values.T):
        out[:, k] = sums(column)
    return out
