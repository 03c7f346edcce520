"""Calibration slope: are predicted risks spread as widely as the true ones?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.cloglog_risk import judged_by_cloglog
from spinesurv.metrics.cox_coefficient import fit_judged, influence_on_coefficient
from spinesurv.metrics.judged import estimate, gap
from spinesurv.metrics.record import Metric
from spinesurv.stats.calibration_cox import cloglog
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.cox import CoxFitError

LEAST_EVENTS = 10
SCALE = "identity"


def calibration_slope(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Coefficient of log(-log(1 - p)) in a Cox model of survival, p the predicted risk by a day.

    hazard(t | p) = h0(t) exp(slope * log(-log(1 - p))), Efron ties, baseline hazard h0 free. Where a Cox model
    made the predictions, that is the coefficient of its prognostic index. Where other events compete with the one that
    is judged, in a Fine-Gray model of the cumulative incidence.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day by which the risks are meant. The Cox model uses all follow-up, deaths after that day too
    weights : (n,) case weights
    censoring : where events compete, one curve for each of its strata; else not used, the Cox model deals with it
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = spread as widely as the truth, below 1 = predictions too extreme, above 1 = too narrow, 0 = unrelated
        to survival. A gap without survival at the horizon, when nobody is observed at it, with fewer than 10
        deaths, where a predicted risk is exactly 0 or 1, where everybody has the same risk, or where the Cox
        model cannot be estimated.

    Notes
    -----
    The slope says nothing about the level of the risks, see `calibration_intercept`. Hazards are taken as
    proportional between patients. Standard error: inverse information of the Cox model, and the influence values
    (change of the coefficient without the patient) are brought to its size; with case weights, and where events
    compete, they are left as they are (robust).

    References
    ----------
    van Houwelingen HC. Stat Med 2000;19:3401-3415.
    McLernon DJ et al. Ann Intern Med 2023;176:105-114. doi:10.7326/M22-0844

    Agrees with
    -----------
    survival::coxph, golden cases ``cal.*.cllslope`` and ``cal.*.slope``.
    """
    judged = judged_by_cloglog(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        cluster=cluster,
        least_events=LEAST_EVENTS,
        purpose="a calibration slope",
    )
    if isinstance(judged, tuple):
        return gap(*judged, horizon_days, SCALE)
    if len(np.unique(judged.value)) < 2:
        return gap("everybody has the same predicted risk, which has no slope", judged, horizon_days, SCALE)
    x = cloglog(judged.value)[:, None]
    try:
        fit = fit_judged(judged, x, censoring=censoring)
    except CoxFitError as error:
        return gap(str(error), judged, horizon_days, SCALE)
    robust = judged.weights is not None or judged.competing is not None
    influence, method = influence_on_coefficient(fit, weighted=robust)
    return estimate(
        float(fit.coef[0]),
        influence,
        judged.rows,
        judged,
        cluster=judged.cluster,
        horizon_days=horizon_days,
        scale=SCALE,
        method=method,
    )


RECORD = Metric(
    key="calibration_slope",
    label="Calibration slope",
    function=calibration_slope,
    needs="survival",
    at_horizon=True,
    higher_is="nearer",
    range=(float("-inf"), float("inf")),
    perfect=1.0,
    scale=SCALE,
    reference="van Houwelingen HC. Stat Med 2000;19:3401-3415",
    agrees_with="survival::coxph, golden cases cal.*.cllslope and cal.*.slope",
    competing=True,
    comparable=False,
)
