"""Integrated calibration index of the binary outcome: distance of predicted from smoothed observed risks."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.errors import unknown_name
from spinesurv.metrics.cloglog_risk import risks_at_the_edge
from spinesurv.metrics.judged import gap
from spinesurv.metrics.known_status import known_status_by_risk
from spinesurv.metrics.logit_risk import LEAST_OF_EACH
from spinesurv.metrics.record import Metric
from spinesurv.stats.calibration_logistic import logistic_curve
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.loess import loess_surface
from spinesurv.stats.logistic import LogisticFitError
from spinesurv.stats.lowess import lowess
from spinesurv.stats.mean_distance import RiskCurve, group_shares, mean_distance

SMOOTHERS = ("loess", "lowess", "spline")
LEAST_DISTINCT = 5

SCALE = "log"


def ici_binary(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    smoother: str = "loess",
    knots: int | ArrayLike = 3,
) -> Estimate:
    """Mean absolute difference between predicted risk and a smooth curve of the observed one, known status.

    ICI = mean |p - o(p)| over patients of known status, o(p) a curve of their deaths by predicted risk.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h after time zero
    weights : (n,) case weights
    censoring : not used; patients censored before h are left out
    cluster : (n,) patients of one cluster count as one in the standard error
    smoother : "loess" (span 0.75, degree 2 and interpolated as R does by default, the index as published), "lowess"
        (as rms::val.prob draws it; its Eavg) or "spline" (logistic, of the logit)
    knots : of the spline: how many (3 to 7), or where, on the logit scale

    Returns
    -------
    Estimate
        0 = perfectly calibrated. With fewer than 5 distinct risks the share of the dead in each group takes the place
        of the curve, and the reason says so. `n` counts the patients of known status, the reason those left out;
        `rows` are all patients with a prediction, those left out with influence 0.
        A gap without survival at h, when nobody is observed at h, with delayed entry, with fewer than 10 dead or 10
        alive, or where the spline cannot be fitted; the spline alone needs risks strictly between 0 and 1.

    Notes
    -----
    Stands on patients of known status alone (dead by h, or seen alive on day h or later), so that published binary
    results can be matched. Leaving out those censored before h favours what is decided early, that is death; `ici`
    keeps them and is the measure to rely on. An absolute value cannot fall below 0: where predictions are well
    calibrated the index is biased upwards and its interval cannot hold 0. Standard error: influence through the
    curve, its neighbourhoods or knots taken as given. Case weights do not change who is a neighbour, so that weight 2
    is not the same as two patients for loess and lowess.

    References
    ----------
    Austin PC, Steyerberg EW. Stat Med 2019;38:4051-4065. doi:10.1002/sim.8281

    Agrees with
    -----------
    stats::loess with its defaults, stats::lowess(iter=0), glm on rcs, golden cases ``bin.*.loess2.interpolate``,
    ``bin.*.lowess`` and ``bin.*.rcs*`` (value).
    """
    if smoother not in SMOOTHERS:
        raise unknown_name("smoother", smoother, SMOOTHERS, where="ici_binary")
    found = known_status_by_risk(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        cluster=cluster,
        least_of_each=LEAST_OF_EACH,
    )
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    distinct = len(np.unique(found.value))
    note = None
    try:
        if distinct < LEAST_DISTINCT:
            note = f"{distinct} distinct predicted risks: the share of the dead in each, no curve"
            curve: RiskCurve = group_shares(found.dead, found.value, weights=found.weights)
        elif smoother == "spline":
            edge = risks_at_the_edge(found.value, "a logistic calibration")
            if edge is not None:
                return found.gap(edge, SCALE)
            curve = logistic_curve(found.dead, found.value, knots=knots, weights=found.weights)
        elif smoother == "lowess":
            curve = lowess(found.value, found.dead, n_robust=0, weights=found.weights)
        else:
            curve = loess_surface(found.value, found.dead, weights=found.weights)
    except LogisticFitError as error:
        return found.gap(str(error), SCALE)
    value, influence = mean_distance(curve, found.value, weights=found.weights)
    return found.estimate(value, influence, SCALE, "influence through the smooth curve", note=note)


RECORD = Metric(
    key="ici_binary",
    label="Integrated calibration index, known status",
    function=ici_binary,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="worse",
    range=(0.0, 1.0),
    perfect=0.0,
    scale=SCALE,
    reference="Austin PC, Steyerberg EW. Stat Med 2019;38:4051-4065. doi:10.1002/sim.8281",
    agrees_with="stats::loess with its defaults, stats::lowess(iter=0), glm on rcs, golden cases bin.*.loess2.interpolate, bin.*.lowess and bin.*.rcs* (value)",
    known_only=True,
)
