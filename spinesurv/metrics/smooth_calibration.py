"""From an outcome and a prediction to a smooth calibration fit, or the reason why there is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics.cloglog_risk import judged_by_cloglog
from spinesurv.metrics.judged import Judged, needed_horizon
from spinesurv.stats.calibration_cox import CalibrationFit, fit_calibration
from spinesurv.stats.cox import CoxFitError

LEAST_EVENTS = 10


def smooth_calibration(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    knots: int | ArrayLike,
) -> tuple[CalibrationFit, Judged] | tuple[str, Judged | None]:
    """The fit and the patients it stands on; or the reason for a gap.

    No fit where `judged_by_cloglog` finds a reason, with fewer than 10 deaths, where everybody has the same risk,
    or where the Cox model cannot be estimated.
    """
    horizon = needed_horizon(horizon_days)
    judged = judged_by_cloglog(
        outcome,
        prediction,
        horizon_days=horizon,
        weights=weights,
        cluster=cluster,
        least_events=LEAST_EVENTS,
        purpose="a smooth calibration curve",
    )
    if isinstance(judged, tuple):
        return judged
    if len(np.unique(judged.value)) < 2:
        return "everybody has the same predicted risk; compare observed and expected deaths instead", judged
    try:
        fit = fit_calibration(
            judged.time,
            judged.event,
            judged.value,
            horizon,
            knots=knots,
            start=judged.start,
            weights=judged.weights,
        )
    except CoxFitError as error:
        return str(error), judged
    return fit, judged


def shape_note(fit: CalibrationFit) -> str | None:
    """What to keep in mind where the predictions were too coarse for a spline."""
    if len(fit.knots):
        return None
    distinct = len(np.unique(fit.risk))
    return (
        f"{distinct} distinct predicted risks: a straight line on the complementary log-log scale, no spline"
    )
