"""Gray's test: is the cumulative incidence of an event the same in several groups, competing events given?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from spinesurv.stats.arrays import AnyArray, BoolArray, FloatArray, IntArray, floats, strata_codes


@dataclass(frozen=True, eq=False)
class GrayTest:
    """Scores by group and the test of their differences.

    Parameters
    ----------
    levels : (k,) groups in sorted order
    score : (k,) events of interest minus those expected if all groups had one incidence, weighted; they add up to 0
    variance : (k, k) covariance of the scores
    chi_square, degrees_of_freedom, p : of the test; p is nan where fewer than two groups could have an event
    """

    levels: AnyArray
    score: FloatArray
    variance: FloatArray
    chi_square: float
    degrees_of_freedom: int
    p: float


def gray_test(
    time: ArrayLike,
    event: ArrayLike,
    competing: ArrayLike,
    group: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
) -> GrayTest:
    """Gray's test of k groups, a log-rank test of subdistribution hazards.

    With n_g at risk in group g just before t, F_g its cumulative incidence and S_g its share free of every event, the
    group counts as R_g = n_g (1 - F_g(t-)) / S_g(t-): those who had a competing event stay in. Of d events at t,
    d R_g / R are expected in g. Both are summed with the weight (1 - F(t-))^rho, F the incidence common to the
    groups, and over strata.

    Parameters
    ----------
    time : (n,) end of follow-up
    event, competing : (n,) whether it was the event of interest, or a competing event
    group : (n,) labels
    strata : (n,) groups are compared within each
    rho : 0 = all times weigh the same

    Notes
    -----
    The variance is that of the counting processes of both kinds of events, ties counted without replacement. Without
    competing events the statistic is close to the log-rank one, whose variance is another estimate of the same.
    Agrees with cmprsk::cuminc, golden case ``cr.mgus2.gray_test``.

    References
    ----------
    Gray RJ. Ann Stat 1988;16:1141-1154. doi:10.1214/aos/1176350951
    """
    t, e, other = floats(time), np.asarray(event, dtype=bool), np.asarray(competing, dtype=bool)
    levels, code = np.unique(np.asarray(group), return_inverse=True)
    code = code.reshape(-1).astype(np.intp)
    stratum, k = strata_codes(strata, len(t)), len(levels)
    score, variance = np.zeros(k), np.zeros((k, k))
    for rows in (stratum == s for s in range(int(stratum.max(initial=0)) + 1)):
        part = _stratum(t[rows], e[rows], other[rows], code[rows], k, rho)
        score, variance = score + part[0], variance + part[1]
    able = np.diag(variance) > 0.0
    if able.sum() < 2:
        return GrayTest(levels, score, variance, 0.0, 0, np.nan)
    kept = np.flatnonzero(able)[1:]
    chi_square = float(
        score[kept] @ np.linalg.lstsq(variance[np.ix_(kept, kept)], score[kept], rcond=None)[0]
    )
    return GrayTest(levels, score, variance, chi_square, len(kept), float(chdtrc(len(kept), chi_square)))


def _stratum(
    time: FloatArray, event: BoolArray, competing: BoolArray, code: IntArray, k: int, rho: float
) -> tuple[FloatArray, FloatArray]:
    """Scores and their covariance in one stratum; arrays run over (times with an event, groups)."""
    failed = event | competing
    times, at = np.unique(time[failed], return_inverse=True)
    m = len(times)
    d1, d2, at_risk = np.zeros((m, k)), np.zeros((m, k)), np.zeros((m, k))
    np.add.at(d1, (at.reshape(-1), code[failed]), event[failed].astype(float))
    np.add.at(d2, (at.reshape(-1), code[failed]), competing[failed].astype(float))
    for g in range(k):
        left = np.sort(time[code == g])
        at_risk[:, g] = len(left) - np.searchsorted(left, times, side="left")
    there = at_risk > 0
    inverse = np.divide(1.0, at_risk, out=np.zeros_like(at_risk), where=there)
    free = floats(np.cumprod(1.0 - (d1 + d2) * inverse, axis=0))
    free_before = _before(free, 1.0)
    incidence_before = _before(floats(np.cumsum(free_before * d1 * inverse, axis=0)), 0.0)
    # patients per group if competing events and censorings had not taken any away
    full = np.divide(at_risk, free_before, out=np.zeros_like(at_risk), where=there)
    total = full.sum(axis=1)
    n1 = d1.sum(axis=1)
    common = floats(np.cumsum(n1 / total))
    common_before = _before(common, 0.0)
    weight = (1.0 - common_before) ** rho
    at_risk_1 = full * (1.0 - incidence_before)
    score = weight @ (d1 - (n1 / at_risk_1.sum(axis=1))[:, None] * at_risk_1)
    # integrand a of the score, and how an event moves it later on through the estimate of the common incidence
    share = full / total[:, None]
    a = weight[:, None, None] * (np.eye(k) * full[:, :, None] - full[:, :, None] * share[:, None, :])
    steps = n1 / (total * np.maximum(1.0 - common_before, np.finfo(np.float64).tiny))
    moved = np.cumsum(a * steps[:, None, None], axis=0)
    later = moved[-1] - moved if m else moved
    ratio = np.divide((1.0 - common)[:, None], free, out=np.zeros_like(free), where=free > 0)
    by_event = a + (1.0 - ratio)[:, None, :] * later
    by_other = ratio[:, None, :] * later
    of_event = (
        free_before
        * (n1 / total)[:, None]
        * inverse
        * _without_replacement(n1[:, None], total[:, None] * free_before)
    )
    of_other = free_before**2 * d2 * inverse**2 * _without_replacement(d2, at_risk)
    of_other = np.where(free > 0, of_other, 0.0)
    variance = np.einsum("rik,rjk,rk->ij", by_event, by_event, of_event)
    variance += np.einsum("rik,rjk,rk->ij", by_other, by_other, of_other)
    return floats(score), floats(variance)


def _before(curve: FloatArray, first: float) -> FloatArray:
    """The curve just before each time."""
    return np.concatenate([np.full((1, *curve.shape[1:]), first), curve[:-1]])[: len(curve)]


def _without_replacement(drawn: FloatArray, of: FloatArray) -> FloatArray:
    """1 - (d - 1) / (n - 1) where more than one event happens at a time, else 1."""
    many = (drawn > 1.0) & (of > 1.0)
    d, n = np.broadcast_arrays(drawn, of)
    return 1.0 - np.divide(d - 1.0, n - 1.0, out=np.zeros(n.shape), where=np.broadcast_to(many, n.shape))
