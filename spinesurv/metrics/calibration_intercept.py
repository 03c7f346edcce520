"""Calibration in the large: is the level of the predicted risks right, their order and spread taken as given?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.cloglog_risk import judged_by_cloglog
from spinesurv.metrics.cox_coefficient import fit_judged
from spinesurv.metrics.judged import estimate, gap, needed_horizon
from spinesurv.metrics.record import Metric
from spinesurv.stats.calibration_cox import cloglog
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.cox_survival import baseline_hazard, hazard_influence

SCALE = "identity"


def calibration_intercept(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Logarithm of observed over predicted cumulative hazard by a day, the slope fixed at 1.

    In log(-log(1 - risk)) = a + log(-log(1 - p)), p the predicted risk by day h, the intercept is a = log H(h):
    H is the cumulative baseline hazard (Efron) of a Cox model whose only term is the offset log(-log(1 - p)),
    that is the sum over deaths up to h of 1 / (sum of -log(1 - p) over those at risk). Where other events compete with
    the one that is judged, H is the subdistribution hazard of a Fine-Gray model.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h by which the risks are meant
    weights : (n,) case weights
    censoring : not used; the Cox model deals with censoring, also where it depends on the predicted risk. Where
        events compete, one curve for each of its strata
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        0 = the level is right, above 0 = more deaths than predicted; exp(a) is the ratio of cumulative hazards.
        A gap without survival at h, when nobody is observed at h, where a predicted risk is exactly 0 or 1, or
        when nobody has died by h.

    Notes
    -----
    Calibration in the large, never the intercept of a fit that also estimates the slope: the two differ as soon
    as the slope is not 1, and must not be averaged or compared. Hazards are taken as proportional between
    patients. Standard error: influence function of the baseline hazard, predictions taken as given.

    References
    ----------
    van Houwelingen HC. Stat Med 2000;19:3401-3415.
    McLernon DJ et al. Ann Intern Med 2023;176:105-114. doi:10.7326/M22-0844

    Agrees with
    -----------
    survival::coxph with an offset and its baseline hazard, golden cases ``recal.*`` (value).
    """
    horizon = needed_horizon(horizon_days)
    judged = judged_by_cloglog(
        outcome,
        prediction,
        horizon_days=horizon,
        weights=weights,
        cluster=cluster,
        least_events=0,
        purpose="a calibration intercept",
    )
    if isinstance(judged, tuple):
        return gap(*judged, horizon_days, SCALE)
    if judged.events_by(horizon) == 0:
        return gap(f"nobody {judged.died} by day {horizon:g}", judged, horizon_days, SCALE)
    fit = fit_judged(judged, np.zeros((judged.n, 0)), censoring=censoring, offset=cloglog(judged.value))
    ratio = float(baseline_hazard(fit, [horizon])[0])
    return estimate(
        float(np.log(ratio)),
        hazard_influence(fit, horizon) / ratio,
        judged.rows,
        judged,
        cluster=judged.cluster,
        horizon_days=horizon_days,
        scale=SCALE,
        method="influence of the baseline hazard, slope fixed at 1",
    )


RECORD = Metric(
    key="calibration_intercept",
    label="Calibration intercept (in the large)",
    function=calibration_intercept,
    needs="survival",
    at_horizon=True,
    higher_is="nearer",
    range=(float("-inf"), float("inf")),
    perfect=0.0,
    scale=SCALE,
    reference="van Houwelingen HC. Stat Med 2000;19:3401-3415",
    agrees_with="survival::coxph with an offset, golden cases recal.* (value)",
    competing=True,
    comparable=False,
)
