"""Predictive mean matching: who lends a value to whom."""

from __future__ import annotations

import numpy as np

from spinesurv.stats.arrays import FloatArray, IntArray

#: share of the spread of the donors' scores by which equal scores are told apart
JITTER = 1e-7


def match_donors(
    donor_scores: FloatArray, scores: FloatArray, *, donors: int, choice: FloatArray
) -> IntArray:
    """(m,) position of the donor of each recipient: one of the `donors` nearest in score.

    Parameters
    ----------
    donor_scores : (n,) predicted means of those who have a value, rising
    scores : (m,) predicted means of those who need one
    donors : size of the pool; never more than n
    choice : (m,) uniform numbers in (0, 1) that pick one of the pool

    Notes
    -----
    Between donors at equal distance the lower score comes first. Where scores tie (few, coarse predictors) break the
    ties on both sides beforehand with `told_apart`, or the same few donors serve everybody.

    References
    ----------
    Little RJA. J Bus Econ Stat 1988;6:287-296. doi:10.1080/07350015.1988.10509663
    Morris TP, White IR, Royston P. BMC Med Res Methodol 2014;14:75. doi:10.1186/1471-2288-14-75
    """
    n = len(donor_scores)
    pool = min(donors, n)
    first = np.searchsorted(donor_scores, scores) - pool
    window = np.clip(first, 0, max(n - 2 * pool, 0))[:, None] + np.arange(min(2 * pool, n))
    distance = np.abs(donor_scores[window] - scores[:, None])
    order = np.argsort(distance, axis=1, kind="stable")
    picked = np.minimum((choice * pool).astype(np.intp), pool - 1)
    nearest = np.take_along_axis(order, picked[:, None], axis=1)
    return np.take_along_axis(window, nearest, axis=1)[:, 0].astype(np.intp)


def told_apart(scores: FloatArray, uniforms: FloatArray, *, spread: float) -> FloatArray:
    """Scores moved by less than `JITTER` times `spread`, so that equal ones stand in random order."""
    return scores + JITTER * spread * (uniforms - 0.5)
