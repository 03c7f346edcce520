"""Calibration curve from pseudo-values: observed risk by a day as a local average, without a Cox model."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from spinesurv.core import Curve, Outcome, Prediction
from spinesurv.metrics.calibration_grid import risk_grid, smooth_curve
from spinesurv.metrics.judged import beyond_follow_up, judged_by_risk, needed_horizon
from spinesurv.metrics.record import CurveRecord
from spinesurv.metrics.smooth_calibration import LEAST_EVENTS, SAME_RISK
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.loess import loess_surface
from spinesurv.stats.pseudo_values import pseudo_risks

LEVEL = 0.95


def calibration_pseudo(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    span: float = 0.75,
    grid: ArrayLike | None = None,
) -> Curve:
    """Observed risk for each predicted risk, a loess of pseudo-values, with a pointwise 95 % band and the counts.

    Each patient gets the pseudo-value q = n F(h) - (n - 1) F without the patient (h), F the Kaplan-Meier risk, or the
    Aalen-Johansen incidence where events compete; q is smoothed over the predicted risk by local straight lines.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h by which the risks are meant
    weights : (n,) case weights
    censoring : not used; Kaplan-Meier and Aalen-Johansen deal with censoring
    cluster : not used; the band does not know of clusters
    span : share of the patients from whom the curve is taken at each risk
    grid : predicted risks at which the curve is taken, missing outside the range of the patients; None = as in
        `calibration`

    Returns
    -------
    Curve
        Rows as in `calibration`. A gap without survival at h, when nobody is observed at it, with fewer than 10
        events by h, and where everybody has the same risk. Risks of 0 and 1 are no obstacle.

    Notes
    -----
    Neither hazards nor the shape of the curve are modelled, but censoring must not depend on the predicted risk, as
    a Cox model allows. The curve is interpolated between local fits as R does by default; it and its band may leave
    [0, 1] by a little. Band: influence of the pseudo-values, taken as independent, on the local fits.

    References
    ----------
    Royston P. Stata J 2014;14:738-755.
    Andersen PK, Perme MP. Stat Methods Med Res 2010;19:71-99. doi:10.1177/0962280209105020

    Agrees with
    -----------
    prodlim::jackknife and loess(degree = 1), golden cases ``cal.*.pseudo`` (with exact fits); with competing events too.
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
        return Curve.gap("calibration", judged)
    beyond = beyond_follow_up(judged, horizon, need_survivors=False)
    if beyond is not None:
        return Curve.gap("calibration", beyond)
    if judged.events_by(horizon) < LEAST_EVENTS:
        return Curve.gap(
            "calibration", f"fewer than {LEAST_EVENTS} {judged.deaths} for a smooth calibration curve"
        )
    risk = judged.value
    if len(np.unique(risk)) < 2:
        return Curve.gap("calibration", SAME_RISK)
    pseudo = pseudo_risks(
        judged.time,
        judged.event,
        horizon,
        competing=judged.competing,
        start=judged.start,
        weights=judged.weights,
    )
    surface = loess_surface(risk, pseudo, span=span, degree=1, weights=judged.weights)
    at = risk_grid(risk) if grid is None else np.asarray(grid, dtype=np.float64)
    observed = np.where((at >= risk.min()) & (at <= risk.max()), surface.at(at), np.nan)
    error = [np.sqrt(np.sum(surface.influence(at, point) ** 2)) for point in np.eye(len(at))]
    half = float(ndtri(0.5 + LEVEL / 2.0)) * np.array(error)
    return smooth_curve(risk, at, observed, observed - half, observed + half, reason=None)


RECORD = CurveRecord(
    key="calibration_pseudo",
    label="Calibration curve from pseudo-values",
    function=calibration_pseudo,
    needs="survival",
    reference="Royston P. Stata J 2014;14:738-755",
    agrees_with="prodlim::jackknife and loess, golden cases cal.*.pseudo",
    scale="identity",
)
