"""Arithmetic of a nomogram: linear predictor to points, to survival, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, floats


@dataclass(frozen=True, eq=False)
class PointScale:
    """How the parts Xb of a linear predictor become points.

    points on axis j = (Xb - lowest[j]) * per_unit, so the smallest Xb on each axis has 0 points, and the axis with
    the largest range ends at the greatest number of points.

    Parameters
    ----------
    lowest : (axes,) smallest Xb on each axis
    per_unit : points per unit of the linear predictor
    """

    lowest: FloatArray
    per_unit: float

    def points(self, parts: ArrayLike) -> FloatArray:
        """(n, axes) points of (n, axes) parts Xb; below 0 or above the end of an axis where a value lies beyond it."""
        return (floats(parts) - self.lowest) * self.per_unit

    def linear_predictor(self, total_points: ArrayLike, *, centre: float = 0.0) -> FloatArray:
        """Linear predictor, minus its value `centre` at the reference of the baseline hazard."""
        return floats(total_points) / self.per_unit + (float(self.lowest.sum()) - centre)

    def total_points(self, linear_predictor: ArrayLike, *, centre: float = 0.0) -> FloatArray:
        """Exact inverse of `linear_predictor`."""
        return (floats(linear_predictor) - (float(self.lowest.sum()) - centre)) * self.per_unit


def point_scale(axes: Sequence[ArrayLike], *, max_points: float = 100.0) -> PointScale:
    """Scale of a nomogram from the parts Xb at the ticks of each axis.

    sc = `max_points` / largest range of Xb among the axes.

    Raises
    ------
    InputError
        No axis, or none along which Xb changes.

    Notes
    -----
    Agrees with rms::nomogram, golden cases ``nomo.*.points``.
    """
    parts = [floats(axis) for axis in axes]
    widest = max((float(np.ptp(part)) for part in parts), default=0.0)
    if not widest > 0:
        raise InputError(f"nomogram: none of {len(parts)} predictors changes the risk along its axis.")
    return PointScale(np.array([part.min() for part in parts]), max_points / widest)


def survival_of(linear_predictor: ArrayLike, hazard: ArrayLike) -> FloatArray:
    """exp(-H exp(lp)): survival at a baseline cumulative hazard H."""
    return np.exp(-floats(hazard) * np.exp(floats(linear_predictor)))


def linear_predictor_of(survival: ArrayLike, hazard: ArrayLike) -> FloatArray:
    """log(-log(S) / H): exact inverse of `survival_of`; at S = 0.5 and H(t) it gives the median t."""
    return np.log(-np.log(floats(survival)) / floats(hazard))
