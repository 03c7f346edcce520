"""Calibration slope over all of the follow-up, by Poisson regression on the predicted hazard."""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.metrics.cloglog_risk import risks_at_the_edge
from spinesurv.metrics.judged import estimate, gap
from spinesurv.metrics.predicted_hazard import predicted_hazard
from spinesurv.metrics.record import Metric
from spinesurv.stats.calibration_cox import cloglog
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.poisson_calibration import poisson_slope

LEAST_EVENTS = 10
SCALE = "identity"


def calibration_slope_poisson(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Slope of the log hazard on the predicted one, the course over time taken from the prediction.

    log E(deaths of i) = a + b x_i + (log E_i - x_i): E_i the cumulative hazard predicted for the follow-up of the
    patient up to day h, x_i = log(-log S_i(h)) the index by which patients differ. b is the slope, estimated together
    with a.

    Parameters
    ----------
    outcome, prediction, horizon_days, weights, censoring, cluster : as in `calibration_intercept_poisson`

    Returns
    -------
    Estimate
        1 = spread as widely as the truth, below 1 = predictions too extreme, above 1 = too narrow, 0 = unrelated
        to survival. A gap for the causes in `predicted_hazard`, with fewer than 10 deaths by h, where a risk by h is
        exactly 0 or 1, and where everybody has the same.

    Notes
    -----
    `calibration_slope` leaves the baseline hazard free; here it is the predicted one, times a constant. The joint
    intercept a is not reported: it depends on where x is 0, and is not `calibration_intercept_poisson`. Standard
    error: influence values, predictions taken as given.

    References
    ----------
    Crowson CS, Atkinson EJ, Therneau TM. Stat Methods Med Res 2016;25:1692-1706. doi:10.1177/0962280213497434

    Agrees with
    -----------
    glm(event ~ x + offset(log(E) - x), poisson), golden cases ``crowson.*`` (value; the error there is the model's).
    """
    found = predicted_hazard(outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster)
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    judged = found.judged
    purpose = "a calibration slope"
    if found.event.sum() < LEAST_EVENTS:
        return gap(f"fewer than {LEAST_EVENTS} deaths for {purpose}", judged, horizon_days, SCALE)
    at_edge = risks_at_the_edge(judged.value, purpose)
    if at_edge is not None:
        return gap(at_edge, judged, horizon_days, SCALE)
    try:
        fit = poisson_slope(found.event, found.hazard, cloglog(judged.value), weights=judged.weights)
    except InputError as error:
        return gap(str(error), judged, horizon_days, SCALE)
    return estimate(
        fit.slope,
        fit.influence[:, 1],
        judged.rows,
        judged,
        cluster=judged.cluster,
        horizon_days=horizon_days,
        scale=SCALE,
        method="influence of the Poisson coefficients",
        reason=found.note,
    )


RECORD = Metric(
    key="calibration_slope_poisson",
    label="Calibration slope over the follow-up (Poisson)",
    function=calibration_slope_poisson,
    needs="curve",
    at_horizon=True,
    higher_is="nearer",
    range=(float("-inf"), float("inf")),
    perfect=1.0,
    scale=SCALE,
    reference="Crowson CS, Atkinson EJ, Therneau TM. Stat Methods Med Res 2016;25:1692-1706",
    agrees_with="glm(event ~ x + offset(log(E) - x), poisson), golden cases crowson.* (value)",
    comparable=False,
)
