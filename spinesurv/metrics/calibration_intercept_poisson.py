"""Calibration in the large over all of the follow-up, by Poisson regression on the predicted hazard."""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import estimate, gap
from spinesurv.metrics.predicted_hazard import predicted_hazard
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.poisson_calibration import poisson_level

SCALE = "identity"


def calibration_intercept_poisson(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Logarithm of the deaths seen over the deaths predicted for the follow-up that each patient had.

    a = log(sum of deaths by day h / sum of E_i), E_i = -log S_i(min(T_i, h)) the cumulative hazard that was predicted
    until the patient left: the intercept of a Poisson regression with offset log E_i, the slope fixed at 1.

    Parameters
    ----------
    outcome, prediction : of the same n patients; survival predicted on days close together up to the horizon
    horizon_days : day h at which follow-up is cut
    weights : (n,) case weights
    censoring : not used; a patient counts while under observation
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        0 = the level is right over the whole course, above 0 = more deaths than predicted; exp(a) is observed over
        expected. A gap for the causes in `predicted_hazard`.

    Notes
    -----
    Calibration in the large, never the intercept estimated jointly with the slope. `observed_expected` and
    `calibration_intercept` judge the risk by one day, this one the course up to it: errors before and after
    may cancel here and not there. Standard error: influence values, predictions taken as given, so it needs no
    Poisson law.

    References
    ----------
    Crowson CS, Atkinson EJ, Therneau TM. Stat Methods Med Res 2016;25:1692-1706. doi:10.1177/0962280213497434

    Agrees with
    -----------
    glm(event ~ offset(log(E)), poisson), golden cases ``crowson.*`` (value; the error there is the model's).
    """
    found = predicted_hazard(outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster)
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    judged = found.judged
    level = poisson_level(found.event, found.hazard, weights=judged.weights)
    return estimate(
        level.intercept,
        level.influence,
        judged.rows,
        judged,
        cluster=judged.cluster,
        horizon_days=horizon_days,
        scale=SCALE,
        method="influence of observed and expected deaths",
        reason=found.note,
    )


RECORD = Metric(
    key="calibration_intercept_poisson",
    label="Calibration intercept over the follow-up (Poisson)",
    function=calibration_intercept_poisson,
    needs="curve",
    at_horizon=True,
    higher_is="nearer",
    range=(float("-inf"), float("inf")),
    perfect=0.0,
    scale=SCALE,
    reference="Crowson CS, Atkinson EJ, Therneau TM. Stat Methods Med Res 2016;25:1692-1706",
    agrees_with="glm(event ~ offset(log(E)), poisson), golden cases crowson.* (value)",
    comparable=False,
)
