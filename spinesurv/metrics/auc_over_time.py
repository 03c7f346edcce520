"""AUC over time: how well do patients stay separated as the day of judgement moves?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spinesurv.core import Curve, Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.metrics.auc import RECORD as AUC
from spinesurv.metrics.auc import auc
from spinesurv.metrics.judged import undefined
from spinesurv.metrics.record import CurveRecord
from spinesurv.stats.censoring import Censoring


def auc_over_time(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    days: ArrayLike | None = None,
) -> Curve:
    """AUC by each of several days.

    Parameters
    ----------
    outcome, prediction, weights, censoring, cluster : as in `auc`
    horizon_days : last day of the curve; None = no limit
    days : days at which the AUC is taken; None = those for which survival was predicted

    Returns
    -------
    Curve
        Columns horizon_days, auc, low, high (pointwise 95 %), n and events (deaths by that day). A day without an
        AUC is missing there; the reason of the curve says which and why. A gap when no day has one.

    Raises
    ------
    InputError
        Neither `days` nor days of predicted survival are there, or none of them is up to the horizon.

    References
    ----------
    Blanche P, Dartigues JF, Jacqmin-Gadda H. Stat Med 2013;32:5381-5397. doi:10.1002/sim.5958

    Agrees with
    -----------
    riskRegression::Score and timeROC, golden cases ``auc.*``.
    """
    asked = prediction.times_days if days is None else np.asarray(days, dtype=np.float64)
    grid = np.unique([] if asked is None else np.atleast_1d(asked))
    grid = grid if horizon_days is None else grid[grid <= horizon_days]
    if not len(grid):
        raise InputError(
            "auc_over_time, days: no day to judge. Name days up to the horizon; without them a prediction of "
            "survival gives its own."
        )
    if (why_not := undefined(outcome, competing=True, at_day=False, horizon_days=None)) is not None:
        return Curve.gap("auc", why_not)
    found = [
        auc(outcome, prediction, horizon_days=d, weights=weights, censoring=censoring, cluster=cluster)
        for d in grid
    ]
    reasons = [f"day {d:g}: {e.reason}" for d, e in zip(grid, found, strict=True) if e.status == "gap"]
    if len(reasons) == len(grid):
        return Curve.gap("auc", "; ".join(reasons))
    low, high = np.array([e.interval() for e in found]).T
    table = pd.DataFrame(
        {
            "horizon_days": grid,
            "auc": [e.value for e in found],
            "low": low,
            "high": high,
            "n": [e.n for e in found],
            "events": [e.events for e in found],
        }
    )
    return Curve(table, "auc", reason="; ".join(reasons) or None)


RECORD = CurveRecord(
    key="auc_over_time",
    label="AUC over time",
    function=auc_over_time,
    needs="marker",
    reference="Blanche P, Dartigues JF, Jacqmin-Gadda H. Stat Med 2013;32:5381-5397. doi:10.1002/sim.5958",
    agrees_with="riskRegression::Score and timeROC, golden cases auc.*",
    value="auc",
    scale=AUC.scale,
)
