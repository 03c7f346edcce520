"""Chance-corrected agreement of ordered categories."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import floats
from spinesurv.stats.classification import Share


def weighted_kappa(predicted: ArrayLike, observed: ArrayLike, weight: ArrayLike, *, power: int) -> Share:
    """Cohen's weighted kappa, 1 - (disagreement that was seen) / (disagreement that chance would give).

    kappa = 1 - sum v_ij p_ij / sum v_ij a_i b_j, with p_ij the weighted share of patients predicted in category i
    and observed in j, a_i and b_j its margins, v_ij = |i - j|^power.

    Parameters
    ----------
    predicted, observed : (n,) numbers 0, 1, ... of the categories in their order
    weight : (n,) of each patient; not all 0
    power : 1 for linear, 2 for quadratic weights

    Returns
    -------
    Share
        1 = agreement everywhere, 0 = as by chance; nan where everybody is predicted and observed in one category.
        Influence (n,) by the delta method: with D = sum v_ij p_ij and V = sum v_ij a_i b_j, a patient of weight w
        in the cell i, j has w / sum(w) [(D - v_ij) / V + D / V^2 (sum_l v_il b_l + sum_l v_lj a_l - 2 V)].

    Notes
    -----
    Agrees with sklearn.metrics.cohen_kappa_score without weights of patients; the error with the formula of Fleiss,
    Cohen and Everitt, which is the same derivative.

    References
    ----------
    Cohen J. Psychol Bull 1968;70:213-220. doi:10.1037/h0026256
    Fleiss JL, Cohen J, Everitt BS. Psychol Bull 1969;72:323-327. doi:10.1037/h0028106
    """
    i, j = np.asarray(predicted, dtype=np.intp), np.asarray(observed, dtype=np.intp)
    w = floats(weight)
    k = int(max(i.max(initial=0), j.max(initial=0))) + 1
    share = w / w.sum()
    a, b = np.bincount(i, weights=share, minlength=k), np.bincount(j, weights=share, minlength=k)
    v = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(np.float64) ** power
    by_chance = float(a @ v @ b)
    if not by_chance > 0.0:
        return Share(np.nan, np.full(len(w), np.nan))
    seen = float(share @ v[i, j])
    margins = (v @ b)[i] + (a @ v)[j]
    influence = share * ((seen - v[i, j]) + seen / by_chance * (margins - 2.0 * by_chance)) / by_chance
    return Share(1.0 - seen / by_chance, floats(influence))
