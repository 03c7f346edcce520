"""Pseudo-values of the risk by a horizon: one number per patient that stands in for a fate not seen to the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_banded

from spinesurv.stats.arrays import FloatArray, IntArray, case_weights, floats
from spinesurv.stats.kaplan_meier import kaplan_meier


def pseudo_risks(
    time: ArrayLike,
    event: ArrayLike,
    horizon: float,
    *,
    competing: ArrayLike | None = None,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> FloatArray:
    """(n,) pseudo-value of each patient for the risk of an event by the horizon.

    q_i = n F(h) - (n - 1) F_(-i)(h), with F = 1 - Kaplan-Meier, or the Aalen-Johansen incidence where events compete, and
    F_(-i) the same without patient i. Without censoring before h it is 1 for an event by h and 0 otherwise; with
    censoring it may lie outside [0, 1].

    Parameters
    ----------
    time, event : (n,) end of follow-up, and whether the event was seen
    horizon : time h; beyond follow-up the curve is taken as level
    competing : (n,) whether an event was seen that makes the one of interest impossible; None = there are none
    start : (n,) delayed entry: at risk in (start, time]
    weights : (n,) case weights w: q_i = (W F - (W - w_i) F_(-i)) / w_i, W their sum; each above 0

    Notes
    -----
    All n leave-one-out curves in O(n log n): a patient lowers the number at risk while under observation only, so
    F_(-i) is put together from three stretches of time. Censoring is taken as independent of what was predicted. Agrees
    with prodlim::jackknife, golden cases ``cal.*.pseudo``, for competing events in its tests.

    References
    ----------
    Andersen PK, Perme MP. Stat Methods Med Res 2010;19:71-99. doi:10.1177/0962280209105020
    """
    t, e, w = floats(time), np.asarray(event, dtype=bool), case_weights(weights, len(floats(time)))
    ends = e if competing is None else e | np.asarray(competing, dtype=bool)
    curve = kaplan_meier(t, ends, start=start, weights=weights, robust=False)
    used = (curve.n_jump > 0) & (curve.time <= horizon)
    grid, at_risk, ended = curve.time[used], curve.n_risk[used], curve.n_jump[used]
    leaves = np.searchsorted(grid, t, side="right")
    own = ends & (t <= horizon)
    inside = leaves - own  # the own event time is a step by itself
    had = floats(np.bincount(inside[own], weights=(w * e)[own], minlength=len(grid)))
    enters = np.zeros(len(t), dtype=np.intp)
    if start is not None:
        enters = np.minimum(np.searchsorted(grid, floats(start), side="right"), leaves)
    everybody = _Stretches(ended, had, at_risk)
    later = everybody.to_end[leaves]
    at = inside[own]
    left = at_risk[at] - w[own]
    later[own] = _share(had[at] - w[own] * e[own], left) + later[own] * (
        1.0 - _share(ended[at] - w[own], left)
    )
    without = np.empty(len(t))
    for weight in np.unique(w):  # one pass where all weigh the same
        rows = np.flatnonzero(w == weight)
        fewer = _Stretches(ended, had, at_risk - weight)
        first, last = enters[rows], inside[rows]
        under = fewer.risk(first, last) + fewer.free(first, last) * later[rows]
        none = np.zeros(len(rows), dtype=np.intp)
        without[rows] = everybody.risk(none, first) + everybody.free(none, first) * under
    risk, total = everybody.to_end[0], w.sum()
    return floats((total * risk - (total - w) * without) / w)


def _share(count: FloatArray, at_risk: FloatArray) -> FloatArray:
    """count / at risk; 0 where nobody is left."""
    return floats(np.divide(count, at_risk, out=np.zeros(len(count)), where=at_risk > 1e-12))


class _Stretches:
    """Staying free of every event, and having that of interest, between two positions in a row of event times.

    Parameters
    ----------
    ended, had : (m,) events of every kind, and of interest, at each time
    at_risk : (m,)

    Attributes
    ----------
    to_end : (m + 1,) risk from each position to the end, of who is free of every event there
    """

    def __init__(self, ended: FloatArray, had: FloatArray, at_risk: FloatArray) -> None:
        stays = 1.0 - _share(ended, at_risk)
        zero = stays <= 1e-14
        self._zeros = np.concatenate([[0], np.cumsum(zero)])
        self._logs = np.concatenate([[0.0], np.cumsum(np.log(np.where(zero, 1.0, stays)))])
        # to_end[k] = had / at risk + stays * to_end[k + 1], with 0 at the end
        steps = np.concatenate([_share(had, at_risk), [0.0]])
        bands = np.array([np.concatenate([[0.0], -stays]), np.ones(len(steps))])
        self.to_end: FloatArray = floats(solve_banded((0, 1), bands, steps))

    def free(self, first: IntArray, last: IntArray) -> FloatArray:
        """Probability of no event from `first` up to before `last`."""
        return np.where(
            self._zeros[last] > self._zeros[first], 0.0, np.exp(self._logs[last] - self._logs[first])
        )

    def risk(self, first: IntArray, last: IntArray) -> FloatArray:
        """Probability of the event of interest from `first` up to before `last`."""
        return floats(self.to_end[first] - self.free(first, last) * self.to_end[last])
