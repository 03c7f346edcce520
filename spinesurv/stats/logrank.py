"""Log-rank test: do groups of patients survive alike?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from spinesurv.errors import InputError
from spinesurv.stats.arrays import AnyArray, BoolArray, FloatArray, IntArray, floats, strata_codes

ADJUSTMENTS = ("holm", "bh", "bonferroni")


@dataclass(frozen=True, eq=False)
class LogRank:
    """Observed and expected events by group, and the test of their differences.

    Parameters
    ----------
    levels : (k,) groups in sorted order
    observed, expected : (k,) weighted events, seen and expected if all groups shared one hazard
    variance : (k, k) covariance of observed - expected
    chi_square, degrees_of_freedom, p : of the test; p is nan where fewer than two groups could have an event
    """

    levels: AnyArray
    observed: FloatArray
    expected: FloatArray
    variance: FloatArray
    chi_square: float
    degrees_of_freedom: int
    p: float


def logrank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    start: ArrayLike | None = None,
    rho: float = 0.0,
) -> LogRank:
    """Log-rank test of k groups, or its weighted relatives.

    At each event time with d events among n at risk, n_g of them in group g, d n_g / n events are expected in g; the
    hypergeometric variance is d (n - d) / (n - 1) (n_g / n) (1[g = h] - n_h / n). Both are summed over times and
    strata with the weight S(t-)^rho, S the Kaplan-Meier curve of all groups of the stratum.

    Parameters
    ----------
    time, event : (n,) end of follow-up, and whether the event was seen
    group : (n,) labels
    strata : (n,) groups are compared within each
    start : (n,) delayed entry: at risk in (start, time]
    rho : 0 = log-rank; 1 = Peto and Peto's modification of the Wilcoxon test, which weighs early deaths more

    Notes
    -----
    Agrees with survival::survdiff, golden cases ``logrank.*``; R has no delayed entry here.

    References
    ----------
    Harrington DP, Fleming TR. Biometrika 1982;69:553-566. doi:10.1093/biomet/69.3.553
    """
    t, e = floats(time), np.asarray(event, dtype=bool)
    levels, code = np.unique(np.asarray(group), return_inverse=True)
    code = code.reshape(-1).astype(np.intp)
    entry = np.full(len(t), -np.inf) if start is None else floats(start)
    stratum = strata_codes(strata, len(t))
    k = len(levels)
    observed, expected, variance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    for rows in (stratum == s for s in range(int(stratum.max(initial=0)) + 1)):
        part = _stratum(t[rows], e[rows], entry[rows], code[rows], k, rho)
        observed, expected, variance = observed + part[0], expected + part[1], variance + part[2]
    able = expected > 0.0
    if able.sum() < 2:
        return LogRank(levels, observed, expected, variance, 0.0, 0, np.nan)
    kept = np.flatnonzero(able)[1:]
    gap = (observed - expected)[kept]
    chi_square = float(gap @ np.linalg.lstsq(variance[np.ix_(kept, kept)], gap, rcond=None)[0])
    return LogRank(
        levels, observed, expected, variance, chi_square, len(kept), float(chdtrc(len(kept), chi_square))
    )


def _stratum(
    time: FloatArray, event: BoolArray, entry: FloatArray, code: IntArray, k: int, rho: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Observed, expected and variance of one stratum."""
    times, index = np.unique(time[event], return_inverse=True)
    m = len(times)
    dead, at_risk = np.zeros((m, k)), np.zeros((m, k))
    np.add.at(dead, (index.reshape(-1), code[event]), 1.0)
    for g in range(k):
        mine = code == g
        left, entered = np.sort(time[mine]), np.sort(entry[mine])
        at_risk[:, g] = np.searchsorted(entered, times, side="left") - np.searchsorted(
            left, times, side="left"
        )
    d, n = dead.sum(axis=1), at_risk.sum(axis=1)
    survival = np.concatenate([[1.0], np.cumprod(1.0 - d / n)[:-1]])[:m]
    weight = survival**rho
    share = at_risk / n[:, None]
    spread = weight**2 * d * (n - d) / np.maximum(n - 1.0, 1.0)
    variance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return weight @ dead, (weight * d) @ share, floats(variance)


def logrank_pairs(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    start: ArrayLike | None = None,
    rho: float = 0.0,
) -> list[tuple[int, int, LogRank]]:
    """The test of every two groups, each on the patients of these two; (position of one, of the other, test)."""
    label = np.asarray(group)
    levels = np.unique(label)
    t, e = floats(time), np.asarray(event, dtype=bool)
    out = []
    for i, j in combinations(range(len(levels)), 2):
        rows = (label == levels[i]) | (label == levels[j])
        test = logrank(
            t[rows],
            e[rows],
            label[rows],
            strata=None if strata is None else np.asarray(strata)[rows],
            start=None if start is None else floats(start)[rows],
            rho=rho,
        )
        out.append((i, j, test))
    return out


def adjusted_p(p: ArrayLike, method: str = "holm") -> FloatArray:
    """P values of m tests, adjusted for their number.

    "bonferroni": m p. "holm": step down, the i-th smallest times m - i + 1, never falling. "bh": step up for the
    false discovery rate (Benjamini and Hochberg), the i-th smallest times m / i, never rising from the end. All
    at most 1.

    Raises
    ------
    InputError
        An unknown method.

    Notes
    -----
    Agrees with stats::p.adjust, golden cases ``logrank.*.pairwise``.
    """
    if method not in ADJUSTMENTS:
        raise InputError(f"adjustment of p values: unknown {method!r}. Known: {', '.join(ADJUSTMENTS)}.")
    values = floats(p)
    m = len(values)
    order = np.argsort(values, kind="stable")
    place = np.arange(1, m + 1)
    if method == "bonferroni":
        return np.minimum(values * m, 1.0)
    if method == "holm":
        steps = np.maximum.accumulate(values[order] * (m - place + 1))
    else:
        steps = np.minimum.accumulate((values[order] * m / place)[::-1])[::-1]
    out = np.empty(m)
    out[order] = np.minimum(steps, 1.0)
    return out
