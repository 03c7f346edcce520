"""Concordance of a marker with survival, with counts, standard errors and influence values, in O(n log n)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, IntArray, case_weights, floats, strata_codes
from spinesurv.stats.rank_sums import RankSums
from spinesurv.stats.time_weights import time_weights


@dataclass(frozen=True, eq=False)
class Concordance:
    """A concordance and what it is made of.

    Parameters
    ----------
    value : (concordant + tied_risk / 2) / (concordant + discordant + tied_risk); nan without comparable pairs
    std_error : infinitesimal jackknife, the root of the sum of squared influences
    null_error : standard error if the marker were unrelated to survival, from the score test of a Cox model
    concordant, discordant, tied_risk : weights of comparable pairs
    tied_time, tied_both : weights of pairs of events at the same time, with different or equal markers
    influence : (n,) weight times derivative of `value` with respect to each patient's weight
    """

    value: float
    std_error: float
    null_error: float
    concordant: float
    discordant: float
    tied_risk: float
    tied_time: float
    tied_both: float
    influence: FloatArray


def concordance(
    time: ArrayLike,
    event: ArrayLike,
    marker: ArrayLike,
    *,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    latest: float = inf,
    timewt: str | ArrayLike = "n",
) -> Concordance:
    """Share of comparable pairs in which the patient with the higher marker dies first.

    Patient i is a case if the event was seen (up to `latest`); j is comparable with i if j was followed longer,
    or as long and censored, in the same stratum, and under observation at that time. Equal markers count one
    half. Two events at the same time are not comparable.

    Parameters
    ----------
    time, event : (n,) end of follow-up and whether it was an event
    marker : (n,) higher = event expected sooner
    start : (n,) delayed entry, at risk in (start, time]
    weights : (n,) case weights; a pair weighs their product
    strata : (n,) pairs are formed within strata only
    latest : cases after this time are not used
    timewt : weight of a case by time, one of `TIME_WEIGHTS` ("n" is Harrell's C, "n/G2" Uno's), or (n,) the
        weights themselves. Their estimation is not part of the standard error

    Notes
    -----
    Agrees with survival::concordance (reverse=TRUE), golden cases ``conc.*``.

    References
    ----------
    Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361-387.
    Therneau TM, Watson DA. The concordance statistic and the Cox model. Mayo Clinic technical report 85, 2017.
    """
    t, e, x = floats(time), np.asarray(event, dtype=bool), floats(marker)
    w, stratum = case_weights(weights, len(t)), strata_codes(strata, len(t))
    entry = None if start is None else floats(start)
    if isinstance(timewt, str):
        tw = time_weights(timewt, t, e, start=entry, weights=w, group=stratum.astype(float))
    else:
        tw = floats(timewt)
    tw = np.where(e & (t <= latest), tw, 0.0)
    pairs = Pairs(t, e, x, w, w * tw, stratum, entry)
    as_case, as_other = pairs.outlived_by_case(), pairs.cases_outlived()
    below, tied, above = (tw * part for part in as_case)
    below_case, tied_case, above_case = as_other
    concordant, ties, discordant = (float(np.sum(w * part)) for part in (below, tied, above))
    comparable = concordant + discordant + ties
    same_time, same_both = pairs.tied_events()
    if comparable <= 0:
        nothing = np.full(len(t), np.nan)
        return Concordance(
            np.nan, np.nan, np.nan, concordant, discordant, ties, same_time, same_both, nothing
        )
    value = (concordant + 0.5 * ties) / comparable
    # a patient adds to the pairs of its own event and, as the longer-lived one, to the pairs of others' events
    agree, equal, differ = below + above_case, tied + tied_case, above + below_case
    influence = w * (agree + 0.5 * equal - value * (agree + equal + differ)) / comparable
    return Concordance(
        value,
        float(np.sqrt(np.sum(influence**2))),
        float(np.sqrt(pairs.null_variance())) / (2.0 * comparable),
        concordant,
        discordant,
        ties,
        same_time,
        same_both,
        influence,
    )


class Pairs:
    """Patients sorted by stratum, time, events first; pairs are stretches of that order."""

    def __init__(
        self,
        time: FloatArray,
        event: BoolArray,
        marker: FloatArray,
        weights: FloatArray,
        case: FloatArray,
        stratum: IntArray,
        start: FloatArray | None,
    ) -> None:
        self.weights, self.case, self.stratum, self.event = weights, case, stratum, event
        self.start = start
        self.rank = np.unique(marker, return_inverse=True)[1].reshape(-1).astype(np.intp)
        times = time if start is None else np.concatenate([time, start])
        codes = np.unique(times, return_inverse=True)[1].reshape(-1).astype(np.intp)
        self.n_times = int(codes.max(initial=0)) + 1
        self.time = codes[: len(time)]
        self.entry = None if start is None else codes[len(time) :]
        # one whole number per (stratum, time, event before censoring), so that one search finds any border
        self.at = self._key(stratum, self.time)
        self.key = self.at + np.where(event, 0, 1)
        self.order = np.argsort(self.key, kind="stable")
        self.sorted_key = self.key[self.order]
        self.stratum_low = np.searchsorted(self.sorted_key, self._key(stratum, 0))
        self.stratum_high = np.searchsorted(self.sorted_key, self._key(stratum + 1, 0))

    def _key(self, stratum: IntArray, time: IntArray | int) -> IntArray:
        return 2 * (stratum * self.n_times + time)

    def outlived_by_case(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(n,) each: weights of those comparable with a case, with marker below, equal, above."""
        sums = RankSums(self.rank[self.order], self.weights[self.order])
        low = np.searchsorted(self.sorted_key, self.at + 1, side="left")
        parts = sums.around(low, self.stratum_high, self.rank)
        if self.entry is None:
            return parts
        entry_key = self._key(self.stratum, self.entry)
        order = np.argsort(entry_key, kind="stable")
        late = RankSums(self.rank[order], self.weights[order])
        first_late = np.searchsorted(entry_key[order], self.at, side="left")
        end = np.searchsorted(entry_key[order], self._key(self.stratum + 1, 0))
        b, t, a = late.around(first_late, end, self.rank)
        return parts[0] - b, parts[1] - t, parts[2] - a

    def cases_outlived(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(n,) each: weights of the cases that somebody outlived under observation, by their marker."""
        sums = RankSums(self.rank[self.order], self.case[self.order])
        low = self.stratum_low
        if self.entry is not None:
            low = np.searchsorted(self.sorted_key, self._key(self.stratum, self.entry) + 1, side="right")
        high = np.searchsorted(self.sorted_key, self.key, side="left")
        return sums.around(np.minimum(low, high), high, self.rank)

    def tied_events(self) -> tuple[float, float]:
        """Weights of pairs of cases at the same time with different, and with equal, markers."""
        rows = self.case > 0
        weight = self.case[rows]
        plain = self.weights[rows]
        at, rank = self.at[rows], self.rank[rows]

        def pairs(key: IntArray) -> float:
            code = np.unique(key, return_inverse=True)[1].reshape(-1)
            products = np.bincount(code, weights=weight) * np.bincount(code, weights=plain)
            return float(0.5 * (np.sum(products) - np.sum(weight * plain)))

        n_ranks = int(self.rank.max(initial=0)) + 1
        both = pairs(at * n_ranks + rank)
        return pairs(at) - both, both

    def null_variance(self) -> float:
        """Sum over cases of the variance of the weighted rank (below minus above) among those at risk.

        With weights v of the tied marker groups and W their sum, that variance is (W^2 - sum(v^3) / W) / 3.
        """
        risk, cubes = self._at_risk()
        rows = self.case > 0
        w, c = risk[rows], cubes[rows]
        return float(np.sum(self.case[rows] * (w**2 - c / w) / 3.0))

    def _at_risk(self) -> tuple[FloatArray, FloatArray]:
        """(n,) at each patient's time: weight at risk, and the sum of cubed weights of equal markers at risk."""
        key, rank, change = self.at + 1, self.rank, self.weights
        if (
            self.entry is not None
        ):  # going back in time a patient joins at the end of follow-up, leaves at entry
            key = np.concatenate([key, self._key(self.stratum, self.entry) + 1])
            rank, change = np.concatenate([rank, rank]), np.concatenate([change, -change])
        back = np.lexsort((-key, rank, key // (2 * self.n_times)))
        same = np.diff(rank[back], prepend=-1) != 0
        same |= np.diff(key[back] // (2 * self.n_times), prepend=-1) != 0
        total = np.cumsum(change[back])
        before = np.concatenate([[0.0], total[:-1]])
        base = np.maximum.accumulate(np.where(same, np.arange(len(back)), 0))
        group_before = before - before[base]
        group_after = group_before + change[back]
        cube_change = np.empty(len(back))
        cube_change[back] = group_after**3 - group_before**3
        order = np.argsort(key, kind="stable")
        risk = np.concatenate([np.cumsum(change[order][::-1])[::-1], [0.0]])
        cubes = np.concatenate([np.cumsum(cube_change[order][::-1])[::-1], [0.0]])
        low = np.searchsorted(key[order], self.at, side="left")
        high = np.searchsorted(key[order], self._key(self.stratum + 1, 0), side="left")
        return risk[low] - risk[high], cubes[low] - cubes[high]
