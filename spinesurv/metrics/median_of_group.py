"""Median survival by group: what patients of each group lived to see, beside what was predicted for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spinesurv.core import Curve, Outcome, Prediction
from spinesurv.metrics.judged import judged_by_value
from spinesurv.metrics.record import CurveRecord
from spinesurv.stats.censoring import Censoring


def median_of_group(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Curve:
    """Kaplan-Meier median of the patients in each group, best group first.

    Rule of accuracy: median of the category against the predicted median. It compares medians and says nothing of
    single patients.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the prediction needs `group`
    horizon_days : not used
    weights : (n,) case weights
    censoring : not used; Kaplan-Meier deals with censoring
    cluster : (n,) not used; the interval takes patients as independent

    Returns
    -------
    Curve
        One row per group that anybody is in: group, n, events; median, low, high in days (95 % interval from the
        log-log interval of the curve), missing where the curve does not come down to one half; last: the last day of
        follow-up of the group. A gap without groups, or with delayed entry.

    References
    ----------
    Brookmeyer R, Crowley J. Biometrics 1982;38:29-41. doi:10.2307/2530286

    Agrees with
    -----------
    survival::survfit, golden cases ``km.*`` and their quantiles.
    """
    if prediction.group is None:
        return Curve.gap("medians", "no group goes with this prediction")
    code = np.where(prediction.group.codes < 0, np.nan, prediction.group.codes)
    judged = judged_by_value(outcome, code, weights, cluster)
    if isinstance(judged, str):
        return Curve.gap("medians", judged)
    if judged.start is not None:
        return Curve.gap("medians", "medians from time zero do not cover delayed entry")
    rows = []
    for k, name in enumerate(prediction.group.categories):
        if not (judged.value == k).any():
            continue
        mine = judged.where(judged.value == k)
        curve = mine.curve()
        median, low, high = (float(v[0]) for v in curve.quantiles([0.5], kind="log-log"))
        rows.append([str(name), mine.n, int(mine.event.sum()), median, low, high, curve.last_time])
    return Curve(
        pd.DataFrame(rows, columns=["group", "n", "events", "median", "low", "high", "last"]), "medians"
    )


RECORD = CurveRecord(
    key="median_of_group",
    label="Median survival by group",
    function=median_of_group,
    needs="group",
    reference="Brookmeyer R, Crowley J. Biometrics 1982;38:29-41. doi:10.2307/2530286",
    agrees_with="survival::survfit, golden cases km.*",
)
