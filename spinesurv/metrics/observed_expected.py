"""Observed over expected deaths by a day: is the average risk right?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import (
    beyond_follow_up,
    estimate,
    gap,
    judged_by_risk,
    needed_horizon,
)
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring

SCALE = "log"
METHOD = "Greenwood, predictions taken as given"


def observed_expected(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Deaths seen by a day divided by deaths predicted.

    O/E = (1 - KM(h)) / mean(p), with KM the Kaplan-Meier survival of the patients judged and p their predicted
    risks by day h. Where other events compete with the one that is judged, the Aalen-Johansen incidence takes the
    place of 1 - KM.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h after time zero
    weights : (n,) case weights, also for the mean of p
    censoring : not used; Kaplan-Meier deals with censoring
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = the average risk is right; above 1 more patients died than predicted. A gap without survival at h,
        when nobody is observed at h, when nobody has died by h, or when every predicted risk is 0.

    Notes
    -----
    Censoring is assumed unrelated to the prognosis. The standard error is Greenwood's, the predictions are taken
    as given; the influence values are those of KM(h) divided by mean(p), brought to the size of Greenwood's
    error where that differs (delayed entry, weights that count patients).

    References
    ----------
    Debray TPA et al. BMJ 2017;356:i6460. doi:10.1136/bmj.i6460

    Agrees with
    -----------
    survival::survfit, golden cases ``cal.*.oe``.
    """
    horizon = needed_horizon(horizon_days)
    judged = judged_by_risk(
        outcome, prediction, horizon_days=horizon, weights=weights, cluster=cluster, competing=True
    )
    if isinstance(judged, str):
        return gap(judged, None, horizon_days, SCALE)
    beyond = beyond_follow_up(judged, horizon, need_survivors=False)
    if beyond is not None:
        return gap(beyond, judged, horizon_days, SCALE)
    observed, influence = judged.incidence(horizon)
    expected = float(np.average(judged.value, weights=judged.weights))
    if observed <= 0.0:
        return gap(f"nobody {judged.died} by day {horizon:g}", judged, horizon_days, SCALE)
    if expected <= 0.0:
        return gap("every predicted risk is 0", judged, horizon_days, SCALE)
    influence = influence / expected
    if judged.competing is not None:
        return estimate(
            observed / expected,
            influence,
            judged.rows,
            judged,
            cluster=judged.cluster,
            horizon_days=horizon_days,
            scale=SCALE,
            method="influence of Aalen-Johansen, predictions taken as given",
        )
    error = float(judged.curve().std_error([horizon])[0]) / expected
    if not np.isfinite(error):
        return Estimate(
            observed / expected,
            judged.n,
            judged.events_by(horizon),
            np.nan,
            scale=SCALE,
            method=METHOD,
            reason=f"everybody had died by day {horizon:g}, Greenwood's error does not exist then",
        )
    if cluster is None:  # the same number already, unless there is delayed entry or weights count patients
        influence *= error / float(np.sqrt(np.sum(influence**2)))
    return estimate(
        observed / expected,
        influence,
        judged.rows,
        judged,
        cluster=judged.cluster,
        horizon_days=horizon_days,
        scale=SCALE,
        method=METHOD if cluster is None else "influence of Kaplan-Meier, predictions taken as given",
    )


RECORD = Metric(
    key="observed_expected",
    label="Observed / expected deaths",
    function=observed_expected,
    needs="survival",
    at_horizon=True,
    higher_is="nearer",
    range=(0.0, float("inf")),
    perfect=1.0,
    scale=SCALE,
    reference="Debray TPA et al. BMJ 2017;356:i6460. doi:10.1136/bmj.i6460",
    agrees_with="survival::survfit, golden cases cal.*.oe",
    competing=True,
    comparable=False,
)
