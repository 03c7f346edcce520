"""Calibration curve: observed risk by a day as a smooth function of the predicted one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spinesurv.core import Curve, Outcome, Prediction
from spinesurv.metrics.judged import FloatArray
from spinesurv.metrics.record import CurveRecord
from spinesurv.metrics.smooth_calibration import smooth_calibration
from spinesurv.stats.censoring import Censoring

GRID_POINTS = 50
BINS = 20
SMALLEST_CELL = 5
MOST_GROUPS = 10


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
) -> Curve:
    """Observed risk for each predicted risk, with a pointwise 95 % band and the counts of predictions.

    Parameters
    ----------
    outcome, prediction, horizon_days, weights, censoring, cluster, knots, clip : as in `ici`; the band is that of
        the Cox model and does not know of clusters

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
    grid = _grid(fit.risk)
    low, high = fit.interval(grid)
    curve = pd.DataFrame(
        {"part": "curve", "risk": grid, "observed": fit.observed(grid), "low": low, "high": high}
    )
    edges = np.linspace(0.0, 1.0, BINS + 1)
    counts = pd.DataFrame(
        {
            "part": "counts",
            "risk_low": edges[:-1],
            "risk_high": edges[1:],
            "n": _shown_counts(fit.risk, edges),
        }
    )
    return Curve(pd.concat([curve, counts], ignore_index=True), "calibration", reason=found.note)


def _grid(risk: FloatArray) -> FloatArray:
    distinct, count = np.unique(risk, return_counts=True)
    if len(distinct) <= MOST_GROUPS and (count >= SMALLEST_CELL).any():
        return distinct[count >= SMALLEST_CELL]
    first, last = np.quantile(risk, [0.01, 0.99])
    return np.linspace(first, last, GRID_POINTS)


def _shown_counts(risk: FloatArray, edges: FloatArray) -> FloatArray:
    """Counts per bin; cells of 1 to 4 missing, and as many of the next smallest as it takes to protect them."""
    counts = np.histogram(risk, edges)[0].astype(np.float64)
    hidden = (counts > 0) & (counts < SMALLEST_CELL)
    while hidden.any() and counts[hidden].sum() < SMALLEST_CELL and (~hidden & (counts > 0)).any():
        left = np.where(hidden | (counts == 0), np.inf, counts)
        hidden[int(np.argmin(left))] = True
    return np.where(hidden, np.nan, counts)


RECORD = CurveRecord(
    key="calibration",
    label="Calibration curve",
    function=calibration,
    needs="survival",
    reference="Austin PC, Harrell FE, van Klaveren D. Stat Med 2020;39:2714-2742. doi:10.1002/sim.8570",
    agrees_with="rms::cph and rms::survest, golden cases cal.*.rcs*",
)
