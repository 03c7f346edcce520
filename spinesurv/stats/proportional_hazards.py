"""Do hazard ratios stay the same over time? The score test of columns that change with a clock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, floats
from spinesurv.stats.cox import CoxFit
from spinesurv.stats.cox_tests import ChiSquare
from spinesurv.stats.kaplan_meier import kaplan_meier

CLOCKS = ("km", "rank", "identity", "log")


def proportional_hazards_test(
    fit: CoxFit,
    time: ArrayLike,
    *,
    start: ArrayLike | None = None,
    clock: str = "km",
    groups: Sequence[Sequence[int]] | None = None,
) -> list[ChiSquare]:
    """Score test of x g(t) added to the model, for each group of columns and, last, for all of them.

    u' I^-1 u with u the score of the added columns at their coefficient 0 and I the information of model and
    added columns: u = sum over deaths of g (x - mean at risk), blocks of I the sums of V, g V and g^2 V over
    deaths, V the covariance of the columns at risk.

    Parameters
    ----------
    fit : the model; its penalty, if any, is not part of the test
    time, start : (n,) follow-up the model was fitted on
    clock : g: "km" 1 - S(t-) of all rows, "rank" mean rank of the time among all rows, "identity" or "log"
    groups : positions of the columns of each predictor; None = each column by itself

    Returns
    -------
    one test per group, then the global one

    Raises
    ------
    InputError
        Exact ties, or an unknown clock.

    Notes
    -----
    The exact score test, not the correlation of scaled Schoenfeld residuals with time. Agrees with
    survival::cox.zph (survival >= 3), golden cases ``cox.*.zph_*``.

    References
    ----------
    Grambsch PM, Therneau TM. Biometrika 1994;81:515-526. doi:10.1093/biomet/81.3.515
    """
    if fit.ties == "exact":
        raise InputError("test of proportional hazards: it does not exist for exact ties. Use efron.")
    sets, p = fit.risk_sets, len(fit.coef)
    g = _clock(clock, fit, floats(time), None if start is None else floats(start))[sets.step_time]
    g = g - g.mean()
    spread = fit.design.std(axis=0)
    _, mean = fit.step_terms()
    x = fit.design - fit.centre
    mass = sets.mean_weight[sets.step_time]
    u = (fit.weights[sets.deaths] * g) @ x[sets.deaths] - (mass * g) @ mean
    zero, one, two = (fit.information(g**k) / np.outer(spread, spread) for k in range(3))
    information = np.block([[zero, one], [one, two]])
    score = np.concatenate([np.zeros(p), u / spread])

    def test(columns: Sequence[int]) -> ChiSquare:
        part = np.concatenate([np.arange(p), p + np.asarray(columns, dtype=np.intp)])
        s = score[part]
        return ChiSquare(float(s @ np.linalg.solve(information[np.ix_(part, part)], s)), len(columns))

    single = [[j] for j in range(p)]
    return [test(columns) for columns in [*(single if groups is None else groups), range(p)]]


def _clock(kind: str, fit: CoxFit, time: FloatArray, start: FloatArray | None) -> FloatArray:
    """g at the event times of the model."""
    at = fit.risk_sets.times
    if kind == "km":
        return 1.0 - kaplan_meier(time, fit.event, start=start).before(at)
    if kind == "rank":
        order = np.argsort(time)
        return floats(rankdata(time)[order][np.searchsorted(time[order], at)])
    if kind == "identity":
        return at
    if kind == "log":
        return np.log(at)
    raise InputError(f"test of proportional hazards: clock {kind!r} found; {', '.join(CLOCKS)} are known.")
