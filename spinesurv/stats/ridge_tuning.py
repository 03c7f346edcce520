"""How strong a ridge penalty of a Cox model should be: the likelihood of patients left out decides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, IntArray, floats
from spinesurv.stats.cox import CoxFit, CoxFitError, fit_cox

#: penalties that are tried, per patient and column of unit spread; 0 is no penalty
PENALTIES = (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def ridge_of(design: ArrayLike, penalty: float) -> FloatArray:
    """(p,) penalties of the coefficients of (n, p) columns as they stand: n * penalty * variance of the column."""
    x = floats(design)
    return floats(len(x) * penalty * x.var(axis=0, ddof=1))


def even_folds(time: ArrayLike, event: ArrayLike, folds: int) -> IntArray:
    """(n,) fold of each patient, 0 to folds - 1, dealt in the order of follow-up: deaths first, then the censored.

    Every fold has the same share of deaths, early and late; nothing is drawn.
    """
    order = np.lexsort((floats(time), ~np.asarray(event, dtype=bool)))
    out = np.empty(len(order), dtype=np.intp)
    out[order] = np.arange(len(order)) % folds
    return out


def cross_validated_likelihood(
    design: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    penalties: ArrayLike,
    *,
    folds: ArrayLike,
    start: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> FloatArray:
    """(k,) cross-validated log partial likelihood of each penalty; larger is better.

    Sum over folds of l(b) - l_rest(b), b the coefficients of the other folds, l the log partial likelihood of all
    patients and l_rest that of the other folds: what the fold adds. -inf where a model cannot be estimated.

    Parameters
    ----------
    design, time, event, start, strata : as `fit_cox`
    penalties : (k,) as in `ridge_of`
    folds : (n,) codes

    References
    ----------
    Verweij PJM, van Houwelingen HC. Stat Med 1993;12:2305-2314. doi:10.1002/sim.4780122407
    """
    x, t, e = floats(design), floats(time), np.asarray(event, dtype=bool)
    fold, group = np.asarray(folds), None if strata is None else np.asarray(strata)
    entry = None if start is None else floats(start)

    def fit(rows: BoolArray, columns: FloatArray, **more: Any) -> CoxFit:
        return fit_cox(
            columns[rows],
            t[rows],
            e[rows],
            start=None if entry is None else entry[rows],
            strata=None if group is None else group[rows],
            **more,
        )

    out = np.zeros(len(floats(penalties)))
    everybody, none = np.ones(len(t), dtype=bool), np.empty((len(t), 0))
    for name in np.unique(fold):
        rest = fold != name
        for k, penalty in enumerate(floats(penalties)):
            try:
                offset = x @ fit(rest, x, penalty=ridge_of(x, float(penalty)) * rest.mean()).coef
            except CoxFitError:
                out[k] = -np.inf
                continue
            with_fold, without = fit(everybody, none, offset=offset), fit(rest, none, offset=offset[rest])
            out[k] += with_fold.log_likelihood[1] - without.log_likelihood[1]
    return out
