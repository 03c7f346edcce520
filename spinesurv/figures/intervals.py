"""Intervals on a shared axis: how far it reaches, and what is drawn where one goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def axis_limits(rows: pd.DataFrame, reference: float | None) -> tuple[float, float]:
    """Ends of a shared axis: every value; of unusually wide intervals as much as one and a half usual ones.

    Parameters
    ----------
    rows : value, low, high, pi_low, pi_high
    reference : a value that must be on the axis; None = none
    """
    fixed = rows["value"].to_numpy(dtype=float)
    fixed = np.append(fixed[np.isfinite(fixed)], [] if reference is None else [reference])
    ends = rows[["low", "high", "pi_low", "pi_high"]].to_numpy(dtype=float)
    ends = ends[np.isfinite(ends[:, :2]).all(axis=1)]
    if not len(fixed):
        return 0.0, 1.0
    lowest, highest = float(fixed.min()), float(fixed.max())
    if len(ends):
        usual = 1.5 * float(np.median(np.nanmax(ends, axis=1) - np.nanmin(ends, axis=1)))
        lowest = min(lowest, max(float(np.nanmin(ends)), lowest - usual))
        highest = max(highest, min(float(np.nanmax(ends)), highest + usual))
    pad = 0.06 * (highest - lowest) or 0.5
    return lowest - pad, highest + pad


def draw_span(
    axes: Axes, y: float, low: float, high: float, limits: tuple[float, float], **paint: Any
) -> None:
    """An interval; where it leaves the panel, an arrow head says that it goes on."""
    if not np.isfinite(low + high) or high < limits[0] or low > limits[1]:
        return
    ends = max(low, limits[0]), min(high, limits[1])
    axes.plot(ends, [y, y], solid_capstyle="butt", zorder=2, **paint)
    head = {"color": paint["color"], "markersize": 3.2, "markeredgewidth": 0, "clip_on": False, "zorder": 2}
    if low < limits[0]:
        axes.plot([limits[0]], [y], marker="<", **head)
    if high > limits[1]:
        axes.plot([limits[1]], [y], marker=">", **head)
