"""Where a calibration curve is shown, and how many predictions lie where; nothing of fewer than five patients."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spinesurv.core import Curve
from spinesurv.metrics.judged import FloatArray

GRID_POINTS = 50
BINS = 20
SMALLEST_CELL = 5
MOST_GROUPS = 10


def risk_grid(risk: FloatArray) -> FloatArray:
    """Risks at which a curve is shown: 1st to 99th percentile, or the few different ones that 5 patients share."""
    distinct, count = np.unique(risk, return_counts=True)
    if len(distinct) <= MOST_GROUPS and (count >= SMALLEST_CELL).any():
        return distinct[count >= SMALLEST_CELL]
    first, last = np.quantile(risk, [0.01, 0.99])
    return np.linspace(first, last, GRID_POINTS)


def smooth_curve(
    risk: FloatArray,
    grid: FloatArray,
    observed: FloatArray,
    low: FloatArray,
    high: FloatArray,
    *,
    reason: str | None,
) -> Curve:
    """Curve with rows part = "curve" on the grid, and part = "counts" with the number of predictions by risk.

    `n` is missing for 1 to 4 patients, and where it would give these away by subtraction.
    """
    curve = pd.DataFrame({"part": "curve", "risk": grid, "observed": observed, "low": low, "high": high})
    edges = np.linspace(0.0, 1.0, BINS + 1)
    counts = pd.DataFrame(
        {"part": "counts", "risk_low": edges[:-1], "risk_high": edges[1:], "n": _shown_counts(risk, edges)}
    )
    return Curve(pd.concat([curve, counts], ignore_index=True), "calibration", reason=reason)


def _shown_counts(risk: FloatArray, edges: FloatArray) -> FloatArray:
    """Counts per bin; cells of 1 to 4 missing, and as many of the next smallest as it takes to protect them."""
    counts = np.histogram(risk, edges)[0].astype(np.float64)
    hidden = (counts > 0) & (counts < SMALLEST_CELL)
    while hidden.any() and counts[hidden].sum() < SMALLEST_CELL and (~hidden & (counts > 0)).any():
        left = np.where(hidden | (counts == 0), np.inf, counts)
        hidden[int(np.argmin(left))] = True
    return np.where(hidden, np.nan, counts)
