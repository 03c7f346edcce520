"""Calibration curve: observed risk by a day as a smooth function of the predicted one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Curve, Outcome, Prediction
from spinesurv.metrics.calibration_grid import risk_grid, smooth_curve
from spinesurv.metrics.record import CurveRecord
from spinesurv.metrics.smooth_calibration import smooth_calibration
from spinesurv.stats.censoring import Censoring


def calibration(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    knots: int | ArrayLike = 3,
    clip: float | None = None,
    grid: ArrayLike | None = None,
) -> Curve:
    """Observed risk for each predicted risk, with a pointwise 95 % band and the counts of predictions.

    Parameters
    ----------
    outcome, prediction, horizon_days, weights, censoring, cluster, knots, clip : as in `ici`; the band is that of
        the Cox model and does not know of clusters
    grid : predicted risks at which the curve is taken; None = as told below

    Returns
    -------
    Curve
        Rows with part = "curve" hold risk, observed, low, high on a grid between the 1st and 99th percentile of
        the predicted risks; where there are at most 10 different ones, at those that 5 patients or more share.
        Rows with part
        = "counts" hold n, the number of predictions with risk_low <= risk < risk_high (missing: 1 to 4
        patients, or hidden so that these cannot be found by subtraction).

    References
    ----------
    Austin PC, Harrell FE, van Klaveren D. Stat Med 2020;39:2714-2742. doi:10.1002/sim.8570

    Agrees with
    -----------
    rms::cph and rms::survest at full convergence, golden cases ``cal.*.rcs*``.
    """
    found = smooth_calibration(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        censoring=censoring,
        cluster=cluster,
        knots=knots,
        clip=clip,
    )
    if isinstance(found, tuple):
        return Curve.gap("calibration", found[0])
    fit = found.fit
    at = risk_grid(fit.risk) if grid is None else np.asarray(grid, dtype=np.float64)
    return smooth_curve(fit.risk, at, fit.observed(at), *fit.interval(at), reason=found.note)


RECORD = CurveRecord(
    key="calibration",
    label="Calibration curve",
    function=calibration,
    needs="survival",
    reference="Austin PC, Harrell FE, van Klaveren D. Stat Med 2020;39:2714-2742. doi:10.1002/sim.8570",
    agrees_with="rms::cph and rms::survest, golden cases cal.*.rcs*",
)
