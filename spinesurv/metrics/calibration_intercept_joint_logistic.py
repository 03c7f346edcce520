"""Joint logistic intercept: the intercept that is estimated together with the calibration slope."""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap
from spinesurv.metrics.logit_risk import coefficient_estimate, known_status_by_logit, recalibrated
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring

SCALE = "identity"


def calibration_intercept_joint_logistic(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Intercept of the log odds of death by a day on the logit of the predicted risk, slope estimated too.

    log odds = a + b logit(p) among patients of known status; this is a, the log odds of those with a predicted risk
    of one half.

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
        0 where the slope is 1 and the level is right; alone it says nothing about the level. `n` counts the patients
        of known status, the reason those left out; `rows` are all patients with a prediction, those left out with
        influence 0.
        A gap without survival at h, when nobody is observed at h, with delayed entry, with fewer than 10 dead or 10
        alive, where a predicted risk is exactly 0 or 1, where everybody has the same risk, or where the risks
        separate the dead from the living.

    Notes
    -----
    Stands on patients of known status alone (dead by h, or seen alive on day h or later), so that published binary
    results can be matched. Leaving out those censored before h favours what is decided early, that is death;
    `calibration_intercept` keeps them and is the measure to rely on. Reported by some papers, and by rms::val.prob,
    as the intercept; not the calibration in the large, which is `calibration_intercept_logistic`. Standard error:
    information of the regression, as papers report it; robust with case weights.

    References
    ----------
    Cox DR. Biometrika 1958;45:562-565. doi:10.1093/biomet/45.3-4.562
    Van Calster B et al. BMC Med 2019;17:230. doi:10.1186/s12916-019-1466-7

    Agrees with
    -----------
    stats::glm and rms::val.prob, golden cases ``bin.*.logistic`` (intercept).
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
    fits = recalibrated(found)
    if isinstance(fits, str):
        return found.gap(fits, SCALE)
    return coefficient_estimate(found, fits.joint, 0)


RECORD = Metric(
    key="calibration_intercept_joint_logistic",
    label="Calibration intercept, logistic (joint with the slope)",
    function=calibration_intercept_joint_logistic,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="nearer",
    range=(float("-inf"), float("inf")),
    perfect=0.0,
    scale=SCALE,
    reference="Van Calster B et al. BMC Med 2019;17:230. doi:10.1186/s12916-019-1466-7",
    agrees_with="stats::glm and rms::val.prob, golden cases bin.*.logistic (intercept)",
    comparable=False,
    known_only=True,
)
