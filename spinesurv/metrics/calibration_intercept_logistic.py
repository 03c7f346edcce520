"""Logistic calibration in the large: is the level of the predicted risks right, the slope fixed at 1?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap
from spinesurv.metrics.logit_risk import coefficient_estimate, known_status_by_logit
from spinesurv.metrics.record import Metric
from spinesurv.stats.calibration_logistic import logit
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.logistic import fit_logistic

SCALE = "identity"


def calibration_intercept_logistic(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Intercept of the log odds of death by a day, the logit of the predicted risk as an offset.

    log odds = a + logit(p) among patients of known status, the slope fixed at 1.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h after time zero
    weights : (n,) case weights
    censoring : not used; patients censored before h are left out
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        0 = the level is right, above 0 more died than predicted. `n` counts the patients of known status, the reason
        those left out; `rows` are all patients with a prediction, those left out with influence 0.
        A gap without survival at h, when nobody is observed at h, with delayed entry, with fewer than 10 dead or 10
        alive, or where a predicted risk is exactly 0 or 1.

    Notes
    -----
    Stands on patients of known status alone (dead by h, or seen alive on day h or later), so that published binary
    results can be matched. Leaving out those censored before h favours what is decided early, that is death;
    `calibration_intercept` keeps them and is the measure to rely on. Calibration in the large, never the intercept of
    a fit that also estimates the slope: that is `calibration_intercept_joint_logistic`. Standard error: information
    of the regression, as papers report it; robust with case weights.

    References
    ----------
    Cox DR. Biometrika 1958;45:562-565. doi:10.1093/biomet/45.3-4.562
    Van Calster B et al. BMC Med 2019;17:230. doi:10.1186/s12916-019-1466-7

    Agrees with
    -----------
    stats::glm with an offset, golden cases ``bin.*.logistic`` (citl).
    """
    found = known_status_by_logit(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        cluster=cluster,
    )
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    fit = fit_logistic(
        np.empty((len(found.dead), 0)), found.dead, weights=found.weights, offset=logit(found.value)
    )
    return coefficient_estimate(found, fit, 0)


RECORD = Metric(
    key="calibration_intercept_logistic",
    label="Calibration intercept, logistic (in the large)",
    function=calibration_intercept_logistic,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="nearer",
    range=(float("-inf"), float("inf")),
    perfect=0.0,
    scale=SCALE,
    reference="Van Calster B et al. BMC Med 2019;17:230. doi:10.1186/s12916-019-1466-7",
    agrees_with="stats::glm with an offset, golden cases bin.*.logistic (citl)",
    comparable=False,
    known_only=True,
)
