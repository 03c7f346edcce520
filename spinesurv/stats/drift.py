"""Change of a number at a point of time, within groups: the stratified rank test at the best of all points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from spinesurv.stats.arrays import FloatArray, IntArray, floats


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
    wilcox.test of R and scipy.stats.mannwhitneyu with one group, and the sums of U of the latter over groups; by hand.
    """
    values, years = np.asarray(value, dtype=np.float64), np.asarray(year, dtype=np.float64)
    groups = np.asarray(group)
    known = ~(np.isnan(values) | np.isnan(years))
    values, years, groups = values[known], years[known], groups[known]
    calendar, when = _by_year(years)
    points = calendar[1:]
    if len(points) == 0:
        return None
    u, pairs, spread = (np.zeros(len(points)) for _ in range(3))
    before = np.cumsum(np.bincount(when))[:-1]
    for name in np.unique(groups):
        here = groups == name
        in_year = np.bincount(when[here], minlength=len(calendar))
        ranks = np.cumsum(np.bincount(when[here], weights=_mid_ranks(values[here]), minlength=len(calendar)))
        n = np.cumsum(in_year)[:-1].astype(np.float64)
        m = in_year.sum() - n
        u += (ranks[-1] - ranks[:-1]) - m * (m + 1) / 2
        pairs += n * m
        spread += n * m * (n + m + 1) / 12
    usable = (before >= least) & (len(values) - before >= least) & (spread > 0)
    if not usable.any():
        return None
    z = _divided(u - pairs / 2, np.sqrt(spread), usable)
    best = int(np.where(usable, np.abs(z), -1.0).argmax())
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
    calendar, when = _by_year(years[~np.isnan(years)])
    rows = np.cumsum(np.bincount(when))
    filled = np.cumsum(np.bincount(when, weights=there[~np.isnan(years)]))
    before, filled_before = rows[:-1], filled[:-1]
    after, filled_after = len(when) - before, filled[-1:] - filled_before
    enough = (before >= least) & (after >= least)
    hits = calendar[1:][enough & (filled_before <= 0.05 * before) & (filled_after >= 0.5 * after)]
    return int(hits[-1]) if len(hits) else None


def _by_year(years: FloatArray) -> tuple[FloatArray, IntArray]:
    """The different years, ascending, and which of them each row has; O(n), since calendar years are few whole numbers."""
    if len(years) == 0:
        return years, np.zeros(0, dtype=np.intp)
    at = (years - years.min()).astype(np.intp)
    there = np.bincount(at) > 0
    return years.min() + np.flatnonzero(there), (np.cumsum(there) - 1)[at]


def _mid_ranks(values: FloatArray) -> FloatArray:
    """Ranks from 1, the mean of theirs where values tie; whole numbers that lie close together are counted, not sorted."""
    if np.ptp(values) < 4 * len(values):
        place: IntArray = (values - values.min()).astype(np.intp)
        if (place + values.min() == values).all():
            counts = np.bincount(place)
            ranks: FloatArray = np.cumsum(counts) - (counts - 1) / 2
            return ranks[place]
    return floats(rankdata(values))


def _divided(top: FloatArray, bottom: FloatArray, where: np.ndarray) -> FloatArray:
    found = np.zeros_like(top)
    np.divide(top, bottom, out=found, where=where)
    return found
