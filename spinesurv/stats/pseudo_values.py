"""Pseudo-values of the risk by a horizon: one number per patient that stands in for a fate not seen to the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, IntArray, case_weights, floats
from spinesurv.stats.kaplan_meier import kaplan_meier


def pseudo_risks(
    time: ArrayLike,
    event: ArrayLike,
    horizon: float,
    *,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> FloatArray:
    """(n,) pseudo-value of each patient for the risk of an event by the horizon.

    q_i = n F(h) - (n - 1) F_(-i)(h), with F = 1 - Kaplan-Meier and F_(-i) the same without patient i. Without
    censoring before h it is 1 for an event by h and 0 otherwise; with censoring it may lie outside [0, 1].

    Parameters
    ----------
    time, event : (n,) end of follow-up, and whether the event was seen
    horizon : time h; beyond follow-up the curve is taken as level
    start : (n,) delayed entry: at risk in (start, time]
    weights : (n,) case weights w: q_i = (W F - (W - w_i) F_(-i)) / w_i, W their sum; each above 0

    Notes
    -----
    All n leave-one-out curves in O(n log n): a patient lowers the number at risk while under observation only, so
    F_(-i) is a product of three stretches. Censoring is taken as independent of what was predicted. Agrees with
    prodlim::jackknife, golden cases ``cal.*.pseudo``.

    References
    ----------
    Andersen PK, Perme MP. Stat Methods Med Res 2010;19:71-99. doi:10.1177/0962280209105020
    """
    t, e, w = floats(time), np.asarray(event, dtype=bool), case_weights(weights, len(floats(time)))
    curve = kaplan_meier(t, e, start=start, weights=weights, robust=False)
    used = (curve.n_jump > 0) & (curve.time <= horizon)
    grid, at_risk, died = curve.time[used], curve.n_risk[used], curve.n_jump[used]
    risk = 1.0 - float(curve.at([horizon])[0])
    leaves = np.searchsorted(grid, t, side="right")
    enters = np.zeros(len(t), dtype=np.intp)
    if start is not None:
        enters = np.minimum(np.searchsorted(grid, floats(start), side="right"), leaves)
    own = e & (t <= horizon)
    inside = leaves - own  # the own event time is a factor by itself
    everybody = _Stretches(1.0 - died / at_risk)
    without = np.ones(len(t))
    for weight in np.unique(w):  # one pass where all weigh the same
        rows = np.flatnonzero(w == weight)
        fewer = _Stretches(_share_alive(died, at_risk - weight))
        without[rows] = fewer.product(enters[rows], inside[rows])
    at = inside[own]
    without[own] *= _share_alive(died[at] - w[own], at_risk[at] - w[own])
    first, last = np.zeros(len(t), dtype=np.intp), np.full(len(t), len(grid), dtype=np.intp)
    without *= everybody.product(first, enters) * everybody.product(leaves, last)
    total = w.sum()
    return floats((total * risk - (total - w) * (1.0 - without)) / w)


def _share_alive(died: FloatArray, at_risk: FloatArray) -> FloatArray:
    """1 - died / at risk; 1 where nobody is left."""
    left = at_risk > 1e-12
    return floats(1.0 - np.divide(died, at_risk, out=np.zeros(len(died)), where=left))


class _Stretches:
    """Products of a row of factors between two positions, zeros among them included."""

    def __init__(self, factors: FloatArray) -> None:
        zero = factors <= 1e-14
        self._zeros = np.concatenate([[0], np.cumsum(zero)])
        self._logs = np.concatenate([[0.0], np.cumsum(np.log(np.where(zero, 1.0, factors)))])

    def product(self, first: IntArray, last: IntArray) -> FloatArray:
        return np.where(
            self._zeros[last] > self._zeros[first], 0.0, np.exp(self._logs[last] - self._logs[first])
        )
