"""From an outcome and a prediction to a smooth calibration fit, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.cloglog_risk import judged_by_cloglog
from spinesurv.metrics.judged import FloatArray, Judged, estimate, needed_horizon, own_censoring
from spinesurv.stats.calibration_cox import CalibrationFit, fit_calibration
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.cox import CoxFitError

LEAST_EVENTS = 10
SAME_RISK = "everybody has the same predicted risk; compare observed and expected deaths instead"


@dataclass(frozen=True, eq=False)
class SmoothCalibration:
    """A smooth calibration fit and the patients it stands on.

    Parameters
    ----------
    fit : observed risk as a function of the predicted one
    judged : the patients; their `value` is the risk used, moved off 0 and 1 where that was asked
    horizon_days : day by which the risks are meant
    note : what to keep in mind: risks that were moved, or too coarse for a spline; None = nothing
    """

    fit: CalibrationFit
    judged: Judged
    horizon_days: float
    note: str | None

    def estimate(self, value: float, influence: FloatArray, scale: str) -> Estimate:
        """A summary of the distance between observed and predicted risks."""
        model = "Cox" if self.judged.competing is None else "Fine-Gray"
        return estimate(
            value,
            influence,
            self.judged.rows,
            self.judged,
            cluster=self.judged.cluster,
            horizon_days=self.horizon_days,
            scale=scale,
            method=f"delta method through the calibration {model} model, knots fixed",
            reason=self.note,
        )


def smooth_calibration(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    censoring: Censoring | None,
    cluster: ArrayLike | None,
    knots: int | ArrayLike,
    clip: float | None,
) -> SmoothCalibration | tuple[str, Judged | None]:
    """The fit; or the reason for a gap, and who was there.

    No fit where `judged_by_cloglog` finds a reason, with fewer than 10 deaths, where nobody has died by the horizon
    (a curve of 0 without an error), where everybody has the same risk, or where the Cox model cannot be estimated. Where events compete a Fine-Gray model takes its place: it describes
    the cumulative incidence itself, needs no pseudo-values, and is the same as the Cox model where nothing competes.
    `censoring` is read there only, for its strata. `clip` is the one of `judged_by_cloglog`.
    """
    horizon = needed_horizon(horizon_days)
    found = judged_by_cloglog(
        outcome,
        prediction,
        horizon_days=horizon,
        weights=weights,
        cluster=cluster,
        least_events=LEAST_EVENTS,
        purpose="a smooth calibration curve",
        clip=clip,
    )
    if isinstance(found, tuple):
        return found
    judged = found
    if not judged.events_by(horizon):
        return f"nobody {judged.died} by day {horizon:g}", judged
    if len(np.unique(judged.value)) < 2:
        return SAME_RISK, judged
    try:
        fit = fit_calibration(
            judged.time,
            judged.event,
            judged.value,
            horizon,
            knots=knots,
            start=judged.start,
            weights=judged.weights,
            competing=judged.competing,
            censoring=None if judged.competing is None else own_censoring(judged, censoring),
        )
    except CoxFitError as error:
        return str(error), judged
    notes = []
    moved = int((judged.value != prediction.death_by(horizon)[judged.rows]).sum())
    if clip is not None and moved:
        notes.append(f"{moved} of {judged.n} predicted risks were moved to {clip:g} or {1.0 - clip:g}")
    if not len(fit.knots):
        distinct = len(np.unique(fit.risk))
        notes.append(
            f"{distinct} distinct predicted risks: a straight line on the complementary log-log scale, no spline"
        )
    return SmoothCalibration(fit, judged, horizon, "; ".join(notes) or None)
