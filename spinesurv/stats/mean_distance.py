"""Mean distance between predicted risks and a curve of observed ones, whatever drew the curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, case_weights, floats


class RiskCurve(Protocol):
    """Observed risk as a function of predicted risk."""

    def at(self, points: ArrayLike, /) -> FloatArray:
        """(m,) observed risk at these predicted ones."""

    def influence(self, points: ArrayLike, shares: FloatArray, /) -> FloatArray:
        """(n,) influence values of the sum of shares * curve over the points."""


@dataclass(frozen=True, eq=False)
class GroupShares:
    """The share of the dead in each group of equal predicted risk, for risks of few distinct values.

    Parameters
    ----------
    levels : (g,) distinct predicted risks, rising
    group : (n,) which of them each patient has
    share : (g,) of the dead
    influence_on_own : (n,) weight of the patient in its group times its distance from the share
    """

    levels: FloatArray
    group: ArrayLike
    share: FloatArray
    influence_on_own: FloatArray

    def at(self, points: ArrayLike) -> FloatArray:
        """(m,) share of the dead at predicted risks that are among the levels."""
        return floats(self.share[np.searchsorted(self.levels, floats(points))])

    def influence(self, points: ArrayLike, shares: FloatArray) -> FloatArray:
        """(n,) influence values of the sum of shares * curve over the points."""
        place = np.searchsorted(self.levels, floats(points))
        total = np.bincount(place, shares, len(self.levels))
        return floats(total[np.asarray(self.group)] * self.influence_on_own)


def group_shares(dead: ArrayLike, risk: ArrayLike, *, weights: ArrayLike | None = None) -> GroupShares:
    """Share of the dead by distinct predicted risk."""
    y = floats(dead)
    w = case_weights(weights, len(y))
    levels, group = np.unique(floats(risk), return_inverse=True)
    group = group.reshape(-1)
    size = np.bincount(group, w, len(levels))
    share = np.bincount(group, w * y, len(levels)) / size
    return GroupShares(levels, group, floats(share), floats(w * (y - share[group]) / size[group]))


def mean_distance(
    curve: RiskCurve, risk: ArrayLike, *, weights: ArrayLike | None = None
) -> tuple[float, FloatArray]:
    """Weighted mean of |observed - predicted| over the patients the curve was drawn from, with (n,) influence values.

    Where observed and predicted risk cross, the absolute value has no derivative, so the error is too small when the
    mean is near 0.

    References
    ----------
    Austin PC, Steyerberg EW. Stat Med 2019;38:4051-4065. doi:10.1002/sim.8281
    """
    p = floats(risk)
    w = case_weights(weights, len(p))
    share = w / w.sum()
    away = curve.at(p) - p
    value = float(share @ np.abs(away))
    return value, floats(share * (np.abs(away) - value) + curve.influence(p, share * np.sign(away)))
