"""Change of a number at a point of time, within groups: the stratified rank test at the best of all points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from spinesurv.stats.arrays import FloatArray


@dataclass(frozen=True)
class Shift:
    """A change between two years.

    Parameters
    ----------
    year : the first year after the change
    probability : that a value from after the change is above one of the same group from before it; ties count a half
    z : of the stratified rank test, that probability against a half
    before, after : values on either side
    """

    year: int
    probability: float
    z: float
    before: int
    after: int


def largest_shift(value: ArrayLike, year: ArrayLike, group: ArrayLike, *, least: int) -> Shift | None:
    """The year at which the values of the same groups change most.

    Within group g and for each year y, U_g counts the pairs (before y, from y on) in which the later value is higher, a half where
    they tie: from sums of mid-ranks. P(y) = sum_g U_g / sum_g n_g m_g. z(y) = (sum_g U_g - sum_g n_g m_g / 2) / sqrt(sum_g
    n_g m_g (n_g + m_g + 1) / 12), pairs of a group weighed alike; ties make it conservative. The year with the largest |z| is
    taken. O(n log n).

    Parameters
    ----------
    value : (n,) numbers; nan = missing
    year : (n,) calendar years; nan = unknown
    group : (n,) integers; values are compared inside a group only
    least : values needed on either side

    Returns
    -------
    Shift, or None where no year has enough values on either side

    Notes
    -----
    z is not corrected for having looked at every year: ask for much more than 2.

    References
    ----------
    van Elteren PH. Bull Inst Int Stat 1960;37:351-361

    Agrees with
    -----------
    wilcox.test of R with one group; by hand.
    """
    values, years = np.asarray(value, dtype=np.float64), np.asarray(year, dtype=np.float64)
    groups = np.asarray(group)
    known = ~(np.isnan(values) | np.isnan(years))
    values, years, groups = values[known], years[known], groups[known]
    points = np.unique(years)[1:]
    if len(points) == 0:
        return None
    u, pairs, spread = (np.zeros(len(points)) for _ in range(3))
    before = np.searchsorted(np.sort(years), points)
    for name in np.unique(groups):
        here = groups == name
        own, when = values[here], years[here]
        order = np.argsort(when, kind="stable")
        rank = np.concatenate([[0.0], np.cumsum(rankdata(own)[order])])
        n = np.searchsorted(when[order], points).astype(np.float64)
        m = len(own) - n
        u += (rank[-1] - rank[n.astype(int)]) - m * (m + 1) / 2
        pairs += n * m
        spread += n * m * (n + m + 1) / 12
    usable = (before >= least) & (len(values) - before >= least) & (spread > 0)
    if not usable.any():
        return None
    z = _divided(u - pairs / 2, np.sqrt(spread), usable)
    best = int(np.abs(z).argmax())
    return Shift(
        int(points[best]),
        float(u[best] / pairs[best]),
        float(z[best]),
        int(before[best]),
        int(len(values) - before[best]),
    )


def recorded_from(value: ArrayLike, year: ArrayLike, *, least: int) -> int | None:
    """The year before which nearly nothing was recorded and from which on most is; None where there is none.

    The first year y of which at most 5 % of the earlier rows and at least half of the rows from y on are filled.

    Parameters
    ----------
    value : (n,) numbers; nan = missing
    year : (n,) calendar years; nan = unknown
    least : rows needed on either side
    """
    there, years = ~np.isnan(np.asarray(value, dtype=np.float64)), np.asarray(year, dtype=np.float64)
    there, years = there[~np.isnan(years)], years[~np.isnan(years)]
    order = np.argsort(years, kind="stable")
    filled = np.concatenate([[0], np.cumsum(there[order])])
    points = np.unique(years)[1:]
    at = np.searchsorted(years[order], points)
    enough = (at >= least) & (len(years) - at >= least)
    early = filled[at] <= 0.05 * at
    late = filled[-1] - filled[at] >= 0.5 * (len(years) - at)
    hits = points[enough & early & late]
    return int(hits[-1]) if len(hits) else None


def _divided(top: FloatArray, bottom: FloatArray, where: np.ndarray) -> FloatArray:
    found = np.zeros_like(top)
    np.divide(top, bottom, out=found, where=where)
    return found
