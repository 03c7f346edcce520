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
GIVEN = ", predictions taken as given"
SAMPLED = " and of the mean predicted risk"


def observed_expected(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    risks_given: bool = False,
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
    risks_given : take the mean predicted risk as a fixed number, as published intervals do. They are too wide for the O/E
        of the population that the patients come from, since more deaths are expected where sicker patients were drawn

    Returns
    -------
    Estimate
        1 = the average risk is right; above 1 more patients died than predicted. A gap without survival at h,
        when nobody is observed at h, when nobody has died by h, or when every predicted risk is 0.

    Notes
    -----
    Censoring is assumed unrelated to the prognosis. Influence of a patient: that on KM(h) divided by mean(p), minus O/E (p -
    mean(p)) / (n mean(p)). The first part has the size of Greenwood's error, to which it is brought where it
    differs (delayed entry, weights that count patients); with `risks_given` it is all there is.

    References
    ----------
    Debray TPA et al. BMJ 2017;356:i6460. doi:10.1136/bmj.i6460

    Agrees with
    -----------
    survival::survfit, golden cases ``cal.*.oe`` (errors with `risks_given`); the bootstrap.
    """
    horizon = needed_horizon(horizon_days)
    judged = judged_by_risk(
        outcome,
        prediction,
        horizon_days=horizon,
        weights=weights,
        cluster=cluster,
        competing=True,
        at_day=True,
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
    ratio = observed / expected
    influence = influence / expected
    w = np.ones(judged.n) if judged.weights is None else judged.weights
    of_expected = 0.0 if risks_given else -ratio * w * (judged.value - expected) / (w.sum() * expected)
    ending = GIVEN if risks_given else SAMPLED
    if judged.competing is not None:
        return estimate(
            ratio,
            influence + of_expected,
            judged.rows,
            judged,
            cluster=judged.cluster,
            horizon_days=horizon_days,
            scale=SCALE,
            method="influence of Aalen-Johansen" + ending,
        )
    error = float(judged.curve().std_error([horizon])[0]) / expected
    if not np.isfinite(error):
        return Estimate(
            ratio,
            judged.n,
            judged.events_by(horizon),
            np.nan,
            scale=SCALE,
            method="Greenwood" + ending,
            reason=f"everybody had died by day {horizon:g}, Greenwood's error does not exist then",
        )
    if cluster is None:  # the same number already, unless there is delayed entry or weights count patients
        influence *= error / float(np.sqrt(np.sum(influence**2)))
    return estimate(
        ratio,
        influence + of_expected,
        judged.rows,
        judged,
        cluster=judged.cluster,
        horizon_days=horizon_days,
        scale=SCALE,
        method=("Greenwood" if cluster is None and risks_given else "influence of Kaplan-Meier") + ending,
    )


RECORD = Metric(
    key="observed_expected",
    label="Observed / expected deaths",
    function=observed_expected,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="nearer",
    range=(0.0, float("inf")),
    perfect=1.0,
    scale=SCALE,
    reference="Debray TPA et al. BMJ 2017;356:i6460. doi:10.1136/bmj.i6460",
    agrees_with="survival::survfit, golden cases cal.*.oe",
    competing=True,
    comparable=False,
)
