"""Concordance of a marker with one kind of event where others compete, weighted for censoring, in O(n log n)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, IntArray, case_weights, floats
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.concordance import Pairs
from spinesurv.stats.rank_sums import RankSums


def competing_concordance(
    time: ArrayLike,
    event: ArrayLike,
    competing: ArrayLike,
    marker: ArrayLike,
    horizon: float,
    censoring: Censoring,
    *,
    weights: ArrayLike | None = None,
) -> tuple[float, FloatArray]:
    """Share of pairs in which the one with the higher marker has the event first, by a horizon.

    Pairs of a case i, with the event at T_i <= h, and any j who has it later or never: followed longer (or as long,
    without the event), each weighing 1 / G(T_i-)^2, or taken away before T_i by a competing event, each weighing
    1 / (G(T_i-) G(T_j-)). Equal markers count one half. G is the probability of not being censored.

    Parameters
    ----------
    time : (n,) end of follow-up
    event, competing : (n,) whether it was the event of interest, or one that prevents it
    marker : (n,) higher = event expected sooner
    horizon : h
    censoring : fitted on these n patients, in this order
    weights : (n,) case weights, those `censoring` was fitted with; 0 = only counts for the censoring

    Returns
    -------
    value : nan without a comparable pair
    influence : (n,), weight times derivative of `value`, estimation of the censoring included

    Notes
    -----
    Without competing events the value is Uno's, `concordance` with timewt "n/G2".

    References
    ----------
    Wolbers M, Blanche P, Koller MT, Witteman JC, Gerds TA. Biostatistics 2014;15:526-539. doi:10.1093/biostatistics/kxt059
    """
    t, e, other = floats(time), np.asarray(event, dtype=bool), np.asarray(competing, dtype=bool)
    w, x = case_weights(weights, len(t)), floats(marker)
    e, other = e & (w > 0), other & (w > 0)
    case = e & (t <= horizon)
    known = case | (other & (t <= horizon))
    inverse = np.where(known, 1.0 / np.where(known, censoring.before_own_time(), 1.0), 0.0)
    tw = np.where(case, inverse**2, 0.0)
    pairs = Pairs(t, e, x, w, w * tw, np.zeros(len(t), dtype=np.intp), None)
    below, tied, above = (tw * part for part in pairs.outlived_by_case())
    below_case, tied_case, above_case = pairs.cases_outlived()
    earlier = _Prevented(t, case, known & other, pairs.rank, w * inverse)
    as_case, as_other = earlier.of_case(), earlier.of_prevented()
    concordant = below + 0.5 * tied
    right = [
        w * concordant,
        w * (above_case + 0.5 * tied_case),
        w * inverse * (as_case[0] + 0.5 * as_case[1]),
        w * inverse * (as_other[2] + 0.5 * as_other[1]),
    ]
    total = [
        w * (below + tied + above),
        w * (below_case + tied_case + above_case),
        w * inverse * sum(as_case),
        w * inverse * sum(as_other),
    ]
    comparable = float(total[0].sum() + total[2].sum())
    if comparable <= 0:
        return np.nan, np.full(len(t), np.nan)
    value = float(right[0].sum() + right[2].sum()) / comparable
    terms = [(r - value * n) / comparable for r, n in zip(right, total, strict=True)]
    # the first kind of pairs holds 1 / G(T-) of its case twice, the second once, and once that of the other
    own = 2.0 * terms[0] + terms[2] + terms[3]
    return value, floats(sum(terms) + censoring.correction(own, np.zeros(len(t)), horizon))


class _Prevented:
    """Pairs of a case and one whom a competing event took away before; (n,) sums of weights by marker."""

    def __init__(
        self, time: FloatArray, case: BoolArray, prevented: BoolArray, rank: IntArray, weights: FloatArray
    ) -> None:
        self.n = len(time)
        self.rank = rank
        self.cases, self.others = (
            rows[np.argsort(time[rows], kind="stable")]
            for rows in (np.flatnonzero(case), np.flatnonzero(prevented))
        )
        self.time, self.weights = time, weights

    def of_case(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Those prevented before the event of each case: marker below, equal, above."""
        sums = RankSums(self.rank[self.others], self.weights[self.others])
        high = np.searchsorted(self.time[self.others], self.time[self.cases], side="left")
        return self._spread(self.cases, sums.around(np.zeros_like(high), high, self.rank[self.cases]))

    def of_prevented(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Cases with the event after each prevented patient was taken away."""
        sums = RankSums(self.rank[self.cases], self.weights[self.cases])
        low = np.searchsorted(self.time[self.cases], self.time[self.others], side="right")
        high = np.full_like(low, len(self.cases))
        return self._spread(self.others, sums.around(low, high, self.rank[self.others]))

    def _spread(
        self, rows: IntArray, parts: tuple[FloatArray, FloatArray, FloatArray]
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        out = np.zeros((3, self.n))
        out[:, rows] = parts
        return out[0], out[1], out[2]
