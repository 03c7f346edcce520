"""From an outcome and a prediction to a smooth calibration fit, or the reason why there is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics.judged import Judged, beyond_follow_up, judged_by_risk, needed_horizon
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

    No fit without survival at the horizon, when nobody is observed at it, with fewer than 10 deaths, where a
    predicted risk is exactly 0 or 1 (the complementary log-log has no place for it, and moving it would change
    what was predicted), where everybody has the same risk, or where the Cox model cannot be estimated.
    """
    horizon = needed_horizon(horizon_days)
    judged = judged_by_risk(outcome, prediction, horizon_days=horizon, weights=weights, cluster=cluster)
    if isinstance(judged, str):
        return judged, None
    beyond = beyond_follow_up(judged, horizon, need_survivors=False)
    if beyond is not None:
        return beyond, judged
    if judged.event.sum() < LEAST_EVENTS:
        return f"fewer than {LEAST_EVENTS} deaths for a smooth calibration curve", judged
    at_edge = int(((judged.value <= 0.0) | (judged.value >= 1.0)).sum())
    if at_edge:
        return (
            f"{at_edge} of {judged.n} predicted risks are exactly 0 or 1, which have no place on a smooth curve",
            judged,
        )
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
